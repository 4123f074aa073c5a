/* Who hears what: levels, the text's limits, the handler before formatting, the log file. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above it */

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int heard, heard_level;
static char heard_text[4096];

static void listen(int level, const char *text)
{
    heard++;
    heard_level = level;
    snprintf(heard_text, sizeof heard_text, "%s", text);
}

static int handled;

static void handle(int level, bool is_format, const char *file, int line, const char *text, va_list arguments)
{
    handled++;
    assert_true(is_format);
    assert_null(file);
    assert_int_equal(line, 0);
    log_default_preformat(level, is_format, file, line, text, arguments);
}

static int reset(void **state)
{
    (void)state;
    heard = handled = 0;
    log_set_output(0, NULL);
    log_set_preformat(0, NULL);
    log_close_file();
    return 0;
}

static int evaluations;

static int evaluated(void)
{
    return ++evaluations;
}

static void levels(void **state)
{
    (void)state;
    assert_false(log_enabled(LOG_LEVEL_BUG));
    log_write(LOG_LEVEL_BUG, "%d", evaluated());
    assert_int_equal(evaluations, 0);

    log_set_output(LOG_LEVEL_WARNING, listen);
    assert_true(log_enabled(LOG_LEVEL_WARNING));
    assert_false(log_enabled(LOG_LEVEL_MESSAGE));
    log_write(LOG_LEVEL_MESSAGE, "%d", evaluated());
    assert_int_equal(evaluations, 0);
    assert_int_equal(heard, 0);
    log_write(LOG_LEVEL_ERROR, "value %d", evaluated());
    assert_int_equal(heard, 1);
    assert_int_equal(heard_level, LOG_LEVEL_ERROR);
    assert_string_equal(heard_text, "value 1");

    log_set_output(LOG_LEVEL_NONE, listen);
    assert_false(log_enabled(LOG_LEVEL_BUG));
    log_set_output(1000, listen);
    assert_true(log_enabled(LOG_LEVEL_EVERYTHING));
    log_set_output(LOG_LEVEL_EVERYTHING, NULL);
    assert_false(log_enabled(LOG_LEVEL_BUG));
}

static void subsystem_levels_stand_alone(void **state)
{
    (void)state;
    log_write_for(LOG_LEVEL_VERBOSE, LOG_LEVEL_EVERYTHING, "nobody listens");
    log_set_output(LOG_LEVEL_ERROR, listen);
    log_write_for(LOG_LEVEL_VERBOSE, LOG_LEVEL_VERBOSE, "raised");
    assert_int_equal(heard, 1);
    assert_string_equal(heard_text, "raised");
    log_write_for(LOG_LEVEL_ERROR, LOG_LEVEL_BUG, "lowered");
    assert_int_equal(heard, 1);
    /* And they do so by way of a handler as well. */
    log_set_preformat(LOG_LEVEL_ERROR, handle);
    log_write_for(LOG_LEVEL_VERBOSE, LOG_LEVEL_VERBOSE, "raised %d", 2);
    assert_int_equal(handled, 1);
    assert_string_equal(heard_text, "raised 2");
}

static void text_is_limited_and_trimmed(void **state)
{
    char text[3000];

    (void)state;
    log_set_output(LOG_LEVEL_EVERYTHING, listen);
    log_write(LOG_LEVEL_ERROR, "two words \n\t\n");
    assert_string_equal(heard_text, "two words");
    log_write(LOG_LEVEL_ERROR, " \n");
    assert_string_equal(heard_text, "");

    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    log_write(LOG_LEVEL_ERROR, "%s", text);
    assert_int_equal(strlen(heard_text), LOG_TEXT_MAXIMUM);
    text[LOG_TEXT_MAXIMUM] = '\0';
    log_write(LOG_LEVEL_ERROR, "%s", text);
    assert_int_equal(strlen(heard_text), LOG_TEXT_MAXIMUM);

    /* A character of three bytes at the limit goes wholly. */
    memset(text, 'a', sizeof text);
    memcpy(text + LOG_TEXT_MAXIMUM - 2,
           "\xe2\x82\xac"
           "b",
           5);
    log_write(LOG_LEVEL_ERROR, "%s", text);
    assert_int_equal(strlen(heard_text), LOG_TEXT_MAXIMUM - 2);
    memset(text, 'a', LOG_TEXT_MAXIMUM);
    memcpy(text + LOG_TEXT_MAXIMUM - 3,
           "\xe2\x82\xac"
           "b",
           5);
    log_write(LOG_LEVEL_ERROR, "%s", text);
    assert_int_equal(strlen(heard_text), LOG_TEXT_MAXIMUM);
}

static void a_handler_replaces_the_default(void **state)
{
    (void)state;
    log_set_output(LOG_LEVEL_MESSAGE, listen);
    log_set_preformat(LOG_LEVEL_DEBUG, handle);
    log_write(LOG_LEVEL_DEBUG, "only the %s", "handler");
    assert_int_equal(handled, 1);
    assert_int_equal(heard, 0);
    log_write(LOG_LEVEL_MESSAGE, "%s", "both");
    assert_int_equal(handled, 2);
    assert_int_equal(heard, 1);
    assert_string_equal(heard_text, "both");
    log_write(LOG_LEVEL_EVERYTHING, "neither");
    assert_int_equal(handled, 2);
    log_set_preformat(0, NULL);
    log_write(LOG_LEVEL_MESSAGE, "again");
    assert_int_equal(handled, 2);
    assert_string_equal(heard_text, "again");
}

static void final_text(int level, ...)
{
    va_list none;

    va_start(none, level);
    log_default_preformat(level, false, "file.c", 1, "100% final %s ", none);
    va_end(none);
}

static void final_text_is_not_formatted(void **state)
{
    (void)state;
    log_set_output(LOG_LEVEL_MESSAGE, listen);
    final_text(LOG_LEVEL_MESSAGE);
    assert_string_equal(heard_text, "100% final %s");
}

static void the_log_file(void **state)
{
    char name[] = "/tmp/fumarole-log-XXXXXX", content[4096];
    int descriptor = mkstemp(name);
    FILE *file;
    size_t length;

    (void)state;
    assert_true(descriptor >= 0);
    close(descriptor);
    setenv("STEAMNETWORKINGSOCKETS_LOG_FILE", name, 1);
    unsetenv("STEAMNETWORKINGSOCKETS_LOG_LEVEL");
    log_open_file_from_environment();
    assert_int_equal(log_file_verbosity(), 0);
    assert_false(log_enabled(LOG_LEVEL_BUG));

    setenv("STEAMNETWORKINGSOCKETS_LOG_LEVEL", "2", 1);
    log_open_file_from_environment();
    assert_int_equal(log_file_verbosity(), 2);
    assert_true(log_enabled(LOG_LEVEL_MESSAGE));
    assert_false(log_enabled(LOG_LEVEL_VERBOSE));
    /* Opening again starts a new file; a level that is too high means everything. */
    setenv("STEAMNETWORKINGSOCKETS_LOG_LEVEL", "9", 1);
    log_open_file_from_environment();
    assert_int_equal(log_file_verbosity(), 5);
    assert_true(log_enabled(LOG_LEVEL_EVERYTHING));
    setenv("STEAMNETWORKINGSOCKETS_LOG_LEVEL", "2", 1);
    log_open_file_from_environment();
    log_set_output(LOG_LEVEL_VERBOSE, listen);
    log_write(LOG_LEVEL_MESSAGE, "for the file");
    log_write(LOG_LEVEL_VERBOSE, "not for the file");
    assert_int_equal(heard, 2);
    log_close_file();
    assert_int_equal(log_file_verbosity(), 0);
    log_write(LOG_LEVEL_MESSAGE, "after closing");

    file = fopen(name, "r");
    assert_non_null(file);
    length = fread(content, 1, sizeof content - 1, file);
    content[length] = '\0';
    fclose(file);
    unlink(name);
    assert_non_null(strstr(content, " for the file\n"));
    assert_null(strstr(content, "not for the file"));
    assert_null(strstr(content, "after closing"));

    setenv("STEAMNETWORKINGSOCKETS_LOG_FILE", "/nonexistent/directory/file", 1);
    log_open_file_from_environment();
    assert_int_equal(log_file_verbosity(), 0);
    assert_int_equal(heard_level, LOG_LEVEL_WARNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(levels, reset),
        cmocka_unit_test_setup(subsystem_levels_stand_alone, reset),
        cmocka_unit_test_setup(text_is_limited_and_trimmed, reset),
        cmocka_unit_test_setup(a_handler_replaces_the_default, reset),
        cmocka_unit_test_setup(final_text_is_not_formatted, reset),
        cmocka_unit_test_setup(the_log_file, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
