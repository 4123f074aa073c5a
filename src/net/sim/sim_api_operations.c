#include "net/sim/sim_api_operations.h"

static const struct sim_api_operation *const parts[] = {
    sim_api_connection_operations,    sim_api_message_operations, sim_api_session_operations,
    sim_api_loose_message_operations, sim_api_setting_operations, sim_api_library_operations,
    sim_api_value_operations,         sim_api_absent_operations,
};

enum {
    PARTS = sizeof(parts) / sizeof(parts[0]),
    DEPTH_MAXIMUM = 3, /* operations in callbacks in operations */
};

const struct sim_api_operation *sim_api_operation_at(int index)
{
    for (int part = 0; part < PARTS; part++)
        for (const struct sim_api_operation *row = parts[part]; row->function; row++)
            if (index-- == 0)
                return row;
    return NULL;
}

static int total_weight(void)
{
    static int known;
    int total = 0;

    for (int part = 0; known == 0 && part < PARTS; part++)
        for (const struct sim_api_operation *row = parts[part]; row->function; row++)
            total += row->weight;
    if (known == 0)
        known = total;
    return known;
}

static const struct sim_api_operation *draw(struct sim_world *world)
{
    int ticket = (int)sim_between(world, 0, total_weight() - 1);

    for (int part = 0; part < PARTS; part++) {
        for (const struct sim_api_operation *row = parts[part]; row->function; row++) {
            ticket -= row->weight;
            if (ticket < 0)
                return row;
        }
    }
    return NULL;
}

void sim_api_operate(struct sim_api_program *program)
{
    const struct sim_api_operation *operation = draw(program->world);

    if (!operation || program->depth >= DEPTH_MAXIMUM || (program->depth > 0 && operation->top_level))
        return;
    program->depth++;
    program->operations++;
    program->machine->current_host = (int)sim_between(program->world, 1, program->hosts);
    operation->run(program);
    program->depth--;
}
