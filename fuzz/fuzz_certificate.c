/*
 * Certificates, requests for them, and the key exchange information that a handshake carries, in binary.
 */
#include "fuzz/fuzz.h"

#include "cert/authority_store.h"
#include "cert/certificate_issue.h"
#include "cert/credentials.h"

static void check_signed(const uint8_t *data, size_t size)
{
    struct signed_certificate message, again;
    struct certificate certificate;
    uint8_t written[CERTIFICATE_MESSAGE_SIZE];
    if (!signed_certificate_decode(&message, data, size))
        return;
    size_t length = signed_certificate_encode(&message, false, written, sizeof written);
    FUZZ_CHECK(length <= sizeof written);
    if (length) {
        FUZZ_CHECK(signed_certificate_decode(&again, written, length));
        FUZZ_CHECK(!again.has_private_key);
        FUZZ_CHECK(again.body.length == message.body.length);
    }
    struct authority_store *store = authority_store_new();
    FUZZ_CHECK(store);
    authority_store_add(store, data, size, true);
    if (message.has_body && certificate_parse(&certificate, message.body) == CERTIFICATE_READABLE)
        authority_store_check_leaf(store, &message, &certificate, 1750000000);
    authority_store_free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certificate certificate;
    struct byte_slice body = {data, size};
    struct crypt_info info;
    struct signed_crypt crypt;
    char comment[512];
    check_signed(data, size);
    if (certificate_parse(&certificate, body) == CERTIFICATE_READABLE) {
        FUZZ_CHECK(certificate.app_count <= CERTIFICATE_APPS_MAXIMUM);
        FUZZ_CHECK(certificate.pop_count <= CERTIFICATE_POPS_MAXIMUM);
        certificate_key_comment(&certificate, comment, sizeof comment);
    }
    certificate_request_parse(&certificate, data, size);
    crypt_info_decode(&info, data, size);
    signed_crypt_decode(&crypt, data, size);
    credentials_free(credentials_from_message(data, size, NULL, NULL));
    return 0;
}
