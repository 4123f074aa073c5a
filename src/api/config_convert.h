/*
 * One stored configuration value, and how an argument of SetConfigValue becomes one: integers and floats convert into
 * each other and from decimal text, text is made from numbers, pointers stay pointers; then numbers are clamped.
 */
#ifndef API_CONFIG_CONVERT_H
#define API_CONFIG_CONVERT_H

#include "api/config_table.h"

#include <stdbool.h>
#include <stdint.h>

enum { CONFIG_TEXT_MAXIMUM = 16383 }; /* bytes of a text value, without the terminator */

/* The member that counts is given by the row's type. */
union config_storage {
    int32_t int32;
    int64_t int64;
    float real;
    char *text; /* owned; NULL is the empty text */
    void *pointer;
};

/*
 * `argument` points at a variable of type `type`, or is the text itself; it is not null. False when the conversion is
 * impossible or memory is short.
 */
bool config_convert(const struct config_row *row, ESteamNetworkingConfigDataType type, const void *argument,
                    union config_storage *storage);

/* A copy of `original`; false when memory is short. */
bool config_storage_copy(const struct config_row *row, union config_storage *storage,
                         const union config_storage *original);

void config_storage_destroy(const struct config_row *row, union config_storage *storage);

/* What a value is when nobody has set it. */
union config_storage config_initial(const struct config_row *row);

/* Bytes that GetConfigValue writes, and the writing of them. */
size_t config_storage_size(const struct config_row *row, const union config_storage *storage);
void config_storage_write(const struct config_row *row, const union config_storage *storage, void *destination);

#endif
