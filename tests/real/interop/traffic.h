/*
 * Messages whose size, reliability and content follow from who sends them, their lane and their number, so that the
 * receiver can tell what was lost, repeated, reordered or damaged; and the transfer of many of them both ways at once.
 */
#ifndef TESTS_REAL_INTEROP_TRAFFIC_H
#define TESTS_REAL_INTEROP_TRAFFIC_H

#include "case.h"

enum { LANES_MAXIMUM = 8 };

/* Fills a buffer with the content of a message. */
void fill_content(uint8_t *to, int size, int from, int lane, int64_t number);

/* Sends the next message of a lane. False when the send buffer is full. */
bool send_one(HSteamNetConnection connection, int lane, int64_t number);

/* Sends messages 1 to `count` of a lane, which the send buffer must have room for. */
void send_all(HSteamNetConnection connection, int lane, int count);

/* Prepares for messages of the other side; transfer() does so itself. */
void expect_traffic(void);

/* Checks a message of the other side against what was sent, and releases it. */
void take(HSteamNetConnection connection, SteamNetworkingMessage_t *message);

/* Takes what there is; returns how many messages that was. */
int receive(HSteamNetConnection connection);

/* Takes messages until so many reliable ones have come. */
void receive_until(HSteamNetConnection connection, int64_t wanted, double seconds);

int64_t arrived_reliably(void);

/* The messages of both sides at once, as many as the case says, until all that must arrive has arrived. */
void transfer(HSteamNetConnection connection);

#endif
