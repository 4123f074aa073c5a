#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool calls_are_typed;
const char *functions_file;

static struct variant **pool;
static size_t pool_count;

const struct variant *keep(struct variant value)
{
    pool = realloc(pool, (pool_count + 1) * sizeof pool[0]);
    HOST_CHECK(pool);
    struct variant *kept = malloc(sizeof *kept);
    HOST_CHECK(kept);
    *kept = value;
    pool[pool_count++] = kept;
    return kept;
}

void empty_pool(void)
{
    while (pool_count > 0) {
        v_free(pool[--pool_count]);
        free(pool[pool_count]);
    }
    free(pool);
    pool = NULL;
}

const struct variant *steam_call(const char *method, size_t count, struct variant *arguments)
{
    return keep(host_call(steam_object(), method, count, arguments, calls_are_typed));
}

void expect_int(const char *file, int line, const char *what, int64_t actual, int64_t expected)
{
    if (actual != expected)
        host_abort("%s:%d: %s is %lld, not %lld (last error: %s)", file, line, what, (long long)actual,
                   (long long)expected, host_last_error());
}

void expect_text(const char *file, int line, const char *what, const char *actual, const char *expected)
{
    if (strcmp(actual, expected) != 0)
        host_abort("%s:%d: %s is \"%s\", not \"%s\"", file, line, what, actual, expected);
}

const struct variant *field(const struct variant *dictionary, const char *key)
{
    const struct variant *found = v_get(dictionary, key);
    if (!found)
        host_abort("the dictionary has no %s", key);
    return found;
}

int64_t int_field(const struct variant *dictionary, const char *key)
{
    return v_as_int(field(dictionary, key));
}

const char *text_field(const struct variant *dictionary, const char *key)
{
    return v_as_text(field(dictionary, key));
}

void wait_a_little(const char *file, int line, const char *what, int napped)
{
    if (napped > 30000)
        host_abort("%s:%d: never happened: %s", file, line, what);
    nanosleep(&(struct timespec){0, 1000000}, NULL);
    STEAM("run_callbacks");
}

struct host_object *steam_object(void)
{
    struct host_object *object = host_singleton("Steam");
    HOST_CHECK(object);
    return object;
}

const struct host_emission *status_signal(int64_t connection, int64_t state)
{
    struct host_object *object = steam_object();
    for (size_t i = object->emission_count; i-- > 0;) {
        const struct host_emission *emission = &object->emissions[i];
        if (strcmp(emission->name, "network_connection_status_changed") == 0 &&
            v_as_int(&emission->arguments[0]) == connection &&
            (state == -1 || int_field(&emission->arguments[1], "connection_state") == state))
            return emission;
    }
    return NULL;
}

void begin(void)
{
    EXPECT_INT(int_field(STEAM("steamInit"), "status"), 1);
}

struct pair make_pair(void)
{
    const struct variant *made = STEAM("createSocketPair", v_bool(false), v_text("str:one"), v_text("str:two"));
    HOST_CHECK(v_is_true(field(made, "success")));
    struct pair pair = {int_field(made, "connection1"), int_field(made, "connection2")};
    HOST_CHECK(pair.one != 0 && pair.two != 0 && pair.one != pair.two);
    return pair;
}

/* The connection that came in through a socket and waits to be accepted; 0: none yet. */
static int64_t incoming(int64_t socket)
{
    struct host_object *object = steam_object();
    for (size_t i = 0; i < object->emission_count; i++) {
        const struct host_emission *emission = &object->emissions[i];
        if (strcmp(emission->name, "network_connection_status_changed") == 0 &&
            int_field(&emission->arguments[1], "listen_socket") == socket &&
            int_field(&emission->arguments[1], "connection_state") == 1)
            return v_as_int(&emission->arguments[0]);
    }
    return 0;
}

struct link make_link(void)
{
    struct link link = {.socket = STEAM_INT("createListenSocketIPAnyPort", v_text("127.0.0.1:0"), v_array())};
    HOST_CHECK(link.socket != 0);
    snprintf(link.address, sizeof link.address, "%s", STEAM_TEXT("getListenSocketAddress", v_int(link.socket)));
    link.client = STEAM_INT("connectByIPAddress", v_text(link.address), v_array());
    HOST_CHECK(link.client != 0);
    WAIT_UNTIL((link.server = incoming(link.socket)) != 0);
    EXPECT_INT(STEAM_INT("acceptConnection", v_int(link.server)), 1);
    WAIT_UNTIL(status_signal(link.client, 3) && status_signal(link.server, 3));
    return link;
}

const struct variant *receive(int64_t connection, int64_t at_least)
{
    struct variant all = v_array();
    for (int napped = 0; (int64_t)v_count(&all) < at_least; napped++) {
        const struct variant *some = STEAM("receiveMessagesOnConnection", v_int(connection), v_int(64));
        for (size_t i = 0; i < v_count(some); i++)
            v_append(&all, v_copy(v_at(some, i)));
        if ((int64_t)v_count(&all) < at_least)
            wait_a_little(__FILE__, __LINE__, "messages arrive", napped);
    }
    return keep(all);
}
