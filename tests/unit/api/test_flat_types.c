/*
 * The exported functions on plain values: what they do, and that no null pointer or odd size hurts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "fumarole/addresses.h"
#include "fumarole/gamecoordinator.h"
#include "fumarole/utils.h"
#include "snp/message.h"

static char last_log[2048];

static void keep_log(int level, const char *text)
{
    (void)level;
    snprintf(last_log, sizeof(last_log), "%s", text);
}

static int set_up(void **state)
{
    (void)state;
    last_log[0] = '\0';
    log_set_output(LOG_LEVEL_BUG, keep_log);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    log_set_output(0, NULL);
    return 0;
}

/* Every null argument is answered by a line that names function and argument. */
static void expect_complaint(const char *function, const char *argument)
{
    assert_non_null(strstr(last_log, function));
    assert_non_null(strstr(last_log, argument));
    last_log[0] = '\0';
}

/* ---- addresses ------------------------------------------------------------------------------------------------ */

static void test_addresses(void **state)
{
    static const uint8 documentation[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    SteamNetworkingIPAddr address, other;
    char text[SteamNetworkingIPAddr_k_cchMaxString];

    (void)state;
    memset(&address, 0xff, sizeof(address));
    SteamAPI_SteamNetworkingIPAddr_Clear(&address);
    assert_true(SteamAPI_SteamNetworkingIPAddr_IsIPv6AllZeros(&address));
    assert_int_equal(address.m_port, 0);
    assert_false(SteamAPI_SteamNetworkingIPAddr_IsIPv4(&address));

    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, 0x01020304, 80);
    assert_true(SteamAPI_SteamNetworkingIPAddr_IsIPv4(&address));
    assert_int_equal(SteamAPI_SteamNetworkingIPAddr_GetIPv4(&address), 0x01020304);
    assert_false(SteamAPI_SteamNetworkingIPAddr_IsLocalHost(&address));
    assert_false(SteamAPI_SteamNetworkingIPAddr_IsIPv6AllZeros(&address));
    SteamAPI_SteamNetworkingIPAddr_ToString(&address, text, sizeof(text), true);
    assert_string_equal(text, "1.2.3.4:80");
    SteamNetworkingIPAddr_ToString(&address, text, sizeof(text), false);
    assert_string_equal(text, "1.2.3.4");
    assert_true(SteamAPI_SteamNetworkingIPAddr_ParseString(&other, "1.2.3.4:80"));
    assert_true(SteamAPI_SteamNetworkingIPAddr_IsEqualTo(&address, &other));
    other.m_port = 81;
    assert_false(SteamAPI_SteamNetworkingIPAddr_IsEqualTo(&address, &other));

    SteamAPI_SteamNetworkingIPAddr_SetIPv6(&address, documentation, 443);
    SteamAPI_SteamNetworkingIPAddr_ToString(&address, text, sizeof(text), true);
    assert_string_equal(text, "[2001:db8::1]:443");
    assert_int_equal(SteamAPI_SteamNetworkingIPAddr_GetIPv4(&address), 0);
    SteamAPI_SteamNetworkingIPAddr_SetIPv6LocalHost(&address, 5);
    assert_true(SteamAPI_SteamNetworkingIPAddr_IsLocalHost(&address));
    assert_int_equal(address.m_port, 5);
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, 0x7f000001, 5);
    assert_true(SteamAPI_SteamNetworkingIPAddr_IsLocalHost(&address));

    assert_int_equal(SteamNetworkingIPAddr_GetFakeIPType(&address), k_ESteamNetworkingFakeIPType_NotFake);
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, 0xa9fe0101, 5);
    assert_int_equal(SteamAPI_SteamNetworkingIPAddr_GetFakeIPType(&address), k_ESteamNetworkingFakeIPType_NotFake);
    assert_false(SteamAPI_SteamNetworkingIPAddr_IsFakeIP(&address));
}

static void test_address_texts_that_are_none(void **state)
{
    static const char *const texts[] = {"", "localhost", "1.2.3", "1.2.3.256", "1.2.3.4:65536", "[::1", ":80", "::1::"};
    SteamNetworkingIPAddr address;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, 1, 1);
        assert_false(SteamNetworkingIPAddr_ParseString(&address, texts[i]));
        assert_true(SteamAPI_SteamNetworkingIPAddr_IsIPv6AllZeros(&address));
        assert_int_equal(address.m_port, 0);
    }
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, 1, 1);
    assert_false(SteamNetworkingIPAddr_ParseString(&address, NULL));
    expect_complaint("SteamNetworkingIPAddr_ParseString", "text");
    assert_true(SteamAPI_SteamNetworkingIPAddr_IsIPv6AllZeros(&address));
    assert_true(SteamNetworkingIPAddr_ParseString(&address, "1.2.3.4:garbage")); /* as deployed programs expect */
    assert_int_equal(address.m_port, 0);
}

static void test_short_buffers(void **state)
{
    SteamNetworkingIPAddr address;
    SteamNetworkingIdentity identity;
    char text[8] = "xxxxxxx";

    (void)state;
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, 0x01020304, 80);
    SteamAPI_SteamNetworkingIdentity_SetGenericString(&identity, "somebody");
    SteamAPI_SteamNetworkingIPAddr_ToString(&address, text, 4, true);
    assert_memory_equal(text, "1.2\0xxx", 8);
    SteamAPI_SteamNetworkingIdentity_ToString(&identity, text, 6);
    assert_memory_equal(text, "str:s\0x", 8);
    text[0] = 'x';
    SteamAPI_SteamNetworkingIPAddr_ToString(&address, text, 0, true);
    SteamAPI_SteamNetworkingIdentity_ToString(&identity, text, 0);
    assert_int_equal(text[0], 'x');
    /* The size is a 32-bit number for some callers, who leave the upper half of its register alone. */
    SteamAPI_SteamNetworkingIPAddr_ToString(&address, text, ((size_t)0xdead << 32) | 4, true);
    assert_memory_equal(text, "1.2\0", 4);
    SteamAPI_SteamNetworkingIdentity_ToString(&identity, text, ((size_t)0xdead << 32) | 4);
    assert_memory_equal(text, "str\0", 4);
}

/* ---- identities ----------------------------------------------------------------------------------------------- */

static void expect_text(const SteamNetworkingIdentity *identity, const char *expected)
{
    char text[SteamNetworkingIdentity_k_cchMaxString];

    SteamNetworkingIdentity_ToString(identity, text, sizeof(text));
    assert_string_equal(text, expected);
}

static void test_identities(void **state)
{
    static const uint64 steam_id = 76561197960287930u;
    SteamNetworkingIdentity identity, other;
    SteamNetworkingIPAddr address;
    int size = 7;

    (void)state;
    memset(&identity, 0xff, sizeof(identity));
    SteamAPI_SteamNetworkingIdentity_Clear(&identity);
    assert_true(SteamAPI_SteamNetworkingIdentity_IsInvalid(&identity));
    expect_text(&identity, "invalid");
    assert_int_equal(SteamAPI_SteamNetworkingIdentity_GetFakeIPType(&identity), k_ESteamNetworkingFakeIPType_Invalid);

    SteamAPI_SteamNetworkingIdentity_SetSteamID64(&identity, steam_id);
    assert_true(SteamAPI_SteamNetworkingIdentity_GetSteamID64(&identity) == steam_id);
    assert_true(SteamAPI_SteamNetworkingIdentity_GetSteamID(&identity) == steam_id);
    assert_int_equal(SteamAPI_SteamNetworkingIdentity_GetPSNID(&identity), 0);
    assert_null(SteamAPI_SteamNetworkingIdentity_GetIPAddr(&identity));
    assert_null(SteamAPI_SteamNetworkingIdentity_GetGenericString(&identity));
    assert_null(SteamAPI_SteamNetworkingIdentity_GetXboxPairwiseID(&identity));
    assert_null(SteamAPI_SteamNetworkingIdentity_GetGenericBytes(&identity, &size));
    assert_int_equal(size, 0);
    assert_int_equal(SteamAPI_SteamNetworkingIdentity_GetIPv4(&identity), 0);
    expect_text(&identity, "steamid:76561197960287930");
    SteamAPI_SteamNetworkingIdentity_SetSteamID(&other, steam_id);
    assert_true(SteamAPI_SteamNetworkingIdentity_IsEqualTo(&identity, &other));

    SteamAPI_SteamNetworkingIdentity_SetPSNID(&identity, 12345);
    assert_int_equal(SteamAPI_SteamNetworkingIdentity_GetPSNID(&identity), 12345);
    assert_int_equal(SteamAPI_SteamNetworkingIdentity_GetSteamID64(&identity), 0);
    expect_text(&identity, "psn:12345");
    assert_false(SteamAPI_SteamNetworkingIdentity_IsEqualTo(&identity, &other));

    assert_true(SteamAPI_SteamNetworkingIdentity_SetXboxPairwiseID(&identity, "pair"));
    assert_string_equal(SteamAPI_SteamNetworkingIdentity_GetXboxPairwiseID(&identity), "pair");
    assert_false(SteamAPI_SteamNetworkingIdentity_SetXboxPairwiseID(&identity, ""));
    assert_false(SteamAPI_SteamNetworkingIdentity_SetXboxPairwiseID(&identity, "123456789012345678901234567890123"));
    assert_string_equal(SteamAPI_SteamNetworkingIdentity_GetXboxPairwiseID(&identity), "pair");

    assert_true(SteamAPI_SteamNetworkingIdentity_SetGenericString(&identity, ""));
    assert_string_equal(SteamAPI_SteamNetworkingIdentity_GetGenericString(&identity), "");
    assert_true(SteamAPI_SteamNetworkingIdentity_SetGenericString(&identity, "1234567890123456789012345678901"));
    assert_false(SteamAPI_SteamNetworkingIdentity_SetGenericString(&identity, "12345678901234567890123456789012"));
    expect_text(&identity, "str:1234567890123456789012345678901");

    assert_true(SteamAPI_SteamNetworkingIdentity_SetGenericBytes(&identity, "\xab\x01", 2));
    assert_memory_equal(SteamAPI_SteamNetworkingIdentity_GetGenericBytes(&identity, &size), "\xab\x01", 2);
    assert_int_equal(size, 2);
    assert_non_null(SteamAPI_SteamNetworkingIdentity_GetGenericBytes(&identity, NULL));
    assert_false(SteamAPI_SteamNetworkingIdentity_SetGenericBytes(&identity, "", 0));
    assert_false(SteamAPI_SteamNetworkingIdentity_SetGenericBytes(&identity, &address, 33));
    expect_text(&identity, "gen:ab01");

    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, 0x01020304, 80);
    SteamAPI_SteamNetworkingIdentity_SetIPAddr(&identity, &address);
    assert_true(
        SteamAPI_SteamNetworkingIPAddr_IsEqualTo(&address, SteamAPI_SteamNetworkingIdentity_GetIPAddr(&identity)));
    assert_int_equal(SteamAPI_SteamNetworkingIdentity_GetIPv4(&identity), 0x01020304);
    expect_text(&identity, "ip:1.2.3.4:80");
    assert_int_equal(SteamAPI_SteamNetworkingIdentity_GetFakeIPType(&identity), k_ESteamNetworkingFakeIPType_NotFake);
    assert_false(SteamAPI_SteamNetworkingIdentity_IsFakeIP(&identity));
    /* Its own address, of itself. */
    SteamAPI_SteamNetworkingIdentity_SetIPAddr(&identity, &identity.m_ip);
    expect_text(&identity, "ip:1.2.3.4:80");
    SteamAPI_SteamNetworkingIdentity_SetIPv4Addr(&identity, 0x7f000001, 0);
    assert_true(SteamAPI_SteamNetworkingIdentity_IsLocalHost(&identity));
    SteamAPI_SteamNetworkingIdentity_SetLocalHost(&identity);
    assert_true(SteamAPI_SteamNetworkingIdentity_IsLocalHost(&identity));
    expect_text(&identity, "ip:::1");
}

static void test_both_prototypes_of_parse_string(void **state)
{
    typedef bool (*kit_function)(SteamNetworkingIdentity *, const char *);
    kit_function kit = (kit_function)(void (*)(void))SteamAPI_SteamNetworkingIdentity_ParseString;
    SteamNetworkingIdentity identity;
    char *text = malloc(16); /* an address that only a pointer has */

    (void)state;
    strcpy(text, "str:someone");
    assert_true(SteamAPI_SteamNetworkingIdentity_ParseString(&identity, sizeof(identity), text));
    expect_text(&identity, "str:someone");
    SteamAPI_SteamNetworkingIdentity_Clear(&identity);
    assert_true(kit(&identity, text));
    expect_text(&identity, "str:someone");
    strcpy(text, "STR:x");
    assert_false(kit(&identity, text));
    assert_true(SteamAPI_SteamNetworkingIdentity_IsInvalid(&identity));
    SteamAPI_SteamNetworkingIdentity_SetLocalHost(&identity);
    assert_false(kit(&identity, NULL));
    assert_true(SteamAPI_SteamNetworkingIdentity_IsInvalid(&identity));
    assert_false(SteamAPI_SteamNetworkingIdentity_ParseString(&identity, sizeof(identity), NULL));
    assert_false(SteamAPI_SteamNetworkingIdentity_ParseString(&identity, sizeof(identity), ""));
    free(text);
}

static void test_parse_string_into_other_sizes(void **state)
{
    unsigned char memory[256];
    SteamNetworkingIdentity *identity = (SteamNetworkingIdentity *)(void *)memory;

    (void)state;
    /* Somebody's shorter structure: nothing behind it is touched. */
    memset(memory, 0xee, sizeof(memory));
    assert_true(SteamNetworkingIdentity_ParseString(identity, 40, "str:abc"));
    assert_int_equal(memory[39], 0);
    assert_int_equal(memory[40], 0xee);
    assert_int_equal(identity->m_eType, k_ESteamNetworkingIdentityType_GenericString);
    /* It does not fit: invalid, and still nothing touched. */
    memset(memory, 0xee, sizeof(memory));
    assert_false(SteamNetworkingIdentity_ParseString(identity, 32, "str:1234567890123456789012345678901"));
    assert_int_equal(memory[31], 0);
    assert_int_equal(memory[32], 0xee);
    assert_int_equal(identity->m_eType, k_ESteamNetworkingIdentityType_Invalid);
    /* A longer one is zeroed as a whole. */
    memset(memory, 0xee, sizeof(memory));
    assert_true(SteamNetworkingIdentity_ParseString(identity, 200, "str:abc"));
    assert_int_equal(memory[199], 0);
    assert_int_equal(memory[200], 0xee);
    /* Sizes that are none. */
    memset(memory, 0xee, sizeof(memory));
    assert_false(SteamNetworkingIdentity_ParseString(identity, 31, "str:abc"));
    expect_complaint("SteamNetworkingIdentity_ParseString", "identity_size");
    assert_false(SteamNetworkingIdentity_ParseString(identity, 4096, "str:abc"));
    assert_int_equal(memory[0], 0xee);
}

/* ---- the rest ------------------------------------------------------------------------------------------------- */

static void test_options(void **state)
{
    SteamNetworkingConfigValue_t option;
    int there;

    (void)state;
    SteamAPI_SteamNetworkingConfigValue_t_SetInt32(&option, k_ESteamNetworkingConfig_NagleTime, -5);
    assert_true(option.m_eValue == k_ESteamNetworkingConfig_NagleTime &&
                option.m_eDataType == k_ESteamNetworkingConfig_Int32 && option.m_val.m_int32 == -5);
    SteamAPI_SteamNetworkingConfigValue_t_SetInt64(&option, k_ESteamNetworkingConfig_ConnectionUserData, INT64_MIN);
    assert_true(option.m_eDataType == k_ESteamNetworkingConfig_Int64 && option.m_val.m_int64 == INT64_MIN);
    SteamAPI_SteamNetworkingConfigValue_t_SetFloat(&option, k_ESteamNetworkingConfig_FakePacketLoss_Send, 2.5f);
    assert_true(option.m_eDataType == k_ESteamNetworkingConfig_Float && option.m_val.m_float == 2.5f);
    SteamAPI_SteamNetworkingConfigValue_t_SetPtr(&option, k_ESteamNetworkingConfig_Callback_FakeIPResult, &there);
    assert_true(option.m_eDataType == k_ESteamNetworkingConfig_Ptr && option.m_val.m_ptr == &there);
    SteamAPI_SteamNetworkingConfigValue_t_SetString(&option, k_ESteamNetworkingConfig_P2P_STUN_ServerList, "stun");
    assert_true(option.m_eDataType == k_ESteamNetworkingConfig_String && strcmp(option.m_val.m_string, "stun") == 0);
}

static int releases;

static void count_release(SteamNetworkingMessage_t *message)
{
    (void)message;
    releases++;
}

static void test_release_of_messages(void **state)
{
    SteamNetworkingMessage_t message;

    (void)state;
    memset(&message, 0, sizeof(message));
    SteamAPI_SteamNetworkingMessage_t_Release(NULL);
    assert_string_equal(last_log, "");
    SteamAPI_SteamNetworkingMessage_t_Release(&message);
    expect_complaint("SteamAPI_SteamNetworkingMessage_t_Release", "m_pfnRelease");
    message.m_pfnRelease = count_release;
    SteamAPI_SteamNetworkingMessage_t_Release(&message);
    assert_int_equal(releases, 1);
}

static void test_hosted_addresses(void **state)
{
    static const char expected[] = {'d', 'e', 'v', 0, 1, 1, 0x78, 0x69, 4, 3, 2, 1};
    SteamDatagramHostedAddress address;

    (void)state;
    memset(&address, 0xff, sizeof(address));
    SteamAPI_SteamDatagramHostedAddress_Clear(&address);
    assert_int_equal(address.m_cbSize, 0);
    assert_int_equal(SteamAPI_SteamDatagramHostedAddress_GetPopID(&address), 0);
    SteamAPI_SteamDatagramHostedAddress_SetDevAddress(&address, 0x01020304, 27000, k_SteamDatagramPOPID_dev);
    assert_int_equal(address.m_cbSize, sizeof(expected));
    assert_memory_equal(address.m_data, expected, sizeof(expected));
    assert_int_equal(SteamAPI_SteamDatagramHostedAddress_GetPopID(&address), k_SteamDatagramPOPID_dev);
    SteamAPI_SteamDatagramHostedAddress_SetDevAddress(&address, 0, 0, 0x64616263); /* "abcd" */
    assert_memory_equal(address.m_data, "abcd", 4);
    assert_int_equal(SteamAPI_SteamDatagramHostedAddress_GetPopID(&address), 0x64616263);
}

static void test_null_pointers(void **state)
{
    SteamNetworkingIPAddr address;
    SteamNetworkingIdentity identity;
    char text[4] = "abc";
    int size = 7;

    (void)state;
    SteamAPI_SteamNetworkingIPAddr_Clear(&address);
    SteamAPI_SteamNetworkingIdentity_Clear(&identity);

    SteamAPI_SteamNetworkingIPAddr_Clear(NULL);
    expect_complaint("SteamAPI_SteamNetworkingIPAddr_Clear", "self");
    assert_false(SteamAPI_SteamNetworkingIPAddr_IsIPv6AllZeros(NULL));
    expect_complaint("IsIPv6AllZeros", "self");
    SteamAPI_SteamNetworkingIPAddr_SetIPv6(NULL, (const uint8 *)"", 0);
    expect_complaint("SetIPv6", "self");
    SteamAPI_SteamNetworkingIPAddr_SetIPv6(&address, NULL, 0);
    expect_complaint("SetIPv6", "ipv6");
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(NULL, 0, 0);
    SteamAPI_SteamNetworkingIPAddr_SetIPv6LocalHost(NULL, 0);
    assert_false(SteamAPI_SteamNetworkingIPAddr_IsIPv4(NULL));
    assert_int_equal(SteamAPI_SteamNetworkingIPAddr_GetIPv4(NULL), 0);
    assert_false(SteamAPI_SteamNetworkingIPAddr_IsLocalHost(NULL));
    assert_false(SteamAPI_SteamNetworkingIPAddr_IsEqualTo(NULL, &address));
    assert_false(SteamAPI_SteamNetworkingIPAddr_IsEqualTo(&address, NULL));
    expect_complaint("IsEqualTo", "other");
    SteamAPI_SteamNetworkingIPAddr_ToString(NULL, text, sizeof(text), true);
    assert_string_equal(text, "");
    SteamAPI_SteamNetworkingIPAddr_ToString(&address, NULL, 10, true);
    expect_complaint("SteamNetworkingIPAddr_ToString", "buffer");
    assert_false(SteamAPI_SteamNetworkingIPAddr_ParseString(NULL, "::"));
    assert_int_equal(SteamAPI_SteamNetworkingIPAddr_GetFakeIPType(NULL), k_ESteamNetworkingFakeIPType_Invalid);
    assert_false(SteamAPI_SteamNetworkingIPAddr_IsFakeIP(NULL));

    SteamAPI_SteamNetworkingIdentity_Clear(NULL);
    assert_false(SteamAPI_SteamNetworkingIdentity_IsInvalid(NULL));
    SteamAPI_SteamNetworkingIdentity_SetSteamID(NULL, 1);
    SteamAPI_SteamNetworkingIdentity_SetSteamID64(NULL, 1);
    assert_int_equal(SteamAPI_SteamNetworkingIdentity_GetSteamID(NULL), 0);
    assert_int_equal(SteamAPI_SteamNetworkingIdentity_GetSteamID64(NULL), 0);
    assert_false(SteamAPI_SteamNetworkingIdentity_SetXboxPairwiseID(NULL, "x"));
    assert_false(SteamAPI_SteamNetworkingIdentity_SetXboxPairwiseID(&identity, NULL));
    assert_null(SteamAPI_SteamNetworkingIdentity_GetXboxPairwiseID(NULL));
    SteamAPI_SteamNetworkingIdentity_SetPSNID(NULL, 1);
    assert_int_equal(SteamAPI_SteamNetworkingIdentity_GetPSNID(NULL), 0);
    SteamAPI_SteamNetworkingIdentity_SetIPAddr(NULL, &address);
    SteamAPI_SteamNetworkingIdentity_SetIPAddr(&identity, NULL);
    expect_complaint("SetIPAddr", "address");
    assert_null(SteamAPI_SteamNetworkingIdentity_GetIPAddr(NULL));
    SteamAPI_SteamNetworkingIdentity_SetIPv4Addr(NULL, 1, 1);
    assert_int_equal(SteamAPI_SteamNetworkingIdentity_GetIPv4(NULL), 0);
    assert_int_equal(SteamAPI_SteamNetworkingIdentity_GetFakeIPType(NULL), k_ESteamNetworkingFakeIPType_Invalid);
    assert_false(SteamAPI_SteamNetworkingIdentity_IsFakeIP(NULL));
    SteamAPI_SteamNetworkingIdentity_SetLocalHost(NULL);
    assert_false(SteamAPI_SteamNetworkingIdentity_IsLocalHost(NULL));
    assert_false(SteamAPI_SteamNetworkingIdentity_SetGenericString(NULL, "x"));
    assert_false(SteamAPI_SteamNetworkingIdentity_SetGenericString(&identity, NULL));
    assert_null(SteamAPI_SteamNetworkingIdentity_GetGenericString(NULL));
    assert_false(SteamAPI_SteamNetworkingIdentity_SetGenericBytes(NULL, "x", 1));
    assert_false(SteamAPI_SteamNetworkingIdentity_SetGenericBytes(&identity, NULL, 1));
    assert_null(SteamAPI_SteamNetworkingIdentity_GetGenericBytes(NULL, &size));
    assert_int_equal(size, 0);
    assert_false(SteamAPI_SteamNetworkingIdentity_IsEqualTo(NULL, &identity));
    assert_false(SteamAPI_SteamNetworkingIdentity_IsEqualTo(&identity, NULL));
    SteamAPI_SteamNetworkingIdentity_ToString(NULL, text, sizeof(text));
    SteamAPI_SteamNetworkingIdentity_ToString(&identity, NULL, 10);
    assert_false(SteamAPI_SteamNetworkingIdentity_ParseString(NULL, sizeof(identity), "str:x"));
    assert_true(SteamAPI_SteamNetworkingIdentity_IsInvalid(&identity));

    SteamAPI_SteamNetworkingConfigValue_t_SetInt32(NULL, k_ESteamNetworkingConfig_NagleTime, 1);
    expect_complaint("SteamAPI_SteamNetworkingConfigValue_t_SetInt32", "self");
    SteamAPI_SteamNetworkingConfigValue_t_SetInt64(NULL, k_ESteamNetworkingConfig_NagleTime, 1);
    SteamAPI_SteamNetworkingConfigValue_t_SetFloat(NULL, k_ESteamNetworkingConfig_NagleTime, 1);
    SteamAPI_SteamNetworkingConfigValue_t_SetPtr(NULL, k_ESteamNetworkingConfig_NagleTime, NULL);
    SteamAPI_SteamNetworkingConfigValue_t_SetString(NULL, k_ESteamNetworkingConfig_NagleTime, NULL);
    SteamAPI_SteamDatagramHostedAddress_Clear(NULL);
    assert_int_equal(SteamAPI_SteamDatagramHostedAddress_GetPopID(NULL), 0);
    SteamAPI_SteamDatagramHostedAddress_SetDevAddress(NULL, 1, 1, 1);
    expect_complaint("SetDevAddress", "self");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_addresses),
        TEST(test_address_texts_that_are_none),
        TEST(test_short_buffers),
        TEST(test_identities),
        TEST(test_both_prototypes_of_parse_string),
        TEST(test_parse_string_into_other_sizes),
        TEST(test_options),
        TEST(test_release_of_messages),
        TEST(test_hosted_addresses),
        TEST(test_null_pointers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
