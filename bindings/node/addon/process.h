/*
 * What one process shares among its JavaScript environments. The library exists once in a process, but the main thread
 * and every worker have an instance of this addon: each becomes a member here. The library starts with the first member
 * and stops with the last; every member owns the connections, listen sockets and poll groups that it made and the
 * connections that came in through its listen sockets, hears of their events and of no others, and takes them with it
 * when it leaves.
 *
 * No JavaScript runs inside RunCallbacks: the library's callbacks copy the event into the queue of the member that owns
 * its connection, and the member turns what is there into objects afterwards, on its own thread. So whatever a handler
 * does, even ending its worker, happens without a lock and outside the library.
 *
 * Everything may be called from any thread; a member is used by the thread of its environment alone.
 */
#ifndef FUMAROLE_NODE_PROCESS_H
#define FUMAROLE_NODE_PROCESS_H

#include <fumarole/fumarole.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process_member;

/* What a member owns. */
enum process_kind {
    PROCESS_CONNECTION,
    PROCESS_LISTEN_SOCKET,
    PROCESS_POLL_GROUP,
};

enum process_event_type {
    PROCESS_EVENT_STATUS,         /* a connection changed */
    PROCESS_EVENT_DRAINED,        /* the send queue of a connection fell to its mark */
    PROCESS_EVENT_AUTHENTICATION, /* to every member */
    PROCESS_EVENT_RELAY,          /* to every member */
};

struct process_event {
    struct process_event *next;
    enum process_event_type type;
    union {
        SteamNetConnectionStatusChangedCallback_t status;
        struct {
            HSteamNetConnection connection;
            int pending_bytes;
        } drained;
        SteamNetAuthenticationStatus_t authentication;
        SteamRelayNetworkStatus_t relay;
    };
};

/*
 * Joins; the first one starts the library, as `identity` (null: anonymous) and for that application. For the others
 * both are as they are. NULL on failure, with a text in error (1024 bytes).
 */
struct process_member *process_join(const SteamNetworkingIdentity *identity, AppId_t app_id,
                                    char error[k_cchMaxSteamNetworkingErrMsg]);

/*
 * Leaves: closes all that the member owns, with reason 2999, forgets its events, and stops the library when it was the
 * last. Who watches descriptors of the library for this member has to have stopped. Null does nothing.
 */
void process_leave(struct process_member *member);

/* How many environments of the process are members. */
int process_members(void);

/* ---- owning -------------------------------------------------------------------------------------------------- */

/*
 * Around the call that makes something, so that no event about it is sorted before its owner is known: begin, make,
 * end with the handle, or 0 if nothing was made. Nothing of this file may be called in between.
 */
void process_making(void);
void process_made(struct process_member *member, enum process_kind kind, uint32_t handle);

/*
 * The handle was closed by the program. Events about it that are on their way still reach the member; what a listen
 * socket had is told to its owner as well.
 */
void process_disown(enum process_kind kind, uint32_t handle);

/* Whether it is there and this member's. */
bool process_owns(struct process_member *member, enum process_kind kind, uint32_t handle);

/* The handles of a kind that are open, the oldest first. Returns how many there are, writes at most `capacity`. */
size_t process_owned(struct process_member *member, enum process_kind kind, uint32_t *handles, size_t capacity);

/* ---- events -------------------------------------------------------------------------------------------------- */

/* RunCallbacks: sorts what is there into the members' queues, in order. */
void process_run_callbacks(void);

/* The member's events, oldest first, NULL if there are none. The caller frees each of them with free(). */
struct process_event *process_take_events(struct process_member *member);

/*
 * A descriptor that is readable while the member's queue is not empty, because another member has run the callbacks;
 * -1 when none is to be had. Belongs to the member.
 */
int process_event_descriptor(struct process_member *member);

/*
 * From now on PROCESS_EVENT_DRAINED tells when the send queue of the connection has fallen to that many bytes, after it
 * was above or refused a message; a negative number ends that. False for a bad handle.
 */
bool process_watch_send_queue(HSteamNetConnection connection, int low_water_bytes);

#endif
