/*
 * The first message of a transfer: what is going to be sent, read by whoever listens, from whoever connects.
 */
#ifndef TOOLS_TRANSFER_HEADER_H
#define TOOLS_TRANSFER_HEADER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    TRANSFER_HEADER = 'H', /* its kind: the first byte */
    TRANSFER_NAME_SIZE = 200,
    TRANSFER_HEADER_SIZE = TRANSFER_NAME_SIZE + 128, /* no header is longer */
};

/* As text: "fumarole-transfer 1\n", "size=<bytes>\n" or "size=unknown\n", "name=<name>\n". */
struct transfer_header {
    int64_t size;                  /* -1: unknown */
    char name[TRANSFER_NAME_SIZE]; /* a plain file name; empty if there is none */
};

/* Writes the message; returns its length. */
int transfer_header_write(const struct transfer_header *header, char message[TRANSFER_HEADER_SIZE]);

/* Reads a message that the other side sent. The name that comes out is safe to create a file by, or empty. */
bool transfer_header_read(struct transfer_header *header, const char *message, int length);

/* Takes the part of a path behind the last slash as a name, if it is one. */
void transfer_name_from_path(char name[TRANSFER_NAME_SIZE], const char *path);

#endif
