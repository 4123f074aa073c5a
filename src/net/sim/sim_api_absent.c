/* What needs a back end, and without one refuses: relays, pings to data centres, FakeIP, hosted servers, signaling. */
#include "net/sim/sim_api_operations.h"

#include <string.h>

enum { CANNOT_TRY = k_ESteamNetworkingAvailability_CannotTry, UNKNOWN_PING = -2, TEXT = 1024 };

/* ---- relays -------------------------------------------------------------------------------------------------------
 */

static void run_relays(struct sim_api_program *program)
{
    SteamRelayNetworkStatus_t status;
    int available;

    UTILS(InitRelayNetworkAccess)(program->utils);
    available = UTILS(GetRelayNetworkStatus)(program->utils, &status);
    EXPECT(program, available == (int)status.m_eAvail && available <= 0, "the relay network's status is %d", available);
    EXPECT(program, UTILS(GetPOPCount)(program->utils) == 0 && UTILS(GetPOPList)(program->utils, NULL, 0) == 0,
           "there are data centres");
}

static void run_pings(struct sim_api_program *program)
{
    SteamNetworkPingLocation_t here, there;
    SteamNetworkingPOPID via = 5;
    char text[TEXT] = "x";

    memset(&there, 0, sizeof(there));
    random_fill(&program->world->random.source, &here, sizeof(here));
    EXPECT(program,
           UTILS(EstimatePingTimeBetweenTwoLocations)(program->utils, &here, &there) < 0 &&
               UTILS(EstimatePingTimeFromLocalHost)(program->utils, &here) < 0,
           "pings of unknown places are known");
    EXPECT(program, UTILS(GetLocalPingLocation)(program->utils, &here) < 0, "the ping location is known");
    UTILS(ConvertPingLocationToString)(program->utils, &here, text, sizeof(text));
    EXPECT(program, memchr(text, 0, sizeof(text)) != NULL, "a ping location's text has no end");
    EXPECT(program, !UTILS(ParsePingLocationString)(program->utils, "!", &there), "'!' is a ping location");
    EXPECT(program, !UTILS(CheckPingDataUpToDate)(program->utils, 5.0f), "pings are up to date");
    EXPECT(program,
           UTILS(GetPingToDataCenter)(program->utils, 7, &via) < 0 && UTILS(GetDirectPingToPOP)(program->utils, 7) < 0,
           "pings to data centres are known");
}

/* ---- FakeIP -------------------------------------------------------------------------------------------------------
 */

static void run_fake_ip(struct sim_api_program *program)
{
    SteamNetworkingFakeIPResult_t result;
    SteamNetworkingIdentity identity;
    SteamNetworkingIPAddr address;
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);
    ISteamNetworkingFakeUDPPort *port = SOCKETS(CreateFakeUDPPort)(program->sockets, 0);
    SteamNetworkingMessage_t *message;

    sim_api_draw_address(program, &address);
    EXPECT(program, !SOCKETS(BeginAsyncRequestFakeIP)(program->sockets, 1), "a FakeIP can be asked for");
    SOCKETS(GetFakeIP)(program->sockets, 0, &result);
    EXPECT(program, result.m_eResult != k_EResultOK, "there is a FakeIP");
    EXPECT(program, !SOCKETS(CreateListenSocketP2PFakeIP)(program->sockets, 0, 0, NULL), "a FakeIP can be listened on");
    EXPECT(program,
           SOCKETS(GetRemoteFakeIPForConnection)(program->sockets, handle, &address) ==
               (end ? k_EResultIPNotFound : k_EResultInvalidParam),
           "connection %u has a FakeIP, or none for another reason", handle);
    EXPECT(program,
           !UTILS(IsFakeIPv4)(program->utils, 0x0a000001) &&
               UTILS(GetIPv4FakeIPType)(program->utils, 0x0a000001) == k_ESteamNetworkingFakeIPType_NotFake,
           "10.0.0.1 is a FakeIP");
    EXPECT(program, UTILS(GetRealIdentityForFakeIP)(program->utils, &address, &identity) != k_EResultOK,
           "a FakeIP has an identity");
    EXPECT(program, !port, "there is a FakeUDPPort");
    EXPECT(program,
           SteamAPI_ISteamNetworkingFakeUDPPort_SendMessageToFakeIP(NULL, &address, "x", 1, 0) != k_EResultOK &&
               SteamAPI_ISteamNetworkingFakeUDPPort_ReceiveMessages(NULL, &message, 1) <= 0,
           "a FakeUDPPort that does not exist works");
    SteamAPI_ISteamNetworkingFakeUDPPort_ScheduleCleanup(NULL, &address);
    SteamAPI_ISteamNetworkingFakeUDPPort_DestroyFakeUDPPort(NULL);
}

/* ---- hosted servers, tickets ---------------------------------------------------------------------------------------
 */

static void run_hosted(struct sim_api_program *program)
{
    SteamDatagramHostedAddress address;
    SteamDatagramGameCoordinatorServerLogin login;
    SteamDatagramRelayAuthTicket ticket;
    SteamNetworkingIdentity identity;
    char blob[4096];
    int size = sizeof(blob);

    memset(&login, 0, sizeof(login));
    sim_api_draw_identity(program, &identity);
    EXPECT(program,
           SOCKETS(GetHostedDedicatedServerPort)(program->sockets) == 0 &&
               SOCKETS(GetHostedDedicatedServerPOPID)(program->sockets) == 0,
           "this is a hosted server");
    EXPECT(program, SOCKETS(GetHostedDedicatedServerAddress)(program->sockets, &address) != k_EResultOK,
           "a hosted server has an address");
    EXPECT(program,
           !SOCKETS(CreateHostedDedicatedServerListenSocket)(program->sockets, 0, 0, NULL) &&
               !SOCKETS(ConnectToHostedDedicatedServer)(program->sockets, &identity, 0, 0, NULL),
           "hosted servers can be reached");
    EXPECT(program,
           !SOCKETS(ReceivedRelayAuthTicket)(program->sockets, blob, 5, &ticket) &&
               SOCKETS(FindRelayAuthTicketForServer)(program->sockets, &identity, 0, &ticket) == 0,
           "there are tickets");
    EXPECT(program, SOCKETS(GetGameCoordinatorServerLogin)(program->sockets, &login, &size, blob) != k_EResultOK,
           "there is a coordinator");
}

static void run_hosted_address(struct sim_api_program *program)
{
    SteamDatagramHostedAddress address;
    SteamNetworkingPOPID pop = 0x646576; /* "dev" */

    SteamAPI_SteamDatagramHostedAddress_SetDevAddress(&address, random_u32(&program->world->random.source), 27015, pop);
    EXPECT(program, SteamAPI_SteamDatagramHostedAddress_GetPopID(&address) == pop,
           "a hosted address forgets its data centre");
    SteamAPI_SteamDatagramHostedAddress_Clear(&address);
    EXPECT(program, SteamAPI_SteamDatagramHostedAddress_GetPopID(&address) == 0, "a cleared address has a data centre");
}

/* ---- signaling -----------------------------------------------------------------------------------------------------
 */

static bool send_signal(void *context, HSteamNetConnection connection, const SteamNetConnectionInfo_t *info,
                        const void *signal, int size)
{
    (void)context, (void)connection, (void)info, (void)signal, (void)size;
    return false;
}

static void release_signal(void *context)
{
    ++*(int *)context;
}

static void run_signaling(struct sim_api_program *program)
{
    static int released;
    ISteamNetworkingConnectionSignaling *signaling;
    SteamNetworkingIdentity identity;
    int before = released;

    sim_api_draw_identity(program, &identity);
    signaling = SOCKETS(CreateCustomSignaling)(&released, send_signal, release_signal);
    EXPECT(program, signaling || program->scarce, "no signaling object can be made");
    if (signaling) {
        EXPECT(program, !SOCKETS(ConnectP2PCustomSignaling)(program->sockets, signaling, &identity, 0, 0, NULL),
               "signaling connects");
        EXPECT(program, released == before + 1, "a signaling object was released %d times", released - before);
    }
}

static ISteamNetworkingConnectionSignaling *on_request(void *context, HSteamNetConnection connection,
                                                       const SteamNetworkingIdentity *identity, int port)
{
    (void)context, (void)connection, (void)identity, (void)port;
    return NULL;
}

static void run_signal(struct sim_api_program *program)
{
    uint8_t signal[100];

    random_fill(&program->world->random.source, signal, sizeof(signal));
    EXPECT(program,
           !SOCKETS(ReceivedP2PCustomSignal2)(program->sockets, signal, (int)sim_between(program->world, -1, 100), NULL,
                                              on_request, NULL) &&
               !SOCKETS(ReceivedP2PCustomSignal)(program->sockets, signal, 5, NULL),
           "random bytes are a signal");
}

const struct sim_api_operation sim_api_absent_operations[] = {
    {"SteamAPI_ISteamNetworkingUtils_InitRelayNetworkAccess", run_relays, 1, false},
    {"SteamAPI_ISteamNetworkingUtils_GetRelayNetworkStatus", run_relays, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_GetPOPCount", run_relays, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_GetPOPList", run_relays, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_GetLocalPingLocation", run_pings, 1, false},
    {"SteamAPI_ISteamNetworkingUtils_EstimatePingTimeBetweenTwoLocations", run_pings, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_EstimatePingTimeFromLocalHost", run_pings, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_ConvertPingLocationToString", run_pings, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_ParsePingLocationString", run_pings, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_CheckPingDataUpToDate", run_pings, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_GetPingToDataCenter", run_pings, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_GetDirectPingToPOP", run_pings, 0, false},
    {"SteamAPI_ISteamNetworkingSockets_BeginAsyncRequestFakeIP", run_fake_ip, 1, false},
    {"SteamAPI_ISteamNetworkingSockets_GetFakeIP", run_fake_ip, 0, false},
    {"SteamAPI_ISteamNetworkingSockets_CreateListenSocketP2PFakeIP", run_fake_ip, 0, false},
    {"SteamAPI_ISteamNetworkingSockets_GetRemoteFakeIPForConnection", run_fake_ip, 0, false},
    {"SteamAPI_ISteamNetworkingSockets_CreateFakeUDPPort", run_fake_ip, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_IsFakeIPv4", run_fake_ip, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_GetIPv4FakeIPType", run_fake_ip, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_GetRealIdentityForFakeIP", run_fake_ip, 0, false},
    {"SteamAPI_ISteamNetworkingFakeUDPPort_SendMessageToFakeIP", run_fake_ip, 0, false},
    {"SteamAPI_ISteamNetworkingFakeUDPPort_ReceiveMessages", run_fake_ip, 0, false},
    {"SteamAPI_ISteamNetworkingFakeUDPPort_ScheduleCleanup", run_fake_ip, 0, false},
    {"SteamAPI_ISteamNetworkingFakeUDPPort_DestroyFakeUDPPort", run_fake_ip, 0, false},
    {"SteamAPI_ISteamNetworkingSockets_GetHostedDedicatedServerPort", run_hosted, 1, false},
    {"SteamAPI_ISteamNetworkingSockets_GetHostedDedicatedServerPOPID", run_hosted, 0, false},
    {"SteamAPI_ISteamNetworkingSockets_GetHostedDedicatedServerAddress", run_hosted, 0, false},
    {"SteamAPI_ISteamNetworkingSockets_CreateHostedDedicatedServerListenSocket", run_hosted, 0, false},
    {"SteamAPI_ISteamNetworkingSockets_ConnectToHostedDedicatedServer", run_hosted, 0, false},
    {"SteamAPI_ISteamNetworkingSockets_ReceivedRelayAuthTicket", run_hosted, 0, false},
    {"SteamAPI_ISteamNetworkingSockets_FindRelayAuthTicketForServer", run_hosted, 0, false},
    {"SteamAPI_ISteamNetworkingSockets_GetGameCoordinatorServerLogin", run_hosted, 0, false},
    {"SteamAPI_SteamDatagramHostedAddress_SetDevAddress", run_hosted_address, 1, false},
    {"SteamAPI_SteamDatagramHostedAddress_GetPopID", run_hosted_address, 0, false},
    {"SteamAPI_SteamDatagramHostedAddress_Clear", run_hosted_address, 0, false},
    {"SteamAPI_ISteamNetworkingSockets_CreateCustomSignaling", run_signaling, 1, false},
    {"SteamAPI_ISteamNetworkingSockets_ConnectP2PCustomSignaling", run_signaling, 0, false},
    {"SteamAPI_ISteamNetworkingSockets_ReceivedP2PCustomSignal", run_signal, 1, false},
    {"SteamAPI_ISteamNetworkingSockets_ReceivedP2PCustomSignal2", run_signal, 0, false},
    {NULL, NULL, 0, false},
};
