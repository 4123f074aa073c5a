/*
 * What the Lua states of a process share: one library, and the sorting of its events to the state they concern.
 *
 * The library is started by the first owner that starts and stopped by the last one that stops. An owner stands for one
 * Lua state. Every connection and listen socket that it makes carries its id as user data, incoming connections inherit
 * it, and so every event tells whose it is. Events are collected by whichever owner runs callbacks and wait in the
 * queue of the one they belong to: a state only ever runs functions of its own, on its own thread.
 *
 * Nothing here knows Lua. An owner is used by one thread at a time; different owners may be used by different threads.
 */
#ifndef LUASTEAM_OWNER_H
#define LUASTEAM_OWNER_H

#include <fumarole/fumarole.h>

/* Something that happened, as it waits to be delivered. */
struct owner_event {
    struct owner_event *next;
    uint64_t sequence;              /* ascending within an owner */
    HSteamNetConnection connection; /* 0: the status of authentication */
    int state;                      /* of the connection, or of authentication */
    int old_state;
    int end_reason;
    char text[256];
};

enum owned_kind {
    OWNED_CONNECTION, /* only those that this end has started; the others go with their listen socket */
    OWNED_LISTEN_SOCKET,
    OWNED_POLL_GROUP,
    OWNED_KINDS,
};

struct owned_handles {
    uint32_t *items;
    size_t count;
    size_t capacity;
};

struct owner {
    struct owner *next; /* among those that run */
    int64_t id;         /* another one for every start */
    bool running;
    int wakeup; /* while it runs: an eventfd that is readable after somebody else has queued an event here */
    struct owned_handles owned[OWNED_KINDS];
    struct owner_event *first_event;
    struct owner_event *last_event;
    size_t event_count;
    uint64_t last_sequence;
};

/*
 * Starts the library, or joins those that use it, or does nothing when the owner runs already. identity is who the
 * library is started as; null is the anonymous one. If it is demanded, a library that runs has to run under it. False
 * with a text in error, which has room for 1024 bytes, when the library cannot be started or is somebody else.
 */
bool owner_start(struct owner *self, const SteamNetworkingIdentity *identity, bool is_demanded, char *error);

/* Ends everything that the owner has made, forgets its events, and stops the library if nobody else uses it. Does
   nothing when it does not run. */
void owner_stop(struct owner *self);

/* Makes sure that one more handle can be remembered; false if memory is short. */
bool owner_reserve(struct owner *self, enum owned_kind kind);

/* Remembers a handle, to be closed when the owner stops, after owner_reserve; forgets one. */
void owner_add(struct owner *self, enum owned_kind kind, uint32_t handle);
void owner_remove(struct owner *self, enum owned_kind kind, uint32_t handle);

/* Collects what has happened and sorts it to its owners. */
void owner_collect_events(struct owner *self);

bool owner_has_events(struct owner *self);

/*
 * Waits until the owner has events or anything can be fetched from the library: true then, false when the time is over
 * or a signal has been caught. The owner has to run.
 */
bool owner_wait(struct owner *self, int milliseconds);

/* The sequence number of the event that was queued last. */
uint64_t owner_last_sequence(struct owner *self);

/* Takes the oldest event out of the queue; null if there is none up to that sequence number. To be freed. */
struct owner_event *owner_take_event(struct owner *self, uint64_t until);

/* Of the library's complaints on this thread: forgets the last one; gives it, or the text instead if there is none. */
void owner_forget_complaint(void);
const char *owner_complaint(const char *instead);

#endif
