/*
 * A network in trouble: ports that are taken or forbidden, no IPv6, cables pulled out and put back, errors of the
 * system when something is sent. Listening fails and says why; connections outlive what passes.
 *
 * What a network can do is done in namespaces of the case's own, where there are any. Errors that are hard to provoke
 * are put between the library and the system: the functions of the C library that it calls are defined here.
 */
#include "api/fixture.h"
#include "harness/forger.h"
#include "harness/private_network.h"
#include "harness/process.h"
#include "harness/raw_socket.h"
#include "harness/runner.h"
#include "trouble/echo_line.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define U(name, ...) SteamAPI_ISteamNetworkingUtils_##name(utils, ##__VA_ARGS__)

/* ---- between the library and the system ------------------------------------------------------------------------- */

static atomic_int send_error;     /* what sending gives; 0: let the system decide */
static atomic_int sends_in_error; /* how many times it did */
static atomic_int socket_family_missing;

#define OVERRIDE __attribute__((visibility("default")))

static bool refuse_to_send(void)
{
    int number = atomic_load(&send_error);

    if (number == 0)
        return false;
    atomic_fetch_add(&sends_in_error, 1);
    errno = number;
    return true;
}

OVERRIDE int sendmmsg(int descriptor, struct mmsghdr *messages, unsigned count, int flags)
{
    return refuse_to_send() ? -1 : (int)syscall(SYS_sendmmsg, descriptor, messages, count, flags);
}

OVERRIDE ssize_t sendto(int descriptor, const void *data, size_t length, int flags, const struct sockaddr *to,
                        socklen_t to_length)
{
    if (refuse_to_send())
        return -1;
    return syscall(SYS_sendto, descriptor, data, length, flags, to, to_length);
}

OVERRIDE int socket(int family, int type, int protocol)
{
    if (family != 0 && family == atomic_load(&socket_family_missing)) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    return (int)syscall(SYS_socket, family, type, protocol);
}

/* ---- listening where one cannot --------------------------------------------------------------------------------- */

static SteamNetworkingIPAddr address_from(const char *text)
{
    SteamNetworkingIPAddr address;

    assert_true(SteamAPI_SteamNetworkingIPAddr_ParseString(&address, text));
    return address;
}

static HSteamListenSocket listen_on(const char *host, int port)
{
    char text[64];
    SteamNetworkingIPAddr address;

    snprintf(text, sizeof(text), "%s:%d", host, port);
    address = address_from(text);
    forget_log();
    return S(CreateListenSocketIP, &address, 0, NULL);
}

static void expect_cannot_listen(const char *host, int port, const char *why)
{
    assert_int_equal(listen_on(host, port), 0);
    if (!logged("CreateListenSocketIP: cannot listen on") || !logged(why))
        fail_msg("listening on %s:%d failed without saying \"%s\": %s", host, port, why, fixture_log);
}

static void hold_port(void **state)
{
    struct process *other = *state;
    SteamNetworkingIPAddr address;

    start_as("str:first");
    listen_with(0, NULL, &address);
    tell(other, "%u", address.m_port);
    expect_to_hear(other, "end");
    stop(NULL);
}

static void port_in_use(void **state)
{
    struct process first = start_process("first", hold_port);
    char line[LINE_MAXIMUM];
    int port, foreign, on = 1;

    (void)state;
    hear(&first, line);
    port = atoi(line);
    start_as("str:second");
    expect_cannot_listen("127.0.0.1", port, "in use");
    expect_cannot_listen("[::ffff:0.0.0.0]", port, "in use");
    expect_cannot_listen("[::]", port, "in use");
    tell(&first, "end");
    finish_process(&first);

    /* A stranger's socket that would share its port with anybody is not joined. */
    foreign = raw_open(INADDR_LOOPBACK, 0);
    port = raw_address(foreign).m_port;
    assert_int_equal(setsockopt(foreign, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
    expect_cannot_listen("127.0.0.1", port, "in use");
    close(foreign);

    /* Our own, twice; then free again. */
    HSteamListenSocket listener = listen_on("127.0.0.1", port);
    assert_int_not_equal(listener, 0);
    expect_cannot_listen("127.0.0.1", port, "in use");
    assert_true(S(CloseListenSocket, listener));
    assert_int_not_equal(listen_on("127.0.0.1", port), 0);
    stop(NULL);
}

static void address_of_nobody_here(void **state)
{
    (void)state;
    start_as("str:stranger");
    expect_cannot_listen("192.0.2.1", 5000, "address");
    expect_cannot_listen("[2001:db8::1]", 5000, "address");
    stop(NULL);
}

static void privileged_port_without_permission(void **state)
{
    (void)state;
    enter_private_network();
    set_network_option("ipv4/ip_unprivileged_port_start", "1024");
    if (setresuid(65534, 65534, 65534) != 0)
        skip_case("needs root: cannot become nobody (%s)", strerror(errno));
    start_as("str:nobody");
    expect_cannot_listen("127.0.0.1", 80, "ermission");
    assert_int_not_equal(listen_on("127.0.0.1", 8080), 0);
    stop(NULL);
}

static void no_descriptors_left(void **state)
{
    struct rlimit limit;
    struct link link;
    SteamNetworkingIPAddr address = loopback(9);
    int lowest;

    (void)state;
    start_as("str:crowded");
    link = link_up();
    lowest = dup(0);
    close(lowest);
    limit.rlim_cur = (rlim_t)lowest;
    limit.rlim_max = 4096;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    expect_cannot_listen("127.0.0.1", 9, "open files");
    forget_log();
    assert_int_equal(S(ConnectByIPAddress, &address, 0, NULL), 0);
    assert_true(logged("ConnectByIPAddress") && logged("open files"));
    assert_int_equal(send_text(link.client, "unaffected", RELIABLE_NOW), k_EResultOK);
    expect_text(link.server, "unaffected");
    limit.rlim_cur = 1024;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_not_equal(S(ConnectByIPAddress, &address, 0, NULL), 0);
    stop(NULL);

    /* Starting takes descriptors too. */
    lowest = dup(0);
    close(lowest);
    for (int spare = 0; spare < 40; spare++) {
        SteamNetworkingErrMsg error = "";
        bool started;

        limit.rlim_cur = (rlim_t)(lowest + spare);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        started = GameNetworkingSockets_Init(NULL, error);
        if (started) {
            GameNetworkingSockets_Kill();
            assert_true(spare > 0);
            return;
        }
        assert_true(strlen(error) > 10);
    }
    fail_msg("forty descriptors are not enough to start");
}

/* ---- no IPv6 ---------------------------------------------------------------------------------------------------- */

static void expect_ipv4_alone(void)
{
    SteamNetworkingIPAddr any, address;
    HSteamListenSocket listener;
    HSteamNetConnection client;

    any = address_from("[::]:0");
    listener = Fumarole_CreateListenSocketIPAnyPort(&any, 0, NULL); /* every interface: what there is of them */
    assert_int_not_equal(listener, 0);
    assert_true(S(GetListenSocketAddress, listener, &address));
    address = loopback(address.m_port);
    client = S(ConnectByIPAddress, &address, 0, NULL);
    assert_int_not_equal(client, 0);
    await(incoming(listener));
    assert_int_equal(S(AcceptConnection, incoming(listener)), k_EResultOK);
    await(state_of(client) == CONNECTED);
    expect_cannot_listen("[::1]", 5000, "");
}

static void no_ipv6_in_the_kernel(void **state)
{
    SteamNetworkingIPAddr address;

    (void)state;
    atomic_store(&socket_family_missing, AF_INET6);
    start_as("str:four");
    expect_ipv4_alone();
    assert_true(logged("not supported"));
    address = address_from("[::1]:5000");
    forget_log();
    assert_int_equal(S(ConnectByIPAddress, &address, 0, NULL), 0);
    assert_true(logged("ConnectByIPAddress: no socket can be opened") && logged("not supported"));
    address = address_from("[::]:0"); /* nowhere in particular is no reason to refuse */
    assert_int_not_equal(S(ConnectByIPAddress, &address, 0, NULL), 0);
    stop(NULL);
}

static void ipv6_disabled(void **state)
{
    SteamNetworkingConfigValue_t quick = int_option(k_ESteamNetworkingConfig_TimeoutInitial, 300);
    SteamNetworkingIPAddr address;
    HSteamNetConnection client;

    (void)state;
    enter_private_network();
    set_network_option("ipv6/conf/all/disable_ipv6", "1");
    start_as("str:four");
    expect_ipv4_alone();
    address = address_from("[2001:db8::1]:5000");
    client = S(ConnectByIPAddress, &address, 1, &quick);
    assert_int_not_equal(client, 0); /* there may be a route later; this one ends like every silence */
    await(state_of(client) == PROBLEM);
    assert_int_equal(info_of(client).m_eEndReason, k_ESteamNetConnectionEnd_Misc_Timeout);
    stop(NULL);
}

/* ---- cables ----------------------------------------------------------------------------------------------------- */

static void interface_down_and_up_again(void **state)
{
    HSteamNetConnection client;

    (void)state;
    lay_line(1500);
    client = connect_by_line(10000);
    echo(client, 5, 500);
    set_up("cable", false);
    assert_int_equal(send_text(client, "lost at first", RELIABLE_NOW), k_EResultOK);
    assert_int_equal(send_text(client, "lost for good", k_nSteamNetworkingSend_UnreliableNoNagle), k_EResultOK);
    pass_time(1500);
    assert_int_equal(state_of(client), CONNECTED);
    set_up("cable", true);
    expect_text(client, "lost at first"); /* arrived after all, and came back */
    echo(client, 20, 1000);
    take_away_line(CONNECTED);
}

static void interface_down_for_good(void **state)
{
    HSteamNetConnection client;
    int64 began;

    (void)state;
    lay_line(1500);
    client = connect_by_line(1000);
    echo(client, 5, 500);
    set_up("cable", false);
    began = milliseconds_now();
    send_text(client, "anybody?", RELIABLE_NOW);
    await(state_of(client) != CONNECTED);
    assert_int_equal(state_of(client), PROBLEM);
    assert_int_equal(info_of(client).m_eEndReason, k_ESteamNetConnectionEnd_Misc_Timeout);
    assert_true(milliseconds_now() - began >= 1000);
    take_away_line(CONNECTED); /* its timeout is ten seconds */
}

static void connecting_while_the_interface_is_down(void **state)
{
    HSteamNetConnection client;

    (void)state;
    lay_line(1500);
    set_up("cable", false);
    client = S(ConnectByIPAddress, &server_address, 0, NULL);
    assert_int_not_equal(client, 0);
    pass_time(700);
    assert_int_equal(state_of(client), CONNECTING);
    set_up("cable", true);
    await(state_of(client) == CONNECTED);
    echo(client, 5, 500);
    take_away_line(CONNECTED);
}

/* ---- errors when sending ---------------------------------------------------------------------------------------- */

static void errors_of_sending(void **state)
{
    static const int errors[] = {ENOBUFS,  EAGAIN, ENOMEM, ENETUNREACH, EHOSTUNREACH,  ENETDOWN,
                                 EMSGSIZE, EPERM,  EACCES, EIO,         EADDRNOTAVAIL, ECONNREFUSED};
    struct link link;

    (void)state;
    start_as("str:plagued");
    link = link_up();
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        int before = atomic_load(&sends_in_error);

        atomic_store(&send_error, errors[i]);
        assert_int_equal(send_text(link.client, "through all of it", RELIABLE_NOW), k_EResultOK);
        assert_int_equal(send_text(link.server, "and back", RELIABLE_NOW), k_EResultOK);
        await(atomic_load(&sends_in_error) >= before + 4); /* tried again, too */
        atomic_store(&send_error, 0);
        expect_text(link.server, "through all of it");
        expect_text(link.client, "and back");
        assert_int_equal(state_of(link.client), CONNECTED);
        assert_int_equal(state_of(link.server), CONNECTED);
    }
    stop(NULL);
}

/* ---- refused ---------------------------------------------------------------------------------------------------- */

/* A port that nobody has is answered with an error by the system; who comes to have it later is reached all the same.
 */
static void connecting_before_the_server_is_there(void **state)
{
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener;
    HSteamNetConnection client;
    int place;

    (void)state;
    start_as("str:early");
    place = raw_open(INADDR_LOOPBACK, 0);
    address = raw_address(place);
    close(place);
    client = S(ConnectByIPAddress, &address, 0, NULL);
    pass_time(700);
    assert_int_equal(state_of(client), CONNECTING);
    listener = S(CreateListenSocketIP, &address, 0, NULL);
    assert_int_not_equal(listener, 0);
    await(incoming(listener));
    assert_int_equal(S(AcceptConnection, incoming(listener)), k_EResultOK);
    await(state_of(client) == CONNECTED);
    stop(NULL);
}

static void port_closed_for_a_moment(void **state)
{
    struct middleman middle;
    struct link link;
    uint16_t port;

    (void)state;
    start_as("str:patient");
    link.listener = listen_with(0, NULL, &link.address);
    middleman_open(&middle, &link.address);
    port = middle.address.m_port;
    link.client = S(ConnectByIPAddress, &middle.address, 0, NULL);
    await((middleman_work(&middle), incoming(link.listener)));
    link.server = incoming(link.listener);
    assert_int_equal(S(AcceptConnection, link.server), k_EResultOK);
    await((middleman_work(&middle), state_of(link.client) == CONNECTED));

    close(middle.front); /* from here on the client's datagrams are refused */
    for (int i = 0; i < 20; i++) {
        assert_int_equal(send_text(link.client, "?", RELIABLE_NOW), k_EResultOK);
        pass_time(30);
    }
    assert_int_equal(state_of(link.client), CONNECTED);
    middle.front = raw_open(INADDR_LOOPBACK, port);
    for (int i = 0; i < 20; i++) {
        SteamNetworkingMessage_t *message;

        await((middleman_work(&middle), S(ReceiveMessagesOnConnection, link.server, &message, 1) == 1));
        release(message);
    }
    assert_int_equal(state_of(link.client), CONNECTED);
    middleman_close(&middle);
    stop(NULL);
}

int main(int argc, char **argv)
{
    static const struct real_case cases[] = {
        real_case(port_in_use),
        real_case(address_of_nobody_here),
        real_case(privileged_port_without_permission),
        real_case(no_descriptors_left),
        real_case(no_ipv6_in_the_kernel),
        real_case(ipv6_disabled),
        real_case(interface_down_and_up_again),
        real_case(interface_down_for_good),
        real_case(connecting_while_the_interface_is_down),
        real_case(errors_of_sending),
        real_case(connecting_before_the_server_is_there),
        real_case(port_closed_for_a_moment),
    };

    return run_cases(argc, argv, cases);
}
