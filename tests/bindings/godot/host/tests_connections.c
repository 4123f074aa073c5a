/*
 * Listening, connecting, ending, and what the Steam object tells about connections, through Godot 4's side.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

static const int64_t connected = 3, closed_by_peer = 4;

/* An address that no other process uses: all of 127.0.0.0/8 is this machine. */
static const char *own_address(int port)
{
    static char text[64];
    int process = (int)getpid();
    snprintf(text, sizeof text, "127.%d.%d.%d:%d", 1 + (process >> 16) % 254, (process >> 8) & 255, process & 255,
             port);
    return text;
}

static void listens_in_every_form(void)
{
    begin();
    STEAM("addIPAddress", v_text("here"));
    HOST_CHECK(STEAM_TRUE("parseIPAddressString", v_text("here"), v_text(own_address(47000))));
    struct variant by_number = v_dictionary();
    v_put(&by_number, v_int(24), v_int(3000));
    struct variant option = LIST(v_int(24), v_int(1), v_int(4000));
    int64_t sockets[] = {
        STEAM_INT("createListenSocketIP", v_text("here"), v_array()),
        STEAM_INT("createListenSocketIP", v_text(own_address(47001)), v_array()),
        STEAM_INT("createListenSocketIP", v_text(own_address(47002)), LIST(option)),
        STEAM_INT("createListenSocketIP", v_text(own_address(47003)), by_number),
        STEAM_INT("createListenSocketIP", v_name(own_address(47004))),
    };
    for (int i = 0; i < 5; i++) {
        HOST_CHECK(sockets[i] != 0);
        EXPECT_TEXT(STEAM_TEXT("getListenSocketAddress", v_int(sockets[i])), own_address(47000 + i));
        HOST_CHECK(!strchr(STEAM_TEXT("getListenSocketAddress", v_int(sockets[i]), v_bool(false)), ':'));
        HOST_CHECK(STEAM_TRUE("closeListenSocket", v_int(sockets[i])));
        HOST_CHECK(!STEAM_TRUE("closeListenSocket", v_int(sockets[i])));
    }
    EXPECT_INT(STEAM_INT("createListenSocketIP", v_text("127.0.0.1:0")), 0);
}

static void options_take_effect(void)
{
    begin();
    struct link link = make_link();
    struct variant options = LIST(LIST(v_int(24), v_int(1), v_int(2000)), LIST(v_int(9), v_int(1), v_int(65536)));
    int64_t connection = STEAM_INT("connectByIPAddress", v_text(link.address), options);
    HOST_CHECK(connection != 0);
    /* A send buffer of 64 KiB takes no message of 70 KB. */
    char large[70000] = {0};
    const struct variant *sent =
        STEAM("sendMessageToConnection", v_int(connection), v_bytes(large, sizeof large), v_int(8));
    EXPECT_INT(int_field(sent, "result"), 25);
    sent = STEAM("sendMessageToConnection", v_int(link.client), v_bytes(large, sizeof large), v_int(8));
    EXPECT_INT(int_field(sent, "result"), 1);
}

static void connects_to_identities(void)
{
    begin();
    STEAM("resetIdentity", v_int(76561198000000001));
    EXPECT_TEXT(STEAM_TEXT("getIdentity"), "steamid:76561198000000001");
    int64_t socket = STEAM_INT("createListenSocketP2P", v_int(5), v_array());
    HOST_CHECK(socket != 0);
    STEAM("addIdentity", v_text("me"));
    STEAM("setIdentitySteamID64", v_text("me"), v_int(76561198000000001));
    int64_t by_name = STEAM_INT("connectP2P", v_text("me"), v_int(5), v_array());
    int64_t by_number = STEAM_INT("connectP2P", v_int(76561198000000001), v_int(5), v_dictionary());
    HOST_CHECK(by_name != 0 && by_number != 0 && by_name != by_number);
    size_t came = 0;
    for (int napped = 0; came < 2; napped++) {
        wait_a_little(__FILE__, __LINE__, "both come in", napped);
        came = 0;
        for (size_t i = 0; i < steam_object()->emission_count; i++) {
            const struct variant *connection = &steam_object()->emissions[i].arguments[1];
            came += int_field(connection, "listen_socket") == socket && int_field(connection, "connection_state") == 1;
        }
    }
}

static void accepts_once(void)
{
    begin();
    struct link link = make_link(); /* has accepted with result 1 */
    EXPECT_INT(STEAM_INT("acceptConnection", v_int(link.server)), 11);
    EXPECT_INT(STEAM_INT("acceptConnection", v_int(12345)), 8);
}

/* What the other end is told when one end closes with a reason. */
static int64_t reason_at_peer(int64_t reason)
{
    begin();
    struct link link = make_link();
    HOST_CHECK(STEAM_TRUE("closeConnection", v_int(link.client), v_int(reason), v_text("over"), v_bool(false)));
    WAIT_UNTIL(status_signal(link.server, closed_by_peer));
    const struct variant *connection = &status_signal(link.server, closed_by_peer)->arguments[1];
    if (reason == 0) /* an invalid one is mentioned instead */
        EXPECT_TEXT(text_field(connection, "end_debug"), "over");
    EXPECT_INT(int_field(STEAM("getConnectionInfo", v_int(link.server)), "end_reason"),
               int_field(connection, "end_reason"));
    return int_field(connection, "end_reason");
}

static void closes_with_reason_0(void)
{
    EXPECT_INT(reason_at_peer(0), 1000);
}

static void closes_with_reason_5000(void)
{
    EXPECT_INT(reason_at_peer(5000), 1999);
}

static void pairs_are_connected(void)
{
    begin();
    struct pair pair = make_pair();
    const struct variant *info = STEAM("getConnectionInfo", v_int(pair.one));
    EXPECT_TEXT(text_field(info, "identity"), "str:one");
    EXPECT_INT(int_field(info, "connection_state"), connected);
    static const char *const keys[] = {"user_data",  "listen_socket", "remote_address",    "remote_pop", "pop_relay",
                                       "end_reason", "end_debug",     "debug_description", "info_flags"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        field(info, keys[i]);
    STEAM("sendMessageToConnection", v_int(pair.one), v_bytes("there", 5), v_int(8));
    receive(pair.two, 1);
    STEAM("sendMessageToConnection", v_int(pair.two), v_bytes("back", 4), v_int(8));
    receive(pair.one, 1);
    EXPECT_EMPTY(STEAM("getConnectionInfo", v_int(999)));
    struct pair other = make_pair();
    HOST_CHECK(STEAM_TRUE("closeConnection", v_int(other.one), v_int(0), v_text(""), v_bool(false)));
    EXPECT_EMPTY(STEAM("getConnectionInfo", v_int(other.one)));
}

static void real_time_status(void)
{
    static const char *const keys[] = {"state",
                                       "ping",
                                       "local_quality",
                                       "remote_quality",
                                       "packets_out_per_second",
                                       "bytes_out_per_second",
                                       "packets_in_per_second",
                                       "bytes_in_per_second",
                                       "send_rate",
                                       "pending_unreliable",
                                       "pending_reliable",
                                       "send_unacknowledged_reliable",
                                       "sent_unacknowledged_reliable",
                                       "queue_time"};
    begin();
    struct pair pair = make_pair();
    const struct variant *status = STEAM("GetConnectionRealTimeStatus", v_int(pair.one), v_int(0), v_bool(true));
    EXPECT_INT(int_field(status, "response"), 1);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        field(field(status, "connection_status"), keys[i]);
    EXPECT_INT(v_type(field(field(status, "connection_status"), "local_quality")), GDEXTENSION_FLOAT);
    EXPECT_EMPTY(field(status, "lanes_status"));
    status = STEAM("getConnectionRealTimeStatus", v_int(pair.one), v_int(0), v_bool(false));
    EXPECT_EMPTY(field(status, "connection_status"));
    status = STEAM("getConnectionRealTimeStatus", v_int(pair.one), v_int(0)); /* get_status is true if left out */
    field(field(status, "connection_status"), "ping");
    status = STEAM("GetConnectionRealTimeStatus", v_int(999), v_int(0), v_bool(true));
    EXPECT_INT(int_field(status, "response"), 3);
    EXPECT_INT((int64_t)v_count(status), 1);
}

static void lanes(void)
{
    begin();
    struct pair pair = make_pair();
    EXPECT_INT(STEAM_INT("configureConnectionLanes", v_int(pair.one), v_int(2), LIST(v_int(0), v_int(1)),
                         LIST(v_int(1), v_int(1))),
               1);
    EXPECT_INT(STEAM_INT("configureConnectionLanes", v_int(pair.one), v_int(1), LIST(v_int(0)), LIST(v_int(1))), 8);
    const struct variant *status = STEAM("getConnectionRealTimeStatus", v_int(pair.one), v_int(2), v_bool(true));
    const struct variant *all = field(status, "lanes_status");
    EXPECT_INT((int64_t)v_count(all), 2);
    for (size_t i = 0; i < 2; i++) {
        static const char *const keys[] = {"pending_unreliable", "pending_reliable", "sent_unacknowledged_reliatble",
                                           "sent_unacknowledged_reliable", "queue_time"};
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
            field(v_at(all, i), keys[k]);
    }
}

static void detailed_status(void)
{
    begin();
    struct pair pair = make_pair();
    const struct variant *status = STEAM("getDetailedConnectionStatus", v_int(pair.one));
    EXPECT_INT(int_field(status, "success"), 0);
    EXPECT_TEXT(text_field(status, "buffer"), text_field(status, "status"));
    HOST_CHECK(strlen(text_field(status, "status")) > 100);
}

static void listen_socket_address(void)
{
    begin();
    struct link link = make_link();
    HOST_CHECK(strncmp(link.address, "127.0.0.1:", 10) == 0);
    EXPECT_TEXT(STEAM_TEXT("getListenSocketAddress", v_int(999)), "");
    EXPECT_INT(v_type(STEAM("getListenSocketAddress", v_int(link.socket))), GDEXTENSION_STRING);
}

static void identity(void)
{
    begin();
    HOST_CHECK(strlen(STEAM_TEXT("getIdentity")) > 0);
    STEAM("addIdentity", v_text("hero"));
    STEAM("setGenericString", v_text("hero"), v_text("pudding"));
    STEAM("resetIdentity", v_text("hero"));
    EXPECT_TEXT(STEAM_TEXT("getIdentity"), "str:pudding");
    STEAM("resetIdentity", v_int(76561198000000002));
    EXPECT_TEXT(STEAM_TEXT("getIdentity"), "steamid:76561198000000002");
}

static void authentication(void)
{
    begin();
    int64_t status = STEAM_INT("getAuthenticationStatus");
    HOST_CHECK(status >= -102 && status <= 100);
    int64_t tried = STEAM_INT("initAuthentication");
    HOST_CHECK(tried >= -102 && tried <= 100 && tried != 0);
}

static void status_signals(void)
{
    begin();
    struct link link = make_link();
    /* created; it was in state None before */
    const struct host_emission *created = status_signal(link.client, 1);
    HOST_CHECK(created && v_as_int(&created->arguments[2]) == 0);
    HOST_CHECK(v_as_int(&status_signal(link.server, connected)->arguments[2]) == 1);
    static const char *const keys[] = {"identity",   "user_data",        "listen_socket", "remote_address",
                                       "remote_pop", "pop_relay",        "end_debug",     "connection_state",
                                       "end_reason", "debug_description"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        field(&created->arguments[1], keys[i]);
    EXPECT_INT(v_type(field(&created->arguments[1], "end_reason")), GDEXTENSION_INT);
    EXPECT_TEXT(text_field(&created->arguments[1], "remote_address"), link.address);
    /* closed by the peer, and by the application itself */
    STEAM("closeConnection", v_int(link.client), v_int(1234), v_text("gone"), v_bool(false));
    WAIT_UNTIL(status_signal(link.server, closed_by_peer) && status_signal(link.client, 0));
    EXPECT_INT(int_field(&status_signal(link.server, closed_by_peer)->arguments[1], "end_reason"), 1234);
    EXPECT_INT(v_as_int(&status_signal(link.client, 0)->arguments[2]), connected);
    STEAM("closeConnection", v_int(link.server), v_int(0), v_text(""), v_bool(false));
    /* a problem: nobody answers within a tenth of a second */
    STEAM("closeListenSocket", v_int(link.socket));
    int64_t lost = STEAM_INT("connectByIPAddress", v_text(link.address), LIST(LIST(v_int(24), v_int(1), v_int(100))));
    WAIT_UNTIL(status_signal(lost, 5));
    HOST_CHECK(int_field(&status_signal(lost, 5)->arguments[1], "end_reason") != 0);
}

static void signals_wait_for_callbacks(void)
{
    begin();
    struct link link = make_link();
    host_forget_emissions(steam_object());
    STEAM("closeConnection", v_int(link.client), v_int(0), v_text(""), v_bool(false));
    /* The state is there long before anybody is told. */
    for (int napped = 0; int_field(STEAM("getConnectionInfo", v_int(link.server)), "connection_state") != 4; napped++)
        HOST_CHECK(napped < 10000000);
    EXPECT_INT((int64_t)steam_object()->emission_count, 0);
    STEAM("runNetworkingCallbacks");
    HOST_CHECK(status_signal(link.server, closed_by_peer));
}

/* What handlers do in games: accept, close, and stop everything. */
static void in_handler(struct host_object *object, const struct host_emission *emission)
{
    if (strcmp(emission->name, "network_connection_status_changed") != 0)
        return;
    HOST_CHECK(object == steam_object());
    int64_t handle = v_as_int(&emission->arguments[0]);
    int64_t state = int_field(&emission->arguments[1], "connection_state");
    if (state == 1 && int_field(&emission->arguments[1], "listen_socket") != 0)
        EXPECT_INT(STEAM_INT("acceptConnection", v_int(handle)), 1);
    else if (state == connected && int_field(&emission->arguments[1], "listen_socket") != 0)
        STEAM("closeConnection", v_int(handle), v_int(0), v_text("enough"), v_bool(false));
    else if (state == closed_by_peer)
        STEAM("steamShutdown");
}

static void handlers_may_do_anything(void)
{
    begin();
    steam_object()->connected = in_handler;
    int64_t socket = STEAM_INT("createListenSocketIPAnyPort", v_text("127.0.0.1:0"), v_array());
    char address[64];
    snprintf(address, sizeof address, "%s", STEAM_TEXT("getListenSocketAddress", v_int(socket)));
    STEAM("connectByIPAddress", v_text(address), v_array());
    WAIT_UNTIL(!STEAM_TRUE("isSteamRunning"));
    EXPECT_INT(STEAM_INT("createPollGroup"), 0);
}

static void fake_ip(void)
{
    begin();
    struct pair pair = make_pair();
    const struct variant *fake = STEAM("getRemoteFakeIPForConnection", v_int(pair.one));
    EXPECT_INT(int_field(fake, "result"), 31);
}

static void hosted(void)
{
    begin();
    EXPECT_INT(STEAM_INT("getHostedDedicatedServerPort"), 0);
    EXPECT_INT(STEAM_INT("getHostedDedicatedServerPOPId"), 0);
}

static void not_enabled(void)
{
    begin();
    EXPECT_INT(STEAM_INT("findRelayAuthTicketForServer", v_int(1), v_int(2)), 0);
    EXPECT_INT(STEAM_INT("getGameCoordinatorServerLogin"), 2);
    STEAM("getHostedDedicatedServerAddress");
    EXPECT_EMPTY(STEAM("receivedRelayAuthTicket"));
}

static void user_data(void)
{
    begin();
    struct pair pair = make_pair();
    EXPECT_INT(STEAM_INT("getConnectionUserData", v_int(pair.one)), -1);
    EXPECT_INT(int_field(STEAM("getConnectionInfo", v_int(pair.one)), "user_data"), -1);
    HOST_CHECK(STEAM_TRUE("setConnectionUserData", v_int(pair.one), v_int(0x123456789abcdef)));
    EXPECT_INT(STEAM_INT("getConnectionUserData", v_int(pair.one)), 0x123456789abcdef);
    STEAM("setConnectionName", v_int(pair.one), v_text("café"));
    EXPECT_TEXT(STEAM_TEXT("getConnectionName", v_int(pair.one)), "café");
}

static void certificate_request(void)
{
    begin();
    const struct variant *request = STEAM("getCertificateRequest");
    size_t size;
    v_as_bytes(field(request, "certificate"), &size);
    HOST_CHECK(size > 0);
    EXPECT_INT(int_field(request, "cert_size"), (int64_t)size);
    EXPECT_TEXT(text_field(request, "error_message"), "");
    const struct variant *answer = STEAM("setCertificate", v_bytes("rubbish", 7));
    HOST_CHECK(!v_is_true(field(answer, "response")) && v_is_true(field(answer, "error")));
}

const struct test connection_tests[] = {
    {"3", "createListenSocketIP takes references, addresses, arrays and dictionaries", listens_in_every_form},
    {"4", "an array of options takes effect", options_take_effect},
    {"5", "connectP2P takes a reference and a Steam ID", connects_to_identities},
    {"6", "acceptConnection gives 1, then 11, and 8 for a bad handle", accepts_once},
    {"7", "reason 0 reaches the peer as 1000", closes_with_reason_0},
    {"8", "reason 5000 reaches the peer as 1999", closes_with_reason_5000},
    {"9", "createSocketPair makes two connected ends", pairs_are_connected},
    {"14", "the real-time status has every key in every spelling", real_time_status},
    {"15", "lanes are configured, not reduced, and described", lanes},
    {"17", "the detailed status is there under both names", detailed_status},
    {"18", "getListenSocketAddress gives the bound address", listen_socket_address},
    {"19", "getIdentity and resetIdentity", identity},
    {"20", "authentication gives availability numbers", authentication},
    {"21", "the status signal comes for every change with every key", status_signals},
    {"23", "an ordinary connection has no fake IP", fake_ip},
    {"24", "hosted servers have port and place 0", hosted},
    {"25", "what is not enabled exists and gives nothing", not_enabled},
    {"27", "user data is -1 by default", user_data},
    {"28", "a certificate request has bytes and their length", certificate_request},
    {"29", "signals are emitted only while callbacks run", signals_wait_for_callbacks},
    {"handlers", "a handler may accept, close and shut down", handlers_may_do_anything},
    {0},
};
