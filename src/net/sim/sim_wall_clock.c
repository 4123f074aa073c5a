#include "net/sim/sim_wall_clock.h"

#include <string.h>

static const struct sim_world *clocks_world;
static int64_t clocks_wrong_by[SIM_WALL_CLOCKS];

void sim_wall_clocks_init(const struct sim_world *world)
{
    clocks_world = world;
    memset(clocks_wrong_by, 0, sizeof(clocks_wrong_by));
}

void sim_wall_clock_set(int index, int64_t wrong_by)
{
    clocks_wrong_by[index] = wrong_by;
}

static int64_t read_clock(int index)
{
    return SIM_UNIX_BEGIN + clocks_world->now / SECOND + clocks_wrong_by[index];
}

#define READER(index)                                                                                                  \
    static int64_t read_clock_##index(void)                                                                            \
    {                                                                                                                  \
        return read_clock(index);                                                                                      \
    }

READER(0)
READER(1)
READER(2)
READER(3)
READER(4)
READER(5)

int64_t (*sim_wall_clock(int index))(void)
{
    static int64_t (*const readers[SIM_WALL_CLOCKS])(void) = {
        read_clock_0, read_clock_1, read_clock_2, read_clock_3, read_clock_4, read_clock_5,
    };

    return readers[index];
}
