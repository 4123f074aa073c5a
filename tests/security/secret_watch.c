#include "secret_watch.h"

#include "base/siphash.h"
#include "base/time.h"
#include "conn/listener.h"
#include "crypto/base64.h"
#include "crypto/crypto.h"
#include "crypto/packet_cipher.h"
#include "fumarole/fumarole.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum {
    WINDOW = 16, /* so many bytes in a row of a secret are a find */
    STEP = 8,    /* windows begin at every 8th byte of a secret */
    WINDOWS_MAXIMUM = 1 << 16,
    BUCKETS = 1 << 16,
    REGIONS_MAXIMUM = 8,
    FINDS_SHOWN = 20,
    MASK = 0x5a,
};

/* ---- what is looked for ------------------------------------------------------------------------------------------ */

struct window {
    uint8_t masked[WINDOW];
    uint8_t kind;
    int next; /* in its bucket; -1: none */
};

static struct window *windows;
static int window_count;
static int *buckets;
static int secrets[4];

static unsigned bucket_of(const uint8_t *masked)
{
    uint64_t word;

    memcpy(&word, masked, sizeof word);
    return (unsigned)((word * 0x9e3779b97f4a7c15u) >> 48);
}

static bool is_dull(const uint8_t *masked)
{
    int different = 0;

    for (int i = 1; i < WINDOW; i++)
        different += masked[i] != masked[0];
    return different < WINDOW / 2;
}

static bool is_known(const uint8_t *masked, uint8_t kinds)
{
    for (int i = buckets[bucket_of(masked)]; i >= 0; i = windows[i].next)
        if (windows[i].kind & kinds && memcmp(windows[i].masked, masked, WINDOW) == 0)
            return true;
    return false;
}

static void remember_masked(uint8_t kind, const uint8_t *masked, size_t length)
{
    for (size_t at = 0; at + WINDOW <= length; at += STEP) {
        if (is_dull(masked + at) || is_known(masked + at, kind))
            continue;
        if (window_count == WINDOWS_MAXIMUM)
            abort();
        struct window *window = &windows[window_count];
        unsigned bucket = bucket_of(masked + at);
        memcpy(window->masked, masked + at, WINDOW);
        window->kind = kind;
        window->next = buckets[bucket];
        buckets[bucket] = window_count++;
    }
}

/* The base64 form depends on where in a group of three bytes the secret begins. */
static void remember_base64(uint8_t kind, const uint8_t *secret, size_t length)
{
    for (size_t shift = 0; shift < 3; shift++) {
        char text[128];
        size_t take = (length - shift) / 3 * 3;
        if (base64_text_length(take) >= sizeof text || !base64_encode(secret + shift, take, text, sizeof text))
            continue;
        for (size_t i = 0; text[i]; i++)
            text[i] ^= MASK;
        /* Lines may end anywhere, so that the windows are at every place. */
        for (size_t at = 0; at < 4; at++)
            remember_masked(kind, (uint8_t *)text + at, base64_text_length(take) - at);
        crypto_wipe(text, sizeof text);
    }
}

static void remember_hexadecimal(uint8_t kind, const uint8_t *secret, size_t length, const char *digits)
{
    uint8_t masked[256];

    for (size_t i = 0; i < length && 2 * i + 1 < sizeof masked; i++) {
        masked[2 * i] = (uint8_t)(digits[secret[i] >> 4] ^ MASK);
        masked[2 * i + 1] = (uint8_t)(digits[secret[i] & 15] ^ MASK);
    }
    remember_masked(kind, masked, 2 * length < sizeof masked ? 2 * length : sizeof masked);
}

void secret_watch_remember(enum secret_kind kind, const void *secret, size_t length)
{
    uint8_t masked[128];
    int before = window_count;

    if (!windows || length < WINDOW || length > sizeof masked)
        return;
    for (size_t i = 0; i < length; i++)
        masked[i] = ((const uint8_t *)secret)[i] ^ MASK;
    remember_masked((uint8_t)kind, masked, length);
    if (window_count == before)
        return;
    secrets[kind]++;
    remember_base64((uint8_t)kind, secret, length);
    remember_hexadecimal((uint8_t)kind, secret, length, "0123456789abcdef");
    remember_hexadecimal((uint8_t)kind, secret, length, "0123456789ABCDEF");
}

int secret_watch_count(enum secret_kind kind)
{
    return kind == SECRET_OF_ANY ? secrets[1] + secrets[2] : secrets[kind];
}

/* Offset of the first known window from `from` on, or length. */
__attribute__((no_sanitize("address", "thread"))) static size_t find(const uint8_t *memory, size_t from, size_t length,
                                                                     uint8_t kinds)
{
    for (size_t at = from; at + WINDOW <= length; at++) {
        uint8_t masked[WINDOW];
        uint64_t word;

        __builtin_memcpy(&word, memory + at, sizeof word);
        word ^= 0x0101010101010101u * MASK;
        if (buckets[(word * 0x9e3779b97f4a7c15u) >> 48] < 0)
            continue;
        for (int i = 0; i < WINDOW; i++)
            masked[i] = memory[at + i] ^ MASK;
        if (is_known(masked, kinds))
            return at;
    }
    return length;
}

bool secret_watch_in_text(const char *text, size_t length)
{
    return find((const uint8_t *)text, 0, length, SECRET_OF_ANY) < length;
}

/* ---- blocks ------------------------------------------------------------------------------------------------------ */

struct block {
    struct block *next, *previous;
    size_t size;
    void *owner;
    uint64_t pad;
    uint8_t bytes[] __attribute__((aligned(16)));
};

static struct block live = {.next = &live, .previous = &live}, freed = {.next = &freed, .previous = &freed};
static long until_failure;
static bool has_failed;

static void link_block(struct block *list, struct block *block)
{
    block->next = list->next;
    block->previous = list;
    list->next->previous = block;
    list->next = block;
}

static void *take(size_t size, void *owner)
{
    struct block *block;

    if (until_failure > 0 && --until_failure == 0) {
        has_failed = true;
        return NULL;
    }
    block = malloc(sizeof *block + (size ? size : 1));
    if (!block)
        return NULL;
    block->size = size;
    block->owner = owner;
    link_block(&live, block);
    return block->bytes;
}

static void give(void *memory)
{
    struct block *block;

    if (!memory)
        return;
    block = (struct block *)((uint8_t *)memory - offsetof(struct block, bytes));
    block->next->previous = block->previous;
    block->previous->next = block->next;
    link_block(&freed, block);
}

static void *resize(void *memory, size_t size, void *owner)
{
    void *resized = take(size, owner);

    if (resized && memory) {
        const struct block *old = (const struct block *)((uint8_t *)memory - offsetof(struct block, bytes));
        memcpy(resized, memory, old->size < size ? old->size : size);
        give(memory);
    }
    return resized;
}

static void *library_take(size_t size)
{
    return take(size, __builtin_return_address(0));
}

static void *library_resize(void *memory, size_t size)
{
    return resize(memory, size, __builtin_return_address(0));
}

static void *openssl_take(size_t size, const char *file, int line)
{
    (void)line;
    return take(size, (void *)file);
}

static void *openssl_resize(void *memory, size_t size, const char *file, int line)
{
    (void)line;
    return resize(memory, size, (void *)file);
}

static void openssl_give(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    give(memory);
}

void secret_watch_install(void)
{
    if (CRYPTO_set_mem_functions(openssl_take, openssl_resize, openssl_give) != 1) {
        fprintf(stderr, "OpenSSL has allocated memory already\n");
        abort();
    }
    SteamNetworkingSockets_SetCustomMemoryAllocator(library_take, give, library_resize);
    windows = malloc(sizeof *windows * WINDOWS_MAXIMUM);
    buckets = malloc(sizeof *buckets * BUCKETS);
    if (!windows || !buckets)
        abort();
    memset(buckets, 0xff, sizeof *buckets * BUCKETS);
}

bool secret_watch_is_slow(void)
{
    return SANITIZED;
}

void secret_watch_forget(void)
{
    while (freed.next != &freed) {
        struct block *block = freed.next;
        freed.next = block->next;
        block->next->previous = &freed;
        free(block);
    }
    window_count = 0;
    memset(secrets, 0, sizeof secrets);
    memset(buckets, 0xff, sizeof *buckets * BUCKETS);
}

void secret_watch_fail_allocation(long n)
{
    until_failure = n;
    has_failed = false;
}

bool secret_watch_failed(void)
{
    return has_failed;
}

/* ---- searching --------------------------------------------------------------------------------------------------- */

static struct {
    const void *memory;
    size_t length;
} regions[REGIONS_MAXIMUM];
static int region_count;

void secret_watch_region(const void *memory, size_t length)
{
    if (region_count == REGIONS_MAXIMUM)
        abort();
    regions[region_count].memory = memory;
    regions[region_count++].length = length;
}

static int search(const void *memory, size_t length, uint8_t kinds, const char *what, const void *owner,
                  const char *when)
{
    int finds = 0;

    for (size_t at = 0; (at = find(memory, at, length, kinds)) < length; at += WINDOW) {
        if (++finds <= FINDS_SHOWN)
            fprintf(stderr, "%s: a secret at offset %zu of %zu bytes of %s (%p, from %p)\n", when, at, length, what,
                    memory, owner);
    }
    return finds;
}

static int search_blocks(const struct block *list, uint8_t kinds, const char *what, const char *when)
{
    int finds = 0;

    for (const struct block *block = list->next; block != list; block = block->next)
        finds += search(block->bytes, block->size, kinds, what, block->owner, when);
    return finds;
}

int secret_watch_search_regions(enum secret_kind kind, const char *when)
{
    int finds = 0;

    for (int i = 0; i < region_count; i++)
        finds += search(regions[i].memory, regions[i].length, (uint8_t)kind, "a stack", NULL, when);
    return finds;
}

int secret_watch_search(enum secret_kind kind, bool in_use, const char *when)
{
    int finds = search_blocks(&freed, (uint8_t)kind, "a freed block", when);

    if (in_use)
        finds += search_blocks(&live, (uint8_t)kind, "a block in use", when);
    return finds + secret_watch_search_regions(kind, when);
}

int secret_watch_search_process(enum secret_kind kind, const char *when)
{
    char line[512];
    int finds = 0;
    FILE *maps = SANITIZED ? NULL : fopen("/proc/self/maps", "r");

    while (maps && fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        char rights[5];

        if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) == 3 && strncmp(rights, "rw", 2) == 0) {
            line[strcspn(line, "\n")] = 0;
            finds += search((const void *)from, to - from, (uint8_t)kind, line, NULL, when);
        }
    }
    if (maps)
        fclose(maps);
    return finds;
}

/* ---- where secrets pass ------------------------------------------------------------------------------------------ */

static int64_t clock_advance;

void secret_watch_advance_clock(int64_t advance)
{
    clock_advance += advance;
}

microseconds __real_clock_now(void);
microseconds __wrap_clock_now(void);

microseconds __wrap_clock_now(void)
{
    return __real_clock_now() + clock_advance;
}

bool __real_crypto_x25519_public(const uint8_t *private_key, uint8_t *public_key);
bool __wrap_crypto_x25519_public(const uint8_t *private_key, uint8_t *public_key);
bool __real_crypto_x25519(const uint8_t *private_key, const uint8_t *peer, uint8_t *shared);
bool __wrap_crypto_x25519(const uint8_t *private_key, const uint8_t *peer, uint8_t *shared);
bool __real_crypto_hmac_sha256(const void *key, size_t key_length, const struct crypto_part *parts, size_t part_count,
                               uint8_t *code);
bool __wrap_crypto_hmac_sha256(const void *key, size_t key_length, const struct crypto_part *parts, size_t part_count,
                               uint8_t *code);
bool __real_packet_cipher_init(struct packet_cipher *cipher, enum packet_cipher_use use, const uint8_t *key,
                               const uint8_t *iv);
bool __wrap_packet_cipher_init(struct packet_cipher *cipher, enum packet_cipher_use use, const uint8_t *key,
                               const uint8_t *iv);
bool __real_crypto_ed25519_public(const uint8_t *seed, uint8_t *public_key);
bool __wrap_crypto_ed25519_public(const uint8_t *seed, uint8_t *public_key);
bool __real_crypto_ed25519_sign(const uint8_t *seed, const void *message, size_t length, uint8_t *signature);
bool __wrap_crypto_ed25519_sign(const uint8_t *seed, const void *message, size_t length, uint8_t *signature);
uint64_t __real_siphash(const uint8_t *key, const void *data, size_t length);
uint64_t __wrap_siphash(const uint8_t *key, const void *data, size_t length);

bool __wrap_crypto_x25519_public(const uint8_t *private_key, uint8_t *public_key)
{
    secret_watch_remember(SECRET_OF_SESSION, private_key, CRYPTO_KEY_SIZE);
    return __real_crypto_x25519_public(private_key, public_key);
}

bool __wrap_crypto_x25519(const uint8_t *private_key, const uint8_t *peer, uint8_t *shared)
{
    bool done = __real_crypto_x25519(private_key, peer, shared);

    secret_watch_remember(SECRET_OF_SESSION, shared, CRYPTO_KEY_SIZE);
    return done;
}

/* Premaster secret, pseudo-random key and the four blocks of the expansion. */
bool __wrap_crypto_hmac_sha256(const void *key, size_t key_length, const struct crypto_part *parts, size_t part_count,
                               uint8_t *code)
{
    bool done = __real_crypto_hmac_sha256(key, key_length, parts, part_count, code);

    secret_watch_remember(SECRET_OF_SESSION, key, key_length);
    secret_watch_remember(SECRET_OF_SESSION, code, CRYPTO_DIGEST_SIZE);
    return done;
}

bool __wrap_packet_cipher_init(struct packet_cipher *cipher, enum packet_cipher_use use, const uint8_t *key,
                               const uint8_t *iv)
{
    secret_watch_remember(SECRET_OF_SESSION, key, CRYPTO_CIPHER_KEY_SIZE);
    return __real_packet_cipher_init(cipher, use, key, iv);
}

bool __wrap_crypto_ed25519_public(const uint8_t *seed, uint8_t *public_key)
{
    secret_watch_remember(SECRET_OF_LIBRARY, seed, CRYPTO_KEY_SIZE);
    return __real_crypto_ed25519_public(seed, public_key);
}

bool __wrap_crypto_ed25519_sign(const uint8_t *seed, const void *message, size_t length, uint8_t *signature)
{
    secret_watch_remember(SECRET_OF_LIBRARY, seed, CRYPTO_KEY_SIZE);
    return __real_crypto_ed25519_sign(seed, message, length, signature);
}

/* The keys of challenges and of hash tables that peers could fill. */
uint64_t __wrap_siphash(const uint8_t *key, const void *data, size_t length)
{
    secret_watch_remember(SECRET_OF_LIBRARY, key, SIPHASH_KEY_SIZE);
    return __real_siphash(key, data, length);
}
