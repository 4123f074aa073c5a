/*
 * What the library has to say, and to whom: the program's debug-output function, a handler that sees messages before
 * they are formatted, and a log file named by the environment (API contract 2.3, 2.5). Without any of them nothing is
 * formatted.
 *
 * Process-wide; any thread may write or change the output. No text of this library contains a secret. The level numbers
 * are the API's.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>

enum log_level {
    LOG_LEVEL_NONE = 0,
    LOG_LEVEL_BUG = 1, /* the program uses the API wrongly */
    LOG_LEVEL_ERROR = 2,
    LOG_LEVEL_IMPORTANT = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_MESSAGE = 5,
    LOG_LEVEL_VERBOSE = 6,
    LOG_LEVEL_DEBUG = 7,
    LOG_LEVEL_EVERYTHING = 8,
};

enum {
    LOG_TEXT_MAXIMUM = 2047,             /* bytes of one message, without the terminator */
    LOG_FILE_MAXIMUM = 64 * 1024 * 1024, /* bytes after which the log file gets no more */
};

typedef void (*log_output_function)(int level, const char *text);

/* `text` is a format for `arguments` when is_format is set, else it is final. `file` may be null, then line is 0. */
typedef void (*log_preformat_function)(int level, bool is_format, const char *file, int line, const char *text,
                                       va_list arguments);

/* Installs or (null, or level 0) removes the output function. Messages with a number up to `level` reach it. */
void log_set_output(int level, log_output_function output);

/* A handler that gets messages up to `level` in place of the default handling; null restores the default. */
void log_set_preformat(int level, log_preformat_function handler);

/* The default handling: format, limit, trim, pass to the output function and the log file. */
void log_default_preformat(int level, bool is_format, const char *file, int line, const char *text, va_list arguments)
    __attribute__((format(printf, 5, 0)));

/* Opens the log file that STEAMNETWORKINGSOCKETS_LOG_LEVEL and _LOG_FILE ask for, if any. */
void log_open_file_from_environment(void);

/* Closes the log file, if any. */
void log_close_file(void);

/* The value of STEAMNETWORKINGSOCKETS_LOG_LEVEL (0..5) that the open log file has; 0 without one. */
int log_file_verbosity(void);

/* The most talkative level that anybody listens to; kept by log.c. */
extern atomic_int log_current_level;

static inline bool log_enabled(int level)
{
    return level <= atomic_load_explicit(&log_current_level, memory_order_relaxed);
}

/*
 * For messages of a subsystem that has a level of its own (config values 13 to 18): that level alone decides whether
 * the message is said, as long as anybody listens at all.
 */
static inline bool log_enabled_for(int level, int subsystem_level)
{
    return level <= subsystem_level && atomic_load_explicit(&log_current_level, memory_order_relaxed) > LOG_LEVEL_NONE;
}

/* Says something if anybody listens at this level. The arguments are evaluated only then. */
#define log_write(level, ...)                                                                                          \
    do {                                                                                                               \
        if (log_enabled(level))                                                                                        \
            log_emit(level, __VA_ARGS__);                                                                              \
    } while (0)

#define log_write_for(level, subsystem_level, ...)                                                                     \
    do {                                                                                                               \
        if (log_enabled_for(level, subsystem_level))                                                                   \
            log_emit_unfiltered(level, __VA_ARGS__);                                                                   \
    } while (0)

/* Behind the macros. The unfiltered form passes the level of the output function and the log file by. */
void log_emit(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_emit_unfiltered(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
