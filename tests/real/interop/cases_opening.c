/* What happens before a connection is open, or instead: refusing, waiting, timing out, ciphers, identities, restarts.
 */
#include "cases.h"
#include "traffic.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMED_OUT = k_ESteamNetConnectionEnd_Misc_Timeout, BAD_CRYPT = k_ESteamNetConnectionEnd_Remote_BadCrypt };

/* The end that the peer brought about; text null: any text that is not empty. */
static void check_refused(HSteamNetConnection connection, int reason, const char *text)
{
    const struct link *link = link_of(connection);

    AWAIT(link->state >= STATE_CLOSED_BY_PEER, 15000, "the end was not seen, state %d", link->state);
    CHECK(event_from_to(connection, STATE_CONNECTING, STATE_CLOSED_BY_PEER),
          "state went to %d reason %d, not from 1 to 4", link->state, link->reason);
    CHECK(link->reason == reason, "reason %d instead of %d (%s)", link->reason, reason, link->text);
    CHECK(text ? strcmp(link->text, text) == 0 : link->text[0] != '\0', "the text is (%s) instead of (%s)", link->text,
          text ? text : "anything");
    CHECK(lib.send(lib.sockets, connection, "x", 1, RELIABLE, NULL) == k_EResultNoConnection,
          "a send after the peer's close is not NoConnection");
    figure(" reason=%d", link->reason);
}

/* ---- refusing ---- */

static void reject_it(HSteamNetConnection connection)
{
    CHECK(lib.close(lib.sockets, connection, params->variant, params->text, false),
          "closing an unaccepted connection returned false");
    held = connection;
}

void case_reject(void)
{
    start();
    if (role == SERVER) {
        on_inbound = reject_it;
        open_listener();
        AWAIT(held, 20000, "no client appeared");
        AWAIT(event_from_to(held, STATE_CONNECTING, STATE_NONE), 3000, "no callback from 1 to 0 after rejecting");
    } else {
        HSteamNetConnection connection = begin_connect();

        lib.send(lib.sockets, connection, "early", 5, RELIABLE, NULL);
        check_refused(connection, params->variant ? params->variant : k_ESteamNetConnectionEnd_App_Generic,
                      params->text);
    }
    meet(1);
    leave();
}

/* The client closes while it waits for the server. */
void case_abandon(void)
{
    static const char text[] = "changed my mind";

    start();
    on_inbound = ignore_it;
    if (role == SERVER) {
        open_listener();
        AWAIT(link_count, 10000, "no client appeared");
        shared->side[SERVER].value = 1;
        check_refused(links[0].connection, 1222, text);
        CHECK(lib.accept(lib.sockets, links[0].connection) == k_EResultInvalidState,
              "accepting an abandoned connection is not InvalidState");
    } else {
        HSteamNetConnection connection = begin_connect();

        AWAIT(shared->side[SERVER].value, 10000, "the server saw nothing");
        CHECK(lib.close(lib.sockets, connection, 1222, text, false), "CloseConnection returned false");
    }
    meet(1);
    leave();
}

/* ---- waiting: the server takes its time ---- */

void case_late_accept(void)
{
    start();
    if (role == SERVER) {
        on_inbound = hold_it;
        open_listener();
        AWAIT(held, 10000, "no client appeared");
        pause_ms(1300);
        accept_it(held);
    } else {
        held = begin_connect();
        CHECK(lib.send(lib.sockets, held, "x", 1, NO_DELAY, NULL) == k_EResultIgnored,
              "NoDelay while connecting is not Ignored");
        CHECK(lib.flush(lib.sockets, held) == k_EResultIgnored, "Flush while connecting is not Ignored");
    }
    await_connected(held);
    transfer(held);
    finish(held);
}

/* What the client queued meanwhile arrives. */
void case_early_send(void)
{
    int count = params->count[CLIENT];

    start();
    expect_traffic();
    if (role == SERVER) {
        on_inbound = hold_it;
        open_listener();
        AWAIT(held && shared->side[CLIENT].value, 10000, "no client appeared");
        pause_ms(1200);
        accept_it(held);
        receive_until(held, count, 10);
    } else {
        held = begin_connect();
        send_all(held, 0, count);
        shared->side[CLIENT].value = 1;
        await_connected(held);
    }
    finish(held);
}

/* ---- timing out ---- */

/* A socket that nobody reads, or, with variant 1, a port that nobody has: then the kernel answers with an error. */
static void make_mute_server(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0);

    CHECK(descriptor >= 0 && bind(descriptor, (struct sockaddr *)&address, sizeof(address)) == 0 &&
              getsockname(descriptor, (struct sockaddr *)&address, &length) == 0,
          "no mute socket: %s", strerror(errno));
    if (params->variant)
        close(descriptor);
    shared->port = ntohs(address.sin_port);
    shared->side[SERVER].listening = 1;
}

void case_timeout_initial(void)
{
    start();
    if (role == CLIENT) {
        double began, limit = params->timeout_initial[CLIENT] / 1e3;
        HSteamNetConnection connection;
        const struct link *link;

        make_mute_server();
        began = now();
        connection = begin_connect();
        link = link_of(connection);
        AWAIT(link->state >= STATE_CLOSED_BY_PEER, 8000, "no timeout in 8 s");
        figure(" after_s=%.2f", now() - began);
        CHECK(link->state == STATE_PROBLEM && link->reason == TIMED_OUT, "state %d reason %d (%s)", link->state,
              link->reason, link->text);
        CHECK(now() - began > limit * 0.8 && now() - began < limit + 2.5, "it took %.2f s, %.1f s were set",
              now() - began, limit);
        CHECK(lib.close(lib.sockets, connection, 0, NULL, false), "CloseConnection after the timeout returned false");
    }
    meet(1);
    leave();
}

/* How an attempt ends that fails at the server: a problem there, and the client is told. */
static void check_failed_attempt(HSteamNetConnection connection, int reason)
{
    const struct link *link = link_of(connection);

    AWAIT(link->state >= STATE_CONNECTED, 15000, "no end in 15 s, state %d", link->state);
    figure(" %s_state=%d %s_reason=%d", role_name[role], link->state, role_name[role], link->reason);
    CHECK(link->reason == reason, "state %d reason %d (%s)", link->state, link->reason, link->text);
    CHECK(link->state == (role == SERVER ? STATE_PROBLEM : STATE_CLOSED_BY_PEER), "state %d", link->state);
    meet(1);
    leave();
}

void case_timeout_accept(void)
{
    start();
    on_inbound = ignore_it;
    if (role == SERVER) {
        open_listener();
        AWAIT(link_count, 10000, "no client appeared");
        check_failed_attempt(links[0].connection, TIMED_OUT);
    }
    check_failed_attempt(begin_connect(), TIMED_OUT);
}

/* ---- ciphers ---- */

/* What both sides agree on: 1 is none, 2 is AES-GCM, 0 is nothing in common (api-contract 6.4). */
static int common_cipher(void)
{
    static const int preferences[4][2] = {{2, 0}, {2, 1}, {1, 2}, {1, 0}};
    const int *servers = preferences[params->cipher[SERVER]], *clients = preferences[params->cipher[CLIENT]];

    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 2; k++) {
            if (servers[i] && servers[i] == clients[k])
                return servers[i];
        }
    }
    return 0;
}

void case_cipher(void)
{
    int expected = common_cipher();
    EResult result;

    if (expected) {
        HSteamNetConnection connection = open_pair();
        SteamNetConnectionInfo_t info;

        CHECK(lib.info(lib.sockets, connection, &info), "no info");
        CHECK(!!(info.m_nFlags & k_nSteamNetworkConnectionInfoFlags_Unencrypted) == (expected == 1),
              "cipher %d expected, flags are %d", expected, info.m_nFlags);
        figure(" %s_flags=%d", role_name[role], info.m_nFlags);
        transfer(connection);
        finish(connection);
    }
    start();
    if (role == CLIENT)
        check_failed_attempt(begin_connect(), BAD_CRYPT);
    on_inbound = hold_it;
    open_listener();
    AWAIT(held, 8000, "no client appeared");
    result = lib.accept(lib.sockets, held);
    figure(" accept=%d", (int)result);
    CHECK(result == k_EResultHandshakeFailed, "AcceptConnection gave %d", (int)result);
    check_failed_attempt(held, BAD_CRYPT);
}

/* ---- identities ---- */

static void check_own_identity(void)
{
    SteamNetworkingIdentity identity;
    char text[SteamNetworkingIdentity_k_cchMaxString];

    CHECK(lib.get_identity(lib.sockets, &identity), "GetIdentity failed");
    lib.print_identity(&identity, text, sizeof(text));
    CHECK(strcmp(text, params->identity[role] ? params->identity[role] : "ip:::1") == 0, "my own identity is %s", text);
}

/* The peer's address, in text form. */
static void check_address(const SteamNetConnectionInfo_t *info, char *text, uint32 size)
{
    char expected[64];

    lib.print_address(&info->m_addrRemote, text, size, true);
    if (role == CLIENT) {
        snprintf(expected, sizeof(expected), "127.0.0.1:%d", shared->port);
        CHECK(strcmp(text, expected) == 0, "the server's address is %s instead of %s", text, expected);
        CHECK(info->m_hListenSocket == 0, "the client's connection has listen socket %u", info->m_hListenSocket);
    } else {
        CHECK(strncmp(text, "127.0.0.1:", 10) == 0 && info->m_addrRemote.m_port, "the client's address is %s", text);
        CHECK(info->m_hListenSocket == listener, "listen socket %u instead of %u", info->m_hListenSocket, listener);
    }
}

static void check_sender(HSteamNetConnection connection, const char *expected)
{
    char text[SteamNetworkingIdentity_k_cchMaxString];
    SteamNetworkingMessage_t *message;

    CHECK(lib.send(lib.sockets, connection, "who", 3, RELIABLE_NOW, NULL) == k_EResultOK, "send failed");
    AWAIT(lib.receive(lib.sockets, connection, &message, 1) == 1, 5000, "no message came");
    lib.print_identity(&message->m_identityPeer, text, sizeof(text));
    CHECK(strcmp(text, expected) == 0, "the message came from %s instead of %s", text, expected);
    lib.release(message);
}

void case_identity(void)
{
    HSteamNetConnection connection = open_pair();
    char seen[SteamNetworkingIdentity_k_cchMaxString], address[64], from_address[80];
    const char *expected;
    SteamNetConnectionInfo_t info;

    CHECK(lib.info(lib.sockets, connection, &info), "no info");
    check_own_identity();
    check_address(&info, address, sizeof(address));
    snprintf(from_address, sizeof(from_address), "ip:%s", address);
    expected = params->identity[!role] ? params->identity[!role] : from_address;
    lib.print_identity(&info.m_identityRemote, seen, sizeof(seen));
    CHECK(strcmp(seen, expected) == 0, "the peer is %s instead of %s", seen, expected);
    CHECK(strcmp(link_of(connection)->identity, expected) == 0, "the callback said %s instead of %s",
          link_of(connection)->identity, expected);
    check_sender(connection, expected);
    figure(" %s_sees=%s %s_flags=%d", role_name[role], seen, role_name[role], info.m_nFlags);
    finish(connection);
}

/* ---- restarts ---- */

/* A server dies without a word and another one takes its port. */
void case_restart_server(void)
{
    const struct link *before, *after;
    HSteamNetConnection connection;
    bool fresh = false;
    double began;

    if (role == SERVER) {
        start();
        open_listener();
        AWAIT(connected_count > 0, 20000, "no client connected");
        if (stage == 0) {
            AWAIT(shared->side[CLIENT].value, 10000, "the client did not say so");
            _exit(EXIT_RESPAWN);
        }
        meet(1);
        leave();
    }
    connection = open_pair();
    before = link_of(connection);
    shared->side[CLIENT].value = 1;
    AWAIT(shared->side[SERVER].listening == 2, 10000, "the second server did not listen");
    began = now();
    after = link_of(begin_connect());
    AWAIT((lib.send(lib.sockets, connection, "still here", 10, RELIABLE_NOW, NULL), usleep(20000),
           fresh = fresh || after->state == STATE_CONNECTED,
           before->state >= STATE_CLOSED_BY_PEER && after->state != STATE_CONNECTING),
          15000, "old state %d, new state %d", before->state, after->state);
    CHECK(fresh && after->state == STATE_CONNECTED, "the new connection ended with state %d reason %d", after->state,
          after->reason);
    figure(" old_state=%d old_reason=%d after_s=%.1f", before->state, before->reason, now() - began);
    meet(1);
    leave();
}

/* The same with the client: it reappears at the server as another one. */
void case_restart_client(void)
{
    start();
    if (role == CLIENT) {
        HSteamNetConnection connection = begin_connect();

        await_connected(connection);
        if (stage == 0)
            _exit(EXIT_RESPAWN);
        shared->side[CLIENT].value = 1;
        meet(1);
        CHECK(link_of(connection)->state == STATE_CONNECTED, "the second client's connection went to state %d",
              link_of(connection)->state);
        leave();
    }
    open_listener();
    AWAIT(shared->side[CLIENT].value, 15000, "the second client did not connect");
    CHECK(link_count == 2, "%d connections instead of 2", link_count);
    lib.send(lib.sockets, links[0].connection, "still here", 10, RELIABLE_NOW, NULL);
    AWAIT(links[0].state >= STATE_CLOSED_BY_PEER, 12000, "the dead client was not noticed");
    figure(" old_state=%d old_reason=%d", links[0].state, links[0].reason);
    CHECK(links[1].state == STATE_CONNECTED, "the live client is in state %d", links[1].state);
    meet(1);
    leave();
}
