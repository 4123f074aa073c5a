/* Messages as both sides of the API hold them: payload, and who frees it. */
#include "engine.h"

static int freed;

static void count_free(SteamNetworkingMessage_t *message)
{
    (void)message;
    freed++;
}

static void test_sizes(void **state)
{
    struct message *message;

    (void)state;
    assert_null(message_allocate(-1));
    message = message_allocate(0);
    assert_non_null(message);
    assert_null(message->api.m_pData);
    assert_int_equal(message->api.m_cbSize, 0);
    assert_int_equal(message->api.m_nChannel, -1);
    message_release(message);
    message = message_allocate(5);
    assert_int_equal(message->api.m_cbSize, 5);
    memset(message->api.m_pData, 1, 5);
    message->api.m_pfnRelease(&message->api);
    message_release(NULL);
    allocation_fail_after(0);
    assert_null(message_allocate(1 << 20));
    alloc_set_hooks(NULL, NULL, NULL);
}

/* The application's function is called once, and not if it has taken the payload away. */
static void test_payload_of_the_application(void **state)
{
    uint8_t payload[3];

    (void)state;
    for (int taken = 0; taken <= 1; taken++) {
        struct message *message = message_allocate(0);
        assert_non_null(message);
        message->api.m_pData = taken ? NULL : payload;
        message->api.m_cbSize = sizeof payload;
        message->api.m_pfnFreeData = count_free;
        freed = 0;
        message_release(message);
        assert_int_equal(freed, !taken);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_payload_of_the_application),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
