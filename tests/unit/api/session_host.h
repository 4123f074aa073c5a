/*
 * What the tests of message sessions share: a transport that is made up, where every connection is a queue of what was
 * sent and one of what arrived, and what an application does and expects.
 */
#ifndef UNIT_API_SESSION_HOST_H
#define UNIT_API_SESSION_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/message_sessions.h"
#include "base/alloc.h"
#include "wire/identity.h"

enum { CONNECTIONS = 64, QUEUE = 2048, NO_FLAGS = 0, RELIABLE = k_nSteamNetworkingSend_Reliable };

#define STATE(name) k_ESteamNetworkingConnectionState_##name
#define START       (3000000 * SECOND)
#define IDLE        (180 * SECOND)

/* ---- the transport: every connection is a queue of what was sent and one of what arrived ---------------------- */

struct fake_connection {
    int state;
    bool open;
    bool accepted;
    int close_reason;
    SteamNetworkingIdentity peer;
    struct message *sent[QUEUE];
    int sent_count;
    struct message *arrived[QUEUE];
    int arrived_first, arrived_count;
    int unacknowledged;
};

static struct fake {
    struct session_transport transport;
    struct fake_connection connections[CONNECTIONS]; /* by handle; 0 is nobody */
    int used;
    bool reachable;
    EResult send_result; /* 0: works */
    EResult accept_result;
    SteamNetworkingIdentity own;
    int requests, failures, pending_changes;
    bool pending;
    SteamNetworkingIdentity last_request;
    SteamNetConnectionInfo_t last_failure;
} fake;

static struct message_sessions sessions;
static struct memory_quota quota;
static microseconds now;

static inline struct fake_connection *at(HSteamNetConnection handle)
{
    assert_true(handle > 0 && handle <= (uint32_t)fake.used);
    return &fake.connections[handle];
}

static inline HSteamNetConnection new_connection(const SteamNetworkingIdentity *peer)
{
    HSteamNetConnection handle = (HSteamNetConnection)++fake.used;

    assert_true(handle < CONNECTIONS);
    fake.connections[handle].open = true;
    fake.connections[handle].peer = *peer;
    fake.connections[handle].state = STATE(Connecting);
    return handle;
}

static inline HSteamNetConnection fake_connect(struct session_transport *transport, const SteamNetworkingIdentity *peer)
{
    (void)transport;
    return fake.reachable ? new_connection(peer) : 0;
}

static inline EResult fake_accept(struct session_transport *transport, HSteamNetConnection handle)
{
    (void)transport;
    if (fake.accept_result)
        return fake.accept_result;
    at(handle)->accepted = true;
    return k_EResultOK;
}

static inline void fake_close(struct session_transport *transport, HSteamNetConnection handle, int reason,
                              const char *text)
{
    (void)transport;
    (void)text;
    assert_true(at(handle)->open);
    at(handle)->open = false;
    at(handle)->close_reason = reason;
}

static inline EResult fake_send(struct session_transport *transport, struct message *message)
{
    struct fake_connection *connection = at(message->api.m_conn);

    (void)transport;
    if (fake.send_result)
        return fake.send_result;
    if (connection->state > STATE(Connected))
        return k_EResultNoConnection;
    assert_true(connection->open && connection->sent_count < QUEUE);
    connection->sent[connection->sent_count++] = message;
    return k_EResultOK;
}

static inline int fake_receive(struct session_transport *transport, HSteamNetConnection handle,
                               SteamNetworkingMessage_t **messages, int maximum)
{
    struct fake_connection *connection = at(handle);
    int count = 0;

    (void)transport;
    while (connection->open && count < maximum && connection->arrived_count > 0) {
        messages[count++] = &connection->arrived[connection->arrived_first++]->api;
        connection->arrived_count--;
    }
    return count;
}

static inline bool fake_info(struct session_transport *transport, HSteamNetConnection handle,
                             SteamNetConnectionInfo_t *info)
{
    (void)transport;
    memset(info, 0, sizeof(*info));
    if (!at(handle)->open)
        return false;
    info->m_eState = (ESteamNetworkingConnectionState)at(handle)->state;
    info->m_identityRemote = at(handle)->peer;
    info->m_hListenSocket = 77;
    info->m_eEndReason = at(handle)->state > STATE(Connected) ? 5003 : 0;
    return true;
}

static inline EResult fake_status(struct session_transport *transport, HSteamNetConnection handle,
                                  SteamNetConnectionRealTimeStatus_t *status)
{
    (void)transport;
    memset(status, 0, sizeof(*status));
    if (!at(handle)->open)
        return k_EResultNoConnection;
    status->m_eState = (ESteamNetworkingConnectionState)at(handle)->state;
    status->m_cbSentUnackedReliable = at(handle)->unacknowledged;
    return k_EResultOK;
}

static inline bool fake_is_own(struct session_transport *transport, const SteamNetworkingIdentity *peer)
{
    (void)transport;
    return identity_equal(peer, &fake.own);
}

static inline void fake_requested(struct session_transport *transport, const SteamNetworkingIdentity *peer)
{
    (void)transport;
    fake.requests++;
    fake.last_request = *peer;
}

static inline void fake_failed(struct session_transport *transport, const SteamNetConnectionInfo_t *info)
{
    (void)transport;
    fake.failures++;
    fake.last_failure = *info;
}

static inline void fake_pending(struct session_transport *transport, bool pending)
{
    (void)transport;
    assert_int_not_equal(pending, fake.pending); /* told of changes only */
    fake.pending = pending;
    fake.pending_changes++;
}

static inline SteamNetworkingIdentity name(const char *text)
{
    SteamNetworkingIdentity identity;

    memset(&identity, 0, sizeof(identity));
    assert_true(identity_set_string(&identity, text, strlen(text)));
    return identity;
}

static SteamNetworkingIdentity anna, bert;

static inline int set_up(void **state)
{
    static const uint8_t key[SIPHASH_KEY_SIZE] = {1, 2, 3};

    (void)state;
    memset(&fake, 0, sizeof(fake));
    fake.transport = (struct session_transport){
        .connect = fake_connect,
        .accept = fake_accept,
        .close = fake_close,
        .send = fake_send,
        .receive = fake_receive,
        .info = fake_info,
        .status = fake_status,
        .is_own = fake_is_own,
        .requested = fake_requested,
        .failed = fake_failed,
        .pending = fake_pending,
    };
    fake.reachable = true;
    fake.own = name("self");
    anna = name("anna");
    bert = name("bert");
    now = START;
    memory_quota_init(&quota, 0);
    sessions_init(&sessions, &fake.transport, key, &quota);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    sessions_destroy(&sessions);
    assert_int_equal(memory_quota_drawn(&quota), 0);
    assert_false(fake.pending);
    for (int i = 1; i <= fake.used; i++) {
        struct fake_connection *connection = &fake.connections[i];

        for (int j = 0; j < connection->sent_count; j++)
            message_release(connection->sent[j]);
        for (int j = 0; j < connection->arrived_count; j++)
            message_release(connection->arrived[connection->arrived_first + j]);
    }
    return 0;
}

/* ---- making things happen ------------------------------------------------------------------------------------- */

static inline void event(HSteamNetConnection handle, int state, int old, int reason, bool incoming)
{
    SteamNetConnectionStatusChangedCallback_t change;

    memset(&change, 0, sizeof(change));
    change.m_hConn = handle;
    change.m_eOldState = (ESteamNetworkingConnectionState)old;
    change.m_info.m_eState = (ESteamNetworkingConnectionState)state;
    change.m_info.m_identityRemote = at(handle)->peer;
    change.m_info.m_hListenSocket = incoming ? 77 : 0;
    change.m_info.m_eEndReason = reason;
    if (state)
        at(handle)->state = state;
    sessions_event(&sessions, &change, now);
}

static inline HSteamNetConnection request_from(const SteamNetworkingIdentity *peer)
{
    HSteamNetConnection handle = new_connection(peer);

    event(handle, STATE(Connecting), STATE(None), 0, true);
    return handle;
}

static inline void free_apart(SteamNetworkingMessage_t *message)
{
    free(message->m_pData);
}

static inline void arrive(HSteamNetConnection handle, int channel, const char *text, bool apart)
{
    struct fake_connection *connection = at(handle);
    size_t length = strlen(text);
    struct message *message = message_allocate((int)length + 5);
    uint8_t *data = message->api.m_pData;

    if (apart) { /* a payload that does not lie behind the message */
        data = message->api.m_pData = malloc(length + 5);
        message->api.m_pfnFreeData = free_apart;
    }
    data[0] = 99; /* nobody looks at it */
    for (int i = 0; i < 4; i++)
        data[1 + i] = (uint8_t)((uint32_t)channel >> 8 * i);
    memcpy(data + 5, text, length);
    message->api.m_conn = handle;
    message->api.m_identityPeer = connection->peer;
    assert_true(connection->arrived_first + connection->arrived_count < QUEUE);
    connection->arrived[connection->arrived_first + connection->arrived_count++] = message;
}

static inline EResult send_text(const SteamNetworkingIdentity *peer, const char *text, int flags, int channel)
{
    return sessions_send(&sessions, peer, text, (uint32_t)strlen(text), flags, channel, now);
}

static inline HSteamNetConnection connected_session(const SteamNetworkingIdentity *peer)
{
    HSteamNetConnection handle;

    assert_int_equal(send_text(peer, "hello", RELIABLE, 0), k_EResultOK);
    handle = (HSteamNetConnection)fake.used;
    event(handle, STATE(Connected), STATE(Connecting), 0, false);
    return handle;
}

static inline void expect_message(int channel, const SteamNetworkingIdentity *peer, const char *text)
{
    SteamNetworkingMessage_t *message = NULL;

    assert_int_equal(sessions_receive(&sessions, channel, &message, 1), 1);
    assert_int_equal(message->m_cbSize, strlen(text));
    if (*text)
        assert_memory_equal(message->m_pData, text, strlen(text));
    else
        assert_null(message->m_pData);
    assert_int_equal(message->m_nChannel, channel);
    assert_int_equal(message->m_conn, 0);
    assert_true(identity_equal(&message->m_identityPeer, peer));
    message->m_pfnRelease(message);
}

static inline void expect_nothing(int channel)
{
    SteamNetworkingMessage_t *message = NULL;

    assert_int_equal(sessions_receive(&sessions, channel, &message, 1), 0);
}

static inline int state_of(const SteamNetworkingIdentity *peer)
{
    return sessions_info(&sessions, peer, NULL, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
