/*
 * What the tests with a scripted peer share: the peer, its end, and the ends of connections that they expect.
 */
#ifndef UNIT_CONN_SCRIPTED_CASE_H
#define UNIT_CONN_SCRIPTED_CASE_H

#include "scripted_peer.h"

static struct scripted_peer peer;

static inline int end(void **state)
{
    (void)state;
    peer_end(&peer);
    return 0;
}

#define TEST(function) cmocka_unit_test_teardown(function, end)

/* The connection ended with this reason, and told the peer so with both ids. */
static inline void check_problem(int reason, bool knows_peer)
{
    SteamNetConnectionInfo_t info;
    struct control_message closed;

    memset(&info, 0, sizeof info);
    connection_fill_info(peer_real(&peer), &info);
    if ((int)info.m_eState != STATE_PROBLEM || info.m_eEndReason != reason)
        fail_msg("state %d, reason %d: %s", info.m_eState, info.m_eEndReason, info.m_szEndDebug);
    assert_true(strlen(info.m_szEndDebug) > 10);
    closed = peer_heard(&peer, CONTROL_CONNECTION_CLOSED);
    assert_int_equal(closed.connection_closed.reason, reason);
    assert_int_equal(closed.connection_closed.from_id, REAL_ID);
    assert_int_equal(closed.connection_closed.to_id, knows_peer ? PEER_ID : 0);
    assert_int_equal(closed.connection_closed.debug.length, strlen(info.m_szEndDebug));
    assert_memory_equal(closed.connection_closed.debug.data, info.m_szEndDebug, strlen(info.m_szEndDebug));
}

/* A payload: the unreliable message "abc". */
#define UNRELIABLE_ABC "\x37\1\0\0\0abc"

/* A peer of the newest version, connected, that has heard nothing since. */
static inline void begin_connected(void)
{
    peer_end(&peer);
    peer_init(&peer, true, 13);
    peer_shake(&peer);
    assert_int_equal(connection_state(peer_real(&peer)), STATE_CONNECTED);
    peer.heard_count = 0;
}

#endif
