/*
 * Certificates that are not good enough: wrong, expired, for another application or nobody, with a bad signature, none
 * at all. The end has the contract's reason and a sentence that a person understands; who may go without one is a
 * matter of the values 23 and 52.
 *
 * Client and server are two processes, each with the certificate, the trust and the time of day that a case gives it.
 */
#include "api/fixture.h"
#include "harness/forger.h"
#include "harness/process.h"
#include "harness/raw_socket.h"
#include "harness/runner.h"

#include "wire/control_messages.h"

#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define S(name, ...) SteamAPI_ISteamNetworkingSockets_##name(sockets, ##__VA_ARGS__)

enum {
    DAY = 86400,
    BAD_CERTIFICATE = k_ESteamNetConnectionEnd_Remote_BadCert,
    BAD_CRYPT = k_ESteamNetConnectionEnd_Remote_BadCrypt,
    TIMED_OUT = k_ESteamNetConnectionEnd_Misc_Timeout,
};

/* ---- the time of day, which the test may set: the library asks the C library, and finds this -------------------- */

static time_t day_offset; /* seconds */

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *result)
{
    int outcome = (int)syscall(SYS_clock_gettime, clock, result);

    if (outcome == 0 && clock == CLOCK_REALTIME)
        result->tv_sec += day_offset;
    return outcome;
}

/* ---- the two sides ---------------------------------------------------------------------------------------------- */

struct side {
    const char *identity;
    int allow, allow_localhost; /* values 23 and 52 */
    uint8_t trusts;             /* an authority; 0: none */
    bool certified;
    struct certificate_recipe recipe;
    uint32 app;
    time_t day_offset;
};

static struct side client_side, server_side;

static void usual_sides(void)
{
    const struct side usual = {
        .allow = 0, .allow_localhost = 0, .trusts = 1, .certified = true, .recipe = {.authority = 1, .lifetime = DAY}};

    client_side = server_side = usual;
    client_side.identity = "str:client";
    server_side.identity = "str:server";
}

static void install_certificate(const struct side *side)
{
    struct certificate_recipe recipe = side->recipe;
    struct forged_certificate certificate;
    SteamNetworkingErrMsg error = "";
    uint8_t request[512];
    int size = sizeof(request);

    assert_true(S(GetCertificateRequest, &size, request, error));
    recipe.request = request;
    recipe.request_size = size;
    recipe.app = side->app;
    certificate = issue_certificate(&recipe);
    if (!S(SetCertificate, certificate.bytes, (int)certificate.length, error))
        fail_msg("SetCertificate: %s", error);
}

static void begin_side(const struct side *side)
{
    SteamNetworkingErrMsg error;
    char text[FORGED_TEXT];

    day_offset = 0;
    Fumarole_SetAppID(side->app);
    if (side->trusts) {
        write_authority(side->trusts, text);
        assert_true(Fumarole_AddTrustedAuthority(text, error));
    }
    start_as(side->identity);
    if (side->certified)
        install_certificate(side);
    day_offset = side->day_offset;
}

static int options_of(const struct side *side, SteamNetworkingConfigValue_t options[3])
{
    options[0] = int_option(k_ESteamNetworkingConfig_IP_AllowWithoutAuth, side->allow);
    options[1] = int_option(k_ESteamNetworkingConfig_IPLocalHost_AllowWithoutAuth, side->allow_localhost);
    options[2] = int_option(k_ESteamNetworkingConfig_TimeoutInitial, 1500);
    return 3;
}

/* ---- the server ------------------------------------------------------------------------------------------------- */

/* Accepts whoever comes, says how that ends, and what it has ignored. */
static void serve(void **state)
{
    struct process *client = *state;
    SteamNetworkingConfigValue_t options[3];
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener;
    HSteamNetConnection connection = 0;
    struct FumaroleStatistics statistics = {.size = sizeof(statistics)};
    char question[LINE_MAXIMUM];

    begin_side(&server_side);
    listener = listen_with(options_of(&server_side, options), options, &address);
    tell(client, "%u", address.m_port);
    do {
        await(has_news(client) || (!connection && incoming(listener)));
        if (!connection && incoming(listener)) {
            connection = incoming(listener);
            S(AcceptConnection, connection);
        }
    } while (!has_news(client));
    hear(client, question);
    if (connection)
        await(state_of(connection) != CONNECTING &&
              (state_of(connection) != CONNECTED || strcmp(question, "over?") != 0));
    Fumarole_GetStatistics(&statistics);
    tell(client, "came %d flags %d reason %d refused %d warned %d", connection != 0, info_of(connection).m_nFlags,
         info_of(connection).m_eEndReason, (int)statistics.dropped_bad_credentials,
         logged("the peer is not authenticated"));
    tell(client, "%s.", info_of(connection).m_szEndDebug);
    tell(client, "%s",
         logged("no certificate from an authority") ? "none"
         : logged("has expired")                    ? "expired"
         : logged("not good for application")       ? "application"
         : logged("signature")                      ? "signature"
         : logged("does not say whose")             ? "nobody"
         : logged("unknown authority")              ? "unknown"
                                                    : "nothing");
    expect_to_hear(client, "end");
    stop(NULL);
}

/* ---- how it ends ------------------------------------------------------------------------------------------------ */

struct outcome {
    SteamNetConnectionInfo_t client;
    int came, server_flags, server_reason, refused, warned;
    char server_text[LINE_MAXIMUM], ignored[LINE_MAXIMUM];
    bool client_warned;
};

static struct process server;

static SteamNetworkingIPAddr start_server(void)
{
    char line[LINE_MAXIMUM];

    server = start_process("server", serve);
    hear(&server, line);
    return loopback((uint16)atoi(line));
}

static void ask_server(struct outcome *outcome)
{
    char line[LINE_MAXIMUM];

    tell(&server, outcome->client.m_eState == CONNECTED ? "what?" : "over?"); /* news of the end may be on its way */
    hear(&server, line);
    assert_int_equal(sscanf(line, "came %d flags %d reason %d refused %d warned %d", &outcome->came,
                            &outcome->server_flags, &outcome->server_reason, &outcome->refused, &outcome->warned),
                     5);
    hear(&server, outcome->server_text);
    hear(&server, outcome->ignored);
    tell(&server, "end");
    finish_process(&server);
}

static struct outcome meet(void)
{
    SteamNetworkingConfigValue_t options[3];
    SteamNetworkingIPAddr address = start_server();
    HSteamNetConnection connection;
    struct outcome outcome;

    begin_side(&client_side);
    connection = S(ConnectByIPAddress, &address, options_of(&client_side, options), options);
    assert_int_not_equal(connection, 0);
    await(state_of(connection) != CONNECTING);
    outcome.client = info_of(connection);
    outcome.client_warned = logged("the peer is not authenticated");
    ask_server(&outcome);
    stop(NULL);
    return outcome;
}

/* A sentence: words, and a full stop or a clause at least. */
static void expect_sentence(const char *text, const char *contains)
{
    if (strlen(text) < 20 || !strchr(text, ' ') || !strstr(text, contains))
        fail_msg("\"%s\" is no sentence with \"%s\"", text, contains);
}

/* The client found the server's certificate wanting, and told the server. */
static void expect_client_refuses(const struct outcome *outcome, int reason, const char *contains)
{
    assert_int_equal(outcome->client.m_eState, PROBLEM);
    assert_int_equal(outcome->client.m_eEndReason, reason);
    expect_sentence(outcome->client.m_szEndDebug, contains);
    assert_int_equal(outcome->came, 1);
}

/* The server ignored the client's requests: silently on the wire (protocol 6.4), but not in its log and counters. */
static void expect_server_refuses(const struct outcome *outcome, const char *ignored)
{
    assert_int_equal(outcome->client.m_eState, PROBLEM);
    assert_int_equal(outcome->client.m_eEndReason, TIMED_OUT);
    expect_sentence(outcome->client.m_szEndDebug, "did not accept");
    assert_int_equal(outcome->came, 0);
    assert_true(outcome->refused >= 1);
    assert_string_equal(outcome->ignored, ignored);
}

/* ---- good ones -------------------------------------------------------------------------------------------------- */

static void good_certificates(void **state)
{
    struct outcome outcome;

    (void)state;
    usual_sides();
    outcome = meet();
    assert_int_equal(outcome.client.m_eState, CONNECTED);
    assert_int_equal(outcome.client.m_nFlags, FLAG_FAST); /* authenticated and encrypted */
    assert_int_equal(outcome.server_flags, FLAG_FAST);
    assert_int_equal(outcome.refused, 0);
}

/* ---- wrong ------------------------------------------------------------------------------------------------------ */

static void certificate_of_an_unknown_authority(void **state)
{
    struct outcome outcome;

    (void)state;
    usual_sides();
    server_side.recipe.authority = 2;
    outcome = meet();
    expect_client_refuses(&outcome, BAD_CERTIFICATE, "authority");
    usual_sides();
    client_side.recipe.authority = 2;
    outcome = meet();
    expect_server_refuses(&outcome, "unknown");
}

static void certificate_with_a_bad_signature(void **state)
{
    struct outcome outcome;

    (void)state;
    usual_sides();
    server_side.recipe.spoil_signature = true;
    outcome = meet();
    expect_client_refuses(&outcome, BAD_CERTIFICATE, "signature");
    usual_sides();
    client_side.recipe.spoil_signature = true;
    outcome = meet();
    expect_server_refuses(&outcome, "signature");
}

static void certificate_that_has_expired(void **state)
{
    struct outcome outcome;

    (void)state;
    usual_sides();
    server_side.recipe.lifetime = DAY;
    client_side.recipe.lifetime = 10 * DAY;
    client_side.day_offset = 2 * DAY;
    outcome = meet();
    expect_client_refuses(&outcome, BAD_CERTIFICATE, "expired");
    usual_sides();
    client_side.recipe.lifetime = DAY;
    server_side.recipe.lifetime = 10 * DAY;
    server_side.day_offset = 2 * DAY;
    outcome = meet();
    expect_server_refuses(&outcome, "expired");
}

static void certificate_for_another_application(void **state)
{
    struct outcome outcome;

    (void)state;
    usual_sides();
    server_side.app = 480;
    client_side.app = 570;
    outcome = meet();
    expect_server_refuses(&outcome, "application");

    /* One that the server lets in, because it says nothing of its own. */
    usual_sides();
    server_side.app = 480;
    server_side.allow = 2;
    client_side.app = 570;
    client_side.certified = false;
    client_side.allow = 1;
    outcome = meet();
    expect_server_refuses(&outcome, "application");
}

/* One with a signature and no name is nobody's (protocol 9.6 step 5); another's cannot even be installed. */
static void certificate_of_somebody_else(void **state)
{
    struct certificate_recipe recipe = {.authority = 1, .identity = "str:other", .lifetime = DAY};
    struct forged_certificate certificate;
    SteamNetworkingErrMsg error = "";
    uint8_t request[512];
    int size = sizeof(request);
    struct outcome outcome;

    (void)state;
    usual_sides();
    client_side.certified = false;
    begin_side(&client_side);
    assert_true(S(GetCertificateRequest, &size, request, error));
    recipe.request = request;
    recipe.request_size = size;
    certificate = issue_certificate(&recipe);
    assert_false(S(SetCertificate, certificate.bytes, (int)certificate.length, error));
    expect_sentence(error, "identity");
    assert_int_equal(S(GetAuthenticationStatus, NULL), k_ESteamNetworkingAvailability_CannotTry);
    stop(NULL);

    /* Where certificates are required, nobody is not even talked to (protocol 6.2, 6.4). */
    usual_sides();
    server_side.identity = NULL; /* its request names nobody, and so does what it gets */
    outcome = meet();
    assert_int_equal(outcome.client.m_eEndReason, TIMED_OUT);
    usual_sides();
    client_side.identity = NULL;
    outcome = meet();
    assert_int_equal(outcome.client.m_eEndReason, TIMED_OUT);
    assert_int_equal(outcome.came, 0);

    /* Elsewhere such a certificate is worse than none. */
    usual_sides();
    server_side.identity = NULL;
    server_side.allow = client_side.allow = 1;
    outcome = meet();
    expect_client_refuses(&outcome, BAD_CERTIFICATE, "whose");
}

static void certificates_that_cannot_be_installed(void **state)
{
    static const struct {
        int lifetime;
        uint32 app;
        const char *contains;
    } bad[] = {{-10, 0, "expired"}, {DAY, 4711, "application"}};
    SteamNetworkingErrMsg error = "";
    uint8_t request[512];
    int size = sizeof(request);

    (void)state;
    usual_sides();
    client_side.certified = false;
    begin_side(&client_side);
    assert_true(S(GetCertificateRequest, &size, request, error));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct certificate_recipe recipe = {
            .authority = 1, .request = request, .request_size = size, .lifetime = bad[i].lifetime, .app = bad[i].app};
        struct forged_certificate certificate = issue_certificate(&recipe);

        error[0] = '\0';
        assert_false(S(SetCertificate, certificate.bytes, (int)certificate.length, error));
        expect_sentence(error, bad[i].contains);
        for (size_t length = 0; length < certificate.length; length += 9) { /* cut short */
            error[0] = '\0';
            assert_false(S(SetCertificate, certificate.bytes, (int)length, error));
            assert_true(error[0]);
        }
    }
    {
        struct certificate_recipe recipe = {.authority = 1, .identity = "str:client", .lifetime = DAY};
        struct forged_certificate with_key = issue_certificate(&recipe); /* of another key, with its private half */

        assert_true(S(SetCertificate, with_key.bytes, (int)with_key.length, error));
    }
    stop(NULL);
}

/* ---- damaged on the way ----------------------------------------------------------------------------------------- */

enum damage {
    CERTIFICATE_BODY,
    AUTHORITY_SIGNATURE,
    KEY_EXCHANGE,
    KEY_SIGNATURE,
};

static enum damage wanted_damage;
static enum direction damaged_direction;

/* Changes one bit of the handshake message that carries a certificate. */
static bool spoil_handshake(struct middleman *middleman, enum direction direction, uint8_t *data, size_t *length)
{
    struct control_message message;
    const struct signed_certificate *certificate;
    const struct signed_crypt *crypt;
    struct byte_slice slice;

    (void)middleman;
    if (direction != damaged_direction || control_decode(data, *length, &message) != CONTROL_OK)
        return true;
    if (message.kind == CONTROL_CONNECT_REQUEST) {
        certificate = &message.connect_request.certificate;
        crypt = &message.connect_request.crypt;
    } else if (message.kind == CONTROL_CONNECT_OK) {
        certificate = &message.connect_ok.certificate;
        crypt = &message.connect_ok.crypt;
    } else {
        return true;
    }
    slice = wanted_damage == CERTIFICATE_BODY      ? certificate->body
            : wanted_damage == AUTHORITY_SIGNATURE ? certificate->ca_signature
            : wanted_damage == KEY_EXCHANGE        ? crypt->info
                                                   : crypt->signature;
    assert_true(slice.length > 0);
    data[slice.data - data + (ptrdiff_t)slice.length - 1] ^= 1;
    return true;
}

static struct outcome meet_damaged(enum direction direction, enum damage damage)
{
    SteamNetworkingConfigValue_t options[3];
    SteamNetworkingIPAddr address = start_server();
    HSteamNetConnection connection;
    struct middleman middle;
    struct outcome outcome;

    wanted_damage = damage;
    damaged_direction = direction;
    begin_side(&client_side);
    middleman_open(&middle, &address);
    middle.judge = spoil_handshake;
    connection = S(ConnectByIPAddress, &middle.address, options_of(&client_side, options), options);
    await((middleman_work(&middle), state_of(connection) != CONNECTING));
    middleman_work(&middle);
    outcome.client = info_of(connection);
    outcome.client_warned = false;
    ask_server(&outcome);
    middleman_close(&middle);
    stop(NULL);
    return outcome;
}

static void handshake_damaged_on_the_way(void **state)
{
    struct outcome outcome;

    (void)state;
    usual_sides();
    for (int damage = CERTIFICATE_BODY; damage <= KEY_SIGNATURE; damage++) {
        bool certificate = damage == CERTIFICATE_BODY || damage == AUTHORITY_SIGNATURE;

        outcome = meet_damaged(TO_CLIENT, (enum damage)damage);
        assert_int_equal(outcome.client.m_eState, PROBLEM);
        if (damage == CERTIFICATE_BODY) /* which may not even be readable any more */
            assert_true(outcome.client.m_eEndReason == BAD_CERTIFICATE || outcome.client.m_eEndReason == BAD_CRYPT);
        else
            assert_int_equal(outcome.client.m_eEndReason, certificate ? BAD_CERTIFICATE : BAD_CRYPT);
        expect_sentence(outcome.client.m_szEndDebug, "");
        outcome = meet_damaged(TO_SERVER, (enum damage)damage);
        assert_int_equal(outcome.client.m_eEndReason, TIMED_OUT);
        assert_int_equal(outcome.came, 0);
    }
}

/* ---- who may go without ----------------------------------------------------------------------------------------- */

static void nobody_without_a_certificate(void **state)
{
    SteamNetworkingConfigValue_t options[3];
    SteamNetworkingIPAddr address = loopback(0);
    struct outcome outcome;

    (void)state;
    /* Neither of them begins without one of its own. */
    usual_sides();
    client_side.certified = false;
    begin_side(&client_side);
    assert_int_equal(Fumarole_CreateListenSocketIPAnyPort(&address, options_of(&client_side, options), options), 0);
    assert_true(logged("authentication is required"));
    forget_log();
    address = loopback(9);
    assert_int_equal(S(ConnectByIPAddress, &address, options_of(&client_side, options), options), 0);
    assert_true(logged("certificate"));
    stop(NULL);

    /* Nor does one that has one take another who has none. */
    usual_sides();
    client_side.certified = false;
    client_side.allow = 2;
    outcome = meet();
    expect_server_refuses(&outcome, "none");
    usual_sides();
    server_side.certified = false;
    server_side.allow = 2;
    outcome = meet();
    expect_client_refuses(&outcome, BAD_CERTIFICATE, "certificate");
    assert_int_equal(outcome.server_reason, BAD_CERTIFICATE);
    expect_sentence(outcome.server_text, "certificate");
}

/* Value 23 alone does not bind neighbours on the same machine: the larger of the two counts (api-contract 21). */
static void on_one_machine_value_52_decides(void **state)
{
    struct outcome outcome;

    (void)state;
    usual_sides();
    client_side.certified = false;
    client_side.allow_localhost = 2;
    client_side.allow = 2;
    server_side.allow_localhost = 2;
    outcome = meet();
    assert_int_equal(outcome.client.m_eState, CONNECTED);
    assert_true(outcome.server_flags & FLAG_UNAUTHENTICATED);
    assert_int_equal(outcome.warned, 0);
    usual_sides();
    client_side.certified = false;
    client_side.allow = 2;
    server_side.allow_localhost = 1;
    outcome = meet();
    assert_int_equal(outcome.client.m_eState, CONNECTED);
    assert_int_equal(outcome.warned, 1); /* let in, with a word about it */
}

static void a_doubtful_certificate_is_no_certificate(void **state)
{
    struct outcome outcome;

    (void)state;
    usual_sides();
    server_side.recipe.spoil_signature = true;
    client_side.recipe.authority = 2;
    server_side.allow = client_side.allow = 1;
    outcome = meet();
    assert_int_equal(outcome.client.m_eState, CONNECTED);
    assert_true(outcome.client.m_nFlags & FLAG_UNAUTHENTICATED);
    assert_true(outcome.server_flags & FLAG_UNAUTHENTICATED);
    assert_true(outcome.client_warned && outcome.warned);
}

int main(int argc, char **argv)
{
    static const struct real_case cases[] = {
        real_case(good_certificates),
        real_case(certificate_of_an_unknown_authority),
        real_case(certificate_with_a_bad_signature),
        real_case(certificate_that_has_expired),
        real_case(certificate_for_another_application),
        real_case(certificate_of_somebody_else),
        real_case(certificates_that_cannot_be_installed),
        real_case(handshake_damaged_on_the_way),
        real_case(nobody_without_a_certificate),
        real_case(on_one_machine_value_52_decides),
        real_case(a_doubtful_certificate_is_no_certificate),
    };

    return run_cases(argc, argv, cases);
}
