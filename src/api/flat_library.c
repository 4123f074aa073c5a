/*
 * The exported functions that act on the whole library: start and stop, who does the work, memory, diagnostics
 * (fumarole/library.h).
 */
#include "api/argument_check.h"
#include "api/messages_interface.h"
#include "api/process_hooks.h"
#include "api/sockets.h"
#include "api/vtables.h"
#include "fumarole/library.h"

/* ---- start and stop ------------------------------------------------------------------------------------------- */

bool GameNetworkingSockets_Init(const SteamNetworkingIdentity *identity, char *error)
{
    if (sockets_belong_to_parent())
        return sockets_start(identity, error);
    process_begins_to_allocate();
    sockets_set_face_table(SOCKETS_FACE_CURRENT, &sockets_table.slots);
    sockets_set_face_table(SOCKETS_FACE_THREE_ARGUMENT, &sockets_three_argument_table.slots);
    return sockets_start(identity, error);
}

void GameNetworkingSockets_Kill(void)
{
    if (!sockets_instance() || sockets_belong_to_parent())
        return;
    messages_stop();
    sockets_stop();
    process_set_debug_output(0, NULL);
}

/* ---- who does the work ---------------------------------------------------------------------------------------- */

void SteamNetworkingSockets_SetManualPollMode(bool manual)
{
    sockets_set_manual_poll_mode(manual);
}

void SteamNetworkingSockets_Poll(int max_wait_milliseconds)
{
    sockets_poll(max_wait_milliseconds);
}

void SteamNetworkingSockets_SetServiceThreadInitCallback(void (*callback)(void))
{
    sockets_set_service_thread_init_callback(callback);
}

/* There is no lock around the library that these could watch. */

void SteamNetworkingSockets_SetLockWaitWarningThreshold(SteamNetworkingMicroseconds threshold)
{
    (void)threshold;
}

void SteamNetworkingSockets_SetLockAcquiredCallback(void (*callback)(const char *, SteamNetworkingMicroseconds))
{
    (void)callback;
}

void SteamNetworkingSockets_SetLockHeldCallback(void (*callback)(const char *, SteamNetworkingMicroseconds))
{
    (void)callback;
}

/* ---- memory --------------------------------------------------------------------------------------------------- */

void SteamNetworkingSockets_SetCustomMemoryAllocator(void *(*allocate)(size_t), void (*release)(void *),
                                                     void *(*resize)(void *, size_t))
{
    bool all = allocate && release && resize;
    bool none = !allocate && !release && !resize;

    if (!all && !none)
        log_write(LOG_LEVEL_BUG, "%s: allocate, release and resize must be given together", __func__);
    else if (!process_set_allocator(allocate, release, resize))
        log_write(LOG_LEVEL_BUG, "%s: the library has already allocated memory", __func__);
}

/* ---- diagnostics ---------------------------------------------------------------------------------------------- */

void SteamNetworkingSockets_SetPreFormatDebugOutputHandler(ESteamNetworkingSocketsDebugOutputType level,
                                                           void (*handler)(ESteamNetworkingSocketsDebugOutputType, bool,
                                                                           const char *, int, const char *, va_list))
{
    process_set_preformat_handler((int)level, handler);
}

void SteamNetworkingSockets_DefaultPreFormatDebugOutputHandler(ESteamNetworkingSocketsDebugOutputType type,
                                                               bool is_format, const char *file, int line,
                                                               const char *message, va_list arguments)
{
    if (GIVEN(message))
        log_default_preformat((int)type, is_format, file, line, message, arguments);
}
