/*
 * No randomness: the n-th request for random bytes fails, and all after it or that one alone, for every n through a
 * whole life of the library. Whatever needed the bytes fails in the way it is documented to, with a reason; nothing is
 * made of weak bytes, nothing waits, and what had its bytes goes on.
 *
 * getrandom and the device that stands in for it are the test's (--wrap).
 */
#include "../temporary_directory.h"
#include "../unit/api/fixture.h"

#include "crypto/crypto.h"
#include "net/os_random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#define S(name, ...) SteamAPI_ISteamNetworkingSockets_##name(sockets, ##__VA_ARGS__)

enum {
    PATIENCE_MS = 9000,
    LARGE = 100, /* bytes, more than what is kept in advance */
    SHORT_READ = 5,
};

/* ---- the kernel -------------------------------------------------------------------------------------------------- */

static long requests, fail_from, fail_count; /* requests from fail_from on fail, so many of them; 0: none */
static int get_errno = ENOSYS;
static bool device_works, short_reads, every_second_interrupted;

ssize_t __real_getrandom(void *buffer, size_t length, unsigned flags);
ssize_t __wrap_getrandom(void *buffer, size_t length, unsigned flags);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

ssize_t __wrap_getrandom(void *buffer, size_t length, unsigned flags)
{
    requests++;
    if (every_second_interrupted && requests % 2) {
        errno = EINTR;
        return -1;
    }
    if (fail_from && requests >= fail_from && requests - fail_from < fail_count) {
        errno = get_errno;
        return -1;
    }
    return __real_getrandom(buffer, short_reads && length > SHORT_READ ? SHORT_READ : length, flags);
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    unsigned mode;

    if (strcmp(path, "/dev/urandom") == 0 && !device_works) {
        errno = EMFILE;
        return -1;
    }
    va_start(arguments, flags);
    mode = flags & O_CREAT ? va_arg(arguments, unsigned) : 0;
    va_end(arguments);
    return __real_open(path, flags, mode);
}

static void fail_requests(long from, long count)
{
    requests = 0;
    fail_from = from;
    fail_count = count;
}

/* ---- keys that are made ------------------------------------------------------------------------------------------ */

static int weak_keys, keys_made;

bool __real_crypto_x25519_public(const uint8_t *private_key, uint8_t *public_key);
bool __wrap_crypto_x25519_public(const uint8_t *private_key, uint8_t *public_key);
bool __real_crypto_ed25519_public(const uint8_t *seed, uint8_t *public_key);
bool __wrap_crypto_ed25519_public(const uint8_t *seed, uint8_t *public_key);

static void judge_key(const uint8_t key[CRYPTO_KEY_SIZE])
{
    int different = 0;

    keys_made++;
    for (int i = 1; i < CRYPTO_KEY_SIZE; i++)
        different += key[i] != key[0];
    weak_keys += different < CRYPTO_KEY_SIZE / 2;
}

bool __wrap_crypto_x25519_public(const uint8_t *private_key, uint8_t *public_key)
{
    judge_key(private_key);
    return __real_crypto_x25519_public(private_key, public_key);
}

bool __wrap_crypto_ed25519_public(const uint8_t *seed, uint8_t *public_key)
{
    judge_key(seed);
    return __real_crypto_ed25519_public(seed, public_key);
}

/* ---- the source itself ------------------------------------------------------------------------------------------- */

static bool all_zero(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i])
            return false;
    return true;
}

/* Uses up what the source has in advance. */
static void drain(void)
{
    uint8_t bytes[32];
    long before = requests;

    while (requests == before)
        random_fill(os_random(), bytes, sizeof bytes);
    for (int i = 1; i < 512 / 32; i++)
        random_fill(os_random(), bytes, sizeof bytes);
}

static void refusals_are_told(void **state)
{
    uint8_t small[32], large[LARGE];

    (void)state;
    drain();
    fail_requests(1, 2);
    memset(small, 0xaa, sizeof small);
    memset(large, 0xaa, sizeof large);
    assert_false(random_secret(os_random(), small, sizeof small));
    assert_true(all_zero(small, sizeof small));
    assert_false(random_secret(os_random(), large, sizeof large));
    assert_true(all_zero(large, sizeof large));
    assert_true(random_secret(os_random(), small, sizeof small)); /* it works again */
    assert_false(all_zero(small, sizeof small));
    /* Choices that need not be secret end, too. */
    drain();
    fail_requests(1, 1000);
    assert_true(random_below(os_random(), 1000) < 1000);
    assert_true(random_below(os_random(), UINT64_MAX / 3 * 2) < UINT64_MAX / 3 * 2);
    fail_requests(0, 0);
}

static void short_answers_and_interruptions_are_made_up_for(void **state)
{
    uint8_t large[LARGE], again[LARGE];

    (void)state;
    short_reads = every_second_interrupted = true;
    drain();
    memset(large, 0, sizeof large);
    assert_true(random_secret(os_random(), large, sizeof large));
    assert_true(random_secret(os_random(), again, sizeof again));
    assert_memory_not_equal(large, again, sizeof large);
    for (int i = 0; i + 8 <= LARGE; i += 8)
        assert_false(all_zero(large + i, 8));
    every_second_interrupted = false;
    /* The first part of the bytes came, the rest does not: none are handed out. */
    fail_requests(3, 1000);
    assert_false(random_secret(os_random(), large, sizeof large));
    assert_true(all_zero(large, sizeof large));
    fail_requests(0, 0);
    short_reads = false;
}

static void the_device_stands_in(void **state)
{
    uint8_t large[LARGE];

    (void)state;
    device_works = true;
    fail_requests(1, 1000);
    memset(large, 0, sizeof large);
    assert_true(random_secret(os_random(), large, sizeof large));
    assert_false(all_zero(large, sizeof large));
    fail_requests(0, 0);
    device_works = false;
}

/* ---- the library ------------------------------------------------------------------------------------------------- */

static HSteamNetConnection accepted_connection;
static EResult accept_result;
static char request_error[k_cchMaxSteamNetworkingErrMsg];

static void note_status(SteamNetConnectionStatusChangedCallback_t *event)
{
    fixture_note_event(event);
    if (event->m_info.m_hListenSocket && event->m_eOldState == NONE) {
        accepted_connection = event->m_hConn;
        accept_result = S(AcceptConnection, event->m_hConn);
    }
}

/* Everything that draws: start, certificate request, listening, connecting, accepting, a pair, a message session.
 * Returns how far it came. */
static int live(void)
{
    SteamNetworkingIPAddr any_port = loopback(0), address;
    HSteamNetConnection client, ends[2];
    SteamNetworkingIdentity identity;
    HSteamListenSocket listener;
    SteamNetworkingErrMsg error = "";
    int64 deadline;
    int size = 0, steps = 0;

    memset(&identity, 0, sizeof identity);
    assert_true(SteamAPI_SteamNetworkingIdentity_ParseString(&identity, sizeof identity, "str:someone"));
    if (!GameNetworkingSockets_Init(&identity, error)) {
        assert_non_null(strstr(error, "random"));
        return 0;
    }
    sockets = SteamAPI_SteamNetworkingSockets_v009();
    utils = SteamAPI_SteamNetworkingUtils_v003();
    forget_log();
    forget_events();
    SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction(utils, k_ESteamNetworkingSocketsDebugOutputType_Verbose,
                                                          fixture_note_log);
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils, note_status);
    steps++;
    S(InitAuthentication);
    if (S(GetCertificateRequest, &size, NULL, request_error))
        steps++;
    else
        assert_non_null(strstr(request_error, "random"));
    listener = Fumarole_CreateListenSocketIPAnyPort(&any_port, 0, NULL);
    if (listener) {
        steps++;
        assert_true(S(GetListenSocketAddress, listener, &address));
        accepted_connection = 0;
        accept_result = k_EResultOK;
        client = S(ConnectByIPAddress, &address, 0, NULL);
        if (client) {
            steps++;
            deadline = milliseconds_now() + PATIENCE_MS;
            while (run_callbacks(), state_of(client) == CONNECTING && milliseconds_now() < deadline) {
                if (logged("ignored: ")) /* the server had no number for the connection: the client asks again */
                    break;
                Fumarole_Wait(20);
            }
            if (state_of(client) == CONNECTED) {
                SteamNetworkingMessage_t *message;

                steps++;
                assert_int_equal(send_text(client, "goes on", RELIABLE_NOW), k_EResultOK);
                message = receive_one(accepted_connection);
                release(message);
                assert_int_equal(info_of(client).m_nFlags & FLAG_UNENCRYPTED, 0);
            } else if (accepted_connection && accept_result != k_EResultOK) {
                assert_int_equal(accept_result, k_EResultFail);
                assert_true(logged("random"));
            } else {
                assert_true(logged("random"));
            }
        } else {
            assert_true(logged("random"));
        }
    } else {
        assert_true(logged("random"));
    }
    if (S(CreateSocketPair, &ends[0], &ends[1], true, NULL, NULL))
        steps++;
    GameNetworkingSockets_Kill();
    return steps;
}

static void fail_everywhere(long count)
{
    int complete, steps = 0;
    long n, all;

    fail_requests(0, 0);
    requests = 0;
    drain();
    requests = 0;
    complete = live();
    all = requests;
    assert_true(all > 0);
    for (n = 1; n <= all + 1; n++) {
        drain();
        fail_requests(n, count);
        weak_keys = 0;
        steps += live();
        assert_int_equal(weak_keys, 0);
    }
    fail_requests(0, 0);
    print_message("%ld requests, %d steps when all are answered, %d steps in all\n", all, complete, steps);
    assert_int_equal(live(), complete);
    assert_true(steps < complete * (int)all);
}

/* With one request of the kernel for every request of the library. */
static void a_life_with_one_failure(void **state)
{
    (void)state;
    fail_everywhere(1);
}

static void a_life_without_randomness_from_some_time_on(void **state)
{
    (void)state;
    fail_everywhere(1000000);
}

/* ---- every request of the library ---------------------------------------------------------------------------------
 * The source serves small requests from a buffer, so that the kernel is asked seldom. Here it is another source, and
 * each request counts. */

static long asked, refuse_from, refuse_count;

struct random_source *__real_os_random(void);
struct random_source *__wrap_os_random(void);

static bool picky_fill(struct random_source *source, void *buffer, size_t length)
{
    (void)source;
    asked++;
    if (refuse_from && asked >= refuse_from && asked - refuse_from < refuse_count) {
        memset(buffer, 0, length);
        return false;
    }
    return random_secret(__real_os_random(), buffer, length);
}

static bool picky;

struct random_source *__wrap_os_random(void)
{
    static struct random_source source = {.fill = picky_fill};

    return picky ? &source : __real_os_random();
}

static void refuse_everywhere(long count)
{
    int complete, fewer = 0;
    long all;

    picky = true;
    refuse_from = asked = 0;
    complete = live();
    all = asked;
    assert_true(all >= 10);
    for (long n = 1; n <= all; n++) {
        asked = 0;
        refuse_from = n;
        refuse_count = count;
        weak_keys = 0;
        fewer += live() < complete;
        assert_int_equal(weak_keys, 0);
    }
    refuse_from = 0;
    assert_int_equal(live(), complete);
    picky = false;
    print_message("%ld requests, %d of whose failures were felt\n", all, fewer);
    assert_true(fewer > all / 2);
}

static void each_request_fails_alone(void **state)
{
    (void)state;
    refuse_everywhere(1);
}

static void each_request_and_all_after_it_fail(void **state)
{
    (void)state;
    refuse_everywhere(1000000);
}

/* ---- */

static char home[] = "/tmp/fumarole-random-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return temporary_home_make(home);
}

static int tear_down(void **state)
{
    (void)state;
    return temporary_directory_remove(home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_are_told),
        cmocka_unit_test(short_answers_and_interruptions_are_made_up_for),
        cmocka_unit_test(the_device_stands_in),
        cmocka_unit_test(a_life_with_one_failure),
        cmocka_unit_test(a_life_without_randomness_from_some_time_on),
        cmocka_unit_test(each_request_fails_alone),
        cmocka_unit_test(each_request_and_all_after_it_fail),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
