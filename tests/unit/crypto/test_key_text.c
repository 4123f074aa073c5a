/* Text forms of keys and certificates against the recorded ones, OpenSSH's own files, and damaged text. */

#include "../vector_file.h"
#include "crypto/base64.h"
#include "crypto/key_text.h"
#include "crypto/pem.h"

/* Made with ssh-keygen for this test and used nowhere else. The comment gives the private section four bytes of
 * padding. */
static const char openssh_private_key[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
                                          "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
                                          "QyNTUxOQAAACDHqaE4xmazrwQcATeHM7Li3FS+ayOmY2D79fB3KYINQAAAAJhYa/zSWGv8\n"
                                          "0gAAAAtzc2gtZWQyNTUxOQAAACDHqaE4xmazrwQcATeHM7Li3FS+ayOmY2D79fB3KYINQA\n"
                                          "AAAEAKA0UgO633KmVuiHW8Uo6AQojQsOdCUDDM2mRWEM9IocepoTjGZrOvBBwBN4czsuLc\n"
                                          "VL5rI6ZjYPv18Hcpgg1AAAAAEnBsYXllckBleGFtcGxlLm9yZwECAw==\n"
                                          "-----END OPENSSH PRIVATE KEY-----\n";
static const char openssh_protected_key[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
                                            "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABAN4TbDwq\n"
                                            "UqzKMkBq3V+c7aAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAICjp4ezr8XKeQlRy\n"
                                            "GBNemuefAggIzy7KEiJDEf5ExxAtAAAAkOzHYat4zV23jJpzunMmxftZuonoSeXSGGfCqK\n"
                                            "eBSWiWh659Qk8pS6Tagmv7AM3RzVcgH5esAgI5LId2MUCKx5MsqC2tN5kWeTGdupyRlT6+\n"
                                            "pPWNMXZEbm9K9keXHB7INfLUlwh7/7xR4Bjbwinn8taQyUis3DL6IMMJR0LIwxbxEzTzoH\n"
                                            "qKpyPmMVh/1uvqVA==\n"
                                            "-----END OPENSSH PRIVATE KEY-----\n";
static const char openssh_ecdsa_key[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
                                        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAaAAAABNlY2RzYS\n"
                                        "1zaGEyLW5pc3RwMjU2AAAACG5pc3RwMjU2AAAAQQQ2cT0sCTdkw6D31+AJdTVfX2wHOU0l\n"
                                        "Xe7/qP16xBx47BVANBdRjTpwhnc9iJvKg4f7FGQI3+pivii9soE8NULsAAAAoJdxi2CXcY\n"
                                        "tgAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBDZxPSwJN2TDoPfX\n"
                                        "4Al1NV9fbAc5TSVd7v+o/XrEHHjsFUA0F1GNOnCGdz2Im8qDh/sUZAjf6mK+KL2ygTw1Qu\n"
                                        "wAAAAgE3TaJP3PkjB3qDS1Ngr77iY0wxginA9+GaDoqhOO9WIAAAABeAECAwQFBgc=\n"
                                        "-----END OPENSSH PRIVATE KEY-----\n";
static const char openssh_public_key[] =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMepoTjGZrOvBBwBN4czsuLcVL5rI6ZjYPv18Hcpgg1A player@example.org\n";
static const char openssh_seed[] = "0a0345203badf72a656e8875bc528e804288d0b0e7425030ccda645610cf48a1";

static json_t *vectors;

static int load_vectors(void **state)
{
    (void)state;
    vectors = vector_file_load(VECTOR_DIR "/wire-vectors.json");
    return 0;
}

static int drop_vectors(void **state)
{
    (void)state;
    json_decref(vectors);
    return 0;
}

/* RFC 4648 section 10. */
static void base64_known_answers(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const char *clear = pairs[i][0], *encoded = pairs[i][1];
        char text[16];
        uint8_t data[16];
        size_t length;
        assert_int_equal(base64_text_length(strlen(clear)), strlen(encoded));
        assert_true(base64_encode((const uint8_t *)clear, strlen(clear), text, strlen(encoded) + 1));
        assert_string_equal(text, encoded);
        assert_false(base64_encode((const uint8_t *)clear, strlen(clear), text, strlen(encoded)));
        assert_true(base64_decode(encoded, strlen(encoded), data, strlen(clear), &length));
        assert_int_equal(length, strlen(clear));
        assert_memory_equal(data, clear, length);
        if (length > 0)
            assert_false(base64_decode(encoded, strlen(encoded), data, length - 1, &length));
    }
}

static void base64_odd_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int length; /* negative: refused */
    } cases[] = {
        {" Zm9v\r\nYm\tFy\n", 6},
        {"Zg", 1},
        {"Zm8", 2},
        {"Zg=", -1},
        {"Zg===", -1},
        {"Z", -1},
        {"Zm9vY", -1},
        {"Zh==", -1},
        {"Zm9=", -1},
        {"=", -1},
        {"Zm9v=", -1},
        {"Zg==Zg==", -1},
        {"Zm9v!", -1},
        {"Zm9v-_==", -1},
        {"Zm9vYg= =", 4},
        {"====", -1},
        {"\xc3\xa4", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t data[16];
        size_t length = 99;
        bool read = base64_decode(cases[i].text, strlen(cases[i].text), data, sizeof data, &length);
        if (read != (cases[i].length >= 0) || (read && length != (size_t)cases[i].length))
            fail_msg("'%s': %s, %zu bytes", cases[i].text, read ? "read" : "refused", length);
    }
}

static void base64_round_trips(void **state)
{
    (void)state;
    uint8_t data[256], back[256];
    char text[400];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(255 - i);
    for (size_t length = 0; length <= sizeof data; length++) {
        size_t decoded;
        assert_true(base64_encode(data, length, text, sizeof text));
        assert_true(base64_decode(text, strlen(text), back, length, &decoded));
        assert_int_equal(decoded, length);
        assert_memory_equal(back, data, length);
    }
}

static void private_keys_match_the_vectors(void **state)
{
    (void)state;
    static const char *const names[] = {"root", "intermediate", "user"};
    for (size_t i = 0; i < 3; i++) {
        const json_t *key = vector_member(vector_member(vectors, "keys"), names[i]);
        const char *expected = vector_string(key, "private_pem");
        uint8_t seed[32], back[32];
        char text[PRIVATE_KEY_TEXT_SIZE];
        vector_exact(key, "private", seed, 32);
        assert_true(private_key_text_write(seed, text, sizeof text));
        assert_string_equal(text, expected);
        assert_true(private_key_text_read(expected, strlen(expected), back, NULL));
        assert_memory_equal(back, seed, 32);
        assert_false(private_key_text_write(seed, text, strlen(expected)));
        assert_true(private_key_text_write(seed, text, strlen(expected) + 1));
    }
}

static void public_keys_match_the_vectors(void **state)
{
    (void)state;
    static const char *const names[] = {"root", "intermediate", "user"};
    for (size_t i = 0; i < 3; i++) {
        const json_t *key = vector_member(vector_member(vectors, "keys"), names[i]);
        const char *expected = vector_string(key, "authorized_keys");
        uint8_t public_key[32], back[32];
        char comment[40], text[PUBLIC_KEY_TEXT_SIZE];
        vector_exact(key, "public", public_key, 32);
        snprintf(comment, sizeof comment, "ID%llu", (unsigned long long)crypto_key_id(public_key));
        assert_true(public_key_text_write(public_key, comment, text, sizeof text));
        assert_string_equal(text, expected);
        assert_true(public_key_text_read(text, strlen(text), back, NULL));
        assert_memory_equal(back, public_key, 32);
        assert_true(public_key_text_write(public_key, NULL, text, sizeof text));
        assert_true(public_key_text_read(text, strlen(text), back, NULL));
        assert_memory_equal(back, public_key, 32);
        assert_false(public_key_text_write(public_key, "two\nlines", text, sizeof text));
        assert_false(public_key_text_write(public_key, comment, text, strlen(expected)));
    }
}

static void files_of_openssh_are_read(void **state)
{
    (void)state;
    uint8_t seed[32], expected[32], public_key[32], derived[32];
    const char *error = NULL;
    vector_unhex(openssh_seed, expected, 32);
    assert_true(private_key_text_read(openssh_private_key, strlen(openssh_private_key), seed, &error));
    assert_memory_equal(seed, expected, 32);
    assert_true(public_key_text_read(openssh_public_key, strlen(openssh_public_key), public_key, &error));
    assert_true(crypto_ed25519_public(seed, derived));
    assert_memory_equal(derived, public_key, 32);

    const uint8_t zero[32] = {0};
    assert_false(private_key_text_read(openssh_protected_key, strlen(openssh_protected_key), seed, &error));
    assert_non_null(strstr(error, "passphrase"));
    assert_memory_equal(seed, zero, 32);
    assert_false(private_key_text_read(openssh_ecdsa_key, strlen(openssh_ecdsa_key), seed, &error));
    assert_non_null(strstr(error, "not an Ed25519 key"));
    assert_false(private_key_text_read(openssh_public_key, strlen(openssh_public_key), seed, &error));
    assert_non_null(strstr(error, "no OPENSSH PRIVATE KEY"));
}

/* Any change of the binary structure, other than in the comment, the check numbers and what is not used, is refused;
 * and none reads outside the text (which the sanitizer sees). */
static void damaged_private_keys(void **state)
{
    (void)state;
    struct pem_block block;
    uint8_t container[512], copy[512], seed[32], expected[32];
    char text[1024];
    size_t length;
    vector_unhex(openssh_seed, expected, 32);
    assert_true(pem_find(openssh_private_key, strlen(openssh_private_key), "OPENSSH PRIVATE KEY", &block));
    assert_true(base64_decode(block.body, block.body_length, container, sizeof container, &length));

    size_t refused = 0;
    for (size_t i = 0; i < length; i++) {
        memcpy(copy, container, length);
        copy[i] ^= 1;
        assert_true(pem_write(copy, length, "OPENSSH PRIVATE KEY", 72, "\n", text, sizeof text));
        const char *error = NULL;
        if (private_key_text_read(text, strlen(text), seed, &error))
            assert_memory_equal(seed, expected, 32);
        else {
            assert_non_null(error);
            refused++;
        }
    }
    assert_true(refused >= length - strlen("player@example.org"));
    for (size_t cut = 0; cut < length; cut++) {
        assert_true(pem_write(container, cut, "OPENSSH PRIVATE KEY", 72, "\n", text, sizeof text));
        bool read = private_key_text_read(text, strlen(text), seed, NULL);
        assert_false(read);
    }
    for (size_t cut = 0; cut < strlen(openssh_private_key) - 6; cut++)
        assert_false(private_key_text_read(openssh_private_key, cut, seed, NULL));
}

static void damaged_public_keys(void **state)
{
    (void)state;
    uint8_t key[32];
    static const char *const lines[] = {
        "",
        " \r\n",
        "ssh-ed25519",
        "ssh-ed25519 ",
        "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIMepoTjGZrOvBBwBN4czsuLcVL5rI6ZjYPv18Hcpgg1A",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMepoTjGZrOvBBwBN4czsuLcVL5rI6ZjYPv18Hcpgg1",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMepoTjGZrOvBBwBN4czsuLcVL5rI6ZjYPv18Hcpgg1AAAAA",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAH8epoTjGZrOvBBwBN4czsuLcVL5rI6ZjYPv18Hcpgg1A",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5/////8epoTjGZrOvBBwBN4czsuLcVL5rI6ZjYPv18Hcpgg1A",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE4AAAAIMepoTjGZrOvBBwBN4czsuLcVL5rI6ZjYPv18Hcpgg1A",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const char *error = NULL;
        if (public_key_text_read(lines[i], strlen(lines[i]), key, &error))
            fail_msg("'%s' was read", lines[i]);
        assert_non_null(error);
    }
    const char *good = "  ssh-ed25519\tAAAAC3NzaC1lZDI1NTE5AAAAIMepoTjGZrOvBBwBN4czsuLcVL5rI6ZjYPv18Hcpgg1A \r\n";
    assert_true(public_key_text_read(good, strlen(good), key, NULL));
}

static void certificates_match_the_vectors(void **state)
{
    (void)state;
    const json_t *list = vector_member(vector_member(vectors, "certificates"), "list");
    assert_true(json_array_size(list) > 0);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        const char *expected = vector_string(entry, "pem");
        uint8_t message[1024], back[1024];
        char text[2048];
        size_t length = vector_bytes(entry, "signed_cert", message, sizeof message), read, rest_length;
        const char *rest;
        assert_int_equal(certificate_text_size(length), strlen(expected) + 1);
        assert_true(certificate_text_write(message, length, text, strlen(expected) + 1));
        assert_string_equal(text, expected);
        assert_false(certificate_text_write(message, length, text, strlen(expected)));
        assert_true(
            certificate_text_read(expected, strlen(expected), back, sizeof back, &read, &rest, &rest_length, NULL));
        assert_int_equal(read, length);
        assert_memory_equal(back, message, length);
        assert_int_equal(rest_length, 1); /* the last line end */
        assert_false(certificate_text_read(rest, rest_length, back, sizeof back, &read, NULL, NULL, NULL));
        assert_false(certificate_text_read(expected, strlen(expected), back, length - 1, &read, NULL, NULL, NULL));
        assert_int_equal(read, 0);
    }
}

static void certificate_text_is_read_leniently(void **state)
{
    (void)state;
    static const char *const good[] = {
        "-----BEGIN STEAMDATAGRAM CERT-----\nZm9v\n-----END STEAMDATAGRAM CERT-----\n",
        "-----BEGIN STEAMDATAGRAM CERT-----\r\nZm9v\r\n-----END STEAMDATAGRAM CERT-----\r\n",
        "-begin steamdatagram cert-\nZm9v\n-END SteamDatagram Cert-",
        "a comment - with dashes --\n--- BEGIN STEAMDATAGRAM CERT ---\nZm9v\n---- END STEAMDATAGRAM CERT --",
        "-----BEGIN OTHER-----\nAAAA\n-----END OTHER-----\n-----BEGIN STEAMDATAGRAM CERT-----Zm9v-----END "
        "STEAMDATAGRAM "
        "CERT-----",
    };
    static const char *const bad[] = {
        "",
        "-",
        "-----BEGIN STEAMDATAGRAM CERT-----",
        "-----BEGIN STEAMDATAGRAM CERT-----\nZm9v\n",
        "-----BEGIN STEAMDATAGRAM CERT-----\nZm9v\n-----END STEAMDATAGRAM",
        "-----BEGIN STEAMDATAGRAM CERT\nZm9v\n-----END STEAMDATAGRAM CERT-----",
        "-----BEGIN STEAMDATAGRAM CERTS-----\nZm9v\n-----END STEAMDATAGRAM CERTS-----",
        "-----BEGIN STEAMDATAGRAM CERT-----\nZm9v*\n-----END STEAMDATAGRAM CERT-----",
        "-----BEGIN STEAMDATAGRAM CERT-----\nZm9v\n-----END OTHER-----",
        "BEGIN STEAMDATAGRAM CERT\nZm9v\nEND STEAMDATAGRAM CERT",
    };
    uint8_t message[16];
    size_t length;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!certificate_text_read(good[i], strlen(good[i]), message, sizeof message, &length, NULL, NULL, NULL))
            fail_msg("refused: %s", good[i]);
        assert_int_equal(length, 3);
        assert_memory_equal(message, "foo", 3);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *error = NULL;
        if (certificate_text_read(bad[i], strlen(bad[i]), message, sizeof message, &length, NULL, NULL, &error))
            fail_msg("read: %s", bad[i]);
        assert_non_null(error);
    }
}

static void several_certificates_in_one_text(void **state)
{
    (void)state;
    char text[512];
    uint8_t message[16];
    size_t used = 0;
    for (uint8_t i = 0; i < 3; i++) {
        memset(message, i, sizeof message);
        assert_true(certificate_text_write(message, 10u + i, text + used, sizeof text - used));
        used += strlen(text + used);
    }
    const char *at = text;
    size_t left = used, length;
    for (uint8_t i = 0; i < 3; i++) {
        assert_true(certificate_text_read(at, left, message, sizeof message, &length, &at, &left, NULL));
        assert_int_equal(length, 10u + i);
        assert_int_equal(message[0], i);
    }
    assert_false(certificate_text_read(at, left, message, sizeof message, &length, NULL, NULL, NULL));
}

static void x25519_text(void **state)
{
    (void)state;
    uint8_t key[32], back[32];
    char text[X25519_TEXT_SIZE], odd[X25519_TEXT_SIZE + 4];
    for (size_t i = 0; i < 32; i++)
        key[i] = (uint8_t)(i * 37 + 0xa0);
    assert_true(x25519_text_write(key, text, sizeof text));
    assert_false(x25519_text_write(key, text, sizeof text - 1));
    assert_int_equal(strlen(text), 64);
    assert_int_equal(strspn(text, "0123456789ABCDEF"), 64);
    assert_memory_equal(text, "A0C5", 4);
    assert_true(x25519_text_read(text, 64, back));
    assert_memory_equal(back, key, 32);
    assert_false(x25519_text_read(text, 63, back));
    snprintf(odd, sizeof odd, " %s\r\n", text);
    odd[1] = 'a';
    assert_true(x25519_text_read(odd, strlen(odd), back));
    assert_memory_equal(back, key, 32);
    odd[7] = 'G';
    assert_false(x25519_text_read(odd, strlen(odd), back));
    snprintf(odd, sizeof odd, "%s00", text);
    assert_false(x25519_text_read(odd, strlen(odd), back));
    snprintf(odd, sizeof odd, "%s 0", text);
    assert_false(x25519_text_read(odd, strlen(odd), back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_known_answers),
        cmocka_unit_test(base64_odd_forms),
        cmocka_unit_test(base64_round_trips),
        cmocka_unit_test(private_keys_match_the_vectors),
        cmocka_unit_test(public_keys_match_the_vectors),
        cmocka_unit_test(files_of_openssh_are_read),
        cmocka_unit_test(damaged_private_keys),
        cmocka_unit_test(damaged_public_keys),
        cmocka_unit_test(certificates_match_the_vectors),
        cmocka_unit_test(certificate_text_is_read_leniently),
        cmocka_unit_test(several_certificates_in_one_text),
        cmocka_unit_test(x25519_text),
    };
    return cmocka_run_group_tests_name("key_text", tests, load_vectors, drop_vectors);
}
