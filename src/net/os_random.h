/*
 * The operating system's randomness as a random_source. Small requests are served from a buffer that each thread has
 * for itself and that is wiped as it is used up; a forked child never hands out its parent's bytes.
 *
 * Any thread may use the one source at any time. It never hands out weak bytes: should the kernel refuse, and
 * /dev/urandom not be there either, it fails (random_secret returns false), and tries again the next time.
 */
#ifndef NET_OS_RANDOM_H
#define NET_OS_RANDOM_H

#include "base/random.h"

struct random_source *os_random(void);

#endif
