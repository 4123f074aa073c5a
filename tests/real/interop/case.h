/*
 * One case of the matrix: what it is given, what its two processes share, and what each of them does in every case:
 * start its library, open or make a connection, follow the connections by their callbacks, meet the other process, say
 * why it failed.
 *
 * The server and the client are two processes forked for the case. Each runs the case's function with `role` set and
 * ends with leave() or fail(); neither returns. They share `shared`, which only tells how far each of them is:
 * everything that is tested goes through the libraries and the loopback interface.
 */
#ifndef TESTS_REAL_INTEROP_CASE_H
#define TESTS_REAL_INTEROP_CASE_H

#include "bench/flat.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    SERVER,
    CLIENT,
};

enum traffic_kind {
    KIND_UNRELIABLE,
    KIND_RELIABLE,
    KIND_MIXED,
};

enum {
    SIZE_MIXED = -2, /* sizes around every limit */
    SIZE_SWEEP = -1, /* message n has n - 1 bytes */
};

enum {
    RATE_OPEN = -1, /* no limit, or the largest where the library knows no such thing */
};

enum {
    STATE_NONE = k_ESteamNetworkingConnectionState_None,
    STATE_CONNECTING = k_ESteamNetworkingConnectionState_Connecting,
    STATE_CONNECTED = k_ESteamNetworkingConnectionState_Connected,
    STATE_CLOSED_BY_PEER = k_ESteamNetworkingConnectionState_ClosedByPeer,
    STATE_PROBLEM = k_ESteamNetworkingConnectionState_ProblemDetectedLocally,
};

enum {
    RELIABLE = k_nSteamNetworkingSend_Reliable,
    RELIABLE_NOW = k_nSteamNetworkingSend_ReliableNoNagle,
    UNRELIABLE = k_nSteamNetworkingSend_Unreliable,
    NO_NAGLE = k_nSteamNetworkingSend_NoNagle,
    NO_DELAY = k_nSteamNetworkingSend_NoDelay,
};

/* What a case is given. Pairs are indexed by SERVER and CLIENT; zero means the usual unless something else is said. */
struct params {
    bool plain;    /* without encryption */
    bool defaults; /* without the options that make tests quick */
    bool eager;    /* send at once, though the peer may not be connected yet */
    int loss;      /* percent, in each direction of each process */
    int lag, jitter, reorder, duplicate;
    enum traffic_kind kind;
    int size, lanes, count[2]; /* messages a lane sent by each side */
    int connections;           /* of load */
    int rate, rate_min, send_buffer, receive_buffer, receive_messages;
    int nagle; /* -1: the default */
    int timeout_initial[2], timeout_connected;
    int packet_size[2], send_time[2];
    int cipher[2]; /* value of Unencrypted; -1: as `plain` says */
    const char *identity[2];
    int variant; /* meaning depends on the case */
    const char *text;
    const char *listen_on, *connect_to;
};

struct test {
    char name[96];
    void (*run)(void);
    struct params params;
    int limit; /* seconds */
};

/* What the processes tell each other, and the runner. */
struct side {
    atomic_int phase;
    atomic_bool failed, stopped; /* stopped: this side was meant to disappear */
    atomic_bool careful;         /* its library sends reliably what unreliable segments cannot carry in small packets */
    atomic_int listening;        /* how many servers of this case have opened their listen socket */
    atomic_llong value, flushed;
    char why[512], figures[512];
};

struct shared {
    atomic_int port;
    struct side side[2];
};

enum exit_status {
    EXIT_CASE_FAILED = 3,
    EXIT_RESPAWN = 77, /* start this side once more, with `stage` 1 */
};

/* What one process of one case knows. */
extern struct shared *shared;
extern const struct test *test;
extern const struct params *params;
extern int role, stage;
extern const char *const role_name[2];

/* What holds for all cases of a run. */
struct run {
    const char *library[2];
    int debug_level;
    bool one_way_loss; /* choose percentages that make `loss` the loss of the whole path */
    uint64_t seed;
    double load_seconds; /* how long the load cases send */
};
extern struct run run;

/* Runs one side of a case; does not return. */
_Noreturn void case_run(const struct test *test, struct shared *shared, int role, int stage);

/* ---- time, failing, leaving ---- */

double now(void); /* seconds */

__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);

#define CHECK(condition, ...)                                                                                          \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            fail(__VA_ARGS__);                                                                                         \
    } while (0)

/* Adds to what the line of the case says after its name. */
__attribute__((format(printf, 1, 2))) void figure(const char *format, ...);

/* Stops the library and ends the process well. */
_Noreturn void leave(void);

/* Runs callbacks, then lets the library work for a moment: other libraries have nothing that could be waited for. */
void pump(void);
void pause_ms(int milliseconds);

#define AWAIT(condition, milliseconds, ...)                                                                            \
    do {                                                                                                               \
        double await_end = now() + (milliseconds) / 1e3;                                                               \
                                                                                                                       \
        while (!(condition)) {                                                                                         \
            if (now() > await_end)                                                                                     \
                fail(__VA_ARGS__);                                                                                     \
            pump();                                                                                                    \
        }                                                                                                              \
    } while (0)

/* Both processes wait here for each other. Phases must grow. */
void meet(int phase);

/* ---- connections as the callbacks report them ---- */

struct link {
    HSteamNetConnection connection;
    int state, reason;
    char text[128], identity[128];
};

struct event {
    HSteamNetConnection connection;
    int old, state, reason;
};

extern struct link links[256]; /* in the order of their appearance */
extern int link_count, connected_count;

/* What a server does with a connection that asks: accept_it, unless the case sets something else. */
extern void (*on_inbound)(HSteamNetConnection connection);
void accept_it(HSteamNetConnection connection);
void ignore_it(HSteamNetConnection connection);
void hold_it(HSteamNetConnection connection); /* into `held` */
extern HSteamNetConnection held;

struct link *link_of(HSteamNetConnection connection);
const struct event *event_from_to(HSteamNetConnection connection, int old, int state);
bool any_event_from_to_other_than(int old, int state1, int state2);

/* ---- starting and connecting ---- */

void start(void);
extern HSteamListenSocket listener;
void open_listener(void);
HSteamNetConnection begin_connect(void); /* as soon as the server listens */
extern void (*on_server_there)(void);    /* called before that, if set */
extern int connect_port;                 /* where the client connects to; 0: where the server is */
void await_connected(HSteamNetConnection connection);
HSteamNetConnection open_pair(void); /* all of the above; both sides return when both are connected */

/* The client closes and, where no loss is simulated, the server must hear of it; then both leave. */
_Noreturn void finish(HSteamNetConnection connection);

SteamNetConnectionRealTimeStatus_t status_of(HSteamNetConnection connection);
int outstanding(HSteamNetConnection connection); /* bytes of any kind that are queued or unacknowledged */

#endif
