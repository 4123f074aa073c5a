#include "tools/transfer_header.h"

#include "tools/terminal.h"

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

int transfer_header_write(const struct transfer_header *header, char message[TRANSFER_HEADER_SIZE])
{
    char size[24] = "unknown";
    if (header->size >= 0)
        snprintf(size, sizeof size, "%lld", (long long)header->size);
    return snprintf(message, TRANSFER_HEADER_SIZE, "%c%ssize=%s\nname=%s\n", TRANSFER_HEADER, first_line, size,
                    header->name);
}

bool transfer_header_read(struct transfer_header *header, const char *message, int length)
{
    char text[TRANSFER_HEADER_SIZE];
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
