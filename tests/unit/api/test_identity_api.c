/* Identity, certificates and authentication through the API, with a development authority of its own (api-contract 14).
 */
#include "../../temporary_directory.h"
#include "fixture.h"

#include "cert/certificate_issue.h"
#include "crypto/crypto.h"
#include "crypto/key_text.h"

#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define Status(status) SteamAPI_ISteamNetworkingSockets_GetAuthenticationStatus(sockets, status)
#define Init()         SteamAPI_ISteamNetworkingSockets_InitAuthentication(sockets)
#define Request(size, buffer, error)                                                                                   \
    SteamAPI_ISteamNetworkingSockets_GetCertificateRequest(sockets, size, buffer, error)
#define Install(data, size, error) SteamAPI_ISteamNetworkingSockets_SetCertificate(sockets, data, size, error)

static char directory[] = "/tmp/fumarole-test-XXXXXX";

/* The authority of local mode lives in a directory of this test. */
static int make_directory(void **state)
{
    (void)state;
    return temporary_home_make(directory);
}

static int remove_directory(void **state)
{
    (void)state;
    return temporary_directory_remove(directory);
}

static int stop_and_restore(void **state)
{
    stop(state);
    unsetenv("FUMAROLE_LOCAL_MODE");
    Fumarole_SetAppID(0);
    return 0;
}

static void expect_identity(const char *text)
{
    SteamNetworkingIdentity identity;
    char printed[SteamNetworkingIdentity_k_cchMaxString];

    assert_true(SteamAPI_ISteamNetworkingSockets_GetIdentity(sockets, &identity));
    SteamAPI_SteamNetworkingIdentity_ToString(&identity, printed, sizeof(printed));
    assert_string_equal(printed, text);
}

/* ---- statuses are recorded ------------------------------------------------------------------------------------ */

static int statuses[16], status_count;

static void note_status(SteamNetAuthenticationStatus_t *status)
{
    assert_true(status->m_debugMsg[0] != '\0');
    if (status_count < 16)
        statuses[status_count++] = (int)status->m_eAvail;
}

static void watch_status(void)
{
    status_count = 0;
    assert_true(
        SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetAuthenticationStatusChanged(utils, note_status));
}

/* ---- identity ------------------------------------------------------------------------------------------------- */

static void without_an_identity_it_is_localhost(void **state)
{
    SteamNetworkingIdentity own;

    (void)state;
    start_as(NULL);
    expect_identity("ip:::1");
    assert_true(SteamAPI_ISteamNetworkingSockets_GetIdentity(sockets, NULL));
    assert_true(SteamAPI_ISteamNetworkingSockets_GetIdentity(sockets, &own));
    assert_true(SteamAPI_SteamNetworkingIdentity_IsLocalHost(&own));
}

static void resetting_closes_everything(void **state)
{
    struct link link;
    HSteamNetPollGroup group;
    SteamNetworkingMessage_t *message;
    SteamNetworkingIdentity next;

    (void)state;
    start_as("str:before");
    expect_identity("str:before");
    link = link_up();
    group = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(sockets);
    forget_events();
    assert_true(SteamAPI_SteamNetworkingIdentity_ParseString(&next, sizeof(next), "str:after"));
    SteamAPI_ISteamNetworkingSockets_ResetIdentity(sockets, &next);
    expect_identity("str:after");
    run_callbacks();
    expect_event(link.client, 0, CONNECTED, NONE);
    assert_int_equal(event_of(link.client, 0)->m_info.m_eEndReason, k_ESteamNetConnectionEnd_AppException_Max);
    assert_non_null(event_of(link.server, 0));
    assert_false(SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, link.client, NULL));
    assert_false(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, link.listener));
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(sockets, group, &message, 1), -1);

    /* and life goes on */
    link = link_up();
    assert_string_equal(info_of(link.server).m_identityRemote.m_szGenericString, "after");
    assert_string_equal(info_of(link.client).m_identityRemote.m_szGenericString, "after");
    SteamAPI_ISteamNetworkingSockets_ResetIdentity(sockets, NULL);
    expect_identity("ip:::1");
}

/* ---- local mode ----------------------------------------------------------------------------------------------- */

static void local_mode_reaches_current(void **state)
{
    SteamNetAuthenticationStatus_t status;
    struct link link;

    (void)state;
    start_as("str:local");
    watch_status();
    assert_int_equal(Status(&status), k_ESteamNetworkingAvailability_NeverTried);
    assert_int_equal(status.m_eAvail, k_ESteamNetworkingAvailability_NeverTried);
    assert_int_equal(Init(), k_ESteamNetworkingAvailability_Current);
    assert_int_equal(Status(NULL), k_ESteamNetworkingAvailability_Current);
    assert_int_equal(Init(), k_ESteamNetworkingAvailability_Current);
    run_callbacks();
    assert_int_equal(status_count, 2);
    assert_int_equal(statuses[0], k_ESteamNetworkingAvailability_Attempting);
    assert_int_equal(statuses[1], k_ESteamNetworkingAvailability_Current);

    link = link_up();
    assert_int_equal(info_of(link.client).m_nFlags, FLAG_FAST); /* authenticated */
    assert_int_equal(info_of(link.server).m_nFlags, FLAG_FAST);
    assert_string_equal(info_of(link.server).m_identityRemote.m_szGenericString, "local");

    SteamAPI_ISteamNetworkingSockets_ResetIdentity(sockets, NULL);
    assert_int_equal(Status(NULL), k_ESteamNetworkingAvailability_NeverTried);
    assert_int_equal(Init(), k_ESteamNetworkingAvailability_Current); /* anonymous: there is nothing to certify */
    link = link_up();
    assert_true(info_of(link.client).m_nFlags & FLAG_UNAUTHENTICATED);
}

static void requiring_certificates_gets_them(void **state)
{
    SteamNetworkingConfigValue_t strict[2] = {int_option(k_ESteamNetworkingConfig_IP_AllowWithoutAuth, 0),
                                              int_option(k_ESteamNetworkingConfig_IPLocalHost_AllowWithoutAuth, 0)};
    struct link link;

    (void)state;
    start_as("str:strict");
    link = link_up_with(2, strict, 2, strict);
    assert_int_equal(Status(NULL), k_ESteamNetworkingAvailability_Current);
    assert_int_equal(info_of(link.client).m_nFlags, FLAG_FAST);
    assert_int_equal(info_of(link.server).m_nFlags, FLAG_FAST);
}

static void an_anonymous_client_is_refused_where_certificates_are_required(void **state)
{
    SteamNetworkingConfigValue_t strict[3] = {int_option(k_ESteamNetworkingConfig_IP_AllowWithoutAuth, 0),
                                              int_option(k_ESteamNetworkingConfig_IPLocalHost_AllowWithoutAuth, 0),
                                              int_option(k_ESteamNetworkingConfig_TimeoutInitial, 700)};
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener;
    HSteamNetConnection client;

    (void)state;
    start_as("str:certified");
    listener = listen_with(2, strict, &address);
    SteamAPI_ISteamNetworkingSockets_ResetIdentity(sockets, NULL); /* that closes the listener, too */
    assert_false(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, listener));

    /* Nobody can certify an anonymous host. */
    forget_log();
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_CreateListenSocketIP(sockets, &address, 2, strict), 0);
    assert_true(logged("authentication is required"));
    client = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &address, 3, strict);
    assert_int_equal(client, 0);
}

static void an_unusable_directory_is_a_failure_that_says_why(void **state)
{
    SteamNetAuthenticationStatus_t status;

    (void)state;
    setenv("XDG_DATA_HOME", "/proc/self/fumarole-cannot-be-here", 1);
    start_as("str:nowhere");
    watch_status();
    assert_int_equal(Init(), k_ESteamNetworkingAvailability_Failed);
    assert_int_equal(Status(&status), k_ESteamNetworkingAvailability_Failed);
    assert_true(strlen(status.m_debugMsg) > 10);
    setenv("XDG_DATA_HOME", directory, 1);
    assert_int_equal(Init(), k_ESteamNetworkingAvailability_Current);
    run_callbacks();
    assert_int_equal(status_count, 4);
    assert_int_equal(statuses[2], k_ESteamNetworkingAvailability_Retrying);
}

static void local_mode_can_be_turned_off(void **state)
{
    SteamNetAuthenticationStatus_t status;
    SteamNetworkingConfigValue_t strict = int_option(k_ESteamNetworkingConfig_IP_AllowWithoutAuth, 0);
    SteamNetworkingIPAddr address = loopback(0);

    (void)state;
    setenv("FUMAROLE_LOCAL_MODE", "0", 1);
    start_as("str:off");
    watch_status();
    assert_int_equal(Status(&status), k_ESteamNetworkingAvailability_CannotTry);
    assert_non_null(strstr(status.m_debugMsg, "authority"));
    assert_int_equal(Init(), k_ESteamNetworkingAvailability_CannotTry);
    assert_int_equal(Fumarole_CreateListenSocketIPAnyPort(&address, 1, &strict), 0);
    run_callbacks();
    assert_int_equal(status_count, 0);
    assert_false(Fumarole_SetLocalMode(false)); /* too late */
    GameNetworkingSockets_Kill();

    unsetenv("FUMAROLE_LOCAL_MODE");
    assert_true(Fumarole_SetLocalMode(false));
    start_as("str:off");
    assert_int_equal(Init(), k_ESteamNetworkingAvailability_CannotTry);
    GameNetworkingSockets_Kill();
    assert_true(Fumarole_SetLocalMode(true));
    start_as("str:on");
    assert_int_equal(Init(), k_ESteamNetworkingAvailability_Current);
}

/* ---- the application's own certificates ----------------------------------------------------------------------- */

static const uint8_t ca_seed[CRYPTO_KEY_SIZE] = "a certificate authority for test";

static void make_ca_text(char *text, size_t size)
{
    uint8_t key[CRYPTO_KEY_SIZE], message[CERTIFICATE_MESSAGE_SIZE];
    struct certificate_grant grant = {
        .key = key, .created = (uint32_t)time(NULL), .expiry = (uint32_t)time(NULL) + 100000};
    size_t length;

    assert_true(crypto_ed25519_public(ca_seed, key));
    length = certificate_issue(&grant, ca_seed, message, sizeof(message));
    assert_true(length > 0);
    assert_true(certificate_text_write(message, length, text, size));
}

/* What an authority answers to a request; with_identity replaces the one asked for. */
static size_t answer(const uint8_t *request, int size, const char *identity_text, uint32_t app, int lifetime,
                     uint8_t message[CERTIFICATE_MESSAGE_SIZE])
{
    SteamNetworkingIdentity identity;
    struct certificate wanted;
    struct certificate_grant grant;

    assert_true(certificate_request_parse(&wanted, request, (size_t)size));
    grant = certificate_grant_of(&wanted);
    if (identity_text) {
        assert_true(SteamAPI_SteamNetworkingIdentity_ParseString(&identity, sizeof(identity), identity_text));
        grant.identity = &identity;
    }
    grant.created = (uint32_t)time(NULL) - 1000;
    grant.expiry = (uint32_t)(time(NULL) + lifetime);
    grant.apps = &app;
    grant.app_count = 1;
    return certificate_issue(&grant, ca_seed, message, CERTIFICATE_MESSAGE_SIZE);
}

static void requests_and_certificates(void **state)
{
    uint8_t request[512], message[CERTIFICATE_MESSAGE_SIZE];
    SteamNetworkingErrMsg error;
    char ca_text[4096];
    int size = 0, again;
    size_t length;
    struct link link;

    (void)state;
    setenv("FUMAROLE_LOCAL_MODE", "0", 1);
    start_as("str:applicant");
    watch_status();
    assert_true(Request(&size, NULL, error));
    assert_true(size > 0 && size <= 512);
    again = size - 1;
    error[0] = '\0';
    assert_false(Request(&again, request, error));
    assert_int_equal(again, size);
    assert_true(error[0] != '\0');
    again = sizeof(request);
    assert_true(Request(&again, request, error));
    assert_int_equal(again, size);
    assert_false(Request(NULL, request, error));

    error[0] = '\0';
    assert_false(Install("rubbish", 7, error));
    assert_true(error[0] != '\0');
    assert_false(Install(NULL, 7, error));
    assert_false(Install(message, 0, NULL));
    length = answer(request, size, "str:somebody else", 0, 1000, message);
    assert_false(Install(message, (int)length, error));
    length = answer(request, size, NULL, 4711, 1000, message);
    assert_false(Install(message, (int)length, error)); /* for another application */
    length = answer(request, size, NULL, 0, -1000, message);
    assert_false(Install(message, (int)length, error)); /* expired */
    assert_int_equal(Status(NULL), k_ESteamNetworkingAvailability_CannotTry);

    length = answer(request, size, NULL, 0, 1000, message);
    forget_log();
    assert_true(Install(message, (int)length, error));
    assert_true(logged("would not be trusted")); /* only a warning */
    assert_int_equal(Status(NULL), k_ESteamNetworkingAvailability_Current);
    run_callbacks();
    assert_int_equal(status_count, 1);
    link = link_up();
    assert_true(info_of(link.server).m_nFlags & FLAG_UNAUTHENTICATED); /* its authority is not believed yet */

    make_ca_text(ca_text, sizeof(ca_text));
    assert_false(Fumarole_AddTrustedAuthority("no certificate", error));
    assert_false(Fumarole_AddTrustedAuthority(NULL, NULL));
    assert_true(Fumarole_AddTrustedAuthority(ca_text, error));
    assert_true(Fumarole_AddTrustedAuthority(ca_text, NULL));
    link = link_up();
    assert_int_equal(info_of(link.server).m_nFlags, FLAG_FAST);
    assert_int_equal(info_of(link.client).m_nFlags, FLAG_FAST);

    SteamAPI_ISteamNetworkingSockets_ResetIdentity(sockets, NULL); /* the key is forgotten with the certificate */
    assert_false(Install(message, (int)length, error));
    assert_int_equal(Status(NULL), k_ESteamNetworkingAvailability_CannotTry);
}

static void a_certificate_brings_an_identity_to_who_has_none(void **state)
{
    uint8_t request[512], message[CERTIFICATE_MESSAGE_SIZE];
    int size = sizeof(request);
    size_t length;
    SteamNetworkingErrMsg error;

    (void)state;
    setenv("FUMAROLE_LOCAL_MODE", "0", 1);
    start_as(NULL);
    assert_true(Request(&size, request, error));
    length = answer(request, size, "str:named", 0, 1000, message);
    assert_true(Install(message, (int)length, error));
    expect_identity("str:named");
}

static void applications_must_agree(void **state)
{
    SteamNetworkingConfigValue_t quick = int_option(k_ESteamNetworkingConfig_TimeoutInitial, 700);
    SteamNetworkingIPAddr address;
    HSteamNetConnection client;
    struct link link;

    (void)state;
    start_as("str:app");
    Fumarole_SetAppID(480);
    link = link_up();
    assert_int_equal(state_of(link.client), CONNECTED);
    /* The client says 480 in its certificate, the server is another application by then. */
    listen_with(0, NULL, &address);
    client = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &address, 1, &quick);
    Fumarole_SetAppID(570);
    await(state_of(client) == PROBLEM || state_of(client) == CLOSED_BY_PEER);
}

/* Certificates of local mode follow the application; changing it is not limited. */
static void the_application_can_change_while_certificates_are_required(void **state)
{
    SteamNetworkingConfigValue_t strict[2] = {int_option(k_ESteamNetworkingConfig_IP_AllowWithoutAuth, 0),
                                              int_option(k_ESteamNetworkingConfig_IPLocalHost_AllowWithoutAuth, 0)};
    struct link link;

    (void)state;
    start_as("str:app");
    assert_int_equal(Init(), k_ESteamNetworkingAvailability_Current);
    link = link_up_with(2, strict, 2, strict);
    assert_int_equal(info_of(link.client).m_nFlags, FLAG_FAST);
    for (uint32 app = 1; app <= 100; app++)
        Fumarole_SetAppID(app);
    link = link_up_with(2, strict, 2, strict);
    assert_int_equal(info_of(link.server).m_nFlags, FLAG_FAST);
    assert_int_equal(info_of(link.client).m_nFlags, FLAG_FAST);
}

#define with_directory(test) cmocka_unit_test_setup_teardown(test, NULL, stop_and_restore)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_directory(without_an_identity_it_is_localhost),
        with_directory(resetting_closes_everything),
        with_directory(local_mode_reaches_current),
        with_directory(requiring_certificates_gets_them),
        with_directory(an_anonymous_client_is_refused_where_certificates_are_required),
        with_directory(an_unusable_directory_is_a_failure_that_says_why),
        with_directory(local_mode_can_be_turned_off),
        with_directory(requests_and_certificates),
        with_directory(a_certificate_brings_an_identity_to_who_has_none),
        with_directory(applications_must_agree),
        with_directory(the_application_can_change_while_certificates_are_required),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
