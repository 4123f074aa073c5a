#include "base/random.h"

#include "base/bytes.h"
#include "base/list.h"

uint32_t random_u32(struct random_source *source)
{
    uint8_t bytes[4];

    random_fill(source, bytes, sizeof bytes);
    return load_u32(bytes);
}

uint64_t random_u64(struct random_source *source)
{
    uint8_t bytes[8];

    random_fill(source, bytes, sizeof bytes);
    return load_u64(bytes);
}

uint64_t random_below(struct random_source *source, uint64_t bound)
{
    uint64_t value;
    uint8_t bytes[8];

    if (bound == 0)
        return 0;
    /*
     * The lowest 2^64 mod bound values would make some remainders more likely than others. They are less than bound, so
     * that for others the division can be saved.
     */
    do {
        if (!source->fill(source, bytes, sizeof bytes))
            return 0;
        value = load_u64(bytes);
    } while (value < bound && value < (UINT64_MAX - bound + 1) % bound);
    return value % bound;
}

double random_double(struct random_source *source)
{
    return (double)(random_u64(source) >> 11) * 0x1p-53;
}

static uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

uint64_t random_generator_next(struct random_generator *generator)
{
    uint64_t *s = generator->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

static bool generator_fill(struct random_source *source, void *buffer, size_t length)
{
    struct random_generator *generator = container_of(source, struct random_generator, source);
    uint8_t *p = buffer;

    while (length > 0) {
        uint8_t word[8];
        size_t part = length < sizeof word ? length : sizeof word;
        store_u64(word, random_generator_next(generator));
        memcpy(p, word, part);
        p += part;
        length -= part;
    }
    return true;
}

void random_generator_init(struct random_generator *generator, uint64_t seed)
{
    generator->source.fill = generator_fill;
    for (int i = 0; i < 4; i++) {
        uint64_t word = seed += UINT64_C(0x9e3779b97f4a7c15);
        word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
        generator->state[i] = word ^ word >> 31;
    }
}
