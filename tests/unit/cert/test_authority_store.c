/* Chains of authorities: the recorded ones, every rule of protocol 9.5, and a search against exhaustive paths. */

#include "issuing.h"

#include "base/random.h"

enum { NOW = 1000000, LATER = NOW + 1000 };

/* The recorded certificates give the recorded answers, in both orders of loading the CAs. */
static void recorded_chains(void **state)
{
    (void)state;
    json_t *vectors = vector_file_load(VECTOR_DIR "/wire-vectors.json");
    const json_t *section = vector_member(vectors, "certificates");
    const json_t *list = vector_member(section, "list");
    const json_t *names = vector_member(section, "store");
    int64_t now = (int64_t)vector_u64(section, "evaluation_time");
    uint32_t app_id = (uint32_t)vector_u64(section, "evaluation_app_id");
    size_t name_count = json_array_size(names);

    for (int backwards = 0; backwards < 2; backwards++) {
        struct authority_store *store = authority_store_new();
        assert_non_null(store);
        for (size_t n = 0; n < name_count; n++) {
            const char *name = json_string_value(json_array_get(names, backwards ? name_count - 1 - n : n));
            for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *entry = json_array_get(list, i);
                uint8_t message[1024];
                if (strcmp(vector_string(entry, "name"), name) != 0)
                    continue;
                size_t length = vector_bytes(entry, "signed_cert", message, sizeof message);
                assert_int_equal(authority_store_add(store, message, length, true), AUTHORITY_ADDED);
                assert_int_equal(authority_store_add(store, message, length, true), AUTHORITY_KNOWN);
            }
        }
        assert_int_equal(authority_store_count(store), name_count);

        size_t leaves = 0;
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *entry = json_array_get(list, i);
            const json_t *chain_ok = json_object_get(entry, "chain_ok");
            if (!chain_ok)
                continue;
            struct test_message message;
            message.length = vector_bytes(entry, "signed_cert", message.data, sizeof message.data);
            enum leaf_outcome outcome = check_leaf(store, &message, now);
            if ((outcome == LEAF_TRUSTED) != json_is_true(chain_ok))
                fail_msg("%s: %s", vector_string(entry, "name"), leaf_outcome_text(outcome));
            const json_t *app_ok = vector_member(entry, "app_ok");
            if (!json_is_null(app_ok)) {
                struct signed_certificate fields;
                struct certificate certificate;
                assert_true(signed_certificate_decode(&fields, message.data, message.length));
                assert_int_equal(certificate_parse(&certificate, fields.body), CERTIFICATE_READABLE);
                bool allowed = certificate_allows_app(&certificate, app_id) &&
                               authority_store_allows_app(store, fields.ca_key_id, app_id, now);
                if (allowed != json_is_true(app_ok))
                    fail_msg("%s: application", vector_string(entry, "name"));
            }
            leaves++;
        }
        assert_true(leaves >= 9);
        authority_store_free(store);
    }
    json_decref(vectors);
}

static struct test_certificate leaf_of(uint8_t signer)
{
    return (struct test_certificate){
        .subject = 100, .signer = signer, .identity = "str:leaf", .expiry = LATER, .apps = {7}, .app_count = 1};
}

static struct test_certificate ca(uint8_t subject, uint8_t signer)
{
    return (struct test_certificate){.subject = subject, .signer = signer, .expiry = LATER};
}

static struct authority_store *store_with_root(uint8_t number)
{
    struct authority_store *store = authority_store_new();
    struct test_key root = key_number(number);
    assert_non_null(store);
    assert_int_equal(authority_store_add_root(store, root.public_key), AUTHORITY_ADDED);
    assert_int_equal(authority_store_add_root(store, root.public_key), AUTHORITY_KNOWN);
    return store;
}

static void outcomes_of_leaves(void **state)
{
    (void)state;
    struct authority_store *store = store_with_root(1);
    assert_int_equal(add(store, ca(2, 1)), AUTHORITY_ADDED);
    assert_int_equal(add(store, ca(4, 3)), AUTHORITY_ADDED); /* 3 is unknown */

    struct test_message message = issue(leaf_of(1));
    assert_int_equal(check_leaf(store, &message, NOW), LEAF_TRUSTED);
    assert_int_equal(check_leaf(store, &message, LATER), LEAF_TRUSTED);
    assert_int_equal(check_leaf(store, &message, LATER + 1), LEAF_EXPIRED);
    assert_int_equal(check_leaf(NULL, &message, NOW), LEAF_UNKNOWN_CA);
    message.data[message.length - 1] ^= 1;
    assert_int_equal(check_leaf(store, &message, NOW), LEAF_FORGED);

    message = issue(leaf_of(2));
    assert_int_equal(check_leaf(store, &message, NOW), LEAF_TRUSTED);
    message = issue(leaf_of(3));
    assert_int_equal(check_leaf(store, &message, NOW), LEAF_UNKNOWN_CA);
    message = issue(leaf_of(4));
    assert_int_equal(check_leaf(store, &message, NOW), LEAF_UNTRUSTED_CA);

    struct test_certificate no_expiry = leaf_of(1);
    no_expiry.expiry = 0;
    message = issue(no_expiry);
    assert_int_equal(check_leaf(store, &message, NOW), LEAF_EXPIRED);

    /* Signature moved from another certificate, shortened, with another CA's id, and removed. */
    struct signed_certificate fields, other_fields;
    struct certificate certificate;
    struct test_message other = issue(ca(9, 1));
    message = issue(leaf_of(1));
    assert_true(signed_certificate_decode(&fields, message.data, message.length));
    assert_true(signed_certificate_decode(&other_fields, other.data, other.length));
    assert_int_equal(certificate_parse(&certificate, fields.body), CERTIFICATE_READABLE);
    struct signed_certificate forged = fields;
    forged.ca_signature = other_fields.ca_signature;
    assert_int_equal(authority_store_check_leaf(store, &forged, &certificate, NOW), LEAF_FORGED);
    forged = fields;
    forged.ca_signature.length = 63;
    assert_int_equal(authority_store_check_leaf(store, &forged, &certificate, NOW), LEAF_FORGED);
    forged = fields;
    forged.ca_key_id = key_number(2).id;
    assert_int_equal(authority_store_check_leaf(store, &forged, &certificate, NOW), LEAF_FORGED);
    forged = fields;
    forged.has_ca_key_id = false;
    assert_int_equal(authority_store_check_leaf(store, &forged, &certificate, NOW), LEAF_UNKNOWN_CA);
    forged = fields;
    forged.has_ca_signature = false;
    assert_int_equal(authority_store_check_leaf(store, &forged, &certificate, NOW), LEAF_UNSIGNED);
    certificate.has_key = false;
    assert_int_equal(authority_store_check_leaf(store, &fields, &certificate, NOW), LEAF_BAD_KEY);
    authority_store_free(store);
}

static void what_is_no_authority(void **state)
{
    (void)state;
    struct authority_store *store = store_with_root(1);
    struct test_certificate wanted = ca(2, 1);
    wanted.identity = "str:somebody";
    assert_int_equal(add(store, wanted), AUTHORITY_NOT_A_CA);
    wanted.identity = "ip:::1";
    assert_int_equal(add(store, wanted), AUTHORITY_NOT_A_CA);
    wanted = ca(2, 1);
    wanted.expiry = 0;
    assert_int_equal(add(store, wanted), AUTHORITY_NOT_A_CA);

    struct test_message message = issue(ca(2, 1));
    struct signed_certificate fields;
    uint8_t changed[CERTIFICATE_MESSAGE_SIZE];
    assert_true(signed_certificate_decode(&fields, message.data, message.length));
    struct signed_certificate variant = fields;
    variant.has_ca_signature = false;
    size_t length = signed_certificate_encode(&variant, false, changed, sizeof changed);
    assert_int_equal(authority_store_add(store, changed, length, true), AUTHORITY_NOT_A_CA);
    variant = fields;
    variant.ca_signature.length = 40;
    length = signed_certificate_encode(&variant, false, changed, sizeof changed);
    assert_int_equal(authority_store_add(store, changed, length, true), AUTHORITY_NOT_A_CA);
    message.data[message.length - 1] ^= 0x40;
    assert_int_equal(authority_store_add(store, message.data, message.length, true), AUTHORITY_FORGED);

    static const uint8_t junk[AUTHORITY_SIZE_MAXIMUM + 1];
    assert_int_equal(authority_store_add(store, junk, 0, true), AUTHORITY_UNREADABLE);
    assert_int_equal(authority_store_add(store, junk, 17, true), AUTHORITY_UNREADABLE);
    assert_int_equal(authority_store_add(store, junk, sizeof junk, true), AUTHORITY_UNREADABLE);
    assert_int_equal(authority_store_count(store), 1);
    authority_store_free(store);
}

static void self_signed_certificates(void **state)
{
    (void)state;
    struct test_message own = issue(ca(5, 5)), leaf = issue(leaf_of(5));
    struct authority_store *store = store_with_root(1);
    assert_int_equal(authority_store_add(store, own.data, own.length, false), AUTHORITY_SELF_SIGNED);
    assert_int_equal(check_leaf(store, &leaf, NOW), LEAF_UNKNOWN_CA);
    assert_int_equal(authority_store_add(store, own.data, own.length, true), AUTHORITY_ADDED);
    assert_int_equal(check_leaf(store, &leaf, NOW), LEAF_TRUSTED);
    authority_store_free(store);

    /* The limits of an accepted root hold for what is below it. */
    struct test_certificate limited = ca(5, 5);
    limited.apps[0] = 8;
    limited.app_count = 1;
    own = issue(limited);
    store = authority_store_new();
    assert_int_equal(authority_store_add(store, own.data, own.length, true), AUTHORITY_ADDED);
    assert_true(authority_store_allows_app(store, key_number(5).id, 8, NOW));
    assert_false(authority_store_allows_app(store, key_number(5).id, 7, NOW));
    assert_false(authority_store_allows_app(store, key_number(5).id, 8, LATER + 1));
    own.data[own.length - 2] ^= 1;
    assert_int_equal(authority_store_add(store, own.data, own.length, true), AUTHORITY_FORGED);
    authority_store_free(store);

    /* A self-signed certificate of a key that is a root anyway neither helps nor harms. */
    own = issue(ca(1, 1));
    store = store_with_root(1);
    assert_int_equal(authority_store_add(store, own.data, own.length, false), AUTHORITY_ADDED);
    assert_true(authority_store_allows_app(store, key_number(1).id, 7, LATER + 1));
    authority_store_free(store);
}

static void authorities_in_any_order(void **state)
{
    (void)state;
    struct test_message leaf = issue(leaf_of(4));
    static const uint8_t orders[6][3] = {{2, 3, 4}, {2, 4, 3}, {3, 2, 4}, {3, 4, 2}, {4, 2, 3}, {4, 3, 2}};
    for (size_t i = 0; i < 6; i++) {
        struct authority_store *store = authority_store_new();
        for (size_t n = 0; n < 3; n++)
            assert_int_equal(add(store, ca(orders[i][n], orders[i][n] - 1)), AUTHORITY_ADDED);
        assert_int_not_equal(check_leaf(store, &leaf, NOW), LEAF_TRUSTED);
        assert_int_equal(authority_store_add_root(store, key_number(1).public_key), AUTHORITY_ADDED);
        assert_int_equal(check_leaf(store, &leaf, NOW), LEAF_TRUSTED);
        authority_store_free(store);
    }
}

/* A certificate whose signer comes later and did not sign it stays without effect. */
static void forgery_noticed_late(void **state)
{
    (void)state;
    struct authority_store *store = authority_store_new();
    struct test_message forged = issue(ca(2, 1)), leaf = issue(leaf_of(2));
    forged.data[forged.length - 3] ^= 1;
    assert_int_equal(authority_store_add(store, forged.data, forged.length, true), AUTHORITY_ADDED);
    assert_int_equal(authority_store_add_root(store, key_number(1).public_key), AUTHORITY_ADDED);
    assert_int_equal(check_leaf(store, &leaf, NOW), LEAF_UNTRUSTED_CA);
    assert_int_equal(add(store, ca(2, 1)), AUTHORITY_ADDED);
    assert_int_equal(check_leaf(store, &leaf, NOW), LEAF_TRUSTED);
    authority_store_free(store);
}

static void expiry_along_the_chain(void **state)
{
    (void)state;
    struct authority_store *store = store_with_root(1);
    struct test_certificate early = ca(2, 1);
    early.expiry = NOW + 10;
    assert_int_equal(add(store, early), AUTHORITY_ADDED);
    assert_int_equal(add(store, ca(3, 2)), AUTHORITY_ADDED);
    struct test_message leaf = issue(leaf_of(3));
    assert_int_equal(check_leaf(store, &leaf, NOW + 10), LEAF_TRUSTED);
    assert_int_equal(check_leaf(store, &leaf, NOW + 11), LEAF_CA_EXPIRED);
    assert_false(authority_store_allows_app(store, key_number(3).id, 7, NOW + 11));
    /* A renewed certificate for the same key mends it. */
    assert_int_equal(add(store, ca(2, 1)), AUTHORITY_ADDED);
    assert_int_equal(check_leaf(store, &leaf, NOW + 11), LEAF_TRUSTED);
    authority_store_free(store);
}

static void scopes_intersect(void **state)
{
    (void)state;
    struct authority_store *store = store_with_root(1);
    struct test_certificate upper = ca(2, 1), lower = ca(3, 2);
    upper = (struct test_certificate){.subject = 2,
                                      .signer = 1,
                                      .expiry = LATER,
                                      .apps = {5, 6, 7},
                                      .app_count = 3,
                                      .pops = {50, 60},
                                      .pop_count = 2};
    lower = (struct test_certificate){.subject = 3,
                                      .signer = 2,
                                      .expiry = LATER,
                                      .apps = {6, 7, 8},
                                      .app_count = 3,
                                      .pops = {60, 70},
                                      .pop_count = 2};
    assert_int_equal(add(store, upper), AUTHORITY_ADDED);
    assert_int_equal(add(store, lower), AUTHORITY_ADDED);
    uint64_t id2 = key_number(2).id, id3 = key_number(3).id;
    for (uint32_t app = 0; app < 12; app++) {
        assert_int_equal(authority_store_allows_app(store, id2, app, NOW), app >= 5 && app <= 7);
        assert_int_equal(authority_store_allows_app(store, id3, app, NOW), app == 6 || app == 7);
    }
    assert_true(authority_store_allows_pops(store, id3, 6, (const uint32_t[]){60}, 1, NOW));
    assert_false(authority_store_allows_pops(store, id3, 6, (const uint32_t[]){50}, 1, NOW));
    assert_false(authority_store_allows_pops(store, id3, 6, (const uint32_t[]){70}, 1, NOW));
    assert_false(authority_store_allows_pops(store, id3, 5, (const uint32_t[]){60}, 1, NOW));
    assert_true(authority_store_allows_pops(store, id2, 5, (const uint32_t[]){50, 60}, 2, NOW));
    assert_false(authority_store_allows_pops(store, id2, 5, (const uint32_t[]){50, 61}, 2, NOW));
    assert_false(authority_store_allows_app(NULL, id2, 6, NOW));
    authority_store_free(store);
}

static void revocation(void **state)
{
    (void)state;
    struct authority_store *store = store_with_root(1);
    assert_int_equal(add(store, ca(2, 1)), AUTHORITY_ADDED);
    assert_int_equal(add(store, ca(3, 2)), AUTHORITY_ADDED);
    struct test_message leaf = issue(leaf_of(3)), direct = issue(leaf_of(1));
    assert_int_equal(check_leaf(store, &leaf, NOW), LEAF_TRUSTED);
    assert_true(authority_store_revoke(store, key_number(2).id));
    assert_true(authority_store_revoke(store, key_number(2).id));
    assert_int_equal(check_leaf(store, &leaf, NOW), LEAF_REVOKED);
    assert_false(authority_store_allows_app(store, key_number(3).id, 7, NOW));
    assert_int_equal(check_leaf(store, &direct, NOW), LEAF_TRUSTED);
    assert_true(authority_store_revoke(store, key_number(100).id));
    assert_int_equal(check_leaf(store, &direct, NOW), LEAF_REVOKED);
    assert_true(authority_store_revoke(store, key_number(1).id));

    for (uint64_t id = 1; id <= AUTHORITY_REVOKED_MAXIMUM - 3; id++)
        assert_true(authority_store_revoke(store, id));
    assert_false(authority_store_revoke(store, 12345678));
    authority_store_free(store);
}

static void bounds_and_copies(void **state)
{
    (void)state;
    struct authority_store *store = store_with_root(1);
    for (uint8_t i = 2; i <= AUTHORITY_MAXIMUM; i++)
        assert_int_equal(add(store, ca(i, i - 1)), AUTHORITY_ADDED); /* one long chain */
    assert_int_equal(add(store, ca(200, 1)), AUTHORITY_FULL);
    assert_int_equal(authority_store_add_root(store, key_number(201).public_key), AUTHORITY_FULL);
    struct test_message leaf = issue(leaf_of(AUTHORITY_MAXIMUM));
    assert_int_equal(check_leaf(store, &leaf, NOW), LEAF_TRUSTED);

    struct authority_store *copy = authority_store_copy(store);
    assert_non_null(copy);
    assert_true(authority_store_revoke(store, key_number(30).id));
    assert_int_equal(check_leaf(store, &leaf, NOW), LEAF_REVOKED);
    assert_int_equal(check_leaf(copy, &leaf, NOW), LEAF_TRUSTED);
    authority_store_free(store);
    assert_int_equal(check_leaf(copy, &leaf, NOW), LEAF_TRUSTED);
    authority_store_free(copy);
    authority_store_free(NULL);
}

/* Circles of authorities that vouch for each other are not trusted, and the search ends. */
static void circles(void **state)
{
    (void)state;
    struct authority_store *store = store_with_root(1);
    assert_int_equal(add(store, ca(2, 3)), AUTHORITY_ADDED);
    assert_int_equal(add(store, ca(3, 4)), AUTHORITY_ADDED);
    assert_int_equal(add(store, ca(4, 2)), AUTHORITY_ADDED);
    struct test_message leaf = issue(leaf_of(3));
    assert_int_equal(check_leaf(store, &leaf, NOW), LEAF_UNTRUSTED_CA);
    assert_int_equal(add(store, ca(2, 1)), AUTHORITY_ADDED);
    assert_int_equal(check_leaf(store, &leaf, NOW), LEAF_TRUSTED);
    authority_store_free(store);
}

/* The model: simple paths, all of them, by plain recursion over the certificates' descriptions. */
struct model {
    size_t count;
    struct test_certificate certificates[14];
    uint8_t revoked;
};

static bool model_allows(const struct model *model, uint8_t key, uint32_t app, uint32_t now, uint32_t on_path)
{
    if (on_path >> key & 1 || key == model->revoked)
        return false;
    if (key == 1)
        return true;
    for (size_t i = 0; i < model->count; i++) {
        const struct test_certificate *c = &model->certificates[i];
        if (c->subject == key && c->expiry >= now && (c->app_count == 0 || c->apps[0] == app) &&
            model_allows(model, c->signer, app, now, on_path | 1u << key))
            return true;
    }
    return false;
}

static void search_against_the_model(void **state)
{
    (void)state;
    size_t allowed = 0, asked = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct random_generator random;
        struct model model = {0};
        random_generator_init(&random, seed);
        struct authority_store *store = store_with_root(1);
        if (random_below(&random.source, 3) == 0)
            model.revoked = (uint8_t)(2 + random_below(&random.source, 6));
        if (model.revoked)
            assert_true(authority_store_revoke(store, key_number(model.revoked).id));
        for (size_t i = 0; i < 14; i++) {
            struct test_certificate c = {.subject = (uint8_t)(2 + random_below(&random.source, 6)),
                                         .signer = (uint8_t)(1 + random_below(&random.source, 7)),
                                         .expiry = (uint32_t)(NOW + random_below(&random.source, 4)),
                                         .apps = {(uint32_t)random_below(&random.source, 2)},
                                         .app_count = random_below(&random.source, 2)};
            if (c.subject == c.signer || add(store, c) != AUTHORITY_ADDED)
                continue;
            model.certificates[model.count++] = c;
        }
        for (uint8_t key = 1; key <= 7; key++) {
            for (uint32_t app = 0; app < 2; app++) {
                for (uint32_t now = NOW; now < NOW + 4; now++) {
                    bool expected = model_allows(&model, key, app, now, 0);
                    if (authority_store_allows_app(store, key_number(key).id, app, now) != expected)
                        fail_msg("seed %llu, key %u, app %u, time +%u: expected %d", (unsigned long long)seed, key, app,
                                 now - NOW, expected);
                    asked++;
                    allowed += expected;
                }
            }
        }
        authority_store_free(store);
    }
    assert_true(allowed > asked / 10 && allowed < asked * 9 / 10);
}

static void every_outcome_has_a_text(void **state)
{
    (void)state;
    for (int a = AUTHORITY_ADDED; a <= AUTHORITY_FULL; a++)
        for (int b = AUTHORITY_ADDED; b <= AUTHORITY_FULL + 1; b++)
            assert_int_equal(strcmp(authority_added_text((enum authority_added)a),
                                    authority_added_text((enum authority_added)b)) == 0,
                             a == b);
    for (int a = LEAF_TRUSTED; a <= LEAF_EXPIRED; a++)
        for (int b = LEAF_TRUSTED; b <= LEAF_EXPIRED + 1; b++)
            assert_int_equal(
                strcmp(leaf_outcome_text((enum leaf_outcome)a), leaf_outcome_text((enum leaf_outcome)b)) == 0, a == b);
    assert_string_equal(authority_added_text((enum authority_added)(AUTHORITY_FULL + 1)), "");
    assert_string_equal(leaf_outcome_text((enum leaf_outcome)(LEAF_EXPIRED + 1)), "");
}

/* Signs whatever body it is given. */
static struct test_message sign_body(const void *body, size_t length, uint8_t signer)
{
    struct test_message message;
    message.length = certificate_issue_signed((struct byte_slice){body, length}, key_number(signer).seed, message.data,
                                              sizeof message.data);
    assert_true(message.length > 0);
    return message;
}

static void well_signed_nonsense(void **state)
{
    (void)state;
    static const uint8_t unreadable[] = {0x12, 0x20, 0x00}, keyless[] = {0x08, 0x01, 0x4d, 9, 0, 0, 0},
                         bad_identity[] = {0x62, 0x01, 'x'};
    struct authority_store *store = store_with_root(1);
    struct test_message message = sign_body(unreadable, sizeof unreadable, 1);
    assert_int_equal(authority_store_add(store, message.data, message.length, true), AUTHORITY_UNREADABLE);
    message = sign_body(keyless, sizeof keyless, 1);
    assert_int_equal(authority_store_add(store, message.data, message.length, true), AUTHORITY_NOT_A_CA);
    message = sign_body(bad_identity, sizeof bad_identity, 1);
    assert_int_equal(authority_store_add(store, message.data, message.length, true), AUTHORITY_NOT_A_CA);

    /* Without the id of who signed, without a body. */
    struct signed_certificate fields;
    uint8_t changed[CERTIFICATE_MESSAGE_SIZE];
    message = issue(ca(2, 1));
    assert_true(signed_certificate_decode(&fields, message.data, message.length));
    fields.has_ca_key_id = false;
    size_t length = signed_certificate_encode(&fields, false, changed, sizeof changed);
    assert_int_equal(authority_store_add(store, changed, length, true), AUTHORITY_NOT_A_CA);
    fields.has_ca_key_id = true;
    fields.has_body = false;
    length = signed_certificate_encode(&fields, false, changed, sizeof changed);
    assert_int_equal(authority_store_add(store, changed, length, true), AUTHORITY_UNREADABLE);
    assert_int_equal(authority_store_count(store), 1);

    /* A leaf of which only the contents are left, and nothing that was signed. */
    struct certificate certificate;
    message = issue(leaf_of(1));
    assert_true(signed_certificate_decode(&fields, message.data, message.length));
    assert_int_equal(certificate_parse(&certificate, fields.body), CERTIFICATE_READABLE);
    assert_int_equal(authority_store_check_leaf(store, &fields, &certificate, NOW), LEAF_TRUSTED);
    fields.has_body = false;
    assert_int_equal(authority_store_check_leaf(store, &fields, &certificate, NOW), LEAF_FORGED);
    authority_store_free(store);
}

/* The same key as a root, as a root with limits of its own, and as an authority below another root. */
static void standings_of_one_key(void **state)
{
    (void)state;
    struct test_certificate limited = {.subject = 5, .signer = 5, .expiry = LATER, .apps = {8}, .app_count = 1};
    struct test_message own = issue(limited);
    struct authority_store *store = store_with_root(1);
    limited.signer = 1;
    limited.apps[0] = 9;
    assert_int_equal(add(store, limited), AUTHORITY_ADDED);
    assert_false(authority_store_allows_app(store, key_number(5).id, 8, NOW));
    assert_true(authority_store_allows_app(store, key_number(5).id, 9, NOW));
    /* It is below a root, but none itself. */
    assert_int_equal(authority_store_add(store, own.data, own.length, false), AUTHORITY_SELF_SIGNED);
    assert_int_equal(authority_store_add(store, own.data, own.length, true), AUTHORITY_ADDED);
    assert_true(authority_store_allows_app(store, key_number(5).id, 8, NOW));
    assert_false(authority_store_allows_app(store, key_number(5).id, 7, NOW));
    /* Trust without conditions is more than that. */
    assert_int_equal(authority_store_add_root(store, key_number(5).public_key), AUTHORITY_ADDED);
    assert_int_equal(authority_store_add_root(store, key_number(5).public_key), AUTHORITY_KNOWN);
    assert_true(authority_store_allows_app(store, key_number(5).id, 7, LATER + 1));
    assert_int_equal(authority_store_count(store), 4);
    authority_store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_chains),
        cmocka_unit_test(outcomes_of_leaves),
        cmocka_unit_test(what_is_no_authority),
        cmocka_unit_test(self_signed_certificates),
        cmocka_unit_test(authorities_in_any_order),
        cmocka_unit_test(forgery_noticed_late),
        cmocka_unit_test(expiry_along_the_chain),
        cmocka_unit_test(scopes_intersect),
        cmocka_unit_test(revocation),
        cmocka_unit_test(bounds_and_copies),
        cmocka_unit_test(circles),
        cmocka_unit_test(search_against_the_model),
        cmocka_unit_test(every_outcome_has_a_text),
        cmocka_unit_test(well_signed_nonsense),
        cmocka_unit_test(standings_of_one_key),
    };
    return cmocka_run_group_tests_name("authority_store", tests, NULL, NULL);
}
