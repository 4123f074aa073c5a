/*
 * How messages cross into JavaScript: the memory that the addon fills and lib/messages.js reads.
 *
 * Making objects from C costs more than all the rest of receiving, so that the addon copies the payloads of a batch
 * into one Buffer and writes what else there is to say into an ArrayBuffer that both sides keep; JavaScript makes the
 * objects. lib/messages.js has the same layout as numbers.
 */
#ifndef FUMAROLE_NODE_MESSAGE_RECORDS_H
#define FUMAROLE_NODE_MESSAGE_RECORDS_H

#include "fumarole/scalars.h"

/* The most messages that cross at once; more are fetched by further calls. */
#define MESSAGE_RECORDS_MAX 256

/* A payload above this is a Buffer of its own, so that who keeps a slice of a batch does not keep much beside it. */
#define MESSAGE_SHARED_PAYLOAD_MAX 4096

struct message_record {
    int64 number;
    int64 connection_user_data;
    int64 time_received;
    uint32 connection;
    int32 size;
    int32 channel;
    int32 flags;
    int32 place;    /* offset in the batch's Buffer; -1 - n: the n-th Buffer of its own */
    int32 identity; /* which of the batch's identities */
};

struct message_records {
    int32 count;
    int32 identity_count;
    int64 sent_number; /* of the last message sent */
    int64 unused[6];
    struct message_record entries[MESSAGE_RECORDS_MAX];
};

FUMAROLE_STATIC_ASSERT(sizeof(struct message_record) == 48, "the layout that lib/messages.js knows");
FUMAROLE_STATIC_ASSERT(offsetof(struct message_records, entries) == 64, "the layout that lib/messages.js knows");

#endif
