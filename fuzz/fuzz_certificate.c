/*
 * Certificates, requests for them, and the key exchange information that a handshake carries, in binary. Whatever was
 * read must survive being written and read again.
 */
#include "fuzz/compare.h"
#include "fuzz/fuzz.h"

#include "cert/authority_store.h"
#include "cert/certificate_issue.h"
#include "cert/credentials.h"

enum {
    INPUT_MAXIMUM = 2304,
    /* Numbers that came packed take up to two bytes of tag and five of value each. */
    WRITTEN_MAXIMUM = INPUT_MAXIMUM + 8 * (CERTIFICATE_APPS_MAXIMUM + CERTIFICATE_POPS_MAXIMUM + CRYPT_CIPHERS_MAXIMUM),
};

static uint8_t written[WRITTEN_MAXIMUM], rewritten[WRITTEN_MAXIMUM];

static void check_body(const uint8_t *data, size_t size)
{
    static struct certificate_body body, again;
    struct byte_slice slice = {data, size};
    struct certificate certificate;
    char comment[512];
    enum certificate_outcome outcome = certificate_parse(&certificate, slice);
    if (!certificate_body_decode(&body, data, size)) {
        FUZZ_CHECK(outcome == CERTIFICATE_UNREADABLE);
        return;
    }
    FUZZ_CHECK(outcome != CERTIFICATE_UNREADABLE);
    size_t length = certificate_body_encode(&body, written, sizeof written);
    if (length) {
        FUZZ_CHECK(certificate_body_decode(&again, written, length) && same_certificate_body(&body, &again));
        FUZZ_CHECK(certificate_body_encode(&again, rewritten, sizeof rewritten) == length);
        FUZZ_CHECK(memcmp(written, rewritten, length) == 0);
        FUZZ_CHECK(certificate_body_encode(&body, rewritten, length - 1) == 0);
    }
    if (outcome != CERTIFICATE_READABLE)
        return;
    FUZZ_CHECK(certificate.app_count <= CERTIFICATE_APPS_MAXIMUM && certificate.pop_count <= CERTIFICATE_POPS_MAXIMUM);
    certificate_key_comment(&certificate, comment, sizeof comment);
    /* Whatever it says can be issued again, unless it has no key or an identity that is not to be written. */
    struct certificate_grant grant = certificate_grant_of(&certificate);
    struct certificate copy;
    length = certificate.has_key ? certificate_issue_body(&grant, written, sizeof written) : 0;
    if (length) {
        FUZZ_CHECK(certificate_parse(&copy, (struct byte_slice){written, length}) == CERTIFICATE_READABLE);
        FUZZ_CHECK(same_bytes(&copy, &certificate, sizeof copy));
    } else if (certificate.has_key) {
        FUZZ_CHECK(certificate.has_identity && !identity_is_serialisable(&certificate.identity));
    }
}

static void check_signed(const uint8_t *data, size_t size)
{
    struct signed_certificate message, again;
    if (!signed_certificate_decode(&message, data, size))
        return;
    for (int with_key = 0; with_key < 2; with_key++) {
        size_t length = signed_certificate_encode(&message, with_key, written, sizeof written);
        FUZZ_CHECK(length <= size);
        if (!length)
            continue;
        FUZZ_CHECK(signed_certificate_decode(&again, written, length) && same_signed_certificate(&message, &again));
        FUZZ_CHECK(again.has_private_key == (with_key && message.has_private_key));
        if (again.has_private_key)
            FUZZ_CHECK(same_slice(again.private_key, message.private_key));
        FUZZ_CHECK(signed_certificate_encode(&again, with_key, rewritten, sizeof rewritten) == length);
        FUZZ_CHECK(memcmp(written, rewritten, length) == 0);
    }
}

static void check_crypt_info(const uint8_t *data, size_t size)
{
    struct crypt_info info, again;
    if (!crypt_info_decode(&info, data, size))
        return;
    size_t length = crypt_info_encode(&info, written, sizeof written);
    if (!length)
        return;
    FUZZ_CHECK(crypt_info_decode(&again, written, length) && same_crypt_info(&info, &again));
    FUZZ_CHECK(crypt_info_encode(&again, rewritten, sizeof rewritten) == length);
    FUZZ_CHECK(memcmp(written, rewritten, length) == 0);
}

static void check_signed_crypt(const uint8_t *data, size_t size)
{
    struct signed_crypt crypt, again;
    if (!signed_crypt_decode(&crypt, data, size))
        return;
    size_t length = signed_crypt_encode(&crypt, written, sizeof written);
    FUZZ_CHECK(length <= size);
    if (!length)
        return;
    FUZZ_CHECK(signed_crypt_decode(&again, written, length) && same_signed_crypt(&crypt, &again));
    FUZZ_CHECK(signed_crypt_encode(&again, rewritten, sizeof rewritten) == length);
    FUZZ_CHECK(memcmp(written, rewritten, length) == 0);
}

static void check_request(const uint8_t *data, size_t size)
{
    struct certificate wanted;
    struct byte_slice body, again;
    if (certificate_request_decode(&body, data, size)) {
        size_t length = certificate_request_encode(body, written, sizeof written);
        FUZZ_CHECK(length > 0 && length <= size);
        FUZZ_CHECK(certificate_request_decode(&again, written, length) && same_slice(body, again));
    }
    certificate_request_parse(&wanted, data, size);
}

/* What the holder of a certificate does with it. Its private key never leaves. */
static void check_credentials(const uint8_t *data, size_t size)
{
    static const uint8_t seed[CRYPTO_KEY_SIZE] = {1};
    struct signed_certificate sent;
    const char *error = NULL;
    struct credentials *credentials = credentials_from_message(data, size, seed, &error);
    if (!credentials) {
        FUZZ_CHECK(error);
        return;
    }
    FUZZ_CHECK(signed_certificate_decode(&sent, credentials->message, credentials->message_length));
    FUZZ_CHECK(!sent.has_private_key && same_slice(sent.body, credentials->body));
    credentials_free(credentials);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > INPUT_MAXIMUM)
        return 0;
    check_body(data, size);
    check_signed(data, size);
    check_crypt_info(data, size);
    check_signed_crypt(data, size);
    check_request(data, size);
    check_credentials(data, size);
    return 0;
}
