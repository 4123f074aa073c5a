/*
 * Secrets are wiped: after whole lives of the library nothing that was secret is found in a freed block, on the stack
 * of the thread that did the work, or anywhere in the process; nor are a connection's secrets once it is gone while
 * the library runs on. The same when memory runs out at every place on the way. And none is ever in the debug output.
 */
#include "secret_watch.h"

#include "../temporary_directory.h"
#include "../unit/api/fixture.h"

#include "cert/certificate_issue.h"
#include "conn/session_keys.h"
#include "crypto/crypto.h"
#include "crypto/key_text.h"
#include "net/os_random.h"
#include "session/local_authority.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define S(name, ...) SteamAPI_ISteamNetworkingSockets_##name(sockets, ##__VA_ARGS__)
#define U(name, ...) SteamAPI_ISteamNetworkingUtils_##name(utils, ##__VA_ARGS__)

enum {
    STACK_SIZE = 384 * 1024,
    AFTER_FIN_WAIT = 20 * 1000 * 1000, /* microseconds: every connection that was closed is gone */
    ROUNDS = 3000,
    PATIENCE_MS = 400,
    LOG_SIZE = 8 * 1024 * 1024,
    OFTEN = 7, /* one in so many of OpenSSL's many allocations fails */
};

static char home[] = "/tmp/fumarole-secrets-XXXXXX";
static void *stack;

/* ---- a thread with a stack that can be looked at ----------------------------------------------------------------- */

static sem_t to_main, to_thread;
static bool thread_ended;
static int stack_finds;

static void *call(void *argument)
{
    void (**function)(void) = argument;

    (*function)();
    thread_ended = true;
    sem_post(&to_main);
    return NULL;
}

/* To be called where nothing that is secret is in use on this thread: the main thread looks at its stack, which a
 * search on this thread would overwrite. */
static void look_at_stack(void)
{
    sem_post(&to_main);
    sem_wait(&to_thread);
}

static void run_on_stack(void (*function)(void))
{
    pthread_attr_t attributes;
    pthread_t thread;

    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK_SIZE), 0);
    thread_ended = false;
    assert_int_equal(pthread_create(&thread, &attributes, call, &function), 0);
    while (sem_wait(&to_main) == 0 && !thread_ended) {
        stack_finds += secret_watch_search_regions(SECRET_OF_ANY, "after a call");
        sem_post(&to_thread);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
}

/* ---- the parts of a life; each call may fail --------------------------------------------------------------------- */

static struct link pair;
static bool accepted;
static char *log_text;
static size_t log_length;

static void note_status(SteamNetConnectionStatusChangedCallback_t *event)
{
    fixture_note_event(event);
    if (event->m_info.m_hListenSocket && event->m_eOldState == NONE) {
        pair.server = event->m_hConn;
        accepted = S(AcceptConnection, event->m_hConn) == k_EResultOK;
        look_at_stack();
    }
}

static void note_log(ESteamNetworkingSocketsDebugOutputType type, const char *text)
{
    size_t length = strlen(text);

    (void)type;
    if (log_text && log_length + length + 2 < LOG_SIZE) {
        memcpy(log_text + log_length, text, length);
        log_length += length;
        log_text[log_length++] = '\n';
    }
}

static bool begin(void)
{
    static const ESteamNetworkingConfigValue details[] = {
        k_ESteamNetworkingConfig_LogLevel_AckRTT,        k_ESteamNetworkingConfig_LogLevel_PacketDecode,
        k_ESteamNetworkingConfig_LogLevel_Message,       k_ESteamNetworkingConfig_LogLevel_PacketGaps,
        k_ESteamNetworkingConfig_LogLevel_P2PRendezvous,
    };
    SteamNetworkingIdentity identity;

    SteamNetworkingSockets_SetManualPollMode(true);
    memset(&identity, 0, sizeof(identity));
    assert_true(SteamAPI_SteamNetworkingIdentity_ParseString(&identity, sizeof(identity), "str:keeper"));
    utils = SteamAPI_SteamNetworkingUtils_v003();
    if (!GameNetworkingSockets_Init(&identity, NULL))
        return false;
    sockets = SteamAPI_SteamNetworkingSockets_v009();
    utils = SteamAPI_SteamNetworkingUtils_v003();
    U(SetDebugOutputFunction, k_ESteamNetworkingSocketsDebugOutputType_Everything, note_log);
    for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
        int32 level = k_ESteamNetworkingSocketsDebugOutputType_Everything;
        U(SetConfigValue, details[i], k_ESteamNetworkingConfig_Global, 0, k_ESteamNetworkingConfig_Int32, &level);
    }
    U(SetGlobalCallback_SteamNetConnectionStatusChanged, note_status);
    look_at_stack();
    S(InitAuthentication);
    look_at_stack();
    forget_events();
    memset(&pair, 0, sizeof(pair));
    accepted = false;
    return true;
}

#define poll_until(condition, milliseconds)                                                                            \
    do {                                                                                                               \
        int64 poll_deadline = milliseconds_now() + (milliseconds);                                                     \
                                                                                                                       \
        while (run_callbacks(), !(condition) && milliseconds_now() < poll_deadline)                                    \
            SteamNetworkingSockets_Poll(5);                                                                            \
    } while (0)

static bool meet(int patience)
{
    SteamNetworkingIPAddr any_port = loopback(0);

    pair.listener = Fumarole_CreateListenSocketIPAnyPort(&any_port, 0, NULL);
    if (!pair.listener || !S(GetListenSocketAddress, pair.listener, &pair.address))
        return false;
    pair.client = S(ConnectByIPAddress, &pair.address, 0, NULL);
    look_at_stack();
    if (!pair.client)
        return false;
    poll_until(state_of(pair.client) != CONNECTING || secret_watch_failed(), patience);
    if (secret_watch_failed())
        poll_until(state_of(pair.client) != CONNECTING, PATIENCE_MS);
    return state_of(pair.client) == CONNECTED;
}

static bool talk(void)
{
    static const char text[] = "nothing that is secret";
    SteamNetworkingMessage_t *message = NULL;

    if (S(SendMessageToConnection, pair.client, text, sizeof(text), RELIABLE_NOW, NULL) != k_EResultOK)
        return false;
    poll_until(S(ReceiveMessagesOnConnection, pair.server, &message, 1) > 0,
               secret_watch_failed() ? PATIENCE_MS : 9000);
    if (message)
        release(message);
    return message != NULL;
}

/* Closes both ends; when it returns nothing is left of them. */
static void part(void)
{
    look_at_stack();
    S(CloseConnection, pair.client, 0, "enough", false);
    S(CloseConnection, pair.server, 0, "enough", false);
    for (int i = 0; i < 4; i++) {
        run_callbacks();
        SteamNetworkingSockets_Poll(0);
        secret_watch_advance_clock(AFTER_FIN_WAIT);
    }
    SteamNetworkingSockets_Poll(0);
}

/* A certificate with its private key, as an application has it from a file; what the test has of it is wiped. */
static bool install_certificate(bool spoil)
{
    uint8_t authority[CRYPTO_KEY_SIZE], seed[CRYPTO_KEY_SIZE], public_key[CRYPTO_KEY_SIZE];
    uint8_t message[CERTIFICATE_MESSAGE_SIZE], installable[CERTIFICATE_MESSAGE_SIZE];
    uint32_t app = 0;
    struct certificate_grant grant = {.key = public_key, .apps = &app, .app_count = 1};
    SteamNetworkingIdentity identity;
    bool done = false;
    size_t length;

    assert_true(SteamAPI_SteamNetworkingIdentity_ParseString(&identity, sizeof(identity), "str:keeper"));
    for (int i = 0; i < CRYPTO_KEY_SIZE; i++) {
        seed[i] = (uint8_t)(i * 37 + 11);
        authority[i] = (uint8_t)(i * 59 + 3);
    }
    grant.identity = &identity;
    grant.created = (uint32_t)time(NULL) - 100;
    grant.expiry = grant.created + 100000;
    if (crypto_ed25519_public(seed, public_key) &&
        (length = certificate_issue(&grant, authority, message, sizeof(message))) > 0 &&
        (length = certificate_attach_private_key(message, length, seed, installable, sizeof(installable))) > 0) {
        SteamNetworkingErrMsg error;

        if (spoil) /* in the middle of the certificate: it is for another key then */
            installable[60] ^= 1;
        done = S(SetCertificate, installable, (int)length, error);
    }
    crypto_wipe(seed, sizeof(seed));
    crypto_wipe(authority, sizeof(authority));
    crypto_wipe(installable, sizeof(installable));
    return done;
}

static void look(enum secret_kind kind, bool live, const char *when)
{
    assert_int_equal(secret_watch_search(kind, live, when), 0);
}

/* ---- lives ------------------------------------------------------------------------------------------------------- */

static void live_and_let_go(void)
{
    SteamNetworkingIdentity other;

    assert_true(begin());
    for (int i = 0; i < 3; i++) {
        assert_true(meet(9000));
        assert_true(talk());
        part();
        S(CloseListenSocket, pair.listener);
        SteamNetworkingSockets_Poll(0);
        look(SECRET_OF_SESSION, true, "connections gone, the library running");
        assert_true(install_certificate(false));
        assert_false(install_certificate(true));
    }
    memset(&other, 0, sizeof(other));
    assert_true(SteamAPI_SteamNetworkingIdentity_ParseString(&other, sizeof(other), "str:somebody"));
    S(ResetIdentity, &other);
    assert_true(meet(9000));
    GameNetworkingSockets_Kill(); /* with everything open */
}

/* What lies under the key of a session is there while the connection is, and is found. */
static void be_found(void)
{
    assert_true(begin());
    assert_true(meet(9000));
    assert_true(secret_watch_search(SECRET_OF_SESSION, true, "as it must be") > 0);
    GameNetworkingSockets_Kill();
}

static void refuse(void)
{
    SteamNetworkingConfigValue_t options[] = {int_option(k_ESteamNetworkingConfig_Unencrypted, 3)};
    SteamNetworkingIPAddr any_port = loopback(0);

    assert_true(begin());
    /* No cipher in common: the server fails when it accepts. */
    pair.listener = Fumarole_CreateListenSocketIPAnyPort(&any_port, 0, NULL);
    assert_true(S(GetListenSocketAddress, pair.listener, &pair.address));
    pair.client = S(ConnectByIPAddress, &pair.address, 1, options);
    poll_until(state_of(pair.client) != CONNECTING, 9000);
    assert_int_equal(state_of(pair.client), CLOSED_BY_PEER);
    /* Not accepted in time, and given up by the client. */
    pair.client = S(ConnectByIPAddress, &pair.address, 0, NULL);
    SteamNetworkingSockets_Poll(1);
    S(CloseConnection, pair.client, 0, NULL, false);
    part();
    look(SECRET_OF_SESSION, true, "connections refused");
    GameNetworkingSockets_Kill();
}

static void whole_lives_leave_no_secret(void **state)
{
    void (*const lives[])(void) = {live_and_let_go, refuse, live_and_let_go};

    (void)state;
    for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
        run_on_stack(lives[i]);
        assert_true(secret_watch_count(SECRET_OF_SESSION) > 0);
        assert_true(secret_watch_count(SECRET_OF_LIBRARY) > 2);
        look(SECRET_OF_ANY, true, "the library has stopped");
        assert_int_equal(secret_watch_search_process(SECRET_OF_ANY, "the library has stopped"), 0);
        secret_watch_forget();
    }
    assert_int_equal(stack_finds, 0);
}

static void secrets_in_use_are_found(void **state)
{
    (void)state;
    run_on_stack(be_found);
    secret_watch_forget();
}

/* ---- failures ---------------------------------------------------------------------------------------------------- */

static long failing;
static bool came_so_far;

static void fail_on_the_way(void)
{
    secret_watch_fail_allocation(failing);
    if (begin()) {
        if (meet(9000) && talk())
            install_certificate(false);
        part();
        GameNetworkingSockets_Kill();
    }
    came_so_far = secret_watch_failed();
    secret_watch_fail_allocation(0);
}

static void failures_leave_no_secret(void **state)
{
    int finds = 0, rounds = 0;

    (void)state;
    came_so_far = true;
    for (failing = 1; came_so_far && rounds < ROUNDS; failing += failing < 40             ? 1
                                                                 : secret_watch_is_slow() ? 15 * OFTEN
                                                                                          : OFTEN,
        rounds++) {
        char when[64];

        run_on_stack(fail_on_the_way);
        snprintf(when, sizeof(when), "after the failure of allocation %ld", failing);
        finds += secret_watch_search(SECRET_OF_ANY, true, when);
        secret_watch_forget();
    }
    print_message("%d rounds, up to allocation %ld\n", rounds, failing);
    assert_int_equal(finds, 0);
    assert_int_equal(stack_finds, 0);
    assert_false(came_so_far);
}

/* ---- the parts that are reached only with inputs of one's own -----------------------------------------------------
 */

static void derive_badly(void)
{
    static const uint8_t low_order[CRYPTO_KEY_SIZE] = {0};
    struct session_keys keys;
    struct session_transcript transcript = {.client_id = 1};
    uint8_t own[CRYPTO_KEY_SIZE], peer[CRYPTO_KEY_SIZE];

    for (int i = 0; i < CRYPTO_KEY_SIZE; i++)
        own[i] = (uint8_t)(i * 71 + 29);
    assert_false(session_keys_derive(&keys, &transcript, own, low_order));
    assert_true(crypto_x25519_public(own, peer));
    assert_true(session_keys_derive(&keys, &transcript, own, peer));
    crypto_wipe(&keys, sizeof(keys));
    crypto_wipe(own, sizeof(own));
}

static void derivation_leaves_no_secret(void **state)
{
    (void)state;
    run_on_stack(derive_badly);
    assert_true(secret_watch_count(SECRET_OF_SESSION) >= 6);
    look(SECRET_OF_ANY, true, "keys derived");
    secret_watch_forget();
}

/* A private key on its way to a file and back. */
static void keep_key(void)
{
    char text[PRIVATE_KEY_TEXT_SIZE], error[LOCAL_AUTHORITY_ERROR_SIZE], directory[128];
    struct local_authority authority;
    uint8_t seed[CRYPTO_KEY_SIZE];

    for (int i = 0; i < CRYPTO_KEY_SIZE; i++)
        seed[i] = (uint8_t)(i * 83 + 7);
    assert_true(private_key_text_write(seed, text, sizeof(text)));
    crypto_wipe(seed, sizeof(seed));
    crypto_wipe(text, sizeof(text));
    look_at_stack();
    snprintf(directory, sizeof(directory), "%s/another", home);
    for (int i = 0; i < 2; i++) { /* makes it, reads it */
        assert_true(local_authority_open(&authority, directory, os_random(), error));
        local_authority_close(&authority);
        look_at_stack();
    }
}

static void key_files_leave_no_secret(void **state)
{
    (void)state;
    stack_finds = 0;
    run_on_stack(keep_key);
    assert_true(secret_watch_count(SECRET_OF_LIBRARY) >= 2);
    assert_int_equal(stack_finds, 0);
    look(SECRET_OF_ANY, true, "keys written and read");
    secret_watch_forget();
}

/* ---- the debug output -------------------------------------------------------------------------------------------- */

static void logs_contain_no_secret(void **state)
{
    (void)state;
    log_text = calloc(1, LOG_SIZE);
    log_length = 0;
    assert_non_null(log_text);
    run_on_stack(live_and_let_go);
    assert_true(log_length > 1000);
    assert_false(secret_watch_in_text(log_text, log_length));
    secret_watch_forget();
    free(log_text);
    log_text = NULL;
}

/* A text with a key in each of the forms is recognised. */
static void secrets_in_text_are_found(void **state)
{
    static const char *const texts[] = {
        "a key 0b30557a9fc4e90e33587da2c7ec11365b80a5caef14395e83a8cdf2173c6186 in small letters",
        "a key 0B30557A9FC4E90E33587DA2C7EC11365B80A5CAEF14395E83A8CDF2173C6186 in large ones",
        "CzBVep/E6Q4zWH2ix+wRNluApcrvFDleg6jN8hc8YYY=",
        "xwswVXqfxOkOM1h9osfsETZbgKXK7xQ5XoOozfIXPGGG",
    };
    uint8_t key[CRYPTO_KEY_SIZE];

    (void)state;
    for (int i = 0; i < CRYPTO_KEY_SIZE; i++)
        key[i] = (uint8_t)(i * 37 + 11);
    secret_watch_remember(SECRET_OF_LIBRARY, key, sizeof(key));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_true(secret_watch_in_text(texts[i], strlen(texts[i])));
    assert_false(secret_watch_in_text("a text without any of that, but long enough to hold it all the same", 60));
    secret_watch_forget();
}

/* ---- */

static int set_up(void **state)
{
    (void)state;
    stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED)
        return -1;
    secret_watch_region(stack, STACK_SIZE);
    sem_init(&to_main, 0, 0);
    sem_init(&to_thread, 0, 0);
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
        cmocka_unit_test(secrets_in_text_are_found), cmocka_unit_test(derivation_leaves_no_secret),
        cmocka_unit_test(secrets_in_use_are_found),  cmocka_unit_test(whole_lives_leave_no_secret),
        cmocka_unit_test(failures_leave_no_secret),  cmocka_unit_test(logs_contain_no_secret),
        cmocka_unit_test(key_files_leave_no_secret),
    };

    secret_watch_install();
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
