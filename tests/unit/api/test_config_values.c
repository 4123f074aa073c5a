/*
 * Configuration values: the table against the documentation, levels and inheritance, conversion, limits, locks,
 * results and sizes, options, iteration, and what reaches transport and network conditions.
 */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/config_table.h"
#include "api/config_values.h"
#include "base/alloc.h"
#include "base/log.h"
#include "net/impairment.h"
#include "net/packet_trace.h"

#define VALUE(name)      k_ESteamNetworkingConfig_##name
#define NO_VALUE         ((ESteamNetworkingConfigValue)35)
#define UNKNOWN_VALUE    ((ESteamNetworkingConfigValue)61)
#define SCOPE_GLOBAL     k_ESteamNetworkingConfig_Global
#define SCOPE_INTERFACE  k_ESteamNetworkingConfig_SocketsInterface
#define SCOPE_LISTEN     k_ESteamNetworkingConfig_ListenSocket
#define SCOPE_CONNECTION k_ESteamNetworkingConfig_Connection
#define TYPE_INT32       k_ESteamNetworkingConfig_Int32
#define TYPE_INT64       k_ESteamNetworkingConfig_Int64
#define TYPE_FLOAT       k_ESteamNetworkingConfig_Float
#define TYPE_STRING      k_ESteamNetworkingConfig_String
#define TYPE_POINTER     k_ESteamNetworkingConfig_Ptr
#define GET_OK           k_ESteamNetworkingGetConfigValue_OK
#define GET_INHERITED    k_ESteamNetworkingGetConfigValue_OKInherited
#define GET_BAD_VALUE    k_ESteamNetworkingGetConfigValue_BadValue
#define GET_BAD_SCOPE    k_ESteamNetworkingGetConfigValue_BadScopeObj
#define GET_SMALL        k_ESteamNetworkingGetConfigValue_BufferTooSmall

/* ---- a host with one object of each kind ---------------------------------------------------------------------- */

enum { INTERFACE = 11, LISTEN = 22, CONNECTION = 33, OUTGOING = 44 };

static struct config_node interface_node, listen_node, connection_node, outgoing_node;
static int held;
static int changes;
static struct config_node *last_changed;
static ESteamNetworkingConfigValue last_value;

static struct config_node *hold(ESteamNetworkingConfigScope scope, intptr_t object)
{
    struct config_node *node = NULL;

    if (scope == SCOPE_INTERFACE && object == INTERFACE)
        node = &interface_node;
    if (scope == SCOPE_LISTEN && object == LISTEN)
        node = &listen_node;
    if (scope == SCOPE_CONNECTION && object == CONNECTION)
        node = &connection_node;
    if (scope == SCOPE_CONNECTION && object == OUTGOING)
        node = &outgoing_node;
    held += node != NULL;
    return node;
}

static void release(ESteamNetworkingConfigScope scope, intptr_t object, struct config_node *node)
{
    (void)scope;
    (void)object;
    assert_non_null(node);
    held--;
}

static void changed(struct config_node *node, ESteamNetworkingConfigValue value)
{
    assert_true(node == config_global() || held == 1);
    changes++;
    last_changed = node;
    last_value = value;
    /* The host may read here: no lock is held. */
    (void)config_int32(node, value);
}

static const struct config_host host = {.hold = hold, .release = release, .changed = changed};

static char last_log[2048];

static void keep_log(int level, const char *text)
{
    (void)level;
    snprintf(last_log, sizeof(last_log), "%s", text);
}

static int set_up(void **state)
{
    (void)state;
    config_set_host(&host);
    config_node_init(&interface_node, SCOPE_INTERFACE, NULL);
    config_node_init(&listen_node, SCOPE_LISTEN, &interface_node);
    config_node_init(&connection_node, SCOPE_CONNECTION, &listen_node);
    config_node_init(&outgoing_node, SCOPE_CONNECTION, &interface_node);
    changes = 0;
    held = 0;
    last_log[0] = '\0';
    log_set_output(LOG_LEVEL_MESSAGE, keep_log);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(held, 0);
    config_node_destroy(&outgoing_node);
    config_node_destroy(&connection_node);
    config_node_destroy(&listen_node);
    config_node_destroy(&interface_node);
    for (size_t i = 0; i < CONFIG_ROW_COUNT; i++)
        config_set_value((ESteamNetworkingConfigValue)config_table[i].value, SCOPE_GLOBAL, 0, TYPE_INT32, NULL);
    config_set_host(NULL);
    log_set_output(0, NULL);
    return 0;
}

static bool set_int(ESteamNetworkingConfigValue value, ESteamNetworkingConfigScope scope, intptr_t object,
                    int32_t number)
{
    return config_set_value(value, scope, object, TYPE_INT32, &number);
}

static bool clear(ESteamNetworkingConfigValue value, ESteamNetworkingConfigScope scope, intptr_t object)
{
    return config_set_value(value, scope, object, TYPE_INT32, NULL);
}

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

/* ---- the table ------------------------------------------------------------------------------------------------ */

static void trim(char *text)
{
    size_t length = strlen(text);

    while (length > 0 && text[length - 1] == ' ')
        text[--length] = '\0';
}

/* Splits "| a | b | ... |" in place; returns the number of cells. */
static int split_cells(char *line, char *cells[], int maximum)
{
    int count = 0;
    char *at = strchr(line, '|');

    while (at && count < maximum) {
        char *end = strchr(at + 1, '|');

        if (!end)
            break;
        *end = '\0';
        cells[count] = at + 1 + strspn(at + 1, " ");
        trim(cells[count]);
        count++;
        *end = '\0';
        at = end;
    }
    return count;
}

static const char *type_word(const struct config_row *row)
{
    static const char *const words[] = {"", "int32", "int64", "float", "string", "pointer"};

    return words[row->type];
}

static const char *lock_word(const struct config_row *row)
{
    switch (row->locks) {
    case 0:
        return "no";
    case CONFIG_LOCK_ACTIVE:
        return "active";
    case CONFIG_LOCK_ACTIVE | CONFIG_LOCK_SYMMETRIC:
        return "active, listening";
    case CONFIG_LOCK_PORT:
        return "port";
    default:
        return "?";
    }
}

static const char *level_word(const struct config_row *row)
{
    switch (row->scope) {
    case SCOPE_GLOBAL:
        return "global";
    case SCOPE_LISTEN:
        return "listen socket";
    default:
        return "connection";
    }
}

static void expect_row(const struct config_row *row, char *cells[])
{
    static const char *const listing_words[] = {"no", "yes", "development"};
    char text[64];

    assert_int_equal(atoi(cells[0]), row->value);
    assert_string_equal(cells[1], row->name);
    assert_string_equal(cells[2], type_word(row));
    assert_string_equal(cells[3], level_word(row));
    if (row->type == TYPE_STRING)
        snprintf(text, sizeof(text), "empty");
    else if (row->type == TYPE_POINTER)
        snprintf(text, sizeof(text), "null");
    else
        snprintf(text, sizeof(text), "%.0f", row->initial);
    assert_string_equal(cells[4], text);
    if (row->type == TYPE_INT32 || row->type == TYPE_FLOAT)
        snprintf(text, sizeof(text), "%s%.0f to %.0f", row->zero_is_no_limit ? "0, " : "", row->minimum, row->maximum);
    else
        snprintf(text, sizeof(text), "any");
    assert_string_equal(cells[5], text);
    assert_string_equal(cells[6], lock_word(row));
    assert_string_equal(cells[7], listing_words[row->listing]);
    assert_true(strlen(cells[8]) > 0);
}

static void test_documentation_has_every_row(void **state)
{
    FILE *file = fopen(VECTOR_DIR "/../../docs/api/configuration.md", "r");
    char line[1024];
    size_t rows = 0;
    bool in_table = false;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        char *cells[9];

        if (strncmp(line, "| No. |", 7) == 0)
            in_table = true;
        if (!in_table || line[0] != '|' || line[2] < '0' || line[2] > '9')
            continue;
        assert_int_equal(split_cells(line, cells, 9), 9);
        assert_true(rows < CONFIG_ROW_COUNT);
        expect_row(&config_table[rows], cells);
        rows++;
    }
    fclose(file);
    assert_int_equal(rows, CONFIG_ROW_COUNT);
}

static void test_table_is_ascending_and_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONFIG_ROW_COUNT; i++) {
        const struct config_row *row = &config_table[i];

        assert_true(i == 0 || config_table[i - 1].value < row->value);
        assert_ptr_equal(config_find_row(row->value), row);
        if (row->type == TYPE_INT32 || row->type == TYPE_FLOAT) {
            assert_true(row->minimum < row->maximum);
            assert_true(row->initial >= row->minimum && row->initial <= row->maximum);
        }
    }
    assert_null(config_find_row(0));
    assert_null(config_find_row(-1));
    assert_null(config_find_row(33));
    assert_null(config_find_row(35));
    assert_null(config_find_row(1000));
    assert_null(config_find_row(INT32_MAX));
}

static void test_info_and_iteration(void **state)
{
    static const int plain[] = {2,  3,  4,  5,  6,  7,  8,  9,  10,  11,  12,  13,  14,  15,  16, 17,
                                24, 25, 26, 27, 28, 32, 41, 42, 43,  44,  45,  47,  48,  49,  50, 51,
                                52, 53, 54, 55, 56, 57, 58, 59, 103, 104, 105, 107, 108, 109, 110};
    ESteamNetworkingConfigDataType type = (ESteamNetworkingConfigDataType)0;
    ESteamNetworkingConfigScope scope = (ESteamNetworkingConfigScope)0;
    ESteamNetworkingConfigValue value = VALUE(Invalid);
    bool seen_development[111] = {false};

    (void)state;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        value = config_iterate(value, false);
        assert_int_equal(value, plain[i]);
    }
    assert_int_equal(config_iterate(value, false), 0);
    while ((value = config_iterate(value, true)) != VALUE(Invalid))
        ;
    for (value = config_iterate(VALUE(Invalid), true); value; value = config_iterate(value, true)) {
        assert_true((int)value < 111);
        seen_development[value] = true;
    }
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        assert_true(seen_development[plain[i]]);
        seen_development[plain[i]] = false;
    }
    assert_true(seen_development[23] && seen_development[34]);
    seen_development[23] = seen_development[34] = false;
    for (int i = 0; i < 111; i++)
        assert_false(seen_development[i]);

    assert_string_equal(config_value_info(VALUE(NagleTime), &type, &scope), "NagleTime");
    assert_int_equal(type, TYPE_INT32);
    assert_int_equal(scope, SCOPE_CONNECTION);
    assert_string_equal(config_value_info(VALUE(FakePacketLoss_Send), &type, &scope), "FakePacketLoss_Send");
    assert_int_equal(type, TYPE_FLOAT);
    assert_int_equal(scope, SCOPE_GLOBAL);
    assert_string_equal(config_value_info(VALUE(Callback_FakeIPResult), NULL, NULL), "Callback_FakeIPResult");
    assert_null(config_value_info(VALUE(MTU_DataSize), &type, &scope));
    assert_null(config_value_info(NO_VALUE, NULL, NULL));
    assert_null(config_value_info(VALUE(Invalid), NULL, NULL));
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

/* ---- results and sizes ---------------------------------------------------------------------------------------- */

static void test_sizes_of_every_type(void **state)
{
    static const char servers[] = "stun.example.com:3478";
    char buffer[64];
    ESteamNetworkingConfigDataType type;
    size_t size;
    float real;
    int64_t number;
    void *pointer = &size;
    void *read_back;

    (void)state;
    size = sizeof(real);
    assert_int_equal(config_get_value(VALUE(FakePacketJitter_Send_Pct), SCOPE_GLOBAL, 0, &type, &real, &size), GET_OK);
    assert_true(type == TYPE_FLOAT && size == 4 && real == 75.0f);

    number = 0x123456789abcdef;
    assert_true(config_set_value(VALUE(ConnectionUserData), SCOPE_LISTEN, LISTEN, TYPE_INT64, &number));
    number = 0;
    size = 100;
    assert_int_equal(config_get_value(VALUE(ConnectionUserData), SCOPE_LISTEN, LISTEN, &type, &number, &size), GET_OK);
    assert_true(type == TYPE_INT64 && size == 8 && number == 0x123456789abcdef);

    assert_true(config_set_value(VALUE(Callback_ConnectionStatusChanged), SCOPE_GLOBAL, 0, TYPE_POINTER, &pointer));
    size = sizeof(read_back);
    assert_int_equal(config_get_value(VALUE(Callback_ConnectionStatusChanged), SCOPE_CONNECTION, CONNECTION, &type,
                                      &read_back, &size),
                     GET_INHERITED);
    assert_true(type == TYPE_POINTER && size == sizeof(void *) && read_back == pointer);
    assert_ptr_equal(config_pointer(&connection_node, VALUE(Callback_ConnectionStatusChanged)), pointer);

    /* An empty text takes one byte. */
    size = sizeof(buffer);
    assert_int_equal(config_get_value(VALUE(P2P_STUN_ServerList), SCOPE_GLOBAL, 0, &type, buffer, &size), GET_OK);
    assert_true(type == TYPE_STRING && size == 1 && buffer[0] == '\0');
    assert_true(config_set_value(VALUE(P2P_STUN_ServerList), SCOPE_INTERFACE, INTERFACE, TYPE_STRING, servers));
    size = sizeof(servers) - 1;
    memset(buffer, 'x', sizeof(buffer));
    assert_int_equal(config_get_value(VALUE(P2P_STUN_ServerList), SCOPE_LISTEN, LISTEN, &type, buffer, &size),
                     GET_SMALL);
    assert_int_equal(size, sizeof(servers));
    assert_int_equal(buffer[0], 'x');
    assert_int_equal(config_get_value(VALUE(P2P_STUN_ServerList), SCOPE_LISTEN, LISTEN, &type, buffer, &size),
                     GET_INHERITED);
    assert_string_equal(buffer, servers);

    assert_int_equal(config_string(&connection_node, VALUE(P2P_STUN_ServerList), buffer, 5), sizeof(servers) - 1);
    assert_string_equal(buffer, "stun");
    assert_int_equal(config_string(&connection_node, VALUE(P2P_STUN_ServerList), NULL, 0), sizeof(servers) - 1);
    assert_int_equal(config_string(NULL, VALUE(P2P_STUN_ServerList), buffer, sizeof(buffer)), 0);
    assert_string_equal(buffer, "");
}

static void test_bad_buffers_and_values(void **state)
{
    ESteamNetworkingConfigDataType type = (ESteamNetworkingConfigDataType)99;
    int32_t number = 7;
    size_t size = 0;

    (void)state;
    assert_int_equal(config_get_value(VALUE(NagleTime), SCOPE_GLOBAL, 0, &type, NULL, &size), GET_SMALL);
    assert_true(size == 4 && type == TYPE_INT32);
    size = 3;
    assert_int_equal(config_get_value(VALUE(NagleTime), SCOPE_GLOBAL, 0, NULL, &number, &size), GET_SMALL);
    assert_true(size == 4 && number == 7);
    /* Which level it comes from is not said when the buffer is too small. */
    size = 0;
    assert_int_equal(config_get_value(VALUE(NagleTime), SCOPE_CONNECTION, CONNECTION, NULL, &number, &size), GET_SMALL);
    assert_int_equal(config_get_value(VALUE(NagleTime), SCOPE_GLOBAL, 0, NULL, &number, NULL), GET_SMALL);
    type = (ESteamNetworkingConfigDataType)99;
    size = 4;
    assert_int_equal(config_get_value(NO_VALUE, SCOPE_GLOBAL, 0, &type, &number, &size), GET_BAD_VALUE);
    assert_int_equal(config_get_value(VALUE(Invalid), SCOPE_GLOBAL, 0, &type, &number, &size), GET_BAD_VALUE);
    assert_int_equal(config_get_value((ESteamNetworkingConfigValue)-3, SCOPE_GLOBAL, 0, &type, &number, &size),
                     GET_BAD_VALUE);
    assert_int_equal(type, 99);
    assert_false(set_int(NO_VALUE, SCOPE_GLOBAL, 0, 1));
    assert_non_null(strstr(last_log, "35"));
    assert_false(set_int((ESteamNetworkingConfigValue)70000, SCOPE_GLOBAL, 0, 1));
}

static void test_data_size_follows_packet_size(void **state)
{
    ESteamNetworkingConfigDataType type = (ESteamNetworkingConfigDataType)99;
    int32_t number = 0;
    size_t size = sizeof(number);

    (void)state;
    assert_int_equal(config_get_value(VALUE(MTU_DataSize), SCOPE_GLOBAL, 0, &type, &number, &size), GET_OK);
    assert_true(number == 1200 && size == 4 && type == 99);
    assert_true(set_int(VALUE(MTU_PacketSize), SCOPE_LISTEN, LISTEN, 600));
    assert_int_equal(config_get_value(VALUE(MTU_DataSize), SCOPE_CONNECTION, CONNECTION, NULL, &number, &size),
                     GET_INHERITED);
    assert_int_equal(number, 500);
    assert_int_equal(config_get_value(VALUE(MTU_DataSize), SCOPE_CONNECTION, 99, NULL, &number, &size), GET_BAD_SCOPE);
    assert_false(set_int(VALUE(MTU_DataSize), SCOPE_GLOBAL, 0, 500));
    assert_non_null(strstr(last_log, "read-only"));
    assert_false(clear(VALUE(MTU_DataSize), SCOPE_GLOBAL, 0));
}

/* ---- conversion and limits ------------------------------------------------------------------------------------ */

static void test_integers_from_everything(void **state)
{
    static const struct {
        float real;
        int32_t expected;
    } reals[] = {{10.4f, 10}, {10.5f, 11}, {10.6f, 11}, {1e9f, 20000}, {INFINITY, -1}, {NAN, -1}, {-1e30f, -1}};
    static const struct {
        const char *text;
        int32_t expected; /* -1: refused */
    } texts[] = {{"123", 123},        {" 42 ", 42},  {"-5", 0},          {"+7", 7},    {"", -1},
                 {"12x", -1},         {"1.5", -1},   {"0x10", -1},       {"x", -1},    {"99999", 20000},
                 {"99999999999", -1}, {"12 13", -1}, {"2147483648", -1}, {"\t8\n", 8}, {"9999999999999999999999", -1}};
    int64_t wide;

    (void)state;
    for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
        bool done = config_set_value(VALUE(NagleTime), SCOPE_GLOBAL, 0, TYPE_FLOAT, &reals[i].real);

        assert_int_equal(done, reals[i].expected >= 0 && fabsf(reals[i].real) < 2e9f);
        if (done)
            assert_int_equal(config_int32(NULL, VALUE(NagleTime)), reals[i].expected);
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(config_set_value(VALUE(NagleTime), SCOPE_GLOBAL, 0, TYPE_STRING, texts[i].text),
                         texts[i].expected >= 0);
        if (texts[i].expected >= 0)
            assert_int_equal(config_int32(NULL, VALUE(NagleTime)), texts[i].expected);
    }
    wide = 1234;
    assert_true(config_set_value(VALUE(NagleTime), SCOPE_GLOBAL, 0, TYPE_INT64, &wide));
    assert_int_equal(config_int32(NULL, VALUE(NagleTime)), 1234);
    wide = (int64_t)1 << 32;
    assert_false(config_set_value(VALUE(NagleTime), SCOPE_GLOBAL, 0, TYPE_INT64, &wide));
    wide = -((int64_t)1 << 31);
    assert_true(config_set_value(VALUE(NagleTime), SCOPE_GLOBAL, 0, TYPE_INT64, &wide));
    assert_int_equal(config_int32(NULL, VALUE(NagleTime)), 0);
    assert_false(config_set_value(VALUE(NagleTime), SCOPE_GLOBAL, 0, TYPE_POINTER, &wide));
    assert_false(config_set_value(VALUE(NagleTime), SCOPE_GLOBAL, 0, (ESteamNetworkingConfigDataType)0, &wide));
    assert_false(config_set_value(VALUE(NagleTime), SCOPE_GLOBAL, 0, (ESteamNetworkingConfigDataType)6, &wide));
}

static void test_wide_integers_and_floats(void **state)
{
    static const ESteamNetworkingConfigValue real_value = VALUE(FakePacketJitter_Send_Avg);
    int32_t narrow = -7;
    int64_t wide = 12;
    float real = 1e19f;

    (void)state;
    assert_true(config_set_value(VALUE(ConnectionUserData), SCOPE_GLOBAL, 0, TYPE_INT32, &narrow));
    assert_true(config_set_value(VALUE(ConnectionUserData), SCOPE_GLOBAL, 0, TYPE_STRING, "-9223372036854775808"));
    assert_false(config_set_value(VALUE(ConnectionUserData), SCOPE_GLOBAL, 0, TYPE_STRING, "9223372036854775808"));
    assert_false(config_set_value(VALUE(ConnectionUserData), SCOPE_GLOBAL, 0, TYPE_FLOAT, &real));
    real = -8.0f;
    assert_true(config_set_value(VALUE(ConnectionUserData), SCOPE_GLOBAL, 0, TYPE_FLOAT, &real));

    assert_true(config_set_value(real_value, SCOPE_GLOBAL, 0, TYPE_INT64, &wide));
    assert_true(config_float(NULL, real_value) == 12.0f);
    assert_true(config_set_value(real_value, SCOPE_GLOBAL, 0, TYPE_INT32, &narrow));
    assert_true(config_float(NULL, real_value) == 0.0f);
    assert_true(config_set_value(real_value, SCOPE_GLOBAL, 0, TYPE_STRING, "2.5"));
    assert_true(config_float(NULL, real_value) == 2.5f);
    assert_true(config_set_value(real_value, SCOPE_GLOBAL, 0, TYPE_STRING, "1e9"));
    assert_true(config_float(NULL, real_value) == 2000.0f);
    assert_false(config_set_value(real_value, SCOPE_GLOBAL, 0, TYPE_STRING, "nan"));
    assert_false(config_set_value(real_value, SCOPE_GLOBAL, 0, TYPE_STRING, "2,5"));
    real = NAN;
    assert_false(config_set_value(real_value, SCOPE_GLOBAL, 0, TYPE_FLOAT, &real));
    assert_true(config_float(NULL, real_value) == 2000.0f);
}

static void test_texts_from_numbers(void **state)
{
    int32_t narrow = -7;
    int64_t wide = INT64_MAX;
    float real = 2.5f;
    void *pointer = &wide;
    char buffer[64];
    char *giant;

    (void)state;
    assert_true(config_set_value(VALUE(P2P_TURN_UserList), SCOPE_GLOBAL, 0, TYPE_INT32, &narrow));
    config_string(NULL, VALUE(P2P_TURN_UserList), buffer, sizeof(buffer));
    assert_string_equal(buffer, "-7");
    assert_true(config_set_value(VALUE(P2P_TURN_UserList), SCOPE_GLOBAL, 0, TYPE_INT64, &wide));
    config_string(NULL, VALUE(P2P_TURN_UserList), buffer, sizeof(buffer));
    assert_string_equal(buffer, "9223372036854775807");
    assert_true(config_set_value(VALUE(P2P_TURN_UserList), SCOPE_GLOBAL, 0, TYPE_FLOAT, &real));
    config_string(NULL, VALUE(P2P_TURN_UserList), buffer, sizeof(buffer));
    assert_string_equal(buffer, "2.5");
    assert_false(config_set_value(VALUE(P2P_TURN_UserList), SCOPE_GLOBAL, 0, TYPE_POINTER, &pointer));
    assert_false(config_set_value(VALUE(Callback_FakeIPResult), SCOPE_GLOBAL, 0, TYPE_INT64, &wide));
    assert_false(config_set_value(VALUE(Callback_FakeIPResult), SCOPE_GLOBAL, 0, TYPE_STRING, "1"));

    giant = malloc(16385);
    memset(giant, 'a', 16384);
    giant[16384] = '\0';
    assert_false(config_set_value(VALUE(P2P_TURN_UserList), SCOPE_GLOBAL, 0, TYPE_STRING, giant));
    giant[16383] = '\0';
    assert_true(config_set_value(VALUE(P2P_TURN_UserList), SCOPE_GLOBAL, 0, TYPE_STRING, giant));
    assert_int_equal(config_string(NULL, VALUE(P2P_TURN_UserList), buffer, sizeof(buffer)), 16383);
    free(giant);
}

static void test_every_number_is_clamped(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONFIG_ROW_COUNT; i++) {
        const struct config_row *row = &config_table[i];
        ESteamNetworkingConfigValue value = (ESteamNetworkingConfigValue)row->value;
        int32_t low = INT32_MIN;
        int32_t high = INT32_MAX;

        if (row->type == TYPE_INT32) {
            assert_true(config_set_value(value, SCOPE_GLOBAL, 0, TYPE_INT32, &low));
            assert_int_equal(config_int32(NULL, value), (int32_t)row->minimum);
            assert_true(config_set_value(value, SCOPE_GLOBAL, 0, TYPE_INT32, &high));
            assert_int_equal(config_int32(NULL, value), (int32_t)row->maximum);
            assert_true(clear(value, SCOPE_GLOBAL, 0));
            assert_int_equal(config_int32(NULL, value), (int32_t)row->initial);
        } else if (row->type == TYPE_FLOAT) {
            assert_true(config_set_value(value, SCOPE_GLOBAL, 0, TYPE_INT32, &low));
            assert_true(config_float(NULL, value) == (float)row->minimum);
            assert_true(config_set_value(value, SCOPE_GLOBAL, 0, TYPE_INT32, &high));
            assert_true(config_float(NULL, value) == (float)row->maximum);
            assert_true(clear(value, SCOPE_GLOBAL, 0));
            assert_true(config_float(NULL, value) == (float)row->initial);
        }
    }
}

/* Only 0 itself stays below the range: it says that there is no limit. */
static void test_send_rates_without_limit(void **state)
{
    static const ESteamNetworkingConfigValue rates[] = {VALUE(SendRateMin), VALUE(SendRateMax)};
    float real = 0.3F;

    (void)state;
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        assert_true(set_int(rates[i], SCOPE_GLOBAL, 0, 0));
        assert_int_equal(config_int32(NULL, rates[i]), 0);
        assert_true(set_int(rates[i], SCOPE_GLOBAL, 0, 1));
        assert_int_equal(config_int32(NULL, rates[i]), 1024);
        assert_true(config_set_value(rates[i], SCOPE_GLOBAL, 0, TYPE_STRING, "0"));
        assert_int_equal(config_int32(NULL, rates[i]), 0);
        assert_true(set_int(rates[i], SCOPE_GLOBAL, 0, -1));
        assert_int_equal(config_int32(NULL, rates[i]), 1024);
        assert_true(config_set_value(rates[i], SCOPE_GLOBAL, 0, TYPE_FLOAT, &real));
        assert_int_equal(config_int32(NULL, rates[i]), 0);
        assert_true(clear(rates[i], SCOPE_GLOBAL, 0));
    }
    assert_true(set_int(VALUE(SendBufferSize), SCOPE_GLOBAL, 0, 0));
    assert_int_equal(config_int32(NULL, VALUE(SendBufferSize)), 4096);
    assert_true(clear(VALUE(SendBufferSize), SCOPE_GLOBAL, 0));
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_documentation_has_every_row),
        TEST(test_table_is_ascending_and_sound),
        TEST(test_info_and_iteration),
        TEST(test_inheritance_is_live),
        TEST(test_changes_are_reported_with_the_object_held),
        TEST(test_a_node_can_change_its_parent),
        TEST(test_global_values_and_bad_scopes),
        TEST(test_sizes_of_every_type),
        TEST(test_bad_buffers_and_values),
        TEST(test_data_size_follows_packet_size),
        TEST(test_integers_from_everything),
        TEST(test_wide_integers_and_floats),
        TEST(test_texts_from_numbers),
        TEST(test_every_number_is_clamped),
        TEST(test_send_rates_without_limit),
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
