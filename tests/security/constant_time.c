/*
 * Compares secrets, with valgrind told that they are undefined: it then reports every branch and every address that
 * depends on them. constant_time.sh runs this under valgrind and expects silence, except from the planted comparisons,
 * which are of the kind that must not be.
 *
 *   constant_time             everything that must take the same time whatever the secret is
 *   constant_time planted N   comparison N of those that must be reported
 */
#include "base/siphash.h"
#include "conn/challenge.h"
#include "crypto/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

enum { LENGTH = 64 };

static volatile int sink;

/* What a comparison comes to may be known; only how it came to it may not. */
static bool publish(bool result)
{
    VALGRIND_MAKE_MEM_DEFINED(&result, sizeof result);
    return result;
}

static void expect(bool found, bool expected, const char *what)
{
    if (publish(found) == expected)
        return;
    fprintf(stderr, "wrong result: %s\n", what);
    exit(2);
}

static void compare_buffers(void)
{
    uint8_t secret[LENGTH], other[LENGTH];

    for (size_t length = 1; length <= LENGTH; length++) {
        for (size_t at = 0; at <= length; at += 7) {
            for (size_t i = 0; i < length; i++)
                secret[i] = other[i] = (uint8_t)(i * 31 + length);
            if (at < length)
                other[at] ^= 0x80;
            VALGRIND_MAKE_MEM_UNDEFINED(secret, length);
            expect(crypto_equal(secret, other, length), at >= length, "crypto_equal");
        }
    }
}

static void check_challenges(void)
{
    const microseconds now = 5000000;
    SteamNetworkingIPAddr address;
    uint8_t secret[SIPHASH_KEY_SIZE];
    uint64_t challenge;

    memset(&address, 7, sizeof address);
    for (int i = 0; i < SIPHASH_KEY_SIZE; i++)
        secret[i] = (uint8_t)(i * 17 + 5);
    VALGRIND_MAKE_MEM_UNDEFINED(secret, sizeof secret);
    challenge = challenge_make(secret, &address, now);
    VALGRIND_MAKE_MEM_DEFINED(&challenge, sizeof challenge); /* it is sent in the clear */
    expect(challenge_check(secret, &address, challenge, now), true, "a good challenge");
    for (int bit = 16; bit < 64; bit += 5)
        expect(challenge_check(secret, &address, challenge ^ UINT64_C(1) << bit, now), false, "a forged challenge");
    address.m_port++;
    expect(challenge_check(secret, &address, challenge, now), false, "a challenge of another address");
}

static void hash_keyed(void)
{
    uint8_t key[SIPHASH_KEY_SIZE], data[LENGTH] = {1};
    uint64_t sum = 0;

    memset(key, 9, sizeof key);
    VALGRIND_MAKE_MEM_UNDEFINED(key, sizeof key);
    VALGRIND_MAKE_MEM_UNDEFINED(data, sizeof data);
    for (size_t length = 0; length <= LENGTH; length++)
        sum += siphash(key, data, length);
    VALGRIND_MAKE_MEM_DEFINED(&sum, sizeof sum);
    sink = (int)sum;
}

/* Wiping reads nothing. */
static void wipe(void)
{
    uint8_t secret[LENGTH];

    VALGRIND_MAKE_MEM_UNDEFINED(secret, sizeof secret);
    crypto_wipe(secret, sizeof secret);
    expect(secret[0] == 0 && secret[LENGTH - 1] == 0, true, "crypto_wipe");
}

/* ---- what has to be noticed -------------------------------------------------------------------------------------- */

static void planted(int which)
{
    volatile uint8_t secret[LENGTH], other[LENGTH];
    static const uint8_t table[256] = {1, 2, 3};

    for (int i = 0; i < LENGTH; i++)
        secret[i] = other[i] = (uint8_t)i;
    VALGRIND_MAKE_MEM_UNDEFINED(secret, LENGTH);
    switch (which) {
    case 1: /* a comparison that stops at the first difference */
        for (int i = 0; i < LENGTH; i++) {
            if (secret[i] != other[i])
                break;
            sink++;
        }
        break;
    case 2: /* what a good comparison found decides, unpublished: as a comparison of two words with == does */
        if (crypto_equal((const void *)secret, (const void *)other, LENGTH))
            sink = 1;
        break;
    case 3: /* a table at a secret place */
        sink = table[secret[3]];
        break;
    default:
        exit(2);
    }
}

int main(int argc, char **argv)
{
    if (RUNNING_ON_VALGRIND == 0) {
        fprintf(stderr, "this has to run under valgrind\n");
        return 2;
    }
    if (argc == 3 && strcmp(argv[1], "planted") == 0) {
        planted(atoi(argv[2]));
        return 0;
    }
    compare_buffers();
    check_challenges();
    hash_keyed();
    wipe();
    return 0;
}
