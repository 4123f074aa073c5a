/*
 * fumarole recv: takes one file from a 'fumarole send'.
 *
 * What arrives goes into a file with ".part" behind its name, which gets its proper name only when the digest is right.
 */
#include "tools/command.h"
#include "tools/complain.h"
#include "tools/host.h"
#include "tools/transfer.h"
#include "tools/units.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    bool connecting, quiet, force;
    const char *output; /* null: the name that the sender gives */
    int64_t most;
} settings;

static struct {
    HSteamNetConnection connection;
    bool ended;
    bool headed;   /* the header has come */
    bool finished; /* the end has come, or there is no point in going on */
    int code;      /* meaningful when finished */
    struct transfer_header header;
    int file; /* -1: none open */
    char path[PATH_MAX], part[PATH_MAX];
    struct crypto_sha256_stream hash;
    uint64_t stored;
    int64_t began;
    struct progress progress;
} taking = {.file = -1};

static bool to_standard_output(void)
{
    return settings.output && strcmp(settings.output, "-") == 0;
}

static void finish(int code)
{
    taking.finished = true;
    taking.code = code;
}

/* Complains here and says so over there. */
static void give_up(int code, const char *why)
{
    finish(code);
    progress_end(&taking.progress);
    complain("%s", why);
    if (!taking.ended) {
        char message[256];
        snprintf(message, sizeof message, "%c%.*s", TRANSFER_GIVE_UP, (int)sizeof message - 2, why);
        host_send_text(taking.connection, message);
    }
}

static bool open_output(void)
{
    char why[PATH_MAX + 100];
    if (to_standard_output()) {
        taking.file = STDOUT_FILENO;
        return true;
    }
    const char *name = settings.output ? settings.output : taking.header.name;
    if (!name[0]) {
        give_up(EXIT_LOCAL, "the sender gives no name for the file; say --output");
        return false;
    }
    struct stat about;
    if (snprintf(taking.path, sizeof taking.path, "%s", name) >= (int)sizeof taking.path ||
        snprintf(taking.part, sizeof taking.part, "%s.part", name) >= (int)sizeof taking.part) {
        give_up(EXIT_LOCAL, "the name of the file is too long");
    } else if (!settings.force && lstat(taking.path, &about) == 0) {
        snprintf(why, sizeof why, "the receiver has a file %s already", taking.path);
        give_up(EXIT_LOCAL, why);
        advise("Say --force to overwrite it, or --output NAME to store it elsewhere.");
    } else {
        taking.file = open(taking.part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (taking.file >= 0)
            return true;
        snprintf(why, sizeof why, "the receiver cannot create %s: %s", taking.part, strerror(errno));
        taking.part[0] = 0;
        give_up(EXIT_LOCAL, why);
        return false;
    }
    taking.part[0] = 0;
    return false;
}

static void on_header(const char *bytes, int length)
{
    if (taking.headed || !transfer_header_read(&taking.header, bytes, length)) {
        give_up(EXIT_UNDONE, "the other side is not a fumarole send, or not of this version");
        return;
    }
    taking.headed = true;
    if (settings.most && taking.header.size > settings.most) {
        give_up(EXIT_UNDONE, "the file is larger than the receiver allows");
        return;
    }
    if (!open_output())
        return;
    if (!crypto_sha256_start(&taking.hash)) {
        give_up(EXIT_LOCAL, "the receiver is out of memory");
        return;
    }
    taking.began = monotonic_now();
    const char go[] = {TRANSFER_GO, 0};
    host_send_text(taking.connection, go);
}

static bool store(const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(taking.file, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

static void on_data(const char *bytes, size_t length)
{
    if (taking.file < 0) {
        give_up(EXIT_UNDONE, "data came without a header");
        return;
    }
    if (settings.most && taking.stored + length > (uint64_t)settings.most) {
        give_up(EXIT_UNDONE, "the file is larger than the receiver allows");
        return;
    }
    if (!store(bytes, length)) {
        char why[128];
        snprintf(why, sizeof why, "the receiver cannot store it: %s", strerror(errno));
        give_up(EXIT_LOCAL, why);
        return;
    }
    crypto_sha256_add(&taking.hash, bytes, length);
    taking.stored += length;
    if (!settings.quiet && progress_due(&taking.progress, monotonic_now()))
        transfer_show(&taking.progress, (int64_t)taking.stored, taking.header.size, taking.began);
}

/* Gives the file its name. */
static bool keep_output(void)
{
    if (to_standard_output())
        return true;
    int file = taking.file;
    taking.file = -1;
    if (close(file) != 0)
        return false;
    int renamed = settings.force ? -1 : renameat2(AT_FDCWD, taking.part, AT_FDCWD, taking.path, RENAME_NOREPLACE);
    /* Some file systems know no such rename. */
    if (renamed != 0 && (settings.force || errno == EINVAL || errno == ENOSYS))
        renamed = rename(taking.part, taking.path);
    if (renamed != 0)
        return false;
    taking.part[0] = 0;
    return true;
}

static void on_end(const uint8_t *bytes, int length)
{
    uint8_t received[TRANSFER_RECEIVED_SIZE] = {TRANSFER_RECEIVED};
    uint64_t size = 0;
    if (taking.file < 0 || length != TRANSFER_END_SIZE) {
        give_up(EXIT_UNDONE, "the end came without a beginning");
        return;
    }
    for (int i = 0; i < 8; i++)
        size |= (uint64_t)bytes[1 + i] << (8 * i);
    if (!crypto_sha256_finish(&taking.hash, received + 1)) {
        give_up(EXIT_LOCAL, "the receiver is out of memory");
        return;
    }
    if (size != taking.stored || memcmp(received + 1, bytes + 9, CRYPTO_DIGEST_SIZE) != 0) {
        give_up(EXIT_UNDONE, "what was received is not what was sent: the SHA-256 digests differ");
        return;
    }
    if (!keep_output()) {
        char why[128];
        snprintf(why, sizeof why, "the receiver cannot keep the file: %s", strerror(errno));
        give_up(EXIT_LOCAL, why);
        return;
    }
    if (!settings.quiet)
        transfer_show(&taking.progress, (int64_t)taking.stored, (int64_t)taking.stored, taking.began);
    progress_end(&taking.progress);
    SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
        host_sockets(), taking.connection, received, sizeof received, k_nSteamNetworkingSend_ReliableNoNagle, NULL);
    char text[2 * CRYPTO_DIGEST_SIZE + 1];
    transfer_digest_text(received + 1, text);
    fprintf(to_standard_output() ? stderr : stdout, "received=%llu sha256=%s%s%s\n", (unsigned long long)taking.stored,
            text, to_standard_output() ? "" : " file=", taking.path);
    finish(EXIT_DONE);
}

static void on_message(const SteamNetworkingMessage_t *message)
{
    if (message->m_conn != taking.connection || message->m_cbSize < 1 || taking.finished)
        return;
    const char *bytes = message->m_pData;
    switch (bytes[0]) {
    case TRANSFER_HEADER:
        on_header(bytes, message->m_cbSize);
        break;
    case TRANSFER_DATA:
        on_data(bytes + 1, (size_t)message->m_cbSize - 1);
        break;
    case TRANSFER_END:
        on_end((const uint8_t *)bytes, message->m_cbSize);
        break;
    case TRANSFER_GIVE_UP: {
        char why[200];
        terminal_harmless(bytes + 1, (size_t)message->m_cbSize - 1, why, sizeof why);
        finish(EXIT_UNDONE);
        progress_end(&taking.progress);
        complain("the sender gave up: %s", why);
        break;
    }
    default:
        give_up(EXIT_UNDONE, "the other side is not a fumarole send, or not of this version");
        break;
    }
}

static void on_change(const SteamNetConnectionStatusChangedCallback_t *change)
{
    int state = change->m_info.m_eState;
    bool over = state == k_ESteamNetworkingConnectionState_ClosedByPeer ||
                state == k_ESteamNetworkingConnectionState_ProblemDetectedLocally;
    if (change->m_hConn == taking.connection) {
        taking.ended |= over;
    } else if (state == k_ESteamNetworkingConnectionState_Connecting && !settings.connecting) {
        if (taking.connection)
            host_close(change->m_hConn, TRANSFER_REASON_BUSY, "somebody else is sending already");
        else if (host_accept(change->m_hConn))
            taking.connection = change->m_hConn;
    } else if (over) {
        host_close(change->m_hConn, 0, NULL);
    }
}

static int begin(const char *address)
{
    if (settings.connecting)
        return host_connect(address, &taking.connection);
    SteamNetworkingIPAddr bound;
    enum exit_code code = host_listen(address, &bound);
    if (code != EXIT_DONE)
        return code;
    host_announce(to_standard_output() ? stderr : stdout, &bound);
    return EXIT_DONE;
}

static void explain_end(void)
{
    SteamNetConnectionInfo_t info;
    char reason[HOST_REASON_SIZE];
    progress_end(&taking.progress);
    if (SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(host_sockets(), taking.connection, &info))
        complain("the connection ended before everything was received: %s", host_reason(&info, reason));
    finish(EXIT_UNDONE);
}

/* Until the sender has closed the connection, which it does when it has our last word, or the time is up. */
static void wait_for_goodbye(void)
{
    for (int64_t until = monotonic_now() + 3000000; !taking.ended && monotonic_now() < until;)
        host_wait(100, -1);
    if (!taking.ended)
        host_close(taking.connection, TRANSFER_REASON_DONE, "received");
}

static int receive_file(const char *address)
{
    taking.progress = (struct progress){.descriptor = STDERR_FILENO, .only_terminal = true};
    host_on_change(on_change);
    host_on_message(on_message);
    int code = begin(address);
    if (code != EXIT_DONE)
        return code;
    while (!taking.finished) {
        if (host_wait(-1, -1) & HOST_STOP)
            give_up(EXIT_INTERRUPTED, "the receiver was interrupted");
        else if (taking.ended && !taking.finished)
            explain_end();
    }
    if (taking.connection)
        wait_for_goodbye();
    uint8_t unused[CRYPTO_DIGEST_SIZE];
    crypto_sha256_finish(&taking.hash, unused);
    if (taking.file >= 0 && taking.file != STDOUT_FILENO)
        close(taking.file);
    if (taking.part[0])
        unlink(taking.part);
    return taking.code;
}

int command_recv(int argc, char **argv)
{
    static const struct option_row options[] = {
        {"connect",
         0,
         NULL,
         "connect to a sender that listens at ADDRESS",
         OPTION_FLAG,
         {.flag = &settings.connecting},
         0,
         0},
        {"output",
         'o',
         "FILE",
         "where to store it (default: the sender's name for it); - is standard output",
         OPTION_TEXT,
         {.text = &settings.output},
         0,
         0},
        {"force", 'f', NULL, "overwrite a file that exists", OPTION_FLAG, {.flag = &settings.force}, 0, 0},
        {"max-size",
         0,
         "BYTES",
         "refuse more than this (default: no limit)",
         OPTION_BYTES,
         {.number = &settings.most},
         1,
         9e18},
        {"quiet", 'q', NULL, "no progress bar", OPTION_FLAG, {.flag = &settings.quiet}, 0, 0},
        {0},
    };
    static const struct usage usage = {
        .synopsis = "fumarole recv [options] ADDRESS",
        .about =
            "Listens at ADDRESS for one 'fumarole send' and stores what it sends. It has succeeded when everything\n"
            "is stored and its SHA-256 digest is the sender's.",
        .options = options,
        .shared = host_options,
        .more = "examples:\n"
                "  fumarole recv :27015\n"
                "  fumarole recv :27015 --output - | tar x\n\n"
                "exit codes: 0 received and verified, 1 the connection was lost, the sender gave up or the digests\n"
                "differ, 2 bad arguments, 3 could not listen or connect, 4 the file cannot be written, 130 interrupted",
        .operand_least = 1,
        .operand_most = 1,
        .operand = "ADDRESS",
    };
    const char *operands[1];
    int operand_count;
    int code = options_read(&usage, argc, argv, operands, &operand_count);
    if (code != OPTIONS_GO_ON)
        return code;
    code = host_start();
    if (code != EXIT_DONE)
        return code;
    code = host_set_rate(TRANSFER_DEFAULT_RATE) ? receive_file(operands[0]) : EXIT_USAGE;
    host_stop();
    return code;
}
