/* Two connections on a line in virtual time: how they are closed, and what is still delivered then. */
#include "connected_line.h"

static void test_close_reasons(void **state)
{
    static const struct {
        int reason;
        const char *text;
        int seen;
        const char *seen_text; /* NULL: any that is not empty */
    } cases[] = {
        {1000, "a", 1000, "a"},
        {1999, "a", 1999, "a"},
        {2000, "a", 2000, "a"},
        {2999, "a", 2999, "a"},
        {0, "a", 1000, "a"},
        {0, NULL, 1000, NULL},
        {1500, "", 1500, NULL},
        {2500, NULL, 2500, NULL},
        {999, "a", 1999, NULL},
        {3000, "a", 1999, NULL},
        {-1, "a", 1999, NULL},
        {5003, "a", 1999, NULL},
        {1001,
         "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
         "012345678901234567890123456789ABCDEF",
         1001,
         "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
         "012345678901234567890123456"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SteamNetConnectionInfo_t info;

        line_end(&line);
        assert_true(line_init(&line, "str:alice", "str:bob"));
        line_establish(&line);
        line_close(&line, i % 2 ? SERVER : CLIENT, cases[i].reason, cases[i].text, false);
        line_run(&line, SECOND);
        info = line_info(&line, i % 2 ? CLIENT : SERVER);
        assert_int_equal(info.m_eState, STATE_CLOSED_BY_PEER);
        assert_int_equal(info.m_eEndReason, cases[i].seen);
        if (cases[i].seen_text)
            assert_string_equal(info.m_szEndDebug, cases[i].seen_text);
        else
            assert_true(strlen(info.m_szEndDebug) > 1);
    }
}

/* The reason is decided once: what the application says when it lets go of an ended connection does not matter. */
static void test_letting_go(void **state)
{
    const struct owner *owner = &line.ends[SERVER].owner;

    (void)state;
    line_establish(&line);
    line_close(&line, CLIENT, 1500, "first", false);
    line_run(&line, SECOND);
    line_close(&line, SERVER, 1600, "second", true);
    assert_int_equal(line_state(&line, SERVER), STATE_FIN_WAIT);
    assert_int_equal(line_info(&line, SERVER).m_eState, STATE_NONE);
    assert_int_equal(line_info(&line, SERVER).m_eEndReason, 1500);
    assert_string_equal(line_info(&line, SERVER).m_szEndDebug, "first");
    line_close(&line, SERVER, 1700, "third", false); /* nothing more to let go of */
    assert_int_equal(owner->state_count, 3);
    line_run(&line, 5 * SECOND);
    assert_int_equal(line_state(&line, SERVER), STATE_DEAD);
    assert_true(owner->saw_dead);
    assert_int_equal(owner->state_count, 3);
}

static void test_reject_and_abort(void **state)
{
    (void)state;
    line.accept_after = TIME_NEVER;
    assert_true(line_connect(&line));
    line_run(&line, 100 * MILLISECOND);
    line_close(&line, SERVER, 1042, "full", false);
    line_run(&line, SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_CLOSED_BY_PEER);
    assert_int_equal(line_info(&line, CLIENT).m_eEndReason, 1042);
    assert_int_equal(line_state(&line, SERVER), STATE_FIN_WAIT);

    line_end(&line);
    assert_true(line_init(&line, "str:alice", "str:bob"));
    line.accept_after = TIME_NEVER;
    assert_true(line_connect(&line));
    line_run(&line, 100 * MILLISECOND);
    line_close(&line, CLIENT, 1043, "changed my mind", true);
    assert_int_equal(line_state(&line, CLIENT), STATE_FIN_WAIT); /* nothing to linger for */
    line_run(&line, SECOND);
    assert_int_equal(line_state(&line, SERVER), STATE_CLOSED_BY_PEER);
    assert_int_equal(line_info(&line, SERVER).m_eEndReason, 1043);

    /* Before the server knows anything. */
    line_end(&line);
    assert_true(line_init(&line, "str:alice", "str:bob"));
    assert_true(line_connect(&line));
    line_close(&line, CLIENT, 1044, NULL, false);
    line_run(&line, 6 * SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_DEAD);
    assert_null(line_server(&line));
}

static void test_linger(void **state)
{
    (void)state;
    line_establish(&line);
    line_send(&line, CLIENT, 1, 200000, RELIABLE);
    line_send(&line, CLIENT, 2, 100, RELIABLE);
    line_close(&line, CLIENT, 1007, "when all is said", true);
    assert_int_equal(line_state(&line, CLIENT), STATE_LINGER);
    assert_int_equal(line_info(&line, CLIENT).m_eState, STATE_NONE);
    line_run(&line, 500 * MILLISECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_LINGER);
    assert_int_equal(line_state(&line, SERVER), STATE_CONNECTED);
    /* What the server sends now is for nobody. */
    line_send(&line, SERVER, 3, 100, RELIABLE | NO_NAGLE);
    line_run(&line, SECOND);
    line_expect(&line, SERVER, 1, 200000);
    line_expect(&line, SERVER, 2, 100);
    assert_int_equal(line_state(&line, CLIENT), STATE_FIN_WAIT);
    assert_int_equal(line_state(&line, SERVER), STATE_CLOSED_BY_PEER);
    assert_int_equal(line_info(&line, SERVER).m_eEndReason, 1007);
    assert_int_equal(line.ends[CLIENT].owner.received.count, 0);
    line_run(&line, 5 * SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_DEAD);
}

/* Lingering ends when the peer closes, and when it vanishes; nobody is told. */
static void test_linger_cut_short(void **state)
{
    const struct owner *owner = &line.ends[CLIENT].owner;

    (void)state;
    line_establish(&line);
    line_send(&line, CLIENT, 1, 500000, RELIABLE);
    line_close(&line, CLIENT, 1007, NULL, true);
    line_run(&line, 100 * MILLISECOND);
    line_close(&line, SERVER, 1008, NULL, false);
    line_run(&line, 100 * MILLISECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_FIN_WAIT);
    assert_int_equal(owner->state_count, 2);
    line_run(&line, 5 * SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_DEAD);

    line_end(&line);
    assert_true(line_init(&line, "str:alice", "str:bob"));
    line_establish(&line);
    line_send(&line, CLIENT, 1, 500000, RELIABLE);
    line_close(&line, CLIENT, 1007, NULL, true);
    line.cut = true;
    line_run(&line, 12 * SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_FIN_WAIT);
    line_run(&line, 6 * SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_DEAD);
    assert_int_equal(owner->state_count, 2);
}

static void test_linger_without_need(void **state)
{
    (void)state;
    line_establish(&line);
    line_send(&line, CLIENT, 1, 100, 0); /* unreliable data is not waited for */
    line_close(&line, CLIENT, 0, NULL, true);
    assert_int_equal(line_state(&line, CLIENT), STATE_FIN_WAIT);
}

/* Nothing is held any longer when the application lets go. */
static void test_linger_ends_holding(void **state)
{
    int sent;

    (void)state;
    line_establish(&line);
    line_send(&line, CLIENT, 1, 100, RELIABLE);
    sent = line.ends[CLIENT].data_sent;
    line_close(&line, CLIENT, 0, NULL, true);
    assert_int_equal(line.ends[CLIENT].data_sent, sent + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_close_reasons),    TEST(test_letting_go),          TEST(test_reject_and_abort),    TEST(test_linger),
        TEST(test_linger_cut_short), TEST(test_linger_without_need), TEST(test_linger_ends_holding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
