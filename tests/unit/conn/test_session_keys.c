/* Key derivation against the recorded cases and connections, from both ends, and the choice of cipher. */
#include "../vector_file.h"

#include "conn/session_keys.h"
#include "wire/limits.h"

enum { CASES = 4, CONNECTIONS_WITH_KEYS = 16 };

/* The bytes of one side's hello, as transmitted. */
struct hello {
    uint8_t certificate[1024], crypt[256], dh_private[CRYPTO_KEY_SIZE];
    size_t certificate_length, crypt_length;
    struct crypt_info info;
};

static void read_crypt(struct hello *hello)
{
    assert_true(crypt_info_decode(&hello->info, hello->crypt, hello->crypt_length));
    assert_int_equal(hello->info.dh_public.length, CRYPTO_KEY_SIZE);
}

static void check_keys(const struct session_keys *keys, const json_t *expected)
{
    uint8_t key[CRYPTO_CIPHER_KEY_SIZE], iv[CRYPTO_CIPHER_IV_SIZE];

    vector_exact(expected, "key_c2s", key, sizeof key);
    assert_memory_equal(keys->client_to_server_key, key, sizeof key);
    vector_exact(expected, "key_s2c", key, sizeof key);
    assert_memory_equal(keys->server_to_client_key, key, sizeof key);
    vector_exact(expected, "iv_c2s", iv, sizeof iv);
    assert_memory_equal(keys->client_to_server_iv, iv, sizeof iv);
    vector_exact(expected, "iv_s2c", iv, sizeof iv);
    assert_memory_equal(keys->server_to_client_iv, iv, sizeof iv);
}

static void derive_from_both_ends(uint32_t client_id, uint32_t server_id, const struct hello *client,
                                  const struct hello *server, const json_t *expected)
{
    struct session_transcript transcript = {
        .client_id = client_id,
        .server_id = server_id,
        .client_nonce = client->info.nonce,
        .server_nonce = server->info.nonce,
        .client_certificate = {client->certificate, client->certificate_length},
        .server_certificate = {server->certificate, server->certificate_length},
        .client_crypt = {client->crypt, client->crypt_length},
        .server_crypt = {server->crypt, server->crypt_length},
    };
    struct session_keys keys;

    assert_true(session_keys_derive(&keys, &transcript, client->dh_private, server->info.dh_public.data));
    check_keys(&keys, expected);
    memset(&keys, 0, sizeof keys);
    assert_true(session_keys_derive(&keys, &transcript, server->dh_private, client->info.dh_public.data));
    check_keys(&keys, expected);
}

static void test_recorded_cases(void **state)
{
    json_t *root = vector_file_load(VECTOR_DIR "/wire-vectors.json");
    const json_t *cases = vector_member(root, "key_derivation"), *vector;
    size_t i;

    (void)state;
    assert_int_equal(json_array_size(cases), CASES);
    json_array_foreach(cases, i, vector)
    {
        struct hello client, server;

        vector_exact(vector, "client_dh_private", client.dh_private, CRYPTO_KEY_SIZE);
        vector_exact(vector, "server_dh_private", server.dh_private, CRYPTO_KEY_SIZE);
        client.certificate_length =
            vector_bytes(vector, "client_cert_body", client.certificate, sizeof client.certificate);
        server.certificate_length =
            vector_bytes(vector, "server_cert_body", server.certificate, sizeof server.certificate);
        client.crypt_length = vector_bytes(vector, "client_crypt_body", client.crypt, sizeof client.crypt);
        server.crypt_length = vector_bytes(vector, "server_crypt_body", server.crypt, sizeof server.crypt);
        read_crypt(&client);
        read_crypt(&server);
        assert_int_equal(server.info.cipher_count, 1);
        assert_int_equal(server.info.ciphers[0], vector_u64(vector_member(vector, "expect"), "cipher"));
        derive_from_both_ends((uint32_t)vector_u64(vector, "client_connection_id"),
                              (uint32_t)vector_u64(vector, "server_connection_id"), &client, &server,
                              vector_member(vector, "expect"));
    }
    json_decref(root);
}

static const json_t *fields_of(const json_t *connection, const char *type)
{
    const json_t *event;
    size_t i;

    json_array_foreach(vector_member(connection, "events"), i, event)
    {
        const char *event_type = json_string_value(json_object_get(event, "type"));

        if (event_type && strcmp(event_type, type) == 0)
            return vector_member(event, "fields");
    }
    fail_msg("no %s was recorded", type);
    return NULL;
}

static void read_hello(struct hello *hello, const json_t *fields, const json_t *side)
{
    hello->certificate_length =
        vector_bytes(vector_member(fields, "cert"), "body", hello->certificate, sizeof hello->certificate);
    hello->crypt_length = vector_bytes(vector_member(fields, "crypt"), "body", hello->crypt, sizeof hello->crypt);
    vector_exact(side, "dh_private", hello->dh_private, CRYPTO_KEY_SIZE);
    read_crypt(hello);
}

static void test_recorded_connections(void **state)
{
    json_t *root = vector_file_load(VECTOR_DIR "/wire-vectors.json");
    const json_t *connection;
    int derived = 0;
    size_t i;

    (void)state;
    json_array_foreach(vector_member(root, "connections"), i, connection)
    {
        const json_t *keys = json_object_get(connection, "keys");
        struct hello client, server;

        if (!keys)
            continue;
        read_hello(&client, fields_of(connection, "ConnectRequest"), vector_member(connection, "client"));
        read_hello(&server, fields_of(connection, "ConnectOK"), vector_member(connection, "server"));
        derive_from_both_ends((uint32_t)vector_u64(vector_member(connection, "client"), "connection_id"),
                              (uint32_t)vector_u64(vector_member(connection, "server"), "connection_id"), &client,
                              &server, keys);
        derived++;
    }
    json_decref(root);
    assert_int_equal(derived, CONNECTIONS_WITH_KEYS);
}

/* A peer key of low order gives a shared secret that anybody knows (protocol 10.3). */
static void test_low_order_key(void **state)
{
    static const uint8_t zero[CRYPTO_KEY_SIZE], one[CRYPTO_KEY_SIZE] = {1};
    uint8_t own[CRYPTO_KEY_SIZE];
    struct session_transcript transcript = {.client_id = 1, .server_id = 2};
    struct session_keys keys;

    (void)state;
    memset(own, 7, sizeof own);
    assert_false(session_keys_derive(&keys, &transcript, own, zero));
    assert_false(session_keys_derive(&keys, &transcript, own, one));
}

/* Each input changes the keys: nothing of the transcript is left out. */
static void test_every_input_counts(void **state)
{
    uint8_t own[CRYPTO_KEY_SIZE], peer_private[CRYPTO_KEY_SIZE], peer[CRYPTO_KEY_SIZE];
    uint8_t parts[4][3] = {"ab", "cd", "ef", "gh"};
    struct session_transcript transcript = {
        .client_id = 1,
        .server_id = 2,
        .client_nonce = 3,
        .server_nonce = 4,
        .client_certificate = {parts[0], 2},
        .server_certificate = {parts[1], 2},
        .client_crypt = {parts[2], 2},
        .server_crypt = {parts[3], 2},
    };
    struct session_keys keys, changed;

    (void)state;
    memset(own, 7, sizeof own);
    memset(peer_private, 9, sizeof peer_private);
    assert_true(crypto_x25519_public(peer_private, peer));
    assert_true(session_keys_derive(&keys, &transcript, own, peer));
    for (int change = 0; change < 8; change++) {
        struct session_transcript other = transcript;

        other.client_id += change == 0;
        other.server_id += change == 1;
        other.client_nonce += change == 2;
        other.server_nonce += change == 3;
        if (change >= 4)
            parts[change - 4][1] ^= 1;
        assert_true(session_keys_derive(&changed, &other, own, peer));
        if (change >= 4)
            parts[change - 4][1] ^= 1;
        assert_memory_not_equal(keys.client_to_server_key, changed.client_to_server_key, CRYPTO_CIPHER_KEY_SIZE);
        assert_memory_not_equal(keys.server_to_client_key, changed.server_to_client_key, CRYPTO_CIPHER_KEY_SIZE);
        assert_memory_not_equal(keys.client_to_server_iv, changed.client_to_server_iv, CRYPTO_CIPHER_IV_SIZE);
        assert_memory_not_equal(keys.server_to_client_iv, changed.server_to_client_iv, CRYPTO_CIPHER_IV_SIZE);
    }
}

/* Rows: what the server is set to; columns: what the client is set to (protocol 10.2). */
static void test_cipher_choice(void **state)
{
    static const uint32_t expected[4][4] = {
        {CIPHER_AES_256_GCM, CIPHER_AES_256_GCM, CIPHER_AES_256_GCM, 0},
        {CIPHER_AES_256_GCM, CIPHER_AES_256_GCM, CIPHER_AES_256_GCM, CIPHER_NONE},
        {CIPHER_AES_256_GCM, CIPHER_NONE, CIPHER_NONE, CIPHER_NONE},
        {0, CIPHER_NONE, CIPHER_NONE, CIPHER_NONE},
    };

    (void)state;
    for (int server = 0; server < 4; server++) {
        for (int client = 0; client < 4; client++) {
            struct crypt_info info = {.cipher_count = 0};

            info.cipher_count = (uint32_t)session_ciphers(client, info.ciphers);
            assert_int_equal(session_choose_cipher(server, &info), expected[server][client]);
        }
    }
}

static void test_foreign_cipher_lists(void **state)
{
    struct crypt_info none = {.cipher_count = 0};
    struct crypt_info strange = {.cipher_count = 3, .ciphers = {77, 1, 2}};
    struct crypt_info unknown = {.cipher_count = 2, .ciphers = {0, 99}};

    (void)state;
    assert_int_equal(session_choose_cipher(0, &none), CIPHER_AES_256_GCM);
    assert_int_equal(session_choose_cipher(3, &none), 0);
    assert_int_equal(session_choose_cipher(0, &strange), CIPHER_AES_256_GCM);
    assert_int_equal(session_choose_cipher(2, &strange), CIPHER_NONE);
    assert_int_equal(session_choose_cipher(1, &unknown), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_cases), cmocka_unit_test(test_recorded_connections),
        cmocka_unit_test(test_low_order_key),  cmocka_unit_test(test_every_input_counts),
        cmocka_unit_test(test_cipher_choice),  cmocka_unit_test(test_foreign_cipher_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
