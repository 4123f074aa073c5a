#include "bench/cost.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

double clock_seconds(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* The number behind a word at the start of a line of a file in /proc; 0 if it is not there. */
static int64_t number_in(const char *path, const char *word)
{
    char line[256];
    int64_t number = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file))
        if (strncmp(line, word, strlen(word)) == 0)
            number = strtoll(line + strlen(word), NULL, 10);
    fclose(file);
    return number;
}

int64_t resident_kilobytes(void)
{
    return number_in("/proc/self/status", "VmRSS:");
}

int64_t library_waits(void)
{
    int64_t waits = 0;
    DIR *threads = opendir("/proc/self/task");
    if (!threads)
        return 0;
    for (const struct dirent *entry; (entry = readdir(threads));) {
        char path[320];
        long thread = strtol(entry->d_name, NULL, 10);
        if (thread <= 0 || thread == (long)getpid())
            continue;
        snprintf(path, sizeof path, "/proc/self/task/%ld/status", thread);
        waits += number_in(path, "voluntary_ctxt_switches:");
    }
    closedir(threads);
    return waits;
}
