/*
 * Identities and addresses, as text and as the legacy message.
 */
#include "fuzz/fuzz.h"

#include "wire/address.h"
#include "wire/identity.h"

#include <string.h>

static void check_identity(const SteamNetworkingIdentity *identity)
{
    SteamNetworkingIdentity again;
    char text[IDENTITY_TEXT_SIZE];
    identity_print(identity, text, sizeof text);
    FUZZ_CHECK(identity_parse(&again, text, strlen(text)));
    FUZZ_CHECK(identity_equal(identity, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SteamNetworkingIdentity identity;
    SteamNetworkingIPAddr address, address_again;
    char text[ADDRESS_TEXT_SIZE];
    if (identity_parse(&identity, (const char *)data, size)) {
        FUZZ_CHECK(identity_is_well_formed(&identity));
        check_identity(&identity);
    }
    identity_legacy_decode(&identity, data, size);
    if (address_parse(&address, (const char *)data, size)) {
        address_print(&address, text, sizeof text, true);
        FUZZ_CHECK(address_parse(&address_again, text, strlen(text)));
        FUZZ_CHECK(address_equal(&address, &address_again));
    }
    /* Whatever bytes an application passes as an identity must be printable. */
    if (size >= sizeof identity) {
        char name[IDENTITY_TEXT_SIZE];
        memcpy(&identity, data, sizeof identity);
        identity_print(&identity, name, sizeof name);
        FUZZ_CHECK(memchr(name, 0, sizeof name));
    }
    return 0;
}
