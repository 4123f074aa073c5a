/*
 * Counts what the code under test has allocated, by standing in for the allocator (base/alloc.h). Process-wide: install
 * once, before anything is allocated; simulations run one after the other.
 */
#ifndef NET_SIM_MEMORY_H
#define NET_SIM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_memory {
    size_t bytes, blocks; /* alive now */
    size_t peak_bytes;    /* since the last reset */
    uint64_t allocations; /* since the last reset */
    uint64_t refused;     /* the same: because memory is short */
};

void sim_memory_install(void);
void sim_memory_reset(void);

/* From now on one in `one_in` allocations fails, chosen by a generator with this seed; 0 ends that. */
void sim_memory_shortage(uint64_t seed, uint32_t one_in);

/* The simulation's own allocations go on in between. */
void sim_memory_pause_shortage(bool pause);
const struct sim_memory *sim_memory(void);

#endif
