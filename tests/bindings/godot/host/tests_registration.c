/*
 * How the extension presents itself to the engine: entry, class, constants, errors, empty results.
 */
#include <stdio.h>
#include <string.h>

#include "support.h"

/* The rows [ "name", a, b ] of one list of functions.gd. Calls `see` for each. */
static void read_list(const char *list, void (*see)(const char *name, int first, int second))
{
    FILE *file = fopen(functions_file, "r");
    if (!file)
        host_abort("cannot read %s", functions_file);
    char line[256], name[128];
    bool inside = false;
    int rows = 0, first, second;
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "const ", 6) == 0)
            inside = strncmp(line + 6, list, strlen(list)) == 0;
        int read = inside ? sscanf(line, " [\"%127[^\"]\", %d, %d]", name, &first, &second) : 0;
        if (read >= 2) {
            see(name, first, read == 3 ? second : first);
            rows++;
        }
    }
    fclose(file);
    HOST_CHECK(rows > 0);
}

static void see_function(const char *name, int required, int all)
{
    const struct host_method *method = host_method_find(steam_object()->class, name);
    if (!method)
        host_abort("there is no function %s", name);
    if ((int)method->argument_count != all || (int)(method->argument_count - method->default_count) != required)
        host_abort("%s takes %d to %d arguments, not %d to %d", name,
                   (int)(method->argument_count - method->default_count), (int)method->argument_count, required, all);
    for (uint32_t i = 0; i < method->argument_count; i++) {
        HOST_CHECK(method->arguments[i].name[0]);
        if (method->arguments[i].type == GDEXTENSION_NIL)
            HOST_CHECK(method->arguments[i].usage & GDEXTENSION_USAGE_NIL_IS_VARIANT);
        if (method->arguments[i].metadata != GDEXTENSION_METADATA_NONE &&
            method->arguments[i].metadata != GDEXTENSION_METADATA_DOUBLE)
            EXPECT_INT(method->arguments[i].type, GDEXTENSION_INT);
    }
}

static void see_signal(const char *name, int arguments, int same)
{
    (void)same;
    const struct host_signal *signal = host_signal_find(steam_object()->class, name);
    if (!signal)
        host_abort("there is no signal %s", name);
    EXPECT_INT(signal->argument_count, arguments);
}

static void functions_exist(void)
{
    read_list("FUNCTIONS", see_function);
    read_list("SIGNALS", see_signal);
    static const char *const both[] = {"GetConnectionRealTimeStatus", "getConnectionRealTimeStatus"};
    for (int i = 0; i < 2; i++)
        EXPECT_INT(host_method_find(steam_object()->class, both[i])->argument_count, 3);
    HOST_CHECK(steam_object()->class->is_exposed);
    EXPECT_TEXT(steam_object()->base, "Object");
}

/* An argument of the type that a method shows, as a script would pass it without knowing better. */
static struct variant plain_argument(const struct host_argument *argument)
{
    switch (argument->type) {
    case GDEXTENSION_BOOL:
        return v_bool(false);
    case GDEXTENSION_INT:
        return v_int(0);
    case GDEXTENSION_FLOAT:
        return v_float(0);
    case GDEXTENSION_PACKED_BYTE_ARRAY:
        return v_bytes("x", 1);
    case GDEXTENSION_ARRAY:
        return v_array();
    case GDEXTENSION_DICTIONARY:
        return v_dictionary();
    default:
        return v_text("nobody");
    }
}

/* The functions that work without the library: those about names, and those that start it. */
static bool needs_no_library(const char *name)
{
    static const char *const prefixes[] = {"steam", "restart", "getFumarole", "set",   "get",    "is",
                                           "to",    "parse",   "add",         "clear", "convert"};
    static const char *const needing[] = {"setConnection", "setGlobal", "setCertificate", "getConnection"};
    for (size_t i = 0; i < sizeof needing / sizeof needing[0]; i++)
        if (strncmp(name, needing[i], strlen(needing[i])) == 0)
            return false;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

static void calls_before_start(void)
{
    const struct host_class *class = steam_object()->class;
    int looked = 0;
    for (size_t i = 0; i < class->method_count; i++) {
        const struct host_method *method = &class->methods[i];
        if (strncmp(method->name, "steamInit", 9) == 0)
            continue;
        struct variant arguments[HOST_ARGUMENTS_MAX];
        for (uint32_t k = 0; k < method->argument_count; k++)
            arguments[k] = plain_argument(&method->arguments[k]);
        const struct variant *result = steam_call(method->name, method->argument_count, arguments);
        if (needs_no_library(method->name))
            continue;
        looked++;
        if (v_is_true(result) && strcmp(method->name, "estimatePingTimeBetweenTwoLocations") != 0 &&
            strcmp(method->name, "estimatePingTimeFromLocalHost") != 0)
            host_abort("%s gives something before steamInit", method->name);
    }
    HOST_CHECK(looked > 30);
}

static void constants_have_their_values(void)
{
    static const struct {
        const char *enumeration, *name;
        int64_t number;
    } some[] = {
        {"NetworkingConnectionState", "CONNECTION_STATE_CONNECTED", 3},
        {"NetworkingConnectionState", "CONNECTION_STATE_FIN_WAIT", -1},
        {"NetworkingConnectionState", "CONNECTION_STATE_FORCE32BIT", 0x7fffffff},
        {"NetworkingConnectionState", "CONNECTION_STATE_FORCE_32BIT", 0x7fffffff},
        {"NetworkingConfigValue", "NETWORKING_CONFIG_TIMEOUT_INITIAL", 24},
        {"NetworkingConfigValue", "NETWORKING_CONFIG_FAKE_PACKET_DUP_REVC", 27},
        {"NetworkingConfigValue", "NETWORKING_CONFIG_FAKE_PACKET_DUP_RECV", 27},
        {"NetworkingConfigValue", "NETWORKING_CONFIG_LOG_LEVEL_SRD_RELAY_PINGS", 18},
        {"NetworkingConfigValue", "NETWORKING_CONFIG_LOG_LEVEL_SDR_RELAY_PINGS", 18},
        {"NetworkingConfigValue", "NETWORKING_CONFIG_SDR_CLIENT_DEV_TICKET", 30},
        {"NetworkingConnectionEnd", "CONNECTION_END_LOCAL_HOSTED_sERVER_PRIMARY_RELAY", 3003},
        {"NetworkingConnectionEnd", "CONNECTION_END_LOCAL_HOSTED_SERVER_PRIMARY_RELAY", 3003},
        {"NetworkingConnectionEnd", "CONNECTION_END_REMOVE_MIN", 4000},
        {"NetworkingConnectionEnd", "CONNECTION_END_REMOTE_MIN", 4000},
        {"NetworkingConnectionEnd", "CONNECTION_END_APP_MAX", 1999},
        {"NetworkingConnectionEnd", "CONNECTION_END_REMOTE_BAD_PROTOCOL_VERSION", 4006},
        {"NetworkingIdentityType", "IDENTITY_TYPE_STEAMID", 16},
        {"NetworkingGetConfigValueResult", "NETWORKING_GET_CONFIG_VALUE_BUFFER_TOO_SMALL", -3},
        {"NetworkingSocketsDebugOutputType", "NETWORKING_SOCKET_DEBUG_OUTPUT_TYPE_EVERYTHING", 8},
    };
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
        const struct host_constant *constant = host_constant_find(steam_object()->class, some[i].name);
        if (!constant)
            host_abort("there is no %s", some[i].name);
        EXPECT_INT(constant->number, some[i].number);
        EXPECT_TEXT(constant->enumeration, some[i].enumeration);
    }
    HOST_CHECK(steam_object()->class->constant_count > 150);
    EXPECT_INT(host_constant_find(steam_object()->class, "NETWORKING_SEND_RELIABLE")->number, 8);
}

static void wrong_arguments(void)
{
    host_forget_errors();
    EXPECT_INT(STEAM_INT("acceptConnection", v_text("seven")), 0);
    EXPECT_INT(host_error_count(), 1);
    HOST_CHECK(strstr(host_last_error(), "acceptConnection") && strstr(host_last_error(), "argument 1") &&
               strstr(host_last_error(), "connection_handle") && strstr(host_last_error(), "String"));
    EXPECT_INT(STEAM_INT("acceptConnection", v_int(-1)), 0);
    EXPECT_INT(host_error_count(), 2);
    EXPECT_INT(STEAM_INT("acceptConnection", v_float(0.5)), 0);
    EXPECT_INT(STEAM_INT("acceptConnection"), 0);
    EXPECT_INT(host_error_count(), 4);
    HOST_CHECK(strstr(host_last_error(), "given: 0"));
    EXPECT_INT(STEAM_INT("acceptConnection", v_int(1), v_int(2)), 0);
    EXPECT_INT(STEAM_INT("acceptConnection", v_object(NULL)), 0);
    EXPECT_INT(STEAM_INT("acceptConnection", v_nil()), 0);
    EXPECT_INT(STEAM_INT("acceptConnection", v_dictionary()), 0);
    EXPECT_INT(host_error_count(), 8);
}

/* Arrays of arrays, one that holds itself, names instead of strings: what reading has to get through. */
static void odd_arguments(void)
{
    begin();
    struct variant endless = v_array();
    v_append(&endless, v_copy(&endless));
    HOST_CHECK(!STEAM_TRUE("createListenSocketIPAnyPort", v_text("127.0.0.1:0"), v_copy(&endless)));
    struct variant *inside = (struct variant *)v_at(&endless, 0);
    v_free(inside); /* breaks the ring, or it would never be freed */
    *inside = v_nil();
    v_free(&endless);
    int64_t socket = STEAM_INT("createListenSocketIPAnyPort", v_name("127.0.0.1:0"), v_dictionary());
    HOST_CHECK(socket != 0);
    HOST_CHECK(STEAM_TRUE("closeListenSocket", v_float((double)socket)));
}

/* Loaded and unloaded again; main does the same around every test. */
static void starts_twice(void)
{
    for (int i = 0; i < 3; i++) {
        begin();
        make_pair();
        STEAM("steamShutdown");
        EXPECT_INT(STEAM_INT("createPollGroup"), 0);
    }
    begin(); /* and is unloaded while it runs */
    make_pair();
}

/* steamInit with embedded callbacks: signals come in every frame without run_callbacks, until steamShutdown. */
static void embeds_callbacks(void)
{
    for (int round = 0; round < 2; round++) {
        host_forget_emissions(steam_object());
        EXPECT_INT(int_field(STEAM("steamInit", v_int(480), v_bool(true)), "status"), 1);
        int64_t connection = STEAM_INT("connectByIPAddress", v_text("127.0.0.1:9"));
        EXPECT_INT((int64_t)steam_object()->emission_count, 0);
        host_frame();
        HOST_CHECK(status_signal(connection, 1));
        STEAM("steamShutdown");
    }
    begin();
    STEAM("connectByIPAddress", v_text("127.0.0.1:9"));
    host_forget_emissions(steam_object());
    host_frame();
    EXPECT_INT((int64_t)steam_object()->emission_count, 0);
    STEAM("run_callbacks");
    HOST_CHECK(steam_object()->emission_count > 0);
}

/* Methods that answer in more than one type, by how many arguments they are given. */
static void answers_of_several_types(void)
{
    STEAM("addIdentity", v_text("me"));
    HOST_CHECK(STEAM_TRUE("parseIdentityString", v_text("me"), v_text("str:one")));
    EXPECT_TEXT(STEAM_TEXT("toIdentityString", v_text("me")), "str:one");
    EXPECT_TEXT(STEAM_TEXT("parseIdentityString", v_text("steamid:76561198000000003")), "steamid:76561198000000003");
    EXPECT_INT(v_type(STEAM("parseIPAddressString", v_text("here"), v_text("1.2.3.4:5"))), GDEXTENSION_BOOL);
    EXPECT_TEXT(STEAM_TEXT("parseIPAddressString", v_text("1.2.3.4:5")), "1.2.3.4:5");
    host_forget_errors();
    EXPECT_INT(v_type(STEAM("parseIdentityString", v_text("me"), v_int(5))), GDEXTENSION_NIL);
    HOST_CHECK(strstr(host_last_error(), "parseIdentityString: argument 2"));
}

const struct test registration_tests[] = {
    {"1", "every function exists with its parameters, every signal with its arguments", functions_exist},
    {"2", "functions before steamInit give nothing and do not crash", calls_before_start},
    {"26", "constants are in their enumerations with their values", constants_have_their_values},
    {"arguments", "wrong arguments are reported with function, argument and type", wrong_arguments},
    {"odd-arguments", "endless arrays, names for strings, whole floats for ints", odd_arguments},
    {"types", "methods answer in several types", answers_of_several_types},
    {"frames", "embedded callbacks run in every frame", embeds_callbacks},
    {"lifecycle", "starts and stops repeatedly, and is unloaded while it runs", starts_twice},
    {0},
};
