#include "wire/varint.h"

uint64_t reader_varint_slow(struct byte_reader *reader, unsigned maximum)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < maximum; i++) {
        uint8_t byte = reader_u8(reader);
        if (reader->failed)
            return 0;
        /* What the tenth byte has above bit 63 falls off here, as it should. */
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80)
            return value;
    }
    reader_fail(reader);
    return 0;
}

void writer_varint(struct byte_writer *writer, uint64_t value)
{
    size_t size = varint_size(value);
    uint8_t *p = writer_claim(writer, size);

    if (!p)
        return;
    for (size_t i = 0; i + 1 < size; i++, value >>= 7)
        p[i] = (uint8_t)(value | 0x80);
    p[size - 1] = (uint8_t)value;
}
