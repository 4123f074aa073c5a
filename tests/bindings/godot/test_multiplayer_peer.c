/* The engine networking peer without an engine: servers, clients and strangers in one process, over the loopback. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "multiplayer_role.h"

enum { MEMBERS = 5, DEADLINE_SECONDS = 60 };

/* Everybody in the game, and what each has seen. */
struct member {
    struct multiplayer_peer *peer;
    int32_t id;      /* its last one */
    char seen[4096]; /* events and packets, one word each */
};

struct game {
    struct member members[MEMBERS]; /* the server first */
    SteamNetworkingIPAddr address;
};

static ISteamNetworkingSockets *sockets;

static void note(struct member *member, const char *format, ...)
{
    size_t used = strlen(member->seen);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(member->seen + used, sizeof member->seen - used, format, arguments);
    va_end(arguments);
}

/* A member's name for an id: who it is, not the random number. */
static int who(struct game *game, int32_t id)
{
    for (int i = 0; i < MEMBERS; i++)
        if (game->members[i].id == id)
            return i;
    return 9;
}

/* The text of small packets is noted as it is, of larger ones the size. */
static void look(struct game *game, struct member *member)
{
    static const char *const names[] = {"+", "-", "in", "failed", "gone"};
    const struct multiplayer_packet *packet;
    struct multiplayer_event event;

    multiplayer_peer_poll(member->peer);
    for (;;) {
        if (multiplayer_peer_take_event(member->peer, &event)) {
            note(member, event.kind <= MULTIPLAYER_PEER_DISCONNECTED ? "%s%d " : "%s ", names[event.kind],
                 who(game, event.peer));
        } else if ((packet = multiplayer_peer_get_packet(member->peer))) {
            if (packet->size < 20)
                note(member, "%d:%.*s ", who(game, packet->source), packet->size, (const char *)packet->bytes);
            else
                note(member, "%d:%d ", who(game, packet->source), packet->size);
        } else {
            break;
        }
    }
}

/* Lets everybody look until the member has seen exactly this since the last time; then it is forgotten. */
static void await(struct game *game, int index, const char *expected)
{
    struct member *member = &game->members[index];
    SteamNetworkingMicroseconds end =
        SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(SteamNetworkingUtils_LibV4()) + DEADLINE_SECONDS * 1000000ll;

    while (strcmp(member->seen, expected) != 0) {
        if (strlen(member->seen) > strlen(expected) ||
            SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(SteamNetworkingUtils_LibV4()) > end)
            fail_msg("member %d has seen '%s' instead of '%s'", index, member->seen, expected);
        for (int i = 0; i < MEMBERS; i++)
            if (game->members[i].peer)
                look(game, &game->members[i]);
        if (strcmp(member->seen, expected) != 0)
            Fumarole_Wait(20);
    }
    member->seen[0] = 0;
}

static void start_server_with(struct game *game, int clients_max, int option_count,
                              const SteamNetworkingConfigValue_t *options)
{
    game->members[0].peer = multiplayer_peer_create();
    assert_true(SteamNetworkingIPAddr_ParseString(&game->address, "127.0.0.1:0"));
    assert_int_equal(multiplayer_peer_serve(game->members[0].peer, &game->address, clients_max, option_count, options),
                     MULTIPLAYER_OK);
    game->members[0].id = 1;
    assert_true(SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(
        sockets, multiplayer_peer_listen_socket(game->members[0].peer), &game->address));
}

static void start_server(struct game *game, int clients_max)
{
    start_server_with(game, clients_max, 0, NULL);
}

static void join(struct game *game, int index)
{
    struct member *member = &game->members[index];

    assert_int_equal(multiplayer_peer_join(member->peer, &game->address, 0, NULL), MULTIPLAYER_OK);
    assert_int_equal(multiplayer_peer_status(member->peer), MULTIPLAYER_CONNECTING);
    member->id = multiplayer_peer_id(member->peer);
    assert_true(member->id > 1);
}

static void start_client(struct game *game, int index)
{
    game->members[index].peer = multiplayer_peer_create();
    join(game, index);
}

/* A server and so many clients that have met. */
static void start(struct game *game, int clients)
{
    start_server(game, MEMBERS);
    for (int i = 1; i <= clients; i++) {
        char expected[64] = "in +0 ", joined[8];
        start_client(game, i);
        for (int other = 1; other < i; other++)
            strcat(expected, (sprintf(joined, "+%d ", other), joined));
        /* The order in which a client is told of the others is not specified. */
        struct member *member = &game->members[i];
        while (strlen(member->seen) < strlen(expected)) {
            for (int k = 0; k <= i; k++)
                look(game, &game->members[k]);
            Fumarole_Wait(20);
        }
        member->seen[0] = 0;
        sprintf(joined, "+%d ", i);
        for (int other = 0; other < i; other++)
            await(game, other, joined);
    }
}

static void put(struct game *game, int from, int32_t target, const char *text)
{
    struct multiplayer_peer *peer = game->members[from].peer;

    multiplayer_peer_set_target(peer, target);
    assert_int_equal(multiplayer_peer_put_packet(peer, text, (int)strlen(text)), MULTIPLAYER_OK);
}

static int32_t id_of(struct game *game, int index)
{
    return game->members[index].id;
}

static int set_up(void **state)
{
    struct game *game = calloc(1, sizeof *game);

    assert_non_null(game);
    assert_true(GameNetworkingSockets_Init(NULL, NULL));
    sockets = SteamNetworkingSockets_LibV12();
    *state = game;
    return 0;
}

static int tear_down(void **state)
{
    struct game *game = *state;

    for (int i = 0; i < MEMBERS; i++)
        multiplayer_peer_destroy(game->members[i].peer);
    free(game);
    GameNetworkingSockets_Kill();
    return 0;
}

/* ---- coming and going -------------------------------------------------------------------------------------------- */

static void members_meet_and_part(void **state)
{
    struct game *game = *state;

    start(game, 3);
    assert_true(multiplayer_peer_is_server(game->members[0].peer));
    assert_int_equal(multiplayer_peer_id(game->members[0].peer), 1);
    assert_int_equal(multiplayer_peer_status(game->members[2].peer), MULTIPLAYER_CONNECTED);
    assert_int_not_equal(multiplayer_peer_connection(game->members[0].peer, id_of(game, 2)), 0);
    assert_int_equal(multiplayer_peer_connection(game->members[1].peer, id_of(game, 2)), 0); /* through the server */

    multiplayer_peer_close(game->members[2].peer);
    assert_int_equal(multiplayer_peer_status(game->members[2].peer), MULTIPLAYER_DISCONNECTED);
    assert_int_equal(multiplayer_peer_id(game->members[2].peer), 0);
    await(game, 0, "-2 ");
    await(game, 1, "-2 ");
    await(game, 3, "-2 ");
    assert_int_equal(multiplayer_peer_connection(game->members[0].peer, id_of(game, 2)), 0);

    multiplayer_peer_close(game->members[0].peer);
    await(game, 1, "gone ");
    await(game, 3, "gone ");
    assert_int_equal(multiplayer_peer_status(game->members[1].peer), MULTIPLAYER_DISCONNECTED);
    assert_int_equal(multiplayer_peer_end_reason(game->members[1].peer), MULTIPLAYER_END_CLOSED);
    assert_string_equal(multiplayer_peer_end_sentence(game->members[1].peer), "the server has closed");
}

static void a_peer_can_be_used_again(void **state)
{
    struct game *game = *state;

    start(game, 1);
    assert_int_equal(multiplayer_peer_join(game->members[1].peer, &game->address, 0, NULL), MULTIPLAYER_ALREADY_IN_USE);
    assert_int_equal(multiplayer_peer_serve(game->members[0].peer, &game->address, 1, 0, NULL),
                     MULTIPLAYER_ALREADY_IN_USE);
    multiplayer_peer_close(game->members[1].peer);
    await(game, 0, "-1 ");
    join(game, 1);
    await(game, 1, "in +0 ");
    await(game, 0, "+1 ");
}

static void what_cannot_start_says_so(void **state)
{
    struct game *game = *state;
    SteamNetworkingConfigValue_t bad = {.m_eValue = 9999, .m_eDataType = k_ESteamNetworkingConfig_Int32};
    struct multiplayer_peer *peer;

    start_server(game, 1);
    peer = game->members[1].peer = multiplayer_peer_create();
    assert_int_equal(multiplayer_peer_serve(peer, &game->address, 1, 0, NULL), MULTIPLAYER_CANNOT_CREATE);
    assert_int_equal(multiplayer_peer_serve(peer, &game->address, 0, 0, NULL), MULTIPLAYER_PARAMETER_RANGE);
    assert_int_equal(multiplayer_peer_serve(peer, &game->address, MULTIPLAYER_CLIENTS_MAX + 1, 0, NULL),
                     MULTIPLAYER_PARAMETER_RANGE);
    assert_int_equal(multiplayer_peer_join(peer, &game->address, 1, &bad), MULTIPLAYER_CANNOT_CREATE);
    assert_int_equal(multiplayer_peer_put_packet(peer, "x", 1), MULTIPLAYER_UNCONFIGURED);
    assert_int_equal(multiplayer_peer_disconnect(peer, 5, false, true), MULTIPLAYER_UNCONFIGURED);
    assert_int_equal(multiplayer_peer_status(peer), MULTIPLAYER_DISCONNECTED);
}

static void where_nobody_listens_the_connection_fails(void **state)
{
    struct game *game = *state;
    SteamNetworkingConfigValue_t hurry = {.m_eValue = k_ESteamNetworkingConfig_TimeoutInitial,
                                          .m_eDataType = k_ESteamNetworkingConfig_Int32,
                                          .m_val.m_int32 = 300};

    start_server(game, 1);
    multiplayer_peer_close(game->members[0].peer); /* whose port nobody has now */
    game->members[1].peer = multiplayer_peer_create();
    assert_int_equal(multiplayer_peer_join(game->members[1].peer, &game->address, 1, &hurry), MULTIPLAYER_OK);
    await(game, 1, "failed ");
    assert_int_equal(multiplayer_peer_status(game->members[1].peer), MULTIPLAYER_DISCONNECTED);
    assert_int_equal(multiplayer_peer_end_reason(game->members[1].peer), 5003);
}

static void a_server_can_be_full_or_closed_to_others(void **state)
{
    struct game *game = *state;

    start_server(game, 1);
    start_client(game, 1);
    await(game, 1, "in +0 ");
    await(game, 0, "+1 ");
    start_client(game, 2);
    await(game, 2, "failed ");
    assert_int_equal(multiplayer_peer_end_reason(game->members[2].peer), MULTIPLAYER_END_REFUSED);
    assert_string_equal(multiplayer_peer_end_sentence(game->members[2].peer), "the server is full");

    multiplayer_peer_close(game->members[1].peer);
    await(game, 0, "-1 ");
    multiplayer_peer_refuse(game->members[0].peer, true);
    assert_true(multiplayer_peer_is_refusing(game->members[0].peer));
    assert_int_equal(multiplayer_peer_join(game->members[1].peer, &game->address, 0, NULL), MULTIPLAYER_OK);
    await(game, 1, "failed ");
    multiplayer_peer_refuse(game->members[0].peer, false);
    join(game, 1);
    await(game, 1, "in +0 ");
}

static void a_server_can_disconnect_a_client(void **state)
{
    struct game *game = *state;

    start(game, 3);
    assert_int_equal(multiplayer_peer_disconnect(game->members[0].peer, 4711, false, true),
                     MULTIPLAYER_INVALID_PARAMETER);
    put(game, 0, id_of(game, 1), "last");
    assert_int_equal(multiplayer_peer_disconnect(game->members[0].peer, id_of(game, 1), false, true), MULTIPLAYER_OK);
    await(game, 0, "-1 ");
    await(game, 1, "0:last gone ");
    assert_int_equal(multiplayer_peer_end_reason(game->members[1].peer), MULTIPLAYER_END_KICKED);
    await(game, 2, "-1 ");
    await(game, 3, "-1 ");
    assert_int_equal(multiplayer_peer_disconnect(game->members[0].peer, id_of(game, 2), true, false), MULTIPLAYER_OK);
    await(game, 2, "gone ");
    await(game, 3, "-2 ");
    await(game, 0, ""); /* it knows */
}

/* An engine may want to hear of it also when nothing more is delivered. */
static void a_client_can_be_disconnected_at_once_with_an_event(void **state)
{
    struct game *game = *state;

    start(game, 2);
    assert_int_equal(multiplayer_peer_disconnect(game->members[0].peer, id_of(game, 1), true, true), MULTIPLAYER_OK);
    await(game, 0, "-1 ");
    await(game, 1, "gone ");
    await(game, 2, "-1 ");
}

static void *run_callbacks_elsewhere(void *unused)
{
    (void)unused;
    SteamAPI_ISteamNetworkingSockets_RunCallbacks(sockets);
    return NULL;
}

/* Whoever runs the callbacks, on whatever thread: a peer is changed by its own poll only. */
static void changes_wait_for_the_poll(void **state)
{
    struct game *game = *state;
    HSteamNetConnection stranger;
    SteamNetConnectionInfo_t info = {0};

    start_server(game, 1);
    stranger = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &game->address, 0, NULL);
    for (int i = 0; i < 30; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, run_callbacks_elsewhere, NULL), 0);
        pthread_join(thread, NULL);
        Fumarole_Wait(10);
    }
    assert_int_equal(game->members[0].peer->by_connection.count, 0);
    while (info.m_eState != k_ESteamNetworkingConnectionState_Connected) {
        multiplayer_peer_poll(game->members[0].peer);
        Fumarole_Wait(20);
        assert_true(SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, stranger, &info));
    }
    assert_int_equal(game->members[0].peer->by_connection.count, 1);
    SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, stranger, 0, NULL, false);
}

static void who_says_no_hello_is_put_out(void **state)
{
    struct game *game = *state;
    HSteamNetConnection stranger;
    SteamNetConnectionInfo_t info = {0};
    size_t at = 0;

    start(game, 1);
    stranger = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &game->address, 0, NULL);
    while (info.m_eState != k_ESteamNetworkingConnectionState_Connected) {
        look(game, &game->members[0]);
        Fumarole_Wait(20);
        assert_true(SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, stranger, &info));
    }
    for (struct multiplayer_remote *remote; (remote = number_table_next(&game->members[0].peer->by_connection, &at));)
        remote->since -= 11 * 1000 * 1000; /* as if both had come so long ago */
    while (info.m_eState != k_ESteamNetworkingConnectionState_ClosedByPeer) {
        look(game, &game->members[0]);
        Fumarole_Wait(20);
        assert_true(SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, stranger, &info));
    }
    assert_int_equal(info.m_eEndReason, MULTIPLAYER_END_VIOLATION);
    assert_string_equal(info.m_szEndDebug, "no hello came");
    SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, stranger, 0, NULL, false);
    put(game, 1, 1, "still here");
    await(game, 0, "1:still here ");
}

static void what_was_sent_before_closing_is_delivered_before_the_end(void **state)
{
    struct game *game = *state;

    start(game, 2);
    for (int i = 0; i < 3; i++)
        put(game, 0, 0, i == 0 ? "a" : i == 1 ? "b" : "c");
    multiplayer_peer_close(game->members[0].peer);
    await(game, 1, "0:a 0:b 0:c gone ");
    await(game, 2, "0:a 0:b 0:c gone ");
}

static void what_a_client_sent_before_leaving_is_delivered_too(void **state)
{
    struct game *game = *state;

    start(game, 2);
    put(game, 1, 1, "to the server");
    put(game, 1, id_of(game, 2), "to you");
    put(game, 1, 0, "to all");
    multiplayer_peer_close(game->members[1].peer);
    await(game, 0, "1:to the server 1:to all -1 ");
    await(game, 2, "1:to you 1:to all -1 ");
}

/* ---- packets ----------------------------------------------------------------------------------------------------- */

static void packets_reach_whom_they_are_meant_for(void **state)
{
    struct game *game = *state;

    start(game, 3);
    put(game, 0, 0, "all");
    for (int i = 1; i <= 3; i++)
        await(game, i, "0:all ");
    put(game, 0, -id_of(game, 2), "not 2");
    await(game, 1, "0:not 2 ");
    await(game, 3, "0:not 2 ");
    put(game, 0, id_of(game, 2), "only 2");
    await(game, 2, "0:only 2 ");

    put(game, 1, 1, "server");
    await(game, 0, "1:server ");
    put(game, 1, 0, "others");
    await(game, 0, "1:others ");
    await(game, 2, "1:others ");
    await(game, 3, "1:others ");
    put(game, 1, -id_of(game, 3), "not 3");
    await(game, 0, "1:not 3 ");
    await(game, 2, "1:not 3 ");
    put(game, 1, -1, "not 0");
    await(game, 2, "1:not 0 ");
    put(game, 1, id_of(game, 3), "only 3");
    await(game, 3, "1:not 0 1:only 3 ");
    put(game, 3, id_of(game, 1), "back");
    await(game, 1, "3:back ");
    await(game, 0, "");
    await(game, 2, "");
}

static void without_relay_there_are_only_the_server_and_oneself(void **state)
{
    struct game *game = *state;

    game->members[0].peer = multiplayer_peer_create();
    multiplayer_peer_set_relay(game->members[0].peer, false);
    assert_true(SteamNetworkingIPAddr_ParseString(&game->address, "127.0.0.1:0"));
    assert_int_equal(multiplayer_peer_serve(game->members[0].peer, &game->address, 4, 0, NULL), MULTIPLAYER_OK);
    game->members[0].id = 1;
    assert_true(SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(
        sockets, multiplayer_peer_listen_socket(game->members[0].peer), &game->address));
    for (int i = 1; i <= 2; i++) {
        start_client(game, i);
        await(game, i, "in +0 ");
    }
    put(game, 1, 0, "x");
    await(game, 0, "+1 +2 1:x ");
    put(game, 0, 0, "y");
    await(game, 1, "0:y ");
    await(game, 2, "0:y ");
    multiplayer_peer_set_target(game->members[1].peer, id_of(game, 2));
    assert_int_equal(multiplayer_peer_put_packet(game->members[1].peer, "z", 1), MULTIPLAYER_INVALID_PARAMETER);
}

static void bad_packets_are_refused_where_they_are_put(void **state)
{
    struct game *game = *state;
    int most = multiplayer_peer_packet_size_max();
    char *large = calloc(1, (size_t)most + 1);
    struct multiplayer_peer *client;

    start(game, 1);
    client = game->members[1].peer;
    multiplayer_peer_set_target(client, 1);
    assert_int_equal(multiplayer_peer_put_packet(client, large, most + 1), MULTIPLAYER_INVALID_PARAMETER);
    assert_int_equal(multiplayer_peer_put_packet(client, large, -1), MULTIPLAYER_INVALID_PARAMETER);
    assert_int_equal(multiplayer_peer_put_packet(client, large, most), MULTIPLAYER_OK);
    await(game, 0, "1:524282 ");
    assert_int_equal(multiplayer_peer_put_packet(client, NULL, 0), MULTIPLAYER_OK);
    await(game, 0, "1: ");
    multiplayer_peer_set_target(client, 4711);
    assert_int_equal(multiplayer_peer_put_packet(client, "x", 1), MULTIPLAYER_INVALID_PARAMETER);
    multiplayer_peer_set_target(client, id_of(game, 1));
    assert_int_equal(multiplayer_peer_put_packet(client, "x", 1), MULTIPLAYER_INVALID_PARAMETER);
    multiplayer_peer_set_target(client, INT32_MIN);
    assert_int_equal(multiplayer_peer_put_packet(client, "x", 1), MULTIPLAYER_INVALID_PARAMETER);
    multiplayer_peer_set_target(game->members[0].peer, 1);
    assert_int_equal(multiplayer_peer_put_packet(game->members[0].peer, "x", 1), MULTIPLAYER_INVALID_PARAMETER);
    assert_int_equal(multiplayer_peer_set_mode(client, 3), MULTIPLAYER_PARAMETER_RANGE);
    assert_int_equal(multiplayer_peer_set_channel(client, 32), MULTIPLAYER_PARAMETER_RANGE);
    assert_int_equal(multiplayer_peer_set_channel(client, -1), MULTIPLAYER_PARAMETER_RANGE);
    free(large);
}

static void modes_and_channels_travel_with_the_packet(void **state)
{
    struct game *game = *state;
    const struct multiplayer_packet *packet;

    start(game, 2);
    for (int mode = MULTIPLAYER_UNRELIABLE; mode <= MULTIPLAYER_RELIABLE; mode++)
        for (int channel = 0; channel < 32; channel += 31) {
            assert_int_equal(multiplayer_peer_set_mode(game->members[1].peer, mode), MULTIPLAYER_OK);
            assert_int_equal(multiplayer_peer_set_channel(game->members[1].peer, channel), MULTIPLAYER_OK);
            put(game, 1, id_of(game, 2), "x");
            while (!multiplayer_peer_next_packet(game->members[2].peer)) {
                Fumarole_Wait(20);
                multiplayer_peer_poll(game->members[0].peer);
                multiplayer_peer_poll(game->members[2].peer);
            }
            packet = multiplayer_peer_get_packet(game->members[2].peer);
            assert_int_equal(packet->mode, mode);
            assert_int_equal(packet->channel, channel);
            assert_int_equal(packet->source, id_of(game, 1));
        }
}

/* Among packets that overtake each other, an ordered one never comes after a newer one. */
static void ordered_packets_do_not_go_back(void **state)
{
    struct game *game = *state;
    ISteamNetworkingUtils *utils = SteamNetworkingUtils_LibV4();
    int last = 0, last_forwarded = 0, came = 0;

    start(game, 2);
    SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueFloat(utils, k_ESteamNetworkingConfig_FakePacketReorder_Send,
                                                             30.0f);
    SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueInt32(utils, k_ESteamNetworkingConfig_FakePacketReorder_Time, 5);
    assert_int_equal(multiplayer_peer_set_mode(game->members[1].peer, MULTIPLAYER_UNRELIABLE_ORDERED), MULTIPLAYER_OK);
    for (int i = 1; i <= 300; i++) {
        char text[8];
        sprintf(text, "%d", i);
        put(game, 1, 0, text);
        SteamAPI_ISteamNetworkingSockets_FlushMessagesOnConnection(
            sockets, multiplayer_peer_connection(game->members[1].peer, 1));
    }
    multiplayer_peer_set_mode(game->members[1].peer, MULTIPLAYER_RELIABLE);
    put(game, 1, 0, "end"); /* the last to leave */
    for (bool ended[3] = {false}; !ended[0] || !ended[2];) {
        for (int i = 0; i <= 2; i += 2) {
            const struct multiplayer_packet *packet;
            multiplayer_peer_poll(game->members[i].peer);
            while ((packet = multiplayer_peer_get_packet(game->members[i].peer))) {
                char text[8] = {0};
                int *newest = i ? &last_forwarded : &last;
                memcpy(text, packet->bytes, (size_t)packet->size);
                if (packet->mode == MULTIPLAYER_RELIABLE) {
                    ended[i] = true;
                    continue;
                }
                assert_true(atoi(text) > *newest);
                *newest = atoi(text);
                came++;
            }
        }
        Fumarole_Wait(20);
    }
    assert_true(came > 10);
    SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueFloat(utils, k_ESteamNetworkingConfig_FakePacketReorder_Send, 0);
}

static void who_is_too_slow_is_put_out(void **state)
{
    struct game *game = *state;
    static const struct {
        ESteamNetworkingConfigValue value;
        int32 number;
    } limits[] = {
        {k_ESteamNetworkingConfig_SendBufferSize, 150000},
        {k_ESteamNetworkingConfig_SendRateMin, 10000},
        {k_ESteamNetworkingConfig_SendRateMax, 10000},
    };
    char *chunk = calloc(1, 100000);

    start(game, 2);
    for (int client = 1; client <= 2; client++)
        for (int i = 0; i < 3; i++)
            assert_true(SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(
                SteamNetworkingUtils_LibV4(), multiplayer_peer_connection(game->members[0].peer, id_of(game, client)),
                limits[i].value, limits[i].number));
    /* The server sends slower than the first client: the second packet does not fit behind the first one. */
    multiplayer_peer_set_target(game->members[1].peer, id_of(game, 2));
    assert_int_equal(multiplayer_peer_put_packet(game->members[1].peer, chunk, 100000), MULTIPLAYER_OK);
    assert_int_equal(multiplayer_peer_put_packet(game->members[1].peer, chunk, 100000), MULTIPLAYER_OK);
    free(chunk);
    await(game, 0, "-2 ");
    await(game, 1, "-2 ");
    assert_int_equal(multiplayer_peer_connection(game->members[0].peer, id_of(game, 2)), 0);

    /* The same for what the server itself sends to one client. */
    chunk = calloc(1, 100000);
    multiplayer_peer_set_target(game->members[0].peer, id_of(game, 1));
    assert_int_equal(multiplayer_peer_put_packet(game->members[0].peer, chunk, 100000), MULTIPLAYER_OK);
    multiplayer_peer_set_mode(game->members[0].peer, MULTIPLAYER_UNRELIABLE);
    assert_int_equal(multiplayer_peer_put_packet(game->members[0].peer, chunk, 100000), MULTIPLAYER_OUT_OF_MEMORY);
    assert_int_not_equal(multiplayer_peer_connection(game->members[0].peer, id_of(game, 1)), 0);
    multiplayer_peer_set_mode(game->members[0].peer, MULTIPLAYER_RELIABLE);
    assert_int_equal(multiplayer_peer_put_packet(game->members[0].peer, chunk, 100000), MULTIPLAYER_OUT_OF_MEMORY);
    free(chunk);
    await(game, 0, "-1 ");
    assert_int_equal(multiplayer_peer_connection(game->members[0].peer, id_of(game, 1)), 0);
}

/* Not whom it is sent to, if nobody could be sent so much. */
static void who_floods_others_is_put_out_instead(void **state)
{
    struct game *game = *state;
    SteamNetworkingConfigValue_t fast[] = {
        {.m_eValue = k_ESteamNetworkingConfig_SendBufferSize, .m_val.m_int32 = 20000000},
        {.m_eValue = k_ESteamNetworkingConfig_SendRateMin, .m_val.m_int32 = 50000000},
        {.m_eValue = k_ESteamNetworkingConfig_SendRateMax, .m_val.m_int32 = 50000000},
    };
    char *chunk = calloc(1, 100000);

    for (int i = 0; i < 3; i++)
        fast[i].m_eDataType = k_ESteamNetworkingConfig_Int32;
    start(game, 1);
    game->members[2].peer = multiplayer_peer_create();
    assert_int_equal(multiplayer_peer_join(game->members[2].peer, &game->address, 3, fast), MULTIPLAYER_OK);
    game->members[2].id = multiplayer_peer_id(game->members[2].peer);
    await(game, 2, "in +0 +1 ");
    await(game, 1, "+2 ");
    multiplayer_peer_set_target(game->members[2].peer, -1);
    for (int i = 0; i < 100; i++)
        assert_int_equal(multiplayer_peer_put_packet(game->members[2].peer, chunk, 100000), MULTIPLAYER_OK);
    free(chunk);
    while (multiplayer_peer_status(game->members[2].peer) != MULTIPLAYER_DISCONNECTED) {
        for (int i = 0; i <= 2; i++)
            look(game, &game->members[i]);
        Fumarole_Wait(20);
    }
    assert_int_equal(multiplayer_peer_end_reason(game->members[2].peer), MULTIPLAYER_END_FLOODING);
    await(game, 0, "+2 -2 ");
    game->members[1].seen[0] = 0;
    put(game, 0, id_of(game, 1), "you may stay");
    while (!strstr(game->members[1].seen, "0:you may stay ")) {
        assert_null(strstr(game->members[1].seen, "gone"));
        for (int i = 0; i <= 1; i++)
            look(game, &game->members[i]);
        Fumarole_Wait(20);
    }
}

/* What fails unreliably does not excuse what failed before. */
static void who_has_missed_something_does_not_stay(void **state)
{
    struct game *game = *state;
    SteamNetworkingConfigValue_t option = {.m_eValue = k_ESteamNetworkingConfig_SendBufferSize,
                                           .m_eDataType = k_ESteamNetworkingConfig_Int32,
                                           .m_val.m_int32 = 150000};
    char *chunk = calloc(1, 200000);
    struct multiplayer_remote *remote;

    start_server_with(game, 1, 1, &option);
    start_client(game, 1);
    await(game, 1, "in +0 ");
    await(game, 0, "+1 ");
    remote = number_table_find(&game->members[0].peer->by_id, (uint32_t)id_of(game, 1));
    remote->too_slow = true; /* an announcement for it did not fit */
    multiplayer_peer_set_target(game->members[0].peer, 0);
    multiplayer_peer_set_mode(game->members[0].peer, MULTIPLAYER_UNRELIABLE);
    assert_int_equal(multiplayer_peer_put_packet(game->members[0].peer, chunk, 200000), MULTIPLAYER_OUT_OF_MEMORY);
    free(chunk);
    await(game, 0, "-1 ");
}

/* What comes on another lane before its sender is announced waits; after the farewell of its sender it is dropped. */
static void packets_wait_for_who_comes_but_not_for_who_left(void **state)
{
    struct game *game = *state;
    struct multiplayer_remote *receiver;
    struct multiplayer_peer *client;

    start(game, 2);
    client = game->members[1].peer;
    receiver = number_table_find(&game->members[0].peer->by_id, (uint32_t)id_of(game, 1));
    multiplayer_peer_close(game->members[2].peer);
    await(game, 0, "-2 ");
    await(game, 1, "-2 ");
    assert_int_equal(
        multiplayer_remote_send(receiver, MULTIPLAYER_FRAME_PACKET, MULTIPLAYER_RELIABLE, id_of(game, 2), "late", 4, 0),
        k_EResultOK);
    put(game, 0, id_of(game, 1), "now");
    await(game, 1, "0:now ");
    assert_int_equal(client->inbox.aside.count, 0);

    for (int i = 0; i < 1000; i++)
        assert_int_equal(
            multiplayer_remote_send(receiver, MULTIPLAYER_FRAME_PACKET, MULTIPLAYER_RELIABLE, 4711, "early", 5, 0),
            k_EResultOK);
    put(game, 0, id_of(game, 1), "now");
    await(game, 1, "0:now ");
    assert_int_equal(client->inbox.aside.count, 1000);
    assert_int_equal(multiplayer_remote_send(receiver, MULTIPLAYER_FRAME_JOINED, 0, 4711, NULL, 0, 0), k_EResultOK);
    while (client->inbox.aside.count) {
        Fumarole_Wait(20);
        multiplayer_peer_poll(client);
    }
    assert_int_equal(client->inbox.packets.count, 1000);
}

/* ---- strangers --------------------------------------------------------------------------------------------------- */

/* Connects without being a peer, sends a message, and returns the reason with which the server ends it. */
static int reason_for(struct game *game, const void *message, size_t size, const void *second, size_t second_size)
{
    HSteamNetConnection connection =
        SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &game->address, 0, NULL);
    SteamNetConnectionInfo_t info;
    int64 number;

    SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, connection, message, (uint32)size,
                                                             k_nSteamNetworkingSend_Reliable, &number);
    if (second)
        SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, connection, second, (uint32)second_size,
                                                                 k_nSteamNetworkingSend_Reliable, &number);
    do {
        look(game, &game->members[0]);
        Fumarole_Wait(20);
        assert_true(SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, connection, &info));
        assert_int_not_equal(info.m_eState, k_ESteamNetworkingConnectionState_ProblemDetectedLocally);
    } while (info.m_eState != k_ESteamNetworkingConnectionState_ClosedByPeer);
    SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, connection, 0, NULL, false);
    return info.m_eEndReason;
}

static void strangers_are_turned_out(void **state)
{
    struct game *game = *state;
    uint8_t head[MULTIPLAYER_FRAME_HEAD], packet[MULTIPLAYER_FRAME_HEAD];

    start(game, 1);
    assert_int_equal(reason_for(game, "GET /", 5, NULL, 0), MULTIPLAYER_END_VIOLATION);
    multiplayer_frame_write_head(head, MULTIPLAYER_FRAME_HELLO, MULTIPLAYER_PROTOCOL + 1, 5);
    assert_int_equal(reason_for(game, head, sizeof head, NULL, 0), MULTIPLAYER_END_VIOLATION);
    multiplayer_frame_write_head(head, MULTIPLAYER_FRAME_HELLO, MULTIPLAYER_PROTOCOL, 1);
    assert_int_equal(reason_for(game, head, sizeof head, NULL, 0), MULTIPLAYER_END_VIOLATION);
    multiplayer_frame_write_head(head, MULTIPLAYER_FRAME_HELLO, MULTIPLAYER_PROTOCOL, -7);
    assert_int_equal(reason_for(game, head, sizeof head, NULL, 0), MULTIPLAYER_END_VIOLATION);
    multiplayer_frame_write_head(head, MULTIPLAYER_FRAME_HELLO, MULTIPLAYER_PROTOCOL, id_of(game, 1));
    assert_int_equal(reason_for(game, head, sizeof head, NULL, 0), MULTIPLAYER_END_VIOLATION);
    multiplayer_frame_write_head(packet, MULTIPLAYER_FRAME_PACKET, MULTIPLAYER_RELIABLE, 1);
    assert_int_equal(reason_for(game, packet, sizeof packet, NULL, 0), MULTIPLAYER_END_VIOLATION);
    await(game, 0, ""); /* nothing of all this is an event */

    multiplayer_frame_write_head(head, MULTIPLAYER_FRAME_HELLO, MULTIPLAYER_PROTOCOL, 4711);
    multiplayer_frame_write_head(packet, MULTIPLAYER_FRAME_WELCOME, 0, 4711);
    assert_int_equal(reason_for(game, head, sizeof head, packet, sizeof packet), MULTIPLAYER_END_VIOLATION);
    await(game, 0, "+9 -9 ");
    await(game, 1, "+9 -9 ");
}

static HSteamNetConnection accepted; /* by the server that is none */

static void fake_server_status(SteamNetConnectionStatusChangedCallback_t *change)
{
    if (change->m_info.m_eState == k_ESteamNetworkingConnectionState_Connecting && change->m_info.m_hListenSocket)
        SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, accepted = change->m_hConn);
}

/* Every answer to the hello that is not of this protocol ends the game before it has begun. */
static void a_wrong_server_is_left(void **state)
{
    static const uint8_t answers[][MULTIPLAYER_FRAME_HEAD] = {
        {0xee},                                       /* nothing */
        {MULTIPLAYER_FRAME_WELCOME, 0, 5, 0, 0, 0},   /* another's id */
        {MULTIPLAYER_FRAME_JOINED, 0, 5, 0, 0, 0},    /* before the welcome */
        {MULTIPLAYER_FRAME_LEFT, 0, 5, 0, 0, 0},      /* who never came */
        {MULTIPLAYER_FRAME_HELLO, 1, 5, 0, 0, 0},     /* a client's */
        {MULTIPLAYER_FRAME_PACKET, 2, 0, 0, 0, 0xff}, /* of nobody */
    };
    struct game *game = *state;
    SteamNetworkingConfigValue_t accept = {.m_eValue = k_ESteamNetworkingConfig_Callback_ConnectionStatusChanged,
                                           .m_eDataType = k_ESteamNetworkingConfig_Ptr};
    FnSteamNetConnectionStatusChanged function = fake_server_status;
    HSteamListenSocket door;

    memcpy(&accept.m_val.m_ptr, &function, sizeof function);
    assert_true(SteamNetworkingIPAddr_ParseString(&game->address, "127.0.0.1:0"));
    door = Fumarole_CreateListenSocketIPAnyPort(&game->address, 1, &accept);
    assert_true(SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(sockets, door, &game->address));
    game->members[1].peer = multiplayer_peer_create();
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        accepted = 0;
        assert_int_equal(multiplayer_peer_join(game->members[1].peer, &game->address, 0, NULL), MULTIPLAYER_OK);
        while (!accepted) {
            Fumarole_Wait(20);
            look(game, &game->members[1]);
        }
        assert_int_equal(SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
                             sockets, accepted, answers[i], sizeof answers[i], k_nSteamNetworkingSend_Reliable, NULL),
                         k_EResultOK);
        await(game, 1, "failed ");
        assert_int_equal(multiplayer_peer_end_reason(game->members[1].peer), MULTIPLAYER_END_VIOLATION);
        SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, accepted, 0, NULL, false);
    }
    SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, door);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(members_meet_and_part),
        TEST(a_peer_can_be_used_again),
        TEST(what_cannot_start_says_so),
        TEST(where_nobody_listens_the_connection_fails),
        TEST(a_server_can_be_full_or_closed_to_others),
        TEST(a_server_can_disconnect_a_client),
        TEST(a_client_can_be_disconnected_at_once_with_an_event),
        TEST(changes_wait_for_the_poll),
        TEST(who_says_no_hello_is_put_out),
        TEST(what_was_sent_before_closing_is_delivered_before_the_end),
        TEST(what_a_client_sent_before_leaving_is_delivered_too),
        TEST(packets_reach_whom_they_are_meant_for),
        TEST(without_relay_there_are_only_the_server_and_oneself),
        TEST(bad_packets_are_refused_where_they_are_put),
        TEST(modes_and_channels_travel_with_the_packet),
        TEST(ordered_packets_do_not_go_back),
        TEST(who_is_too_slow_is_put_out),
        TEST(who_floods_others_is_put_out_instead),
        TEST(who_has_missed_something_does_not_stay),
        TEST(packets_wait_for_who_comes_but_not_for_who_left),
        TEST(strangers_are_turned_out),
        TEST(a_wrong_server_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
