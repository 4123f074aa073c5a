/*
 * What the tests of Godot 4's side say things with: calls of the Steam object, its signals, and connections to test
 * with. Results belong to a pool that is emptied after the test.
 */
#ifndef FUMAROLE_TESTS_GODOT_SUPPORT_H
#define FUMAROLE_TESTS_GODOT_SUPPORT_H

#include "host_engine.h"

/* One numbered test. `function` runs between host_load and host_unload. */
struct test {
    const char *number, *name;
    void (*function)(void);
};

extern const struct test registration_tests[], connection_tests[], message_tests[], peer_tests[],
    fuzz_tests[]; /* up to one without a number */

/* Which way calls take; see host_call. */
extern bool calls_are_typed;

/* Files that the build made: a list of the functions, in the words of functions.gd. */
extern const char *functions_file;

/* Calls a method: STEAM("name", v_int(1), v_text("...")). The arguments are moved. */
#define STEAM(...) STEAM_WITH(__VA_ARGS__, v_nil())
#define STEAM_WITH(method, ...)                                                                                        \
    steam_call(method, sizeof((struct variant[]){__VA_ARGS__}) / sizeof(struct variant) - 1,                           \
               (struct variant[]){__VA_ARGS__})
const struct variant *steam_call(const char *method, size_t count, struct variant *arguments);

/* The same with the result read. */
#define STEAM_INT(...)  v_as_int(STEAM(__VA_ARGS__))
#define STEAM_TEXT(...) v_as_text(STEAM(__VA_ARGS__))
#define STEAM_TRUE(...) v_is_true(STEAM(__VA_ARGS__))

/* Keeps a value until the end of the test. */
const struct variant *keep(struct variant value);
void empty_pool(void);

#define LIST(...)                                                                                                      \
    v_list(sizeof((struct variant[]){__VA_ARGS__}) / sizeof(struct variant), (struct variant[]){__VA_ARGS__})

#define EXPECT_INT(actual, expected)  expect_int(__FILE__, __LINE__, #actual, actual, expected)
#define EXPECT_TEXT(actual, expected) expect_text(__FILE__, __LINE__, #actual, actual, expected)
#define EXPECT_EMPTY(actual)          EXPECT_INT((int64_t)v_count(actual), 0)
void expect_int(const char *file, int line, const char *what, int64_t actual, int64_t expected);
void expect_text(const char *file, int line, const char *what, const char *actual, const char *expected);

/* What is under a key of a dictionary, which must be there. */
const struct variant *field(const struct variant *dictionary, const char *key);
int64_t int_field(const struct variant *dictionary, const char *key);
const char *text_field(const struct variant *dictionary, const char *key);

/* Runs callbacks until a condition holds; fails after half a minute. */
#define WAIT_UNTIL(condition)                                                                                          \
    for (int napped = 0; !(condition); napped++)                                                                       \
    wait_a_little(__FILE__, __LINE__, #condition, napped)
void wait_a_little(const char *file, int line, const char *what, int napped);

/* The object that every script knows as Steam. */
struct host_object *steam_object(void);

/* The last status signal about a connection in a state (-1: in any); null: there was none. Its arguments are
   connect_handle, connection and old_state. */
const struct host_emission *status_signal(int64_t connection, int64_t state);

/* Starts the library. */
void begin(void);

/* Two connected ends in this process. */
struct pair {
    int64_t one, two;
};
struct pair make_pair(void);

/* A listen socket on 127.0.0.1 with a free port, and a connection to it with what came in. */
struct link {
    int64_t socket, client, server;
    char address[64];
};
struct link make_link(void);

/* Sends one message and fetches it at the other end. */
const struct variant *receive(int64_t connection, int64_t at_least);

#endif
