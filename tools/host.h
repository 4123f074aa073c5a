/*
 * The program's one use of the library: started, asked to listen or to connect, waited on, stopped. What every
 * subcommand that touches the network has in common is here; what the messages mean is the subcommand's business.
 *
 * One instance in a process, used from the main thread only.
 */
#ifndef TOOLS_HOST_H
#define TOOLS_HOST_H

#include "fumarole/fumarole.h"
#include "tools/exit_code.h"
#include "tools/options.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* --identity, --certificate and so on: read by options_read, heeded by host_start. */
extern const struct option_row host_options[];

/* Starts the library: EXIT_DONE, or another exit code after having complained. Blocks SIGINT, SIGTERM and SIGHUP from
 * here on: host_wait reports them. */
enum exit_code host_start(void);

/* Who we are unless --identity says otherwise; before host_start. */
void host_identify(const char *identity);

/* Says goodbye to whoever is still connected and stops the library. */
void host_stop(void);

ISteamNetworkingSockets *host_sockets(void);
ISteamNetworkingUtils *host_utils(void);

/* Sets a config value for the whole process. False after having complained. */
bool host_set_int(ESteamNetworkingConfigValue value, int32_t to);
bool host_set_float(ESteamNetworkingConfigValue value, float to);

/* A fixed send rate in bytes per second for every connection, and buffers in proportion. */
bool host_set_rate(int64_t bytes_per_second);

/* Receives each change of state of a connection that host_connect is not busy with; called inside host_wait. */
typedef void (*host_change_function)(const SteamNetConnectionStatusChangedCallback_t *change);
void host_on_change(host_change_function function);

/* Receives each message of the connections accepted or connected here; called inside host_wait, which releases it. */
typedef void (*host_message_function)(const SteamNetworkingMessage_t *message);
void host_on_message(host_message_function function);

/* Listens on an address as address_local understands it. *bound is what it became. EXIT_DONE, or another exit code
 * after having complained. */
enum exit_code host_listen(const char *text, SteamNetworkingIPAddr *bound);

/* "listening on 127.0.0.1:27015", the line that scripts wait for. */
void host_announce(FILE *stream, const SteamNetworkingIPAddr *bound);

/* Accepts a connection that is Connecting and takes its messages. Closes it if that fails. */
bool host_accept(HSteamNetConnection connection);

/* Connects to an address as address_remote understands it, trying each address of a name. Returns EXIT_DONE with the
 * connection, or another exit code after having complained. */
enum exit_code host_connect(const char *text, HSteamNetConnection *connection);

/* Begins to connect to a numeric address, without waiting; what becomes of it comes to host_on_change's function. 0
 * after having complained. */
HSteamNetConnection host_connect_begin(const char *text);

/* Closes a connection; the peer is told the reason (1000 to 2999) and the text. */
void host_close(HSteamNetConnection connection, int reason, const char *text);

/* What host_wait found, a sum of these; 0 if the time was up or only the network had something. */
enum host_event {
    HOST_INPUT = 1, /* the descriptor can be read, or has ended */
    HOST_STOP = 2,  /* SIGINT, SIGTERM or SIGHUP; once each */
};

/*
 * Sleeps until something happens: messages, callbacks, input on a descriptor (-1: none), a signal, or the time is up
 * (negative: never). Then delivers the callbacks and messages there are.
 */
unsigned host_wait(int milliseconds, int descriptor);

/*
 * Sends on lane 0, with k_nSteamNetworkingSend_* flags. Where the send buffer is full, waits for room, delivering what
 * comes meanwhile; not to be called from the functions above. EXIT_DONE, EXIT_UNDONE if the connection has ended (no
 * complaint is made), EXIT_INTERRUPTED.
 */
enum exit_code host_send(HSteamNetConnection connection, const void *data, uint32_t size, int flags);

/* Sends a text reliably if there is room for it at once. */
bool host_send_text(HSteamNetConnection connection, const char *text);

/* Waits until everything reliable that was sent has been acknowledged. False if the connection or the time ended. */
bool host_drain(HSteamNetConnection connection, double seconds);

/* Why a connection is over, for people: "timed out", "closed by the peer: bye (1000)". */
enum { HOST_REASON_SIZE = 256 };
const char *host_reason(const SteamNetConnectionInfo_t *info, char text[HOST_REASON_SIZE]);

#endif
