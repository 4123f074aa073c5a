/*
 * What the engine networking peers say to each other: each message of a connection is one frame, a head of six bytes
 * and, for a packet, the engine's bytes. This is the only place that reads or writes that head.
 *
 *     byte 0     kind
 *     byte 1     hello: version of this protocol; packet: transfer mode; otherwise 0
 *     bytes 2-5  a peer id, little endian: hello and welcome the client's own, joined and left another client's,
 *                a packet to the server its target, a packet to a client its source
 *
 *     client                      server
 *       hello (my id)       ──▶           first message, reliable, lane 0
 *                           ◀──   welcome (your id), joined (another's id) ...
 *       packet (target)     ──▶
 *                           ◀──   packet (source), joined, left
 */
#ifndef FUMAROLE_GODOT_MULTIPLAYER_FRAME_H
#define FUMAROLE_GODOT_MULTIPLAYER_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MULTIPLAYER_FRAME_HEAD = 6,
    MULTIPLAYER_PROTOCOL = 1,
    MULTIPLAYER_SERVER_ID = 1, /* the engine's number for the server */
};

enum multiplayer_frame_kind {
    MULTIPLAYER_FRAME_HELLO = 1,
    MULTIPLAYER_FRAME_WELCOME = 2,
    MULTIPLAYER_FRAME_JOINED = 3,
    MULTIPLAYER_FRAME_LEFT = 4,
    MULTIPLAYER_FRAME_PACKET = 5,
};

/* The engine's transfer modes, with its numbers. */
enum multiplayer_mode {
    MULTIPLAYER_UNRELIABLE = 0,
    MULTIPLAYER_UNRELIABLE_ORDERED = 1, /* what is overtaken is dropped */
    MULTIPLAYER_RELIABLE = 2,
};

struct multiplayer_frame {
    enum multiplayer_frame_kind kind;
    uint8_t detail; /* byte 1 */
    int32_t peer;
    const uint8_t *payload; /* of a packet: inside the message */
    size_t payload_size;
};

void multiplayer_frame_write_head(uint8_t head[MULTIPLAYER_FRAME_HEAD], enum multiplayer_frame_kind kind,
                                  uint8_t detail, int32_t peer);

/*
 * False for a message that is no frame: too short or, unless it is a packet, too long, of an unknown kind, a mode that
 * does not exist, or an id that nobody can have. A hello of another version is a frame; its reader compares `detail`.
 */
bool multiplayer_frame_read(struct multiplayer_frame *frame, const void *message, size_t size);

#endif
