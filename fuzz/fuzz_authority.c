/*
 * Signed certificates and the authorities behind them, with real keys and signatures: the input adds roots and
 * certificates of authorities in any order, revokes keys, and asks about leaves and applications. The answers are
 * compared with a naive model, which knows who signed what for whom and looks for a path by trying all of them.
 */
#include "fuzz/ends.h"

#include "cert/authority_store.h"
#include "cert/certificate_issue.h"

enum {
    KEYS = 6,
    CERTIFICATES = 12,
    OPERATIONS_LIMIT = 40,
    NOW = 1750000000,
};

/* ---- what there is ----------------------------------------------------------------------------------------------- */

struct issued {
    int subject, signer;
    bool forged;
    uint32_t expiry;
    unsigned apps, pops; /* sets: bit i allows number i; none set allows all */
};

static struct {
    bool root[KEYS], revoked[KEYS];
    struct issued certificates[CERTIFICATES]; /* of authorities, without plain roots */
    bool self_root[CERTIFICATES];             /* a self-signed one that was accepted as a root */
    int count;
} model;

static uint8_t seeds[KEYS][CRYPTO_KEY_SIZE], keys[KEYS][CRYPTO_KEY_SIZE];
static uint64_t ids[KEYS];

static void make_keys(void)
{
    for (int i = 0; i < KEYS && !ids[i]; i++) {
        seeds[i][0] = (uint8_t)(i + 1);
        FUZZ_CHECK(crypto_ed25519_public(seeds[i], keys[i]));
        ids[i] = crypto_key_id(keys[i]);
    }
}

static struct issued take_issued(struct fuzz_input *input)
{
    static const uint32_t expiries[] = {NOW + 1000, NOW, NOW - 1, 0};
    unsigned who = fuzz_take(input), scope = fuzz_take(input);
    return (struct issued){
        .subject = (int)(who % KEYS),
        .signer = (int)(who / KEYS % KEYS),
        .forged = who >= 252,
        .expiry = expiries[scope & 3],
        .apps = scope >> 2 & 7,
        .pops = scope >> 5 & 7,
    };
}

static size_t write_issued(const struct issued *issued, const SteamNetworkingIdentity *identity, uint8_t *message,
                           size_t capacity)
{
    uint32_t apps[3], pops[3];
    struct certificate_grant grant = {
        .key = keys[issued->subject], .identity = identity, .expiry = issued->expiry, .apps = apps, .pops = pops};
    for (uint32_t i = 0; i < 3; i++) {
        if (issued->apps >> i & 1)
            apps[grant.app_count++] = i;
        if (issued->pops >> i & 1)
            pops[grant.pop_count++] = i;
    }
    size_t length = certificate_issue(&grant, seeds[issued->signer], message, capacity);
    FUZZ_CHECK(length);
    if (issued->forged)
        message[length - 1] ^= 1; /* the signature comes last */
    return length;
}

/* ---- the model --------------------------------------------------------------------------------------------------- */

struct question {
    bool expiry, revoked;
    int app;       /* -1: not asked */
    unsigned pops; /* all of them */
};

static bool allows(const struct issued *issued, const struct question *question)
{
    if (question->expiry && issued->expiry < NOW)
        return false;
    if (question->app >= 0 && issued->apps && !(issued->apps >> question->app & 1))
        return false;
    return !issued->pops || (question->pops & ~issued->pops) == 0;
}

/* Whether a path of at most `length` certificates leads from the key to a root. */
static bool has_path(int key, const struct question *question, int length)
{
    if (question->revoked && model.revoked[key])
        return false;
    if (model.root[key])
        return true;
    for (int i = 0; i < model.count && length > 0; i++) {
        const struct issued *issued = &model.certificates[i];
        if (issued->subject == key && allows(issued, question) &&
            (model.self_root[i] || (!issued->forged && has_path(issued->signer, question, length - 1))))
            return true;
    }
    return false;
}

static bool is_known(int key)
{
    for (int i = 0; i < model.count; i++)
        if (model.certificates[i].subject == key)
            return true;
    return model.root[key];
}

static bool is_root(int key)
{
    for (int i = 0; i < model.count; i++)
        if (model.certificates[i].subject == key && model.self_root[i])
            return true;
    return model.root[key];
}

static bool same_issued(const struct issued *a, const struct issued *b)
{
    return a->subject == b->subject && a->signer == b->signer && a->forged == b->forged && a->expiry == b->expiry &&
           a->apps == b->apps && a->pops == b->pops;
}

static enum authority_added model_add(struct issued issued, bool accept_self_signed)
{
    bool self_signed = issued.subject == issued.signer;
    if (issued.expiry == 0)
        return AUTHORITY_NOT_A_CA;
    for (int i = 0; i < model.count; i++)
        if (same_issued(&model.certificates[i], &issued))
            return AUTHORITY_KNOWN;
    if (issued.forged && (self_signed || is_known(issued.signer)))
        return AUTHORITY_FORGED;
    if (self_signed && !is_root(issued.subject) && !accept_self_signed)
        return AUTHORITY_SELF_SIGNED;
    model.self_root[model.count] = self_signed && !is_root(issued.subject);
    model.certificates[model.count++] = issued;
    return AUTHORITY_ADDED;
}

static enum leaf_outcome model_leaf(const struct issued *leaf)
{
    struct question question = {.expiry = true, .revoked = true, .app = -1};
    if (!is_known(leaf->signer))
        return LEAF_UNKNOWN_CA;
    if (leaf->expiry < NOW)
        return LEAF_EXPIRED;
    if (model.revoked[leaf->subject])
        return LEAF_REVOKED;
    if (has_path(leaf->signer, &question, CERTIFICATES))
        return leaf->forged ? LEAF_FORGED : LEAF_TRUSTED;
    question.expiry = false;
    if (has_path(leaf->signer, &question, CERTIFICATES))
        return LEAF_CA_EXPIRED;
    question.revoked = false;
    return has_path(leaf->signer, &question, CERTIFICATES) ? LEAF_REVOKED : LEAF_UNTRUSTED_CA;
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

static void add_certificate(struct authority_store *store, struct fuzz_input *input, bool accept_self_signed)
{
    uint8_t message[CERTIFICATE_MESSAGE_SIZE];
    struct issued issued = take_issued(input);
    if (model.count == CERTIFICATES)
        return;
    size_t length = write_issued(&issued, NULL, message, sizeof message);
    FUZZ_CHECK(authority_store_add(store, message, length, accept_self_signed) ==
               model_add(issued, accept_self_signed));
}

static void ask_leaf(const struct authority_store *store, struct fuzz_input *input, bool damaged)
{
    uint8_t message[CERTIFICATE_MESSAGE_SIZE];
    SteamNetworkingIdentity identity;
    struct signed_certificate fields;
    struct certificate certificate;
    struct issued leaf = take_issued(input);
    FUZZ_CHECK(identity_set_string(&identity, "leaf", 4));
    size_t length = write_issued(&leaf, &identity, message, sizeof message);
    if (damaged) {
        size_t place = fuzz_take(input) % length;
        message[place] ^= (uint8_t)fuzz_take(input);
    }
    if (!signed_certificate_decode(&fields, message, length))
        return;
    if (certificate_parse(&certificate, fields.body) != CERTIFICATE_READABLE)
        return;
    enum leaf_outcome outcome = authority_store_check_leaf(store, &fields, &certificate, NOW);
    if (!damaged) {
        FUZZ_CHECK(outcome == model_leaf(&leaf));
    } else if (outcome == LEAF_TRUSTED) {
        /* Then nothing that was signed is other than it was. */
        uint8_t original[CERTIFICATE_MESSAGE_SIZE];
        struct signed_certificate before;
        leaf.forged = false;
        length = write_issued(&leaf, &identity, original, sizeof original);
        FUZZ_CHECK(signed_certificate_decode(&before, original, length));
        FUZZ_CHECK(before.body.length == fields.body.length &&
                   memcmp(before.body.data, fields.body.data, fields.body.length) == 0);
    }
}

static void ask_scope(const struct authority_store *store, struct fuzz_input *input)
{
    unsigned choice = fuzz_take(input);
    int key = (int)(choice % KEYS);
    uint32_t pops[3];
    size_t pop_count = 0;
    choice /= KEYS;
    struct question question = {.expiry = true, .revoked = true, .app = (int)(choice & 3), .pops = choice >> 2 & 7};
    for (uint32_t i = 0; i < 3; i++)
        if (question.pops >> i & 1)
            pops[pop_count++] = i;
    FUZZ_CHECK(authority_store_allows_pops(store, ids[key], (uint32_t)question.app, pops, pop_count, NOW) ==
               has_path(key, &question, CERTIFICATES));
    question.pops = 0;
    FUZZ_CHECK(authority_store_allows_app(store, ids[key], (uint32_t)question.app, NOW) ==
               has_path(key, &question, CERTIFICATES));
}

static struct authority_store *act(struct authority_store *store, struct fuzz_input *input)
{
    unsigned operation = fuzz_take(input);
    int key = (int)(operation >> 3) % KEYS;
    struct authority_store *copy;
    switch (operation & 7) {
    case 0:
        FUZZ_CHECK(authority_store_add_root(store, keys[key]) == (model.root[key] ? AUTHORITY_KNOWN : AUTHORITY_ADDED));
        model.root[key] = true;
        break;
    case 1:
        FUZZ_CHECK(authority_store_revoke(store, ids[key]));
        model.revoked[key] = true;
        break;
    case 2:
    case 3:
        add_certificate(store, input, operation & 8);
        break;
    case 4:
        ask_scope(store, input);
        break;
    case 5:
        copy = authority_store_copy(store);
        FUZZ_CHECK(copy && authority_store_count(copy) == authority_store_count(store));
        authority_store_free(store);
        return copy;
    default:
        ask_leaf(store, input, operation & 8);
        break;
    }
    return store;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct authority_store *store = authority_store_new();
    FUZZ_CHECK(store);
    make_keys();
    memset(&model, 0, sizeof model);
    for (int i = 0; i < OPERATIONS_LIMIT && input.left; i++)
        store = act(store, &input);
    size_t roots = 0;
    for (int i = 0; i < KEYS; i++)
        roots += model.root[i];
    FUZZ_CHECK(authority_store_count(store) == roots + (size_t)model.count);
    authority_store_free(store);
    return 0;
}
