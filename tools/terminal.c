#include "tools/terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

int64_t monotonic_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool is_terminal(struct progress *progress)
{
    if (!progress->decided) {
        progress->is_terminal = isatty(progress->descriptor);
        progress->decided = true;
    }
    return progress->is_terminal;
}

static int width(const struct progress *progress)
{
    struct winsize size;
    if (ioctl(progress->descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 10)
        return size.ws_col;
    return 80;
}

bool progress_due(struct progress *progress, int64_t now)
{
    if (now < progress->due || (progress->only_terminal && !is_terminal(progress)))
        return false;
    progress->due = now + (is_terminal(progress) ? 100000 : 1000000);
    return true;
}

static void put(const struct progress *progress, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(progress->descriptor, text, length);
        if (written <= 0)
            return;
        text += written;
        length -= (size_t)written;
    }
}

void progress_show(struct progress *progress, const char *format, ...)
{
    if (progress->only_terminal && !is_terminal(progress))
        return;
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char line[sizeof text + 16];
    int length;
    if (is_terminal(progress)) {
        /* The last column stays free: writing it makes some terminals wrap. */
        length = snprintf(line, sizeof line, "\r%.*s\033[K", width(progress) - 1, text);
        progress->on_line = true;
    } else {
        length = snprintf(line, sizeof line, "%s\n", text);
    }
    fflush(stdout);
    put(progress, line, (size_t)length);
}

void progress_end(struct progress *progress)
{
    if (progress->on_line)
        put(progress, "\n", 1);
    progress->on_line = false;
}

void progress_bar(char *text, int width, double fraction)
{
    int room = width - 2, filled = fraction >= 1 ? room : fraction > 0 ? (int)(fraction * room) : 0;
    text[0] = '[';
    for (int i = 0; i < room; i++)
        text[1 + i] = i < filled ? '=' : i == filled ? '>' : ' ';
    text[1 + room] = ']';
    text[2 + room] = 0;
}

/* The length of the valid UTF-8 character at the start, 0 if there is none. */
static size_t utf8_length(const unsigned char *from, size_t length)
{
    unsigned char first = from[0];
    size_t count = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : (first & 0xf0) == 0xe0 ? 3 : 4;
    if (first >= 0x80 && (first < 0xc2 || first > 0xf4))
        return 0;
    if (count > length)
        return 0;
    for (size_t i = 1; i < count; i++)
        if ((from[i] & 0xc0) != 0x80)
            return 0;
    /* Forms that are too long, surrogates, and what is beyond Unicode. */
    if ((first == 0xe0 && from[1] < 0xa0) || (first == 0xed && from[1] > 0x9f) || (first == 0xf0 && from[1] < 0x90) ||
        (first == 0xf4 && from[1] > 0x8f))
        return 0;
    return count;
}

size_t terminal_harmless(const char *from, size_t length, char *to, size_t capacity)
{
    const unsigned char *text = (const unsigned char *)from;
    size_t written = 0;
    for (size_t i = 0; i < length;) {
        size_t count = utf8_length(text + i, length - i);
        bool control = count == 0 || text[i] < 0x20 || text[i] == 0x7f || (text[i] == 0xc2 && text[i + 1] < 0xa0);
        size_t room = control ? 1 : count;
        if (written + room + 1 > capacity)
            break;
        if (control)
            to[written] = '?';
        else
            memcpy(to + written, text + i, count);
        written += room;
        i += count ? count : 1;
    }
    if (capacity > 0)
        to[written] = 0;
    return written;
}
