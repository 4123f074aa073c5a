/*
 * Randomness as an argument: whoever needs random bytes is handed a random_source. net/ makes one from the operating
 * system; tests and the simulator use the deterministic generator below, which is not for secrets.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random_source {
    /* False: there is no randomness now, and the buffer holds zeros. */
    bool (*fill)(struct random_source *source, void *buffer, size_t length);
};

/* For everything that an attacker must not guess: keys, nonces, ids. False: there is none, and whoever asked does
 * without what it was for. */
__attribute__((warn_unused_result)) static inline bool random_secret(struct random_source *source, void *buffer,
                                                                     size_t length)
{
    return source->fill(source, buffer, length);
}

/* This and the following are for choices that only have to be various; they are zeros when the source fails. */
static inline void random_fill(struct random_source *source, void *buffer, size_t length)
{
    (void)source->fill(source, buffer, length);
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
