/* Identities against the recorded vectors: text, kind, and the fields in certificates; and choosing among forms. */

#include "../vector_file.h"

#include "base/random.h"
#include "wire/address.h"
#include "wire/certificate_message.h"
#include "wire/identity.h"

static json_t *vectors;

static int load(void **state)
{
    (void)state;
    vectors = vector_file_load(VECTOR_DIR "/wire-vectors.json");
    return 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(vectors);
    return 0;
}

static ESteamNetworkingIdentityType kind_of(const char *name)
{
    static const struct {
        const char *name;
        ESteamNetworkingIdentityType type;
    } kinds[] = {
        {"steam", k_ESteamNetworkingIdentityType_SteamID},
        {"xbox", k_ESteamNetworkingIdentityType_XboxPairwiseID},
        {"psn", k_ESteamNetworkingIdentityType_SonyPSN},
        {"ip", k_ESteamNetworkingIdentityType_IPAddress},
        {"string", k_ESteamNetworkingIdentityType_GenericString},
        {"bytes", k_ESteamNetworkingIdentityType_GenericBytes},
        {"unknown", k_ESteamNetworkingIdentityType_UnknownType},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].type;
    fail_msg("unknown kind %s", name);
    return k_ESteamNetworkingIdentityType_Invalid;
}

static bool parse(SteamNetworkingIdentity *identity, const char *text)
{
    memset(identity, 0xaa, sizeof *identity);
    return identity_parse(identity, text, strlen(text));
}

/* Which forms a certificate body carries: all, or only one of them. */
static void check_forms(const struct identity_forms *forms, const SteamNetworkingIdentity *identity)
{
    struct identity_forms one = *forms;
    SteamNetworkingIdentity chosen;

    assert_int_equal(identity_choose(forms, &chosen), IDENTITY_PRESENT);
    assert_true(identity_equal(&chosen, identity));
    one.has_text = false;
    if (forms->legacy.length > 0) {
        assert_int_equal(identity_choose(&one, &chosen), IDENTITY_PRESENT);
        assert_true(identity_equal(&chosen, identity));
    } else {
        assert_int_equal(identity_choose(&one, &chosen), IDENTITY_MALFORMED);
    }
    one.has_legacy = false;
    assert_int_equal(identity_choose(&one, &chosen), one.has_steam_id ? IDENTITY_PRESENT : IDENTITY_ABSENT);
    if (one.has_steam_id)
        assert_true(identity_equal(&chosen, identity));
}

static void check_certificate_fields(const json_t *entry, const SteamNetworkingIdentity *identity)
{
    struct certificate_body body = {0};
    struct identity_fields fields;
    uint8_t expected[256], buffer[256];
    size_t length;

    if (json_is_null(vector_member(entry, "cert_identity_fields"))) {
        assert_false(identity_is_serialisable(identity));
        assert_false(identity_fields_set(&fields, identity));
        assert_false(fields.forms.has_text || fields.forms.has_legacy || fields.forms.has_steam_id);
        return;
    }
    length = vector_bytes(entry, "cert_identity_fields", expected, sizeof expected);
    assert_true(identity_is_serialisable(identity));
    assert_true(identity_fields_set(&fields, identity));
    body.identity = fields.forms;
    assert_int_equal(certificate_body_encode(&body, buffer, sizeof buffer), length);
    assert_memory_equal(buffer, expected, length);

    assert_true(certificate_body_decode(&body, expected, length));
    check_forms(&body.identity, identity);
}

static void recorded_identities(void **state)
{
    const json_t *list = vector_member(vectors, "identities"), *entry;
    size_t index;

    (void)state;
    assert_int_equal(json_array_size(list), 70);
    json_array_foreach(list, index, entry)
    {
        const char *text = vector_string(entry, "text");
        bool valid = json_is_true(vector_member(entry, "valid"));
        static const SteamNetworkingIdentity cleared;
        SteamNetworkingIdentity identity, again;
        char printed[IDENTITY_TEXT_SIZE];

        print_message("%s\n", text);
        assert_int_equal(parse(&identity, text), valid);
        if (!valid) {
            assert_memory_equal(&identity, &cleared, sizeof cleared);
            continue;
        }
        assert_int_equal(identity.m_eType, kind_of(vector_string(entry, "kind")));
        identity_print(&identity, printed, sizeof printed);
        assert_string_equal(printed, vector_string(entry, "canonical"));
        assert_int_equal(identity_is_localhost(&identity), json_is_true(vector_member(entry, "is_localhost")));
        assert_true(identity_is_well_formed(&identity));
        assert_false(identity_is_invalid(&identity));
        assert_true(parse(&again, printed));
        assert_true(identity_equal(&identity, &again));
        assert_memory_equal(&identity, &again, sizeof again);
        check_certificate_fields(entry, &identity);
    }
}

static void text_from_the_network_has_no_terminator(void **state)
{
    SteamNetworkingIdentity identity;

    (void)state;
    assert_true(identity_parse(&identity, "str:alice and more", 9));
    assert_string_equal(identity.m_szGenericString, "alice");
    assert_false(identity_parse(&identity, "str:al\0ce", 9));
    assert_false(identity_parse(&identity, "x:\0", 3));
    assert_false(identity_parse(&identity, NULL, 0));
    assert_false(identity_parse(&identity, "psn:18446744073709551616", 24));
    assert_false(identity_parse(&identity, "psn:-1", 6));
}

static void used_sizes(void **state)
{
    SteamNetworkingIdentity identity;
    SteamNetworkingIPAddr address;

    (void)state;
    identity_set_steam_id(&identity, UINT64_C(76561197960265729));
    assert_int_equal(identity.m_cbSize, 8);
    identity_set_psn_id(&identity, 7);
    assert_int_equal(identity.m_cbSize, 8);
    address_set_ipv4(&address, 1, 2);
    identity_set_address(&identity, &address);
    assert_int_equal(identity.m_cbSize, 18);
    assert_true(address_equal(&identity.m_ip, &address));
    assert_true(identity_set_string(&identity, "abc", 3));
    assert_int_equal(identity.m_cbSize, 4);
    assert_true(identity_set_xbox_pairwise_id(&identity, "abcd", 4));
    assert_int_equal(identity.m_cbSize, 5);
    assert_true(identity_set_bytes(&identity, "ab", 2));
    assert_int_equal(identity.m_cbSize, 2);
    assert_true(parse(&identity, "new:abc"));
    assert_int_equal(identity.m_cbSize, 8);
    identity_set_localhost(&identity);
    assert_true(identity_is_localhost(&identity));
    assert_int_equal(identity.m_ip.m_port, 0);
}

static void setters_refuse_without_change(void **state)
{
    char long_text[40];
    SteamNetworkingIdentity identity, before;

    (void)state;
    memset(long_text, 'a', sizeof long_text);
    identity_set_localhost(&identity);
    before = identity;
    assert_false(identity_set_string(&identity, long_text, 32));
    assert_false(identity_set_string(&identity, "a\0b", 3));
    assert_false(identity_set_bytes(&identity, long_text, 33));
    assert_false(identity_set_bytes(&identity, long_text, 0));
    assert_false(identity_set_xbox_pairwise_id(&identity, long_text, 33));
    assert_false(identity_set_xbox_pairwise_id(&identity, long_text, 0));
    assert_memory_equal(&identity, &before, sizeof before);
    assert_true(identity_set_string(&identity, long_text, 31));
    assert_true(identity_set_string(&identity, long_text, 0));
    assert_true(identity_set_bytes(&identity, long_text, 32));
    assert_true(identity_set_xbox_pairwise_id(&identity, long_text, 32));
    /* From its own content. */
    assert_true(identity_set_bytes(&identity, identity.m_genericBytes + 1, 4));
    assert_memory_equal(identity.m_genericBytes, "aaaa", 4);
}

static void whatever_an_application_wrote(void **state)
{
    static const uint8_t key[SIPHASH_KEY_SIZE] = {2};
    struct random_generator random;
    SteamNetworkingIdentity identity, copy;
    char buffer[IDENTITY_TEXT_SIZE], tiny[4];

    (void)state;
    random_generator_init(&random, 5);
    for (int i = 0; i < 20000; i++) {
        uint8_t legacy[64];
        struct identity_fields fields;

        random_fill(&random.source, &identity, sizeof identity);
        identity.m_eType = (ESteamNetworkingIdentityType)random_below(&random.source, 24);
        if (random_below(&random.source, 2))
            identity.m_cbSize = (int)random_below(&random.source, 140);
        identity_print(&identity, buffer, sizeof buffer);
        assert_true(strlen(buffer) < sizeof buffer);
        identity_print(&identity, tiny, sizeof tiny);
        assert_true(strlen(tiny) < sizeof tiny);
        copy = identity;
        assert_true(identity_equal(&identity, &copy));
        assert_true(identity_hash(&identity, key) == identity_hash(&copy, key));
        (void)identity_legacy_encode(&identity, legacy, sizeof legacy);
        assert_int_equal(identity_fields_set(&fields, &identity), identity_is_serialisable(&identity));
        if (!identity_is_well_formed(&identity))
            assert_false(identity_is_serialisable(&identity));
    }
    identity_clear(&identity);
    assert_false(identity_is_well_formed(&identity));
    identity_print(&identity, buffer, sizeof buffer);
    assert_string_equal(buffer, "invalid");
}

static void different_identities_differ(void **state)
{
    static const char *const texts[] = {"str:a",
                                        "str:b",
                                        "str:",
                                        "gen:61",
                                        "xboxpwid:a",
                                        "x:a",
                                        "ip:1.2.3.4",
                                        "ip:1.2.3.4:1",
                                        "psn:1",
                                        "psn:2",
                                        "steamid:76561197960265729"};
    static const uint8_t key[SIPHASH_KEY_SIZE] = {3};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
            SteamNetworkingIdentity a, b;
            assert_true(parse(&a, texts[i]));
            assert_true(parse(&b, texts[k]));
            assert_int_equal(identity_equal(&a, &b), i == k);
            assert_int_equal(identity_hash(&a, key) == identity_hash(&b, key), i == k);
        }
    }
}

static struct identity_forms forms_of(const char *text, const uint8_t *legacy, size_t length)
{
    return (struct identity_forms){
        .has_text = text != NULL,
        .text = {(const uint8_t *)text, text ? strlen(text) : 0},
        .has_legacy = legacy != NULL,
        .legacy = {legacy, length},
    };
}

static void the_first_form_decides(void **state)
{
    static const uint8_t bob[] = {0x1a, 3, 'b', 'o', 'b'};
    static const uint8_t two[] = {0x1a, 3, 'b', 'o', 'b', 0x12, 1, 'x'};
    static const uint8_t short_address[] = {0x22, 2, 1, 2};
    static const uint8_t truncated[] = {0x1a, 4, 'b', 'o', 'b'};
    static const uint8_t bad_steam_id[] = {0x81, 1, 1, 0, 0, 0, 0, 0, 0, 0};
    struct identity_forms forms = {0};
    SteamNetworkingIdentity identity;

    (void)state;
    assert_int_equal(identity_choose(&forms, &identity), IDENTITY_ABSENT);
    assert_true(identity_is_invalid(&identity));

    forms = forms_of("str:alice", bob, sizeof bob);
    assert_int_equal(identity_choose(&forms, &identity), IDENTITY_PRESENT);
    assert_string_equal(identity.m_szGenericString, "alice");
    /* A malformed one does not fall through. */
    forms = forms_of("nonsense", bob, sizeof bob);
    assert_int_equal(identity_choose(&forms, &identity), IDENTITY_MALFORMED);
    assert_true(identity_is_invalid(&identity));
    forms = forms_of("", bob, sizeof bob);
    assert_int_equal(identity_choose(&forms, &identity), IDENTITY_MALFORMED);
    forms = forms_of(NULL, bob, sizeof bob);
    assert_int_equal(identity_choose(&forms, &identity), IDENTITY_PRESENT);
    assert_string_equal(identity.m_szGenericString, "bob");

    forms = forms_of(NULL, two, sizeof two);
    assert_int_equal(identity_choose(&forms, &identity), IDENTITY_MALFORMED);
    forms = forms_of(NULL, short_address, sizeof short_address);
    assert_int_equal(identity_choose(&forms, &identity), IDENTITY_MALFORMED);
    forms = forms_of(NULL, truncated, sizeof truncated);
    forms.has_steam_id = true;
    forms.steam_id = UINT64_C(76561197960265729);
    assert_int_equal(identity_choose(&forms, &identity), IDENTITY_MALFORMED);
    forms = forms_of(NULL, bad_steam_id, sizeof bad_steam_id);
    assert_int_equal(identity_choose(&forms, &identity), IDENTITY_MALFORMED);
    assert_true(identity_is_invalid(&identity));

    forms = (struct identity_forms){.has_steam_id = true, .steam_id = UINT64_C(76561197960265729)};
    assert_int_equal(identity_choose(&forms, &identity), IDENTITY_PRESENT);
    assert_true(identity.m_steamID64 == UINT64_C(76561197960265729));
    forms.steam_id = 1;
    assert_int_equal(identity_choose(&forms, &identity), IDENTITY_MALFORMED);
}

static void kinds_that_nobody_knows(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {{"fax:1234", true}, {"fax:", true}, {"fax1234", false}, {":1234", false}, {"f x:1", false}};
    SteamNetworkingIdentity identity;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        identity_clear(&identity);
        identity.m_eType = k_ESteamNetworkingIdentityType_UnknownType;
        identity.m_cbSize = (int)strlen(cases[i].text) + 1;
        strcpy(identity.m_szUnknownRawString, cases[i].text);
        if (identity_is_well_formed(&identity) != cases[i].good)
            fail_msg("%s", cases[i].text);
        assert_int_equal(identity_is_serialisable(&identity), cases[i].good);
    }
}

static void steam_ids(void **state)
{
    static const struct {
        unsigned universe, type, instance;
        uint32_t account;
        bool valid, serialisable;
    } cases[] = {
        {1, k_EAccountTypeIndividual, 1, 7, true, true},
        {1, k_EAccountTypeIndividual, 0, 7, false, false},
        {1, k_EAccountTypeIndividual, 1, 0, false, false},
        {1, k_EAccountTypeClan, 0, 7, true, false},
        {1, k_EAccountTypeClan, 1, 7, false, false},
        {1, k_EAccountTypeClan, 0, 0, false, false},
        {1, k_EAccountTypeGameServer, 5, 7, true, true},
        {1, k_EAccountTypeGameServer, 5, 0, false, false},
        {1, k_EAccountTypeAnonGameServer, 5, 7, true, true},
        {1, k_EAccountTypeAnonGameServer, 5, 0, true, false},
        {1, k_EAccountTypeChat, 5, 7, true, false},
        {1, k_EAccountTypeInvalid, 1, 7, false, false},
        {1, k_EAccountTypeMax, 1, 7, false, false},
        {0, k_EAccountTypeIndividual, 1, 7, false, false},
        {k_EUniverseMax, k_EAccountTypeIndividual, 1, 7, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t id = (uint64_t)cases[i].universe << 56 | (uint64_t)cases[i].type << 52 |
                      (uint64_t)cases[i].instance << 32 | cases[i].account;
        SteamNetworkingIdentity identity;
        identity_set_steam_id(&identity, id);
        if (steam_id_is_valid(id) != cases[i].valid || identity_is_serialisable(&identity) != cases[i].serialisable)
            fail_msg("case %zu", i);
    }
}

static void legacy_form_without_room(void **state)
{
    static const char *const texts[] = {"steamid:76561197960265729", "str:alice", "gen:0102", "ip:1.2.3.4:5"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint8_t out[IDENTITY_LEGACY_MAXIMUM];
        SteamNetworkingIdentity identity, back;
        int length;
        assert_true(parse(&identity, texts[i]));
        length = identity_legacy_encode(&identity, out, sizeof out);
        assert_true(length > 0);
        assert_true(identity_legacy_decode(&back, out, (size_t)length));
        assert_true(identity_equal(&identity, &back));
        for (int capacity = 0; capacity < length; capacity++)
            assert_int_equal(identity_legacy_encode(&identity, out, (size_t)capacity), -1);
    }
}

static void texts_as_people_write_them(void **state)
{
    static const struct {
        const char *text;
        const char *printed; /* NULL: refused */
    } cases[] = {
        {"psn: \t\v\f\r\n12", "psn:12"},
        {"psn:12 and more", "psn:12"},
        {"psn:12:", "psn:12"},
        {"psn:\b12", NULL},
        {"psn:\0161", NULL},
        {"psn: ", NULL},
        {"psn:18446744073709551615", "psn:18446744073709551615"},
        {"psn:18446744073709551616", NULL}, /* the last digit is too much */
        {"psn:184467440737095516150", NULL},
        {"steamid:0", NULL},
        {"gen:aF09Fa", "gen:af09fa"},
        {"gen:0g", NULL},
        {"gen:G0", NULL},
        {"gen:/0", NULL},
        {"gen:0@", NULL},
        {"gen:`0", NULL},
        {"gen:012", NULL},
        {"a_9z:", "a_9z:"},
        {"a-b:1", NULL},
        {"a{:1", NULL},
        {"A:1", NULL},
        {"a/:1", NULL},
        {"a`:1", NULL},
        {"abcdefghijklmnop:1", "abcdefghijklmnop:1"},
        {"abcdefghijklmnopq:1", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SteamNetworkingIdentity identity;
        char printed[IDENTITY_TEXT_SIZE];
        if (parse(&identity, cases[i].text) != (cases[i].printed != NULL))
            fail_msg("'%s'", cases[i].text);
        identity_print(&identity, printed, sizeof printed);
        assert_string_equal(printed, cases[i].printed ? cases[i].printed : "invalid");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_identities),
        cmocka_unit_test(text_from_the_network_has_no_terminator),
        cmocka_unit_test(used_sizes),
        cmocka_unit_test(setters_refuse_without_change),
        cmocka_unit_test(whatever_an_application_wrote),
        cmocka_unit_test(different_identities_differ),
        cmocka_unit_test(the_first_form_decides),
        cmocka_unit_test(kinds_that_nobody_knows),
        cmocka_unit_test(steam_ids),
        cmocka_unit_test(legacy_form_without_room),
        cmocka_unit_test(texts_as_people_write_them),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
