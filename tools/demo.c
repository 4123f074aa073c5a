/*
 * fumarole demo: a game's server and client in two processes, over a network that is bad on purpose.
 *
 * The client sends positions, unreliable, on a lane of high priority, and at the same time a file, reliable, on a lane
 * of low priority. The server counts and stores. Every message begins with its kind.
 */
#include "tools/address.h"
#include "tools/child.h"
#include "tools/command.h"
#include "tools/complain.h"
#include "tools/host.h"
#include "tools/terminal.h"
#include "tools/transfer.h"
#include "tools/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum message_kind {
    POSITION = 'P', /* unreliable */
    FILE_PIECE = 'F',
    FILE_END = 'E', /* the digest */
    REPORT = 'R',   /* server: struct server_report, unreliable */
    RESULT = 'V',   /* server: struct server_report with the digest, reliable */
};

enum lane {
    LANE_POSITIONS,
    LANE_FILE,
    LANE_COUNT,
};

enum {
    PIECE_SIZE = 16 * 1024,
    FILE_QUEUE = 192 * 1024, /* bytes of the file that wait in the send queue: the rest of it is for positions */
    REPORT_INTERVAL = 100000,
    LATE_POSITIONS = 500000, /* how long the server waits for positions that were overtaken by the file's end */
    PATIENCE = 25000000,     /* how long everything may take */
};

static struct {
    double loss, reorder, lag; /* percent, percent, seconds of a round trip */
    int64_t positions, file_size, rate;
    double seconds;
    bool quiet;
} settings;

struct position {
    char kind, reserved[3];
    uint32_t number;
    float x, y, z;
    float speed;
    uint64_t time;
};

struct server_report {
    char kind, good, reserved[2];
    uint32_t positions, highest, duplicates;
    uint64_t file_bytes;
    uint8_t digest[CRYPTO_DIGEST_SIZE];
};

/* The bad network, on what this process sends; the other process does the same, so it is bad both ways. */
static bool make_network_bad(void)
{
    return host_set_float(k_ESteamNetworkingConfig_FakePacketLoss_Send, (float)settings.loss) &&
           host_set_float(k_ESteamNetworkingConfig_FakePacketReorder_Send, (float)settings.reorder) &&
           host_set_int(k_ESteamNetworkingConfig_FakePacketLag_Send, (int32_t)(settings.lag * 500)) &&
           host_set_int(k_ESteamNetworkingConfig_SendRateMin, (int32_t)settings.rate) &&
           host_set_int(k_ESteamNetworkingConfig_SendRateMax, (int32_t)settings.rate);
}

/* Starts the library and has it prove who we are: in local mode an authority of this user vouches for it. */
static int start(void)
{
    int code = host_start();
    if (code == EXIT_DONE)
        SteamAPI_ISteamNetworkingSockets_InitAuthentication(host_sockets());
    return code;
}

static bool hash_file(FILE *file, uint8_t digest[CRYPTO_DIGEST_SIZE])
{
    static uint8_t piece[PIECE_SIZE];
    struct crypto_sha256_stream hash;
    size_t got;
    rewind(file);
    if (!crypto_sha256_start(&hash))
        return false;
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        crypto_sha256_add(&hash, piece, got);
    return crypto_sha256_finish(&hash, digest) && !ferror(file);
}

/* ---------------------------------------------------------------------------------------------------- the server */

static struct {
    HSteamNetConnection connection;
    struct server_report report;
    uint8_t *seen; /* one bit for each position */
    FILE *file;
    bool file_ended, over;
} server;

static void on_server_change(const SteamNetConnectionStatusChangedCallback_t *change)
{
    int state = change->m_info.m_eState;
    if (state == k_ESteamNetworkingConnectionState_Connecting && !server.connection) {
        if (host_accept(change->m_hConn))
            server.connection = change->m_hConn;
    } else if (change->m_hConn == server.connection && state != k_ESteamNetworkingConnectionState_Connected &&
               state != k_ESteamNetworkingConnectionState_Connecting) {
        server.over = true;
    }
}

static void take_position(const struct position *position)
{
    if (position->number >= (uint64_t)settings.positions)
        return;
    uint8_t bit = (uint8_t)(1u << (position->number % 8)), *byte = &server.seen[position->number / 8];
    if (*byte & bit) {
        server.report.duplicates++;
        return;
    }
    *byte |= bit;
    server.report.positions++;
    if (position->number + 1 > server.report.highest)
        server.report.highest = position->number + 1;
}

static void on_server_message(const SteamNetworkingMessage_t *message)
{
    const char *bytes = message->m_pData;
    if (message->m_cbSize < 1)
        return;
    if (bytes[0] == POSITION && message->m_cbSize == (int)sizeof(struct position)) {
        struct position position;
        memcpy(&position, bytes, sizeof position);
        take_position(&position);
    } else if (bytes[0] == FILE_PIECE) {
        server.report.file_bytes += fwrite(bytes + 1, 1, (size_t)message->m_cbSize - 1, server.file);
    } else if (bytes[0] == FILE_END && message->m_cbSize == 1 + CRYPTO_DIGEST_SIZE) {
        server.file_ended = true;
        server.report.good = hash_file(server.file, server.report.digest) &&
                             memcmp(server.report.digest, bytes + 1, CRYPTO_DIGEST_SIZE) == 0;
    }
}

static void send_report(char kind, int flags)
{
    server.report.kind = kind;
    SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(host_sockets(), server.connection, &server.report,
                                                             sizeof server.report, flags, NULL);
}

/* Reports until the file has ended and the late positions have had their time; then says the result until the client
 * is gone. */
static void run_server(int stop)
{
    int64_t next = 0, until = INT64_MAX;
    bool said = false;
    while (!server.over) {
        if (host_wait(REPORT_INTERVAL / 1000, stop))
            return;
        int64_t now = monotonic_now();
        if (server.file_ended && until == INT64_MAX)
            until = now + LATE_POSITIONS;
        if (!said && now >= until) {
            send_report(RESULT, k_nSteamNetworkingSend_ReliableNoNagle);
            said = true;
        } else if (server.connection && !said && now >= next) {
            send_report(REPORT, k_nSteamNetworkingSend_UnreliableNoDelay);
            next = now + REPORT_INTERVAL;
        }
    }
}

static int serve(int stop, int out)
{
    SteamNetworkingIPAddr bound;
    server.seen = calloc((size_t)settings.positions / 8 + 1, 1);
    server.file = tmpfile();
    if (!server.seen || !server.file) {
        complain("the server has no memory, or no room for a temporary file");
        return EXIT_LOCAL;
    }
    host_identify("str:server");
    int code = start();
    if (code == EXIT_DONE) {
        code = EXIT_NO_CONNECTION;
        host_on_change(on_server_change);
        host_on_message(on_server_message);
        if (make_network_bad() && host_listen("127.0.0.1:0", &bound) == EXIT_DONE &&
            child_answer(out, &bound, sizeof bound)) {
            run_server(stop);
            code = server.report.good ? EXIT_DONE : EXIT_UNDONE;
        }
        host_stop();
    }
    fclose(server.file);
    free(server.seen);
    return code;
}

/* ---------------------------------------------------------------------------------------------------- the client */

static struct {
    HSteamNetConnection connection;
    bool over;
    struct server_report report, result; /* the last ones that came; kind 0: none */
    FILE *file;
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    int64_t began;
    uint32_t positions_sent;
    int64_t file_sent;
    bool file_ended;
} client;

static void on_client_change(const SteamNetConnectionStatusChangedCallback_t *change)
{
    if (change->m_hConn == client.connection && change->m_info.m_eState != k_ESteamNetworkingConnectionState_Connected)
        client.over = true;
}

static void on_client_message(const SteamNetworkingMessage_t *message)
{
    struct server_report report;
    if (message->m_cbSize != (int)sizeof report)
        return;
    memcpy(&report, message->m_pData, sizeof report);
    if (report.kind == RESULT)
        client.result = report;
    if (report.positions >= client.report.positions)
        client.report = report;
}

/* Queues a message on a lane. False if there is no room for it now. */
static bool send_on_lane(enum lane lane, int flags, const void *data, size_t size)
{
    SteamNetworkingMessage_t *message = SteamAPI_ISteamNetworkingUtils_AllocateMessage(host_utils(), (int)size);
    if (!message)
        return false;
    memcpy(message->m_pData, data, size);
    message->m_conn = client.connection;
    message->m_nFlags = flags;
    message->m_idxLane = (uint16)lane;
    int64 number = 0;
    SteamAPI_ISteamNetworkingSockets_SendMessages(host_sockets(), 1, &message, &number, true);
    return number > 0;
}

/* The positions that are due: a body on its way around a circle. */
static void send_positions(int64_t now)
{
    double share = (double)(now - client.began) / (settings.seconds * 1e6);
    uint32_t due = share >= 1 ? (uint32_t)settings.positions : (uint32_t)(share * (double)settings.positions);
    while (client.positions_sent < due) {
        float angle = (float)client.positions_sent / 500.0f;
        struct position position = {
            .kind = POSITION,
            .number = client.positions_sent,
            .x = 100 * cosf(angle),
            .y = 100 * sinf(angle),
            .z = angle,
            .speed = 1,
            .time = (uint64_t)now,
        };
        if (!send_on_lane(LANE_POSITIONS, k_nSteamNetworkingSend_Unreliable, &position, sizeof position))
            return;
        client.positions_sent++;
    }
}

static void send_file_pieces(void)
{
    char piece[1 + PIECE_SIZE] = {FILE_PIECE};
    SteamNetConnectionRealTimeStatus_t status;
    while (client.file_sent < settings.file_size) {
        if (SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(host_sockets(), client.connection, &status, 0,
                                                                         NULL) != k_EResultOK ||
            status.m_cbPendingReliable + PIECE_SIZE > FILE_QUEUE)
            return;
        if (fseek(client.file, client.file_sent, SEEK_SET) != 0)
            return;
        size_t got = fread(piece + 1, 1, PIECE_SIZE, client.file);
        if (got == 0 || !send_on_lane(LANE_FILE, k_nSteamNetworkingSend_Reliable, piece, 1 + got))
            return;
        client.file_sent += (int64_t)got;
    }
    char end[1 + CRYPTO_DIGEST_SIZE] = {FILE_END};
    memcpy(end + 1, client.digest, CRYPTO_DIGEST_SIZE);
    if (!client.file_ended && client.positions_sent >= settings.positions)
        client.file_ended = send_on_lane(LANE_FILE, k_nSteamNetworkingSend_ReliableNoNagle, end, sizeof end);
}

static double position_loss(const struct server_report *report)
{
    return report->highest ? 100.0 * (report->highest - report->positions) / report->highest : 0;
}

static void show(struct progress *progress, int64_t now)
{
    char rate[UNITS_TEXT_SIZE];
    SteamNetConnectionRealTimeStatus_t status = {0};
    SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(host_sockets(), client.connection, &status, 0, NULL);
    /* Fits a terminal of 80 columns. */
    progress_show(progress, "%5.1f s  %5u positions, %4.1f %% lost  file %3.0f %%  %10s  ping %d ms",
                  (double)(now - client.began) / 1e6, client.positions_sent, position_loss(&client.report),
                  settings.file_size ? 100.0 * (double)client.report.file_bytes / (double)settings.file_size : 100,
                  units_rate((double)status.m_flOutBytesPerSec, rate), status.m_nPing);
}

/* Sends everything and waits for the server's verdict. */
static int play(void)
{
    struct progress progress = {.descriptor = STDOUT_FILENO};
    client.began = monotonic_now();
    while (!client.result.kind && !client.over) {
        int64_t now = monotonic_now();
        if (now - client.began > PATIENCE + (int64_t)(settings.seconds * 1e6)) {
            progress_end(&progress);
            complain("it takes too long");
            return EXIT_UNDONE;
        }
        send_positions(now);
        send_file_pieces();
        if (!settings.quiet && progress_due(&progress, now))
            show(&progress, now);
        if (host_wait(10, -1) & HOST_STOP) {
            progress_end(&progress);
            return EXIT_INTERRUPTED;
        }
    }
    if (!settings.quiet)
        show(&progress, monotonic_now());
    progress_end(&progress);
    if (client.result.kind)
        return EXIT_DONE;
    SteamNetConnectionInfo_t info;
    char reason[HOST_REASON_SIZE];
    SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(host_sockets(), client.connection, &info);
    complain("the connection ended: %s", host_reason(&info, reason));
    return EXIT_UNDONE;
}

static bool check(bool good, const char *what)
{
    printf("  %-4s %s\n", good ? "ok" : "FAIL", what);
    return good;
}

static int judge(void)
{
    char here[2 * CRYPTO_DIGEST_SIZE + 1], there[2 * CRYPTO_DIGEST_SIZE + 1], text[200];
    SteamNetConnectionInfo_t info;
    SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(host_sockets(), client.connection, &info);
    const struct server_report *result = &client.result;
    transfer_digest_text(client.digest, here);
    transfer_digest_text(result->digest, there);
    int size = SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus(host_sockets(), client.connection, NULL, 0);
    char *status = size > 0 ? malloc((size_t)size) : NULL;
    if (status && SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus(host_sockets(), client.connection,
                                                                               status, size) == 0)
        printf("\n%s\n", status);
    free(status);

    printf("\nSHA-256 of the file, client  %s\nSHA-256 of the file, server  %s\n\n", here, there);
    bool good = check(!(info.m_nFlags & k_nSteamNetworkConnectionInfoFlags_Unencrypted), "the connection is encrypted");
    if (!(info.m_nFlags & k_nSteamNetworkConnectionInfoFlags_Unauthenticated))
        check(true, "the server has proved who it is");
    good &= check(result->good && strcmp(here, there) == 0 && result->file_bytes == (uint64_t)settings.file_size,
                  "the file arrived, every byte of it");
    snprintf(text, sizeof text, "%u of %" PRId64 " positions arrived, %u of them twice", result->positions,
             settings.positions, result->duplicates);
    /* Positions are lost as the network loses packets; three times that would be the library's doing. */
    double lost = settings.positions ? 1.0 - result->positions / (double)settings.positions : 0;
    good &= check(result->duplicates == 0 && lost <= settings.loss / 100 * 3 + 0.02, text);
    return good ? EXIT_DONE : EXIT_UNDONE;
}

/* A file that nobody could guess from its first bytes, the same each time. */
static bool make_file(void)
{
    uint8_t piece[PIECE_SIZE];
    uint64_t random = UINT64_C(0x9e3779b97f4a7c15);
    client.file = tmpfile();
    for (int64_t left = settings.file_size; client.file && left > 0;) {
        for (size_t i = 0; i < sizeof piece; i++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            piece[i] = (uint8_t)(random >> 56);
        }
        size_t length = left < PIECE_SIZE ? (size_t)left : PIECE_SIZE;
        if (fwrite(piece, 1, length, client.file) != length)
            break;
        left -= (int64_t)length;
    }
    if (client.file && fflush(client.file) == 0 && hash_file(client.file, client.digest))
        return true;
    complain("cannot make a temporary file");
    return false;
}

static int meet(const char *address)
{
    static const int priorities[LANE_COUNT] = {[LANE_POSITIONS] = 0, [LANE_FILE] = 1};
    host_on_change(on_client_change);
    host_on_message(on_client_message);
    if (!make_network_bad())
        return EXIT_NO_CONNECTION;
    enum exit_code code = host_connect(address, &client.connection);
    if (code != EXIT_DONE)
        return code;
    if (SteamAPI_ISteamNetworkingSockets_ConfigureConnectionLanes(host_sockets(), client.connection, LANE_COUNT,
                                                                  priorities, NULL) != k_EResultOK) {
        complain("the connection takes no lanes");
        return EXIT_UNDONE;
    }
    int result = play();
    if (result == EXIT_DONE)
        result = judge();
    if (!client.over)
        host_close(client.connection, 1000, "the demo is over");
    return result;
}

static int run(void)
{
    struct child child;
    SteamNetworkingIPAddr bound;
    char address[SteamNetworkingIPAddr_k_cchMaxString], size[UNITS_TEXT_SIZE], rate[UNITS_TEXT_SIZE];
    if (!child_spawn(&child, serve))
        return EXIT_LOCAL;
    if (!child_read(&child, &bound, sizeof bound)) {
        int code = child_reap(&child);
        return code ? code : EXIT_NO_CONNECTION;
    }
    printf("server   process %d, listening on %s\n", (int)child.process, address_text(&bound, address));
    printf("client   process %d\n", (int)getpid());
    printf("network  %.3g %% loss each way, %.0f ms round trip, %.3g %% of the packets reordered\n", settings.loss,
           settings.lag * 1000, settings.reorder);
    printf("load     %" PRId64 " unreliable positions in %.3g s, and a reliable file of %s; %s at most\n\n",
           settings.positions, settings.seconds, units_bytes((uint64_t)settings.file_size, size),
           units_rate((double)settings.rate, rate));
    host_identify("str:player");
    int code = make_file() ? start() : EXIT_LOCAL;
    if (code == EXIT_DONE) {
        code = meet(address);
        host_stop();
    }
    int server_code = child_reap(&child);
    if (code == EXIT_DONE && server_code != EXIT_DONE) {
        complain("the server is not content");
        code = server_code;
    }
    if (client.file)
        fclose(client.file);
    printf("\nThe demo %s.\n", code == EXIT_DONE          ? "has passed"
                               : code == EXIT_INTERRUPTED ? "was interrupted"
                                                          : "has failed");
    return code;
}

int command_demo(int argc, char **argv)
{
    static const struct option_row options[] = {
        {"loss",
         0,
         "PERCENT",
         "packets lost on the way, each way (default 5)",
         OPTION_PERCENT,
         {.real = &settings.loss},
         0,
         0},
        {"lag",
         0,
         "SECONDS",
         "round trip of the network (default 60ms)",
         OPTION_SECONDS,
         {.real = &settings.lag},
         0,
         5},
        {"reorder",
         0,
         "PERCENT",
         "packets that others overtake (default 10)",
         OPTION_PERCENT,
         {.real = &settings.reorder},
         0,
         0},
        {"positions",
         0,
         "N",
         "how many positions (default 20000)",
         OPTION_INTEGER,
         {.number = &settings.positions},
         0,
         10000000},
        {"seconds",
         0,
         "SECONDS",
         "in how much time they are sent (default 8)",
         OPTION_SECONDS,
         {.real = &settings.seconds},
         0.1,
         3600},
        {"file",
         0,
         "BYTES",
         "how large the file is (default 8M)",
         OPTION_BYTES,
         {.number = &settings.file_size},
         0,
         1e9},
        {"rate",
         0,
         "BYTES",
         "send rate in bytes per second (default 1500000)",
         OPTION_BYTES,
         {.number = &settings.rate},
         1024,
         104857600},
        {"quiet", 'q', NULL, "no progress", OPTION_FLAG, {.flag = &settings.quiet}, 0, 0},
        {0},
    };
    static const struct usage usage = {
        .synopsis = "fumarole demo [options]",
        .about =
            "Shows the library at work: a server and a client in two processes, encrypted, over a network that is\n"
            "bad on purpose. Positions go out unreliably and a file reliably at the same time; the file must\n"
            "arrive unharmed and the positions at most once.",
        .options = options,
        .shared = host_options,
        .more =
            "exit codes: 0 all is well, 1 something did not arrive as it should, 2 bad arguments, 3 could not start",
    };
    settings.loss = 5;
    settings.lag = 0.06;
    settings.reorder = 10;
    settings.positions = 20000;
    settings.seconds = 8;
    settings.file_size = 8 << 20;
    settings.rate = 1500000;
    const char *operands[1];
    int count, code = options_read(&usage, argc, argv, operands, &count);
    return code != OPTIONS_GO_ON ? code : run();
}
