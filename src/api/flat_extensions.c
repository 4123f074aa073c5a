/*
 * The exported functions that go beyond the compatible interface (fumarole/extensions.h). They act on the one sockets
 * interface of the process.
 */
#include "api/argument_check.h"
#include "api/process_hooks.h"
#include "api/sockets.h"
#include "fumarole/extensions.h"

#include <stddef.h>
#include <string.h>

/* The interface at present, or NULL with a line in the log. */
static struct sockets *running(const char *function)
{
    struct sockets *sockets = sockets_instance();

    if (!sockets)
        log_write(LOG_LEVEL_BUG, "%s: the library is not running", function);
    return sockets;
}

const char *Fumarole_Version(void)
{
    return FUMAROLE_VERSION;
}

/* ---- waiting -------------------------------------------------------------------------------------------------- */

int Fumarole_GetWaitDescriptor(void)
{
    struct sockets *sockets = running(__func__);

    return sockets ? sockets_wait_descriptor(sockets) : -1;
}

int Fumarole_GetCallbackDescriptor(void)
{
    struct sockets *sockets = running(__func__);

    return sockets ? sockets_callback_descriptor(sockets) : -1;
}

int Fumarole_GetPollGroupDescriptor(HSteamNetPollGroup group)
{
    struct sockets *sockets = running(__func__);

    return sockets ? sockets_poll_group_descriptor(sockets, group) : -1;
}

bool Fumarole_Wait(int timeout_milliseconds)
{
    struct sockets *sockets = running(__func__);

    return sockets && sockets_wait(sockets, timeout_milliseconds);
}

bool Fumarole_SetSendQueueCallback(HSteamNetConnection connection, int low_water_bytes,
                                   FumaroleSendQueueCallback callback, void *context)
{
    struct sockets *sockets = running(__func__);

    return sockets && sockets_set_send_queue_callback(sockets, connection, low_water_bytes, callback, context);
}

/* ---- listening ------------------------------------------------------------------------------------------------ */

HSteamListenSocket Fumarole_CreateListenSocketIPAnyPort(const SteamNetworkingIPAddr *address, int option_count,
                                                        const SteamNetworkingConfigValue_t *options)
{
    struct sockets *sockets = running(__func__);

    if (!sockets || !GIVEN(address))
        return 0;
    return sockets_create_listen_socket_ip_any_port(sockets, address, option_count, options);
}

/* ---- service threads ------------------------------------------------------------------------------------------ */

bool Fumarole_SetServiceThreads(int count)
{
    return sockets_set_service_threads(count);
}

/* ---- trust ---------------------------------------------------------------------------------------------------- */

bool Fumarole_SetLocalMode(bool on)
{
    return sockets_set_local_mode(on);
}

bool Fumarole_AddTrustedAuthority(const char *certificate_text, char error[k_cchMaxSteamNetworkingErrMsg])
{
    process_begins_to_allocate();
    return sockets_add_trusted_authority(certificate_text, error);
}

void Fumarole_SetAppID(uint32 app_id)
{
    sockets_set_app_id(app_id);
}

/* ---- counters ------------------------------------------------------------------------------------------------- */

/* The structure is the caller's, who may know an older or a newer version of it. */
void Fumarole_GetStatistics(struct FumaroleStatistics *statistics)
{
    const size_t head = offsetof(struct FumaroleStatistics, dropped_too_short);
    struct drop_counters drops;
    struct FumaroleStatistics known = {0};
    size_t size;

    if (!GIVEN(statistics))
        return;
    size = statistics->size;
    if (size < head) {
        log_write(LOG_LEVEL_BUG, "%s: statistics->size is %zu", __func__, size);
        return;
    }
    sockets_drop_counters(&drops);
    known.dropped_too_short = drops.count[DROP_TOO_SHORT];
    known.dropped_too_long = drops.count[DROP_TOO_LONG];
    known.dropped_unknown_message = drops.count[DROP_UNKNOWN_MESSAGE];
    known.dropped_malformed = drops.count[DROP_MALFORMED];
    known.dropped_bad_challenge = drops.count[DROP_BAD_CHALLENGE];
    known.dropped_anonymous_refused = drops.count[DROP_ANONYMOUS_REFUSED];
    known.dropped_bad_identity = drops.count[DROP_BAD_IDENTITY];
    known.dropped_wrong_id = drops.count[DROP_WRONG_ID];
    known.dropped_wrong_state = drops.count[DROP_WRONG_STATE];
    known.dropped_duplicate = drops.count[DROP_DUPLICATE_PACKET];
    known.dropped_bad_seal = drops.count[DROP_BAD_SEAL];
    known.dropped_no_connection = drops.count[DROP_NO_CONNECTION];
    known.dropped_bad_credentials = drops.count[DROP_BAD_CREDENTIALS];
    known.dropped_address_limit = drops.count[DROP_ADDRESS_LIMIT];
    known.dropped_total_limit = drops.count[DROP_TOTAL_LIMIT];
    known.dropped_too_many_waiting = drops.count[DROP_TOO_MANY_WAITING];
    known.service_wake_ups = sockets_wake_ups();
    known.connections_moved = sockets_connections_moved();
    known.size = statistics->size;
    if (size > sizeof(known))
        memset((char *)statistics + sizeof(known), 0, size - sizeof(known));
    memcpy(statistics, &known, size < sizeof(known) ? size : sizeof(known));
}
