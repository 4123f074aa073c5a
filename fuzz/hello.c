#include "fuzz/hello.h"

#include "cert/certificate_issue.h"

const uint8_t hello_dh_private[CRYPTO_KEY_SIZE] = {0x77, 1};

static const uint8_t root_seed[CRYPTO_KEY_SIZE] = {1}, intermediate_seed[CRYPTO_KEY_SIZE] = {2};
static const uint8_t stranger_seed[CRYPTO_KEY_SIZE] = {3}, expired_seed[CRYPTO_KEY_SIZE] = {4};
static const uint8_t other_app_seed[CRYPTO_KEY_SIZE] = {5}, revoked_seed[CRYPTO_KEY_SIZE] = {6};
static const uint8_t peer_seed[CRYPTO_KEY_SIZE] = {7}, own_seed[CRYPTO_KEY_SIZE] = {8};
static const uint64_t steam_id = UINT64_C(76561197968052866);
static const uint64_t game_server_id = UINT64_C(1) << 56 | UINT64_C(4) << 52 | UINT64_C(1) << 32 | 5;

/* ---- authorities ------------------------------------------------------------------------------------------------- */

static struct authority_store *authorities;

static uint64_t key_id_of(const uint8_t *seed)
{
    uint8_t key[CRYPTO_KEY_SIZE];
    FUZZ_CHECK(crypto_ed25519_public(seed, key));
    return crypto_key_id(key);
}

static void add_authority(const uint8_t *seed, uint32_t expiry, uint32_t app)
{
    uint8_t key[CRYPTO_KEY_SIZE], message[CERTIFICATE_MESSAGE_SIZE];
    FUZZ_CHECK(crypto_ed25519_public(seed, key));
    struct certificate_grant grant = {.key = key, .expiry = expiry, .apps = &app, .app_count = app != 0};
    size_t length = certificate_issue(&grant, root_seed, message, sizeof message);
    FUZZ_CHECK(length && authority_store_add(authorities, message, length, false) == AUTHORITY_ADDED);
}

const struct authority_store *hello_authorities(void)
{
    uint8_t key[CRYPTO_KEY_SIZE];
    if (authorities)
        return authorities;
    authorities = authority_store_new();
    FUZZ_CHECK(authorities && crypto_ed25519_public(root_seed, key));
    FUZZ_CHECK(authority_store_add_root(authorities, key) == AUTHORITY_ADDED);
    add_authority(intermediate_seed, HELLO_NOW + 1000, 0);
    add_authority(expired_seed, HELLO_NOW - 1, 0);
    add_authority(other_app_seed, HELLO_NOW + 1000, HELLO_APP + 1);
    add_authority(revoked_seed, HELLO_NOW + 1000, 0);
    FUZZ_CHECK(authority_store_revoke(authorities, key_id_of(revoked_seed)));
    return authorities;
}

struct credentials *hello_own_credentials(void)
{
    static struct credentials *own;
    uint8_t key[CRYPTO_KEY_SIZE], message[CERTIFICATE_MESSAGE_SIZE];
    uint32_t app = HELLO_APP;
    SteamNetworkingIdentity identity;
    if (own)
        return own;
    FUZZ_CHECK(crypto_ed25519_public(own_seed, key) && identity_parse(&identity, "str:judge", 9));
    struct certificate_grant grant = {
        .key = key, .identity = &identity, .expiry = HELLO_NOW + 1000, .apps = &app, .app_count = 1};
    size_t length = certificate_issue(&grant, intermediate_seed, message, sizeof message);
    own = credentials_from_message(message, length, own_seed, NULL);
    FUZZ_CHECK(own);
    return own;
}

/* ---- the certificate --------------------------------------------------------------------------------------------- */

bool hello_change(struct fuzz_input *input, uint8_t *bytes, size_t length)
{
    unsigned count = fuzz_take(input);
    bool changed = false;
    if (count > 16)
        count = 16;
    for (unsigned i = 0; i < count && length; i++) {
        unsigned place = fuzz_take(input) << 8;
        place |= fuzz_take(input);
        uint8_t value = (uint8_t)fuzz_take(input);
        changed = changed || value;
        bytes[place % length] ^= value;
    }
    return changed;
}

static void set_name(SteamNetworkingIdentity *identity, enum hello_name name)
{
    SteamNetworkingIPAddr address;
    identity_clear(identity);
    switch (name) {
    case NAME_STRING:
        FUZZ_CHECK(identity_set_string(identity, "peer", 4));
        break;
    case NAME_LOCALHOST:
        identity_set_localhost(identity);
        break;
    case NAME_STEAM:
        identity_set_steam_id(identity, steam_id);
        break;
    case NAME_ADDRESS:
        address_set_ipv4(&address, 0x09090909, 0);
        identity_set_address(identity, &address);
        break;
    case NAME_GAME_SERVER:
        identity_set_steam_id(identity, game_server_id);
        break;
    case NAME_ABSENT:
    case NAME_MALFORMED:
    case NAME_CHOICES:
        break;
    }
}

static void make_body(struct hello *hello, struct certificate_body *body, struct identity_fields *fields,
                      const uint8_t *public_key)
{
    static const struct byte_slice malformed = {(const uint8_t *)"str", 3};
    memset(body, 0, sizeof *body);
    body->has_key = body->has_key_kind = true;
    body->key_kind = CERTIFICATE_KEY_ED25519;
    body->key = (struct byte_slice){public_key, CRYPTO_KEY_SIZE};
    body->has_created = body->has_expiry = true;
    body->created = HELLO_NOW - 100;
    body->expiry = hello->expiry == 1 ? HELLO_NOW - 1 : hello->expiry == 3 ? HELLO_NOW : HELLO_NOW + 100;
    body->has_expiry = hello->expiry != 2;
    body->app_count = hello->apps == 1 ? 0 : hello->apps == 3 ? 60 : 1;
    for (uint32_t i = 0; i < body->app_count; i++)
        body->apps[i] = hello->apps == 3 ? i : hello->apps == 2 ? HELLO_APP + 1 : HELLO_APP;
    body->pop_count = hello->pops;
    for (uint32_t i = 0; i < body->pop_count; i++)
        body->pops[i] = 0x667261 + i;
    set_name(&hello->certified, hello->name);
    if (hello->name == NAME_MALFORMED) {
        body->identity.has_text = true;
        body->identity.text = malformed;
    } else if (hello->name != NAME_ABSENT) {
        FUZZ_CHECK(identity_fields_set(fields, &hello->certified));
        body->identity = fields->forms;
    }
}

static void sign_certificate(struct hello *hello, size_t length)
{
    static const uint8_t *const seeds[AUTHORITY_CHOICES] = {
        [BY_INTERMEDIATE] = intermediate_seed, [BY_ROOT] = root_seed,           [BY_STRANGER] = stranger_seed,
        [BY_EXPIRED] = expired_seed,           [BY_OTHER_APP] = other_app_seed, [BY_REVOKED] = revoked_seed,
        [BY_WRONG_KEY] = stranger_seed,
    };
    static uint64_t ids[AUTHORITY_CHOICES];
    const uint8_t *seed = seeds[hello->authority];
    hello->certificate = (struct signed_certificate){.has_body = true, .body = {hello->body, length}};
    if (!seed)
        return;
    if (!ids[hello->authority])
        ids[hello->authority] = key_id_of(hello->authority == BY_WRONG_KEY ? intermediate_seed : seed);
    FUZZ_CHECK(crypto_ed25519_sign(seed, hello->body, length, hello->ca_signature));
    hello->certificate.has_ca_key_id = hello->certificate.has_ca_signature = true;
    hello->certificate.ca_key_id = ids[hello->authority];
    hello->certificate.ca_signature = (struct byte_slice){hello->ca_signature, sizeof hello->ca_signature};
}

/* ---- the key exchange -------------------------------------------------------------------------------------------- */

static void take_ciphers(struct hello *hello, struct fuzz_input *input, const uint32_t *ciphers, uint32_t count)
{
    unsigned choice = fuzz_take(input);
    hello->cipher_count = choice ? (choice >> 1) % 4 : count;
    for (uint32_t i = 0; i < hello->cipher_count; i++)
        hello->ciphers[i] = choice ? choice >> (3 + i) & 3 : ciphers[i];
}

static size_t make_info(struct hello *hello, struct fuzz_input *input, const uint32_t *ciphers, uint32_t cipher_count)
{
    uint8_t key[CRYPTO_KEY_SIZE];
    struct crypt_info info;
    memset(&info, 0, sizeof info);
    hello->version = HELLO_VERSION + fuzz_take(input);
    hello->version = hello->version > 255 ? hello->version - 256 : hello->version;
    hello->kind = fuzz_take(input) & 3;
    hello->key = fuzz_take(input) & 3;
    take_ciphers(hello, input, ciphers, cipher_count);
    FUZZ_CHECK(crypto_x25519_public(hello_dh_private, key));
    if (hello->key == 1)
        memset(key, 0, sizeof key);
    info.has_kind = info.has_nonce = info.has_version = true;
    info.kind = CRYPT_KIND_X25519 + hello->kind;
    info.version = hello->version;
    info.nonce = 5;
    info.has_dh_public = hello->key != 2;
    info.dh_public = (struct byte_slice){key, hello->key == 3 ? sizeof key - 1 : sizeof key};
    info.cipher_count = hello->cipher_count;
    memcpy(info.ciphers, hello->ciphers, sizeof hello->ciphers);
    unsigned abilities = fuzz_take(input);
    info.has_abilities = abilities & 1;
    if (info.has_abilities)
        info.abilities = (struct abilities){(abilities & 6) << 9, abilities & 0xf8 ? 1u << (abilities >> 3) : 0,
                                            abilities & 2 ? PACKET_JUMP_ABLE : abilities};
    return crypt_info_encode(&info, hello->info, sizeof hello->info);
}

static void sign_info(struct hello *hello, size_t length)
{
    FUZZ_CHECK(crypto_ed25519_sign(hello->signature == 3 ? stranger_seed : peer_seed, hello->info, length,
                                   hello->info_signature));
    if (hello->signature == 2)
        hello->info_signature[CRYPTO_SIGNATURE_SIZE - 1] ^= 1;
    hello->crypt = (struct signed_crypt){
        .has_info = true,
        .info = {hello->info, length},
        .has_signature = hello->signature != 1,
        .signature = {hello->info_signature, hello->signature == 1 ? 0 : CRYPTO_SIGNATURE_SIZE},
    };
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static void name_in_message(struct hello *hello)
{
    static const char *const texts[NAME_CHOICES] = {
        [NAME_LOCALHOST] = "ip:127.0.0.1",
        [NAME_ADDRESS] = "ip:9.9.9.9",
        [NAME_MALFORMED] = "str",
    };
    const char *text = texts[hello->message_name];
    hello->identity = (struct identity_forms){0};
    if (text) {
        hello->identity.has_text = true;
        hello->identity.text = (struct byte_slice){(const uint8_t *)text, strlen(text)};
    } else if (hello->message_name == NAME_STEAM || hello->message_name == NAME_GAME_SERVER) {
        hello->identity.has_steam_id = true;
        hello->identity.steam_id = hello->message_name == NAME_STEAM ? steam_id : game_server_id;
    }
}

void hello_take(struct hello *hello, struct fuzz_input *input, const uint32_t *ciphers, uint32_t cipher_count)
{
    struct certificate_body body;
    struct identity_fields fields;
    uint8_t public_key[CRYPTO_KEY_SIZE];
    hello->authority = (enum hello_authority)(fuzz_take(input) % AUTHORITY_CHOICES);
    hello->name = (enum hello_name)(fuzz_take(input) % NAME_CHOICES);
    unsigned lists = fuzz_take(input);
    hello->expiry = lists & 3;
    hello->apps = lists >> 2 & 3;
    hello->pops = lists >> 4 & 3;
    hello->message_name = (enum hello_name)(fuzz_take(input) % NAME_CHOICES);
    hello->signature = fuzz_take(input) & 3;

    FUZZ_CHECK(crypto_ed25519_public(peer_seed, public_key));
    make_body(hello, &body, &fields, public_key);
    size_t length = certificate_body_encode(&body, hello->body, sizeof hello->body);
    FUZZ_CHECK(length);
    hello->changed = hello_change(input, hello->body, length);
    sign_certificate(hello, length);

    length = make_info(hello, input, ciphers, cipher_count);
    FUZZ_CHECK(length);
    if (hello_change(input, hello->info, length))
        hello->changed = true;
    sign_info(hello, length);
    name_in_message(hello);
}

/* ---- what has to come of it -------------------------------------------------------------------------------------- */

/* Protocol 6.2 and 6.4: who the peer is. */
static bool establish(const struct hello *hello, int allow_unsigned, bool *is_address, bool *is_game_server)
{
    bool in_certificate = hello->name != NAME_ABSENT;
    enum hello_name name = in_certificate ? hello->name : hello->message_name;
    if (!in_certificate && name == NAME_STRING)
        name = NAME_ABSENT;
    *is_address = name == NAME_ABSENT || name == NAME_LOCALHOST || name == NAME_ADDRESS;
    *is_game_server = name == NAME_GAME_SERVER;
    if (name == NAME_MALFORMED || (name == NAME_ADDRESS && !in_certificate))
        return false;
    return (name != NAME_ABSENT && name != NAME_LOCALHOST) || allow_unsigned > 0;
}

struct hello_verdict hello_judge(const struct hello *hello, int allow_unsigned)
{
    const struct hello_verdict dropped = {HELLO_DROPPED, false}, refused = {HELLO_REFUSED, false};
    bool is_address, is_game_server;
    bool names = hello->name != NAME_ABSENT && hello->name != NAME_LOCALHOST;
    bool vouched =
        hello->authority == BY_INTERMEDIATE || hello->authority == BY_ROOT || hello->authority == BY_OTHER_APP;
    bool verified = vouched && (hello->expiry == 0 || hello->expiry == 3);
    if (!establish(hello, allow_unsigned, &is_address, &is_game_server))
        return dropped;
    if (!verified && allow_unsigned == 0)
        return refused;
    if (names ? hello->apps == 1 : verified && (!is_game_server || hello->pops == 0))
        return refused;
    if (hello->apps == 2 || (verified && hello->authority == BY_OTHER_APP))
        return refused;
    if (hello->signature != 0 || hello->version < 8)
        return refused;
    return (struct hello_verdict){HELLO_ACCEPTED, verified && !is_address};
}

bool hello_key_is_usable(const struct hello *hello)
{
    return hello->kind == 0 && hello->key == 0;
}

struct endpoint *hello_endpoint(struct random_source *random)
{
    struct endpoint *endpoint = fuzz_endpoint(random);
    FUZZ_CHECK(identity_parse(&endpoint->identity, "str:judge", 9));
    endpoint->authorities = hello_authorities();
    endpoint->credentials = hello_own_credentials();
    endpoint->app_id = HELLO_APP;
    return endpoint;
}
