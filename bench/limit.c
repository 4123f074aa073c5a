/*
 * limit: what this machine can do at best, so that the figures of a library can be given as shares of it.
 *
 *   stream    one process seals payloads with AES-256-GCM and sends them as UDP datagrams over loopback, another one
 *             receives and opens them. No acknowledgement, no retransmission, no framing. The kernel cuts and joins the
 *             datagrams (UDP_SEGMENT, UDP_GRO) unless --no-offload is given.
 *   pingpong  the round trip of one datagram of 100 bytes between two processes that block in recv.
 *   keys      the public-key work of a connection: on each side a pair of keys, an agreement, a signature and the
 *             verification of one.
 *
 * Every sealed datagram takes one sequence of EVP calls with nothing but the nonce set anew, as in any protocol that
 * numbers its packets.
 */
#include "bench/cost.h"
#include "tools/sample.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum {
    DATAGRAM = 1248, /* what a full data packet of the protocol has on the wire */
    SEAL = 16,       /* of them, the tag */
    TRAIN = 50,      /* datagrams in one system call: the most that 64 KiB hold, rounded down */
    NONCE = 12,
    KEY = 32,
    SMALL = 100,
    SOCKET_BUFFER = 64 << 20,
    PATIENCE = 200000, /* microseconds until the receiver looks whether it shall stop */
    KEY_ROUNDS = 20,   /* between two looks at the clock */
    SIGNED_BYTES = 200,
};

static struct options {
    double seconds;
    bool plain, single;
} options = {.seconds = 5};

static struct {
    atomic_int port;
    atomic_bool stop;
    uint64_t bytes;
    double first, last, processor;
    bool broken;
} * report;

_Noreturn static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void expect(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "limit: %s failed\n", what);
        exit(1);
    }
}

/* ---------------------------------------------------------------------------------------------------- sockets */

/* A UDP socket on a loopback port that the system chooses, which is returned in *port. */
static int open_socket(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0), room = SOCKET_BUFFER;
    if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(descriptor, (struct sockaddr *)&address, &length) != 0)
        fail("limit: socket");
    /* Beyond the system's limit where that is permitted, otherwise up to it. */
    static const int kinds[2][2] = {{SO_RCVBUFFORCE, SO_RCVBUF}, {SO_SNDBUFFORCE, SO_SNDBUF}};
    for (int i = 0; i < 2; i++)
        if (setsockopt(descriptor, SOL_SOCKET, kinds[i][0], &room, sizeof room) != 0)
            setsockopt(descriptor, SOL_SOCKET, kinds[i][1], &room, sizeof room);
    *port = ntohs(address.sin_port);
    return descriptor;
}

static void connect_socket(int descriptor, int port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0)
        fail("limit: connect");
}

static pid_t fork_child(void)
{
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        fail("limit: fork");
    if (child == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    return child;
}

static int await_port(void)
{
    while (!report->port)
        usleep(500);
    return report->port;
}

/* ---------------------------------------------------------------------------------------------------- stream */

static const unsigned char key[KEY] = {7}, nonce[NONCE] = {3};

static bool open_datagram(EVP_CIPHER_CTX *cipher, unsigned char *sealed, int length, unsigned char *to)
{
    int done, rest;
    return length > SEAL && EVP_DecryptInit_ex(cipher, NULL, NULL, NULL, nonce) == 1 &&
           EVP_DecryptUpdate(cipher, to, &done, sealed, length - SEAL) == 1 &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, SEAL, sealed + length - SEAL) == 1 &&
           EVP_DecryptFinal_ex(cipher, to + done, &rest) == 1;
}

static bool seal_datagram(EVP_CIPHER_CTX *cipher, const unsigned char *content, unsigned char *to)
{
    int done, rest;
    return EVP_EncryptInit_ex(cipher, NULL, NULL, NULL, nonce) == 1 &&
           EVP_EncryptUpdate(cipher, to, &done, content, DATAGRAM - SEAL) == 1 &&
           EVP_EncryptFinal_ex(cipher, to + done, &rest) == 1 &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, SEAL, to + DATAGRAM - SEAL) == 1;
}

static void receive_stream(void)
{
    static unsigned char train[1 << 16], opened[DATAGRAM];
    int port, on = 1, descriptor = open_socket(&port);
    struct timeval patience = {.tv_usec = PATIENCE};
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    expect(cipher && EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce) == 1, "AES-256-GCM");
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (!options.single && setsockopt(descriptor, SOL_UDP, UDP_GRO, &on, sizeof on) != 0)
        fail("limit: UDP_GRO");
    report->port = port;
    double processor = 0;
    while (!report->stop) {
        ssize_t length = recv(descriptor, train, sizeof train, 0);
        if (length <= 0)
            continue;
        if (!report->bytes) {
            processor = processor_seconds();
            report->first = clock_seconds();
        }
        for (ssize_t at = 0; at < length && !options.plain; at += DATAGRAM)
            report->broken |=
                !open_datagram(cipher, train + at, length - at < DATAGRAM ? (int)(length - at) : DATAGRAM, opened);
        report->bytes += (uint64_t)length;
        report->last = clock_seconds();
    }
    report->processor = report->bytes ? processor_seconds() - processor : 0;
    EVP_CIPHER_CTX_free(cipher);
}

static int stream(void)
{
    static unsigned char content[DATAGRAM], train[TRAIN * DATAGRAM];
    pid_t receiver = fork_child();
    if (receiver == 0) {
        receive_stream();
        exit(0);
    }
    int port, size = DATAGRAM, count = options.single ? 1 : TRAIN, descriptor = open_socket(&port);
    connect_socket(descriptor, await_port());
    if (!options.single && setsockopt(descriptor, SOL_UDP, UDP_SEGMENT, &size, sizeof size) != 0)
        fail("limit: UDP_SEGMENT");
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    expect(cipher && EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce) == 1, "AES-256-GCM");
    uint64_t sent = 0;
    bool sealed = true;
    double processor = processor_seconds();
    for (double end = clock_seconds() + options.seconds; clock_seconds() < end;) {
        for (int i = 0; i < count && !options.plain; i++)
            sealed &= seal_datagram(cipher, content, train + (size_t)i * DATAGRAM);
        ssize_t gone = send(descriptor, train, (size_t)count * DATAGRAM, 0);
        sent += gone > 0 ? (uint64_t)gone : 0;
    }
    processor = processor_seconds() - processor;
    EVP_CIPHER_CTX_free(cipher);
    usleep(PATIENCE);
    report->stop = true;
    waitpid(receiver, NULL, 0);
    expect(sealed && !report->broken, "sealing");
    expect(report->last > report->first, "receiving");
    double lasted = report->last - report->first;
    printf("stream sealed=%d offload=%d MB_per_s=%.1f packets_per_s=%.0f lost_pct=%.2f cpu_s_per_GB=%.3f\n",
           !options.plain, !options.single, (double)report->bytes / 1e6 / lasted,
           (double)report->bytes / DATAGRAM / lasted, 100 - 100.0 * (double)report->bytes / (double)sent,
           (processor + report->processor) / ((double)report->bytes / 1e9));
    return 0;
}

/* ---------------------------------------------------------------------------------------------------- pingpong */

/* Sends back what comes; ends at a datagram of one byte. */
static void answer(int descriptor)
{
    char buffer[SMALL];
    for (ssize_t length; (length = recv(descriptor, buffer, sizeof buffer, 0)) != 1;)
        send(descriptor, buffer, length > 0 ? (size_t)length : 0, 0);
}

static int pingpong(void)
{
    char buffer[SMALL] = {0};
    struct timeval patience = {.tv_sec = 1};
    struct sample times = {0};
    int ours, theirs, here = open_socket(&ours), there = open_socket(&theirs);
    connect_socket(here, theirs);
    connect_socket(there, ours);
    setsockopt(here, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    pid_t other = fork_child();
    if (other == 0) {
        answer(there);
        exit(0);
    }
    double now = clock_seconds();
    for (double end = now + options.seconds; now < end;) {
        double start = now;
        expect(send(here, buffer, sizeof buffer, 0) == SMALL && recv(here, buffer, sizeof buffer, 0) == SMALL,
               "a round trip");
        now = clock_seconds();
        sample_add(&times, (int32_t)((now - start) * 1e9));
    }
    send(here, buffer, 1, 0);
    waitpid(other, NULL, 0);
    printf("pingpong n=%llu p50_us=%.1f p99_us=%.1f\n", (unsigned long long)times.seen,
           sample_quantile(&times, 0.5) / 1e3, sample_quantile(&times, 0.99) / 1e3);
    sample_free(&times);
    return 0;
}

/* ---------------------------------------------------------------------------------------------------- keys */

static EVP_PKEY *new_key(int kind)
{
    EVP_PKEY *made = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(kind, NULL);
    expect(context && EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_keygen(context, &made) == 1, "making a key");
    EVP_PKEY_CTX_free(context);
    return made;
}

static void agree(EVP_PKEY *own, EVP_PKEY *peer)
{
    unsigned char secret[KEY];
    size_t length = sizeof secret;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(own, NULL);
    expect(context && EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, peer) == 1 &&
               EVP_PKEY_derive(context, secret, &length) == 1,
           "agreeing on a secret");
    EVP_PKEY_CTX_free(context);
}

static void sign_and_verify(EVP_PKEY *signer)
{
    unsigned char message[SIGNED_BYTES] = {1}, signature[64];
    size_t length = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    expect(context && EVP_DigestSignInit(context, NULL, NULL, NULL, signer) == 1 &&
               EVP_DigestSign(context, signature, &length, message, sizeof message) == 1,
           "signing");
    EVP_MD_CTX_free(context);
    context = EVP_MD_CTX_new();
    expect(context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, signer) == 1 &&
               EVP_DigestVerify(context, signature, length, message, sizeof message) == 1,
           "verifying");
    EVP_MD_CTX_free(context);
}

/* Both ends' work for each connection, on one processor, and how many connections all processors could make if they
 * did nothing else. */
static int keys(void)
{
    EVP_PKEY *signer = new_key(EVP_PKEY_ED25519);
    int64_t connections = 0;
    double processor = processor_seconds();
    for (double end = clock_seconds() + options.seconds; clock_seconds() < end; connections += KEY_ROUNDS)
        for (int i = 0; i < KEY_ROUNDS; i++) {
            EVP_PKEY *client = new_key(EVP_PKEY_X25519), *server = new_key(EVP_PKEY_X25519);
            sign_and_verify(signer);
            sign_and_verify(signer);
            agree(client, server);
            agree(server, client);
            EVP_PKEY_free(client);
            EVP_PKEY_free(server);
        }
    processor = processor_seconds() - processor;
    EVP_PKEY_free(signer);
    printf("keys cpu_us_per_conn=%.1f per_second=%.0f\n", processor * 1e6 / (double)connections,
           (double)connections / processor * (double)sysconf(_SC_NPROCESSORS_ONLN));
    return 0;
}

/* ---------------------------------------------------------------------------------------------------- arguments */

static int about(void)
{
    printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
    return 0;
}

static int usage(void)
{
    fprintf(stderr, "usage: limit stream|pingpong|keys|about [--seconds N] [--no-offload] [--plain]\n");
    return 2;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(void);
    } modes[] = {{"stream", stream}, {"pingpong", pingpong}, {"keys", keys}, {"about", about}};
    int (*run)(void) = NULL;
    for (int i = 1; i < argc; i++) {
        char *end = NULL;
        if (strcmp(argv[i], "--plain") == 0)
            options.plain = true;
        else if (strcmp(argv[i], "--no-offload") == 0)
            options.single = true;
        else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
            options.seconds = strtod(argv[++i], &end);
            if (end == argv[i] || *end || !(options.seconds >= 0.05 && options.seconds <= 3600))
                return usage();
        } else {
            bool known = false;
            for (size_t k = 0; k < sizeof modes / sizeof modes[0] && !run; k++)
                if (strcmp(modes[k].name, argv[i]) == 0)
                    known = (run = modes[k].run) != NULL;
            if (!known)
                return usage();
        }
    }
    if (!run)
        return usage();
    report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (report == MAP_FAILED)
        fail("limit: mmap");
    prctl(PR_SET_TIMERSLACK, 1UL);
    return run();
}
