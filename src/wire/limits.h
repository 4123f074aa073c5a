/*
 * Every number of the protocol in one screenful per subject, with the clause it comes from. Policies that an
 * application can configure have their defaults here and their present values in the connection's configuration.
 */
#ifndef WIRE_LIMITS_H
#define WIRE_LIMITS_H

#include "base/time.h"

#include <stdint.h>

enum protocol_version {
    PROTOCOL_VERSION = 13,                /* protocol 2: what this library speaks */
    PROTOCOL_VERSION_MINIMUM = 8,         /* protocol 2: the oldest peer accepted */
    PROTOCOL_VERSION_CONNECT_COUNTS = 10, /* protocol 2, 12.1: the connect exchange is packet 1, data starts at 2 */
    PROTOCOL_VERSION_LANES = 11,          /* protocol 2: select-lane frames are understood */
    PROTOCOL_VERSION_TIME_FIELD = 12,     /* protocol 2: the time-since-previous header field is understood */
};

enum datagram_limits {
    DATAGRAM_MINIMUM = 5,                /* protocol 3: shorter ones are dropped */
    DATAGRAM_MAXIMUM = 1300,             /* protocol 3: UDP payload */
    DATAGRAM_PADDED_MINIMUM = 512,       /* protocol 3.2: a padded message is at least this long */
    DATAGRAM_PADDED_PREFIX = 3,          /* protocol 3.2: id and body length */
    DATAGRAM_DATA_FLAG = 0x80,           /* protocol 3: marks a data packet */
    REPLY_AMPLIFICATION = 3,             /* nobody gets more than so many times what came from there (RFC 9000, 8.1) */
    DATAGRAM_PACKET_SIZE_SMALLEST = 200, /* protocol 16.2: range of the configured packet size */
    DATAGRAM_PACKET_SIZE_DEFAULT = 1300, /* protocol 16.2 */
};

/* Lengths of what control messages carry. */
enum message_limits {
    CLOSE_TEXT_MAXIMUM = 127,          /* protocol 4.5: bytes of debug text in ConnectionClosed */
    IDENTITY_TEXT_MAXIMUM = 127,       /* protocol 8.1: bytes of an identity's text */
    IDENTITY_STRING_MAXIMUM = 31,      /* protocol 8.1: bytes of a generic string */
    IDENTITY_BYTES_MAXIMUM = 32,       /* protocol 8.1: generic bytes */
    IDENTITY_XBOX_MAXIMUM = 32,        /* protocol 8.1: characters of an Xbox pairwise id */
    IDENTITY_PREFIX_MAXIMUM = 16,      /* protocol 8.1: characters of an unknown kind's prefix */
    IDENTITY_LEGACY_ADDRESS_SIZE = 18, /* protocol 8.5: IPv6 address and big-endian port */
    IDENTITY_LEGACY_MAXIMUM = 36,      /* protocol 8.5: bytes of an encoded legacy identity message */
    HANDSHAKE_PING_MAXIMUM_MS = 1500,  /* protocol 4.3: larger estimates in ConnectRequest are ignored */
    PUBLIC_KEY_SIZE = 32,              /* protocol 9.1: Ed25519 and X25519 */
    SIGNATURE_SIZE = 64,               /* protocol 9.1 */
};

/* Bounds of the repeated fields; a message with more elements is refused as malformed. Our choice, not the protocol's.
 */
enum certificate_limits {
    CERTIFICATE_POPS_MAXIMUM = 64,      /* certificate body, field 5 */
    CERTIFICATE_APPS_MAXIMUM = 128,     /* certificate body, field 10 */
    CERTIFICATE_ADDRESSES_MAXIMUM = 16, /* certificate body, field 13 */
    CRYPT_CIPHERS_MAXIMUM = 32,         /* crypt info, field 5 */
    STATISTICS_PATHS_MAXIMUM = 8,       /* lifetime statistics, fields 12 and 13 */
};

enum certificate_values {
    CERTIFICATE_KEY_ED25519 = 1, /* protocol 9.2 */
    CRYPT_KIND_X25519 = 1,       /* protocol 10.1 */
    CIPHER_NONE = 1,             /* protocol 10.1 */
    CIPHER_AES_256_GCM = 2,      /* protocol 10.1 */
    ABILITIES_SIZE_MAXIMUM = 32, /* protocol 10.1, abilities: three varints and their tags */
};

enum packet_limits {
    PACKET_HEADER_SIZE = 7,              /* protocol 11.1: flags, id, number */
    PACKET_TAG_SIZE = 16,                /* protocol 10.5: AES-GCM tag */
    PACKET_FIRST_NUMBER = 2,             /* protocol 12.1 */
    PACKET_FIRST_NUMBER_OLD = 1,         /* protocol 12.1: with a peer of version 8 or 9 */
    PACKET_WINDOW_BLOCK = 64,            /* protocol 12.2: the duplicate window is two aligned blocks of this size */
    PACKET_JUMP_RESET = 100,             /* protocol 12.3: the deployed duplicate window resets from this jump on */
    PACKET_JUMP_MAXIMUM = 0x4000,        /* protocol 12.3: a larger jump closes the connection */
    PACKET_JUMP_ABLE = 0x7fff,           /* protocol 12.3: the most that 16 bits can express, if both ends are able */
    PACKET_TIME_UNIT_US = 16,            /* protocol 11.1, 20.18: unit of time since previous packet */
    PACKET_TIME_MAXIMUM_US = 250 * 1000, /* protocol 11.1: larger intervals are not sent */
    PACKET_PROTECTED_MARGIN = 52,        /* protocol 16.2: protected payload <= packet size - this */
    PACKET_SEGMENT_START_MINIMUM = 16,   /* protocol 16.2: no segment is begun for fewer data bytes */
};

enum frame_limits {
    FRAME_COUNT_MAXIMUM = 100000,         /* protocol 13.6: largest varint in an ack block */
    FRAME_LANE_MAXIMUM = 255,             /* protocol 13.7 */
    FRAME_SEGMENT_SIZED_MAXIMUM = 1279,   /* protocol 13.2: largest size that size codes 0 to 4 express */
    FRAME_ACK_DELAY_UNIT_US = 32,         /* protocol 13.6, 20.18 */
    FRAME_ACK_DELAY_UNKNOWN = 0xffff,     /* protocol 13.6 */
    FRAME_ACK_MINIMUM = 5,                /* protocol 15.3: an ack without blocks */
    SEGMENTS_PER_PACKET = 1300,           /* protocol 13.2: default of RecvMaxSegmentsPerPacket */
    UNRELIABLE_SEGMENT_MAXIMUM = 1300,    /* protocol 13.3: larger segments are ignored */
    UNRELIABLE_MESSAGE_MAXIMUM = 26000,   /* protocol 13.3: offset + size beyond this is ignored */
    UNRELIABLE_SEGMENTS_PER_LANE = 20,    /* protocol 13.3: stored for reassembly */
    UNRELIABLE_SEND_MAXIMUM = 16500,      /* protocol 14.4: larger ones are sent reliably */
    STREAM_FIRST_POSITION = 1,            /* protocol 14.2 */
    STREAM_NUMBER_STEP_MAXIMUM = 1000000, /* protocol 14.2: largest message number increment */
    STREAM_NUMBER_AHEAD_MAXIMUM = 10000,  /* protocol 14.2: above the lane's highest number seen */
    STREAM_HOLES_EXTENDING = 30,          /* protocol 13.4: no hole is opened beyond this many */
    STREAM_HOLES_SPLITTING = 20,          /* protocol 13.4: no hole is split beyond this many */
    STREAM_HOLES_ABLE = 1024,             /* instead of both, if both ends are able (protocol 10.1, abilities) */
    STREAM_WINDOW_BUFFERS = 4,            /* and then so many times RecvBufferSize of a lane's stream are kept */
    MESSAGE_SIZE_MAXIMUM = 512 * 1024,    /* protocol 14.4: also the default of RecvMaxMessageSize and SendBufferSize */
    RECEIVE_BUFFER_SIZE = 1024 * 1024,    /* protocol 14.3: default of RecvBufferSize */
    RECEIVE_BUFFER_MESSAGES = 1000,       /* protocol 14.3: default of RecvBufferMessages */
};

enum ack_limits {
    ACK_BLOCKS_SENT_MAXIMUM = 64,      /* protocol 15.2 */
    ACK_BLOCKS_ABLE = 255,             /* instead, if both ends are able: the most that the frame can count */
    ACK_DATA_DELAY_MS = 50,            /* protocol 15.3: after reliable data or an ack request */
    ACK_NEGATIVE_DELAY_MS = 3,         /* protocol 15.3: before a gap is reported */
    ACK_BLOCKS_FLUSH_MS = 250,         /* protocol 13.6: own flush after this divided by the number of blocks */
    ACK_REFUSED_PING_MAXIMUM_MS = 100, /* protocol 15.3: packet not acknowledged: 2 * (min(ping, this) + 5) ms */
    ACK_REFUSED_MARGIN_MS = 5,         /* protocol 15.3 */
};

/* Retransmission, Nagle, pacing. */
enum send_limits {
    RETRANSMIT_PING_FACTOR = 3,        /* protocol 16.3: RTO = 3 * ping + 60 ms */
    RETRANSMIT_MARGIN_MS = 60,         /* protocol 16.3 */
    RETRANSMIT_WITHOUT_PING_MS = 1000, /* protocol 16.3 */
    RECORD_KEPT_RETRANSMITS = 2,       /* protocol 16.3: a packet's record is kept for so many RTOs */
    NAGLE_DEFAULT_US = 5000,           /* protocol 16.4 */
    PACING_BURST = 1248,               /* protocol 16.5: bytes the idle token bucket holds */
    SEND_RATE_DEFAULT = 256 * 1024,    /* protocol 16.5: bytes per second, minimum and maximum */
    SEND_RATE_UNKNOWN_PING_MS = 200,   /* protocol 16.5 */
    SEND_RATE_NO_LIMIT = 0x10000000,   /* SendRateMin and SendRateMax: the largest value, which like 0 is no limit */
};

/* Handshake and closing. */
enum handshake_timers {
    HANDSHAKE_RETRY_MS = 500,            /* protocol 6.2, 18.2 */
    HANDSHAKE_TIMEOUT_MS = 10000,        /* protocol 6.2: default of TimeoutInitial */
    HANDSHAKE_TIMESTAMP_VALID_MS = 4000, /* protocol 4.4: older timestamps are not echoed in ConnectOK */
    CHALLENGE_TICK_SHIFT = 20,           /* protocol 6.3: microseconds >> 20 is the coarse counter */
    CHALLENGE_AGE_MAXIMUM = 3,           /* protocol 6.3: in units of the coarse counter */
    FIN_WAIT_MS = 5000,                  /* protocol 7.2 */
    LINGER_PROGRESS_BYTES = 8192,        /* our choice: a peer that acknowledges less of what a linger waits for ... */
    LINGER_PERIOD_LEAST_MS = 60000, /* ... in so long, or TimeoutConnected if that is more, is waited for no more */
    STRAY_REPLY_INTERVAL_MS = 250,  /* protocol 7.4, 7.5: one answer to unmatched datagrams */
};

/* Round-trip samples, liveness, statistics. */
enum liveness_timers {
    PING_SAMPLES = 3,                    /* protocol 17.1 */
    PING_SAMPLE_MAXIMUM_MS = 2000,       /* protocol 6.2, 17.1: larger ones are discarded */
    PING_SAMPLE_SPACING_MS = 100,        /* protocol 17.1: before a new slot is opened */
    REPLY_MARGIN_MS = 250,               /* protocol 17.2: deadline 2 * worst sample + this */
    REPLY_DEADLINE_MAXIMUM_MS = 1250,    /* protocol 17.2 */
    REPLY_DELAYED_MS = 200,              /* protocol 17.2: when the peer may delay its answer */
    AGGRESSIVE_PING_MS = 200,            /* protocol 17.2 */
    UNHEARD_DOUBLINGS_MAXIMUM = 16,      /* of that, our choice, while the peer was never heard: three hours */
    TIMEOUT_CONNECTED_MS = 10000,        /* protocol 17.3: default of TimeoutConnected */
    TIMEOUT_REPLIES_MISSING = 4,         /* protocol 17.3: consecutive reply timeouts before the end */
    KEEPALIVE_MS = 10000,                /* protocol 17.4 */
    KEEPALIVE_WATCHFUL_MS = 4000,        /* our choice, of a client, when packets came in a stream: they may ... */
    KEEPALIVE_FLOW_MS = 1000,            /* ... (no farther apart than this, ... */
    KEEPALIVE_FLOW_PACKETS = 8,          /* ... so many of them) still come, to where it was before */
    TRACER_MS = 7000,                    /* protocol 17.4: an ack request rides along after so long without one */
    STATISTICS_INSTANT_READY_MS = 20000, /* protocol 17.5 */
    STATISTICS_INSTANT_FORCED_MS = 30000,
    STATISTICS_INSTANT_PACKETS_PER = 3, /* protocol 17.5: forced only with more packets than seconds / this */
    STATISTICS_LIFETIME_READY_MS = 120000,
    STATISTICS_LIFETIME_FORCED_MS = 140000,
    STATISTICS_LIFETIME_PACKETS = 100,      /* protocol 17.5: more than so many exchanged */
    STATISTICS_INTERVAL_MS = 5000,          /* protocol 17.6 */
    STATISTICS_INTERVAL_SHORTEST_MS = 4500, /* protocol 17.6: for a quality sample */
    STATISTICS_SAMPLES_MEDIAN = 2,          /* protocol 17.5: samples needed for the 50th percentile */
    STATISTICS_SAMPLES_QUARTILE = 4,        /* 25th and 75th */
    STATISTICS_SAMPLES_TAIL = 20,           /* 5th and 95th */
    STATISTICS_SAMPLES_FAR_TAIL = 50,       /* 2nd and 98th */
};

/* Reason codes of protocol 7.6 that the protocol itself produces. */
enum end_reason {
    END_APPLICATION_DEFAULT = 1000,
    END_APPLICATION_LAST = 2999,
    END_APPLICATION_INVALID = 1999, /* replaces a reason outside 1000..2999 */
    END_REMOTE_BAD_CRYPT = 4002,
    END_REMOTE_BAD_CERTIFICATE = 4003,
    END_REMOTE_BAD_VERSION = 4006,
    END_GENERIC = 5001,
    END_INTERNAL_ERROR = 5002,
    END_TIMED_OUT = 5003,
    END_PEER_SENT_NO_CONNECTION = 5010,
};

#endif
