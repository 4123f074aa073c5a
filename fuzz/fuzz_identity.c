/*
 * Identities, as text, as the legacy message, and as the struct that an application passes.
 */
#include "fuzz/fuzz.h"

#include "wire/address.h"
#include "wire/identity.h"

#include <string.h>

static bool is_cleared(const SteamNetworkingIdentity *identity)
{
    SteamNetworkingIdentity zero;
    memset(&zero, 0, sizeof zero);
    return same_bytes(identity, &zero, sizeof zero);
}

/* Every form in which an identity is written reads as the same one, and identities have one form each. */
static void check_forms(const SteamNetworkingIdentity *identity)
{
    static const uint8_t key[SIPHASH_KEY_SIZE];
    SteamNetworkingIdentity again;
    struct identity_fields fields;
    char text[IDENTITY_TEXT_SIZE], twice[IDENTITY_TEXT_SIZE], cut[8];
    FUZZ_CHECK(identity_is_well_formed(identity));
    identity_print(identity, text, sizeof text);
    FUZZ_CHECK(identity_parse(&again, text, strlen(text)));
    FUZZ_CHECK(identity_equal(identity, &again) && identity_hash(identity, key) == identity_hash(&again, key));
    FUZZ_CHECK(same_bytes(identity, &again, sizeof again));
    identity_print(&again, twice, sizeof twice);
    FUZZ_CHECK(strcmp(text, twice) == 0);
    identity_print(identity, cut, sizeof cut);
    FUZZ_CHECK(strlen(cut) < sizeof cut && strncmp(cut, text, strlen(cut)) == 0);

    if (!identity_fields_set(&fields, identity)) {
        FUZZ_CHECK(!identity_is_serialisable(identity));
        return;
    }
    FUZZ_CHECK(identity_choose(&fields.forms, &again) == IDENTITY_PRESENT && identity_equal(identity, &again));
    struct identity_forms forms = {.has_legacy = true, .legacy = fields.forms.legacy};
    if (forms.legacy.length) {
        FUZZ_CHECK(identity_choose(&forms, &again) == IDENTITY_PRESENT && identity_equal(identity, &again));
    } else {
        FUZZ_CHECK(identity->m_eType == k_ESteamNetworkingIdentityType_SonyPSN ||
                   identity->m_eType == k_ESteamNetworkingIdentityType_XboxPairwiseID ||
                   identity->m_eType == k_ESteamNetworkingIdentityType_UnknownType);
    }
    if (fields.forms.has_steam_id) {
        forms = (struct identity_forms){.has_steam_id = true, .steam_id = fields.forms.steam_id};
        FUZZ_CHECK(identity_choose(&forms, &again) == IDENTITY_PRESENT && identity_equal(identity, &again));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SteamNetworkingIdentity identity;
    uint8_t legacy[IDENTITY_LEGACY_MAXIMUM];
    if (identity_parse(&identity, (const char *)data, size)) {
        FUZZ_CHECK(size <= IDENTITY_TEXT_MAXIMUM);
        check_forms(&identity);
    } else {
        FUZZ_CHECK(is_cleared(&identity));
    }
    if (identity_legacy_decode(&identity, data, size)) {
        check_forms(&identity);
        int length = identity_legacy_encode(&identity, legacy, sizeof legacy);
        FUZZ_CHECK(length > 0 && (size_t)length <= size);
    }
    /* Whatever bytes an application passes as an identity must be printable. */
    if (size >= sizeof identity) {
        char name[IDENTITY_TEXT_SIZE];
        memcpy(&identity, data, sizeof identity);
        identity_print(&identity, name, sizeof name);
        FUZZ_CHECK(memchr(name, 0, sizeof name));
        identity_is_serialisable(&identity);
        identity_legacy_encode(&identity, legacy, sizeof legacy);
    }
    return 0;
}
