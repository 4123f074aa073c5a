/* Paths that take only small packets, and clients whose address changes. */
#include "cases.h"

#include "relay.h"
#include "traffic.h"

enum { MESSAGES = 40 /* of each phase */ };

/* Whether the library of that side does what a case is about; others need not. */
static bool able(int side)
{
    shared->side[role].value = flat_has("Fumarole_Wait");
    meet(1);
    return shared->side[side].value;
}

static void through_relay(void)
{
    connect_port = relay_open(shared->port);
}

static HSteamNetConnection open_through_relay(void)
{
    on_server_there = through_relay;
    return open_pair();
}

/* One side sends this phase's messages, the other one waits for them. */
static void send_phase(HSteamNetConnection connection, int sender, int phase)
{
    if (role == sender) {
        for (int i = 0; i < MESSAGES; i++)
            AWAIT(send_one(connection, 0, (int64_t)phase * MESSAGES + i + 1), 15000, "the send buffer stayed full");
        AWAIT(outstanding(connection) == 0, 15000, "phase %d is not through: %d bytes", phase, outstanding(connection));
    } else {
        receive_until(connection, (int64_t)(phase + 1) * MESSAGES, 15);
    }
}

void case_narrow_path(void)
{
    static const int widths[] = {0, 1000, 580, 0};
    enum { PHASES = sizeof(widths) / sizeof(widths[0]) };
    int sender = params->variant, seen = 0;
    HSteamNetConnection connection = open_through_relay();

    if (!able(sender)) {
        figure(" %s cannot", role_name[sender]);
        finish(connection);
    }
    expect_traffic();
    for (int phase = 0; phase < PHASES; phase++) {
        if (role == CLIENT)
            relay_set_largest(widths[phase]);
        meet(10 * phase + 2);
        if (role == CLIENT)
            relay_largest_passed(sender == CLIENT ? RELAY_TO_SERVER : RELAY_TO_CLIENT);
        meet(10 * phase + 3);
        send_phase(connection, sender, phase);
        meet(10 * phase + 4);
        if (role == CLIENT) {
            seen = relay_largest_passed(sender == CLIENT ? RELAY_TO_SERVER : RELAY_TO_CLIENT);
            figure(" %d:%d", widths[phase], seen);
            CHECK(widths[phase] == 0 || seen <= widths[phase], "%d bytes passed", seen);
            CHECK(phase > 0 || seen > 1200, "at most %d bytes were used of a good path", seen);
        }
    }
    /* The good path is found again: by probes, which the peer has to acknowledge. */
    for (int more = 0; seen <= 1200; more++) {
        CHECK(more < 150, "%d bytes is all that is used of a good path", seen);
        pause_ms(200);
        send_phase(connection, sender, PHASES + more);
        meet(100 + 5 * more);
        if (role == CLIENT)
            shared->side[CLIENT].value = relay_largest_passed(sender == CLIENT ? RELAY_TO_SERVER : RELAY_TO_CLIENT);
        meet(100 + 5 * more + 1);
        seen = (int)shared->side[CLIENT].value;
        meet(100 + 5 * more + 2);
    }
    finish(connection);
}

/* ---- the client's address changes ---- */

static void send_both(HSteamNetConnection connection, int phase)
{
    for (int i = 0; i < MESSAGES; i++) {
        AWAIT(send_one(connection, 0, (int64_t)phase * MESSAGES + i + 1), 15000, "the send buffer stayed full");
        receive(connection);
    }
    receive_until(connection, (int64_t)(phase + 1) * MESSAGES, 15);
}

static void expect_client_at(HSteamNetConnection connection, int port)
{
    SteamNetConnectionInfo_t info;

    CHECK(lib.info(lib.sockets, connection, &info), "GetConnectionInfo failed");
    CHECK(info.m_addrRemote.m_port == port, "the client is at port %d, the server says %d", port,
          info.m_addrRemote.m_port);
    CHECK(link_of(connection)->state == STATE_CONNECTED, "state %d", link_of(connection)->state);
}

void case_roaming(void)
{
    enum { PHASES = 5 };
    HSteamNetConnection connection = open_through_relay();
    const struct link *link = link_of(connection);

    if (!able(SERVER)) {
        /* Such a server hears nothing any more, and both ends notice. */
        figure(" the server stays where it is");
        if (role == CLIENT)
            relay_rebind();
        meet(2);
        CHECK(send_one(connection, 0, 1), "not sent");
        AWAIT(link->state == STATE_PROBLEM, 20000, "state %d although nothing can be heard", link->state);
        CHECK(link->reason == k_ESteamNetConnectionEnd_Misc_Timeout, "reason %d", link->reason);
        meet(3);
        leave();
    }
    expect_traffic();
    for (int phase = 0; phase < PHASES; phase++) {
        if (role == CLIENT && phase > 0)
            relay_rebind();
        if (role == CLIENT)
            shared->side[CLIENT].value = relay_port();
        meet(10 * phase + 2);
        send_both(connection, phase);
        meet(10 * phase + 3);
        if (role == SERVER)
            expect_client_at(connection, (int)shared->side[CLIENT].value);
        meet(10 * phase + 4);
    }
    finish(connection);
}

/* The server has something to say, and the client nothing; it is found all the same before the server gives up. */
void case_roaming_unseen(void)
{
    HSteamNetConnection connection = open_through_relay();

    if (!able(SERVER)) {
        figure(" the server stays where it is");
        finish(connection);
    }
    expect_traffic();
    send_both(connection, 0);
    AWAIT(outstanding(connection) == 0, 5000, "not all is acknowledged");
    pause_ms(500);
    meet(2);
    if (role == CLIENT) {
        relay_rebind();
        shared->side[CLIENT].value = relay_port();
    }
    meet(3);
    if (role == SERVER)
        for (int i = 0; i < MESSAGES; i++)
            CHECK(send_one(connection, 0, MESSAGES + i + 1), "not sent");
    else
        receive_until(connection, 2 * (int64_t)MESSAGES, 25);
    meet(4);
    if (role == SERVER)
        expect_client_at(connection, (int)shared->side[CLIENT].value);
    finish(connection);
}
