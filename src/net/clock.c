#include "net/clock.h"

#include <time.h>

microseconds clock_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return CLOCK_ORIGIN + time.tv_sec * SECOND + time.tv_nsec / 1000;
}

int64_t clock_unix_seconds(void)
{
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    return time.tv_sec;
}
