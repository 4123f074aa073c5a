/*
 * Amounts as people write and read them.
 */
#ifndef TOOLS_UNITS_H
#define TOOLS_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UNITS_TEXT_SIZE = 32 };

/* "4096", "64K", "8M", "1.5G": bytes, in powers of 1024, with or without a B or iB behind. False if it is not that. */
bool units_read_bytes(const char *text, uint64_t *bytes);

/* A count of seconds: "10", "0.5", "200ms", "2min". */
bool units_read_seconds(const char *text, double *seconds);

/* "731 B", "64.0 KiB", "8.0 MiB". The buffer takes UNITS_TEXT_SIZE bytes; returned. */
const char *units_bytes(uint64_t bytes, char text[UNITS_TEXT_SIZE]);

/* "1.2 MB/s": bytes per second, in powers of 1000 as network rates are. */
const char *units_rate(double bytes_per_second, char text[UNITS_TEXT_SIZE]);

/* "7 s", "2:05", "1:02:05". */
const char *units_duration(double seconds, char text[UNITS_TEXT_SIZE]);

#endif
