/*
 * What the tests of whole connections share: one line with Alice and Bob at its ends, which is new for each test.
 */
#ifndef UNIT_CONN_CONNECTED_LINE_H
#define UNIT_CONN_CONNECTED_LINE_H

#include "virtual_line.h"

enum { RELIABLE = k_nSteamNetworkingSend_Reliable, NO_NAGLE = k_nSteamNetworkingSend_NoNagle };

static struct line line;

static inline int begin(void **state)
{
    (void)state;
    assert_true(line_init(&line, "str:alice", "str:bob"));
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    line_end(&line);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

#endif
