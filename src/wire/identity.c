#include "wire/identity.h"

#include "base/text.h"
#include "wire/address.h"
#include "wire/generated/certificate.pb.h"
#include "wire/protobuf.h"

#include <string.h>

enum { CONTENT_SIZE = sizeof(((SteamNetworkingIdentity *)0)->m_reserved) };

_Static_assert(IDENTITY_TEXT_SIZE == IDENTITY_TEXT_MAXIMUM + 1, "the API's text size is the protocol's limit");
_Static_assert(sizeof(SteamNetworkingIPAddr) == IDENTITY_LEGACY_ADDRESS_SIZE, "addresses are 18 bytes");

void identity_clear(SteamNetworkingIdentity *identity)
{
    memset(identity, 0, sizeof *identity);
}

static void set(SteamNetworkingIdentity *identity, ESteamNetworkingIdentityType type, const void *content,
                size_t length, size_t size)
{
    /* The content may lie in the identity that is being replaced. */
    uint8_t copy[CONTENT_SIZE];

    if (length > 0)
        memcpy(copy, content, length);
    identity_clear(identity);
    identity->m_eType = type;
    identity->m_cbSize = (int)size;
    if (length > 0)
        memcpy(identity->m_reserved, copy, length);
}

void identity_set_localhost(SteamNetworkingIdentity *identity)
{
    SteamNetworkingIPAddr address;

    address_set_localhost(&address, 0);
    identity_set_address(identity, &address);
}

void identity_set_address(SteamNetworkingIdentity *identity, const SteamNetworkingIPAddr *address)
{
    set(identity, k_ESteamNetworkingIdentityType_IPAddress, address, sizeof *address, sizeof *address);
}

void identity_set_steam_id(SteamNetworkingIdentity *identity, uint64_t steam_id)
{
    set(identity, k_ESteamNetworkingIdentityType_SteamID, &steam_id, sizeof steam_id, sizeof steam_id);
}

void identity_set_psn_id(SteamNetworkingIdentity *identity, uint64_t psn_id)
{
    set(identity, k_ESteamNetworkingIdentityType_SonyPSN, &psn_id, sizeof psn_id, sizeof psn_id);
}

static bool set_text(SteamNetworkingIdentity *identity, ESteamNetworkingIdentityType type, const char *text,
                     size_t length, size_t minimum, size_t maximum)
{
    if (length < minimum || length > maximum || (length > 0 && memchr(text, '\0', length)))
        return false;
    set(identity, type, text, length, length + 1);
    return true;
}

bool identity_set_string(SteamNetworkingIdentity *identity, const char *text, size_t length)
{
    return set_text(identity, k_ESteamNetworkingIdentityType_GenericString, text, length, 0, IDENTITY_STRING_MAXIMUM);
}

bool identity_set_xbox_pairwise_id(SteamNetworkingIdentity *identity, const char *text, size_t length)
{
    return set_text(identity, k_ESteamNetworkingIdentityType_XboxPairwiseID, text, length, 1, IDENTITY_XBOX_MAXIMUM);
}

bool identity_set_bytes(SteamNetworkingIdentity *identity, const void *data, size_t length)
{
    if (length < 1 || length > IDENTITY_BYTES_MAXIMUM)
        return false;
    set(identity, k_ESteamNetworkingIdentityType_GenericBytes, data, length, length);
    return true;
}

/* ------------------------------------------------------------------------------------------------- text forms */

/* Blanks, at least one digit, anything. False on overflow. */
static bool decimal_prefix(const char *text, size_t length, uint64_t *value)
{
    const char *end = text + length;
    bool any = false;

    while (text < end && (*text == ' ' || (*text >= '\t' && *text <= '\r')))
        text++;
    for (*value = 0; text < end && *text >= '0' && *text <= '9'; text++) {
        if (__builtin_mul_overflow(*value, 10, value) || __builtin_add_overflow(*value, (uint64_t)(*text - '0'), value))
            return false;
        any = true;
    }
    return any;
}

static bool parse_steam_id(SteamNetworkingIdentity *identity, const char *text, size_t length)
{
    uint64_t value;

    if (!decimal_prefix(text, length, &value) || !steam_id_is_valid(value))
        return false;
    identity_set_steam_id(identity, value);
    return true;
}

static bool parse_psn_id(SteamNetworkingIdentity *identity, const char *text, size_t length)
{
    uint64_t value;

    if (!decimal_prefix(text, length, &value))
        return false;
    identity_set_psn_id(identity, value);
    return true;
}

static bool parse_address(SteamNetworkingIdentity *identity, const char *text, size_t length)
{
    SteamNetworkingIPAddr address;

    if (!address_parse(&address, text, length))
        return false;
    identity_set_address(identity, &address);
    return true;
}

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

static bool parse_bytes(SteamNetworkingIdentity *identity, const char *text, size_t length)
{
    uint8_t bytes[IDENTITY_BYTES_MAXIMUM];

    if (length % 2 != 0 || length / 2 > sizeof bytes)
        return false;
    for (size_t i = 0; i < length; i += 2) {
        int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    return identity_set_bytes(identity, bytes, length / 2);
}

static const struct {
    const char *prefix;
    bool (*parse)(SteamNetworkingIdentity *identity, const char *text, size_t length);
} kinds[] = {
    {"steamid", parse_steam_id},  {"xboxpwid", identity_set_xbox_pairwise_id},
    {"psn", parse_psn_id},        {"ip", parse_address},
    {"str", identity_set_string}, {"gen", parse_bytes},
};

static bool is_unknown_prefix(const char *prefix, size_t length)
{
    if (length < 1 || length > IDENTITY_PREFIX_MAXIMUM)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!((prefix[i] >= 'a' && prefix[i] <= 'z') || (prefix[i] >= '0' && prefix[i] <= '9') || prefix[i] == '_'))
            return false;
    return true;
}

bool identity_parse(SteamNetworkingIdentity *identity, const char *text, size_t length)
{
    SteamNetworkingIdentity parsed = {0};
    const char *colon = length > 0 ? memchr(text, ':', length) : NULL;
    size_t prefix = colon ? (size_t)(colon - text) : 0;
    bool valid = false, known = false;

    if (colon && length <= IDENTITY_TEXT_MAXIMUM && !memchr(text, '\0', length)) {
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && !known; i++) {
            known = strlen(kinds[i].prefix) == prefix && memcmp(kinds[i].prefix, text, prefix) == 0;
            if (known)
                valid = kinds[i].parse(&parsed, colon + 1, length - prefix - 1);
        }
        if (!known && is_unknown_prefix(text, prefix))
            valid =
                set_text(&parsed, k_ESteamNetworkingIdentityType_UnknownType, text, length, 1, IDENTITY_TEXT_MAXIMUM);
    }
    if (!valid)
        identity_clear(&parsed);
    *identity = parsed;
    return valid;
}

void identity_print(const SteamNetworkingIdentity *identity, char *buffer, size_t size)
{
    struct text text;
    char address[ADDRESS_TEXT_SIZE];

    text_init(&text, buffer, size);
    switch (identity->m_eType) {
    case k_ESteamNetworkingIdentityType_Invalid:
        text_append(&text, "invalid");
        break;
    case k_ESteamNetworkingIdentityType_SteamID:
        text_append_formatted(&text, "steamid:%llu", (unsigned long long)identity->m_steamID64);
        break;
    case k_ESteamNetworkingIdentityType_SonyPSN:
        text_append_formatted(&text, "psn:%llu", (unsigned long long)identity->m_PSNID);
        break;
    case k_ESteamNetworkingIdentityType_XboxPairwiseID:
        text_append_formatted(&text, "xboxpwid:%.*s", IDENTITY_XBOX_MAXIMUM, identity->m_szXboxPairwiseID);
        break;
    case k_ESteamNetworkingIdentityType_IPAddress:
        address_print_brief(&identity->m_ip, address, sizeof address);
        text_append_formatted(&text, "ip:%s", address);
        break;
    case k_ESteamNetworkingIdentityType_GenericString:
        text_append_formatted(&text, "str:%.*s", IDENTITY_STRING_MAXIMUM, identity->m_szGenericString);
        break;
    case k_ESteamNetworkingIdentityType_GenericBytes:
        text_append(&text, "gen:");
        for (int i = 0; i < identity->m_cbSize && i < IDENTITY_BYTES_MAXIMUM; i++)
            text_append_formatted(&text, "%02x", identity->m_genericBytes[i]);
        break;
    case k_ESteamNetworkingIdentityType_UnknownType:
        text_append_formatted(&text, "%.*s", IDENTITY_TEXT_MAXIMUM, identity->m_szUnknownRawString);
        break;
    default:
        text_append_formatted(&text, "bad_type:%d", (int)identity->m_eType);
        break;
    }
}

/* ------------------------------------------------------------------------------------------------- properties */

/* The used bytes, whatever an application has written into the size. */
static size_t used_bytes(const SteamNetworkingIdentity *identity)
{
    int size = identity->m_cbSize;

    return size < 0 ? 0 : size > CONTENT_SIZE ? CONTENT_SIZE : (size_t)size;
}

bool identity_equal(const SteamNetworkingIdentity *a, const SteamNetworkingIdentity *b)
{
    return a->m_eType == b->m_eType && a->m_cbSize == b->m_cbSize &&
           memcmp(a->m_reserved, b->m_reserved, used_bytes(a)) == 0;
}

uint64_t identity_hash(const SteamNetworkingIdentity *identity, const uint8_t key[SIPHASH_KEY_SIZE])
{
    /* Type and size lie in front of the content, without padding. */
    return siphash(key, identity, offsetof(SteamNetworkingIdentity, m_reserved) + used_bytes(identity));
}

bool identity_is_invalid(const SteamNetworkingIdentity *identity)
{
    return identity->m_eType == k_ESteamNetworkingIdentityType_Invalid;
}

bool identity_is_localhost(const SteamNetworkingIdentity *identity)
{
    return identity->m_eType == k_ESteamNetworkingIdentityType_IPAddress && address_is_localhost(&identity->m_ip);
}

static bool is_text_of(const SteamNetworkingIdentity *identity, size_t minimum, size_t maximum)
{
    const char *text = identity->m_szUnknownRawString;
    size_t length = strnlen(text, CONTENT_SIZE);

    return length >= minimum && length <= maximum && identity->m_cbSize == (int)length + 1;
}

bool identity_is_well_formed(const SteamNetworkingIdentity *identity)
{
    switch (identity->m_eType) {
    case k_ESteamNetworkingIdentityType_SteamID:
        return identity->m_cbSize == (int)sizeof(uint64_t) && steam_id_is_valid(identity->m_steamID64);
    case k_ESteamNetworkingIdentityType_SonyPSN:
        return identity->m_cbSize == (int)sizeof(uint64_t);
    case k_ESteamNetworkingIdentityType_IPAddress:
        return identity->m_cbSize == (int)sizeof(SteamNetworkingIPAddr);
    case k_ESteamNetworkingIdentityType_GenericBytes:
        return identity->m_cbSize >= 1 && identity->m_cbSize <= IDENTITY_BYTES_MAXIMUM;
    case k_ESteamNetworkingIdentityType_GenericString:
        return is_text_of(identity, 0, IDENTITY_STRING_MAXIMUM);
    case k_ESteamNetworkingIdentityType_XboxPairwiseID:
        return is_text_of(identity, 1, IDENTITY_XBOX_MAXIMUM);
    case k_ESteamNetworkingIdentityType_UnknownType: {
        const char *text = identity->m_szUnknownRawString;
        const char *colon = memchr(text, ':', CONTENT_SIZE);
        return is_text_of(identity, 2, IDENTITY_TEXT_MAXIMUM) && colon &&
               is_unknown_prefix(text, (size_t)(colon - text));
    }
    default:
        return false;
    }
}

bool identity_is_absent_or_well_formed(const SteamNetworkingIdentity *identity)
{
    return !identity || identity_is_invalid(identity) || identity_is_well_formed(identity);
}

struct steam_id_parts {
    uint32_t account;
    unsigned instance, type, universe;
};

static struct steam_id_parts split(uint64_t steam_id)
{
    return (struct steam_id_parts){
        .account = (uint32_t)steam_id,
        .instance = (unsigned)(steam_id >> 32) & k_unSteamAccountInstanceMask,
        .type = (unsigned)(steam_id >> 52) & 0xf,
        .universe = (unsigned)(steam_id >> 56),
    };
}

bool steam_id_is_valid(uint64_t steam_id)
{
    struct steam_id_parts parts = split(steam_id);

    if (parts.type <= k_EAccountTypeInvalid || parts.type >= k_EAccountTypeMax)
        return false;
    if (parts.universe <= k_EUniverseInvalid || parts.universe >= k_EUniverseMax)
        return false;
    switch (parts.type) {
    case k_EAccountTypeIndividual:
        return parts.account != 0 && parts.instance == k_unSteamUserDefaultInstance;
    case k_EAccountTypeClan:
        return parts.account != 0 && parts.instance == 0;
    case k_EAccountTypeGameServer:
        return parts.account != 0;
    default:
        return true;
    }
}

bool identity_is_serialisable(const SteamNetworkingIdentity *identity)
{
    struct steam_id_parts parts;

    if (!identity_is_well_formed(identity))
        return false;
    if (identity->m_eType != k_ESteamNetworkingIdentityType_SteamID)
        return true;
    parts = split(identity->m_steamID64);
    return parts.account != 0 && (parts.type == k_EAccountTypeIndividual || parts.type == k_EAccountTypeGameServer ||
                                  parts.type == k_EAccountTypeAnonGameServer);
}

/* ------------------------------------------------------------------------------------------------- in messages */

bool identity_legacy_decode(SteamNetworkingIdentity *identity, const uint8_t *data, size_t length)
{
    wire_LegacyIdentity message = wire_LegacyIdentity_init_zero;
    struct byte_slice bytes, string, address;
    SteamNetworkingIPAddr parsed;

    identity_clear(identity);
    protobuf_slice_into(&message.generic_bytes, &bytes);
    protobuf_slice_into(&message.generic_string, &string);
    protobuf_slice_into(&message.address, &address);
    if (!protobuf_decode(&wire_LegacyIdentity_msg, &message, data, length))
        return false;
    /* Exactly one says who it is. */
    if (message.has_steam_id + (bytes.data != NULL) + (string.data != NULL) + (address.data != NULL) != 1)
        return false;
    if (message.has_steam_id) {
        if (!steam_id_is_valid(message.steam_id))
            return false;
        identity_set_steam_id(identity, message.steam_id);
        return true;
    }
    if (bytes.data)
        return identity_set_bytes(identity, bytes.data, bytes.length);
    if (string.data)
        return identity_set_string(identity, (const char *)string.data, string.length);
    if (address.length != IDENTITY_LEGACY_ADDRESS_SIZE)
        return false;
    address_set_ipv6(&parsed, address.data, load_u16_big_endian(address.data + 16));
    identity_set_address(identity, &parsed);
    return true;
}

int identity_legacy_encode(const SteamNetworkingIdentity *identity, uint8_t *out, size_t capacity)
{
    wire_LegacyIdentity message = wire_LegacyIdentity_init_zero;
    uint8_t address[IDENTITY_LEGACY_ADDRESS_SIZE];
    struct byte_slice slice = {0};
    size_t length;

    if (!identity_is_well_formed(identity))
        return 0;
    switch (identity->m_eType) {
    case k_ESteamNetworkingIdentityType_SteamID:
        message.has_steam_id = true;
        message.steam_id = identity->m_steamID64;
        break;
    case k_ESteamNetworkingIdentityType_GenericBytes:
        slice = (struct byte_slice){identity->m_genericBytes, (size_t)identity->m_cbSize};
        protobuf_slice_from(&message.generic_bytes, true, &slice);
        break;
    case k_ESteamNetworkingIdentityType_GenericString:
        slice = (struct byte_slice){(const uint8_t *)identity->m_szGenericString, (size_t)identity->m_cbSize - 1};
        protobuf_slice_from(&message.generic_string, true, &slice);
        break;
    case k_ESteamNetworkingIdentityType_IPAddress:
        memcpy(address, identity->m_ip.m_ipv6, 16);
        store_u16_big_endian(address + 16, identity->m_ip.m_port);
        slice = (struct byte_slice){address, sizeof address};
        protobuf_slice_from(&message.address, true, &slice);
        break;
    default:
        return 0;
    }
    return protobuf_encode(&wire_LegacyIdentity_msg, &message, out, capacity, &length) ? (int)length : -1;
}

enum identity_outcome identity_choose(const struct identity_forms *forms, SteamNetworkingIdentity *identity)
{
    bool valid;

    identity_clear(identity);
    if (forms->has_text) {
        valid = identity_parse(identity, (const char *)forms->text.data, forms->text.length);
    } else if (forms->has_legacy) {
        valid = identity_legacy_decode(identity, forms->legacy.data, forms->legacy.length);
        if (!valid)
            identity_clear(identity);
    } else if (forms->has_steam_id) {
        valid = steam_id_is_valid(forms->steam_id);
        if (valid)
            identity_set_steam_id(identity, forms->steam_id);
    } else {
        return IDENTITY_ABSENT;
    }
    return valid ? IDENTITY_PRESENT : IDENTITY_MALFORMED;
}

bool identity_fields_set(struct identity_fields *fields, const SteamNetworkingIdentity *identity)
{
    int legacy;

    fields->forms = (struct identity_forms){0};
    if (!identity_is_serialisable(identity))
        return false;
    identity_print(identity, fields->text, sizeof fields->text);
    legacy = identity_legacy_encode(identity, fields->legacy, sizeof fields->legacy);
    if (legacy < 0)
        return false;
    fields->forms.has_text = true;
    fields->forms.text = (struct byte_slice){(const uint8_t *)fields->text, strlen(fields->text)};
    fields->forms.has_legacy = true;
    fields->forms.legacy = (struct byte_slice){fields->legacy, (size_t)legacy};
    if (identity->m_eType == k_ESteamNetworkingIdentityType_SteamID) {
        fields->forms.has_steam_id = true;
        fields->forms.steam_id = identity->m_steamID64;
    }
    return true;
}
