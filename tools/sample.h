/*
 * A collection of measured times, and what they say.
 */
#ifndef TOOLS_SAMPLE_H
#define TOOLS_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Start with zeros; end with sample_free. When the limit is reached, later values replace random earlier ones, so that
 * the sample stays a fair picture of all of them. */
struct sample {
    int32_t *values; /* microseconds */
    size_t count, capacity;
    uint64_t seen;
    uint64_t random;
    bool sorted;
};

enum { SAMPLE_LIMIT = 1 << 20 };

/* False if memory ran out; the value is lost then. */
bool sample_add(struct sample *sample, int32_t value);

/* The value below which this share (0 to 1) of the values lies; 0 if there are none. */
int32_t sample_quantile(struct sample *sample, double share);

double sample_mean(const struct sample *sample);
double sample_deviation(const struct sample *sample);
void sample_free(struct sample *sample);

#endif
