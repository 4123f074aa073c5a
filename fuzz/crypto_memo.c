/*
 * The public-key operations of crypto/crypto.h with a memory: a target that makes and checks signatures does so with
 * few keys and often over the same bytes, and each operation takes longer than all the rest of an input together.
 * Linked in front of the real functions with --wrap; the results are the real ones.
 *
 * An entry is found only if function and inputs are the same to the byte. A signature that was made here is remembered
 * as good for its key as well. One hit in so many is computed again and compared, so that a wrong memory is noticed.
 */
#include "crypto/crypto.h"
#include "fuzz/fuzz.h"

#include <string.h>

enum operation {
    NOTHING,
    X25519_PUBLIC,
    X25519_AGREE,
    ED25519_PUBLIC,
    ED25519_SIGN,
    ED25519_VERIFY,
};

enum {
    ENTRIES = 4096, /* a newer one takes the place of an older one with the same hash */
    INPUT_MAXIMUM = 2 * CRYPTO_KEY_SIZE + CRYPTO_SIGNATURE_SIZE + 640,
    COMPARED_HITS = 512, /* one in so many */
};

struct entry {
    uint16_t length;
    uint8_t operation;
    bool result;
    uint8_t input[INPUT_MAXIMUM];
    uint8_t output[CRYPTO_SIGNATURE_SIZE];
};

static struct entry entries[ENTRIES];
static unsigned long hits;

bool __real_crypto_x25519_public(const uint8_t private_key[CRYPTO_KEY_SIZE], uint8_t public_key[CRYPTO_KEY_SIZE]);
bool __real_crypto_x25519(const uint8_t private_key[CRYPTO_KEY_SIZE], const uint8_t peer_public_key[CRYPTO_KEY_SIZE],
                          uint8_t shared[CRYPTO_KEY_SIZE]);
bool __real_crypto_ed25519_public(const uint8_t seed[CRYPTO_KEY_SIZE], uint8_t public_key[CRYPTO_KEY_SIZE]);
bool __real_crypto_ed25519_sign_pair(const uint8_t seed[CRYPTO_KEY_SIZE], const uint8_t public_key[CRYPTO_KEY_SIZE],
                                     const void *message, size_t length, uint8_t signature[CRYPTO_SIGNATURE_SIZE]);
bool __real_crypto_ed25519_verify(const uint8_t public_key[CRYPTO_KEY_SIZE], const void *message, size_t length,
                                  const uint8_t signature[CRYPTO_SIGNATURE_SIZE]);
bool __wrap_crypto_x25519_public(const uint8_t private_key[CRYPTO_KEY_SIZE], uint8_t public_key[CRYPTO_KEY_SIZE]);
bool __wrap_crypto_x25519(const uint8_t private_key[CRYPTO_KEY_SIZE], const uint8_t peer_public_key[CRYPTO_KEY_SIZE],
                          uint8_t shared[CRYPTO_KEY_SIZE]);
bool __wrap_crypto_ed25519_public(const uint8_t seed[CRYPTO_KEY_SIZE], uint8_t public_key[CRYPTO_KEY_SIZE]);
bool __wrap_crypto_ed25519_sign(const uint8_t seed[CRYPTO_KEY_SIZE], const void *message, size_t length,
                                uint8_t signature[CRYPTO_SIGNATURE_SIZE]);
bool __wrap_crypto_ed25519_sign_pair(const uint8_t seed[CRYPTO_KEY_SIZE], const uint8_t public_key[CRYPTO_KEY_SIZE],
                                     const void *message, size_t length, uint8_t signature[CRYPTO_SIGNATURE_SIZE]);
bool __wrap_crypto_ed25519_verify(const uint8_t public_key[CRYPTO_KEY_SIZE], const void *message, size_t length,
                                  const uint8_t signature[CRYPTO_SIGNATURE_SIZE]);

/* The inputs of an operation, one after the other. */
struct question {
    enum operation operation;
    size_t length;
    bool too_long;
    uint64_t hash;
    uint8_t input[INPUT_MAXIMUM];
};

static void add(struct question *question, const void *data, size_t length)
{
    if (question->too_long || length > INPUT_MAXIMUM - question->length) {
        question->too_long = true;
        return;
    }
    if (length)
        memcpy(question->input + question->length, data, length);
    question->length += length;
}

static void hash(struct question *question)
{
    uint64_t value = UINT64_C(0x9e3779b97f4a7c15) * ((uint64_t)question->operation + question->length);
    size_t i = 0;
    for (; i + 8 <= question->length; i += 8) {
        uint64_t word;
        memcpy(&word, question->input + i, 8);
        value = (value ^ word) * UINT64_C(0xff51afd7ed558ccd);
        value ^= value >> 32;
    }
    for (; i < question->length; i++)
        value = (value ^ question->input[i]) * UINT64_C(0x100000001b3);
    question->hash = value ^ value >> 29;
}

static struct entry *place(struct question *question)
{
    hash(question);
    return &entries[question->hash % ENTRIES];
}

/* Where the answer is or, with `known` false, may be written; NULL when it cannot be remembered. */
static struct entry *look_up(struct question *question, bool *known)
{
    *known = false;
    if (question->too_long)
        return NULL;
    struct entry *entry = place(question);
    if (entry->operation == question->operation && entry->length == question->length &&
        memcmp(entry->input, question->input, question->length) == 0) {
        *known = true;
        return entry;
    }
    return entry;
}

static void remember(struct entry *entry, const struct question *question, bool result, const uint8_t *output,
                     size_t length)
{
    if (!entry)
        return;
    entry->operation = (uint8_t)question->operation;
    entry->length = (uint16_t)question->length;
    entry->result = result;
    memcpy(entry->input, question->input, question->length);
    if (length)
        memcpy(entry->output, output, length);
}

/* A hit that is computed again all the same. */
static bool compare_this_one(void)
{
    return ++hits % COMPARED_HITS == 0;
}

static bool key_operation(struct question *question, uint8_t output[CRYPTO_KEY_SIZE],
                          bool (*compute)(const struct question *question, uint8_t *output))
{
    bool known, result;
    struct entry *entry = look_up(question, &known);
    if (!known) {
        result = compute(question, output);
        remember(entry, question, result, output, CRYPTO_KEY_SIZE);
        return result;
    }
    memcpy(output, entry->output, CRYPTO_KEY_SIZE);
    result = entry->result;
    if (compare_this_one()) {
        uint8_t again[CRYPTO_KEY_SIZE];
        FUZZ_CHECK(compute(question, again) == result && memcmp(again, output, sizeof again) == 0);
    }
    return result;
}

static bool compute_x25519_public(const struct question *question, uint8_t *output)
{
    return __real_crypto_x25519_public(question->input, output);
}

static bool compute_x25519(const struct question *question, uint8_t *output)
{
    return __real_crypto_x25519(question->input, question->input + CRYPTO_KEY_SIZE, output);
}

static bool compute_ed25519_public(const struct question *question, uint8_t *output)
{
    return __real_crypto_ed25519_public(question->input, output);
}

bool __wrap_crypto_x25519_public(const uint8_t private_key[CRYPTO_KEY_SIZE], uint8_t public_key[CRYPTO_KEY_SIZE])
{
    struct question question;
    question.operation = X25519_PUBLIC, question.length = 0, question.too_long = false;
    add(&question, private_key, CRYPTO_KEY_SIZE);
    return key_operation(&question, public_key, compute_x25519_public);
}

bool __wrap_crypto_x25519(const uint8_t private_key[CRYPTO_KEY_SIZE], const uint8_t peer_public_key[CRYPTO_KEY_SIZE],
                          uint8_t shared[CRYPTO_KEY_SIZE])
{
    struct question question;
    question.operation = X25519_AGREE, question.length = 0, question.too_long = false;
    add(&question, private_key, CRYPTO_KEY_SIZE);
    add(&question, peer_public_key, CRYPTO_KEY_SIZE);
    return key_operation(&question, shared, compute_x25519);
}

bool __wrap_crypto_ed25519_public(const uint8_t seed[CRYPTO_KEY_SIZE], uint8_t public_key[CRYPTO_KEY_SIZE])
{
    struct question question;
    question.operation = ED25519_PUBLIC, question.length = 0, question.too_long = false;
    add(&question, seed, CRYPTO_KEY_SIZE);
    return key_operation(&question, public_key, compute_ed25519_public);
}

bool __wrap_crypto_ed25519_verify(const uint8_t public_key[CRYPTO_KEY_SIZE], const void *message, size_t length,
                                  const uint8_t signature[CRYPTO_SIGNATURE_SIZE])
{
    struct question question;
    bool known, result;
    question.operation = ED25519_VERIFY, question.length = 0, question.too_long = false;
    add(&question, public_key, CRYPTO_KEY_SIZE);
    add(&question, signature, CRYPTO_SIGNATURE_SIZE);
    add(&question, message, length);
    struct entry *entry = look_up(&question, &known);
    if (known && !compare_this_one())
        return entry->result;
    result = __real_crypto_ed25519_verify(public_key, message, length, signature);
    if (known)
        FUZZ_CHECK(entry->result == result);
    remember(entry, &question, result, NULL, 0);
    return result;
}

static void remember_as_good(const uint8_t *public_key, const void *message, size_t length, const uint8_t *signature)
{
    struct question question;
    bool known;
    question.operation = ED25519_VERIFY, question.length = 0, question.too_long = false;
    add(&question, public_key, CRYPTO_KEY_SIZE);
    add(&question, signature, CRYPTO_SIGNATURE_SIZE);
    add(&question, message, length);
    struct entry *entry = look_up(&question, &known);
    if (!known)
        remember(entry, &question, true, NULL, 0);
}

/* Signatures are determined by seed and message, so both functions share their entries. */
bool __wrap_crypto_ed25519_sign_pair(const uint8_t seed[CRYPTO_KEY_SIZE], const uint8_t public_key[CRYPTO_KEY_SIZE],
                                     const void *message, size_t length, uint8_t signature[CRYPTO_SIGNATURE_SIZE])
{
    struct question question;
    bool known, result;
    uint8_t real_public_key[CRYPTO_KEY_SIZE];
    FUZZ_CHECK(__wrap_crypto_ed25519_public(seed, real_public_key) &&
               memcmp(public_key, real_public_key, CRYPTO_KEY_SIZE) == 0);
    question.operation = ED25519_SIGN, question.length = 0, question.too_long = false;
    add(&question, seed, CRYPTO_KEY_SIZE);
    add(&question, message, length);
    struct entry *entry = look_up(&question, &known);
    if (known && !compare_this_one()) {
        memcpy(signature, entry->output, CRYPTO_SIGNATURE_SIZE);
    } else {
        result = __real_crypto_ed25519_sign_pair(seed, public_key, message, length, signature);
        FUZZ_CHECK(result);
        FUZZ_CHECK(!known || memcmp(signature, entry->output, CRYPTO_SIGNATURE_SIZE) == 0);
        remember(entry, &question, true, signature, CRYPTO_SIGNATURE_SIZE);
    }
    remember_as_good(public_key, message, length, signature);
    return true;
}

bool __wrap_crypto_ed25519_sign(const uint8_t seed[CRYPTO_KEY_SIZE], const void *message, size_t length,
                                uint8_t signature[CRYPTO_SIGNATURE_SIZE])
{
    uint8_t public_key[CRYPTO_KEY_SIZE];
    FUZZ_CHECK(__wrap_crypto_ed25519_public(seed, public_key));
    return __wrap_crypto_ed25519_sign_pair(seed, public_key, message, length, signature);
}
