/*
 * A program that uses every function of the library in every way, good and bad, in a simulated world: what it knows of
 * its connections, listen sockets, poll groups and messages, and how it judges what the library does with them.
 *
 * The program owns its notes, not what the library made. One at a time, as the library is one for a process.
 */
#ifndef NET_SIM_API_PROGRAM_H
#define NET_SIM_API_PROGRAM_H

#include "fumarole/fumarole.h"
#include "net/sim/sim_ledger.h"
#include "net/sim/sim_machine.h"

enum {
    SIM_API_LISTENERS = 24, /* listen sockets in one life of the library */
    SIM_API_GROUPS = 16,    /* poll groups at a time */
    SIM_API_OPEN_ENDS = 40, /* connections at a time that the program asks for */
    SIM_API_KEPT = 8,       /* received messages that it keeps for a while */
    SIM_API_NAME = 32,      /* what is kept of a connection's name */
    SIM_API_SESSION_MESSAGES = 512,
};

/* The functions that take an interface. */
#define SOCKETS(name)  SteamAPI_ISteamNetworkingSockets_##name
#define UTILS(name)    SteamAPI_ISteamNetworkingUtils_##name
#define MESSAGES(name) SteamAPI_ISteamNetworkingMessages_##name

enum sim_api_kind { SIM_API_CLIENT, SIM_API_INCOMING, SIM_API_PAIR, SIM_API_P2P_CLIENT, SIM_API_P2P_INCOMING };

/* A connection as the program knows it. It outlives its handle, so that a stale one is recognised. */
struct sim_api_end {
    HSteamNetConnection handle;
    enum sim_api_kind kind;
    int serial; /* for people */
    bool in_memory;
    bool open;      /* the handle is valid */
    bool told_end;  /* its last status callback has come */
    int told_state; /* by callbacks */
    int seen_state; /* by calls */
    bool was_connected;
    HSteamListenSocket listener;
    SteamNetworkingIPAddr local;
    struct sim_api_end *peer; /* NULL: not known */
    struct sim_ledger ledger; /* what was sent from here */
    int lanes;
    HSteamNetPollGroup group;
    int64 user_data;
    char name[SIM_API_NAME];
    bool closed_by_program, lingers;
    bool lingers_well; /* when there was nothing wrong any more, so that everything arrives */
    int close_reason;
    microseconds created_at, connected_at, closed_at;
};

struct sim_api_listener {
    HSteamListenSocket handle;
    bool open, p2p;
    int virtual_port;
    SteamNetworkingIPAddr address; /* to connect to */
};

struct sim_api_session_message {
    uint32_t size;
    int channel;
    bool delivered;
    uint64_t content;
};

struct sim_api_program {
    struct sim_world *world;
    struct sim_machine *machine;
    ISteamNetworkingSockets *sockets; /* kept over a stop on purpose */
    ISteamNetworkingUtils *utils;
    ISteamNetworkingMessages *messages;
    bool running;
    bool manual; /* nothing is done unless it polls */
    bool scarce; /* memory runs short: calls may fail for want of it */
    bool was_scarce;
    bool corrupting; /* datagrams are damaged, so that they must be encrypted */
    bool troubled;   /* the network has troubles */
    int depth;       /* callbacks inside operations inside callbacks */
    int hosts;       /* that may be used */

    struct sim_api_end **ends; /* of this life and those before */
    int end_count, end_capacity, open_ends;
    int first_end; /* of this life */
    struct sim_api_listener listeners[SIM_API_LISTENERS];
    int listener_count;
    HSteamNetPollGroup groups[SIM_API_GROUPS];
    HSteamNetPollGroup stale_group;
    SteamNetworkingMessage_t *kept[SIM_API_KEPT];
    struct sim_api_session_message session_messages[SIM_API_SESSION_MESSAGES];
    int session_message_count;

    int64_t payloads_out; /* given to the library and not freed yet */
    uint64_t connections_asked;
    struct FumaroleStatistics last_statistics;
    microseconds last_timestamp;
    uint64_t callbacks, operations, messages_read;
    int64_t connected_time_closed;
};

/* What has to hold. */
#define EXPECT(program, condition, ...)                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            sim_fail((program)->world, __VA_ARGS__);                                                                   \
    } while (0)

/* Says what was done and takes note of its result. */
void sim_api_note(struct sim_api_program *program, const char *what, int64_t result);

/* The one program, for callbacks. */
struct sim_api_program *sim_api_program(void);

void sim_api_program_init(struct sim_api_program *program, struct sim_machine *machine);
void sim_api_program_destroy(struct sim_api_program *program);

/* ---- connections ---------------------------------------------------------------------------------------------- */

/* Notes a connection that the library has made. */
struct sim_api_end *sim_api_end_new(struct sim_api_program *program, HSteamNetConnection handle,
                                    enum sim_api_kind kind);

/* The connection of a handle, open or not; NULL: there was never one. */
struct sim_api_end *sim_api_end_find(struct sim_api_program *program, HSteamNetConnection handle);

/* The handle has become invalid. */
void sim_api_end_closed(struct sim_api_program *program, struct sim_api_end *end);

/* All handles of this life have; the library has ended everything. told: status callbacks of it may come. */
void sim_api_forget_all(struct sim_api_program *program, bool told);

/* An open connection that the program knows, or NULL; any will do with kind -1. */
struct sim_api_end *sim_api_pick_end(struct sim_api_program *program);

/* Any handle: of an open connection (then *end is set), a closed one, something else, nothing. */
HSteamNetConnection sim_api_pick_handle(struct sim_api_program *program, struct sim_api_end **end);

/* The same for listen sockets and poll groups; the index or -1. */
HSteamListenSocket sim_api_pick_listener(struct sim_api_program *program, int *index);
HSteamNetPollGroup sim_api_pick_group(struct sim_api_program *program, int *index);

/* Looks at a connection through all calls that tell of it, and at whether they agree. */
void sim_api_inspect(struct sim_api_program *program, struct sim_api_end *end);

/* The state now, by GetConnectionInfo. */
int sim_api_state(struct sim_api_program *program, struct sim_api_end *end);

/* ---- what the library calls ------------------------------------------------------------------------------------ */

void sim_api_on_status(SteamNetConnectionStatusChangedCallback_t *event);
void sim_api_on_status_too(SteamNetConnectionStatusChangedCallback_t *event); /* another one that does the same */

/* ---- messages ---------------------------------------------------------------------------------------------------- */

/* Judges and releases (or keeps) what was received. group: of which it was asked, or 0. */
void sim_api_received(struct sim_api_program *program, SteamNetworkingMessage_t **messages, int count,
                      struct sim_api_end *end, HSteamNetPollGroup group);

/* Reads everything that waits, everywhere. */
void sim_api_read_all(struct sim_api_program *program);

/* Sends one on an open connection. */
void sim_api_send(struct sim_api_program *program, struct sim_api_end *end, int size, int flags, int lane);

void sim_api_release_kept(struct sim_api_program *program);

/* ---- drawing ------------------------------------------------------------------------------------------------------
 */

/* Options for a connection or listen socket; texts are static. Returns how many. */
enum { SIM_API_OPTIONS = 6 };
int sim_api_draw_options(struct sim_api_program *program, SteamNetworkingConfigValue_t *options);
bool sim_api_draw_setting(struct sim_api_program *program, SteamNetworkingConfigValue_t *option, bool global);

/* An address: of a host or none, with a port in use or not. */
void sim_api_draw_address(struct sim_api_program *program, SteamNetworkingIPAddr *address);
void sim_api_draw_identity(struct sim_api_program *program, SteamNetworkingIdentity *identity);

/* A short text, sometimes empty; sometimes NULL. */
const char *sim_api_draw_text(struct sim_api_program *program);

#endif
