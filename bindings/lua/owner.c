#include "owner.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    MAX_EVENTS = 262144,     /* for each owner; as many as the library keeps */
    CLOSED_BY_LIBRARY = 2999 /* what the library tells peers when it stops */
};

/* Held while the library is started or stopped. */
static pthread_mutex_t life_lock = PTHREAD_MUTEX_INITIALIZER;
/* Held while events are collected, so that no two threads mix up their order. */
static pthread_mutex_t collect_lock = PTHREAD_MUTEX_INITIALIZER;
/* Protects the list of owners, their queues and their handles; innermost. */
static pthread_mutex_t owners_lock = PTHREAD_MUTEX_INITIALIZER;

static struct owner *owners; /* those that run */
static int64_t last_owner_id;
static const struct owner *collector; /* who collects events, under that lock */

static _Thread_local char complaint[512];

/* ---- complaints of the library --------------------------------------------------------------------------------- */

static void keep_complaint(ESteamNetworkingSocketsDebugOutputType type, const char *message)
{
    (void)type;
    snprintf(complaint, sizeof complaint, "%s", message);
}

void owner_forget_complaint(void)
{
    complaint[0] = 0;
}

const char *owner_complaint(const char *instead)
{
    return complaint[0] ? complaint : instead;
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

/*
 * With the owners' lock. An event for which there is no room is lost, as it would be in the library. The first one
 * wakes the owner, which may be waiting on another thread than the one that collects.
 */
static void queue_event(struct owner *self, const struct owner_event *pattern)
{
    struct owner_event *event = self->event_count < MAX_EVENTS ? malloc(sizeof *event) : NULL;

    if (!event)
        return;
    if (self != collector && !self->first_event)
        eventfd_write(self->wakeup, 1);
    *event = *pattern;
    event->next = NULL;
    event->sequence = ++self->last_sequence;
    if (self->last_event)
        self->last_event->next = event;
    else
        self->first_event = event;
    self->last_event = event;
    self->event_count++;
}

static void free_events(struct owner *self)
{
    while (self->first_event) {
        struct owner_event *event = self->first_event;

        self->first_event = event->next;
        free(event);
    }
    self->last_event = NULL;
    self->event_count = 0;
}

static void forget_handle(struct owned_handles *handles, uint32_t handle)
{
    for (size_t i = handles->count; i > 0; i--) {
        if (handles->items[i - 1] == handle) {
            handles->items[i - 1] = handles->items[--handles->count];
            return;
        }
    }
}

static void on_connection_status(SteamNetConnectionStatusChangedCallback_t *change)
{
    struct owner_event event = {
        .connection = change->m_hConn,
        .state = change->m_info.m_eState,
        .old_state = change->m_eOldState,
        .end_reason = change->m_info.m_eEndReason,
    };

    snprintf(event.text, sizeof event.text, "%s", change->m_info.m_szEndDebug);
    pthread_mutex_lock(&owners_lock);
    for (struct owner *owner = owners; owner; owner = owner->next) {
        if (owner->id == change->m_info.m_nUserData) {
            if (event.state == k_ESteamNetworkingConnectionState_None)
                forget_handle(&owner->owned[OWNED_CONNECTION], event.connection);
            queue_event(owner, &event);
            break;
        }
    }
    pthread_mutex_unlock(&owners_lock);
}

static void on_authentication_status(SteamNetAuthenticationStatus_t *status)
{
    struct owner_event event = {.state = status->m_eAvail};

    snprintf(event.text, sizeof event.text, "%s", status->m_debugMsg);
    pthread_mutex_lock(&owners_lock);
    for (struct owner *owner = owners; owner; owner = owner->next)
        queue_event(owner, &event);
    pthread_mutex_unlock(&owners_lock);
}

void owner_collect_events(struct owner *self)
{
    if (!self->running)
        return;
    pthread_mutex_lock(&collect_lock);
    collector = self;
    SteamAPI_ISteamNetworkingSockets_RunCallbacks(SteamNetworkingSockets_LibV12());
    collector = NULL;
    pthread_mutex_unlock(&collect_lock);
}

bool owner_has_events(struct owner *self)
{
    bool has;

    pthread_mutex_lock(&owners_lock);
    has = self->first_event;
    pthread_mutex_unlock(&owners_lock);
    return has;
}

/* Whether anything can be fetched, by whatever owner. */
static bool library_has_something(void)
{
    return Fumarole_Wait(0);
}

/*
 * Not Fumarole_Wait, which is told neither of events that another owner has collected, nor of signals: an interpreter's
 * handler of Ctrl+C only takes a note, which it looks at when the function has returned.
 */
bool owner_wait(struct owner *self, int milliseconds)
{
    struct pollfd descriptors[] = {
        {.fd = Fumarole_GetWaitDescriptor(), .events = POLLIN},
        {.fd = self->wakeup, .events = POLLIN},
    };
    int64_t now = SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(SteamNetworkingUtils_LibV4());
    int64_t deadline = now + milliseconds * INT64_C(1000);

    while (!owner_has_events(self) && !library_has_something()) {
        eventfd_t count;

        if (now >= deadline || poll(descriptors, 2, (int)((deadline - now + 999) / 1000)) < 0)
            return false;
        if (descriptors[1].revents)
            eventfd_read(self->wakeup, &count); /* what woke it is in the queue, or has been taken out already */
        now = SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(SteamNetworkingUtils_LibV4());
    }
    return true;
}

uint64_t owner_last_sequence(struct owner *self)
{
    uint64_t sequence;

    pthread_mutex_lock(&owners_lock);
    sequence = self->last_sequence;
    pthread_mutex_unlock(&owners_lock);
    return sequence;
}

struct owner_event *owner_take_event(struct owner *self, uint64_t until)
{
    struct owner_event *event;

    pthread_mutex_lock(&owners_lock);
    event = self->first_event;
    if (event && event->sequence <= until) {
        self->first_event = event->next;
        if (!self->first_event)
            self->last_event = NULL;
        self->event_count--;
    } else {
        event = NULL;
    }
    pthread_mutex_unlock(&owners_lock);
    return event;
}

/* ---- handles ----------------------------------------------------------------------------------------------------- */

bool owner_reserve(struct owner *self, enum owned_kind kind)
{
    struct owned_handles *handles = &self->owned[kind];
    bool has_room = true;

    pthread_mutex_lock(&owners_lock);
    if (handles->count == handles->capacity) {
        size_t capacity = handles->capacity ? 2 * handles->capacity : 8;
        uint32_t *items = realloc(handles->items, capacity * sizeof *items);

        has_room = items;
        if (items) {
            handles->items = items;
            handles->capacity = capacity;
        }
    }
    pthread_mutex_unlock(&owners_lock);
    return has_room;
}

void owner_add(struct owner *self, enum owned_kind kind, uint32_t handle)
{
    struct owned_handles *handles = &self->owned[kind];

    pthread_mutex_lock(&owners_lock);
    handles->items[handles->count++] = handle;
    pthread_mutex_unlock(&owners_lock);
}

void owner_remove(struct owner *self, enum owned_kind kind, uint32_t handle)
{
    pthread_mutex_lock(&owners_lock);
    forget_handle(&self->owned[kind], handle);
    pthread_mutex_unlock(&owners_lock);
}

static void close_everything(struct owner *self)
{
    ISteamNetworkingSockets *sockets = SteamNetworkingSockets_LibV12();
    const struct owned_handles *handles = &self->owned[OWNED_LISTEN_SOCKET];

    for (size_t i = 0; i < handles->count; i++)
        SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, handles->items[i]);
    handles = &self->owned[OWNED_CONNECTION];
    for (size_t i = 0; i < handles->count; i++)
        SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, handles->items[i], CLOSED_BY_LIBRARY, NULL, false);
    handles = &self->owned[OWNED_POLL_GROUP];
    for (size_t i = 0; i < handles->count; i++)
        SteamAPI_ISteamNetworkingSockets_DestroyPollGroup(sockets, handles->items[i]);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static bool start_library(const SteamNetworkingIdentity *identity, char *error)
{
    ISteamNetworkingUtils *utils = SteamNetworkingUtils_LibV4();

    if (!GameNetworkingSockets_Init(identity, error))
        return false;
    SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction(utils, k_ESteamNetworkingSocketsDebugOutputType_Warning,
                                                          keep_complaint);
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils, on_connection_status);
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetAuthenticationStatusChanged(utils,
                                                                                         on_authentication_status);
    return true;
}

/* The functions go too, so that the next start is told nothing that was before it. */
static void stop_library(void)
{
    ISteamNetworkingUtils *utils = SteamNetworkingUtils_LibV4();

    GameNetworkingSockets_Kill();
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils, NULL);
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetAuthenticationStatusChanged(utils, NULL);
}

/* Whether the library, which runs, runs under this name. */
static bool has_identity(const SteamNetworkingIdentity *identity)
{
    SteamNetworkingIdentity own;

    return SteamAPI_ISteamNetworkingSockets_GetIdentity(SteamNetworkingSockets_LibV12(), &own) &&
           SteamAPI_SteamNetworkingIdentity_IsEqualTo(&own, identity);
}

/* Opens what wakes an owner that waits; false if that cannot be had. */
static bool open_wakeup(struct owner *self, char *error)
{
    self->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (self->wakeup < 0)
        snprintf(error, k_cchMaxSteamNetworkingErrMsg, "no descriptor can be had: %s", strerror(errno));
    return self->wakeup >= 0;
}

bool owner_start(struct owner *self, const SteamNetworkingIdentity *identity, bool is_demanded, char *error)
{
    bool started = true;

    pthread_mutex_lock(&life_lock);
    if (!owners) {
        started = open_wakeup(self, error);
        if (started && !start_library(identity, error)) {
            close(self->wakeup);
            started = false;
        }
    } else if (is_demanded && !has_identity(identity)) {
        snprintf(error, k_cchMaxSteamNetworkingErrMsg, "the library already runs in this process, as somebody else");
        started = false;
    } else if (!self->running) {
        started = open_wakeup(self, error);
    }
    if (started && !self->running) {
        pthread_mutex_lock(&owners_lock);
        self->id = ++last_owner_id;
        self->running = true;
        self->next = owners;
        owners = self;
        pthread_mutex_unlock(&owners_lock);
    }
    pthread_mutex_unlock(&life_lock);
    return started;
}

void owner_stop(struct owner *self)
{
    bool last;

    if (!self->running)
        return;
    pthread_mutex_lock(&life_lock);
    pthread_mutex_lock(&owners_lock);
    for (struct owner **link = &owners; *link; link = &(*link)->next) {
        if (*link == self) {
            *link = self->next;
            break;
        }
    }
    last = !owners;
    self->running = false;
    pthread_mutex_unlock(&owners_lock);
    /* From here on nobody else finds this owner. */
    if (last)
        stop_library();
    else
        close_everything(self);
    pthread_mutex_unlock(&life_lock);
    close(self->wakeup);
    free_events(self);
    for (int kind = 0; kind < OWNED_KINDS; kind++) {
        free(self->owned[kind].items);
        self->owned[kind] = (struct owned_handles){0};
    }
}
