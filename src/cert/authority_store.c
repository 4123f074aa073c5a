#include "cert/authority_store.h"

#include "base/alloc.h"

#include <string.h>

enum signature_state {
    SIGNATURE_PENDING, /* the CA that signed is not in the store yet */
    SIGNATURE_GOOD,
    SIGNATURE_BAD,
};

/* A root, a CA certificate, or (self-signed and accepted) both. Within a store, key ids stand for keys. */
struct authority {
    uint64_t key_id;
    uint8_t key[CRYPTO_KEY_SIZE];
    bool is_root;
    bool has_certificate; /* the rest means something */
    enum signature_state state;
    uint64_t signer_id;
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
    struct certificate certificate;
    size_t body_length;
    uint8_t body[]; /* as signed */
};

struct authority_store {
    size_t count;
    struct authority *entries[AUTHORITY_MAXIMUM];
    size_t revoked_count;
    uint64_t revoked[AUTHORITY_REVOKED_MAXIMUM];
};

_Static_assert(AUTHORITY_MAXIMUM <= 64, "the search marks entries in a 64-bit mask");

/* ----------------------------------------------------------------------------------------------------- the store */

struct authority_store *authority_store_new(void)
{
    return mem_alloc_zeroed(sizeof(struct authority_store));
}

void authority_store_free(struct authority_store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < store->count; i++)
        mem_free(store->entries[i]);
    mem_free(store);
}

struct authority_store *authority_store_copy(const struct authority_store *store)
{
    struct authority_store *copy = authority_store_new();
    if (!copy)
        return NULL;
    for (size_t i = 0; i < store->count; i++) {
        size_t size = sizeof(struct authority) + store->entries[i]->body_length;
        struct authority *entry = mem_alloc(size);
        if (!entry) {
            authority_store_free(copy);
            return NULL;
        }
        memcpy(entry, store->entries[i], size);
        copy->entries[copy->count++] = entry;
    }
    copy->revoked_count = store->revoked_count;
    memcpy(copy->revoked, store->revoked, sizeof copy->revoked);
    return copy;
}

size_t authority_store_count(const struct authority_store *store)
{
    return store->count;
}

static bool is_revoked(const struct authority_store *store, uint64_t key_id)
{
    for (size_t i = 0; i < store->revoked_count; i++)
        if (store->revoked[i] == key_id)
            return true;
    return false;
}

bool authority_store_revoke(struct authority_store *store, uint64_t key_id)
{
    if (is_revoked(store, key_id))
        return true;
    if (store->revoked_count == AUTHORITY_REVOKED_MAXIMUM)
        return false;
    store->revoked[store->revoked_count++] = key_id;
    return true;
}

/* Any entry about this key, null if there is none. */
static const struct authority *find_key(const struct authority_store *store, uint64_t key_id)
{
    for (size_t i = 0; i < store->count; i++)
        if (store->entries[i]->key_id == key_id)
            return store->entries[i];
    return NULL;
}

/* -------------------------------------------------------------------------------------------------------- adding */

const char *authority_added_text(enum authority_added added)
{
    switch (added) {
    case AUTHORITY_ADDED:
        return "The authority was added.";
    case AUTHORITY_KNOWN:
        return "The authority was known already.";
    case AUTHORITY_UNREADABLE:
        return "This is not a certificate, or it is too large.";
    case AUTHORITY_NOT_A_CA:
        return "This is not an authority's certificate: that has an Ed25519 key, an expiry and a signature, and no "
               "identity.";
    case AUTHORITY_SELF_SIGNED:
        return "The authority's certificate is signed by itself, and its key is not trusted.";
    case AUTHORITY_FORGED:
        return "The signature on the authority's certificate is wrong.";
    case AUTHORITY_COLLISION:
        return "A different key with the same key id is known already.";
    case AUTHORITY_FULL:
        return "There is no room for another authority.";
    }
    return "";
}

static void check_signature(struct authority *entry, const struct authority *signer)
{
    bool good = crypto_ed25519_verify(signer->key, entry->body, entry->body_length, entry->signature);
    entry->state = good ? SIGNATURE_GOOD : SIGNATURE_BAD;
}

/* After something was added: settles the certificates that this key signed. */
static void settle_pending(struct authority_store *store, const struct authority *signer)
{
    for (size_t i = 0; i < store->count; i++) {
        struct authority *entry = store->entries[i];
        if (entry->has_certificate && entry->state == SIGNATURE_PENDING && entry->signer_id == signer->key_id)
            check_signature(entry, signer);
    }
}

enum authority_added authority_store_add_root(struct authority_store *store, const uint8_t public_key[CRYPTO_KEY_SIZE])
{
    uint64_t key_id = crypto_key_id(public_key);
    if (key_id == 0)
        return AUTHORITY_FULL;
    const struct authority *known = find_key(store, key_id);
    if (known && !crypto_equal(known->key, public_key, CRYPTO_KEY_SIZE))
        return AUTHORITY_COLLISION;
    for (size_t i = 0; i < store->count; i++)
        if (store->entries[i]->key_id == key_id && store->entries[i]->is_root && !store->entries[i]->has_certificate)
            return AUTHORITY_KNOWN;
    if (store->count == AUTHORITY_MAXIMUM)
        return AUTHORITY_FULL;

    struct authority *entry = mem_alloc_zeroed(sizeof *entry);
    if (!entry)
        return AUTHORITY_FULL;
    entry->key_id = key_id;
    memcpy(entry->key, public_key, CRYPTO_KEY_SIZE);
    entry->is_root = true;
    store->entries[store->count++] = entry;
    settle_pending(store, entry);
    return AUTHORITY_ADDED;
}

/* A new entry from a message; null with *failed set when it makes none. */
static struct authority *read_authority(const uint8_t *message, size_t length, enum authority_added *failed)
{
    struct signed_certificate fields;
    struct certificate certificate;

    *failed = AUTHORITY_UNREADABLE;
    if (length > AUTHORITY_SIZE_MAXIMUM || !signed_certificate_decode(&fields, message, length) || !fields.has_body)
        return NULL;
    enum certificate_outcome outcome = certificate_parse(&certificate, fields.body);
    if (outcome == CERTIFICATE_UNREADABLE)
        return NULL;
    *failed = AUTHORITY_NOT_A_CA;
    if (outcome != CERTIFICATE_READABLE || certificate.has_identity || !certificate.has_key ||
        certificate.expiry == 0 || !fields.has_ca_key_id || fields.ca_signature.length != CRYPTO_SIGNATURE_SIZE)
        return NULL;

    /* An entry without its key's id would escape revocation. */
    *failed = AUTHORITY_FULL;
    uint64_t key_id = crypto_key_id(certificate.key);
    struct authority *entry = key_id != 0 ? mem_alloc_zeroed(sizeof *entry + fields.body.length) : NULL;
    if (!entry)
        return NULL;
    entry->key_id = key_id;
    memcpy(entry->key, certificate.key, CRYPTO_KEY_SIZE);
    entry->has_certificate = true;
    entry->signer_id = fields.ca_key_id;
    memcpy(entry->signature, fields.ca_signature.data, CRYPTO_SIGNATURE_SIZE);
    entry->certificate = certificate;
    entry->body_length = fields.body.length;
    memcpy(entry->body, fields.body.data, fields.body.length);
    return entry;
}

/* Whether an entry is about the same certificate as a new one, which has one. */
static bool same_certificate(const struct authority *entry, const struct authority *new)
{
    if (!entry->has_certificate || entry->signer_id != new->signer_id || entry->body_length != new->body_length)
        return false;
    return memcmp(entry->body, new->body, new->body_length) == 0 &&
           memcmp(entry->signature, new->signature, CRYPTO_SIGNATURE_SIZE) == 0;
}

static bool root_is_known(const struct authority_store *store, uint64_t key_id)
{
    for (size_t i = 0; i < store->count; i++)
        if (store->entries[i]->key_id == key_id && store->entries[i]->is_root)
            return true;
    return false;
}

/* Whether an entry may come in, and with which standing. */
static enum authority_added admit(const struct authority_store *store, struct authority *entry, bool accept_self_signed)
{
    for (size_t i = 0; i < store->count; i++) {
        if (same_certificate(store->entries[i], entry))
            return AUTHORITY_KNOWN;
        if (store->entries[i]->key_id == entry->key_id &&
            !crypto_equal(store->entries[i]->key, entry->key, CRYPTO_KEY_SIZE))
            return AUTHORITY_COLLISION;
    }
    if (store->count == AUTHORITY_MAXIMUM)
        return AUTHORITY_FULL;

    bool self_signed = entry->signer_id == entry->key_id;
    const struct authority *signer = self_signed ? entry : find_key(store, entry->signer_id);
    if (signer)
        check_signature(entry, signer);
    if (entry->state == SIGNATURE_BAD)
        return AUTHORITY_FORGED;
    if (self_signed && !root_is_known(store, entry->key_id)) {
        if (!accept_self_signed)
            return AUTHORITY_SELF_SIGNED;
        entry->is_root = true;
    }
    return AUTHORITY_ADDED;
}

enum authority_added authority_store_add(struct authority_store *store, const uint8_t *message, size_t length,
                                         bool accept_self_signed)
{
    enum authority_added result;
    struct authority *entry = read_authority(message, length, &result);
    if (!entry)
        return result;
    result = admit(store, entry, accept_self_signed);
    if (result != AUTHORITY_ADDED) {
        mem_free(entry);
        return result;
    }
    store->entries[store->count++] = entry;
    settle_pending(store, entry);
    return AUTHORITY_ADDED;
}

/* --------------------------------------------------------------------------------------------- paths to the roots */

/* What a path has to allow. */
struct question {
    bool ask_revoked;
    bool ask_expiry;
    int64_t unix_now;
    bool ask_app;
    uint32_t app_id;
    const uint32_t *pops;
    size_t pop_count;
};

static bool entry_allows(const struct authority_store *store, const struct authority *entry,
                         const struct question *question)
{
    if (question->ask_revoked && is_revoked(store, entry->key_id))
        return false;
    if (!entry->has_certificate)
        return true;
    const struct certificate *certificate = &entry->certificate;
    if (question->ask_expiry && certificate->expiry < question->unix_now)
        return false;
    if (question->ask_app && !certificate_allows_app(certificate, question->app_id))
        return false;
    for (size_t i = 0; i < question->pop_count; i++)
        if (!certificate_allows_pop(certificate, question->pops[i]))
            return false;
    return true;
}

/*
 * Whether a path leads from this key to a root. What an entry allows does not depend on how the search came to it, so
 * an entry that was looked at once, and did not end the search, need not be looked at again. That also bounds the
 * depth.
 */
static bool path_exists(const struct authority_store *store, uint64_t key_id, const struct question *question,
                        uint64_t *visited)
{
    for (size_t i = 0; i < store->count; i++) {
        const struct authority *entry = store->entries[i];
        if (entry->key_id != key_id || *visited >> i & 1)
            continue;
        *visited |= UINT64_C(1) << i;
        if (!entry_allows(store, entry, question))
            continue;
        if (entry->is_root ||
            (entry->state == SIGNATURE_GOOD && path_exists(store, entry->signer_id, question, visited)))
            return true;
    }
    return false;
}

static bool allows(const struct authority_store *store, uint64_t key_id, const struct question *question)
{
    uint64_t visited = 0;
    return store && path_exists(store, key_id, question, &visited);
}

bool authority_store_allows_app(const struct authority_store *store, uint64_t ca_key_id, uint32_t app_id,
                                int64_t unix_now)
{
    return authority_store_allows_pops(store, ca_key_id, app_id, NULL, 0, unix_now);
}

bool authority_store_allows_pops(const struct authority_store *store, uint64_t ca_key_id, uint32_t app_id,
                                 const uint32_t *pops, size_t pop_count, int64_t unix_now)
{
    const struct question question = {
        .ask_revoked = true,
        .ask_expiry = true,
        .unix_now = unix_now,
        .ask_app = true,
        .app_id = app_id,
        .pops = pops,
        .pop_count = pop_count,
    };
    return allows(store, ca_key_id, &question);
}

/* -------------------------------------------------------------------------------------------------------- leaves */

const char *leaf_outcome_text(enum leaf_outcome outcome)
{
    switch (outcome) {
    case LEAF_TRUSTED:
        return "The certificate is signed by a trusted authority.";
    case LEAF_UNSIGNED:
        return "The certificate is not signed by an authority.";
    case LEAF_UNKNOWN_CA:
        return "The certificate is signed by an unknown authority.";
    case LEAF_UNTRUSTED_CA:
        return "The certificate is signed by an authority that no trusted root vouches for.";
    case LEAF_CA_EXPIRED:
        return "The certificate of the authority that signed the certificate has expired.";
    case LEAF_FORGED:
        return "The authority's signature on the certificate is wrong.";
    case LEAF_BAD_KEY:
        return "The certificate has no Ed25519 key.";
    case LEAF_REVOKED:
        return "The certificate's key, or its authority's, has been revoked.";
    case LEAF_EXPIRED:
        return "The certificate has expired.";
    }
    return "";
}

/* Why no path leads from the CA to a root at this time, or LEAF_TRUSTED. */
static enum leaf_outcome check_chain(const struct authority_store *store, uint64_t ca_key_id, int64_t unix_now)
{
    struct question question = {.ask_revoked = true, .ask_expiry = true, .unix_now = unix_now};
    if (allows(store, ca_key_id, &question))
        return LEAF_TRUSTED;
    question.ask_expiry = false;
    if (allows(store, ca_key_id, &question))
        return LEAF_CA_EXPIRED;
    question.ask_revoked = false;
    if (allows(store, ca_key_id, &question))
        return LEAF_REVOKED;
    return LEAF_UNTRUSTED_CA;
}

enum leaf_outcome authority_store_check_leaf(const struct authority_store *store,
                                             const struct signed_certificate *signed_certificate,
                                             const struct certificate *certificate, int64_t unix_now)
{
    /* What costs little comes first; the signature takes longer than all the rest. */
    if (!signed_certificate->has_ca_signature)
        return LEAF_UNSIGNED;
    const struct authority *ca = NULL;
    if (store && signed_certificate->has_ca_key_id)
        ca = find_key(store, signed_certificate->ca_key_id);
    if (!ca)
        return LEAF_UNKNOWN_CA;
    if (!certificate->has_key)
        return LEAF_BAD_KEY;
    if (certificate->expiry < unix_now)
        return LEAF_EXPIRED;
    /* Without memory nobody can tell whether the key is revoked. */
    uint64_t key_id = crypto_key_id(certificate->key);
    if (key_id == 0 || is_revoked(store, key_id))
        return LEAF_REVOKED;
    enum leaf_outcome chain = check_chain(store, signed_certificate->ca_key_id, unix_now);
    if (chain != LEAF_TRUSTED)
        return chain;
    if (!signed_certificate->has_body || signed_certificate->ca_signature.length != CRYPTO_SIGNATURE_SIZE ||
        !crypto_ed25519_verify(ca->key, signed_certificate->body.data, signed_certificate->body.length,
                               signed_certificate->ca_signature.data))
        return LEAF_FORGED;
    return LEAF_TRUSTED;
}
