/*
 * fumarole status: connects to any server, watches for a moment, and reports.
 */
#include "tools/address.h"
#include "tools/command.h"
#include "tools/complain.h"
#include "tools/host.h"
#include "tools/terminal.h"
#include "tools/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    double seconds;
    bool brief;
} settings;

static HSteamNetConnection connection;
static bool ended;
static uint64_t messages_in;

static void on_change(const SteamNetConnectionStatusChangedCallback_t *change)
{
    if (change->m_hConn == connection && change->m_info.m_eState != k_ESteamNetworkingConnectionState_Connected)
        ended = true;
}

static void on_message(const SteamNetworkingMessage_t *message)
{
    (void)message;
    messages_in++;
}

static const char *state_name(ESteamNetworkingConnectionState state)
{
    switch (state) {
    case k_ESteamNetworkingConnectionState_Connecting:
        return "connecting";
    case k_ESteamNetworkingConnectionState_FindingRoute:
        return "finding a route";
    case k_ESteamNetworkingConnectionState_Connected:
        return "connected";
    case k_ESteamNetworkingConnectionState_ClosedByPeer:
        return "closed by the peer";
    case k_ESteamNetworkingConnectionState_ProblemDetectedLocally:
        return "failed";
    default:
        return "none";
    }
}

static void print_quality(const char *name, float quality)
{
    if (quality < 0)
        printf("%s=unknown\n", name);
    else
        printf("%s=%.4f\n", name, (double)quality);
}

/* One key=value line for each figure. */
static void print_figures(const SteamNetConnectionInfo_t *info, const SteamNetConnectionRealTimeStatus_t *status)
{
    char address[SteamNetworkingIPAddr_k_cchMaxString], identity[SteamNetworkingIdentity_k_cchMaxString];
    char harmless[SteamNetworkingIdentity_k_cchMaxString];
    SteamNetworkingIdentity_ToString(&info->m_identityRemote, identity, sizeof identity);
    terminal_harmless(identity, strlen(identity), harmless, sizeof harmless);
    printf("state=%s\n", state_name(info->m_eState));
    if (info->m_eEndReason) {
        char reason[HOST_REASON_SIZE];
        printf("end_reason=%d\nend=%s\n", info->m_eEndReason, host_reason(info, reason));
    }
    printf("address=%s\n", address_text(&info->m_addrRemote, address));
    printf("identity=%s\n", harmless);
    printf("authenticated=%s\n", info->m_nFlags & k_nSteamNetworkConnectionInfoFlags_Unauthenticated ? "no" : "yes");
    printf("encrypted=%s\n", info->m_nFlags & k_nSteamNetworkConnectionInfoFlags_Unencrypted ? "no" : "yes");
    if (status->m_nPing >= 0)
        printf("ping_ms=%d\n", status->m_nPing);
    else
        printf("ping_ms=unknown\n");
    print_quality("quality_here", status->m_flConnectionQualityLocal);
    print_quality("quality_there", status->m_flConnectionQualityRemote);
    if (status->m_usecMaxJitter >= 0)
        printf("jitter_max_ms=%.3f\n", status->m_usecMaxJitter / 1000.0);
    printf("out_packets_per_s=%.1f\nout_bytes_per_s=%.0f\n", (double)status->m_flOutPacketsPerSec,
           (double)status->m_flOutBytesPerSec);
    printf("in_packets_per_s=%.1f\nin_bytes_per_s=%.0f\n", (double)status->m_flInPacketsPerSec,
           (double)status->m_flInBytesPerSec);
    printf("send_rate_bytes_per_s=%d\n", status->m_nSendRateBytesPerSecond);
    printf("messages_in=%llu\n", (unsigned long long)messages_in);
}

static void print_details(void)
{
    int size = SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus(host_sockets(), connection, NULL, 0);
    char *text = size > 0 ? malloc((size_t)size) : NULL;
    if (text &&
        SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus(host_sockets(), connection, text, size) == 0)
        printf("\n%s\n", text);
    free(text);
}

static int watch(const char *address)
{
    host_on_change(on_change);
    host_on_message(on_message);
    enum exit_code code = host_connect(address, &connection);
    if (code != EXIT_DONE)
        return code;
    int64_t until = monotonic_now() + (int64_t)(settings.seconds * 1e6), left;
    while (!ended && (left = until - monotonic_now()) > 0)
        if (host_wait((int)(left / 1000) + 1, -1) & HOST_STOP)
            break;
    SteamNetConnectionInfo_t info;
    SteamNetConnectionRealTimeStatus_t status;
    SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(host_sockets(), connection, &info);
    SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(host_sockets(), connection, &status, 0, NULL);
    print_figures(&info, &status);
    if (!settings.brief)
        print_details();
    host_close(connection, 1000, "status read");
    return ended ? EXIT_UNDONE : EXIT_DONE;
}

int command_status(int argc, char **argv)
{
    static const struct option_row options[] = {
        {"seconds",
         's',
         "SECONDS",
         "how long to watch before the report (default 2)",
         OPTION_SECONDS,
         {.real = &settings.seconds},
         0,
         86400},
        {"brief", 'b', NULL, "only the key=value lines", OPTION_FLAG, {.flag = &settings.brief}, 0, 0},
        {0},
    };
    static const struct usage usage = {
        .synopsis = "fumarole status [options] ADDRESS",
        .about = "Connects to a server of any kind that uses this protocol, sends it nothing, and reports who it says\n"
                 "it is, how the connection is protected and how it is doing: key=value lines, then a report.",
        .options = options,
        .shared = host_options,
        .more = "exit codes: 0 connected until the report, 1 the connection ended before, 2 bad arguments, 3 could not "
                "connect",
        .operand_least = 1,
        .operand_most = 1,
        .operand = "ADDRESS",
    };
    settings.seconds = 2;
    const char *operands[1];
    int operand_count;
    int code = options_read(&usage, argc, argv, operands, &operand_count);
    if (code != OPTIONS_GO_ON)
        return code;
    code = host_start();
    if (code != EXIT_DONE)
        return code;
    code = watch(operands[0]);
    host_stop();
    return code;
}
