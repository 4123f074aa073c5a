/*
 * Knows every secret that the library comes to hold, and finds them in memory where they must not be any more.
 *
 * The program that uses this is linked with --wrap for the functions through which secrets pass (CMakeLists.txt); each
 * remembers what it is given and what it returns. What is remembered is kept masked, so that it is not found itself.
 * Memory of the library and of OpenSSL comes from an allocator that never gives a freed block back before it was looked
 * at, so that what a block held when it was freed is still there.
 *
 * Used by one thread at a time.
 */
#ifndef TESTS_SECURITY_SECRET_WATCH_H
#define TESTS_SECURITY_SECRET_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum secret_kind {
    SECRET_OF_SESSION = 1, /* of one connection: gone when that is gone */
    SECRET_OF_LIBRARY = 2, /* of the host or a listen socket: gone when the library has stopped */
    SECRET_OF_ANY = 3,
};

/* Before anything else in the program: OpenSSL takes an allocator only before its first allocation. */
void secret_watch_install(void);

/* Remembers a secret of at least 16 bytes. */
void secret_watch_remember(enum secret_kind kind, const void *secret, size_t length);

/* How many secrets of a kind were remembered since secret_watch_forget. */
int secret_watch_count(enum secret_kind kind);

/* Whether a sanitizer makes everything slow. */
bool secret_watch_is_slow(void);

/* Forgets all secrets and gives the freed blocks back to the system. */
void secret_watch_forget(void);

/* Memory outside of blocks that is looked at as well, a stack for instance. */
void secret_watch_region(const void *memory, size_t length);

/* Prints where secrets of a kind are: in freed blocks, in the regions, and, if `live`, in blocks still in use. Returns
 * how many places. */
int secret_watch_search(enum secret_kind kind, bool live, const char *when);

/* The same in the regions alone. */
int secret_watch_search_regions(enum secret_kind kind, const char *when);

/* The same in everything this process can write to; 0 where a sanitizer makes that too much. */
int secret_watch_search_process(enum secret_kind kind, const char *when);

/* Whether a text contains a secret of any kind in hexadecimal (either case) or base64, or as it is. */
bool secret_watch_in_text(const char *text, size_t length);

/* The n-th allocation from now on fails, and none after it; 0: none does. */
void secret_watch_fail_allocation(long n);

/* Whether the allocation that was to fail has been asked for. */
bool secret_watch_failed(void);

/* What is added to the library's clock. */
void secret_watch_advance_clock(int64_t microseconds);

#endif
