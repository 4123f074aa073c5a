/*
 * A router between client and server, each in a network of its own: it translates addresses and forgets that it did,
 * its other side is narrow and it does not say so, its cable is pulled again and again, and the line behind it is bad.
 *
 * The rules are nftables'. Kernels seldom have a queueing discipline that simulates a bad line, so a process does.
 */
#include "api/fixture.h"
#include "harness/forwarder.h"
#include "trouble/echo_line.h"

#include <stdlib.h>

enum {
    ROUTER_OUTSIDE = 0x0a000003, /* 10.0.0.3, beside the server */
    ROUTER_INSIDE = 0x0a000101,  /* 10.0.1.1 */
    CLIENT_INSIDE = 0x0a000102,
    FORWARDER_PORT = 7778,
};

/* ---- the router -------------------------------------------------------------------------------------------------- */

static struct process router;

static SteamNetworkingIPAddr address_of(uint32_t ipv4, uint16_t port)
{
    SteamNetworkingIPAddr address;

    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, ipv4, port);
    return address;
}

static void forward_as_told(const struct process *client, const char *line)
{
    SteamNetworkingIPAddr front = address_of(ROUTER_INSIDE, FORWARDER_PORT), back = address_of(SERVER_ADDRESS, 7777);
    struct impairments impairments;

    assert_int_equal(sscanf(line, "forward %lf %lf %lf %d %d %d %d %u", &impairments.loss, &impairments.duplicate,
                            &impairments.damage, &impairments.delay_ms, &impairments.jitter_ms,
                            &impairments.bytes_per_second, &impairments.queue_bytes, &impairments.seed),
                     8);
    tell(client, "ready");
    forward_until_news(client, &front, &back, &impairments);
}

static void be_router(void **state)
{
    struct process *client = *state;
    char line[LINE_MAXIMUM];
    int server_id;

    enter_private_network();
    tell(client, "there");
    hear(client, line);
    assert_int_equal(sscanf(line, "server %d", &server_id), 1);
    lay_cable_between("outside", server_id, "cable");
    set_address("inside", ROUTER_INSIDE);
    set_up("inside", true);
    set_address("outside", ROUTER_OUTSIDE);
    set_up("outside", true);
    set_network_option("ipv4/ip_forward", "1");
    tell(client, "ready");
    for (;;) {
        hear(client, line);
        if (strncmp(line, "run ", 4) == 0) {
            assert_true(try_command("%s", line + 4));
        } else if (strncmp(line, "forward ", 8) == 0) {
            forward_as_told(client, line);
            continue;
        } else if (strcmp(line, "forget") == 0) {
            forget_translations();
        } else {
            break;
        }
        tell(client, "ready");
    }
}

static void let_router(const char *command)
{
    tell(&router, "%s", command);
    expect_to_hear(&router, "ready");
}

/* What the router needs, tried in this network; skips the case where that is not possible. */
static void try_translation(void)
{
    if (!try_command("nft --version >/dev/null 2>&1"))
        skip_case("nft is missing (package nftables)");
    if (!try_command("ip -V >/dev/null 2>&1"))
        skip_case("ip is missing (package iproute2)");
    if (!try_command(
            "nft add table ip try '{ chain out { type nat hook postrouting priority 100; oifname lo masquerade "
            "fully-random; }; }' 2>/dev/null"))
        skip_case("this system does not translate addresses with nftables");
    forget_translations();
}

static void find_way_to_server(void)
{
    assert_true(try_command("ip route replace default via 10.0.1.1"));
}

static void lay_routed_line(void)
{
    enter_private_network();
    try_translation();
    router = start_process("router", be_router);
    expect_to_hear(&router, "there");
    server = start_process("server", echo_server);
    expect_to_hear(&server, "there");
    lay_cable_between("cable", router.id, "inside");
    set_address("cable", CLIENT_INSIDE);
    set_up("cable", true);
    tell(&router, "server %d", (int)server.id);
    expect_to_hear(&router, "ready");
    tell(&server, "laid");
    expect_to_hear(&server, "ready");
    find_way_to_server();
    let_router("run nft add table ip nat '{ chain out { type nat hook postrouting priority 100; oifname outside "
               "masquerade fully-random; }; }'");
    server_address = address_of(SERVER_ADDRESS, 7777);
    start_as("str:client");
}

static void take_away_routed_line(void)
{
    tell(&router, "end");
    take_away_line(CONNECTED);
    finish_process(&router);
}

/* ---- translators ------------------------------------------------------------------------------------------------- */

static void translator_that_forgets(void **state)
{
    SteamNetworkingIPAddr before, after;
    HSteamNetConnection client;

    (void)state;
    lay_routed_line();
    client = connect_by_line(10000);
    echo(client, 20, 1000);
    before = seen_address();
    assert_int_equal(SteamAPI_SteamNetworkingIPAddr_GetIPv4(&before), ROUTER_OUTSIDE);
    for (int i = 0; i < 8; i++) {
        let_router("forget");
        echo(client, 20, 5000);
        after = seen_address();
        assert_int_equal(SteamAPI_SteamNetworkingIPAddr_GetIPv4(&after), ROUTER_OUTSIDE);
        assert_int_not_equal(after.m_port, before.m_port);
        before = after;
    }
    assert_int_equal(state_of(client), CONNECTED);
    take_away_routed_line();
}

/*
 * The proof that an address is the client's is worth nothing at the next one; it asks again. When the server has let it
 * in and its answer does not find the way, the same request from another address is refused (protocol 6.4 step 6): that
 * attempt ends, and the next one does not know of it.
 */
static void translator_that_forgets_during_the_handshake(void **state)
{
    HSteamNetConnection client;

    (void)state;
    lay_routed_line();
    client = S(ConnectByIPAddress, &server_address, 0, NULL);
    for (int i = 0; i < 20; i++) {
        let_router("forget");
        pass_time(5);
    }
    await(state_of(client) != CONNECTING);
    if (state_of(client) != CONNECTED) {
        assert_int_not_equal(info_of(client).m_eEndReason, 0);
        client = connect_by_line(10000);
    }
    echo(client, 20, 1000);
    take_away_routed_line();
}

/* It forgets, as they do, after a time in which nothing was said: keepalives keep it from that. */
static void translator_with_a_short_memory(void **state)
{
    SteamNetworkingIPAddr before, after;
    HSteamNetConnection client;

    (void)state;
    lay_routed_line();
    let_router("run sysctl -qw net.netfilter.nf_conntrack_udp_timeout=15 "
               "net.netfilter.nf_conntrack_udp_timeout_stream=15");
    client = connect_by_line(10000);
    echo(client, 5, 1000);
    before = seen_address();
    pass_time(18000);
    after = seen_address();
    assert_int_equal(after.m_port, before.m_port);
    echo(client, 5, 1000);
    after = seen_address();
    assert_int_equal(after.m_port, before.m_port);
    take_away_routed_line();
}

/* ---- narrow on the other side ------------------------------------------------------------------------------------ */

enum { SILENTLY, SAYING_SO };

static void narrow_router(int mtu, int manner)
{
    HSteamNetConnection client;
    char command[128];

    lay_routed_line();
    disable_offload("cable");
    if (manner == SILENTLY)
        let_router("run nft add table ip mute '{ chain out { type filter hook output priority 0; icmp type "
                   "destination-unreachable drop; }; }'");
    snprintf(command, sizeof(command), "run ip route replace 10.0.0.0/24 dev outside src 10.0.0.3 mtu lock %d", mtu);
    let_router(command);
    snprintf(command, sizeof(command), "run ip route replace 10.0.1.0/24 dev inside src 10.0.1.1 mtu lock %d", mtu);
    let_router(command);
    client = connect_by_line(10000);
    echo(client, 30, 5000);
    echo(client, 5, 20000);
    if (mtu < 1280) /* what is wider takes packets as they are */
        assert_int_equal(packet_size(client), mtu - 28);
    take_away_routed_line();
}

static void silent_router_of_1420(void **state)
{
    HSteamNetConnection client;

    (void)state;
    lay_routed_line();
    let_router("run ip route replace 10.0.0.0/24 dev outside src 10.0.0.3 mtu lock 1420");
    let_router("run ip route replace 10.0.1.0/24 dev inside src 10.0.1.1 mtu lock 1420");
    client = connect_by_line(10000);
    echo(client, 30, 5000);
    assert_int_equal(packet_size(client), 1300); /* wide enough for what is usual: nothing had to be learnt */
    take_away_routed_line();
}

static void silent_router_of_1280(void **state)
{
    (void)state;
    narrow_router(1280, SILENTLY);
}

static void silent_router_of_576(void **state)
{
    (void)state;
    narrow_router(576, SILENTLY);
}

static void router_of_1280_that_says_so(void **state)
{
    (void)state;
    narrow_router(1280, SAYING_SO);
}

static void router_of_576_that_says_so(void **state)
{
    (void)state;
    narrow_router(576, SAYING_SO);
}

/* ---- bad lines --------------------------------------------------------------------------------------------------- */

static void flapping_cable(void **state)
{
    HSteamNetConnection client;

    (void)state;
    lay_routed_line();
    client = connect_by_line(10000);
    for (int i = 0; i < 6; i++) {
        set_up("cable", false);
        assert_int_equal(send_text(client, "meanwhile", RELIABLE_NOW), k_EResultOK);
        pass_time(100 + i * 100);
        set_up("cable", true);
        find_way_to_server();
        expect_text(client, "meanwhile");
        echo(client, 5, 1000);
    }
    assert_int_equal(state_of(client), CONNECTED);
    take_away_routed_line();
}

static HSteamNetConnection connect_over(const struct impairments *impairments)
{
    SteamNetworkingIPAddr forwarder = address_of(ROUTER_INSIDE, FORWARDER_PORT);
    HSteamNetConnection client;

    lay_routed_line();
    tell(&router, "forward %f %f %f %d %d %d %d %u", impairments->loss, impairments->duplicate, impairments->damage,
         impairments->delay_ms, impairments->jitter_ms, impairments->bytes_per_second, impairments->queue_bytes,
         impairments->seed);
    expect_to_hear(&router, "ready");
    client = S(ConnectByIPAddress, &forwarder, 0, NULL);
    assert_int_not_equal(client, 0);
    await(state_of(client) != CONNECTING);
    assert_int_equal(state_of(client), CONNECTED);
    return client;
}

static void bad_line(const struct impairments *impairments)
{
    HSteamNetConnection client = connect_over(impairments);

    echo(client, 200, 1200);
    echo(client, 20, 20000);
    assert_int_equal(state_of(client), CONNECTED);
    take_away_routed_line();
}

static void line_that_does_everything_wrong(void **state)
{
    (void)state;
    bad_line(&(struct impairments){
        .loss = 0.03, .duplicate = 0.02, .damage = 0.01, .delay_ms = 20, .jitter_ms = 15, .seed = 1});
}

static void line_that_loses_a_fifth(void **state)
{
    (void)state;
    bad_line(&(struct impairments){.loss = 0.2, .delay_ms = 5, .seed = 2});
}

static void slow_line_with_a_shallow_queue(void **state)
{
    (void)state;
    bad_line(&(struct impairments){.bytes_per_second = 500000, .queue_bytes = 8000, .delay_ms = 10, .seed = 3});
}

static void slow_line_with_a_deep_queue(void **state)
{
    (void)state;
    bad_line(&(struct impairments){.bytes_per_second = 500000, .queue_bytes = 400000, .delay_ms = 10, .seed = 4});
}

int main(int argc, char **argv)
{
    static const struct real_case cases[] = {
        real_case(translator_that_forgets),
        real_case(translator_that_forgets_during_the_handshake),
        real_case(translator_with_a_short_memory),
        real_case(silent_router_of_1420),
        real_case_within(silent_router_of_1280, 120),
        real_case_within(silent_router_of_576, 120),
        real_case_within(router_of_1280_that_says_so, 120),
        real_case_within(router_of_576_that_says_so, 120),
        real_case(flapping_cable),
        real_case_within(line_that_does_everything_wrong, 120),
        real_case_within(line_that_loses_a_fifth, 120),
        real_case_within(slow_line_with_a_shallow_queue, 120),
        real_case_within(slow_line_with_a_deep_queue, 120),
    };

    return run_cases(argc, argv, cases);
}
