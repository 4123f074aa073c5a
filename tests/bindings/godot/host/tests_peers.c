/*
 * The networking peer of Godot 4's side, called as the engine's own networking calls it: by its virtual functions.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "support.h"

enum { CONNECTING = 1, CONNECTED = 2, SERVER = 1, UNRELIABLE = 0, RELIABLE = 2 };

/* A peer and its object, which lives as long as the variant. */
struct peer {
    struct variant variant;
    struct host_object *object;
};

static struct peer peer_make(void)
{
    struct peer peer = {.variant = host_new("FumaroleMultiplayerPeer")};
    peer.object = v_as_object(&peer.variant);
    return peer;
}

#define PEER(peer, ...) PEER_WITH(peer, __VA_ARGS__, v_nil())
#define PEER_WITH(peer, method, ...)                                                                                   \
    peer_call(peer, method, sizeof((struct variant[]){__VA_ARGS__}) / sizeof(struct variant) - 1,                      \
              (struct variant[]){__VA_ARGS__})

static const struct variant *peer_call(const struct peer *peer, const char *method, size_t count,
                                       struct variant *arguments)
{
    return keep(host_call(peer->object, method, count, arguments, calls_are_typed));
}

/* Calls a virtual function with up to two ints; a bool is read from the first byte of its argument. */
static int64_t virtual_int(const struct peer *peer, const char *name, int64_t first, int64_t second)
{
    gdextension_virtual_function *function = host_virtual(peer->object, name);
    if (!function)
        host_abort("there is no virtual function %s", name);
    const void *arguments[] = {&first, &second};
    int64_t result = 0;
    function(peer->object->instance, arguments, &result);
    return result;
}

static int64_t ask(const struct peer *peer, const char *name)
{
    return virtual_int(peer, name, 0, 0);
}

static void poll_all(struct peer *peers, size_t count, int napped, const char *what)
{
    if (napped > 30000)
        host_abort("never happened: %s", what);
    nanosleep(&(struct timespec){0, 1000000}, NULL);
    for (size_t i = 0; i < count; i++)
        virtual_int(&peers[i], "_poll", 0, 0);
}

#define POLL_UNTIL(peers, condition)                                                                                   \
    for (int napped = 0; !(condition); napped++)                                                                       \
    poll_all(peers, sizeof(peers) / sizeof(peers)[0], napped, #condition)

/* How often a signal came with an id. */
static int signals(const struct peer *peer, const char *name, int64_t id)
{
    int count = 0;
    for (size_t i = 0; i < peer->object->emission_count; i++)
        count += strcmp(peer->object->emissions[i].name, name) == 0 &&
                 v_as_int(&peer->object->emissions[i].arguments[0]) == id;
    return count;
}

static int64_t put(const struct peer *peer, int64_t target, int mode, int channel, const char *text)
{
    virtual_int(peer, "_set_target_peer", target, 0);
    virtual_int(peer, "_set_transfer_mode", mode, 0);
    virtual_int(peer, "_set_transfer_channel", channel, 0);
    EXPECT_INT(ask(peer, "_get_transfer_mode"), mode);
    EXPECT_INT(ask(peer, "_get_transfer_channel"), channel);
    const void *bytes = text;
    int64_t size = (int64_t)strlen(text), result = -1;
    const void *arguments[] = {&bytes, &size};
    host_virtual(peer->object, "_put_packet")(peer->object->instance, arguments, &result);
    return result;
}

/* Fetches the next packet and looks at everything about it. */
static void expect_packet(struct peer *peer, int64_t source, int mode, int channel, const char *text)
{
    EXPECT_INT(ask(peer, "_get_packet_peer"), source);
    EXPECT_INT(ask(peer, "_get_packet_mode"), mode);
    EXPECT_INT(ask(peer, "_get_packet_channel"), channel);
    const uint8_t *bytes = NULL, **bytes_place = &bytes;
    int32_t size = -1, *size_place = &size;
    const void *arguments[] = {&bytes_place, &size_place};
    int64_t result = -1;
    host_virtual(peer->object, "_get_packet")(peer->object->instance, arguments, &result);
    EXPECT_INT(result, 0);
    EXPECT_INT(size, (int64_t)strlen(text));
    HOST_CHECK(memcmp(bytes, text, strlen(text)) == 0);
}

/* A server with two clients. */
static void make_game(struct peer peers[3])
{
    char address[64];
    for (int i = 0; i < 3; i++) {
        peers[i] = peer_make();
        EXPECT_INT(ask(&peers[i], "_get_connection_status"), 0);
    }
    EXPECT_INT(v_as_int(PEER(&peers[0], "create_server", v_text("127.0.0.1:0"), v_int(8))), 0);
    EXPECT_INT(ask(&peers[0], "_get_connection_status"), CONNECTED);
    EXPECT_INT(ask(&peers[0], "_get_unique_id"), SERVER);
    EXPECT_INT(ask(&peers[0], "_is_server") & 0xff, 1);
    snprintf(address, sizeof address, "127.0.0.1:%d", (int)v_as_int(PEER(&peers[0], "get_local_port")));
    for (int i = 1; i < 3; i++) {
        EXPECT_INT(v_as_int(PEER(&peers[i], "create_client", v_text(address))), 0);
        EXPECT_INT(ask(&peers[i], "_get_connection_status"), CONNECTING);
    }
    struct peer all[] = {peers[0], peers[1], peers[2]};
    POLL_UNTIL(all, ask(&peers[1], "_get_connection_status") == CONNECTED &&
                        ask(&peers[2], "_get_connection_status") == CONNECTED &&
                        signals(&peers[0], "peer_connected", ask(&peers[1], "_get_unique_id")) == 1 &&
                        signals(&peers[0], "peer_connected", ask(&peers[2], "_get_unique_id")) == 1);
}

static void free_game(struct peer peers[3])
{
    for (int i = 0; i < 3; i++)
        v_free(&peers[i].variant);
}

static void every_virtual_is_there(void)
{
    static const char *const names[] = {"_get_packet",
                                        "_put_packet",
                                        "_get_available_packet_count",
                                        "_get_max_packet_size",
                                        "_get_packet_channel",
                                        "_get_packet_mode",
                                        "_set_transfer_channel",
                                        "_get_transfer_channel",
                                        "_set_transfer_mode",
                                        "_get_transfer_mode",
                                        "_set_target_peer",
                                        "_get_packet_peer",
                                        "_is_server",
                                        "_poll",
                                        "_close",
                                        "_disconnect_peer",
                                        "_get_unique_id",
                                        "_set_refuse_new_connections",
                                        "_is_refusing_new_connections",
                                        "_is_server_relay_supported",
                                        "_get_connection_status"};
    struct peer peer = peer_make();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        HOST_CHECK(host_virtual(peer.object, names[i]));
        /* what the base has is not there a second time */
        HOST_CHECK(!host_method_find(peer.object->class, names[i] + 1));
    }
    HOST_CHECK(!host_virtual(peer.object, "_get_packet_script"));
    /* Neither server nor client: nothing works, nothing breaks. */
    EXPECT_INT(put(&peer, 0, RELIABLE, 0, "x"), 3);
    EXPECT_INT(ask(&peer, "_get_available_packet_count"), 0);
    EXPECT_INT(ask(&peer, "_is_server_relay_supported") & 0xff, 1);
    HOST_CHECK(ask(&peer, "_get_max_packet_size") > 65536);
    virtual_int(&peer, "_set_refuse_new_connections", 1, 0);
    EXPECT_INT(ask(&peer, "_is_refusing_new_connections") & 0xff, 1);
    virtual_int(&peer, "_disconnect_peer", 5, 0);
    ask(&peer, "_poll");
    ask(&peer, "_close");
    v_free(&peer.variant);
}

static void packets_travel(void)
{
    struct peer peers[3];
    make_game(peers);
    int64_t first = ask(&peers[1], "_get_unique_id");
    EXPECT_INT(signals(&peers[1], "peer_connected", SERVER), 1);
    /* the engine tells clients about each other, not the peer */
    EXPECT_INT((int64_t)peers[1].object->emission_count, 1);
    EXPECT_INT(put(&peers[1], SERVER, RELIABLE, 3, "to the server"), 0);
    POLL_UNTIL(peers, ask(&peers[0], "_get_available_packet_count") == 1);
    expect_packet(&peers[0], first, RELIABLE, 3, "to the server");
    EXPECT_INT(put(&peers[0], first, UNRELIABLE, 0, "to one"), 0);
    EXPECT_INT(put(&peers[0], 0, RELIABLE, 1, "to all"), 0);
    POLL_UNTIL(peers, ask(&peers[1], "_get_available_packet_count") == 2 &&
                          ask(&peers[2], "_get_available_packet_count") == 1);
    expect_packet(&peers[2], SERVER, RELIABLE, 1, "to all");
    EXPECT_INT(put(&peers[0], -first, RELIABLE, 1, "to the others"), 0);
    POLL_UNTIL(peers, ask(&peers[2], "_get_available_packet_count") == 1);
    expect_packet(&peers[2], SERVER, RELIABLE, 1, "to the others");
    EXPECT_INT(put(&peers[0], 77, RELIABLE, 1, "to nobody"), 31);
    free_game(peers);
}

static void peers_leave(void)
{
    struct peer peers[3];
    make_game(peers);
    int64_t first = ask(&peers[1], "_get_unique_id"), second = ask(&peers[2], "_get_unique_id");
    ask(&peers[1], "_close");
    EXPECT_INT(ask(&peers[1], "_get_connection_status"), 0);
    POLL_UNTIL(peers, signals(&peers[0], "peer_disconnected", first) == 1);
    virtual_int(&peers[0], "_disconnect_peer", second, 0);
    POLL_UNTIL(peers,
               ask(&peers[2], "_get_connection_status") == 0 && signals(&peers[0], "peer_disconnected", second) == 1);
    free_game(peers);
}

static struct variant *doomed;

static void drop_in_handler(struct host_object *object, const struct host_emission *emission)
{
    (void)object;
    (void)emission;
    if (doomed)
        v_free(doomed);
    doomed = NULL;
}

/* A script may let go of the peer while the peer tells it something; the engine holds it for that long. */
static void freed_in_a_handler(void)
{
    struct peer peers[3];
    make_game(peers);
    ask(&peers[1], "_close");
    doomed = &peers[0].variant;
    peers[0].object->connected = drop_in_handler;
    for (int napped = 0; doomed; napped++)
        poll_all(peers, 1, napped, "the server is freed");
    v_free(&peers[1].variant);
    v_free(&peers[2].variant);
}

/* Peers and the Steam object use the library together. */
static void shares_the_library(void)
{
    struct peer peers[3];
    make_game(peers);
    begin();
    make_pair();
    STEAM("steamShutdown");
    EXPECT_INT(put(&peers[0], 0, RELIABLE, 0, "still there"), 0);
    POLL_UNTIL(peers, ask(&peers[1], "_get_available_packet_count") == 1);
    free_game(peers);
}

const struct test peer_tests[] = {
    {"peer-virtuals", "a networking peer has every virtual function", every_virtual_is_there},
    {"peer-packets", "packets travel between a server and its clients", packets_travel},
    {"peer-leaving", "clients leave and are sent away", peers_leave},
    {"peer-handler", "a peer is freed by a handler of its own signal", freed_in_a_handler},
    {"peer-sharing", "peers run without steamInit and outlive steamShutdown", shares_the_library},
    {0},
};
