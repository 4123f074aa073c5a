/*
 * What it costs a server to get rid of a stranger's datagram, or to answer it. Prints one line of key=value pairs for
 * each kind of datagram:
 *
 *   ns_per_datagram  processor time of the library's one service thread, the system's share included, while another
 *                    process sends as fast as it can
 *   own_ns           the library's share of that: the listener, and the signatures, without sockets; 0 where a
 *                    connection is concerned
 *
 *   strangers [--seconds S]     how long each kind takes (default 1)
 */
#include "fumarole/fumarole.h"

#include "base/random.h"
#include "cert/certificate_issue.h"
#include "cert/certificate_policy.h"
#include "conn/connection.h"
#include "conn/endpoint.h"
#include "conn/listener.h"
#include "crypto/crypto.h"
#include "wire/control_messages.h"
#include "wire/data_header.h"
#include "wire/limits.h"

#include "cost.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    BATCH = 64,
    ROOM = 1400,
    CERTIFICATE_ROOM = 1024,
    REPLY_MS = 200,
    DRAIN_US = 100000,
    DRAIN_TRIES = 50,
    CLIENT_ID = 77,
    NO_LIMIT = 0,
};

struct datagram {
    size_t length;
    uint8_t bytes[ROOM];
};

_Noreturn static void fail(const char *what)
{
    fprintf(stderr, "strangers: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void expect(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "strangers: %s failed\n", what);
    exit(1);
}

/* ---- datagrams --------------------------------------------------------------------------------------------------- */

static struct datagram challenge_request(void)
{
    struct challenge_request request = {true, true, true, CLIENT_ID, 1, PROTOCOL_VERSION};
    struct datagram datagram;

    datagram.length = challenge_request_encode(&request, datagram.bytes, ROOM);
    return datagram;
}

/* As a client without a name would ask, with a signature that is one bit off, so that nobody is let in. */
static struct datagram connect_request(uint64_t challenge)
{
    static const uint8_t seed[CRYPTO_KEY_SIZE] = {3}, private_key[CRYPTO_KEY_SIZE] = {9};
    uint8_t key[CRYPTO_KEY_SIZE], exchange[CRYPTO_KEY_SIZE], body[CERTIFICATE_ROOM], certificate[CERTIFICATE_ROOM],
        crypt[256], signature[CRYPTO_SIGNATURE_SIZE];
    struct certificate_grant grant = {
        .key = key, .created = (uint32_t)time(NULL), .expiry = (uint32_t)time(NULL) + 100000};
    struct crypt_info info = {.has_kind = true,
                              .has_dh_public = true,
                              .has_nonce = true,
                              .has_version = true,
                              .kind = CRYPT_KIND_X25519,
                              .dh_public = {exchange, sizeof exchange},
                              .nonce = 99,
                              .version = PROTOCOL_VERSION,
                              .cipher_count = 1,
                              .ciphers = {CIPHER_AES_256_GCM}};
    struct connect_request request = {.has_client_id = true,
                                      .has_challenge = true,
                                      .has_certificate = true,
                                      .has_client_time = true,
                                      .has_crypt = true,
                                      .client_id = CLIENT_ID,
                                      .challenge = challenge,
                                      .client_time = 1};
    struct datagram datagram;
    size_t length;

    expect(crypto_ed25519_public(seed, key) && crypto_x25519_public(private_key, exchange), "making keys");
    length = certificate_issue_body(&grant, body, sizeof body);
    length = certificate_issue_unsigned((struct byte_slice){body, length}, certificate, sizeof certificate);
    expect(length > 0 && signed_certificate_decode(&request.certificate, certificate, length), "a certificate");
    length = crypt_info_encode(&info, crypt, sizeof crypt);
    expect(crypto_ed25519_sign(seed, crypt, length, signature), "signing");
    signature[5] ^= 1;
    request.crypt = (struct signed_crypt){
        .has_info = true, .has_signature = true, .info = {crypt, length}, .signature = {signature, sizeof signature}};
    datagram.length = connect_request_encode(&request, datagram.bytes, ROOM);
    return datagram;
}

static struct datagram closed(void)
{
    struct connection_closed message = {.has_reason = true, .reason = 1000, .to_id = 1, .from_id = 2};
    struct datagram datagram;

    datagram.length = connection_closed_encode(&message, datagram.bytes, ROOM);
    return datagram;
}

static struct datagram data_for(uint32_t id)
{
    struct data_header header = {.connection_id = id, .packet_number = 500};
    struct datagram datagram;

    memset(datagram.bytes, 0xa5, ROOM);
    data_header_encode(&header, datagram.bytes, ROOM);
    datagram.length = 100;
    return datagram;
}

static struct datagram filled(uint8_t first, size_t length)
{
    struct datagram datagram;

    memset(datagram.bytes, 0xff, ROOM);
    datagram.bytes[0] = first;
    datagram.length = length;
    return datagram;
}

/* ---- the stranger, in a process of his own ----------------------------------------------------------------------- */

enum kind {
    TOO_SHORT,
    TOO_LONG,
    UNKNOWN,
    MALFORMED,
    DATA_FOR_NOBODY,
    DATA_FOR_SOMEBODY, /* the id of a connection, from elsewhere: it does not decrypt */
    BAD_CHALLENGE,
    CLOSED_OVER_LIMIT,
    CHALLENGE_OVER_LIMIT,
    CHALLENGE_ANSWERED,
    CONNECT_OVER_LIMIT,
    BAD_SIGNATURE,
    KINDS,
};

struct order {
    enum kind kind;
    double seconds;
    uint16_t port;
    uint32_t connection;
};

struct report {
    long sent, replies;
    size_t length;
};

static bool needs_challenge(enum kind kind)
{
    return kind == CONNECT_OVER_LIMIT || kind == BAD_SIGNATURE;
}

static uint64_t ask(int descriptor)
{
    struct datagram request = challenge_request();
    struct pollfd watched = {.fd = descriptor, .events = POLLIN};
    struct control_message message;
    uint8_t reply[ROOM];

    for (int tries = 0; tries < 50; tries++) {
        ssize_t length;

        if (send(descriptor, request.bytes, request.length, 0) < 0 || poll(&watched, 1, REPLY_MS) <= 0)
            continue;
        length = recv(descriptor, reply, sizeof reply, MSG_DONTWAIT);
        if (length > 0 && control_decode(reply, (size_t)length, &message) == CONTROL_OK &&
            message.kind == CONTROL_CHALLENGE_REPLY)
            return message.challenge_reply.challenge;
    }
    expect(false, "asking for a challenge");
    return 0;
}

static struct datagram datagram_of(const struct order *order, uint64_t challenge)
{
    switch (order->kind) {
    case TOO_SHORT:
        return filled(0x20, 4);
    case TOO_LONG:
        return filled(0x20, DATAGRAM_MAXIMUM + 1);
    case UNKNOWN:
        return filled(0x55, 100);
    case MALFORMED:
        return filled(0x22, 600);
    case DATA_FOR_NOBODY:
        return data_for(0x12345678);
    case DATA_FOR_SOMEBODY:
        return data_for(order->connection);
    case CLOSED_OVER_LIMIT:
        return closed();
    case CHALLENGE_OVER_LIMIT:
    case CHALLENGE_ANSWERED:
        return challenge_request();
    case BAD_CHALLENGE:
        return connect_request(0x1234567812340000);
    default:
        return connect_request(challenge);
    }
}

static long take_replies(int descriptor, long expected)
{
    struct pollfd watched = {.fd = descriptor, .events = POLLIN};
    uint8_t reply[ROOM];
    long count = 0;

    while (count < expected && poll(&watched, 1, REPLY_MS) > 0)
        while (recv(descriptor, reply, sizeof reply, MSG_DONTWAIT) > 0)
            count++;
    return count;
}

static struct report carry_out(const struct order *order)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(order->port)};
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    double began = clock_seconds(), asked = began;
    struct datagram datagram;
    struct mmsghdr messages[BATCH];
    struct iovec part;
    struct report report = {0};

    if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&to, sizeof to) != 0)
        fail("socket");
    datagram = datagram_of(order, needs_challenge(order->kind) ? ask(descriptor) : 0);
    part = (struct iovec){datagram.bytes, datagram.length};
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < BATCH; i++)
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &part, .msg_iovlen = 1};
    while (clock_seconds() - began < order->seconds) {
        int sent = sendmmsg(descriptor, messages, BATCH, 0);

        if (sent < 0 && errno != ENOBUFS && errno != EAGAIN && errno != ECONNREFUSED)
            fail("sendmmsg");
        report.sent += sent > 0 ? sent : 0;
        if (order->kind == CHALLENGE_ANSWERED)
            report.replies += take_replies(descriptor, sent);
        if (needs_challenge(order->kind) && clock_seconds() - asked > 1) { /* they become stale */
            asked = clock_seconds();
            datagram = datagram_of(order, ask(descriptor));
        }
    }
    report.length = datagram.length;
    close(descriptor);
    return report;
}

static void be_stranger(int channel)
{
    struct order order;
    struct report report;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (recv(channel, &order, sizeof order, 0) == (ssize_t)sizeof order) {
        report = carry_out(&order);
        if (send(channel, &report, sizeof report, 0) != (ssize_t)sizeof report)
            fail("send");
    }
    exit(0);
}

/* ---- the server -------------------------------------------------------------------------------------------------- */

static clockid_t service_clock;

static void note_thread(void)
{
    pthread_getcpuclockid(pthread_self(), &service_clock);
}

static double service_seconds(void)
{
    struct timespec time;

    if (clock_gettime(service_clock, &time) != 0)
        fail("the clock of the service thread");
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static ISteamNetworkingSockets *sockets;
static HSteamNetConnection server_end;

static void note_status(SteamNetConnectionStatusChangedCallback_t *event)
{
    if (event->m_info.m_hListenSocket && event->m_info.m_eState == k_ESteamNetworkingConnectionState_Connecting) {
        server_end = event->m_hConn;
        SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, event->m_hConn);
    }
}

static void set_limit(ESteamNetworkingConfigValue value, int32 number)
{
    expect(SteamAPI_ISteamNetworkingUtils_SetConfigValue(SteamAPI_SteamNetworkingUtils_v003(), value,
                                                         k_ESteamNetworkingConfig_Global, 0,
                                                         k_ESteamNetworkingConfig_Int32, &number),
           "setting a limit");
}

static uint64_t handled(void)
{
    struct FumaroleStatistics statistics = {.size = sizeof statistics};

    Fumarole_GetStatistics(&statistics);
    return statistics.dropped_too_short + statistics.dropped_too_long + statistics.dropped_unknown_message +
           statistics.dropped_malformed + statistics.dropped_bad_challenge + statistics.dropped_no_connection +
           statistics.dropped_bad_credentials + statistics.dropped_total_limit;
}

static uint16_t listen_anywhere(void)
{
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener;

    memset(&address, 0, sizeof address);
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, INADDR_LOOPBACK, 0);
    listener = Fumarole_CreateListenSocketIPAnyPort(&address, 0, NULL);
    expect(listener && SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(sockets, listener, &address),
           "listening");
    return address.m_port;
}

/* A client whose connection's id the stranger knows. */
static void connect_somebody(uint16_t port)
{
    SteamNetworkingIPAddr address;
    double began = clock_seconds();

    memset(&address, 0, sizeof address);
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, INADDR_LOOPBACK, port);
    expect(SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &address, 0, NULL), "connecting");
    while (!server_end && clock_seconds() - began < 10) {
        Fumarole_Wait(20);
        SteamAPI_ISteamNetworkingSockets_RunCallbacks(sockets);
    }
    expect(server_end, "connecting");
    usleep(DRAIN_US);
}

static int64_t unix_time(void)
{
    return time(NULL);
}

/* The same without sockets, in virtual time that stands still. */
static double own_nanoseconds(const struct order *order)
{
    enum { ROUNDS_AT_A_TIME = 100 };
    static struct listener listener;
    static struct listener_result result;
    struct endpoint *endpoint;
    struct random_generator random;
    struct certificate_verdict verdict;
    struct datagram datagram = challenge_request();
    struct control_message message;
    struct stranger_rate rate = {0}, few = {.per_address = 1, .total = 1};
    SteamNetworkingIPAddr from;
    double began;
    long rounds = 0;

    if (order->kind == DATA_FOR_SOMEBODY)
        return 0;
    endpoint = endpoint_new();
    expect(endpoint, "memory");
    endpoint->unix_time = unix_time;
    random_generator_init(&random, 1);
    listener_init(&listener, &random.source);
    memset(&from, 0, sizeof from);
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&from, 0x0a000001, 1000);
    listener_receive(&listener, &from, datagram.bytes, datagram.length, true, 0, &result);
    expect(control_decode(result.reply, result.reply_length, &message) == CONTROL_OK, "a challenge");
    datagram = datagram_of(order, message.challenge_reply.challenge);
    stranger_limits_set(&listener.limits, WORK_CHALLENGE, order->kind == CHALLENGE_OVER_LIMIT ? few : rate);
    stranger_limits_set(&listener.limits, WORK_CONNECT, order->kind == CONNECT_OVER_LIMIT ? few : rate);
    began = processor_seconds();
    do {
        for (int i = 0; i < ROUNDS_AT_A_TIME; i++)
            if (listener_receive(&listener, &from, datagram.bytes, datagram.length, true, 0, &result) ==
                LISTENER_CONNECT)
                expect(!connection_judge_request(endpoint, 2, &result.request, &result.identity, &verdict),
                       "refusing a signature");
        rounds += ROUNDS_AT_A_TIME;
    } while (processor_seconds() - began < order->seconds / 4);
    endpoint_release(endpoint);
    return (processor_seconds() - began) / (double)rounds * 1e9;
}

static void measure(int channel, struct order order, const char *name)
{
    int32 few = 1;
    uint64_t before, count = UINT64_MAX;
    double processor;
    struct report report;

    set_limit(k_EFumaroleConfig_ListenChallengesTotal, order.kind == CHALLENGE_OVER_LIMIT ? few : NO_LIMIT);
    set_limit(k_EFumaroleConfig_ListenConnectsTotal, order.kind == CONNECT_OVER_LIMIT ? few : NO_LIMIT);
    set_limit(k_EFumaroleConfig_ListenStrayRepliesTotal, few);
    before = handled();
    processor = service_seconds();
    if (send(channel, &order, sizeof order, 0) != (ssize_t)sizeof order ||
        recv(channel, &report, sizeof report, 0) != (ssize_t)sizeof report)
        fail("the stranger");
    usleep(DRAIN_US);
    /* Until nothing is left; on a busy machine the first one takes its time. */
    for (int tries = 0;
         order.kind != CHALLENGE_ANSWERED && tries < DRAIN_TRIES && (count == 0 || handled() - before != count);
         tries++) {
        count = handled() - before;
        usleep(DRAIN_US);
    }
    processor = service_seconds() - processor;
    count = order.kind == CHALLENGE_ANSWERED ? (uint64_t)report.replies : handled() - before;
    expect(count > 0, name);
    printf("strangers kind=%s bytes=%zu sent=%ld handled=%llu ns_per_datagram=%.0f own_ns=%.0f\n", name, report.length,
           report.sent, (unsigned long long)count, processor / (double)count * 1e9, own_nanoseconds(&order));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const char *const names[KINDS] = {
        [TOO_SHORT] = "too_short",
        [TOO_LONG] = "too_long",
        [UNKNOWN] = "unknown_message",
        [MALFORMED] = "malformed",
        [DATA_FOR_NOBODY] = "data_for_nobody",
        [DATA_FOR_SOMEBODY] = "data_for_a_connection",
        [BAD_CHALLENGE] = "bad_challenge",
        [CLOSED_OVER_LIMIT] = "stray_close_over_limit",
        [CHALLENGE_OVER_LIMIT] = "challenge_over_limit",
        [CHALLENGE_ANSWERED] = "challenge_answered",
        [CONNECT_OVER_LIMIT] = "connect_over_limit",
        [BAD_SIGNATURE] = "bad_signature",
    };
    struct order order = {.seconds = 1};
    int channels[2];
    pid_t child;

    if (argc == 3)
        order.seconds = strcmp(argv[1], "--seconds") == 0 ? strtod(argv[2], NULL) : 0;
    if ((argc != 1 && argc != 3) || !(order.seconds > 0 && order.seconds < 3600)) {
        fprintf(stderr, "usage: strangers [--seconds S]\n");
        return 2;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels) != 0 || (child = fork()) < 0)
        fail("fork");
    if (child == 0) {
        close(channels[0]);
        be_stranger(channels[1]);
    }
    close(channels[1]);

    SteamNetworkingSockets_SetServiceThreadInitCallback(note_thread);
    expect(Fumarole_SetServiceThreads(1) && GameNetworkingSockets_Init(NULL, NULL), "starting the library");
    sockets = SteamAPI_SteamNetworkingSockets_v009();
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(
        SteamAPI_SteamNetworkingUtils_v003(), note_status);
    order.port = listen_anywhere();
    connect_somebody(order.port);
    order.connection = server_end;
    for (int kind = 0; kind < KINDS; kind++) {
        order.kind = (enum kind)kind;
        measure(channels[0], order, names[kind]);
    }
    close(channels[0]);
    waitpid(child, NULL, 0);
    GameNetworkingSockets_Kill();
    return 0;
}
