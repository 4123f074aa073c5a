/*
 * The table of all cases: what each of them is called and what it is given.
 *
 * "lossN" in a name means that datagrams are lost with N percent when they are sent and again with N percent when they
 * are received, in both processes, unless the run asks for one-way loss.
 */
#ifndef TESTS_REAL_INTEROP_MATRIX_H
#define TESTS_REAL_INTEROP_MATRIX_H

#include "case.h"

/* Makes the table; *count tells how long it is. */
const struct test *matrix_build(int *count);

#endif
