/*
 * The store of unreliable segments against a naive model: a list without order, searched for everything. Each input is
 * a list of segments of a few messages; messages that are complete are taken, some are dropped.
 */
#include "fuzz/ends.h"

#include "snp/fragment_store.h"

enum {
    OPERATIONS_LIMIT = 300,
    SIZE_MAXIMUM = 64, /* of a segment */
    OFFSETS = 256,
    MESSAGE_MAXIMUM = OFFSETS + SIZE_MAXIMUM,
};

struct piece {
    bool used;
    int64_t number;
    uint32_t offset;
    unsigned size;
    bool last;
};

static struct piece pieces[FRAGMENT_STORE_CAPACITY];

static uint8_t content(int64_t number, size_t place)
{
    return (uint8_t)((uint64_t)number * 31 + place);
}

FUZZ_UNTRACED static struct piece *find_piece(int64_t number, uint32_t offset)
{
    for (int i = 0; i < FRAGMENT_STORE_CAPACITY; i++)
        if (pieces[i].used && pieces[i].number == number && pieces[i].offset == offset)
            return &pieces[i];
    return NULL;
}

FUZZ_UNTRACED static void forget(int64_t number)
{
    for (int i = 0; i < FRAGMENT_STORE_CAPACITY; i++)
        if (pieces[i].number == number)
            pieces[i].used = false;
}

FUZZ_UNTRACED static int count_pieces(void)
{
    int count = 0;
    for (int i = 0; i < FRAGMENT_STORE_CAPACITY; i++)
        count += pieces[i].used;
    return count;
}

/* A new piece; the oldest message makes room. */
FUZZ_UNTRACED static void add_piece(struct piece piece)
{
    int64_t oldest = INT64_MAX;
    for (int i = 0; i < FRAGMENT_STORE_CAPACITY; i++)
        if (pieces[i].used && pieces[i].number < oldest)
            oldest = pieces[i].number;
    if (count_pieces() == FRAGMENT_STORE_CAPACITY)
        forget(oldest);
    for (int i = 0; i < FRAGMENT_STORE_CAPACITY; i++)
        if (!pieces[i].used) {
            pieces[i] = piece;
            return;
        }
    FUZZ_CHECK(false);
}

/* Byte by byte: the message ends with the first last segment, in the order of their offsets. */
FUZZ_UNTRACED static int64_t model_size(int64_t number)
{
    const struct piece *at[OFFSETS] = {NULL};
    uint32_t covered = 0;
    for (int i = 0; i < FRAGMENT_STORE_CAPACITY; i++)
        if (pieces[i].used && pieces[i].number == number)
            at[pieces[i].offset] = &pieces[i];
    for (uint32_t offset = 0; offset <= covered && offset < OFFSETS; offset++) {
        if (!at[offset])
            continue;
        if (at[offset]->last)
            return offset + at[offset]->size;
        if (offset + at[offset]->size > covered)
            covered = offset + at[offset]->size;
    }
    return -1;
}

static void take(struct fragment_store *store, int64_t number)
{
    uint8_t message[MESSAGE_MAXIMUM];
    int64_t size = fragment_store_message_size(store, number);
    FUZZ_CHECK(size >= 0 && size <= MESSAGE_MAXIMUM && size == model_size(number));
    fragment_store_take(store, number, message);
    for (int64_t i = 0; i < size; i++)
        FUZZ_CHECK(message[i] == content(number, (size_t)i));
    forget(number);
}

static const struct transport_config config = {.receive_buffer_size = 1 << 20}; /* more than one lane can have */

static void add(struct fragment_store *store, struct piece piece)
{
    uint8_t data[SIZE_MAXIMUM];
    bool known = find_piece(piece.number, piece.offset) != NULL;
    for (unsigned i = 0; i < piece.size; i++)
        data[i] = content(piece.number, piece.offset + i);
    enum fragment_outcome outcome =
        fragment_store_add(store, piece.number, piece.offset, piece.last, data, piece.size, &config);
    if (!known)
        add_piece(piece);
    FUZZ_CHECK(outcome == (!known && model_size(piece.number) >= 0 ? FRAGMENT_COMPLETE : FRAGMENT_STORED));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct receive_budget budget;
    struct fragment_store store;
    receive_budget_init(&budget, NULL);
    fragment_store_init(&store, &budget);
    memset(pieces, 0, sizeof pieces);
    for (int i = 0; i < OPERATIONS_LIMIT && input.left; i++) {
        unsigned operation = fuzz_take(&input);
        int64_t number = operation & 31;
        if ((operation & 0xc0) == 0xc0) {
            fragment_store_drop(&store, number);
            forget(number);
        } else {
            uint32_t offset = fuzz_take(&input);
            add(&store, (struct piece){true, number, offset, fuzz_take(&input) % (SIZE_MAXIMUM + 1), operation & 0x80});
            if ((operation & 0x20) && model_size(number) >= 0)
                take(&store, number);
        }
        FUZZ_CHECK(store.count == count_pieces() && fragment_store_message_size(&store, number) == model_size(number));
    }
    fragment_store_free(&store);
    return 0;
}
