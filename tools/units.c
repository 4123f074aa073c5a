#include "tools/units.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A plain decimal number, not negative; strtod alone would also take "inf", hexadecimal and leading blanks. */
static bool read_number(const char *text, double *number, const char **rest)
{
    if (!isdigit((unsigned char)text[0]) && text[0] != '.')
        return false;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return false;
    char *end;
    errno = 0;
    *number = strtod(text, &end);
    *rest = end;
    return end != text && errno == 0 && isfinite(*number);
}

bool units_read_bytes(const char *text, uint64_t *bytes)
{
    double number;
    const char *rest;
    if (!read_number(text, &number, &rest))
        return false;
    static const char letters[] = "KMGT";
    const char *letter = *rest ? strchr(letters, toupper((unsigned char)*rest)) : NULL;
    if (letter) {
        number *= (double)(UINT64_C(1) << (10 * (letter - letters + 1)));
        rest++;
        if (*rest == 'i')
            rest++;
    }
    if (*rest == 'B')
        rest++;
    if (*rest || number >= 9.2e18)
        return false;
    *bytes = (uint64_t)number;
    return true;
}

bool units_read_seconds(const char *text, double *seconds)
{
    double number;
    const char *rest;
    if (!read_number(text, &number, &rest))
        return false;
    if (strcmp(rest, "ms") == 0)
        number /= 1000;
    else if (strcmp(rest, "min") == 0)
        number *= 60;
    else if (*rest && strcmp(rest, "s") != 0)
        return false;
    *seconds = number;
    return true;
}

const char *units_bytes(uint64_t bytes, char text[UNITS_TEXT_SIZE])
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    double amount = (double)bytes;
    size_t step = 0;
    while (amount >= 1024 && step + 1 < sizeof names / sizeof names[0]) {
        amount /= 1024;
        step++;
    }
    snprintf(text, UNITS_TEXT_SIZE, step ? "%.1f %s" : "%.0f %s", amount, names[step]);
    return text;
}

const char *units_rate(double bytes_per_second, char text[UNITS_TEXT_SIZE])
{
    static const char *const names[] = {"B/s", "kB/s", "MB/s", "GB/s"};
    double amount = bytes_per_second > 0 ? bytes_per_second : 0;
    size_t step = 0;
    while (amount >= 1000 && step + 1 < sizeof names / sizeof names[0]) {
        amount /= 1000;
        step++;
    }
    snprintf(text, UNITS_TEXT_SIZE, step ? "%.1f %s" : "%.0f %s", amount, names[step]);
    return text;
}

const char *units_duration(double seconds, char text[UNITS_TEXT_SIZE])
{
    unsigned long whole = seconds > 0 && seconds < 1e9 ? (unsigned long)seconds : 0;
    if (whole < 60)
        snprintf(text, UNITS_TEXT_SIZE, "%lu s", whole);
    else if (whole < 3600)
        snprintf(text, UNITS_TEXT_SIZE, "%lu:%02lu", whole / 60, whole % 60);
    else
        snprintf(text, UNITS_TEXT_SIZE, "%lu:%02lu:%02lu", whole / 3600, whole / 60 % 60, whole % 60);
    return text;
}
