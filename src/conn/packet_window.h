/*
 * Packet numbers on the receiving side: expanding the 16 bits that travel, and refusing what was seen before
 * (protocol 12.2). The window moves only for packets that proved authentic, so it is asked first and told later.
 */
#ifndef CONN_PACKET_WINDOW_H
#define CONN_PACKET_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum packet_window_limits {
    PACKET_WINDOW_SIZE = 1024, /* numbers remembered; protocol 12.2 asks for 64 at least */
};

struct packet_window {
    int64_t highest; /* received so far */
    uint64_t seen[PACKET_WINDOW_SIZE / 64];
};

/* received: the number that counts as received from the beginning, 0 for none (protocol 12.1). */
void packet_window_init(struct packet_window *window, int64_t received);

/* The full number for the 16 bits, or 0 if it is a duplicate, too old, or no number at all. */
int64_t packet_window_expand(const struct packet_window *window, uint16_t wire_number);

/* The packet is authentic: remembers it and returns its distance from the highest number before (negative: late). */
int64_t packet_window_accept(struct packet_window *window, int64_t number);

#endif
