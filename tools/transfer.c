#include "tools/transfer.h"

#include "tools/host.h"
#include "tools/units.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char first_line[] = "fumarole-transfer 1\n";

/* Neither a way out of the directory, nor hidden, nor anything that a terminal would obey. */
static bool is_plain_name(const char *name)
{
    char harmless[TRANSFER_NAME_SIZE];
    size_t length = strlen(name);
    return length > 0 && length < TRANSFER_NAME_SIZE && name[0] != '.' && !strchr(name, '/') &&
           terminal_harmless(name, length, harmless, sizeof harmless) == length && strcmp(harmless, name) == 0;
}

void transfer_name_from_path(char name[TRANSFER_NAME_SIZE], const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *last = slash ? slash + 1 : path;
    name[0] = 0;
    if (is_plain_name(last))
        memcpy(name, last, strlen(last) + 1);
}

int transfer_header_write(const struct transfer_header *header, char *message, int capacity)
{
    char size[24] = "unknown";
    if (header->size >= 0)
        snprintf(size, sizeof size, "%lld", (long long)header->size);
    return snprintf(message, (size_t)capacity, "%c%ssize=%s\nname=%s\n", TRANSFER_HEADER, first_line, size,
                    header->name);
}

bool transfer_header_read(struct transfer_header *header, const char *message, int length)
{
    char text[TRANSFER_NAME_SIZE + 128];
    if (length < 1 || (size_t)length >= sizeof text || memchr(message, 0, (size_t)length))
        return false;
    memcpy(text, message + 1, (size_t)length - 1);
    text[length - 1] = 0;
    if (strncmp(text, first_line, sizeof first_line - 1) != 0)
        return false;
    char *size = text + sizeof first_line - 1, *size_end = strchr(size, '\n');
    if (strncmp(size, "size=", 5) != 0 || !size_end)
        return false;
    *size_end = 0;
    header->size = -1;
    if (strcmp(size + 5, "unknown") != 0) {
        char *end;
        errno = 0;
        header->size = strtoll(size + 5, &end, 10);
        if (end == size + 5 || *end || errno || header->size < 0)
            return false;
    }
    char *name = size_end + 1, *name_end = strchr(name, '\n');
    if (strncmp(name, "name=", 5) != 0 || !name_end)
        return false;
    *name_end = 0;
    header->name[0] = 0;
    if (is_plain_name(name + 5))
        memcpy(header->name, name + 5, strlen(name + 5) + 1);
    return true;
}

void transfer_digest_text(const uint8_t digest[CRYPTO_DIGEST_SIZE], char text[2 * CRYPTO_DIGEST_SIZE + 1])
{
    for (int i = 0; i < CRYPTO_DIGEST_SIZE; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

void transfer_show(struct progress *progress, int64_t bytes, int64_t total, int64_t began)
{
    char done[UNITS_TEXT_SIZE], all[UNITS_TEXT_SIZE], rate[UNITS_TEXT_SIZE], left[UNITS_TEXT_SIZE], bar[32];
    double seconds = (double)(monotonic_now() - began) / 1e6;
    double per_second = seconds > 0 ? (double)bytes / seconds : 0;
    units_bytes((uint64_t)bytes, done);
    units_rate(per_second, rate);
    if (total < 0) {
        progress_show(progress, "%s  %s", done, rate);
        return;
    }
    double share = total ? (double)bytes / (double)total : 1;
    progress_bar(bar, sizeof bar - 1, share);
    progress_show(progress, "%s %3.0f %%  %s of %s  %s  %s left", bar, share * 100, done,
                  units_bytes((uint64_t)total, all), rate,
                  per_second > 0 ? units_duration((double)(total - bytes) / per_second, left) : "?");
}

void transfer_give_up(HSteamNetConnection connection, const char *why)
{
    char message[256];
    snprintf(message, sizeof message, "%c%s", TRANSFER_GIVE_UP, why);
    if (host_send_text(connection, message))
        host_drain(connection, 2);
    host_close(connection, TRANSFER_REASON_GAVE_UP, why);
}
