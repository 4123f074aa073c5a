/*
 * What happened in a simulation, counted by kind: what the network did to datagrams, what befell the hosts, what
 * attackers tried, and how connections lived and ended. Runs of many seeds add the counts up, to show that every kind
 * of event did happen.
 *
 * Also the faults that a simulation can do without (sim_limits in sim_scenario.h), so that what is not needed for a
 * failure can be left away.
 */
#ifndef NET_SIM_TALLY_H
#define NET_SIM_TALLY_H

#include <stdint.h>

enum sim_kind {
    /* datagrams on their way */
    SIM_KIND_LOST,
    SIM_KIND_LOST_IN_BURST,
    SIM_KIND_BURST,
    SIM_KIND_REORDERED,
    SIM_KIND_DUPLICATED,
    SIM_KIND_REPLAYED,
    SIM_KIND_CORRUPTED,
    SIM_KIND_TRUNCATED,
    SIM_KIND_TOO_LARGE,
    SIM_KIND_MTU_SHRANK,
    SIM_KIND_MTU_GREW,
    SIM_KIND_SHALLOW_QUEUE_FULL,
    SIM_KIND_DEEP_QUEUE_FULL,
    SIM_KIND_ASYMMETRIC_DELAY,
    SIM_KIND_CUT,
    SIM_KIND_PARTITION,
    SIM_KIND_PARTITION_ONE_WAY,
    /* hosts */
    SIM_KIND_ADDRESS_CHANGED,
    SIM_KIND_ADDRESS_CHANGE_KNOWN,
    SIM_KIND_NAT_REBOUND,
    SIM_KIND_NAT_REBOUND_CONNECTING,
    SIM_KIND_NAT_REBOUND_CLOSING,
    SIM_KIND_NAT_REBOUND_PLAIN,
    SIM_KIND_FOLLOWED,
    SIM_KIND_FROZEN,
    SIM_KIND_SUSPENDED,
    SIM_KIND_WALL_CLOCK_STEPPED,
    SIM_KIND_CLOCK_JUMPED,
    SIM_KIND_SOCKET_BUSY,
    SIM_KIND_SOCKET_FORBIDDEN,
    SIM_KIND_SOCKET_TOO_LARGE,
    SIM_KIND_SOCKET_FAILED,
    SIM_KIND_ALLOCATION_FAILED,
    SIM_KIND_SERVER_RESTARTED,
    SIM_KIND_CLIENT_RESTARTED,
    SIM_KIND_RECONFIGURED,
    /* attackers */
    SIM_KIND_BLIND_NOISE,
    SIM_KIND_BLIND_CONTROL,
    SIM_KIND_BLIND_DATA,
    SIM_KIND_SEEN_COPY,
    SIM_KIND_SEEN_COPY_ELSEWHERE,
    SIM_KIND_SEEN_FORGED_DATA,
    SIM_KIND_SEEN_FORGED_CLOSE,
    SIM_KIND_SEEN_FORGED_NO_CONNECTION,
    SIM_KIND_SEEN_FORGED_HANDSHAKE,
    SIM_KIND_FORGERY_CHECKED,
    SIM_KIND_FORGERY_HONOURED,
    SIM_KIND_HOSTILE_END,
    SIM_KIND_HOSTILE_PACKET,
    SIM_KIND_SIEGE_PACKET,
    SIM_KIND_HOSTILE_PEER_ENDED,
    /* connections */
    SIM_KIND_CONNECTED,
    SIM_KIND_REQUEST_REFUSED,
    SIM_KIND_REFUSED,
    SIM_KIND_TIMED_OUT_CONNECTING,
    SIM_KIND_TIMED_OUT,
    SIM_KIND_CLOSED_BY_PEER,
    SIM_KIND_NO_CONNECTION,
    SIM_KIND_BAD_CERTIFICATE,
    SIM_KIND_LINGER,
    SIM_KIND_LINGER_COMPLETED,
    SIM_KIND_IDLED,
    SIM_KIND_LONG_LIFE,
    SIM_KINDS
};

/* In lower case with hyphens. */
const char *sim_kind_name(enum sim_kind kind);

enum sim_fault {
    SIM_FAULT_LOSS,
    SIM_FAULT_BURSTS,
    SIM_FAULT_REORDERING,
    SIM_FAULT_DUPLICATION, /* and replay */
    SIM_FAULT_CORRUPTION,  /* and truncation */
    SIM_FAULT_MTU,
    SIM_FAULT_RATE,
    SIM_FAULT_DELAY, /* beyond some milliseconds */
    SIM_FAULT_PARTITION,
    SIM_FAULT_ADDRESS, /* changes of addresses, NAT rebinding */
    SIM_FAULT_FREEZE,
    SIM_FAULT_CLOCK,
    SIM_FAULT_SOCKET,
    SIM_FAULT_MEMORY,
    SIM_FAULT_RESTART,
    SIM_FAULT_RECONFIGURE,
    SIM_FAULT_BLIND_ATTACK,
    SIM_FAULT_SEEING_ATTACK,
    SIM_FAULT_HOSTILE_PEER,
    SIM_FAULTS
};

/* In lower case with hyphens. */
const char *sim_fault_name(enum sim_fault fault);

#endif
