/*
 * Named references to addresses. They need no steamInit: a program may fill them before.
 */
#include "references.h"
#include "steam.h"

#define ADDRESS_CALL(function) SteamAPI_SteamNetworkingIPAddr_##function

static SteamNetworkingIPAddr named(const struct value *argument)
{
    return reference_address(argument);
}

static bool set(const struct value *name, const SteamNetworkingIPAddr *address)
{
    return reference_set_address(name->string.text, address);
}

static struct value add_address(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_bool(reference_add_address(arguments[0].string.text));
}

static struct value clear_address(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIPAddr address = {0};
    set(&arguments[0], &address);
    return value_nil();
}

static void append_address(void *context, const char *name, SteamNetworkingIPAddr *address)
{
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "reference_name", value_string(name));
    value_put(&dictionary, "localhost", value_bool(ADDRESS_CALL(IsLocalHost)(address)));
    value_put(&dictionary, "ip_address", value_int(ADDRESS_CALL(GetIPv4)(address)));
    value_append(context, dictionary);
}

static struct value get_addresses(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    struct value array = value_array();
    reference_each_address(append_address, &array);
    return array;
}

static struct value set_ipv4(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIPAddr address;
    ADDRESS_CALL(SetIPv4)(&address, (uint32)arguments[1].integer, (uint16)arguments[2].integer);
    set(&arguments[0], &address);
    return value_nil();
}

static struct value set_ipv6(struct class_call *call, const struct value *arguments)
{
    SteamNetworkingIPAddr address;
    if (arguments[1].bytes.size != 16)
        return class_refuse(call, 1, "a byte array of 16 bytes");
    ADDRESS_CALL(SetIPv6)(&address, arguments[1].bytes.data, (uint16)arguments[2].integer);
    set(&arguments[0], &address);
    return value_nil();
}

static struct value set_ipv6_local_host(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIPAddr address;
    ADDRESS_CALL(SetIPv6LocalHost)(&address, (uint16)arguments[1].integer);
    set(&arguments[0], &address);
    return value_nil();
}

static struct value get_ipv4(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIPAddr address = named(&arguments[0]);
    return value_int(ADDRESS_CALL(GetIPv4)(&address));
}

static struct value is_ipv4(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIPAddr address = named(&arguments[0]);
    return value_bool(ADDRESS_CALL(IsIPv4)(&address));
}

static struct value is_ipv6_all_zeros(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIPAddr address = named(&arguments[0]);
    return value_bool(ADDRESS_CALL(IsIPv6AllZeros)(&address));
}

static struct value is_local_host(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIPAddr address = named(&arguments[0]);
    return value_bool(ADDRESS_CALL(IsLocalHost)(&address));
}

/* With one argument and with two like parseIdentityString. */
static struct value parse_address(struct class_call *call, const struct value *arguments)
{
    SteamNetworkingIPAddr address;
    const struct value *text = &arguments[call->given == 1 ? 0 : 1];
    if (text->type != VALUE_STRING)
        return class_refuse(call, 1, "a String");
    bool good = SteamNetworkingIPAddr_ParseString(&address, text->string.text);
    set(&arguments[0], &address);
    if (call->given == 1)
        return good ? reference_address_text(&address, true) : value_literal("");
    return value_bool(good);
}

static struct value to_address_string(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIPAddr address = named(&arguments[0]);
    return reference_address_text(&address, arguments[1].boolean);
}

static const struct class_method methods[] = {
    FREE_METHOD("addIPAddress", BOOL, add_address, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("clearIPAddress", NIL, clear_address, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("getIPAddresses", ARRAY, get_addresses),
    FREE_METHOD("setIPv4", NIL, set_ipv4, PARAMETER(STRING, "reference_name"), PARAMETER(UINT32, "ip"),
                PARAMETER(UINT16, "port")),
    FREE_METHOD("setIPv6", NIL, set_ipv6, PARAMETER(STRING, "reference_name"), PARAMETER(BYTES, "ipv6"),
                PARAMETER(UINT16, "port")),
    FREE_METHOD("setIPv6LocalHost", NIL, set_ipv6_local_host, PARAMETER(STRING, "reference_name"),
                OPTIONAL(UINT16, "port", 0)),
    FREE_METHOD("getIPv4", INT, get_ipv4, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("isIPv4", BOOL, is_ipv4, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("isIPv6AllZeros", BOOL, is_ipv6_all_zeros, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("isAddressLocalHost", BOOL, is_local_host, PARAMETER(STRING, "reference_name")),
    FREE_METHOD("parseIPAddressString", OTHER, parse_address, PARAMETER(STRING, "reference_name"),
                OPTIONAL(ANY, "string_to_parse", 0)),
    FREE_METHOD("toIPAddressString", STRING, to_address_string, PARAMETER(STRING, "reference_name"),
                OPTIONAL(BOOL, "with_port", 1)),
};

const struct class_methods steam_address_methods = METHODS(methods);
