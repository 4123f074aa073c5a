#include "base/log.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

atomic_int log_current_level;

static _Atomic(log_output_function) output_function;
static atomic_int output_level;
static _Atomic(log_preformat_function) preformat_handler;
static atomic_int preformat_level;

/* Guards the file and the sum of levels; never held while somebody else's code runs. */
static pthread_mutex_t log_mutex = PTHREAD_MUTEX_INITIALIZER;
static FILE *log_file;
static long log_file_bytes;
static int log_file_environment_value;
static atomic_int log_file_level;

/* While a handler sees a message of log_emit_unfiltered, so that the default handling it may pass it to knows. */
static _Thread_local bool passing_unfiltered;

/* With log_mutex held. A handler in place of the default handling is asked instead of the others. */
static void update_current_level(void)
{
    int level = atomic_load(&log_file_level);

    if (atomic_load(&output_level) > level)
        level = atomic_load(&output_level);
    if (atomic_load(&preformat_handler))
        level = atomic_load(&preformat_level);
    atomic_store(&log_current_level, level);
}

static int clamp_level(int level)
{
    return level < LOG_LEVEL_NONE ? LOG_LEVEL_NONE : level > LOG_LEVEL_EVERYTHING ? LOG_LEVEL_EVERYTHING : level;
}

void log_set_output(int level, log_output_function output)
{
    bool off = !output || level <= LOG_LEVEL_NONE;

    pthread_mutex_lock(&log_mutex);
    atomic_store(&output_level, off ? LOG_LEVEL_NONE : clamp_level(level));
    atomic_store(&output_function, off ? NULL : output);
    update_current_level();
    pthread_mutex_unlock(&log_mutex);
}

void log_set_preformat(int level, log_preformat_function handler)
{
    pthread_mutex_lock(&log_mutex);
    atomic_store(&preformat_level, handler ? clamp_level(level) : LOG_LEVEL_NONE);
    atomic_store(&preformat_handler, handler);
    update_current_level();
    pthread_mutex_unlock(&log_mutex);
}

static void write_file(const char *text)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    pthread_mutex_lock(&log_mutex);
    if (log_file && log_file_bytes < LOG_FILE_MAXIMUM) {
        int written = fprintf(log_file, "%lld.%06ld %s\n", (long long)now.tv_sec, now.tv_nsec / 1000, text);
        if (written > 0)
            log_file_bytes += written;
        if (log_file_bytes >= LOG_FILE_MAXIMUM)
            fputs("The log file has reached its limit; nothing more is written.\n", log_file);
        fflush(log_file);
    }
    pthread_mutex_unlock(&log_mutex);
}

/* filter: whether each output's own level counts. */
static void deliver(int level, bool filter, const char *text)
{
    log_output_function output = atomic_load(&output_function);

    if (atomic_load(&log_file_level) > LOG_LEVEL_NONE && (!filter || level <= atomic_load(&log_file_level)))
        write_file(text);
    if (output && (!filter || level <= atomic_load(&output_level)))
        output(level, text);
}

/* One byte more than is kept, to see whether the cut falls into a UTF-8 character. */
enum { FORMAT_BUFFER_SIZE = LOG_TEXT_MAXIMUM + 2 };

/* Formats, cuts to LOG_TEXT_MAXIMUM bytes at a whole character and removes trailing whitespace. */
__attribute__((format(printf, 3, 0))) static void format_text(char *buffer, bool is_format, const char *text,
                                                              va_list arguments)
{
    size_t length;

    if (is_format) {
        int needed = vsnprintf(buffer, FORMAT_BUFFER_SIZE, text, arguments);
        length = needed < 0 ? 0 : (size_t)needed;
    } else {
        length = strlen(text);
        memcpy(buffer, text, length < FORMAT_BUFFER_SIZE ? length : FORMAT_BUFFER_SIZE);
    }
    if (length > LOG_TEXT_MAXIMUM) {
        length = LOG_TEXT_MAXIMUM;
        while (length > 0 && ((unsigned char)buffer[length] & 0xc0) == 0x80)
            length--;
    }
    while (length > 0 && isspace((unsigned char)buffer[length - 1]))
        length--;
    buffer[length] = '\0';
}

void log_default_preformat(int level, bool is_format, const char *file, int line, const char *text, va_list arguments)
{
    char buffer[FORMAT_BUFFER_SIZE];

    (void)file;
    (void)line;
    format_text(buffer, is_format, text, arguments);
    deliver(level, !passing_unfiltered, buffer);
}

__attribute__((format(printf, 3, 0))) static void emit(int level, bool filter, const char *format, va_list arguments)
{
    log_preformat_function handler = atomic_load(&preformat_handler);
    char buffer[FORMAT_BUFFER_SIZE];

    if (handler) {
        if (filter && level > atomic_load(&preformat_level))
            return;
        passing_unfiltered = !filter;
        handler(level, true, NULL, 0, format, arguments);
        passing_unfiltered = false;
        return;
    }
    format_text(buffer, true, format, arguments);
    deliver(level, filter, buffer);
}

void log_emit(int level, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    emit(level, true, format, arguments);
    va_end(arguments);
}

void log_emit_unfiltered(int level, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    emit(level, false, format, arguments);
    va_end(arguments);
}

void log_open_file_from_environment(void)
{
    static const int levels[] = {LOG_LEVEL_NONE,    LOG_LEVEL_WARNING, LOG_LEVEL_MESSAGE,
                                 LOG_LEVEL_VERBOSE, LOG_LEVEL_DEBUG,   LOG_LEVEL_EVERYTHING};
    const char *value = getenv("STEAMNETWORKINGSOCKETS_LOG_LEVEL");
    const char *name = getenv("STEAMNETWORKINGSOCKETS_LOG_FILE");
    long number = value ? strtol(value, NULL, 10) : 0;
    FILE *file;

    if (number <= 0)
        return;
    if (number > 5)
        number = 5;
    file = fopen(name && *name ? name : "steamnetworkingsockets.log", "we");
    if (!file) {
        log_write(LOG_LEVEL_WARNING, "Cannot open the log file \"%s\": %s",
                  name && *name ? name : "steamnetworkingsockets.log", strerror(errno));
        return;
    }
    pthread_mutex_lock(&log_mutex);
    if (log_file)
        fclose(log_file);
    log_file = file;
    log_file_bytes = 0;
    log_file_environment_value = (int)number;
    atomic_store(&log_file_level, levels[number]);
    update_current_level();
    pthread_mutex_unlock(&log_mutex);
}

void log_close_file(void)
{
    pthread_mutex_lock(&log_mutex);
    if (log_file)
        fclose(log_file);
    log_file = NULL;
    log_file_environment_value = 0;
    atomic_store(&log_file_level, LOG_LEVEL_NONE);
    update_current_level();
    pthread_mutex_unlock(&log_mutex);
}

int log_file_verbosity(void)
{
    int value;

    pthread_mutex_lock(&log_mutex);
    value = log_file_environment_value;
    pthread_mutex_unlock(&log_mutex);
    return value;
}
