/*
 * Which segments go into one packet, and in what order (protocol 16.1): lost ones first, then new data as the lanes'
 * scheduler picks it, all gathered before anything is written. The part of the sender that composes; it works on the
 * sender's lanes and segments and owns nothing beyond a call.
 */
#ifndef SNP_PACKET_PLAN_H
#define SNP_PACKET_PLAN_H

#include "base/bytes.h"
#include "wire/frame.h"

#include <stddef.h>

enum packet_plan_sizes {
    /* A full packet without anything special has the largest segment and this much: the shortest stop-waiting frame
     * and the segment's header. */
    PACKET_EVEN_OVERHEAD = 2 + FRAME_RELIABLE_HEADER_MAXIMUM,
};

struct sender;
struct sent_packet;

/*
 * Writes as many segments as fit and notes the reliable ones in the packet's record. Returns how many. extra: bytes
 * that the packet's header has beyond its fixed part.
 */
int packet_plan_write(struct sender *sender, struct sent_packet *packet, struct byte_writer *writer, size_t extra);

#endif
