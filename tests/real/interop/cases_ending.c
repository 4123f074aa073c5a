/* How connections end: closing with reasons, lingering, closing a listen socket, stopping the library, vanishing. */
#include "cases.h"
#include "traffic.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a handle does that was closed, and how that was reported. */
static void check_released(HSteamNetConnection connection, int reason)
{
    const struct event *event;
    SteamNetConnectionInfo_t info;
    SteamNetworkingMessage_t *message;

    CHECK(!lib.info(lib.sockets, connection, &info), "GetConnectionInfo works on a closed handle");
    CHECK(!lib.close(lib.sockets, connection, 0, NULL, false), "CloseConnection returned true twice");
    CHECK(lib.send(lib.sockets, connection, "x", 1, RELIABLE, NULL) == k_EResultInvalidParam,
          "a send on a closed handle is not InvalidParam");
    CHECK(lib.receive(lib.sockets, connection, &message, 1) == -1, "a receive on a closed handle is not -1");
    AWAIT((event = event_from_to(connection, STATE_CONNECTED, STATE_NONE)), 3000,
          "the callback from state 3 to 0 did not come");
    CHECK(event->reason == reason, "the callback from 3 to 0 names reason %d instead of %d", event->reason, reason);
}

/* What the other side must see after a close; text null: any text that is not empty. */
static void check_closed_by_peer(HSteamNetConnection connection, int reason, const char *text)
{
    const struct link *link = link_of(connection);
    SteamNetConnectionInfo_t info;

    AWAIT(link->state >= STATE_CLOSED_BY_PEER, 8000, "the close was not seen in 8 s");
    CHECK(link->state == STATE_CLOSED_BY_PEER, "state %d reason %d (%s) instead of ClosedByPeer", link->state,
          link->reason, link->text);
    CHECK(link->reason == reason, "reason %d instead of %d (%s)", link->reason, reason, link->text);
    CHECK(text ? strcmp(link->text, text) == 0 : link->text[0] != '\0', "the text is (%s) instead of (%s)", link->text,
          text ? text : "anything");
    CHECK(lib.info(lib.sockets, connection, &info) && (int)info.m_eState == STATE_CLOSED_BY_PEER &&
              info.m_eEndReason == reason && strcmp(info.m_szEndDebug, link->text) == 0,
          "info differs from the callback");
    CHECK(event_from_to(connection, STATE_CONNECTED, STATE_CLOSED_BY_PEER) ||
              event_from_to(connection, STATE_CONNECTING, STATE_CLOSED_BY_PEER),
          "no callback to state 4");
    CHECK(lib.send(lib.sockets, connection, "x", 1, RELIABLE, NULL) == k_EResultNoConnection,
          "a send after the peer's close is not NoConnection");
    figure(" reason=%d", info.m_eEndReason);
}

/* A lost close message is repeated only as an answer to data. */
static void talk_until_closed(HSteamNetConnection connection)
{
    const struct link *link = link_of(connection);

    AWAIT((lib.send(lib.sockets, connection, "anybody there", 13, RELIABLE_NOW, NULL), usleep(20000),
           link->state >= STATE_CLOSED_BY_PEER),
          4800, "the close was not seen in 4.8 s though data was sent");
}

/* ---- closing ---- */

#define TEN          "0123456789"
#define HUNDRED      TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define TEXT_MAXIMUM HUNDRED TEN TEN "0123456" /* 127 bytes (api-contract 8.2) */

static const struct close_way {
    int reason;
    const char *text;
    int seen_reason;
    const char *seen_text; /* NULL: any */
} close_ways[CLOSE_WAYS] = {
    {1234, "see you tomorrow", 1234, "see you tomorrow"},
    {0, NULL, 1000, NULL},
    {2999, "gr\xc3\xbc\xc3\x9f dich", 2999, "gr\xc3\xbc\xc3\x9f dich"},
    {5001, "not for applications", 1999, NULL},
    {2000, "", 2000, NULL},
    {1001, TEXT_MAXIMUM "cut off", 1001, TEXT_MAXIMUM},
};

const char *const close_way_name[CLOSE_WAYS] = {"plain_reason", "no_reason",  "utf8",
                                                "bad_reason",   "empty_text", "long_text"};

void case_close(void)
{
    int closer = params->variant % 2;
    const struct close_way *way = &close_ways[params->variant / 2];
    HSteamNetConnection connection = open_pair();

    meet(1);
    if (role == closer) {
        CHECK(lib.close(lib.sockets, connection, way->reason, way->text, false), "CloseConnection returned false");
        check_released(connection, way->seen_reason);
    } else {
        if (params->loss)
            talk_until_closed(connection);
        check_closed_by_peer(connection, way->seen_reason, way->seen_text);
        CHECK(lib.close(lib.sockets, connection, 0, NULL, false),
              "CloseConnection on a connection closed by the peer returned false");
    }
    meet(2);
    leave();
}

void case_close_both(void)
{
    HSteamNetConnection connection = open_pair();

    meet(1);
    CHECK(lib.close(lib.sockets, connection, 1500 + role, "at once", false), "CloseConnection returned false");
    CHECK(!lib.info(lib.sockets, connection, NULL), "GetConnectionInfo works on a closed handle");
    meet(2);
    pause_ms(300); /* in which nothing may happen any more */
    CHECK(!any_event_from_to_other_than(STATE_CONNECTED, STATE_NONE, STATE_CLOSED_BY_PEER),
          "another state than None and ClosedByPeer was reported after closing");
    meet(3);
    leave();
}

/* Messages that arrived before the close can still be read after it. */
void case_close_unread(void)
{
    int closer = params->variant, count = params->count[closer];
    HSteamNetConnection connection = open_pair();

    if (role == closer) {
        send_all(connection, 0, count);
        AWAIT(outstanding(connection) == 0, 8000, "the messages were not acknowledged");
        lib.close(lib.sockets, connection, 1777, "read on", false);
    } else {
        AWAIT(link_of(connection)->state == STATE_CLOSED_BY_PEER, 10000, "the close was not seen");
        expect_traffic();
        while (receive(connection) > 0)
            ;
        CHECK(arrived_reliably() == count, "%d of %d messages were readable after the close", (int)arrived_reliably(),
              count);
        check_closed_by_peer(connection, 1777, "read on");
    }
    meet(1);
    leave();
}

void case_close_listener(void)
{
    HSteamNetConnection connection = open_pair();
    double began;

    meet(1);
    began = now();
    if (role == SERVER) {
        CHECK(lib.close_listen(lib.sockets, listener), "CloseListenSocket returned false");
        CHECK(!lib.info(lib.sockets, connection, NULL), "the accepted connection survived its listen socket");
        AWAIT(event_from_to(connection, STATE_CONNECTED, STATE_NONE), 3000,
              "no callback to None for the accepted connection");
        CHECK(!lib.close_listen(lib.sockets, listener), "CloseListenSocket returned true twice");
    } else {
        const struct link *link = link_of(connection);

        AWAIT((lib.send(lib.sockets, connection, "x", 1, RELIABLE, NULL), usleep(20000),
               link->state >= STATE_CLOSED_BY_PEER),
              12000, "the client never noticed");
        figure(" client_state=%d client_reason=%d after_s=%.1f", link->state, link->reason, now() - began);
        CHECK(link->state == STATE_CLOSED_BY_PEER || link->reason == k_ESteamNetConnectionEnd_Misc_Timeout,
              "state %d reason %d", link->state, link->reason);
    }
    meet(2);
    leave();
}

/* Stopping the library tells the peer, with reason 2999. */
void case_kill(void)
{
    HSteamNetConnection connection = open_pair();
    double began;

    meet(1);
    if (role != params->variant) {
        check_closed_by_peer(connection, k_ESteamNetConnectionEnd_AppException_Max, NULL);
        shared->side[role].value = 1;
        leave();
    }
    began = now();
    lib.kill();
    figure(" kill_ms=%.0f", (now() - began) * 1e3);
    CHECK(!lib.get_sockets(), "the accessor is not null after Kill");
    while (!shared->side[!role].value && !shared->side[!role].failed)
        usleep(1000);
    exit(0);
}

void case_linger(void)
{
    int closer = params->variant, count = params->count[closer];
    HSteamNetConnection connection = open_pair();

    meet(1);
    if (role == closer) {
        send_all(connection, 0, count);
        CHECK(lib.close(lib.sockets, connection, 1300, "drained", true), "CloseConnection returned false");
        check_released(connection, 1300);
    } else {
        expect_traffic();
        receive_until(connection, count, test->limit - 5);
        if (params->loss)
            talk_until_closed(connection);
        check_closed_by_peer(connection, 1300, "drained");
        figure(" delivered=%d", (int)arrived_reliably());
    }
    meet(2);
    leave();
}

/* ---- vanishing ---- */

void case_vanish(void)
{
    int victim = params->variant % 2;
    double limit = params->timeout_connected / 1e3, began;
    HSteamNetConnection connection = open_pair();
    const struct link *link = link_of(connection);
    SteamNetworkingMessage_t *message;

    CHECK(lib.send(lib.sockets, connection, "hello", 5, RELIABLE_NOW, NULL) == k_EResultOK, "send failed");
    AWAIT(lib.receive(lib.sockets, connection, &message, 1) == 1, 5000, "the first message did not come");
    lib.release(message);
    meet(1);
    if (role == victim) {
        shared->side[role].stopped = true;
        raise(params->variant & VANISH_KILLED ? SIGKILL : SIGSTOP);
        _exit(0);
    }
    began = now();
    CHECK(lib.send(lib.sockets, connection, "are you there", 13, RELIABLE_NOW, NULL) == k_EResultOK, "send failed");
    AWAIT(link->state >= STATE_CLOSED_BY_PEER, 15000, "the disappearance was not noticed in 15 s");
    figure(" after_s=%.1f", now() - began);
    CHECK(link->state == STATE_PROBLEM && link->reason == k_ESteamNetConnectionEnd_Misc_Timeout,
          "state %d reason %d (%s)", link->state, link->reason, link->text);
    CHECK(now() - began > limit * 0.75 && now() - began < limit + 6, "it took %.1f s, %.1f s were set", now() - began,
          limit);
    leave();
}
