/*
 * The development authority when the system fails: each system call in turn, and each of OpenSSL's allocations. Opening
 * then either fails with a sentence, and leaves no key in memory and no descriptor open, or has a key that is the same
 * the next time. A key that is there is never replaced for that.
 */

#include "../crypto/openssl_memory.h"

#include "../../temporary_directory.h"
#include "../vector_file.h"

#include "cert/credentials.h"
#include "session/local_authority.h"
#include "wire/identity.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- system calls that fail -------------------------------------------------------------------------------------- */

static long calls_left = -1; /* until one fails; negative: none does */
static int reason;
static bool has_failed;

static bool fails(void)
{
    if (calls_left < 0 || calls_left-- > 0)
        return false;
    has_failed = true;
    errno = reason;
    return true;
}

static void fail_at(long n, int with)
{
    calls_left = n;
    reason = with;
    has_failed = false;
}

static bool recover(void)
{
    calls_left = -1;
    return has_failed;
}

#define WRAP(type, name, parameters, arguments)                                                                        \
    type __real_##name parameters;                                                                                     \
    type __wrap_##name parameters;                                                                                     \
    type __wrap_##name parameters                                                                                      \
    {                                                                                                                  \
        return fails() ? -1 : __real_##name arguments;                                                                 \
    }

WRAP(int, open, (const char *path, int flags, mode_t mode), (path, flags, mode))
WRAP(int, openat, (int directory, const char *path, int flags, mode_t mode), (directory, path, flags, mode))
WRAP(ssize_t, read, (int fd, void *buffer, size_t size), (fd, buffer, size))
WRAP(ssize_t, write, (int fd, const void *buffer, size_t size), (fd, buffer, size))
WRAP(int, fstat, (int fd, struct stat *status), (fd, status))
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, flock, (int fd, int operation), (fd, operation))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(int, renameat, (int from, const char *old, int to, const char *new), (from, old, to, new))
WRAP(int, unlinkat, (int directory, const char *path, int flags), (directory, path, flags))

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    int result = __real_close(fd); /* it is closed, whatever it says */
    return fails() ? -1 : result;
}

/* ---- the scenarios ----------------------------------------------------------------------------------------------- */

enum scene { NOTHING_THERE, KEY_THERE, DAMAGED_KEY_THERE, SCENES };

static char base[64], directory[96], key_path[160];
static uint64_t next_seed;

static bool open_it(struct local_authority *authority, char error[LOCAL_AUTHORITY_ERROR_SIZE])
{
    struct random_generator random;

    random_generator_init(&random, ++next_seed); /* a key that is made anew is another key */
    return local_authority_open(authority, directory, &random.source, error);
}

static void begin(enum scene scene, struct local_authority *there)
{
    char error[LOCAL_AUTHORITY_ERROR_SIZE];

    snprintf(base, sizeof base, "/tmp/authority-trouble-XXXXXX");
    assert_non_null(mkdtemp(base));
    snprintf(directory, sizeof directory, "%s/share/fumarole", base);
    snprintf(key_path, sizeof key_path, "%s/authority.key", directory);
    memset(there, 0, sizeof *there);
    if (scene != NOTHING_THERE)
        assert_true(open_it(there, error));
    if (scene == DAMAGED_KEY_THERE)
        assert_int_equal(truncate(key_path, 100), 0);
}

static void end(void)
{
    assert_int_equal(temporary_directory_remove(base), 0);
}

static int open_descriptors(void)
{
    DIR *list = opendir("/proc/self/fd");
    int count = 0;

    assert_non_null(list);
    while (readdir(list))
        count++;
    closedir(list);
    return count;
}

/* Something has failed while it was opened: what must hold then. Returns whether it was opened all the same. */
static bool check(enum scene scene, const struct local_authority *there, bool opened,
                  const struct local_authority *authority, const char *error)
{
    static const struct local_authority wiped;
    char second_error[LOCAL_AUTHORITY_ERROR_SIZE];
    struct local_authority second;

    assert_int_equal(error[0] == 0, opened);
    if (!opened)
        assert_memory_equal(authority, &wiped, sizeof wiped);
    /* All is well when the system is. */
    assert_true(open_it(&second, second_error));
    if (opened)
        assert_memory_equal(&second, authority, sizeof second);
    if (scene == KEY_THERE)
        assert_memory_equal(&second, there, sizeof second);
    if (scene == DAMAGED_KEY_THERE)
        assert_memory_not_equal(&second, there, sizeof second);
    return opened;
}

static void each_call_fails(int with, long *opened, long *refused)
{
    *opened = *refused = 0;
    for (int scene = 0; scene < SCENES; scene++) {
        bool failed = true;

        for (long n = 0; failed; n++) {
            struct local_authority there, authority;
            char error[LOCAL_AUTHORITY_ERROR_SIZE];
            int descriptors;
            bool done;

            begin((enum scene)scene, &there);
            descriptors = open_descriptors();
            fail_at(n, with);
            done = open_it(&authority, error);
            failed = recover();
            assert_int_equal(open_descriptors(), descriptors);
            ++*(check((enum scene)scene, &there, done, &authority, error) ? opened : refused);
            assert_true(failed || done);
            end();
        }
    }
}

static void calls_that_fail(void **state)
{
    long opened, refused;

    (void)state;
    each_call_fails(EIO, &opened, &refused);
    assert_true(opened > SCENES && refused > 20);
    each_call_fails(ENOSPC, &opened, &refused);
    assert_true(opened > SCENES && refused > 20);
}

/* A signal, on the other hand, is no reason to give up where one waits. */
static void calls_that_are_interrupted(void **state)
{
    long opened, refused, opened_with_error, refused_with_error;

    (void)state;
    each_call_fails(EIO, &opened_with_error, &refused_with_error);
    each_call_fails(EINTR, &opened, &refused);
    assert_true(refused < refused_with_error && opened > opened_with_error);
}

static void memory_runs_out(void **state)
{
    long refused = 0;

    (void)state;
    for (int scene = 0; scene < SCENES; scene++) {
        for (int for_good = 0; for_good <= 1; for_good++) {
            bool failed = true;

            for (long n = 0; failed; n++) {
                struct local_authority there, authority;
                char error[LOCAL_AUTHORITY_ERROR_SIZE];
                bool done;

                begin((enum scene)scene, &there);
                openssl_memory_fail_at(n, for_good);
                done = open_it(&authority, error);
                failed = openssl_memory_recover();
                refused += !check((enum scene)scene, &there, done, &authority, error);
                end();
            }
        }
    }
    assert_true(refused > 10);
}

static void certificates_without_memory(void **state)
{
    struct random_generator random;
    struct local_authority authority;
    SteamNetworkingIdentity identity;
    char error[LOCAL_AUTHORITY_ERROR_SIZE];
    long refused = 0, issued = 0;
    bool failed = true;

    (void)state;
    begin(KEY_THERE, &authority);
    random_generator_init(&random, 5);
    assert_true(identity_set_string(&identity, "alice", 5));
    for (long n = 0; failed; n++) {
        struct credentials *credentials;

        openssl_memory_fail_at(n, false);
        credentials = local_authority_issue(&authority, &identity, 480, &random.source, 1800000000, error);
        failed = openssl_memory_recover();
        assert_int_equal(error[0] == 0, credentials != NULL);
        refused += !credentials;
        issued += credentials != NULL;
        credentials_free(credentials);
    }
    assert_true(refused > 10 && issued > 0);
    end();
}

static int prepare(void **state)
{
    (void)state;
    return crypto_prepare() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_that_fail),
        cmocka_unit_test(calls_that_are_interrupted),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(certificates_without_memory),
    };
    if (!openssl_memory_take_over())
        return 1;
    return cmocka_run_group_tests(tests, prepare, NULL);
}
