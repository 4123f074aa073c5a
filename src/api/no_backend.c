#include "api/no_backend.h"

#include "wire/address.h"
#include "wire/identity.h"

#include <stdio.h>
#include <string.h>

static const char explanation[] = "No back end is configured.";

ESteamNetworkingAvailability no_backend_relay_network_status(SteamRelayNetworkStatus_t *details)
{
    if (details) {
        memset(details, 0, sizeof(*details));
        details->m_eAvail = k_ESteamNetworkingAvailability_CannotTry;
        details->m_eAvailNetworkConfig = k_ESteamNetworkingAvailability_CannotTry;
        details->m_eAvailAnyRelay = k_ESteamNetworkingAvailability_CannotTry;
        snprintf(details->m_debugMsg, sizeof(details->m_debugMsg), "%s", explanation);
    }
    return k_ESteamNetworkingAvailability_CannotTry;
}

float no_backend_local_ping_location(SteamNetworkPingLocation_t *location)
{
    if (location)
        memset(location, 0, sizeof(*location));
    return -1.0f;
}

int no_backend_ping(void)
{
    return k_nSteamNetworkingPing_Unknown;
}

void no_backend_print_location(char *buffer, int size)
{
    if (buffer && size > 0)
        buffer[0] = '\0';
}

bool no_backend_parse_location(SteamNetworkPingLocation_t *location)
{
    if (location)
        memset(location, 0, sizeof(*location));
    return false;
}

int no_backend_ping_to_data_center(SteamNetworkingPOPID *via)
{
    if (via)
        *via = 0;
    return k_nSteamNetworkingPing_Unknown;
}

EResult no_backend_hosted_address(SteamDatagramHostedAddress *address)
{
    if (address) {
        memset(address, 0, sizeof(*address));
        snprintf(address->m_data, sizeof(address->m_data), "%s", explanation);
    }
    return k_EResultFail;
}

EResult no_backend_coordinator_login(int *size, void *blob)
{
    if (blob && size && *size > 0)
        snprintf(blob, (size_t)*size, "%s", explanation);
    if (size)
        *size = 0;
    return k_EResultFail;
}

int no_backend_find_ticket(SteamDatagramRelayAuthTicket *parsed)
{
    if (parsed) {
        memset(parsed, 0, sizeof(*parsed));
        parsed->m_nRestrictToVirtualPort = -1;
    }
    return 0;
}

void no_backend_fake_ip(int first_port, const SteamNetworkingIdentity *identity, SteamNetworkingFakeIPResult_t *result)
{
    if (!result)
        return;
    memset(result, 0, sizeof(*result));
    result->m_eResult = first_port == 0 ? k_EResultNoMatch : k_EResultInvalidParam;
    if (identity)
        result->m_identity = *identity;
}

EResult no_backend_remote_fake_ip(bool connection_exists, SteamNetworkingIPAddr *address)
{
    if (address)
        address_clear(address);
    return connection_exists ? k_EResultIPNotFound : k_EResultInvalidParam;
}

EResult no_backend_real_identity(SteamNetworkingIdentity *identity)
{
    if (identity)
        identity_clear(identity);
    return k_EResultDisabled;
}

ESteamNetworkingFakeIPType no_backend_fake_ip_type_of_identity(const SteamNetworkingIdentity *identity)
{
    return identity->m_eType == k_ESteamNetworkingIdentityType_IPAddress ? k_ESteamNetworkingFakeIPType_NotFake
                                                                         : k_ESteamNetworkingFakeIPType_Invalid;
}
