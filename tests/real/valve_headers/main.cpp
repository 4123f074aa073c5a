// Forks one process per part, adds up their checks and prints the sum.
#include "check.h"

#include <arpa/inet.h>
#include <csignal>
#include <cstring>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

Tally tally;
const char *part = "main";
std::atomic<int> misuse_reports{0};
std::vector<SteamNetConnectionStatusChangedCallback_t> changes;

void record_change(SteamNetConnectionStatusChangedCallback_t *change)
{
    changes.push_back(*change);
}

const SteamNetConnectionStatusChangedCallback_t *change_to(HSteamNetConnection connection,
                                                           ESteamNetworkingConnectionState state)
{
    for (auto change = changes.rbegin(); change != changes.rend(); ++change)
        if (change->m_hConn == connection && change->m_info.m_eState == state)
            return &*change;
    return nullptr;
}

// Any thread of the library may call this.
static void debug_output(ESteamNetworkingSocketsDebugOutputType type, const char *)
{
    misuse_reports += type == k_ESteamNetworkingSocketsDebugOutputType_Bug;
}

void start_library(const char *identity)
{
    SteamNetworkingIdentity me;
    SteamNetworkingErrMsg why = "";
    me.Clear();
    CHECK(me.SetGenericString(identity));
    SteamNetworkingUtils()->SetDebugOutputFunction(k_ESteamNetworkingSocketsDebugOutputType_Warning, debug_output);
    if (!CHECK(GameNetworkingSockets_Init(&me, why))) {
        std::printf("%s: the library does not start: %s\n", part, why);
        std::fflush(stdout);
        _exit(1);
    }
}

SteamNetworkingIPAddr loopback(uint16 port)
{
    SteamNetworkingIPAddr address;
    address.Clear();
    address.SetIPv4(0x7f000001, port);
    return address;
}

std::vector<uint8> pattern(size_t size, uint32 number)
{
    std::vector<uint8> bytes(size);
    uint32 x = number * 2654435761u + 12345;
    for (uint8 &byte : bytes) {
        x = x * 1664525u + 1013904223u;
        byte = uint8(x >> 24);
    }
    return bytes;
}

// A UDP port that nobody uses at this moment. The sockets stay open until all ports are chosen.
static uint16 free_port(int &probe)
{
    sockaddr_in address = {};
    socklen_t length = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    probe = socket(AF_INET, SOCK_DGRAM, 0);
    if (probe < 0 || bind(probe, reinterpret_cast<sockaddr *>(&address), sizeof address) ||
        getsockname(probe, reinterpret_cast<sockaddr *>(&address), &length)) {
        std::perror("no free port");
        std::exit(2);
    }
    return ntohs(address.sin_port);
}

template <typename Part> static pid_t start(const char *name, Tally *result, Part run)
{
    std::fflush(stdout);
    pid_t child = fork();
    if (child < 0) {
        std::perror("fork");
        std::exit(2);
    }
    if (child)
        return child;
    part = name;
    alarm(90); // a part that hangs dies, and counts as failed
    run();
    *result = tally;
    std::fflush(stdout);
    _exit(0);
}

int main()
{
    const char *names[] = {"one process", "server", "client"};
    auto *results = static_cast<Tally *>(
        mmap(nullptr, sizeof(Tally) * 3, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    int probes[2], ready[2];
    if (results == MAP_FAILED || pipe(ready)) {
        std::perror("setup");
        return 2;
    }
    uint16 port = free_port(probes[0]), refusing_port = free_port(probes[1]);
    close(probes[0]);
    close(probes[1]);

    pid_t children[3];
    children[0] = start(names[0], &results[0], [&] {
        close(ready[0]);
        close(ready[1]);
        check_one_process();
    });
    children[1] = start(names[1], &results[1], [&] {
        close(ready[0]);
        run_server(port, refusing_port, ready[1]);
    });
    children[2] = start(names[2], &results[2], [&] {
        close(ready[1]);
        run_client(port, refusing_port, ready[0]);
    });
    close(ready[0]);
    close(ready[1]);

    Tally sum = {0, 0};
    for (int i = 0; i < 3; ++i) {
        int status = 0;
        waitpid(children[i], &status, 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            std::printf("%s: ended badly (%s %d)\n", names[i], WIFSIGNALED(status) ? "signal" : "exit status",
                        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
            ++sum.failed;
        }
        sum.passed += results[i].passed;
        sum.failed += results[i].failed;
    }
    std::printf("%d passed, %d failed\n", sum.passed, sum.failed);
    return sum.failed ? 1 : 0;
}
