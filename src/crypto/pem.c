#include "crypto/pem.h"

#include "crypto/base64.h"
#include "crypto/crypto.h"

#include <string.h>

enum { COLUMNS_MAXIMUM = 76 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Reads a word without regard to letter case. */
static bool take_word(const char **at, const char *end, const char *word)
{
    const char *p = *at;
    for (; *word; word++, p++)
        if (p == end || lower(*p) != lower(*word))
            return false;
    *at = p;
    return true;
}

static size_t take_run(const char **at, const char *end, char c)
{
    const char *begin = *at;
    while (*at < end && **at == c)
        ++*at;
    return (size_t)(*at - begin);
}

static void take_blanks(const char **at, const char *end)
{
    while (*at < end && is_blank(**at))
        ++*at;
}

/* Whether "-----<verb> <label>-----" with any number of dashes stands at *at, which then is behind it. */
static bool take_boundary(const char **at, const char *end, const char *verb, const char *label)
{
    const char *p = *at;
    if (!take_run(&p, end, '-'))
        return false;
    take_blanks(&p, end);
    if (!take_word(&p, end, verb) || p == end || !is_blank(*p))
        return false;
    take_blanks(&p, end);
    if (!take_word(&p, end, label))
        return false;
    take_blanks(&p, end);
    if (!take_run(&p, end, '-'))
        return false;
    *at = p;
    return true;
}

/* Looks for a boundary; *from becomes its first dash and *to the place behind it. A failed attempt skips the whole run
 * of dashes, so that a long one costs linear time. */
static bool find_boundary(const char *at, const char *end, const char *verb, const char *label, const char **from,
                          const char **to)
{
    while (at < end) {
        const char *dash = memchr(at, '-', (size_t)(end - at));
        if (!dash)
            return false;
        const char *behind = dash;
        if (take_boundary(&behind, end, verb, label)) {
            *from = dash;
            *to = behind;
            return true;
        }
        at = dash;
        take_run(&at, end, '-');
    }
    return false;
}

bool pem_find(const char *text, size_t length, const char *label, struct pem_block *block)
{
    const char *end = text + length;
    const char *begin_line, *body, *end_line, *rest;
    if (length == 0 || !find_boundary(text, end, "BEGIN", label, &begin_line, &body) ||
        !find_boundary(body, end, "END", label, &end_line, &rest))
        return false;
    block->body = body;
    block->body_length = (size_t)(end_line - body);
    block->rest = rest;
    block->rest_length = (size_t)(end - rest);
    return true;
}

size_t pem_text_size(size_t length, const char *label, size_t columns, const char *line_end)
{
    size_t characters = base64_text_length(length);
    size_t lines = (characters + columns - 1) / columns + 2;
    return strlen("-----BEGIN -----") + strlen("-----END -----") + 2 * strlen(label) + characters +
           lines * strlen(line_end) + 1;
}

bool pem_write(const uint8_t *data, size_t length, const char *label, size_t columns, const char *line_end, char *text,
               size_t capacity)
{
    if (columns < 4 || columns > COLUMNS_MAXIMUM || columns % 4 != 0 ||
        capacity < pem_text_size(length, label, columns, line_end))
        return false;

    char *p = text;
    p = stpcpy(stpcpy(stpcpy(stpcpy(p, "-----BEGIN "), label), "-----"), line_end);
    size_t bytes_per_line = columns / 4 * 3;
    char line[COLUMNS_MAXIMUM + 1];
    for (size_t i = 0; i < length; i += bytes_per_line) {
        size_t take = length - i < bytes_per_line ? length - i : bytes_per_line;
        base64_encode(data + i, take, line, sizeof line);
        p = stpcpy(stpcpy(p, line), line_end);
    }
    stpcpy(stpcpy(stpcpy(stpcpy(p, "-----END "), label), "-----"), line_end);
    crypto_wipe(line, sizeof line);
    return true;
}
