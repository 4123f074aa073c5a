#include "api/sockets.h"

#include "api/api_connection.h"
#include "api/listen_socket.h"
#include "api/receive_memory.h"
#include "api/sockets_object.h"
#include "api/thread_batch.h"
#include "api/trust.h"
#include "base/block_cache.h"
#include "crypto/crypto.h"
#include "fumarole/extensions.h"
#include "net/clock.h"
#include "net/os_random.h"
#include "wire/identity.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    WAIT_WITHOUT_DESCRIPTOR_MS = 10, /* how often a wait looks when the process has no descriptor left for it */
};

static struct sockets instance;

/* What programs hold; the first word of a block is what a C++ program takes for its table of functions. */
static struct {
    const void *table;
} faces[SOCKETS_FACE_COUNT];

static int wanted_service_threads; /* 0: the service's default */

static const char shutdown_text[] = "The library is shut down at this end";
static const char reset_text[] = "The identity was reset at this end";

/* ---- faces ------------------------------------------------------------------------------------------------------- */

struct sockets *sockets_instance(void)
{
    return sockets_running(&instance) ? &instance : NULL;
}

bool sockets_running(const struct sockets *self)
{
    return self && atomic_load_explicit(&self->running, memory_order_acquire);
}

void sockets_set_face_table(enum sockets_face face, const void *table)
{
    faces[face].table = table;
}

ISteamNetworkingSockets *sockets_face(enum sockets_face face)
{
    return sockets_running(&instance) ? (ISteamNetworkingSockets *)(void *)&faces[face] : NULL;
}

struct sockets *sockets_from_face(const void *face)
{
    for (int i = 0; i < SOCKETS_FACE_COUNT; i++) {
        if (face == &faces[i])
            return &instance;
    }
    return NULL;
}

/* ---- the configuration's view of our objects --------------------------------------------------------------------- */

/* A connection is held by its lock, everything above it by the wide lock. */
static struct config_node *hold_config(ESteamNetworkingConfigScope scope, intptr_t object)
{
    struct sockets *self = &instance;
    struct listen_socket *listen_socket;
    struct handle_slot *slot;

    if (!sockets_running(self))
        return NULL;
    switch (scope) {
    case k_ESteamNetworkingConfig_SocketsInterface:
        if (sockets_from_face((const void *)object) != self)
            return NULL;
        pthread_mutex_lock(&self->lock);
        return &self->config;
    case k_ESteamNetworkingConfig_ListenSocket:
        pthread_mutex_lock(&self->lock);
        listen_socket = listen_socket_find(self, (HSteamListenSocket)object);
        if (listen_socket)
            return &listen_socket->config;
        pthread_mutex_unlock(&self->lock);
        return NULL;
    case k_ESteamNetworkingConfig_Connection:
        slot = handle_table_lock(&self->handles, (uint32_t)object);
        if (slot && !slot->connection->released)
            return &slot->connection->config;
        handle_slot_unlock(slot);
        return NULL;
    default:
        return NULL;
    }
}

static void release_config(ESteamNetworkingConfigScope scope, intptr_t object, struct config_node *node)
{
    (void)object;
    if (scope == k_ESteamNetworkingConfig_Connection)
        handle_slot_unlock(container_of(node, struct api_connection, config)->slot);
    else
        pthread_mutex_unlock(&instance.lock);
}

/* Locked. */
static void take_up_config(struct api_connection *connection)
{
    microseconds now = clock_now();

    inbox_set_user_data(&connection->inbox, config_user_data(&connection->config));
    api_connection_refresh(connection, now);
    if (!connection->is_pipe)
        api_connection_settle(connection, now);
}

/* With the wide lock: everything below a listen socket, or (NULL) below the interface. */
static void refresh_below(struct sockets *self, struct listen_socket *only)
{
    struct api_connection *connection;

    for (int i = 0; i < LISTEN_SOCKET_LIMIT; i++) {
        struct listen_socket *listen_socket = self->listen_sockets[i];

        if (listen_socket && (!only || listen_socket == only))
            listen_socket_refresh(listen_socket);
    }
    list_for_each_entry(connection, &self->connections, struct api_connection, node)
    {
        if (only && connection->listen_socket != only)
            continue;
        pthread_mutex_lock(&connection->slot->lock);
        take_up_config(connection);
        pthread_mutex_unlock(&connection->slot->lock);
    }
}

static bool matters_to_objects(ESteamNetworkingConfigValue value)
{
    ESteamNetworkingConfigScope scope;

    return config_value_info(value, NULL, &scope) && scope != k_ESteamNetworkingConfig_Global &&
           value != k_ESteamNetworkingConfig_Callback_ConnectionStatusChanged;
}

static void config_changed(struct config_node *node, ESteamNetworkingConfigValue value)
{
    struct sockets *self = &instance;

    if (value == k_EFumaroleConfig_ReceiveMemory)
        receive_memory_configure();
    if (!sockets_running(self) || !matters_to_objects(value))
        return;
    switch (node->scope) {
    case k_ESteamNetworkingConfig_Connection:
        take_up_config(container_of(node, struct api_connection, config));
        break;
    case k_ESteamNetworkingConfig_ListenSocket:
        refresh_below(self, container_of(node, struct listen_socket, config));
        break;
    case k_ESteamNetworkingConfig_SocketsInterface:
        refresh_below(self, NULL);
        break;
    default: /* global: nothing is held */
        pthread_mutex_lock(&self->lock);
        refresh_below(self, NULL);
        pthread_mutex_unlock(&self->lock);
        break;
    }
}

static const struct config_host config_host = {
    .hold = hold_config,
    .release = release_config,
    .changed = config_changed,
};

/* ---- ending everything ------------------------------------------------------------------------------------------- */

/* With the wide lock. `announce`: the application is told of each connection. */
static void end_connection(struct api_connection *connection, const char *text, bool announce)
{
    struct sockets *self = connection->sockets;
    microseconds now = clock_now();
    struct connection_lock lock;
    struct list discarded;

    if (connection_lock_any(self, connection->handle, &lock)) {
        if (!announce)
            connection->released = true;
        /* One that the application let go earlier has said its last word, unless it lingers. */
        api_connection_close(connection, k_ESteamNetConnectionEnd_AppException_Max, text, false, now);
        api_connection_report_end(connection);
        api_connection_release(connection, &discarded);
        connection_settle_and_unlock(&lock, now);
        inbox_release_discarded(&discarded);
    }
    api_connection_remove(connection);
}

void sockets_end_poll_group(struct sockets *self, struct poll_group *group)
{
    uint32_t member;

    pthread_mutex_lock(&group->lock);
    poll_group_end(group);
    while ((member = poll_group_member(group)) != 0) {
        struct handle_slot *slot;

        pthread_mutex_unlock(&group->lock);
        slot = handle_table_lock(&self->handles, member);
        if (slot && slot->connection->inbox.group == group) {
            inbox_set_group(&slot->connection->inbox, NULL, 0);
            api_connection_offer_room(slot->connection);
        }
        handle_slot_unlock(slot);
        pthread_mutex_lock(&group->lock);
    }
    pthread_mutex_unlock(&group->lock);
}

/* With the wide lock. */
static void end_everything(struct sockets *self, const char *text, bool announce)
{
    for (int i = 0; i < LISTEN_SOCKET_LIMIT; i++) {
        if (self->listen_sockets[i])
            listen_socket_shut(self->listen_sockets[i]);
    }
    while (!list_empty(&self->connections))
        end_connection(list_first_entry(&self->connections, struct api_connection, node), text, announce);
    for (int i = 0; i < LISTEN_SOCKET_LIMIT; i++) {
        if (self->listen_sockets[i])
            listen_socket_close(self->listen_sockets[i]);
    }
    for (int i = 0; i < self->groups.used; i++) {
        struct poll_group *group = atomic_load_explicit(&self->groups.groups[i], memory_order_relaxed);

        if (group->handle)
            sockets_end_poll_group(self, group);
    }
    self->era++;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* False: there is no randomness. The parts are there either way. */
static bool init_parts(struct sockets *self)
{
    pthread_mutex_init(&self->lock, NULL);
    handle_table_init(&self->handles, os_random(), HANDLE_LIMIT);
    poll_group_table_init(&self->groups);
    readiness_init(&self->readiness);
    callback_queue_init(&self->callbacks, &self->readiness);
    config_node_init(&self->config, k_ESteamNetworkingConfig_SocketsInterface, config_global());
    list_init(&self->connections);
    hash_table_init(&self->requests);
    memset(self->listen_sockets, 0, sizeof(self->listen_sockets));
    self->endpoint = NULL;
    self->era++;
    block_cache_open();
    return random_secret(os_random(), self->hash_key, sizeof(self->hash_key));
}

/* Not while the service runs callbacks of ours. */
static void destroy_parts(struct sockets *self)
{
    config_node_destroy(&self->config);
    callback_queue_destroy(&self->callbacks);
    readiness_destroy(&self->readiness);
    poll_group_table_destroy(&self->groups);
    handle_table_destroy(&self->handles);
    hash_table_destroy(&self->requests);
    crypto_wipe(self->hash_key, sizeof(self->hash_key));
    pthread_mutex_destroy(&self->lock);
    thread_batch_free_all();
    block_cache_close();
    crypto_release();
}

static void set_log_detail(void)
{
    /* api-contract 2.5: the file's levels 3 to 5 are verbose to everything in the library's own count. */
    int verbosity = log_file_verbosity();

    config_set_default_log_detail(verbosity >= 3 ? verbosity + 3 : 0);
}

/* The operator's word counts more than the program's. */
static int service_threads(void)
{
    const char *text = getenv("FUMAROLE_SERVICE_THREADS");
    char *end = NULL;
    long count = text ? strtol(text, &end, 10) : 0;

    if (text && *text && (*end || count < 1 || count > SERVICE_LOOPS_MAXIMUM)) {
        log_write(LOG_LEVEL_WARNING, "FUMAROLE_SERVICE_THREADS is '%s', not a number from 1 to %d, and ignored", text,
                  SERVICE_LOOPS_MAXIMUM);
        count = 0;
    }
    if (count == 0)
        count = wanted_service_threads;
    return count ? (int)count : service_default_loops();
}

bool sockets_belong_to_parent(void)
{
    return sockets_running(&instance) && instance.process != getpid();
}

bool sockets_start(const SteamNetworkingIdentity *identity, char *error)
{
    struct sockets *self = &instance;
    char reason[SERVICE_ERROR_TEXT] = "out of memory";

    if (sockets_belong_to_parent()) {
        if (error)
            snprintf(error, k_cchMaxSteamNetworkingErrMsg,
                     "The library was running when this process was forked; it can be used only after exec");
        return false;
    }
    if (sockets_running(self)) {
        log_write(LOG_LEVEL_BUG, "GameNetworkingSockets_Init: the library is running already");
        return true;
    }
    if (!identity_is_absent_or_well_formed(identity)) {
        reject_argument("GameNetworkingSockets_Init", "identity", "is malformed");
        if (error)
            snprintf(error, k_cchMaxSteamNetworkingErrMsg, "The identity is malformed");
        return false;
    }
    log_open_file_from_environment();
    set_log_detail();
    receive_memory_configure();
    if (!init_parts(self))
        snprintf(reason, sizeof(reason), "the system gives no random numbers");
    else if (crypto_prepare() && service_start(service_threads(), reason)) {
        if (authentication_start(self, identity)) {
            config_set_host(&config_host);
            self->process = getpid();
            atomic_store_explicit(&self->running, true, memory_order_release);
            log_write(LOG_LEVEL_VERBOSE, "The library is running with %d service threads",
                      service_is_manual() ? 0 : service_loop_count());
            return true;
        }
        authentication_quiesce(self);
        service_stop();
        authentication_stop(self);
    }
    destroy_parts(self);
    log_write(LOG_LEVEL_ERROR, "The library cannot be started: %s", reason);
    log_close_file();
    if (error)
        snprintf(error, k_cchMaxSteamNetworkingErrMsg, "%s", reason);
    return false;
}

void sockets_stop(void)
{
    struct sockets *self = &instance;

    if (!sockets_running(self))
        return;
    atomic_store_explicit(&self->running, false, memory_order_release);
    pthread_mutex_lock(&self->lock);
    end_everything(self, shutdown_text, false);
    pthread_mutex_unlock(&self->lock);
    config_set_host(NULL);
    authentication_quiesce(self);
    service_stop();
    authentication_stop(self);
    destroy_parts(self);
    log_set_output(LOG_LEVEL_NONE, NULL);
    log_close_file();
}

void sockets_reset_identity(struct sockets *self, const SteamNetworkingIdentity *identity)
{
    if (!sockets_running(self))
        return;
    if (!identity_is_absent_or_well_formed(identity)) {
        reject_argument("ResetIdentity", "pIdentity", "is malformed");
        return;
    }
    /* In this order, nothing that is being made with the old identity outlives the change. */
    authentication_reset(self, identity);
    pthread_mutex_lock(&self->lock);
    end_everything(self, reset_text, true);
    pthread_mutex_unlock(&self->lock);
}

/* ---- who we are -------------------------------------------------------------------------------------------------- */

bool sockets_get_identity(struct sockets *self, SteamNetworkingIdentity *identity)
{
    if (!sockets_running(self)) {
        if (identity)
            identity_clear(identity);
        return false;
    }
    if (identity) {
        pthread_mutex_lock(&self->lock);
        *identity = self->endpoint->identity;
        pthread_mutex_unlock(&self->lock);
    }
    return true;
}

ESteamNetworkingAvailability sockets_init_authentication(struct sockets *self)
{
    return sockets_running(self) ? authentication_obtain(self) : k_ESteamNetworkingAvailability_CannotTry;
}

ESteamNetworkingAvailability sockets_get_authentication_status(struct sockets *self,
                                                               SteamNetAuthenticationStatus_t *status)
{
    if (sockets_running(self))
        return authentication_status(self, status);
    if (status) {
        memset(status, 0, sizeof(*status));
        status->m_eAvail = k_ESteamNetworkingAvailability_CannotTry;
        snprintf(status->m_debugMsg, sizeof(status->m_debugMsg), "The library is not running");
    }
    return k_ESteamNetworkingAvailability_CannotTry;
}

bool sockets_get_certificate_request(struct sockets *self, int *size, void *buffer, char *error)
{
    const char *problem = sockets_running(self) ? "The size is missing" : "The library is not running";

    if (sockets_running(self) && size)
        return authentication_request(self, size, buffer, error);
    if (error)
        snprintf(error, k_cchMaxSteamNetworkingErrMsg, "%s", problem);
    reject_argument("GetCertificateRequest", "pcbBlob", "is refused: %s", problem);
    return false;
}

bool sockets_set_certificate(struct sockets *self, const void *data, int size, char *error)
{
    const char *problem = sockets_running(self) ? "There is no certificate" : "The library is not running";

    if (sockets_running(self) && data && size > 0)
        return authentication_install(self, data, size, error);
    if (error)
        snprintf(error, k_cchMaxSteamNetworkingErrMsg, "%s", problem);
    reject_argument("SetCertificate", "pCertificate", "is refused: %s", problem);
    return false;
}

bool sockets_set_local_mode(bool enabled)
{
    if (sockets_running(&instance)) {
        log_write(LOG_LEVEL_WARNING, "SetLocalMode: the library is running already");
        return false;
    }
    trust_set_local_mode(enabled);
    return true;
}

bool sockets_add_trusted_authority(const char *certificate_text, char *error)
{
    bool added;

    if (!trust_add_authority(certificate_text, &added, error)) {
        reject_argument("AddTrustedAuthority", "certificate_text", "is refused");
        return false;
    }
    if (added && sockets_running(&instance))
        authentication_trust_changed(&instance);
    return true;
}

void sockets_set_app_id(uint32 app_id)
{
    trust_set_app_id(app_id);
    if (sockets_running(&instance))
        authentication_app_changed(&instance);
}

/* ---- service, callbacks, waiting --------------------------------------------------------------------------------- */

void sockets_set_manual_poll_mode(bool manual)
{
    if (!service_set_manual(manual))
        log_write(LOG_LEVEL_ERROR, "SetManualPollMode: the service threads cannot be started");
}

void sockets_set_service_thread_init_callback(void (*callback)(void))
{
    service_set_thread_init_callback(callback);
}

bool sockets_set_service_threads(int count)
{
    if (count < 0 || count > SERVICE_LOOPS_MAXIMUM) {
        reject_argument("SetServiceThreads", "count", "%d is not between 0 and %d", count, SERVICE_LOOPS_MAXIMUM);
        return false;
    }
    if (sockets_running(&instance)) {
        log_write(LOG_LEVEL_WARNING, "SetServiceThreads: the library is running already");
        return false;
    }
    wanted_service_threads = count;
    return true;
}

uint64_t sockets_wake_ups(void)
{
    return service_wake_ups();
}

uint64_t sockets_connections_moved(void)
{
    return atomic_load_explicit(&instance.moves, memory_order_relaxed);
}

void sockets_poll(int milliseconds)
{
    if (!service_poll(milliseconds, -1))
        log_write(LOG_LEVEL_BUG, "SteamNetworkingSockets_Poll: not in manual poll mode, or not running");
}

void sockets_run_callbacks(struct sockets *self)
{
    if (sockets_running(self))
        callback_queue_run(&self->callbacks);
}

void sockets_post_callback(struct sockets *self, callback_function function, const void *event, size_t size)
{
    if (sockets_running(self))
        callback_queue_post(&self->callbacks, function, event, size);
}

void sockets_set_direct_status_function(struct sockets *self, callback_function function)
{
    atomic_store(&self->direct_status_function, function);
}

void sockets_note_pending(struct sockets *self, bool pending)
{
    if (pending)
        readiness_add(&self->readiness);
    else
        readiness_remove(&self->readiness);
}

int sockets_wait_descriptor(struct sockets *self)
{
    return sockets_running(self) ? readiness_descriptor(&self->readiness) : -1;
}

int sockets_callback_descriptor(struct sockets *self)
{
    return sockets_running(self) ? callback_queue_descriptor(&self->callbacks) : -1;
}

int sockets_poll_group_descriptor(struct sockets *self, HSteamNetPollGroup handle)
{
    struct poll_group *group = sockets_running(self) ? poll_group_lock(&self->groups, handle) : NULL;
    int descriptor;

    if (!group) {
        reject_argument("GetPollGroupDescriptor", "group", "%u is not a poll group", handle);
        return -1;
    }
    descriptor = wait_handle_open(&group->wait, !list_empty(&group->queue));
    poll_group_unlock(group);
    return descriptor;
}

/* Milliseconds until then, rounded up and fit for poll(). */
static int milliseconds_left(microseconds deadline, microseconds now)
{
    microseconds left = deadline - now;

    if (deadline == TIME_NEVER)
        return -1;
    if (left <= 0)
        return 0;
    return left > 86400 * SECOND ? 86400 * 1000 : (int)((left + MILLISECOND - 1) / MILLISECOND);
}

bool sockets_wait(struct sockets *self, int milliseconds)
{
    microseconds now = clock_now();
    microseconds deadline = milliseconds < 0 ? TIME_NEVER : now + milliseconds * MILLISECOND;
    struct pollfd watched = {.events = POLLIN};

    if (!sockets_running(self))
        return false;
    watched.fd = readiness_descriptor(&self->readiness);
    for (;;) {
        int left = milliseconds_left(deadline, now), patience = left;

        if (watched.fd < 0 && (left < 0 || left > WAIT_WITHOUT_DESCRIPTOR_MS))
            patience = WAIT_WITHOUT_DESCRIPTOR_MS;
        if (service_is_manual()) /* what happens need not come from the network: other threads send in memory, too */
            service_poll(readiness_any(&self->readiness) ? 0 : patience, watched.fd);
        else
            poll(&watched, 1, patience);
        if (readiness_any(&self->readiness))
            return true;
        if (left == 0)
            return false;
        now = clock_now();
    }
}

/* ---- drops ------------------------------------------------------------------------------------------------------- */

static atomic_uint_least64_t drop_totals[DROP_CAUSES];

void drop_totals_count(enum drop_cause cause, uint64_t count)
{
    atomic_fetch_add_explicit(&drop_totals[cause], count, memory_order_relaxed);
}

void drop_totals_add(const struct drop_counters *counters)
{
    for (int cause = 0; cause < DROP_CAUSES; cause++) {
        if (counters->count[cause])
            drop_totals_count((enum drop_cause)cause, counters->count[cause]);
    }
}

void sockets_drop_counters(struct drop_counters *counters)
{
    struct sockets *self = sockets_instance();
    struct api_connection *connection;

    /* With the lock, so that what goes away meanwhile is either in the totals or still listed. */
    if (self)
        pthread_mutex_lock(&self->lock);
    for (int cause = 0; cause < DROP_CAUSES; cause++)
        counters->count[cause] = atomic_load_explicit(&drop_totals[cause], memory_order_relaxed);
    if (!self)
        return;
    for (int i = 0; i < LISTEN_SOCKET_LIMIT; i++) {
        if (self->listen_sockets[i])
            listen_socket_count_drops(self->listen_sockets[i], counters);
    }
    list_for_each_entry(connection, &self->connections, struct api_connection, node)
    {
        pthread_mutex_lock(&connection->slot->lock);
        if (connection->core) {
            const struct drop_counters *drops = &connection_statistics(connection->core, clock_now())->drops;

            for (int cause = 0; cause < DROP_CAUSES; cause++)
                counters->count[cause] += drops->count[cause];
        }
        pthread_mutex_unlock(&connection->slot->lock);
    }
    pthread_mutex_unlock(&self->lock);
}
