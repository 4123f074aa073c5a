/*
 * Every method of every class with arguments that nobody would pass. What is looked for is found by the checks of the
 * pretended engine and, where there is one, by the sanitizer; what the methods answer does not matter.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

static uint64_t state;

static uint32_t number(uint32_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33) % below;
}

static struct variant argument(int depth);

static struct variant container(int depth)
{
    struct variant made = number(2) ? v_array() : v_dictionary();
    for (uint32_t left = number(4); left > 0; left--) {
        if (v_type(&made) == GDEXTENSION_ARRAY)
            v_append(&made, argument(depth - 1));
        else
            v_put(&made, number(3) ? v_int(number(60)) : v_text("key"), argument(depth - 1));
    }
    return made;
}

/* Handles are small numbers, so that they are often those of something. */
static struct variant argument(int depth)
{
    static const char *const texts[] = {
        "",          "fake_ip_identity", "str:somebody",         "127.0.0.1:0", "steamid:1",
        "::1",       "ip:127.0.0.1",     "[::1]:70000",          "gen:00ff",    "\xff\xfe",
        "127.0.0.1", "xboxpwid:x",       "99999999999999999999", "a:b",         "psn:7"};
    static const int64_t odd[] = {INT64_MIN, INT64_MAX, INT32_MIN, INT32_MAX, UINT32_MAX, -1, 1000, 5000, 1 << 20, 201};
    static const double reals[] = {0.5, -1, 1e300, -1e300, 0.0 / 0.0, 65536, 24};
    char bytes[300];
    switch (number(depth > 0 ? 12 : 9)) {
    case 0:
        return v_nil();
    case 1:
        return v_bool(number(2));
    case 2:
        return v_int(odd[number(sizeof odd / sizeof odd[0])]);
    case 3:
    case 4:
        return v_int(number(64));
    case 5:
        return v_float(reals[number(sizeof reals / sizeof reals[0])]);
    case 6:
        return number(4) ? v_text(texts[number(sizeof texts / sizeof texts[0])]) : v_name("name");
    case 7:
        memset(bytes, (int)number(256), sizeof bytes);
        return v_bytes(bytes, number(sizeof bytes));
    case 8:
        return v_object(NULL);
    default:
        return container(depth);
    }
}

/* What it was found with is said by the number that it began with. */
static void call_everything(void)
{
    const char *given = getenv("GODOT4_FUZZ_CALLS"), *seed = getenv("GODOT4_FUZZ_SEED");
    long calls = given ? strtol(given, NULL, 10) : 20000;
    state = seed ? strtoull(seed, NULL, 10) : 1;
    begin();
    struct variant peer = host_new("FumaroleMultiplayerPeer");
    for (long i = 0; i < calls; i++) {
        struct host_object *object = number(8) ? steam_object() : v_as_object(&peer);
        const struct host_method *method = &object->class->methods[number((uint32_t)object->class->method_count)];
        uint32_t count = number(4) ? method->argument_count : number(HOST_ARGUMENTS_MAX);
        struct variant arguments[HOST_ARGUMENTS_MAX];
        for (uint32_t k = 0; k < count; k++)
            arguments[k] = argument(3);
        if (number(16) == 0)
            begin();
        struct variant result = host_call(object, method->name, count, arguments, number(2));
        v_free(&result);
        host_forget_emissions(steam_object());
        host_forget_emissions(v_as_object(&peer));
        empty_pool();
    }
    v_free(&peer);
}

const struct test fuzz_tests[] = {
    {"fuzz", "every method takes any arguments without harm", call_everything},
    {0},
};
