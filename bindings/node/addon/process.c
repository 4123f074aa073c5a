#include "process.h"

#include "ownership.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { REASON_LIBRARY_STOPS = 2999 }; /* what the library's own end tells the peers */

struct process_member {
    struct process_member *next;
    struct ownership_list owned;
    struct process_event *first_event, **last_event;
    int descriptor; /* -1: not asked for */
    bool signalled;
};

/*
 * Taken in this order. `life` is held while the library starts and stops. `sorting` is held while something is made and
 * while callbacks run, so that an event finds its owner and events keep their order whoever runs them. `table` guards
 * the members, their queues and the ownership.
 */
static pthread_mutex_t life = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t sorting = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;

static struct process_member *members;
static uint64_t run_number = 1; /* of the run of callbacks that was last begun */
static size_t closed_entries;   /* listen sockets and poll groups in the table that are closed */

static ISteamNetworkingSockets *sockets(void)
{
    return SteamAPI_SteamNetworkingSockets_SteamAPI_v012();
}

static ISteamNetworkingUtils *utils(void)
{
    return SteamAPI_SteamNetworkingUtils_SteamAPI_v004();
}

/* ---- the queues ---------------------------------------------------------------------------------------------- */

static void set_signal(struct process_member *member, bool signalled)
{
    uint64_t value = 1;

    if (member->descriptor < 0 || member->signalled == signalled)
        return;
    if (signalled)
        member->signalled = write(member->descriptor, &value, sizeof(value)) == sizeof(value);
    else
        member->signalled = read(member->descriptor, &value, sizeof(value)) != sizeof(value);
}

/* With the table locked. An event for which there is no memory is lost, as it would be inside the library. */
static void post(struct process_member *member, const struct process_event *event)
{
    struct process_event *copy = malloc(sizeof(*copy));

    if (!copy)
        return;
    *copy = *event;
    copy->next = NULL;
    *member->last_event = copy;
    member->last_event = &copy->next;
    set_signal(member, true);
}

static void post_to_all(const struct process_event *event)
{
    pthread_mutex_lock(&table);
    for (struct process_member *member = members; member; member = member->next)
        post(member, event);
    pthread_mutex_unlock(&table);
}

struct process_event *process_take_events(struct process_member *member)
{
    struct process_event *first;

    pthread_mutex_lock(&table);
    first = member->first_event;
    member->first_event = NULL;
    member->last_event = &member->first_event;
    set_signal(member, false);
    pthread_mutex_unlock(&table);
    return first;
}

int process_event_descriptor(struct process_member *member)
{
    pthread_mutex_lock(&table);
    if (member->descriptor < 0) {
        member->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (member->first_event)
            set_signal(member, true);
    }
    pthread_mutex_unlock(&table);
    return member->descriptor;
}

/* ---- what the library calls, inside process_run_callbacks ------------------------------------------------------ */

static void on_status(SteamNetConnectionStatusChangedCallback_t *status)
{
    struct process_event event = {.type = PROCESS_EVENT_STATUS, .status = *status};
    struct ownership *entry;
    struct process_member *owner = NULL;

    pthread_mutex_lock(&table);
    entry = ownership_find(PROCESS_CONNECTION, status->m_hConn);
    if (entry) {
        owner = entry->owner;
    } else if (status->m_info.m_hListenSocket) { /* it came in: whoever listens owns it */
        entry = ownership_find(PROCESS_LISTEN_SOCKET, status->m_info.m_hListenSocket);
        owner = entry ? entry->owner : NULL;
        if (owner && status->m_info.m_eState != k_ESteamNetworkingConnectionState_None)
            ownership_add(owner, &owner->owned, PROCESS_CONNECTION, status->m_hConn);
    }
    if (owner)
        post(owner, &event);
    entry = ownership_find(PROCESS_CONNECTION, status->m_hConn);
    if (entry && status->m_info.m_eState == k_ESteamNetworkingConnectionState_None)
        ownership_remove(&entry->owner->owned, entry);
    pthread_mutex_unlock(&table);
}

static void on_drained(HSteamNetConnection connection, int pending_bytes, void *context)
{
    struct process_event event = {.type = PROCESS_EVENT_DRAINED,
                                  .drained = {.connection = connection, .pending_bytes = pending_bytes}};
    struct ownership *entry;

    (void)context;
    pthread_mutex_lock(&table);
    entry = ownership_find(PROCESS_CONNECTION, connection);
    if (entry)
        post(entry->owner, &event);
    pthread_mutex_unlock(&table);
}

static void on_authentication(SteamNetAuthenticationStatus_t *status)
{
    post_to_all(&(struct process_event){.type = PROCESS_EVENT_AUTHENTICATION, .authentication = *status});
}

static void on_relay(SteamRelayNetworkStatus_t *status)
{
    post_to_all(&(struct process_event){.type = PROCESS_EVENT_RELAY, .relay = *status});
}

/* What is left of closed listen sockets and poll groups, once nothing more can come about them. */
static void forget_closed(void)
{
    if (!closed_entries)
        return;
    for (struct process_member *member = members; member; member = member->next) {
        for (struct ownership *entry = member->owned.first, *next; entry; entry = next) {
            next = entry->next;
            if (entry->kind != PROCESS_CONNECTION && entry->closed_in && entry->closed_in < run_number) {
                ownership_remove(&member->owned, entry);
                closed_entries--;
            }
        }
    }
}

void process_run_callbacks(void)
{
    pthread_mutex_lock(&sorting);
    pthread_mutex_lock(&table);
    run_number++;
    pthread_mutex_unlock(&table);
    SteamAPI_ISteamNetworkingSockets_RunCallbacks(sockets());
    pthread_mutex_lock(&table);
    forget_closed();
    pthread_mutex_unlock(&table);
    pthread_mutex_unlock(&sorting);
}

bool process_watch_send_queue(HSteamNetConnection connection, int low_water_bytes)
{
    if (low_water_bytes < 0)
        return Fumarole_SetSendQueueCallback(connection, 0, NULL, NULL);
    return Fumarole_SetSendQueueCallback(connection, low_water_bytes, on_drained, NULL);
}

/* ---- owning -------------------------------------------------------------------------------------------------- */

void process_making(void)
{
    pthread_mutex_lock(&sorting);
}

void process_made(struct process_member *member, enum process_kind kind, uint32_t handle)
{
    if (handle) {
        pthread_mutex_lock(&table);
        ownership_add(member, &member->owned, kind, handle);
        pthread_mutex_unlock(&table);
    }
    pthread_mutex_unlock(&sorting);
}

void process_disown(enum process_kind kind, uint32_t handle)
{
    struct ownership *entry;

    pthread_mutex_lock(&table);
    entry = ownership_find(kind, handle);
    if (entry && !entry->closed_in) {
        entry->closed_in = run_number;
        if (kind != PROCESS_CONNECTION) /* the entry of a connection goes with the event that ends it */
            closed_entries++;
    }
    pthread_mutex_unlock(&table);
}

bool process_owns(struct process_member *member, enum process_kind kind, uint32_t handle)
{
    struct ownership *entry;
    bool owns;

    pthread_mutex_lock(&table);
    entry = ownership_find(kind, handle);
    owns = entry && entry->owner == member && !entry->closed_in;
    pthread_mutex_unlock(&table);
    return owns;
}

size_t process_owned(struct process_member *member, enum process_kind kind, uint32_t *handles, size_t capacity)
{
    size_t count = 0;

    pthread_mutex_lock(&table);
    for (const struct ownership *entry = member->owned.first; entry; entry = entry->next) {
        if (entry->kind != kind || entry->closed_in)
            continue;
        if (count < capacity)
            handles[count] = entry->handle;
        count++;
    }
    pthread_mutex_unlock(&table);
    return count;
}

/* ---- joining and leaving ------------------------------------------------------------------------------------- */

/*
 * process.exit and errors that nobody catches end the main thread without the hooks of its environment. The peers are
 * to hear of it all the same. Node has ended the workers by then, so that nobody uses the library any more.
 */
static void stop_at_exit(void)
{
    if (pthread_mutex_trylock(&life) != 0)
        return;
    if (members)
        GameNetworkingSockets_Kill();
    pthread_mutex_unlock(&life);
}

static bool start_library(const SteamNetworkingIdentity *identity, AppId_t app_id, char *error)
{
    static bool stops_at_exit; /* registered after the library's own, to come before it */
    SteamNetworkingErrMsg message = "";

    Fumarole_SetAppID(app_id);
    if (!GameNetworkingSockets_Init(identity, message)) {
        memcpy(error, message, sizeof(message));
        return false;
    }
    stops_at_exit = stops_at_exit || atexit(stop_at_exit) == 0;
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils(), on_status);
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetAuthenticationStatusChanged(utils(), on_authentication);
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamRelayNetworkStatusChanged(utils(), on_relay);
    return true;
}

struct process_member *process_join(const SteamNetworkingIdentity *identity, AppId_t app_id,
                                    char error[k_cchMaxSteamNetworkingErrMsg])
{
    struct process_member *member = calloc(1, sizeof(*member));

    if (!member) {
        snprintf(error, k_cchMaxSteamNetworkingErrMsg, "out of memory");
        return NULL;
    }
    member->last_event = &member->first_event;
    member->descriptor = -1;
    pthread_mutex_lock(&life);
    if (!members && !start_library(identity, app_id, error)) {
        pthread_mutex_unlock(&life);
        free(member);
        return NULL;
    }
    pthread_mutex_lock(&table);
    member->next = members;
    members = member;
    pthread_mutex_unlock(&table);
    pthread_mutex_unlock(&life);
    return member;
}

static void close_handle(enum process_kind kind, uint32_t handle)
{
    switch (kind) {
    case PROCESS_CONNECTION:
        SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets(), handle, REASON_LIBRARY_STOPS, NULL, false);
        break;
    case PROCESS_LISTEN_SOCKET:
        SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets(), handle);
        break;
    case PROCESS_POLL_GROUP:
        SteamAPI_ISteamNetworkingSockets_DestroyPollGroup(sockets(), handle);
        break;
    }
}

/* Connections first: they go with their listen socket, but then with a reason of another meaning. */
static void close_all(struct process_member *member)
{
    static const enum process_kind order[] = {PROCESS_CONNECTION, PROCESS_LISTEN_SOCKET, PROCESS_POLL_GROUP};

    for (size_t kind = 0; kind < sizeof(order) / sizeof(order[0]); kind++) {
        for (const struct ownership *entry = member->owned.first; entry; entry = entry->next) {
            if (entry->kind == order[kind] && !entry->closed_in)
                close_handle(entry->kind, entry->handle);
        }
    }
}

static void free_member(struct process_member *member)
{
    while (member->owned.first) {
        closed_entries -= member->owned.first->kind != PROCESS_CONNECTION && member->owned.first->closed_in;
        ownership_remove(&member->owned, member->owned.first);
    }
    while (member->first_event) {
        struct process_event *event = member->first_event;

        member->first_event = event->next;
        free(event);
    }
    if (member->descriptor >= 0)
        close(member->descriptor);
    free(member);
}

/*
 * Callbacks are sorted once more in between, so that what came in without anybody having noticed yet is closed as well,
 * and cannot find an owner who is gone.
 */
void process_leave(struct process_member *member)
{
    struct process_member **link = &members;

    if (!member)
        return;
    pthread_mutex_lock(&life);
    if (members == member && !member->next) {
        pthread_mutex_lock(&sorting);
        GameNetworkingSockets_Kill();
        pthread_mutex_unlock(&sorting);
    } else {
        pthread_mutex_lock(&sorting);
        SteamAPI_ISteamNetworkingSockets_RunCallbacks(sockets());
        pthread_mutex_lock(&table);
        close_all(member);
        pthread_mutex_unlock(&table);
        SteamAPI_ISteamNetworkingSockets_RunCallbacks(sockets());
        pthread_mutex_unlock(&sorting);
    }
    pthread_mutex_lock(&table);
    while (*link != member)
        link = &(*link)->next;
    *link = member->next;
    free_member(member);
    pthread_mutex_unlock(&table);
    pthread_mutex_unlock(&life);
}

int process_members(void)
{
    int count = 0;

    pthread_mutex_lock(&table);
    for (const struct process_member *member = members; member; member = member->next)
        count++;
    pthread_mutex_unlock(&table);
    return count;
}
