// What the three parts of this program share: counted checks, waiting with a bound, and a record of status callbacks.
// The program is compiled with another implementation's public C++ headers and linked with the library under test; it
// shows that a C++ program written for those headers runs unchanged.
#pragma once

#include <steam/isteamnetworkingmessages.h>
#include <steam/isteamnetworkingsockets.h>
#include <steam/isteamnetworkingutils.h>
#include <steam/steamnetworkingcustomsignaling.h>
#include <steam/steamnetworkingsockets.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>
#include <vector>

struct Tally {
    int passed, failed;
};

extern Tally tally;                     // of this process
extern const char *part;                // which part of the program this process runs
extern std::atomic<int> misuse_reports; // how often the library said that its interface was misused

inline bool check(bool good, const char *what, const char *file, int line)
{
    ++(good ? tally.passed : tally.failed);
    if (!good)
        std::printf("%s:%d: %s: failed: %s\n", file, line, part, what);
    return good;
}
#define CHECK(condition) check(static_cast<bool>(condition), #condition, __FILE__, __LINE__)

inline double seconds_now()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Runs callbacks until the condition holds; false after ten seconds.
template <typename Condition> bool wait_for(Condition holds)
{
    for (double end = seconds_now() + 10; seconds_now() < end; usleep(500)) {
        SteamNetworkingSockets()->RunCallbacks();
        if (holds())
            return true;
    }
    return false;
}

// Every status callback this process got, in order.
extern std::vector<SteamNetConnectionStatusChangedCallback_t> changes;
void record_change(SteamNetConnectionStatusChangedCallback_t *change);

// The newest change of a connection to a state, or null.
const SteamNetConnectionStatusChangedCallback_t *change_to(HSteamNetConnection connection,
                                                           ESteamNetworkingConnectionState state);

// Starts the library under a string identity; exits the process when that fails, since nothing else can be checked.
void start_library(const char *identity);

SteamNetworkingIPAddr loopback(uint16 port);

// Bytes that depend on a number, for comparing what arrives with what was sent.
std::vector<uint8> pattern(size_t size, uint32 number);

// The parts. Each runs in a process of its own.
void check_one_process();
void run_server(uint16 port, uint16 refusing_port, int ready);
void run_client(uint16 port, uint16 refusing_port, int ready);
