/*
 * A client and a server with a middleman between them, in one process: they see only what he passes on.
 *
 * Part of a case's program, like the fixture.
 */
#ifndef TESTS_REAL_TROUBLE_THROUGH_MIDDLEMAN_H
#define TESTS_REAL_TROUBLE_THROUGH_MIDDLEMAN_H

#include "api/fixture.h"
#include "harness/raw_socket.h"

#include <string.h>

#define S(name, ...) SteamAPI_ISteamNetworkingSockets_##name(sockets, ##__VA_ARGS__)

static struct middleman middle;
static struct link pair;

#define await_through(condition)                                                                                       \
    do {                                                                                                               \
        int64 await_deadline = milliseconds_now() + FIXTURE_PATIENCE_MS;                                               \
                                                                                                                       \
        while (middleman_work(&middle), run_callbacks(), !(condition)) {                                               \
            if (milliseconds_now() > await_deadline)                                                                   \
                fail_msg("waited in vain for " #condition);                                                            \
            middleman_wait(&middle, Fumarole_GetWaitDescriptor(), 5);                                                  \
        }                                                                                                              \
    } while (0)

static inline void knock_through(void)
{
    pair.listener = listen_with(0, NULL, &pair.address);
    middleman_open(&middle, &pair.address);
    pair.client = S(ConnectByIPAddress, &middle.address, 0, NULL);
    assert_int_not_equal(pair.client, 0);
    await_through(incoming(pair.listener));
    pair.server = incoming(pair.listener);
}

static inline void connect_through(void)
{
    start_as("str:honest");
    knock_through();
    assert_int_equal(S(AcceptConnection, pair.server), k_EResultOK);
    await_through(state_of(pair.client) == CONNECTED);
}

/* Numbered messages both ways, in order, once. */
static inline void talk(int count)
{
    static int sent;
    HSteamNetConnection ends[2] = {pair.client, pair.server};
    int first = sent;

    for (int i = 0; i < count; i++, sent++) {
        assert_int_equal(S(SendMessageToConnection, pair.client, &sent, sizeof(sent), RELIABLE_NOW, NULL), k_EResultOK);
        assert_int_equal(S(SendMessageToConnection, pair.server, &sent, sizeof(sent), RELIABLE_NOW, NULL), k_EResultOK);
        middleman_work(&middle);
    }
    for (int end = 0; end < 2; end++) {
        for (int i = 0; i < count; i++) {
            SteamNetworkingMessage_t *message;
            int number;

            await_through(S(ReceiveMessagesOnConnection, ends[end], &message, 1) == 1);
            memcpy(&number, message->m_pData, sizeof(number));
            assert_int_equal(number, first + i);
            release(message);
        }
    }
}

#endif
