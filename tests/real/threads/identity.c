/*
 * Message sessions, which are made on first use, while the identity changes again and again: whoever comes in between
 * starts them before or after a change, never in the middle of it, and they work when all is quiet.
 */
#include "api/fixture.h"
#include "harness/runner.h"

#include <pthread.h>
#include <stdatomic.h>

enum { USERS = 3, CHANNEL = 5 };

static atomic_bool over;

static EResult send_to_myself(ISteamNetworkingMessages *sessions, const char *text)
{
    SteamNetworkingIdentity self;

    if (!SteamAPI_ISteamNetworkingSockets_GetIdentity(sockets, &self))
        return k_EResultFail;
    return SteamAPI_ISteamNetworkingMessages_SendMessageToUser(
        sessions, &self, text, (uint32)strlen(text), RELIABLE_NOW | k_nSteamNetworkingSend_AutoRestartBrokenSession,
        CHANNEL);
}

static bool receive_one_of(ISteamNetworkingMessages *sessions, const char *text)
{
    SteamNetworkingMessage_t *message;
    bool found;

    if (SteamAPI_ISteamNetworkingMessages_ReceiveMessagesOnChannel(sessions, CHANNEL, &message, 1) != 1)
        return false;
    found = message->m_cbSize == (int)strlen(text) && memcmp(message->m_pData, text, strlen(text)) == 0;
    release(message);
    return found;
}

static void *use_sessions(void *argument)
{
    (void)argument;
    while (!atomic_load(&over)) {
        ISteamNetworkingMessages *sessions = SteamAPI_SteamNetworkingMessages_v002();

        send_to_myself(sessions, "in between");
        receive_one_of(sessions, "in between");
    }
    return NULL;
}

static void sessions_while_the_identity_changes(void **state)
{
    enum { CHANGES = 2000 };
    ISteamNetworkingMessages *sessions;
    pthread_t users[USERS];

    (void)state;
    start_as("str:first");
    for (int i = 0; i < USERS; i++)
        assert_int_equal(pthread_create(&users[i], NULL, use_sessions, NULL), 0);
    for (int i = 0; i < CHANGES; i++) {
        SteamNetworkingIdentity next;
        char text[32];

        snprintf(text, sizeof(text), "str:number %d", i);
        assert_true(SteamAPI_SteamNetworkingIdentity_ParseString(&next, sizeof(next), text));
        SteamAPI_ISteamNetworkingSockets_ResetIdentity(sockets, &next);
        run_callbacks();
    }
    atomic_store(&over, true);
    for (int i = 0; i < USERS; i++)
        pthread_join(users[i], NULL);

    sessions = SteamAPI_SteamNetworkingMessages_v002();
    assert_non_null(sessions);
    await(send_to_myself(sessions, "at last") == k_EResultOK);
    await(receive_one_of(sessions, "at last"));
    stop(NULL);
}

int main(int argc, char **argv)
{
    static const struct real_case cases[] = {
        real_case(sessions_while_the_identity_changes),
    };

    return run_cases(argc, argv, cases);
}
