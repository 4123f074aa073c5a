/*
 * Godot 4's side of the binding, in a pretended engine: `godot4_host LIBRARY FUNCTIONS NUMBER` runs one test, `...
 * list` prints them. Every test is run twice, once for each way in which the engine makes calls, and the extension is
 * loaded and unloaded around it, after which nothing must be left.
 */
#include <stdio.h>
#include <string.h>

#include "support.h"

static const struct test *const groups[] = {registration_tests, connection_tests, message_tests, peer_tests,
                                            fuzz_tests};

static void run(const char *library, const struct test *test)
{
    for (int typed = 0; typed < 2; typed++) {
        calls_are_typed = typed;
        host_forget_errors();
        HOST_CHECK(host_load(library));
        HOST_CHECK(steam_object());
        test->function();
        empty_pool();
        host_unload();
    }
}

/* An engine that is too old: the extension says so and takes no harm. */
static void refuses_old_engines(const char *library)
{
    static const char *const lacking[] = {"classdb_register_extension_class2", "string_name_new_with_latin1_chars",
                                          "variant_call"};
    for (size_t i = 0; i < sizeof lacking / sizeof lacking[0]; i++) {
        host_forget_errors();
        host_lacks(lacking[i]);
        HOST_CHECK(!host_load(library));
        HOST_CHECK(host_error_count() == 1 && strstr(host_last_error(), lacking[i]) &&
                   strstr(host_last_error(), "Godot 4.2"));
        host_unload();
    }
    host_lacks("print_error_with_message"); /* then it goes to the standard error stream */
    HOST_CHECK(!host_load(library));
    host_unload();
    host_lacks(NULL);
}

int main(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], "list") == 0) {
        printf("old-engines\tan engine without a function is refused with its name\n");
        for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
            for (const struct test *test = groups[i]; test->number; test++)
                printf("%s\t%s\n", test->number, test->name);
        return 0;
    }
    if (count != 4) {
        fprintf(stderr, "usage: %s LIBRARY FUNCTIONS NUMBER\n       %s list\n", arguments[0], arguments[0]);
        return 2;
    }
    functions_file = arguments[2];
    if (strcmp(arguments[3], "old-engines") == 0) {
        refuses_old_engines(arguments[1]);
        return 0;
    }
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        for (const struct test *test = groups[i]; test->number; test++)
            if (strcmp(test->number, arguments[3]) == 0) {
                run(arguments[1], test);
                return 0;
            }
    fprintf(stderr, "there is no test %s\n", arguments[3]);
    return 2;
}
