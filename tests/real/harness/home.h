/*
 * A home of the case's own for the development authority of local mode, which is turned on with it. The directory goes
 * when the process ends.
 */
#ifndef TESTS_REAL_HARNESS_HOME_H
#define TESTS_REAL_HARNESS_HOME_H

/* Before the library is started, and before other processes that shall share it are. */
void make_home(void);

#endif
