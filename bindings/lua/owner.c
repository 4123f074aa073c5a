#include "owner.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* With the owners' lock. An event for which there is no room is lost, as it would be in the library. */
static void queue_event(struct owner *self, const struct owner_event *pattern)
{
    struct owner_event *event = self->event_count < MAX_EVENTS ? malloc(sizeof *event) : NULL;

    if (!event)
        return;
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
    SteamAPI_ISteamNetworkingSockets_RunCallbacks(SteamNetworkingSockets_LibV12());
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

bool owner_start(struct owner *self, const SteamNetworkingIdentity *identity, char *error)
{
    bool started = true;

    if (self->running)
        return true;
    pthread_mutex_lock(&life_lock);
    if (!owners) {
        started = start_library(identity, error);
    } else if (identity && !has_identity(identity)) {
        snprintf(error, k_cchMaxSteamNetworkingErrMsg, "the library already runs in this process, as somebody else");
        started = false;
    }
    if (started) {
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
    free_events(self);
    for (int kind = 0; kind < OWNED_KINDS; kind++) {
        free(self->owned[kind].items);
        self->owned[kind] = (struct owned_handles){0};
    }
}

bool owner_is_alone(const struct owner *self)
{
    bool alone;

    pthread_mutex_lock(&owners_lock);
    alone = owners == self && !self->next;
    pthread_mutex_unlock(&owners_lock);
    return alone;
}
