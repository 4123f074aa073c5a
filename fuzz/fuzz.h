/*
 * What every fuzz target has: the entry point that libFuzzer and the replayer call, and a check that stays in every
 * build.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(condition)                                                                                          \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                             \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* For the loops of models, whose every comparison would otherwise be traced. */
#ifdef __clang__
#define FUZZ_UNTRACED __attribute__((noinline, no_sanitize("coverage")))
#else
#define FUZZ_UNTRACED
#endif

/* Structs that are made with their padding zeroed are the same in every byte. */
static inline bool same_bytes(const void *a, const void *b, size_t size)
{
    return memcmp(a, b, size) == 0;
}

#endif
