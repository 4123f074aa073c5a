/*
 * Randomness as an argument: whoever needs random bytes is handed a random_source. net/ makes one from the operating
 * system; tests and the simulator use the deterministic generator below, which is not for secrets.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random_source {
    void (*fill)(struct random_source *source, void *buffer, size_t length);
};

static inline void random_fill(struct random_source *source, void *buffer, size_t length)
{
    source->fill(source, buffer, length);
}

uint32_t random_u32(struct random_source *source);
uint64_t random_u64(struct random_source *source);

/* Uniform in [0, bound); 0 for bound 0. */
uint64_t random_below(struct random_source *source, uint64_t bound);

/* Uniform in [0, 1). */
double random_double(struct random_source *source);

/* xoshiro256** seeded by splitmix64: the same seed gives the same sequence everywhere. Must not be moved while in use.
 */
struct random_generator {
    struct random_source source;
    uint64_t state[4];
};

void random_generator_init(struct random_generator *generator, uint64_t seed);
uint64_t random_generator_next(struct random_generator *generator);

#endif
