/*
 * fumarole send: a file, or what comes in on standard input, to a 'fumarole recv'.
 */
#include "tools/command.h"
#include "tools/complain.h"
#include "tools/host.h"
#include "tools/transfer.h"
#include "tools/units.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    bool listening, quiet;
    int64_t rate;
} settings;

static struct {
    HSteamNetConnection connection;
    bool ended;    /* the connection is over */
    bool go;       /* the receiver is ready */
    bool received; /* the receiver has confirmed */
    uint8_t confirmed[CRYPTO_DIGEST_SIZE];
    char gave_up[200]; /* why the receiver did not want any more */
} peer;

static void on_change(const SteamNetConnectionStatusChangedCallback_t *change)
{
    int state = change->m_info.m_eState;
    bool over = state == k_ESteamNetworkingConnectionState_ClosedByPeer ||
                state == k_ESteamNetworkingConnectionState_ProblemDetectedLocally;
    if (change->m_hConn == peer.connection) {
        peer.ended |= over;
    } else if (state == k_ESteamNetworkingConnectionState_Connecting && settings.listening) {
        if (peer.connection)
            host_close(change->m_hConn, TRANSFER_REASON_BUSY, "somebody else is receiving already");
        else if (host_accept(change->m_hConn))
            peer.connection = change->m_hConn;
    } else if (over) {
        host_close(change->m_hConn, 0, NULL);
    }
}

static void on_message(const SteamNetworkingMessage_t *message)
{
    if (message->m_conn != peer.connection || message->m_cbSize < 1)
        return;
    const char *bytes = message->m_pData;
    switch (bytes[0]) {
    case TRANSFER_GO:
        peer.go = true;
        break;
    case TRANSFER_RECEIVED:
        if (message->m_cbSize == TRANSFER_RECEIVED_SIZE) {
            memcpy(peer.confirmed, bytes + 1, sizeof peer.confirmed);
            peer.received = true;
        }
        break;
    case TRANSFER_GIVE_UP:
        terminal_harmless(bytes + 1, (size_t)message->m_cbSize - 1, peer.gave_up, sizeof peer.gave_up);
        if (!peer.gave_up[0])
            snprintf(peer.gave_up, sizeof peer.gave_up, "no reason given");
        break;
    default:
        break;
    }
}

/* Says why nothing more can be sent; returns the exit code. */
static int explain_end(void)
{
    SteamNetConnectionInfo_t info;
    char reason[HOST_REASON_SIZE];
    if (peer.gave_up[0]) {
        complain("the receiver gave up: %s", peer.gave_up);
    } else if (SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(host_sockets(), peer.connection, &info)) {
        complain("the connection ended before everything was received: %s", host_reason(&info, reason));
    } else {
        complain("the connection ended before everything was received");
    }
    return EXIT_UNDONE;
}

static int interrupted(void)
{
    complain("interrupted");
    if (peer.connection && !peer.ended)
        transfer_give_up(peer.connection, "the sender was interrupted");
    return EXIT_INTERRUPTED;
}

static bool hopeless(void)
{
    return peer.ended || peer.gave_up[0];
}

/* Waits until *what is true. EXIT_DONE, or another exit code after having complained. */
static int await(const bool *what)
{
    while (!*what && !hopeless())
        if (host_wait(-1, -1) & HOST_STOP)
            return interrupted();
    return *what ? EXIT_DONE : explain_end();
}

static int64_t bytes_on_their_way(void)
{
    SteamNetConnectionRealTimeStatus_t status;
    if (SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(host_sockets(), peer.connection, &status, 0,
                                                                     NULL) != k_EResultOK)
        return 0;
    return (int64_t)status.m_cbPendingReliable + status.m_cbSentUnackedReliable;
}

static int begin(const char *address)
{
    if (!settings.listening)
        return host_connect(address, &peer.connection);
    SteamNetworkingIPAddr bound;
    enum exit_code code = host_listen(address, &bound);
    if (code != EXIT_DONE)
        return code;
    host_announce(stdout, &bound);
    while (!peer.connection)
        if (host_wait(-1, -1) & HOST_STOP)
            return interrupted();
    return EXIT_DONE;
}

/* The contents, chunk by chunk; *sent and *digest say what went out. */
static int send_contents(int file, const char *path, int64_t size, uint64_t *sent, uint8_t digest[CRYPTO_DIGEST_SIZE])
{
    static char chunk[1 + TRANSFER_CHUNK] = {TRANSFER_DATA};
    struct progress progress = {.descriptor = STDERR_FILENO, .only_terminal = true};
    struct crypto_sha256_stream hash;
    int64_t began = monotonic_now();
    int code = EXIT_DONE;
    *sent = 0;
    if (!crypto_sha256_start(&hash)) {
        complain("out of memory");
        return EXIT_LOCAL;
    }
    while (code == EXIT_DONE) {
        unsigned events = host_wait(-1, file);
        if (events & HOST_STOP) {
            code = interrupted();
        } else if (hopeless()) {
            code = explain_end();
        } else if (events & HOST_INPUT) {
            ssize_t got = read(file, chunk + 1, TRANSFER_CHUNK);
            if (got == 0)
                break;
            if (got < 0) {
                if (errno == EINTR || errno == EAGAIN)
                    continue;
                complain("cannot read %s: %s", path, strerror(errno));
                transfer_give_up(peer.connection, "the sender cannot read its file any more");
                code = EXIT_LOCAL;
                break;
            }
            crypto_sha256_add(&hash, chunk + 1, (size_t)got);
            *sent += (uint64_t)got;
            code = host_send(peer.connection, chunk, (uint32_t)got + 1, k_nSteamNetworkingSend_Reliable);
            if (code == EXIT_INTERRUPTED)
                interrupted();
            else if (code != EXIT_DONE)
                explain_end();
        }
        if (!settings.quiet && progress_due(&progress, monotonic_now())) {
            int64_t arrived = (int64_t)*sent - bytes_on_their_way();
            transfer_show(&progress, arrived > 0 ? arrived : 0, size, began);
        }
    }
    if (!crypto_sha256_finish(&hash, digest) && code == EXIT_DONE) {
        complain("out of memory");
        code = EXIT_LOCAL;
    }
    /* The rest is on its way: show it arrive. */
    while (code == EXIT_DONE && !hopeless() && bytes_on_their_way() > 0) {
        if (host_wait(100, -1) & HOST_STOP)
            code = interrupted();
        if (!settings.quiet && progress_due(&progress, monotonic_now())) {
            int64_t arrived = (int64_t)*sent - bytes_on_their_way();
            transfer_show(&progress, arrived > 0 ? arrived : 0, size, began);
        }
    }
    if (code == EXIT_DONE && !settings.quiet && !hopeless())
        transfer_show(&progress, (int64_t)*sent, (int64_t)*sent, began);
    progress_end(&progress);
    return code;
}

static int confirm(uint64_t sent, const uint8_t digest[CRYPTO_DIGEST_SIZE])
{
    uint8_t end[TRANSFER_END_SIZE] = {TRANSFER_END};
    for (int i = 0; i < 8; i++)
        end[1 + i] = (uint8_t)(sent >> (8 * i));
    memcpy(end + 9, digest, CRYPTO_DIGEST_SIZE);
    int code = host_send(peer.connection, end, sizeof end, k_nSteamNetworkingSend_Reliable);
    if (code != EXIT_DONE)
        return code == EXIT_INTERRUPTED ? interrupted() : explain_end();
    code = await(&peer.received);
    if (code != EXIT_DONE)
        return code;
    char text[2 * CRYPTO_DIGEST_SIZE + 1];
    if (memcmp(digest, peer.confirmed, CRYPTO_DIGEST_SIZE) != 0) {
        complain("the receiver has something else than what was sent: the SHA-256 digests differ");
        return EXIT_UNDONE;
    }
    transfer_digest_text(digest, text);
    printf("sent=%llu sha256=%s\n", (unsigned long long)sent, text);
    return EXIT_DONE;
}

static int send_file(const char *address, int file, const char *path)
{
    struct stat about;
    struct transfer_header header = {.size = -1};
    if (fstat(file, &about) != 0 || S_ISDIR(about.st_mode)) {
        complain("cannot send %s: it is a directory", path);
        advise("Pack it first:  tar c %s | fumarole send %s -", path, address);
        return EXIT_LOCAL;
    }
    if (S_ISREG(about.st_mode))
        header.size = about.st_size;
    if (strcmp(path, "-") != 0)
        transfer_name_from_path(header.name, path);

    host_on_change(on_change);
    host_on_message(on_message);
    int code = begin(address);
    if (code != EXIT_DONE)
        return code;
    char message[TRANSFER_HEADER_SIZE];
    int length = transfer_header_write(&header, message);
    if (host_send(peer.connection, message, (uint32_t)length, k_nSteamNetworkingSend_Reliable) != EXIT_DONE)
        return explain_end();
    uint64_t sent;
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    code = await(&peer.go);
    if (code == EXIT_DONE)
        code = send_contents(file, path, header.size, &sent, digest);
    if (code == EXIT_DONE)
        code = confirm(sent, digest);
    if (!peer.ended)
        host_close(peer.connection, TRANSFER_REASON_DONE, "sent");
    return code;
}

int command_send(int argc, char **argv)
{
    static const struct option_row options[] = {
        {"listen",
         'l',
         NULL,
         "wait for the receiver at ADDRESS instead of connecting to it",
         OPTION_FLAG,
         {.flag = &settings.listening},
         0,
         0},
        {"rate",
         'r',
         "BYTES",
         "bytes per second to send (default 8000000); what the line can carry",
         OPTION_BYTES,
         {.number = &settings.rate},
         1024,
         104857600},
        {"quiet", 'q', NULL, "no progress bar", OPTION_FLAG, {.flag = &settings.quiet}, 0, 0},
        {0},
    };
    static const struct usage usage = {
        .synopsis = "fumarole send [options] ADDRESS [FILE]",
        .about =
            "Sends a file, or standard input (also as -), to a 'fumarole recv'. It has succeeded when the receiver\n"
            "has stored everything and its SHA-256 digest is the same.",
        .options = options,
        .shared = host_options,
        .more = "examples:\n"
                "  fumarole send server.example:27015 level.dat\n"
                "  tar c maps | fumarole send server.example:27015\n\n"
                "exit codes: 0 received and verified, 1 the connection was lost, the receiver gave up or the digests\n"
                "differ, 2 bad arguments, 3 could not listen or connect, 4 the file cannot be read, 130 interrupted",
        .operand_least = 1,
        .operand_most = 2,
        .operand = "ADDRESS",
    };
    settings.rate = TRANSFER_DEFAULT_RATE;
    const char *operands[2];
    int operand_count;
    int code = options_read(&usage, argc, argv, operands, &operand_count);
    if (code != OPTIONS_GO_ON)
        return code;
    const char *path = operand_count > 1 ? operands[1] : "-";
    int file = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        complain("cannot open %s: %s", path, strerror(errno));
        return EXIT_LOCAL;
    }
    code = host_start();
    if (code != EXIT_DONE)
        return code;
    code = host_set_rate(settings.rate) ? send_file(operands[0], file, path) : EXIT_USAGE;
    host_stop();
    if (file != STDIN_FILENO)
        close(file);
    return code;
}
