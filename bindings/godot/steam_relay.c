/*
 * The relay network, and ping times and places computed from it.
 */
#include <stdlib.h>
#include <string.h>

#include "steam.h"

#define UTILS(function) SteamAPI_ISteamNetworkingUtils_##function

static struct value init_relay_access(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    UTILS(InitRelayNetworkAccess)(steam_utils());
    return value_nil();
}

static struct value get_relay_status(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    return value_int(UTILS(GetRelayNetworkStatus)(steam_utils(), NULL));
}

/* ----------------------------------------------------------------------------------------------------------- places */

/* Reads a place, which programs keep as the bytes that they were given. */
static bool read_location(struct class_call *call, int index, SteamNetworkPingLocation_t *location)
{
    const struct value *bytes = &call->arguments[index];
    if (bytes->bytes.size != sizeof *location) {
        class_refuse(call, index, "a byte array from getLocalPingLocation or parsePingLocationString");
        return false;
    }
    memcpy(location, bytes->bytes.data, sizeof *location);
    return true;
}

static struct value get_local_location(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    SteamNetworkPingLocation_t location;
    float age = UTILS(GetLocalPingLocation)(steam_utils(), &location);
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "location", value_bytes(&location, sizeof location));
    value_put(&dictionary, "age", value_float(age));
    return dictionary;
}

static struct value location_to_string(struct class_call *call, const struct value *arguments)
{
    (void)arguments;
    SteamNetworkPingLocation_t location;
    char text[k_cchMaxSteamNetworkingPingLocationString];
    if (!read_location(call, 0, &location))
        return value_literal("");
    UTILS(ConvertPingLocationToString)(steam_utils(), &location, text, sizeof text);
    return value_string(text);
}

static struct value parse_location(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkPingLocation_t location;
    bool success = UTILS(ParsePingLocationString)(steam_utils(), arguments[0].string.text, &location);
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "success", value_bool(success));
    value_put(&dictionary, "ping_location", value_bytes(&location, sizeof location));
    return dictionary;
}

static struct value estimate_between(struct class_call *call, const struct value *arguments)
{
    (void)arguments;
    SteamNetworkPingLocation_t first, second;
    if (!read_location(call, 0, &first) || !read_location(call, 1, &second))
        return value_int(0);
    return value_int(UTILS(EstimatePingTimeBetweenTwoLocations)(steam_utils(), &first, &second));
}

static struct value estimate_from_here(struct class_call *call, const struct value *arguments)
{
    (void)arguments;
    SteamNetworkPingLocation_t location;
    if (!read_location(call, 0, &location))
        return value_int(0);
    return value_int(UTILS(EstimatePingTimeFromLocalHost)(steam_utils(), &location));
}

static struct value check_ping_data(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_bool(UTILS(CheckPingDataUpToDate)(steam_utils(), (float)arguments[0].real));
}

/* ----------------------------------------------------------------------------------------------------- data centres */

static struct value get_ping_to_data_center(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingPOPID via = 0;
    int ping = UTILS(GetPingToDataCenter)(steam_utils(), (uint32)arguments[0].integer, &via);
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "pop_relay", value_int(via));
    value_put(&dictionary, "ping", value_int(ping));
    return dictionary;
}

static struct value get_direct_ping(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_int(UTILS(GetDirectPingToPOP)(steam_utils(), (uint32)arguments[0].integer));
}

static struct value get_pop_count(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    return value_int(UTILS(GetPOPCount)(steam_utils()));
}

static struct value get_pop_list(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    struct value array = value_array();
    int room = UTILS(GetPOPCount)(steam_utils());
    SteamNetworkingPOPID *list = room > 0 ? calloc((size_t)room, sizeof *list) : NULL;
    int count = list ? UTILS(GetPOPList)(steam_utils(), list, room) : 0;
    for (int i = 0; i < count; i++)
        value_append(&array, value_int(list[i]));
    free(list);
    return array;
}

static const struct class_method methods[] = {
    METHOD("initRelayNetworkAccess", NIL, init_relay_access),
    METHOD("getRelayNetworkStatus", INT, get_relay_status),
    METHOD("getLocalPingLocation", DICTIONARY, get_local_location),
    METHOD("convertPingLocationToString", STRING, location_to_string, PARAMETER(BYTES, "location")),
    METHOD("parsePingLocationString", DICTIONARY, parse_location, PARAMETER(STRING, "location_string")),
    METHOD("estimatePingTimeBetweenTwoLocations", INT, estimate_between, PARAMETER(BYTES, "location1"),
           PARAMETER(BYTES, "location2")),
    METHOD("estimatePingTimeFromLocalHost", INT, estimate_from_here, PARAMETER(BYTES, "location")),
    METHOD("checkPingDataUpToDate", BOOL, check_ping_data, PARAMETER(FLOAT, "max_age_in_seconds")),
    METHOD("getPingToDataCenter", DICTIONARY, get_ping_to_data_center, PARAMETER(UINT32, "pop_id")),
    METHOD("getDirectPingToPOP", INT, get_direct_ping, PARAMETER(UINT32, "pop_id")),
    METHOD("getPOPCount", INT, get_pop_count),
    METHOD("getPOPList", ARRAY, get_pop_list),
};

const struct class_methods steam_relay_methods = METHODS(methods);
