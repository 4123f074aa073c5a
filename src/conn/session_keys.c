#include "conn/session_keys.h"

#include "wire/limits.h"

#include <string.h>

static bool derive(struct session_keys *keys, const struct session_transcript *t, const uint8_t *premaster,
                   uint8_t *prk, uint8_t *block)
{
    static const char label[] = "Steam datagram"; /* without its terminator (protocol 10.3) */
    uint8_t salt[16], ids[8], counter;
    struct crypto_part salt_part = {salt, sizeof salt};
    /* T(n-1) || info || n; the first part is empty for T1 */
    struct crypto_part parts[] = {
        {block, 0},
        {ids, sizeof ids},
        {label, sizeof label - 1},
        {t->server_certificate.data, t->server_certificate.length},
        {t->client_certificate.data, t->client_certificate.length},
        {t->server_crypt.data, t->server_crypt.length},
        {t->client_crypt.data, t->client_crypt.length},
        {&counter, 1},
    };
    struct {
        uint8_t *out;
        size_t size;
    } outputs[] = {
        {keys->client_to_server_key, sizeof keys->client_to_server_key},
        {keys->server_to_client_key, sizeof keys->server_to_client_key},
        {keys->client_to_server_iv, sizeof keys->client_to_server_iv},
        {keys->server_to_client_iv, sizeof keys->server_to_client_iv},
    };

    store_u64(salt, t->server_nonce);
    store_u64(salt + 8, t->client_nonce);
    store_u32(ids, t->client_id);
    store_u32(ids + 4, t->server_id);

    /* Key and message are exchanged against RFC 5869 in this step (protocol 10.3, 20.4). */
    if (!crypto_hmac_sha256(premaster, CRYPTO_DIGEST_SIZE, &salt_part, 1, prk))
        return false;
    for (counter = 1; counter <= 4; counter++) {
        if (!crypto_hmac_sha256(prk, CRYPTO_DIGEST_SIZE, parts, sizeof parts / sizeof parts[0], block))
            return false;
        memcpy(outputs[counter - 1].out, block, outputs[counter - 1].size);
        parts[0].length = CRYPTO_DIGEST_SIZE;
    }
    return true;
}

bool session_keys_derive(struct session_keys *keys, const struct session_transcript *transcript,
                         const uint8_t own_private[CRYPTO_KEY_SIZE], const uint8_t peer_public[CRYPTO_KEY_SIZE])
{
    uint8_t shared[CRYPTO_KEY_SIZE], premaster[CRYPTO_DIGEST_SIZE], prk[CRYPTO_DIGEST_SIZE], block[CRYPTO_DIGEST_SIZE];
    bool ok = crypto_x25519(own_private, peer_public, shared) && crypto_sha256(shared, sizeof shared, premaster) &&
              derive(keys, transcript, premaster, prk, block);

    crypto_wipe(shared, sizeof shared);
    crypto_wipe(premaster, sizeof premaster);
    crypto_wipe(prk, sizeof prk);
    crypto_wipe(block, sizeof block);
    return ok;
}

int session_ciphers(int unencrypted, uint32_t ciphers[2])
{
    switch (unencrypted) {
    case 1:
        ciphers[0] = CIPHER_AES_256_GCM;
        ciphers[1] = CIPHER_NONE;
        return 2;
    case 2:
        ciphers[0] = CIPHER_NONE;
        ciphers[1] = CIPHER_AES_256_GCM;
        return 2;
    case 3:
        ciphers[0] = CIPHER_NONE;
        return 1;
    default:
        ciphers[0] = CIPHER_AES_256_GCM;
        return 1;
    }
}

static bool offers(const struct crypt_info *info, uint32_t cipher)
{
    if (info->cipher_count == 0)
        return cipher == CIPHER_AES_256_GCM;
    for (uint32_t i = 0; i < info->cipher_count; i++)
        if (info->ciphers[i] == cipher)
            return true;
    return false;
}

uint32_t session_choose_cipher(int unencrypted, const struct crypt_info *client)
{
    uint32_t own[2];
    int count = session_ciphers(unencrypted, own);

    for (int i = 0; i < count; i++)
        if (offers(client, own[i]))
            return own[i];
    return 0;
}
