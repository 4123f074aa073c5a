/*
 * The server of a run: accepts everybody, counts what comes, answers where the workload says so.
 */
#include "bench/cost.h"
#include "bench/drive.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LISTEN_TRIES = 20, /* free ports that somebody else may take first */
    BATCH = 256,
};

/* A UDP port that nobody has at this moment; 0 if there is none. */
static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    bool good = descriptor >= 0 && bind(descriptor, (struct sockaddr *)&address, sizeof address) == 0 &&
                getsockname(descriptor, (struct sockaddr *)&address, &length) == 0;
    close(descriptor);
    return good ? ntohs(address.sin_port) : 0;
}

static uint16_t listen_somewhere(void)
{
    SteamNetworkingConfigValue_t options[OPTION_COUNT];
    int count = connection_options(options);
    for (int i = 0; i < LISTEN_TRIES; i++) {
        SteamNetworkingIPAddr address;
        uint16_t port = free_port();
        lib.parse_address(&address, "127.0.0.1");
        address.m_port = port;
        if (port && lib.listen(lib.sockets, &address, count, options))
            return port;
    }
    return 0;
}

/* Takes what has come; how many messages that was. */
static int take(bool answers)
{
    SteamNetworkingMessage_t *messages[BATCH];
    int count = lib.receive_group(lib.sockets, group, messages, BATCH);
    if (count <= 0)
        return 0;
    if (!tally->arrived)
        tally->first = clock_seconds();
    for (int i = 0; i < count; i++) {
        SteamNetworkingMessage_t *message = messages[i];
        tally->bytes += (uint64_t)message->m_cbSize;
        if (answers)
            lib.send(lib.sockets, message->m_conn, message->m_pData, (uint32)message->m_cbSize,
                     settings.workload->flags, NULL);
        message->m_pfnRelease(message);
    }
    tally->arrived += (uint64_t)count;
    tally->last = clock_seconds();
    return count;
}

/* While the client says nothing, this thread sleeps, so that all that happens in this process is the library's. */
static void stay_idle(void)
{
    begin_cost(&tally->server);
    tally->server_idle = 1;
    while (tally->client_idle == 1 && !tally->stop)
        usleep(20000);
    end_cost(&tally->server);
    tally->server_idle = 2;
}

int serve(void)
{
    bool answers = settings.workload->pattern == PATTERN_PINGPONG ||
                   (settings.workload->pattern == PATTERN_TICK && !settings.one_way);
    bool idle = settings.workload->pattern == PATTERN_IDLE, counting = false;
    if (!start_library(settings.server_library))
        return EXIT_BAD_RUN;
    uint16_t port = listen_somewhere();
    if (!port)
        return give_up("no port to listen on");
    int64_t before = resident_kilobytes();
    tally->port = port;
    while (!tally->stop) {
        lib.run(lib.sockets);
        tally->server_connected = changes.connected;
        if (!counting && !idle && changes.connected) {
            counting = true;
            begin_cost(&tally->server);
        }
        while (take(answers) > 0)
            ;
        if (tally->client_idle == 1)
            stay_idle();
        nap(settings.workload->server_nap);
    }
    if (counting)
        end_cost(&tally->server);
    tally->server.kilobytes = resident_kilobytes() - before;
    tally->server.complete = true;
    return tally->trouble[0][0] ? EXIT_BAD_RUN : EXIT_GOOD;
}
