/*
 * Starting and stopping the library, whose thread does its work, and the hooks that act on the whole process.
 *
 * The order of a program's life: hooks that must come first (allocator, manual poll mode, local mode), then
 * GameNetworkingSockets_Init, then everything else, then GameNetworkingSockets_Kill. The cycle may be repeated.
 *
 * fork: the library goes on in the parent. A child that was forked while it ran shares its sockets but has none of its
 * threads. It may exit, or execute another program, which inherits no descriptor; neither disturbs the parent. In it
 * GameNetworkingSockets_Init fails and says so, GameNetworkingSockets_Kill does nothing, and no other function may be
 * called. A process that is to use the library itself is forked before it is started, or after it has been stopped.
 */
#ifndef FUMAROLE_LIBRARY_H
#define FUMAROLE_LIBRARY_H

#include <stdarg.h>

#include "fumarole/types.h"

FUMAROLE_BEGIN_DECLS

/* ------------------------------------------------------------------------------------------------ start and stop */

/*
 * Starts the library: from here on the accessors return interfaces, and, except in manual poll mode, service threads
 * run.
 *
 * identity  who this host is; copied. Null or of invalid type: the anonymous localhost identity, printed as "ip:::1".
 * error     null, or a buffer of k_cchMaxSteamNetworkingErrMsg (1024) bytes, written only on failure.
 *
 * Returns true when the library runs. When it was running already nothing changes, a message of type Bug is reported
 * and the result is true. False when the identity is malformed, or when sockets, threads or memory cannot be had;
 * nothing is left behind then, and another attempt is allowed. Not to be called at the same time as itself or
 * GameNetworkingSockets_Kill.
 */
FUMAROLE_API bool GameNetworkingSockets_Init(const SteamNetworkingIdentity *identity, char *error);

/*
 * Stops the library. Every connection is closed with reason 2999 (the last of the application's exceptional range,
 * fixed by the interface), of which the peer is told once; listen sockets, poll groups and message sessions end;
 * callbacks that wait to be delivered are lost; signaling objects are released; the debug output function is forgotten.
 * Messages that the application holds stay valid and must still be released. Interface pointers are invalid afterwards,
 * except that of ISteamNetworkingUtils. Does nothing when the library is not running.
 *
 * No other call may be in progress on any thread. A callback that RunCallbacks calls may call it: that run then calls
 * nothing more.
 */
FUMAROLE_API void GameNetworkingSockets_Kill(void);

/* ---------------------------------------------------------------------------------------------- who does the work */

/*
 * Chooses between service threads (false, the default) and the application's own thread (true). True stops the service
 * threads or keeps the next Init from starting them; nothing is then sent, received or timed out except in
 * SteamNetworkingSockets_Poll and Fumarole_Wait, or as part of a send. False starts the threads if the library runs.
 * Repeating the current value does nothing. Any thread, also before Init; the value survives Kill. A thread that is in
 * Fumarole_Wait when it becomes true takes up the work only when something else wakes it.
 */
FUMAROLE_API void SteamNetworkingSockets_SetManualPollMode(bool manual);

/*
 * Manual poll mode: does all network work that is due on the calling thread, waiting for the first of it up to
 * max_wait_milliseconds (0: do not wait; negative: without limit). Returns early when something happened. Outside
 * manual poll mode, or before Init, it reports a message of type Bug and returns. One thread at a time.
 */
FUMAROLE_API void SteamNetworkingSockets_Poll(int max_wait_milliseconds);

/*
 * Sets a function that every service thread calls once when it starts, for example to give itself a priority. Null
 * removes it. Must be set before Init; a thread that runs already does not call it.
 */
FUMAROLE_API void SteamNetworkingSockets_SetServiceThreadInitCallback(void (*callback)(void));

/*
 * Hooks that watch a lock around the whole library. This library has no such lock on the path of data, and these
 * settings are kept without effect: the threshold (microseconds) is never reached and the functions, which would
 * receive a tag and a duration in microseconds, are never called. Any thread, any time.
 */
FUMAROLE_API void SteamNetworkingSockets_SetLockWaitWarningThreshold(SteamNetworkingMicroseconds threshold);
FUMAROLE_API void SteamNetworkingSockets_SetLockAcquiredCallback(void (*callback)(const char *tag,
                                                                                  SteamNetworkingMicroseconds waited));
FUMAROLE_API void SteamNetworkingSockets_SetLockHeldCallback(void (*callback)(const char *tag,
                                                                              SteamNetworkingMicroseconds held));

/* -------------------------------------------------------------------------------------------------------- memory */

/*
 * Replaces malloc, free and realloc for everything the library itself allocates. The three functions must behave like
 * their namesakes, be callable from any thread, and not call the library. Three null pointers restore the C library's.
 * To be called before every other function and at most while the library holds no memory: later calls report a message
 * of type Bug and change nothing.
 */
FUMAROLE_API void SteamNetworkingSockets_SetCustomMemoryAllocator(void *(*allocate)(size_t), void (*release)(void *),
                                                                  void *(*resize)(void *, size_t));

/* --------------------------------------------------------------------------------------------------- diagnostics */

/*
 * Sets a function that sees diagnostic messages before they are formatted, in place of the default one, which formats
 * them and passes them to the function of SetDebugOutputFunction. level is the highest type that it is called for
 * (k_ESteamNetworkingSocketsDebugOutputType_*, 0 to 8). Null restores the default. Any thread, any time.
 *
 * The function receives: the type; whether `message` is a printf format for `arguments` (otherwise it is the text
 * itself); the source file and line, or null and 0; message; arguments. It runs on any thread, possibly with locks
 * held, and must not call the library, except for the default handler below.
 */
FUMAROLE_API void SteamNetworkingSockets_SetPreFormatDebugOutputHandler(
    ESteamNetworkingSocketsDebugOutputType level,
    void (*handler)(ESteamNetworkingSocketsDebugOutputType type, bool is_format, const char *file, int line,
                    const char *message, va_list arguments));

/* The default of the above, for a handler that wants to pass a message on. Same parameters. */
FUMAROLE_API void SteamNetworkingSockets_DefaultPreFormatDebugOutputHandler(ESteamNetworkingSocketsDebugOutputType type,
                                                                            bool is_format, const char *file, int line,
                                                                            const char *message, va_list arguments);

FUMAROLE_END_DECLS

#endif
