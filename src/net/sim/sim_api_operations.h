/*
 * The table of operations: every exported function has one, of its own name, that calls it with good and bad arguments
 * and checks the result. A test compares the table with the list of exports.
 */
#ifndef NET_SIM_API_OPERATIONS_H
#define NET_SIM_API_OPERATIONS_H

#include "net/sim/sim_api_program.h"

struct sim_api_operation {
    const char *function;
    void (*run)(struct sim_api_program *program);
    int weight;     /* how often, compared with others; 0: only where it belongs */
    bool top_level; /* not inside a callback */
};

/* Parts of the table, each ended by an empty row. */
extern const struct sim_api_operation sim_api_connection_operations[];    /* sim_api_connections.c */
extern const struct sim_api_operation sim_api_message_operations[];       /* sim_api_messages.c */
extern const struct sim_api_operation sim_api_session_operations[];       /* sim_api_sessions.c */
extern const struct sim_api_operation sim_api_loose_message_operations[]; /* sim_api_messages.c */
extern const struct sim_api_operation sim_api_setting_operations[];       /* sim_api_settings.c */
extern const struct sim_api_operation sim_api_library_operations[];       /* sim_api_library.c */
extern const struct sim_api_operation sim_api_value_operations[];         /* sim_api_values.c */
extern const struct sim_api_operation sim_api_absent_operations[];        /* sim_api_absent.c */

/* The rows of the whole table; NULL beyond the last. */
const struct sim_api_operation *sim_api_operation_at(int index);

/* How something is to be sent. */
int sim_api_draw_flags(struct sim_world *world);

/* Runs one of them, whichever. */
void sim_api_operate(struct sim_api_program *program);

/* Starts the library, unless it cannot be; and stops it. */
bool sim_api_start(struct sim_api_program *program);
void sim_api_stop(struct sim_api_program *program);

#endif
