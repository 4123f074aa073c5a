/* Configuration values: the table against the documentation, sizes and types, conversion and limits. */
#include "config_host.h"

#include <math.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_documentation_has_every_row), TEST(test_table_is_ascending_and_sound),
        TEST(test_info_and_iteration),          TEST(test_sizes_of_every_type),
        TEST(test_bad_buffers_and_values),      TEST(test_data_size_follows_packet_size),
        TEST(test_integers_from_everything),    TEST(test_wide_integers_and_floats),
        TEST(test_texts_from_numbers),          TEST(test_every_number_is_clamped),
        TEST(test_send_rates_without_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
