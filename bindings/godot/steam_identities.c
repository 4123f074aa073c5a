/*
 * Named references to identities. They need no steamInit: a program may fill them before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "references.h"
#include "steam.h"

#define IDENTITY_CALL(function) SteamAPI_SteamNetworkingIdentity_##function

/* What a name stands for, with a text that is no reference read as an identity (references.h). */
static SteamNetworkingIdentity named(const struct value *argument)
{
    return reference_identity(argument);
}

static bool set(const struct value *name, const SteamNetworkingIdentity *identity)
{
    return reference_set_identity(name->string.text, identity);
}

static struct value add_identity(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_bool(reference_add_identity(arguments[0].string.text));
}

static struct value clear_identity(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = {0};
    set(&arguments[0], &identity);
    return value_nil();
}

static void append_identity(void *context, const char *name, SteamNetworkingIdentity *identity)
{
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "reference_name", value_string(name));
    value_put(&dictionary, "steam_id", value_int((int64_t)IDENTITY_CALL(GetSteamID64)(identity)));
    value_put(&dictionary, "type", value_int(identity->m_eType));
    value_append(context, dictionary);
}

static struct value get_identities(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    struct value array = value_array();
    reference_each_identity(append_identity, &array);
    return array;
}

static struct value is_identity_invalid(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = named(&arguments[0]);
    return value_bool(IDENTITY_CALL(IsInvalid)(&identity));
}

static struct value is_identity_local_host(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = named(&arguments[0]);
    return value_bool(IDENTITY_CALL(IsLocalHost)(&identity));
}

/* --------------------------------------------------------------------------------------------------------- Steam IDs
 */

/* The 32-bit form is the account number of an ordinary account. */
#define INDIVIDUAL_ACCOUNT                                                                                             \
    ((uint64)k_EUniversePublic << 56 | (uint64)k_EAccountTypeIndividual << 52 |                                        \
     (uint64)k_unSteamUserDefaultInstance << 32)

static struct value set_steam_id(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = {0};
    uint64 id = (uint64)arguments[1].integer;
    IDENTITY_CALL(SetSteamID64)(&identity, id <= UINT32_MAX ? INDIVIDUAL_ACCOUNT | id : id);
    set(&arguments[0], &identity);
    return value_nil();
}

static struct value get_steam_id(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = named(&arguments[0]);
    return value_int((uint32)IDENTITY_CALL(GetSteamID64)(&identity));
}

static struct value set_steam_id64(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = {0};
    IDENTITY_CALL(SetSteamID64)(&identity, (uint64)arguments[1].integer);
    set(&arguments[0], &identity);
    return value_nil();
}

static struct value get_steam_id64(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = named(&arguments[0]);
    return value_int((int64_t)IDENTITY_CALL(GetSteamID64)(&identity));
}

/* -------------------------------------------------------------------------------------------------------- addresses */

static struct value set_ip_address(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = {0};
    SteamNetworkingIPAddr address = reference_address(&arguments[1]);
    IDENTITY_CALL(SetIPAddr)(&identity, &address);
    return value_bool(set(&arguments[0], &identity));
}

static struct value get_ip_address(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = named(&arguments[0]);
    return value_int(IDENTITY_CALL(GetIPv4)(&identity));
}

static struct value set_local_host(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = {0};
    IDENTITY_CALL(SetLocalHost)(&identity);
    set(&arguments[0], &identity);
    return value_nil();
}

/* -------------------------------------------------------------------------------------------------- texts and bytes */

static struct value set_generic_string(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = {0};
    return value_bool(IDENTITY_CALL(SetGenericString)(&identity, arguments[1].string.text) &&
                      set(&arguments[0], &identity));
}

static struct value get_generic_string(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = named(&arguments[0]);
    return value_string(IDENTITY_CALL(GetGenericString)(&identity));
}

static struct value set_generic_bytes(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = {0};
    return value_bool(
        IDENTITY_CALL(SetGenericBytes)(&identity, arguments[1].bytes.data, (uint32)arguments[1].bytes.size) &&
        set(&arguments[0], &identity));
}

static struct value get_generic_bytes(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = named(&arguments[0]);
    int size = 0;
    const uint8 *bytes = IDENTITY_CALL(GetGenericBytes)(&identity, &size);
    return value_bytes(bytes, bytes ? (size_t)size : 0);
}

/* ---------------------------------------------------------------------------------------------------- other networks
 */

static struct value set_psn_id(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = {0};
    IDENTITY_CALL(SetPSNID)(&identity, (uint64)arguments[1].integer);
    set(&arguments[0], &identity);
    return value_nil();
}

static struct value get_psn_id(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = named(&arguments[0]);
    return value_int((int64_t)IDENTITY_CALL(GetPSNID)(&identity));
}

/* The library no longer knows Stadia; an identity of its text form is one of an unknown kind, kept as text. */
static const char stadia_prefix[] = "stadia:";

static struct value set_stadia_id(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = {0};
    char text[40];
    snprintf(text, sizeof text, "%s%llu", stadia_prefix, (unsigned long long)arguments[1].integer);
    if (SteamNetworkingIdentity_ParseString(&identity, sizeof identity, text))
        set(&arguments[0], &identity);
    return value_nil();
}

static struct value get_stadia_id(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = named(&arguments[0]);
    if (identity.m_eType != k_ESteamNetworkingIdentityType_UnknownType ||
        strncmp(identity.m_szUnknownRawString, stadia_prefix, sizeof stadia_prefix - 1) != 0)
        return value_int(0);
    return value_int((int64_t)strtoull(identity.m_szUnknownRawString + sizeof stadia_prefix - 1, NULL, 10));
}

static struct value set_xbox_id(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = {0};
    return value_bool(IDENTITY_CALL(SetXboxPairwiseID)(&identity, arguments[1].string.text) &&
                      set(&arguments[0], &identity));
}

static struct value get_xbox_id(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = named(&arguments[0]);
    return value_string(IDENTITY_CALL(GetXboxPairwiseID)(&identity));
}

/* ------------------------------------------------------------------------------------------------------------- texts
 */

/* With two arguments: reads the second into the reference, and says whether that worked. With one, as the page has it:
   reads the name itself, and gives the text of what it means. */
static struct value parse_identity(struct class_call *call, const struct value *arguments)
{
    SteamNetworkingIdentity identity;
    const struct value *text = &arguments[call->given == 1 ? 0 : 1];
    if (text->type != VALUE_STRING)
        return class_refuse(call, 1, "a String");
    bool good = SteamNetworkingIdentity_ParseString(&identity, sizeof identity, text->string.text);
    set(&arguments[0], &identity);
    if (call->given == 1)
        return good ? reference_identity_text(&identity) : value_literal("");
    return value_bool(good);
}

static struct value to_identity_string(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = named(&arguments[0]);
    return reference_identity_text(&identity);
}

static const struct class_method methods[] = {
    FREE_METHOD("addIdentity", BOOL, add_identity, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("clearIdentity", NIL, clear_identity, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("getIdentities", ARRAY, get_identities),
    FREE_METHOD("isIdentityInvalid", BOOL, is_identity_invalid, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("isIdentityLocalHost", BOOL, is_identity_local_host, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("setIdentitySteamID", NIL, set_steam_id, PARAMETER(STRING, "reference_name"),
                PARAMETER(INT64, "steam_id")),
    FREE_METHOD("getIdentitySteamID", INT, get_steam_id, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("setIdentitySteamID64", NIL, set_steam_id64, PARAMETER(STRING, "reference_name"),
                PARAMETER(INT64, "steam_id")),
    FREE_METHOD("getIdentitySteamID64", INT, get_steam_id64, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("setIdentityIPAddr", BOOL, set_ip_address, PARAMETER(STRING, "reference_name"),
                PARAMETER(STRING, "ip_address_name")),
    FREE_METHOD("getIdentityIPAddr", INT, get_ip_address, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("setIdentityLocalHost", NIL, set_local_host, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("setGenericString", BOOL, set_generic_string, PARAMETER(STRING, "reference_name"),
                PARAMETER(STRING, "this_string")),
    FREE_METHOD("getGenericString", STRING, get_generic_string, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("setGenericBytes", BOOL, set_generic_bytes, PARAMETER(STRING, "reference_name"),
                PARAMETER(BYTES, "data")),
    FREE_METHOD("getGenericBytes", BYTES, get_generic_bytes, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("setPSNID", NIL, set_psn_id, PARAMETER(STRING, "reference_name"), PARAMETER(INT64, "psn_id")),
    FREE_METHOD("getPSNID", INT, get_psn_id, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("setStadiaID", NIL, set_stadia_id, PARAMETER(STRING, "reference_name"), PARAMETER(INT64, "stadia_id")),
    FREE_METHOD("getStadiaID", INT, get_stadia_id, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("setXboxPairwiseID", BOOL, set_xbox_id, PARAMETER(STRING, "reference_name"),
                PARAMETER(STRING, "xbox_id")),
    FREE_METHOD("getXboxPairwiseID", STRING, get_xbox_id, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("parseIdentityString", OTHER, parse_identity, PARAMETER(STRING, "reference_name"),
                OPTIONAL(ANY, "string_to_parse", 0)),
    FREE_METHOD("toIdentityString", STRING, to_identity_string, PARAMETER(STRING, "reference_name")),
};

const struct class_methods steam_identity_methods = METHODS(methods);
