/*
 * What sender.c and sender_fate.c share, and nobody else: the one composes packets and keeps time, the other keeps the
 * records of packets.
 */
#ifndef SNP_SENDER_PRIVATE_H
#define SNP_SENDER_PRIVATE_H

#include "snp/sender.h"

/* The controller has spoken: takes over what it wants. */
void sender_obey(struct sender *sender, microseconds now);

/* The path's packet size has changed: sizes of segments follow. */
void sender_follow_mtu(struct sender *sender);

/* A packet counts as lost, if it is still in flight. Returns which statistics (statistics_carried) were lost with it.
 */
uint8_t sender_lose_packet(struct sender *sender, struct sent_packet *packet, int64_t number, microseconds now);

/* The oldest record gives way to a new one. */
void sender_make_room_for_record(struct sender *sender, microseconds now);

/* Drops the records that no late acknowledgement can concern any more. */
void sender_forget_old_packets(struct sender *sender, microseconds now);

#endif
