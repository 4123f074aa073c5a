/* A batch of datagrams: they lie one behind the other, and there is never room for more than it holds. */

#include "../vector_file.h"

#include "wire/datagram_batch.h"

static void datagrams_lie_in_a_row(void **state)
{
    static struct datagram_batch batch;
    size_t used = 0;

    (void)state;
    for (int round = 0; round < 2; round++) {
        datagram_batch_clear(&batch);
        used = 0;
        for (int i = 0; i < DATAGRAM_BATCH_CAPACITY; i++) {
            size_t size = round == 0 ? DATAGRAM_BATCH_DATAGRAM_SIZE : (size_t)(1 + i);
            uint8_t *room = datagram_batch_room(&batch);
            assert_ptr_equal(room, batch.bytes + used);
            assert_true(room + DATAGRAM_BATCH_DATAGRAM_SIZE <= batch.bytes + sizeof batch.bytes);
            assert_false(datagram_batch_full(&batch));
            memset(room, i, size);
            datagram_batch_commit(&batch, size);
            assert_int_equal(batch.sizes[i], size);
            used += size;
        }
        assert_int_equal(batch.count, DATAGRAM_BATCH_CAPACITY);
        assert_int_equal(batch.used, used);
        assert_true(datagram_batch_full(&batch));
        assert_null(datagram_batch_room(&batch));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_lie_in_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
