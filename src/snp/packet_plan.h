/*
 * Which segments go into one packet, and in what order (protocol 16.1): lost ones first, then new data as the lanes'
 * scheduler picks it, all gathered before anything is written. The part of the sender that composes; it works on the
 * sender's lanes and segments and owns nothing beyond a call.
 */
#ifndef SNP_PACKET_PLAN_H
#define SNP_PACKET_PLAN_H

#include "base/bytes.h"

struct sender;
struct sent_packet;

/* Writes as many segments as fit and notes the reliable ones in the packet's record. Returns how many. */
int packet_plan_write(struct sender *sender, struct sent_packet *packet, struct byte_writer *writer);

#endif
