/* Batched sockets on the loopback interface, with and without the kernel's help for runs. */
#include "testing.h"

#include "net/socket_address.h"
#include "net/udp_socket.h"
#include "wire/address.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static char error[UDP_SOCKET_ERROR_TEXT];

static void open_or_fail(struct udp_socket *socket, const SteamNetworkingIPAddr *bind_to,
                         const SteamNetworkingIPAddr *remote)
{
    struct udp_socket_options options = {.bind = *bind_to, .remote = remote};

    if (!udp_socket_open(socket, &options, error))
        fail_msg("%s", error);
    assert_int_not_equal(socket->local.m_port, 0);
}

static void loopback_v4(SteamNetworkingIPAddr *address)
{
    address_set_ipv4(address, 0x7f000001, 0);
}

static bool have_ipv6(void)
{
    struct udp_socket_options options = {0};
    struct udp_socket socket;
    bool have;

    address_set_localhost(&options.bind, 0);
    have = udp_socket_open(&socket, &options, error);
    udp_socket_close(&socket);
    return have;
}

static void wait_readable(struct udp_socket *socket)
{
    struct pollfd wait = {.fd = socket->descriptor, .events = POLLIN};

    assert_int_equal(poll(&wait, 1, PATIENCE_SECONDS * 1000), 1);
}

/* A datagram of this size whose content tells its number. */
static void fill(uint8_t *bytes, size_t size, int number)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)((size_t)number * 31 + i * 7 + size);
}

static void batch_add(struct datagram_batch *batch, size_t size)
{
    uint8_t *room = datagram_batch_room(batch);

    assert_non_null(room);
    fill(room, size, batch->count);
    datagram_batch_commit(batch, size);
}

/* Receives until the whole batch has come through and compares it, in order. */
static void expect_batch(struct udp_socket *socket, const struct datagram_batch *sent,
                         const SteamNetworkingIPAddr *from, bool *joined)
{
    struct receive_batch *batch = receive_batch_new();
    const uint8_t *at = sent->bytes;
    int seen = 0;

    assert_non_null(batch);
    while (seen < sent->count) {
        int count;

        wait_readable(socket);
        count = udp_socket_receive(socket, batch);
        for (int i = 0; i < count; i++, seen++) {
            assert_in_range(seen, 0, sent->count - 1);
            assert_int_equal(batch->datagrams[i].length, sent->sizes[seen]);
            assert_memory_equal(batch->datagrams[i].data, at, sent->sizes[seen]);
            assert_true(address_equal(&batch->datagrams[i].from, from));
            at += sent->sizes[seen];
            if (joined && i > 0 && batch->datagrams[i].data == batch->datagrams[i - 1].data + sent->sizes[seen - 1])
                *joined = true;
        }
    }
    assert_int_equal(udp_socket_receive(socket, batch), 0);
    assert_true(batch->drained);
    receive_batch_free(batch);
}

static void exchange(const SteamNetworkingIPAddr *bind_to, bool connected, bool offload)
{
    struct datagram_batch *batch = malloc(sizeof(*batch));
    struct udp_socket server, client;
    bool joined = false;

    open_or_fail(&server, bind_to, NULL);
    open_or_fail(&client, bind_to, connected ? &server.local : NULL);
    assert_int_equal(client.connected, connected);
    if (!offload) {
        udp_socket_disable_offload(&server);
        udp_socket_disable_offload(&client);
    }

    datagram_batch_clear(batch);
    batch_add(batch, 1);
    assert_int_equal(udp_socket_send(&client, &server.local, batch), UDP_SENT);
    expect_batch(&server, batch, &client.local, NULL);

    datagram_batch_clear(batch);
    while (!datagram_batch_full(batch))
        batch_add(batch, 1300);
    assert_int_equal(udp_socket_send(&client, &server.local, batch), UDP_SENT);
    expect_batch(&server, batch, &client.local, &joined);
    if (!offload)
        assert_false(joined);

    datagram_batch_clear(batch);
    for (size_t i = 0; !datagram_batch_full(batch); i++)
        batch_add(batch, i < 10 ? 1200 : i == 10 ? 50 : i < 20 ? 60 + i : i < 30 ? 300 : 1300 - i);
    assert_int_equal(udp_socket_send(&client, &server.local, batch), UDP_SENT);
    expect_batch(&server, batch, &client.local, NULL);

    assert_int_equal(udp_socket_send_one(&client, &server.local, batch->bytes, batch->sizes[0]), UDP_SENT);
    batch->count = 1;
    expect_batch(&server, batch, &client.local, NULL);
    for (int i = 0; i < UDP_OUTCOMES; i++)
        assert_int_equal(atomic_load(&client.losses[i]), 0);
    udp_socket_close(&client);
    udp_socket_close(&server);
    free(batch);
}

static void test_exchange_v4(void **state)
{
    SteamNetworkingIPAddr address;

    (void)state;
    loopback_v4(&address);
    for (int i = 0; i < 4; i++)
        exchange(&address, i & 1, i & 2);
}

static void test_exchange_v6(void **state)
{
    SteamNetworkingIPAddr address;

    (void)state;
    if (!have_ipv6())
        skip();
    address_set_localhost(&address, 0);
    for (int i = 0; i < 4; i++)
        exchange(&address, i & 1, i & 2);
}

/* Every address of the machine: IPv4 peers appear mapped, and answers reach them. */
static void test_dual_stack(void **state)
{
    struct datagram_batch *batch = malloc(sizeof(*batch));
    SteamNetworkingIPAddr any, server_v4, client_v4;
    struct udp_socket server, client;

    (void)state;
    address_clear(&any);
    loopback_v4(&client_v4);
    open_or_fail(&server, &any, NULL);
    open_or_fail(&client, &client_v4, NULL);
    if (have_ipv6())
        assert_true(address_is_any(&server.local)); /* reads back as [::]:port (API contract 5.1) */
    address_set_ipv4(&server_v4, 0x7f000001, server.local.m_port);
    datagram_batch_clear(batch);
    batch_add(batch, 100);
    batch_add(batch, 100);
    assert_int_equal(udp_socket_send(&client, &server_v4, batch), UDP_SENT);
    expect_batch(&server, batch, &client.local, NULL);
    assert_int_equal(udp_socket_send(&server, &client.local, batch), UDP_SENT);
    expect_batch(&client, batch, &server_v4, NULL);
    udp_socket_close(&client);
    udp_socket_close(&server);
    free(batch);
}

static void test_any_v4(void **state)
{
    SteamNetworkingIPAddr any;
    struct udp_socket socket;

    (void)state;
    address_set_ipv4(&any, 0, 0);
    open_or_fail(&socket, &any, NULL);
    assert_int_equal(socket.family, AF_INET);
    assert_true(address_is_ipv4(&socket.local));
    udp_socket_close(&socket);
}

static void test_descriptor_flags(void **state)
{
    SteamNetworkingIPAddr address;
    struct udp_socket socket;

    (void)state;
    loopback_v4(&address);
    open_or_fail(&socket, &address, NULL);
    assert_true(fcntl(socket.descriptor, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(socket.descriptor, F_GETFL) & O_NONBLOCK);
    udp_socket_close(&socket);
    assert_int_equal(socket.descriptor, -1);
    udp_socket_close(&socket);
}

static void test_a_port_in_use_is_refused(void **state)
{
    struct udp_socket_options options = {0};
    struct udp_socket first, second;

    (void)state;
    for (int sharing = UDP_EXCLUSIVE; sharing <= UDP_SHARE_FIRST; sharing++) {
        loopback_v4(&options.bind);
        options.sharing = (enum udp_sharing)sharing;
        assert_true(udp_socket_open(&first, &options, error));
        options.bind = first.local;
        error[0] = '\0';
        assert_false(udp_socket_open(&second, &options, error));
        assert_int_equal(second.descriptor, -1);
        assert_true(strlen(error) > 10);
        udp_socket_close(&first);
    }
}

/* The kernel spreads peers over sockets that share a port, and keeps each peer where it was. */
static void test_shared_port(void **state)
{
    enum { SOCKETS = 3, PEERS = 60 };
    struct udp_socket_options options = {.sharing = UDP_SHARE_FIRST};
    struct udp_socket servers[SOCKETS], stranger;
    struct receive_batch *batch = receive_batch_new();
    int home[PEERS], used[SOCKETS] = {0};

    (void)state;
    loopback_v4(&options.bind);
    assert_true(udp_socket_open(&servers[0], &options, error));
    options.bind = servers[0].local;
    options.sharing = UDP_SHARE_JOIN;
    for (int i = 1; i < SOCKETS; i++)
        if (!udp_socket_open(&servers[i], &options, error))
            fail_msg("%s", error);
    options.sharing = UDP_SHARE_FIRST;
    assert_false(udp_socket_open(&stranger, &options, error));

    for (int i = 0; i < PEERS; i++) {
        SteamNetworkingIPAddr address;
        struct udp_socket client;

        loopback_v4(&address);
        open_or_fail(&client, &address, &servers[0].local);
        home[i] = -1;
        for (int round = 0; round < 3; round++) {
            struct pollfd waits[SOCKETS];

            assert_int_equal(udp_socket_send_one(&client, &servers[0].local, "hello", 5), UDP_SENT);
            for (int k = 0; k < SOCKETS; k++)
                waits[k] = (struct pollfd){.fd = servers[k].descriptor, .events = POLLIN};
            assert_int_equal(poll(waits, SOCKETS, PATIENCE_SECONDS * 1000), 1);
            for (int k = 0; k < SOCKETS; k++) {
                if (udp_socket_receive(&servers[k], batch) > 0) {
                    assert_true(home[i] == -1 || home[i] == k);
                    home[i] = k;
                }
            }
            assert_int_not_equal(home[i], -1);
        }
        used[home[i]]++;
        udp_socket_close(&client);
    }
    for (int i = 0; i < SOCKETS; i++) {
        assert_int_not_equal(used[i], 0);
        udp_socket_close(&servers[i]);
    }
    receive_batch_free(batch);
}

/* "Connection refused" by a closed port concerns one datagram of the past, not the socket. */
static void test_refusal_is_ignored(void **state)
{
    struct datagram_batch *batch = malloc(sizeof(*batch));
    struct receive_batch *received = receive_batch_new();
    SteamNetworkingIPAddr address, gone;
    struct udp_socket server, client;
    struct udp_socket_options options = {0};

    (void)state;
    loopback_v4(&address);
    open_or_fail(&server, &address, NULL);
    gone = server.local;
    open_or_fail(&client, &address, &gone);
    udp_socket_close(&server);
    datagram_batch_clear(batch);
    batch_add(batch, 10);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(udp_socket_send_one(&client, &gone, "x", 1), UDP_SENT);
        assert_int_equal(udp_socket_send(&client, &gone, batch), UDP_SENT);
        assert_int_equal(udp_socket_receive(&client, received), 0);
    }
    assert_int_equal(udp_socket_send_one(&client, &gone, "x", 1), UDP_SENT); /* leaves an error on the socket */
    options.bind = gone;
    assert_true(udp_socket_open(&server, &options, error));
    assert_int_equal(udp_socket_send(&client, &gone, batch), UDP_SENT);
    expect_batch(&server, batch, &client.local, NULL);
    assert_int_equal(udp_socket_send(&server, &client.local, batch), UDP_SENT);
    expect_batch(&client, batch, &server.local, NULL);
    udp_socket_close(&client);
    udp_socket_close(&server);
    receive_batch_free(received);
    free(batch);
}

static void test_outcomes(void **state)
{
    struct datagram_batch *batch = malloc(sizeof(*batch));
    static uint8_t huge[66000];
    SteamNetworkingIPAddr address, v6;
    struct udp_socket socket;

    (void)state;
    loopback_v4(&address);
    open_or_fail(&socket, &address, NULL);
    assert_int_equal(udp_socket_send_one(&socket, &socket.local, huge, sizeof(huge)), UDP_TOO_LARGE);
    assert_int_equal(atomic_load(&socket.losses[UDP_TOO_LARGE]), 1);

    address_set_localhost(&v6, 9);
    datagram_batch_clear(batch);
    batch_add(batch, 10);
    batch_add(batch, 20);
    assert_int_equal(udp_socket_send(&socket, &v6, batch), UDP_UNREACHABLE);
    assert_int_equal(udp_socket_send_one(&socket, &v6, "x", 1), UDP_UNREACHABLE);
    assert_int_equal(atomic_load(&socket.losses[UDP_UNREACHABLE]), 3);

    /* Broadcasting without permission. */
    address_set_ipv4(&v6, 0xffffffff, 9);
    assert_int_not_equal(udp_socket_send(&socket, &v6, batch), UDP_SENT);

    udp_socket_close(&socket);
    assert_int_equal(udp_socket_send(&socket, &socket.local, batch), UDP_FAILED);
    for (int i = 0; i < UDP_OUTCOMES; i++)
        assert_true(strlen(udp_outcome_text((enum udp_outcome)i)) > 3);
    free(batch);
}

/* Port 0 and unreachable remotes still make a socket (API contract 6.1). */
static void test_unconnectable_remote(void **state)
{
    SteamNetworkingIPAddr any, remote;
    struct udp_socket socket;

    (void)state;
    address_clear(&any);
    address_set_ipv4(&remote, 0x7f000001, 0);
    open_or_fail(&socket, &any, &remote);
    assert_false(socket.connected);
    assert_int_not_equal(udp_socket_send_one(&socket, &remote, "x", 1), UDP_SENT);
    udp_socket_close(&socket);
    address_clear(&remote);
    open_or_fail(&socket, &any, &remote);
    assert_false(socket.connected);
    udp_socket_close(&socket);
}

static void read_local(const struct udp_socket *socket, SteamNetworkingIPAddr *local)
{
    union socket_address address;
    socklen_t length = sizeof(address);

    memset(&address, 0, sizeof(address));
    assert_int_equal(getsockname(socket->descriptor, &address.any, &length), 0);
    socket_address_unpack(&address, local);
}

/* The loopback interface of a network of our own, where it may be as narrow as we want. */
static bool set_loopback(int size)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_mtu = size};
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    bool set = ioctl(descriptor, SIOCSIFMTU, &request) == 0;

    request.ifr_flags = IFF_UP;
    set = set && ioctl(descriptor, SIOCSIFFLAGS, &request) == 0;
    close(descriptor);
    return set;
}

/* Sends to an address that is not there, just to see whether it could be sent. */
static enum udp_outcome try_sizes(struct udp_socket *socket, const SteamNetworkingIPAddr *to,
                                  struct datagram_batch *batch, int count, size_t size, bool data)
{
    size_t offset = 0;

    datagram_batch_clear(batch);
    while (batch->count < count)
        batch_add(batch, size);
    for (int i = 0; i < count; i++, offset += size)
        batch->bytes[offset] = data ? 0x80 : 0x20;
    return udp_socket_send(socket, to, batch);
}

/*
 * What is too large for the path is refused, and only that; a run that is refused costs other runs nothing; control
 * messages get through in fragments.
 */
static void test_narrow_path(void **state)
{
    struct datagram_batch *batch = malloc(sizeof(*batch));
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    struct udp_socket server, client;
    SteamNetworkingIPAddr address;
    bool joined = false;

    (void)state;
    if (home < 0 || unshare(CLONE_NEWNET) != 0 || !set_loopback(1280)) {
        (void)setns(home, CLONE_NEWNET);
        close(home);
        free(batch);
        skip();
    }
    loopback_v4(&address);
    open_or_fail(&server, &address, NULL);
    open_or_fail(&client, &address, NULL);
    assert_int_equal(try_sizes(&client, &server.local, batch, 20, 1300, true), UDP_TOO_LARGE);
    assert_int_equal(atomic_load(&client.losses[UDP_TOO_LARGE]), 20);
    assert_int_equal(try_sizes(&client, &server.local, batch, 1, 1253, true), UDP_TOO_LARGE);
    assert_int_equal(try_sizes(&client, &server.local, batch, 20, 1252, true), UDP_SENT);
    expect_batch(&server, batch, &client.local, &joined);
    assert_true(joined);

    /* One that is too large does not keep back smaller ones behind it. */
    datagram_batch_clear(batch);
    batch_add(batch, 1300);
    batch_add(batch, 100);
    batch->bytes[0] = batch->bytes[1300] = 0x80;
    assert_int_equal(udp_socket_send(&client, &server.local, batch), UDP_TOO_LARGE);
    memmove(batch->bytes, batch->bytes + 1300, 100);
    batch->sizes[0] = 100;
    batch->count = 1;
    expect_batch(&server, batch, &client.local, NULL);

    assert_int_equal(try_sizes(&client, &server.local, batch, 2, 1300, false), UDP_SENT);
    expect_batch(&server, batch, &client.local, NULL);
    assert_int_equal(udp_socket_send_one(&client, &server.local, batch->bytes, 1300), UDP_SENT);
    batch->count = 1;
    expect_batch(&server, batch, &client.local, NULL);
    assert_int_equal(try_sizes(&client, &server.local, batch, 1, 1300, true), UDP_TOO_LARGE); /* as before */

    /* The same for IPv6, which has a larger header, on a socket for both. */
    if (have_ipv6()) {
        struct udp_socket six;
        SteamNetworkingIPAddr to;

        address_clear(&address);
        open_or_fail(&six, &address, NULL);
        if (six.family == AF_INET6) {
            address_parse(&to, "[::1]:9", 7);
            assert_int_equal(try_sizes(&six, &to, batch, 3, 1233, true), UDP_TOO_LARGE);
            assert_int_equal(try_sizes(&six, &to, batch, 3, 1232, true), UDP_SENT);
            assert_int_equal(try_sizes(&six, &to, batch, 3, 1300, false), UDP_SENT);
            address_parse(&to, "127.0.0.1:9", 11);
            assert_int_equal(try_sizes(&six, &to, batch, 3, 1253, true), UDP_TOO_LARGE);
            assert_int_equal(try_sizes(&six, &to, batch, 3, 1252, true), UDP_SENT);
            assert_int_equal(try_sizes(&six, &to, batch, 3, 1300, false), UDP_SENT);
        }
        udp_socket_close(&six);
    }

    assert_true(set_loopback(65536));
    joined = false;
    assert_int_equal(try_sizes(&client, &server.local, batch, DATAGRAM_BATCH_CAPACITY, 1300, true), UDP_SENT);
    expect_batch(&server, batch, &client.local, &joined);
    assert_true(joined);
    udp_socket_close(&client);
    udp_socket_close(&server);
    assert_int_equal(setns(home, CLONE_NEWNET), 0);
    close(home);
    free(batch);
}

static void set_loopback_address(uint32_t address)
{
    struct ifreq request = {.ifr_name = "lo:1"};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0);

    memcpy(&request.ifr_addr, &in, sizeof(in));
    assert_int_equal(ioctl(descriptor, SIOCSIFADDR, &request), 0);
    in.sin_addr.s_addr =
        INADDR_BROADCAST; /* of a network of its own, because all of the network would be this machine */
    memcpy(&request.ifr_netmask, &in, sizeof(in));
    assert_int_equal(ioctl(descriptor, SIOCSIFNETMASK, &request), 0);
    close(descriptor);
}

/* The machine's address goes away and another one comes: the socket keeps its port and takes the other address. */
static void test_reroute(void **state)
{
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    struct datagram_batch *batch = malloc(sizeof(*batch));
    SteamNetworkingIPAddr any, remote, before, after;
    struct udp_socket socket;

    (void)state;
    if (home < 0 || unshare(CLONE_NEWNET) != 0 || !set_loopback(1500)) {
        (void)setns(home, CLONE_NEWNET);
        close(home);
        free(batch);
        skip();
    }
    set_loopback_address(0x0a000001);
    address_set_ipv4(&any, 0, 0);
    address_set_ipv4(&remote, 0x0a000001, 4000); /* itself, so that it is its own address, too */
    open_or_fail(&socket, &any, &remote);
    before = socket.local;
    assert_true(address_equal_without_port(&before, &remote));
    assert_false(udp_socket_reroute(&socket, &remote)); /* nothing has changed */
    set_loopback_address(0x0a000002);
    assert_int_not_equal(try_sizes(&socket, &remote, batch, 1, 100, true), UDP_SENT);
    assert_false(udp_socket_reroute(&socket, &remote)); /* no way there */
    address_set_ipv4(&remote, 0x0a000002, 4000);
    assert_true(udp_socket_reroute(&socket, &remote));
    assert_true(socket.connected);
    read_local(&socket, &after);
    assert_true(address_equal_without_port(&after, &remote));
    assert_int_equal(after.m_port, before.m_port);
    assert_int_equal(try_sizes(&socket, &remote, batch, 1, 100, true), UDP_SENT);
    udp_socket_close(&socket);
    assert_int_equal(setns(home, CLONE_NEWNET), 0);
    close(home);
    free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange_v4),      cmocka_unit_test(test_exchange_v6),
        cmocka_unit_test(test_dual_stack),       cmocka_unit_test(test_any_v4),
        cmocka_unit_test(test_descriptor_flags), cmocka_unit_test(test_a_port_in_use_is_refused),
        cmocka_unit_test(test_shared_port),      cmocka_unit_test(test_refusal_is_ignored),
        cmocka_unit_test(test_outcomes),         cmocka_unit_test(test_unconnectable_remote),
        cmocka_unit_test(test_narrow_path),      cmocka_unit_test(test_reroute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
