/*
 * Events that no back end can bring about yet: what the binding makes of them. Its own functions are called as the
 * library would call them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "events.h"
#include "fumarole/fumarole.h"
#include "references.h"

typedef void (*any_callback)(void *event);

/* The function that the binding has set as the library's callback. */
static any_callback callback(ESteamNetworkingConfigValue which)
{
    any_callback function = NULL;
    size_t size = sizeof function;
    assert_int_equal(SteamAPI_ISteamNetworkingUtils_GetConfigValue(SteamAPI_SteamNetworkingUtils_v003(), which,
                                                                   k_ESteamNetworkingConfig_Global, 0, NULL, &function,
                                                                   &size),
                     k_ESteamNetworkingGetConfigValue_OK);
    assert_non_null(function);
    return function;
}

static void free_all(struct value *arguments, int count)
{
    for (int i = 0; i < count; i++)
        value_free(&arguments[i]);
}

static void test_fake_ip_result(void **state)
{
    (void)state;
    const char *signal;
    struct value arguments[CLASS_SIGNAL_ARGUMENTS_MAX];
    SteamNetworkingFakeIPResult_t event = {
        .m_eResult = k_EResultOK, .m_unIP = 0xa9fe0102, .m_unPorts = {1024, 0, 0, 65535}};
    SteamAPI_SteamNetworkingIdentity_SetGenericString(&event.m_identity, "whose");

    events_listen();
    callback(k_ESteamNetworkingConfig_Callback_FakeIPResult)(&event);
    assert_int_equal(events_take(&signal, arguments), 4);
    assert_string_equal(signal, "fake_ip_result");
    assert_int_equal(arguments[0].integer, 1);
    assert_string_equal(arguments[1].string.text, "fake_ip_identity");
    assert_string_equal(arguments[2].string.text, "169.254.1.2");
    assert_int_equal(value_count(&arguments[3]), 2);
    assert_int_equal(value_element(&arguments[3], 0)->integer, 1024);
    assert_int_equal(value_element(&arguments[3], 1)->integer, 65535);
    free_all(arguments, 4);

    /* The identity is kept under the name that the signal has. */
    struct value name = value_literal("fake_ip_identity");
    SteamNetworkingIdentity identity = reference_identity(&name);
    assert_true(SteamAPI_SteamNetworkingIdentity_IsEqualTo(&identity, &event.m_identity));
    assert_int_equal(events_take(&signal, arguments), -1);
    events_forget();
    reference_forget_all();
}

static void test_relay_and_sessions(void **state)
{
    (void)state;
    const char *signal;
    struct value arguments[CLASS_SIGNAL_ARGUMENTS_MAX];
    SteamRelayNetworkStatus_t relay = {.m_eAvail = 100,
                                       .m_bPingMeasurementInProgress = 1,
                                       .m_eAvailNetworkConfig = 3,
                                       .m_eAvailAnyRelay = -10,
                                       .m_debugMsg = "text"};
    SteamNetworkingMessagesSessionRequest_t request = {0};
    SteamNetworkingMessagesSessionFailed_t failed = {.m_info = {.m_eEndReason = 5003}};
    SteamAPI_SteamNetworkingIdentity_SetSteamID64(&request.m_identityRemote, 76561197960287930u);

    events_listen();
    callback(k_ESteamNetworkingConfig_Callback_RelayNetworkStatusChanged)(&relay);
    callback(k_ESteamNetworkingConfig_Callback_MessagesSessionRequest)(&request);
    callback(k_ESteamNetworkingConfig_Callback_MessagesSessionFailed)(&failed);

    assert_int_equal(events_take(&signal, arguments), 5);
    assert_string_equal(signal, "relay_network_status");
    static const int numbers[] = {100, 1, 3, -10};
    for (int i = 0; i < 4; i++)
        assert_int_equal(arguments[i].integer, numbers[i]);
    assert_string_equal(arguments[4].string.text, "text");
    free_all(arguments, 5);

    assert_int_equal(events_take(&signal, arguments), 1);
    assert_string_equal(signal, "network_messages_session_request");
    assert_string_equal(arguments[0].string.text, "steamid:76561197960287930");
    free_all(arguments, 1);

    assert_int_equal(events_take(&signal, arguments), 1);
    assert_string_equal(signal, "network_messages_session_failed");
    assert_int_equal(arguments[0].integer, 5003);
    free_all(arguments, 1);

    /* What waits when the library is stopped is forgotten. */
    callback(k_ESteamNetworkingConfig_Callback_MessagesSessionRequest)(&request);
    events_forget();
    assert_int_equal(events_take(&signal, arguments), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fake_ip_result),
        cmocka_unit_test(test_relay_and_sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
