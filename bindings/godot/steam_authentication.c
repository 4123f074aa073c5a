/*
 * Who this host is, and how it proves it.
 */
#include "references.h"
#include "steam.h"

#define SOCKETS(function) SteamAPI_ISteamNetworkingSockets_##function

static struct value get_identity(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    SteamNetworkingIdentity identity;
    bool known = SOCKETS(GetIdentity)(steam_sockets(), &identity);
    return known && identity.m_eType != k_ESteamNetworkingIdentityType_Invalid ? reference_identity_text(&identity)
                                                                               : value_literal("");
}

static struct value get_steam_id(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    SteamNetworkingIdentity identity;
    SOCKETS(GetIdentity)(steam_sockets(), &identity);
    return value_int((int64_t)SteamAPI_SteamNetworkingIdentity_GetSteamID64(&identity));
}

static struct value reset_identity(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = reference_identity(&arguments[0]);
    bool nobody = identity.m_eType == k_ESteamNetworkingIdentityType_Invalid;
    SOCKETS(ResetIdentity)(steam_sockets(), nobody ? NULL : &identity);
    return value_nil();
}

static struct value init_authentication(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    return value_int(SOCKETS(InitAuthentication)(steam_sockets()));
}

static struct value get_authentication_status(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    return value_int(SOCKETS(GetAuthenticationStatus)(steam_sockets(), NULL));
}

static struct value get_certificate_request(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    char request[1024];
    SteamNetworkingErrMsg error = "";
    int size = sizeof request;
    bool good = SOCKETS(GetCertificateRequest)(steam_sockets(), &size, request, error);
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "certificate", value_bytes(request, good ? (size_t)size : 0));
    value_put(&dictionary, "cert_size", value_int(good ? size : 0));
    value_put(&dictionary, "error_message", value_string(good ? "" : error));
    return dictionary;
}

static struct value set_certificate(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingErrMsg error = "";
    bool good = SOCKETS(SetCertificate)(steam_sockets(), arguments[0].bytes.data, (int)arguments[0].bytes.size, error);
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "response", value_bool(good));
    value_put(&dictionary, "error", value_string(good ? "" : error));
    return dictionary;
}

static struct value add_trusted_authority(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingErrMsg error = "";
    bool good = Fumarole_AddTrustedAuthority(arguments[0].string.text, error);
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "response", value_bool(good));
    value_put(&dictionary, "error", value_string(good ? "" : error));
    return dictionary;
}

static const struct class_method methods[] = {
    METHOD("getIdentity", STRING, get_identity),
    METHOD("getSteamID", INT, get_steam_id),
    METHOD("resetIdentity", NIL, reset_identity, PARAMETER(IDENTITY, "identity_reference")),
    METHOD("initAuthentication", INT, init_authentication),
    METHOD("getAuthenticationStatus", INT, get_authentication_status),
    METHOD("getCertificateRequest", DICTIONARY, get_certificate_request),
    METHOD("setCertificate", DICTIONARY, set_certificate, PARAMETER(BYTES, "certificate")),
    FREE_METHOD("addTrustedAuthority", DICTIONARY, add_trusted_authority, PARAMETER(STRING, "certificate_text")),
};

const struct class_methods steam_authentication_methods = METHODS(methods);
