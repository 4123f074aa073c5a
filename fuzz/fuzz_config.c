/*
 * Configuration values against a naive model: a table of what was set where, and conversions written down once more.
 * The input sets, clears and reads values of all types on all scopes, hands over options, locks objects, makes them
 * anew and gives them other parents.
 */
#include "fuzz/ends.h"

#include "api/config_table.h"
#include "api/config_values.h"

#include <ctype.h>
#include <math.h>

enum {
    GLOBAL,
    INTERFACE,
    LISTENER,
    FIRST_CONNECTION,
    NODES = 5,
    OPERATIONS_LIMIT = 100,
    TEXT_MAXIMUM = 64,
    LONG_TEXT = 16383, /* the longest that is stored */
    USER_DATA = 40,
    PACKET_SIZE = 32,
    DATA_SIZE = 33, /* is read only: the packet size without 100 */
    LOCAL_PORT = 38,
};

/* Any value; which member counts is told by a type. */
struct value {
    int64_t integer;
    float real;
    const char *text; /* long_text, or in `own` */
    void *pointer;
    char own[TEXT_MAXIMUM];
};

struct model_setting {
    bool set, frozen;
    struct value value;
};

static struct {
    struct model_setting settings[NODES][CONFIG_ROW_COUNT];
    int parent[NODES];
    int locks[NODES];
    int64_t user_data[NODES];
} model;

static struct config_node *nodes[NODES];
static struct config_node node_memory[NODES];
static char long_text[LONG_TEXT + 1], too_long_text[LONG_TEXT + 2];
static int changes;

/* ---- objects ----------------------------------------------------------------------------------------------------- */

static const ESteamNetworkingConfigScope scopes[NODES] = {
    k_ESteamNetworkingConfig_Global, k_ESteamNetworkingConfig_SocketsInterface, k_ESteamNetworkingConfig_ListenSocket,
    k_ESteamNetworkingConfig_Connection, k_ESteamNetworkingConfig_Connection};

static struct config_node *hold(ESteamNetworkingConfigScope scope, intptr_t object)
{
    for (int i = 1; i < NODES; i++)
        if (scopes[i] == scope && object == i)
            return nodes[i];
    return NULL;
}

static void release(ESteamNetworkingConfigScope scope, intptr_t object, struct config_node *node)
{
    FUZZ_CHECK(hold(scope, object) == node && node);
}

static void changed(struct config_node *node, ESteamNetworkingConfigValue value)
{
    FUZZ_CHECK(node && config_find_row((int)value));
    changes++;
}

static const struct config_host host = {hold, release, changed};

/* ---- the model's conversions ------------------------------------------------------------------------------------- */

/* "  -12  ": blanks of any kind, perhaps a sign, digits, and then only blanks of the common kinds. */
static bool integer_of_text(const char *text, int64_t *result)
{
    bool negative = false;
    int digits = 0;
    __int128 value = 0;
    while (isspace((unsigned char)*text))
        text++;
    if (*text == '-' || *text == '+')
        negative = *text++ == '-';
    for (; *text >= '0' && *text <= '9'; text++, digits++)
        if (value < (__int128)INT64_MAX * 4)
            value = value * 10 + (*text - '0');
    while (*text && strchr(" \t\r\n", *text))
        text++;
    if (negative)
        value = -value;
    *result = (int64_t)value;
    return digits > 0 && !*text && value >= INT64_MIN && value <= INT64_MAX;
}

static bool integer_of_real(float real, int64_t *result)
{
    if (isnan(real) || real < -9223372036854775808.0F || real >= 9223372036854775808.0F)
        return false;
    *result = (int64_t)llroundf(real);
    return true;
}

static bool model_integer(int type, const struct value *from, int64_t *result)
{
    if (type == CONFIG_TYPE_INT32 || type == CONFIG_TYPE_INT64) {
        *result = from->integer;
        return true;
    }
    if (type == CONFIG_TYPE_FLOAT)
        return integer_of_real(from->real, result);
    return type == CONFIG_TYPE_STRING && integer_of_text(from->text, result);
}

static bool model_real(int type, const struct value *from, double *result)
{
    char *end;
    if (type == CONFIG_TYPE_INT32 || type == CONFIG_TYPE_INT64) {
        *result = (double)from->integer;
        return true;
    }
    if (type == CONFIG_TYPE_FLOAT) {
        *result = from->real;
        return !isnan(from->real);
    }
    if (type != CONFIG_TYPE_STRING)
        return false;
    *result = strtod(from->text, &end);
    return end != from->text && end[strspn(end, " \t\r\n")] == 0 && !isnan(*result);
}

static bool model_text(int type, const struct value *from, struct value *to)
{
    to->text = to->own;
    if (type < CONFIG_TYPE_INT32 || type > CONFIG_TYPE_STRING)
        return false;
    if (type == CONFIG_TYPE_INT32 || type == CONFIG_TYPE_INT64)
        snprintf(to->own, sizeof to->own, "%lld", (long long)from->integer);
    else if (type == CONFIG_TYPE_FLOAT)
        snprintf(to->own, sizeof to->own, "%g", (double)from->real);
    else if (type == CONFIG_TYPE_STRING && from->text == from->own)
        memcpy(to->own, from->own, sizeof to->own);
    else
        to->text = from->text;
    return strlen(to->text) <= LONG_TEXT;
}

static double limited(const struct config_row *row, double value)
{
    if (value == 0 && row->zero_is_no_limit)
        return 0;
    return fmin(fmax(value, row->minimum), row->maximum);
}

static bool model_convert(const struct config_row *row, int type, const struct value *from, struct value *to)
{
    double real;
    memset(to, 0, sizeof *to);
    switch (row->type) {
    case CONFIG_TYPE_INT32:
        if (!model_integer(type, from, &to->integer) || to->integer != (int32_t)to->integer)
            return false;
        to->integer = (int64_t)limited(row, (double)to->integer);
        return true;
    case CONFIG_TYPE_INT64:
        return model_integer(type, from, &to->integer);
    case CONFIG_TYPE_FLOAT:
        if (!model_real(type, from, &real))
            return false;
        to->real = (float)limited(row, real);
        return true;
    case CONFIG_TYPE_STRING:
        return model_text(type, from, to);
    default:
        to->pointer = from->pointer;
        return type == CONFIG_TYPE_POINTER;
    }
}

/* ---- the model's tree -------------------------------------------------------------------------------------------- */

FUZZ_UNTRACED static int row_index(int value)
{
    for (int i = 0; i < CONFIG_ROW_COUNT; i++)
        if (config_table[i].value == value)
            return i;
    return -1;
}

static bool is_user_data(int node, const struct config_row *row)
{
    return row->value == USER_DATA && node >= FIRST_CONNECTION;
}

FUZZ_UNTRACED static void model_effective(int node, int row, struct value *value)
{
    memset(value, 0, sizeof *value);
    value->text = "";
    for (; node >= 0; node = model.parent[node]) {
        if (is_user_data(node, &config_table[row])) {
            value->integer = model.user_data[node];
            return;
        }
        if (model.settings[node][row].set) {
            *value = model.settings[node][row].value;
            if (value->text && value->text != long_text)
                value->text = model.settings[node][row].value.own;
            return;
        }
    }
    value->integer = (int64_t)config_table[row].initial;
    value->real = (float)config_table[row].initial;
}

static bool model_set(int node, int row, int type, const struct value *argument)
{
    struct value converted;
    if ((int)scopes[node] > config_table[row].scope)
        return false;
    if (argument && !model_convert(&config_table[row], type, argument, &converted))
        return false;
    if (config_table[row].locks & model.locks[node])
        return false;
    if (is_user_data(node, &config_table[row])) {
        if (argument)
            model.user_data[node] = converted.integer;
        return argument != NULL;
    }
    struct model_setting *setting = &model.settings[node][row];
    setting->set = argument != NULL;
    setting->frozen = false;
    if (argument) {
        setting->value = converted;
        if (converted.text == converted.own)
            setting->value.text = setting->value.own;
    }
    return true;
}

static void model_lock(int node, int locks)
{
    for (int row = 0; row < CONFIG_ROW_COUNT; row++) {
        struct model_setting *setting = &model.settings[node][row];
        if (!(config_table[row].locks & locks) || setting->set)
            continue;
        struct value value;
        model_effective(node, row, &value);
        setting->value = value;
        if (value.text && value.text != long_text) {
            if (value.text != value.own)
                snprintf(setting->value.own, sizeof setting->value.own, "%s", value.text);
            setting->value.text = setting->value.own;
        }
        setting->set = setting->frozen = true;
    }
    model.locks[node] |= locks;
}

static void make_node(int node, int parent)
{
    struct value value;
    nodes[node] = &node_memory[node];
    config_node_init(nodes[node], scopes[node], nodes[parent]);
    memset(model.settings[node], 0, sizeof model.settings[node]);
    model.parent[node] = parent;
    model.locks[node] = 0;
    model_effective(parent, row_index(USER_DATA), &value);
    model.user_data[node] = value.integer;
}

/* ---- looking ----------------------------------------------------------------------------------------------------- */

static void check_bytes(const struct config_row *row, const struct value *value, const void *result, size_t size)
{
    int32_t narrow = (int32_t)value->integer;
    const char *text = value->text ? value->text : "";
    if (row->type == CONFIG_TYPE_INT32)
        FUZZ_CHECK(size == sizeof narrow && memcmp(result, &narrow, size) == 0);
    else if (row->type == CONFIG_TYPE_INT64)
        FUZZ_CHECK(size == sizeof value->integer && memcmp(result, &value->integer, size) == 0);
    else if (row->type == CONFIG_TYPE_FLOAT)
        FUZZ_CHECK(size == sizeof value->real && *(const float *)result == value->real);
    else if (row->type == CONFIG_TYPE_STRING)
        FUZZ_CHECK(size == strlen(text) + 1 && memcmp(result, text, size) == 0);
    else
        FUZZ_CHECK(size == sizeof value->pointer && memcmp(result, &value->pointer, size) == 0);
}

static void check_value(int node, int number, size_t capacity)
{
    static _Alignas(8) char result[LONG_TEXT + 64];
    int row = row_index(number == DATA_SIZE ? PACKET_SIZE : number);
    size_t size = capacity;
    ESteamNetworkingConfigDataType type = (ESteamNetworkingConfigDataType)0;
    ESteamNetworkingGetConfigValueResult outcome =
        config_get_value((ESteamNetworkingConfigValue)number, scopes[node], node, &type, result, &size);
    if (row < 0) {
        FUZZ_CHECK(outcome == k_ESteamNetworkingGetConfigValue_BadValue);
        return;
    }
    FUZZ_CHECK(number == DATA_SIZE || (int)type == config_table[row].type);
    if ((int)scopes[node] > config_table[row].scope) {
        FUZZ_CHECK(outcome == k_ESteamNetworkingGetConfigValue_BadScopeObj && size == 0);
        return;
    }
    struct value value;
    model_effective(node, row, &value);
    value.integer -= number == DATA_SIZE ? 100 : 0;
    if (outcome == k_ESteamNetworkingGetConfigValue_BufferTooSmall) {
        FUZZ_CHECK(size > capacity && size <= LONG_TEXT + 1);
        return;
    }
    const struct model_setting *setting = &model.settings[node][row];
    bool own = node == GLOBAL || is_user_data(node, &config_table[row]) || (setting->set && !setting->frozen);
    FUZZ_CHECK(size <= capacity);
    FUZZ_CHECK(outcome == (own ? k_ESteamNetworkingGetConfigValue_OK : k_ESteamNetworkingGetConfigValue_OKInherited));
    check_bytes(&config_table[row], &value, result, size);
    FUZZ_CHECK(config_is_set(nodes[node], (ESteamNetworkingConfigValue)number) ==
                   (is_user_data(node, &config_table[row]) || (setting->set && !setting->frozen)) ||
               number == DATA_SIZE);
}

FUZZ_UNTRACED static void check_transport(int node)
{
    struct transport_config config;
    struct value value;
    memset(&config, 0, sizeof config);
    FUZZ_CHECK(config_resolve_transport(nodes[node], true, &config));
    for (int row = 0; row < CONFIG_ROW_COUNT; row++) {
        if (config_table[row].transport_offset < 0)
            continue;
        model_effective(node, row, &value);
        FUZZ_CHECK(*(const int32_t *)(const void *)((const char *)&config + config_table[row].transport_offset) ==
                   value.integer);
    }
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

/* Mostly one that exists. */
static int take_number(struct fuzz_input *input)
{
    unsigned choice = fuzz_take(input);
    if (choice < 240)
        return config_table[choice % CONFIG_ROW_COUNT].value;
    static const int others[] = {0, 1, DATA_SIZE, 35, 61, 102, 208, 1000, -1, 65536 + 9};
    return others[choice % (sizeof others / sizeof *others)];
}

static int take_argument(struct fuzz_input *input, struct value *argument)
{
    unsigned choice = fuzz_take(input);
    int type = 1 + (int)(choice % 6); /* one more than there are */
    memset(argument, 0, sizeof *argument);
    size_t length = choice >> 4;
    if (type == CONFIG_TYPE_STRING) {
        length = choice & 0x80 ? fuzz_take(input) % TEXT_MAXIMUM : length;
        const uint8_t *bytes = fuzz_take_bytes(input, &length);
        argument->text = argument->own;
        memcpy(argument->own, bytes, length);
        if (length == 13) { /* an unlucky number stands for a very long text */
            argument->text = argument->own[0] & 1 ? too_long_text : long_text;
        }
        return type;
    }
    uint8_t bytes[8];
    memset(bytes, choice & 0x80 ? 0xff : 0, sizeof bytes);
    length = (choice >> 4 & 7) + 1;
    const uint8_t *from = fuzz_take_bytes(input, &length);
    memcpy(bytes, from, length);
    memcpy(&argument->integer, bytes, sizeof argument->integer);
    memcpy(&argument->real, bytes, sizeof argument->real);
    memcpy(&argument->pointer, bytes, sizeof argument->pointer);
    if (type == CONFIG_TYPE_INT32)
        argument->integer = (int32_t)argument->integer;
    return type;
}

static const void *address_of(int type, const struct value *argument, int32_t *narrow)
{
    *narrow = (int32_t)argument->integer;
    switch (type) {
    case CONFIG_TYPE_INT32:
        return narrow;
    case CONFIG_TYPE_INT64:
        return &argument->integer;
    case CONFIG_TYPE_FLOAT:
        return &argument->real;
    case CONFIG_TYPE_STRING:
        return argument->text;
    default:
        return &argument->pointer;
    }
}

static void set_value(struct fuzz_input *input, int node, bool clear)
{
    int number = take_number(input), row = row_index(number);
    struct value argument;
    int32_t narrow;
    int type = clear ? CONFIG_TYPE_INT32 : take_argument(input, &argument), before = changes;
    bool expected = row >= 0 && model_set(node, row, type, clear ? NULL : &argument);
    bool done =
        config_set_value((ESteamNetworkingConfigValue)number, scopes[node], node, (ESteamNetworkingConfigDataType)type,
                         clear ? NULL : address_of(type, &argument, &narrow));
    FUZZ_CHECK(done == expected && changes == before + expected);
    check_value(node, number, LONG_TEXT + 1);
}

static void apply_options(struct fuzz_input *input, int node)
{
    SteamNetworkingConfigValue_t options[3];
    struct value arguments[3];
    unsigned count = fuzz_take(input) % 4;
    bool expected = true;
    for (unsigned i = 0; i < count; i++) {
        int number = take_number(input), type = take_argument(input, &arguments[i]);
        options[i].m_eValue = (ESteamNetworkingConfigValue)number;
        options[i].m_eDataType = (ESteamNetworkingConfigDataType)type;
        if (type == CONFIG_TYPE_STRING)
            options[i].m_val.m_string = arguments[i].text;
        else
            memcpy(&options[i].m_val, &arguments[i].integer, sizeof arguments[i].integer);
        int row = row_index(number);
        if (number == LOCAL_PORT && type != CONFIG_TYPE_INT32)
            row = -1;
        expected = expected && row >= 0 && model_set(node, row, type, &arguments[i]);
    }
    FUZZ_CHECK(config_apply_options(nodes[node], (int)count, options) == expected);
}

static void act(struct fuzz_input *input)
{
    unsigned operation = fuzz_take(input);
    int node = (int)(operation >> 3) % NODES, parent;
    switch (operation & 7) {
    case 0:
    case 1:
        set_value(input, node, false);
        break;
    case 2:
        set_value(input, node, true);
        break;
    case 3:
        check_value(node, take_number(input), operation & 0x80 ? operation >> 5 : LONG_TEXT + 1);
        break;
    case 4:
        if (node != GLOBAL)
            apply_options(input, node);
        break;
    case 5:
        if (node != GLOBAL) {
            FUZZ_CHECK(config_node_lock(nodes[node], (int)(operation >> 6)));
            model_lock(node, (int)(operation >> 6));
        }
        break;
    case 6:
        parent = (int)(operation >> 6);
        if (node >= FIRST_CONNECTION) {
            parent = parent > LISTENER ? LISTENER : parent;
            config_node_set_parent(nodes[node], nodes[parent]);
            model.parent[node] = parent;
        }
        break;
    default:
        if (node >= FIRST_CONNECTION) {
            check_transport(node);
            config_node_destroy(nodes[node]);
            make_node(node, operation & 0x80 ? INTERFACE : LISTENER);
        }
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    memset(long_text, 'x', LONG_TEXT);
    memset(too_long_text, 'x', LONG_TEXT + 1);
    memset(&model, 0, sizeof model);
    config_set_host(&host);
    nodes[GLOBAL] = config_global();
    model.parent[GLOBAL] = -1;
    for (int node = INTERFACE; node < NODES; node++)
        make_node(node, node > LISTENER ? LISTENER : node - 1);
    for (int i = 0; i < OPERATIONS_LIMIT && input.left; i++)
        act(&input);
    for (int node = FIRST_CONNECTION; node < NODES; node++)
        check_transport(node);
    for (int node = NODES - 1; node > GLOBAL; node--)
        config_node_destroy(nodes[node]);
    for (int row = 0; row < CONFIG_ROW_COUNT; row++)
        if (model.settings[GLOBAL][row].set)
            config_set_value((ESteamNetworkingConfigValue)config_table[row].value, k_ESteamNetworkingConfig_Global, 0,
                             k_ESteamNetworkingConfig_Int32, NULL);
    FUZZ_CHECK(config_global()->setting_count == 0);
    return 0;
}
