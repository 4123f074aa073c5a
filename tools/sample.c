#include "tools/sample.h"

#include <math.h>
#include <stdlib.h>

/* xorshift64*: which value to replace need not be unpredictable. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

bool sample_add(struct sample *sample, int32_t value)
{
    sample->seen++;
    sample->sorted = false;
    if (sample->count == SAMPLE_LIMIT) {
        if (!sample->random)
            sample->random = 1;
        uint64_t place = next_random(&sample->random) % sample->seen;
        if (place < sample->count)
            sample->values[place] = value;
        return true;
    }
    if (sample->count == sample->capacity) {
        size_t capacity = sample->capacity ? sample->capacity * 2 : 256;
        int32_t *values = realloc(sample->values, capacity * sizeof *values);
        if (!values)
            return false;
        sample->values = values;
        sample->capacity = capacity;
    }
    sample->values[sample->count++] = value;
    return true;
}

static int compare(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
    return (left > right) - (left < right);
}

int32_t sample_quantile(struct sample *sample, double share)
{
    if (!sample->count)
        return 0;
    if (!sample->sorted) {
        qsort(sample->values, sample->count, sizeof *sample->values, compare);
        sample->sorted = true;
    }
    size_t index = (size_t)(share * (double)sample->count);
    return sample->values[index < sample->count ? index : sample->count - 1];
}

double sample_mean(const struct sample *sample)
{
    double sum = 0;
    for (size_t i = 0; i < sample->count; i++)
        sum += sample->values[i];
    return sample->count ? sum / (double)sample->count : 0;
}

double sample_deviation(const struct sample *sample)
{
    double mean = sample_mean(sample), sum = 0;
    for (size_t i = 0; i < sample->count; i++)
        sum += (sample->values[i] - mean) * (sample->values[i] - mean);
    return sample->count ? sqrt(sum / (double)sample->count) : 0;
}

void sample_free(struct sample *sample)
{
    free(sample->values);
    *sample = (struct sample){0};
}
