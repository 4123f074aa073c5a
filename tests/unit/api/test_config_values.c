/*
 * Configuration values: levels and inheritance, user data, locks, options, what reaches transport and network
 * conditions, lack of memory, threads.
 */
#include "config_host.h"

#include "net/impairment.h"
#include "net/packet_trace.h"

#include <pthread.h>

/* ---- a host with one object of each kind ---------------------------------------------------------------------- */

static int32_t get_int(ESteamNetworkingConfigValue value, ESteamNetworkingConfigScope scope, intptr_t object,
                       ESteamNetworkingGetConfigValueResult expected)
{
    int32_t number = INT32_MIN;
    size_t size = sizeof(number);
    ESteamNetworkingConfigDataType type = (ESteamNetworkingConfigDataType)0;

    assert_int_equal(config_get_value(value, scope, object, &type, &number, &size), expected);
    assert_int_equal(size, sizeof(number));
    assert_int_equal(type, TYPE_INT32);
    return number;
}

/* ---- levels --------------------------------------------------------------------------------------------------- */

static void test_inheritance_is_live(void **state)
{
    (void)state;
    assert_int_equal(get_int(VALUE(NagleTime), SCOPE_GLOBAL, 0, GET_OK), 5000);
    assert_int_equal(get_int(VALUE(NagleTime), SCOPE_CONNECTION, CONNECTION, GET_INHERITED), 5000);

    assert_true(set_int(VALUE(NagleTime), SCOPE_GLOBAL, 12345, 1));
    assert_int_equal(get_int(VALUE(NagleTime), SCOPE_CONNECTION, CONNECTION, GET_INHERITED), 1);
    assert_true(set_int(VALUE(NagleTime), SCOPE_INTERFACE, INTERFACE, 2));
    assert_int_equal(get_int(VALUE(NagleTime), SCOPE_GLOBAL, 0, GET_OK), 1);
    assert_int_equal(get_int(VALUE(NagleTime), SCOPE_INTERFACE, INTERFACE, GET_OK), 2);
    assert_int_equal(get_int(VALUE(NagleTime), SCOPE_LISTEN, LISTEN, GET_INHERITED), 2);
    assert_true(set_int(VALUE(NagleTime), SCOPE_LISTEN, LISTEN, 3));
    assert_int_equal(get_int(VALUE(NagleTime), SCOPE_CONNECTION, CONNECTION, GET_INHERITED), 3);
    assert_int_equal(get_int(VALUE(NagleTime), SCOPE_CONNECTION, OUTGOING, GET_INHERITED), 2);
    assert_true(set_int(VALUE(NagleTime), SCOPE_CONNECTION, CONNECTION, 4));
    assert_int_equal(get_int(VALUE(NagleTime), SCOPE_CONNECTION, CONNECTION, GET_OK), 4);
    assert_int_equal(get_int(VALUE(NagleTime), SCOPE_LISTEN, LISTEN, GET_OK), 3);
    assert_true(config_is_set(&connection_node, VALUE(NagleTime)));
    assert_false(config_is_set(&outgoing_node, VALUE(NagleTime)));
    assert_int_equal(config_int32(&connection_node, VALUE(NagleTime)), 4);
    assert_int_equal(config_int32(NULL, VALUE(NagleTime)), 1);

    assert_true(clear(VALUE(NagleTime), SCOPE_CONNECTION, CONNECTION));
    assert_int_equal(get_int(VALUE(NagleTime), SCOPE_CONNECTION, CONNECTION, GET_INHERITED), 3);
    assert_true(clear(VALUE(NagleTime), SCOPE_LISTEN, LISTEN));
    assert_true(clear(VALUE(NagleTime), SCOPE_INTERFACE, INTERFACE));
    assert_int_equal(get_int(VALUE(NagleTime), SCOPE_CONNECTION, CONNECTION, GET_INHERITED), 1);
    assert_true(clear(VALUE(NagleTime), SCOPE_GLOBAL, 0));
    assert_int_equal(get_int(VALUE(NagleTime), SCOPE_CONNECTION, CONNECTION, GET_INHERITED), 5000);
    /* Clearing what was never set is no mistake. */
    assert_true(clear(VALUE(NagleTime), SCOPE_CONNECTION, CONNECTION));
}

static void test_changes_are_reported_with_the_object_held(void **state)
{
    (void)state;
    assert_true(set_int(VALUE(NagleTime), SCOPE_CONNECTION, CONNECTION, 7));
    assert_int_equal(changes, 1);
    assert_ptr_equal(last_changed, &connection_node);
    assert_int_equal(last_value, VALUE(NagleTime));
    assert_true(set_int(VALUE(SendRateMax), SCOPE_GLOBAL, 0, 5000));
    assert_int_equal(changes, 2);
    assert_ptr_equal(last_changed, config_global());
    assert_true(clear(VALUE(NagleTime), SCOPE_CONNECTION, CONNECTION));
    assert_int_equal(changes, 3);
    assert_false(set_int(UNKNOWN_VALUE, SCOPE_GLOBAL, 0, 1));
    assert_false(set_int(VALUE(NagleTime), SCOPE_CONNECTION, 99, 1));
    assert_int_equal(changes, 3);
}

static void test_a_node_can_change_its_parent(void **state)
{
    (void)state;
    assert_true(set_int(VALUE(NagleTime), SCOPE_LISTEN, LISTEN, 3));
    assert_int_equal(config_int32(&connection_node, VALUE(NagleTime)), 3);
    config_node_set_parent(&connection_node, &interface_node);
    assert_int_equal(config_int32(&connection_node, VALUE(NagleTime)), 5000);
}

static void test_global_values_and_bad_scopes(void **state)
{
    static const struct {
        ESteamNetworkingConfigScope scope;
        intptr_t object;
    } bad[] = {
        {SCOPE_INTERFACE, INTERFACE},
        {SCOPE_LISTEN, LISTEN},
        {SCOPE_CONNECTION, CONNECTION},
        {SCOPE_CONNECTION, 0},
        {(ESteamNetworkingConfigScope)0, 0},
        {(ESteamNetworkingConfigScope)5, CONNECTION},
        {(ESteamNetworkingConfigScope)-1, CONNECTION},
        {SCOPE_LISTEN, CONNECTION},
        {SCOPE_INTERFACE, -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int32_t number = 7;
        size_t size = sizeof(number);
        ESteamNetworkingConfigDataType type = (ESteamNetworkingConfigDataType)0;

        assert_false(set_int(VALUE(FakePacketLag_Send), bad[i].scope, bad[i].object, 5));
        assert_int_equal(
            config_get_value(VALUE(FakePacketLag_Send), bad[i].scope, bad[i].object, &type, &number, &size),
            GET_BAD_SCOPE);
        assert_int_equal(size, 0);
        assert_int_equal(type, TYPE_INT32);
        assert_int_equal(number, 7);
    }
    assert_int_equal(config_get_value(VALUE(NagleTime), SCOPE_CONNECTION, 99, NULL, NULL, NULL), GET_BAD_SCOPE);
    assert_true(set_int(VALUE(FakePacketLag_Send), SCOPE_GLOBAL, -5, 5));
    assert_int_equal(get_int(VALUE(FakePacketLag_Send), SCOPE_GLOBAL, 77, GET_OK), 5);
    config_set_host(NULL);
    assert_false(set_int(VALUE(NagleTime), SCOPE_CONNECTION, CONNECTION, 5));
    config_set_host(&host);
}

/* ---- user data, locks, options -------------------------------------------------------------------------------- */

static void test_user_data_is_bound_at_creation(void **state)
{
    struct config_node late;
    int64_t number = 5;
    size_t size = sizeof(number);

    (void)state;
    assert_int_equal(config_user_data(&connection_node), -1);
    assert_true(config_set_value(VALUE(ConnectionUserData), SCOPE_LISTEN, LISTEN, TYPE_INT64, &number));
    assert_int_equal(config_user_data(&connection_node), -1);
    config_node_init(&late, SCOPE_CONNECTION, &listen_node);
    assert_int_equal(config_user_data(&late), 5);
    number = 6;
    assert_true(config_set_value(VALUE(ConnectionUserData), SCOPE_LISTEN, LISTEN, TYPE_INT64, &number));
    assert_int_equal(config_user_data(&late), 5);
    config_node_destroy(&late);

    number = 77;
    assert_true(config_set_value(VALUE(ConnectionUserData), SCOPE_CONNECTION, CONNECTION, TYPE_INT64, &number));
    assert_int_equal(changes, 3);
    assert_int_equal(config_user_data(&connection_node), 77);
    config_set_user_data(&connection_node, 78);
    assert_int_equal(config_get_value(VALUE(ConnectionUserData), SCOPE_CONNECTION, CONNECTION, NULL, &number, &size),
                     GET_OK);
    assert_int_equal(number, 78);
    assert_false(clear(VALUE(ConnectionUserData), SCOPE_CONNECTION, CONNECTION));
    assert_int_equal(config_user_data(&connection_node), 78);
    assert_true(clear(VALUE(ConnectionUserData), SCOPE_LISTEN, LISTEN));
}

static void test_locks(void **state)
{
    static const ESteamNetworkingConfigValue active[] = {
        VALUE(SDRClient_DevTicket),
        VALUE(IP_AllowWithoutAuth),
        VALUE(Unencrypted),
        VALUE(IPLocalHost_AllowWithoutAuth),
        VALUE(P2P_Transport_ICE_Enable),
        VALUE(P2P_Transport_ICE_Implementation),
        VALUE(SymmetricConnect),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(active) / sizeof(active[0]); i++)
        assert_true(set_int(active[i], SCOPE_CONNECTION, CONNECTION, 1));
    assert_true(config_node_lock(&connection_node, CONFIG_LOCK_ACTIVE));
    for (size_t i = 0; i < sizeof(active) / sizeof(active[0]); i++) {
        assert_false(set_int(active[i], SCOPE_CONNECTION, CONNECTION, 0));
        assert_non_null(strstr(last_log, "locked"));
        assert_false(clear(active[i], SCOPE_CONNECTION, CONNECTION));
    }
    assert_int_equal(get_int(VALUE(Unencrypted), SCOPE_CONNECTION, CONNECTION, GET_OK), 1);
    assert_true(set_int(VALUE(LocalVirtualPort), SCOPE_CONNECTION, CONNECTION, 9));
    assert_true(set_int(VALUE(TimeoutInitial), SCOPE_CONNECTION, CONNECTION, 9));

    /* What was inherited stays as it was, and is still called inherited. */
    assert_true(config_set_value(VALUE(SDRClient_DevTicket), SCOPE_GLOBAL, 0, TYPE_STRING, "old"));
    assert_true(config_node_lock(&outgoing_node, CONFIG_LOCK_ACTIVE | CONFIG_LOCK_PORT));
    assert_true(config_set_value(VALUE(SDRClient_DevTicket), SCOPE_GLOBAL, 0, TYPE_STRING, "new"));
    assert_true(set_int(VALUE(Unencrypted), SCOPE_GLOBAL, 0, 3));
    assert_int_equal(get_int(VALUE(Unencrypted), SCOPE_CONNECTION, OUTGOING, GET_INHERITED), 0);
    assert_false(config_is_set(&outgoing_node, VALUE(Unencrypted)));
    assert_false(set_int(VALUE(LocalVirtualPort), SCOPE_CONNECTION, OUTGOING, 9));
    {
        char ticket[8];

        config_string(&outgoing_node, VALUE(SDRClient_DevTicket), ticket, sizeof(ticket));
        assert_string_equal(ticket, "old");
    }

    assert_true(config_node_lock(&listen_node, CONFIG_LOCK_SYMMETRIC));
    assert_false(set_int(VALUE(SymmetricConnect), SCOPE_LISTEN, LISTEN, 1));
    assert_true(set_int(VALUE(Unencrypted), SCOPE_LISTEN, LISTEN, 1));
    /* Locking twice changes nothing. */
    assert_true(config_node_lock(&listen_node, CONFIG_LOCK_SYMMETRIC));
}

static SteamNetworkingConfigValue_t option_int(ESteamNetworkingConfigValue value, int32_t number)
{
    SteamNetworkingConfigValue_t option = {.m_eValue = value, .m_eDataType = TYPE_INT32};

    option.m_val.m_int32 = number;
    return option;
}

static void test_options(void **state)
{
    SteamNetworkingConfigValue_t options[4];
    struct config_node node;
    char text[] = "stun:example.com";
    char buffer[32];

    (void)state;
    config_node_init(&node, SCOPE_CONNECTION, &interface_node);
    assert_true(config_apply_options(&node, 0, NULL));
    assert_true(config_apply_options(&node, 0, options));
    assert_false(config_apply_options(&node, 1, NULL));
    assert_non_null(strstr(last_log, "null"));
    assert_false(config_apply_options(&node, -1, options));

    options[0] = option_int(VALUE(TimeoutInitial), 1234);
    options[1] = (SteamNetworkingConfigValue_t){.m_eValue = VALUE(P2P_STUN_ServerList), .m_eDataType = TYPE_STRING};
    options[1].m_val.m_string = text;
    options[2] = (SteamNetworkingConfigValue_t){.m_eValue = VALUE(ConnectionUserData), .m_eDataType = TYPE_INT64};
    options[2].m_val.m_int64 = 42;
    options[3] = (SteamNetworkingConfigValue_t){.m_eValue = VALUE(Callback_ConnectionStatusChanged),
                                                .m_eDataType = TYPE_POINTER};
    options[3].m_val.m_ptr = text;
    assert_true(config_apply_options(&node, 4, options));
    text[0] = 'x';
    assert_int_equal(changes, 0);
    assert_int_equal(config_int32(&node, VALUE(TimeoutInitial)), 1234);
    config_string(&node, VALUE(P2P_STUN_ServerList), buffer, sizeof(buffer));
    assert_string_equal(buffer, "stun:example.com");
    assert_int_equal(config_user_data(&node), 42);
    assert_ptr_equal(config_pointer(&node, VALUE(Callback_ConnectionStatusChanged)), text);

    /* One that fails makes all fail: unknown, global, read-only, not convertible, wrong width of a port. */
    options[1] = option_int(NO_VALUE, 1);
    assert_false(config_apply_options(&node, 2, options));
    assert_non_null(strstr(last_log, "options[1]"));
    assert_non_null(strstr(last_log, "35"));
    options[1] = option_int(VALUE(FakePacketLag_Send), 1);
    assert_false(config_apply_options(&node, 2, options));
    options[1] = option_int(VALUE(MTU_DataSize), 1);
    assert_false(config_apply_options(&node, 2, options));
    options[1] = option_int(VALUE(Callback_ConnectionStatusChanged), 1);
    assert_false(config_apply_options(&node, 2, options));
    options[1] = option_int(VALUE(LocalVirtualPort), 5);
    assert_true(config_apply_options(&node, 2, options));
    options[1].m_eDataType = TYPE_INT64;
    options[1].m_val.m_int64 = 5;
    assert_false(config_apply_options(&node, 2, options));
    config_node_destroy(&node);
}

/* ---- what the engine sees ------------------------------------------------------------------------------------- */

static void test_transport_is_resolved(void **state)
{
    struct transport_config transport = {0};

    (void)state;
    assert_true(set_int(VALUE(SendRateMin), SCOPE_LISTEN, LISTEN, 50000));
    assert_true(set_int(VALUE(SendRateMax), SCOPE_CONNECTION, CONNECTION, 60000));
    assert_true(config_resolve_transport(&connection_node, true, &transport));
    assert_int_equal(transport.timeout_initial_ms, 10000);
    assert_int_equal(transport.timeout_connected_ms, 10000);
    assert_int_equal(transport.send_buffer_size, 524288);
    assert_int_equal(transport.send_rate_min, 50000);
    assert_int_equal(transport.send_rate_max, 60000);
    assert_int_equal(transport.nagle_us, 5000);
    assert_int_equal(transport.receive_buffer_size, 1048576);
    assert_int_equal(transport.receive_buffer_messages, 1000);
    assert_int_equal(transport.receive_max_message_size, 524288);
    assert_int_equal(transport.receive_max_segments, 1300);
    assert_int_equal(transport.packet_size, 1300);
    assert_int_equal(transport.allow_without_auth, 2);
    assert_int_equal(transport.localhost_allow_without_auth, 2);
    assert_int_equal(transport.unencrypted, 0);
    assert_int_equal(transport.send_time_since_previous, -1);
    assert_int_equal(transport.log_level_ack_rtt, 4);
    assert_int_equal(transport.log_level_packet_decode, 4);
    assert_int_equal(transport.log_level_message, 4);
    assert_int_equal(transport.log_level_packet_gaps, 4);

    /* Smaller packets wait until nothing is in flight; larger ones do not. */
    assert_true(set_int(VALUE(MTU_PacketSize), SCOPE_GLOBAL, 0, 700));
    assert_true(set_int(VALUE(NagleTime), SCOPE_GLOBAL, 0, 1));
    assert_false(config_resolve_transport(&connection_node, true, &transport));
    assert_int_equal(transport.packet_size, 1300);
    assert_int_equal(transport.nagle_us, 1);
    assert_true(config_resolve_transport(&connection_node, false, &transport));
    assert_int_equal(transport.packet_size, 700);
    assert_true(set_int(VALUE(MTU_PacketSize), SCOPE_GLOBAL, 0, 900));
    assert_true(config_resolve_transport(&connection_node, true, &transport));
    assert_int_equal(transport.packet_size, 900);
}

static void test_log_detail_from_the_environment(void **state)
{
    struct transport_config transport = {0};

    (void)state;
    config_set_default_log_detail(6);
    assert_int_equal(config_int32(NULL, VALUE(LogLevel_P2PRendezvous)), 6);
    assert_true(config_resolve_transport(&connection_node, false, &transport));
    assert_int_equal(transport.log_level_packet_gaps, 6);
    assert_int_equal(transport.log_level_message, 4);
    assert_true(set_int(VALUE(LogLevel_PacketGaps), SCOPE_GLOBAL, 0, 3));
    assert_int_equal(config_int32(NULL, VALUE(LogLevel_PacketGaps)), 3);
    config_set_default_log_detail(0);
    assert_int_equal(config_int32(NULL, VALUE(LogLevel_P2PRendezvous)), 4);
}

static void test_network_conditions_are_handed_on(void **state)
{
    struct impairment_settings settings;
    float percent = 12.5f;

    (void)state;
    assert_false(impairment_active());
    assert_true(config_set_value(VALUE(FakePacketLoss_Send), SCOPE_GLOBAL, 0, TYPE_FLOAT, &percent));
    assert_true(impairment_active());
    assert_true(set_int(VALUE(FakePacketLoss_Recv), SCOPE_GLOBAL, 0, 3));
    assert_true(set_int(VALUE(FakePacketLag_Send), SCOPE_GLOBAL, 0, 4));
    assert_true(set_int(VALUE(FakePacketLag_Recv), SCOPE_GLOBAL, 0, 5));
    assert_true(set_int(VALUE(FakePacketReorder_Send), SCOPE_GLOBAL, 0, 6));
    assert_true(set_int(VALUE(FakePacketReorder_Recv), SCOPE_GLOBAL, 0, 7));
    assert_true(set_int(VALUE(FakePacketReorder_Time), SCOPE_GLOBAL, 0, 8));
    assert_true(set_int(VALUE(FakePacketDup_Send), SCOPE_GLOBAL, 0, 26));
    assert_true(set_int(VALUE(FakePacketDup_Recv), SCOPE_GLOBAL, 0, 27));
    assert_true(set_int(VALUE(FakePacketDup_TimeMax), SCOPE_GLOBAL, 0, 28));
    assert_true(set_int(VALUE(FakeRateLimit_Send_Rate), SCOPE_GLOBAL, 0, 42));
    assert_true(set_int(VALUE(FakeRateLimit_Send_Burst), SCOPE_GLOBAL, 0, 43));
    assert_true(set_int(VALUE(FakeRateLimit_Recv_Rate), SCOPE_GLOBAL, 0, 44));
    assert_true(set_int(VALUE(FakeRateLimit_Recv_Burst), SCOPE_GLOBAL, 0, 45));
    assert_true(set_int(VALUE(FakePacketJitter_Send_Avg), SCOPE_GLOBAL, 0, 53));
    assert_true(set_int(VALUE(FakePacketJitter_Send_Max), SCOPE_GLOBAL, 0, 54));
    assert_true(set_int(VALUE(FakePacketJitter_Send_Pct), SCOPE_GLOBAL, 0, 55));
    assert_true(set_int(VALUE(FakePacketJitter_Recv_Avg), SCOPE_GLOBAL, 0, 56));
    assert_true(set_int(VALUE(FakePacketJitter_Recv_Max), SCOPE_GLOBAL, 0, 57));
    assert_true(set_int(VALUE(FakePacketJitter_Recv_Pct), SCOPE_GLOBAL, 0, 58));
    impairment_get(&settings);
    assert_true(settings.send.loss_percent == 12.5f && settings.receive.loss_percent == 3);
    assert_true(settings.send.lag_ms == 4 && settings.receive.lag_ms == 5);
    assert_true(settings.send.reorder_percent == 6 && settings.receive.reorder_percent == 7);
    assert_true(settings.reorder_ms == 8 && settings.duplicate_maximum_ms == 28);
    assert_true(settings.send.duplicate_percent == 26 && settings.receive.duplicate_percent == 27);
    assert_true(settings.send.rate_limit == 42 && settings.send.rate_burst == 43);
    assert_true(settings.receive.rate_limit == 44 && settings.receive.rate_burst == 45);
    assert_true(settings.send.jitter_average_ms == 53 && settings.receive.jitter_average_ms == 56);
    assert_true(settings.send.jitter_maximum_ms == 54 && settings.receive.jitter_maximum_ms == 57);
    assert_true(settings.send.jitter_percent == 55 && settings.receive.jitter_percent == 58);

    assert_true(set_int(VALUE(PacketTraceMaxBytes), SCOPE_GLOBAL, 0, 64));
    assert_int_equal(atomic_load(&packet_trace_bytes), 64);
    assert_true(clear(VALUE(PacketTraceMaxBytes), SCOPE_GLOBAL, 0));
    assert_false(packet_trace_active());
}

/* ---- trouble -------------------------------------------------------------------------------------------------- */

static int allocations_left = -1;

static void *failing_alloc(size_t size)
{
    if (allocations_left == 0)
        return NULL;
    if (allocations_left > 0)
        allocations_left--;
    return malloc(size);
}

static void *failing_realloc(void *memory, size_t size)
{
    if (allocations_left == 0)
        return NULL;
    if (allocations_left > 0)
        allocations_left--;
    return realloc(memory, size);
}

static void test_memory_shortage(void **state)
{
    struct config_node node;

    (void)state;
    alloc_set_hooks(failing_alloc, free, failing_realloc);
    config_node_init(&node, SCOPE_CONNECTION, &interface_node);
    allocations_left = 0;
    assert_false(set_int(VALUE(NagleTime), SCOPE_CONNECTION, CONNECTION, 1));
    assert_false(config_set_value(VALUE(P2P_STUN_ServerList), SCOPE_CONNECTION, CONNECTION, TYPE_STRING, "abc"));
    assert_int_equal(config_int32(&connection_node, VALUE(NagleTime)), 5000);
    allocations_left = 1; /* the copy of the text, but not the place for it */
    assert_false(config_set_value(VALUE(P2P_STUN_ServerList), SCOPE_CONNECTION, CONNECTION, TYPE_STRING, "abc"));
    allocations_left = 0;
    assert_false(config_node_lock(&node, CONFIG_LOCK_ACTIVE));
    assert_int_equal(config_int32(&node, VALUE(Unencrypted)), 0);
    config_node_destroy(&node);
    allocations_left = -1;
    assert_true(config_set_value(VALUE(P2P_STUN_ServerList), SCOPE_CONNECTION, CONNECTION, TYPE_STRING, "abc"));
    assert_true(clear(VALUE(P2P_STUN_ServerList), SCOPE_CONNECTION, CONNECTION));
    config_node_destroy(&connection_node);
    alloc_set_hooks(NULL, NULL, NULL);
}

/* A node with everything set on it, in an order that is not the table's, keeps every value apart. */
static void test_all_values_on_one_node(void **state)
{
    (void)state;
    for (size_t step = 0; step < CONFIG_ROW_COUNT; step++) {
        const struct config_row *row = &config_table[step * 31 % CONFIG_ROW_COUNT];
        int32_t number = (int32_t)(row->minimum + (row->maximum - row->minimum) / 2);

        if (row->type == TYPE_INT32 && row->scope == SCOPE_CONNECTION)
            assert_true(set_int((ESteamNetworkingConfigValue)row->value, SCOPE_CONNECTION, CONNECTION, number));
    }
    for (size_t i = 0; i < CONFIG_ROW_COUNT; i++) {
        const struct config_row *row = &config_table[i];
        ESteamNetworkingConfigValue value = (ESteamNetworkingConfigValue)row->value;
        int32_t number = (int32_t)(row->minimum + (row->maximum - row->minimum) / 2);

        if (row->type != TYPE_INT32 || row->scope != SCOPE_CONNECTION)
            continue;
        assert_int_equal(get_int(value, SCOPE_CONNECTION, CONNECTION, GET_OK), number);
        assert_true(clear(value, SCOPE_CONNECTION, CONNECTION));
        assert_int_equal(get_int(value, SCOPE_CONNECTION, CONNECTION, GET_INHERITED), (int32_t)row->initial);
    }
}

static void *set_repeatedly(void *argument)
{
    const int32_t *start = argument;

    for (int i = 0; i < 2000; i++) {
        set_int(VALUE(NagleTime), SCOPE_GLOBAL, 0, *start + i % 7);
        config_set_value(VALUE(P2P_STUN_ServerList), SCOPE_GLOBAL, 0, TYPE_STRING,
                         i % 2 ? "one.example" : "two.example");
    }
    return NULL;
}

static void test_readers_meet_writers(void **state)
{
    int32_t starts[2] = {100, 200};
    pthread_t writers[2];
    struct transport_config transport = {0};
    char buffer[32];

    (void)state;
    config_set_host(NULL);
    set_int(VALUE(NagleTime), SCOPE_GLOBAL, 0, 100);
    config_set_value(VALUE(P2P_STUN_ServerList), SCOPE_GLOBAL, 0, TYPE_STRING, "one.example");
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&writers[i], NULL, set_repeatedly, &starts[i]), 0);
    for (int i = 0; i < 2000; i++) {
        config_resolve_transport(&connection_node, false, &transport);
        assert_true((transport.nagle_us >= 100 && transport.nagle_us < 107) ||
                    (transport.nagle_us >= 200 && transport.nagle_us < 207));
        config_string(&connection_node, VALUE(P2P_STUN_ServerList), buffer, sizeof(buffer));
        assert_string_equal(buffer + 3, ".example");
    }
    for (int i = 0; i < 2; i++)
        pthread_join(writers[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_inheritance_is_live),
        TEST(test_changes_are_reported_with_the_object_held),
        TEST(test_a_node_can_change_its_parent),
        TEST(test_global_values_and_bad_scopes),
        TEST(test_user_data_is_bound_at_creation),
        TEST(test_locks),
        TEST(test_options),
        TEST(test_transport_is_resolved),
        TEST(test_log_detail_from_the_environment),
        TEST(test_network_conditions_are_handed_on),
        TEST(test_memory_shortage),
        TEST(test_all_values_on_one_node),
        TEST(test_readers_meet_writers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
