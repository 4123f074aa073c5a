/* The development authority of local mode: made once, also by many processes at once; damaged, foreign and open files;
 * certificates that peers of the same user accept and others do not. */

#include "../../temporary_directory.h"
#include "../vector_file.h"

#include "cert/authority_store.h"
#include "cert/certificate_policy.h"
#include "crypto/key_text.h"
#include "session/local_authority.h"
#include "wire/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char base[64];      /* a fresh directory for each test */
static char directory[96]; /* inside it, not made yet */
static char error[LOCAL_AUTHORITY_ERROR_SIZE];

static int make_base(void **state)
{
    (void)state;
    snprintf(base, sizeof base, "/tmp/local-authority-XXXXXX");
    if (!mkdtemp(base))
        return -1;
    snprintf(directory, sizeof directory, "%s/share/fumarole", base);
    return 0;
}

static int drop_base(void **state)
{
    (void)state;
    return temporary_directory_remove(base);
}

static const char *inside(const char *name)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static size_t read_file(const char *path, char *text, size_t capacity)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(text, 1, capacity, file);
    fclose(file);
    return length;
}

static void write_file(const char *path, const char *text, size_t length, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(write(fd, text, length), length);
    close(fd);
}

static mode_t mode_of(const char *path)
{
    struct stat status;
    assert_int_equal(lstat(path, &status), 0);
    return status.st_mode & 07777;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Opens with randomness of its own, so that a key that is made anew is another key. */
static bool open_with(struct local_authority *authority, uint64_t seed)
{
    struct random_generator random;
    random_generator_init(&random, seed);
    return local_authority_open(authority, directory, &random.source, error);
}

static struct local_authority opened(uint64_t seed)
{
    struct local_authority authority;
    if (!open_with(&authority, seed))
        fail_msg("%s", error);
    return authority;
}

static void expect_refusal(const char *word)
{
    struct local_authority authority, empty = {{0}, {0}};
    memset(&authority, 1, sizeof authority);
    assert_false(open_with(&authority, 99));
    if (!strstr(error, word))
        fail_msg("'%s' does not say '%s'", error, word);
    assert_memory_equal(&authority, &empty, sizeof empty);
}

static void made_once_and_found_again(void **state)
{
    (void)state;
    struct local_authority first = opened(1), second = opened(2);
    assert_memory_equal(&first, &second, sizeof first);
    assert_int_equal(mode_of(directory), 0700);
    assert_int_equal(mode_of(inside("authority.key")), 0600);
    assert_false(exists(inside("authority.key.new")));
    assert_false(exists(inside("authority.key.damaged")));

    char text[1024];
    uint8_t seed[32], public_key[32];
    size_t length = read_file(inside("authority.key"), text, sizeof text);
    assert_true(private_key_text_read(text, length, seed, NULL));
    assert_memory_equal(seed, first.seed, 32);
    assert_true(crypto_ed25519_public(seed, public_key));
    assert_memory_equal(public_key, first.public_key, 32);

    const struct local_authority empty = {{0}, {0}};
    local_authority_close(&first);
    assert_memory_equal(&first, &empty, sizeof empty);
}

static void the_mode_does_not_depend_on_the_umask(void **state)
{
    (void)state;
    mode_t old = umask(0);
    opened(1);
    umask(old);
    assert_int_equal(mode_of(directory), 0700);
    assert_int_equal(mode_of(inside("authority.key")), 0600);
}

static void where_the_directory_is(void **state)
{
    (void)state;
    char path[LOCAL_AUTHORITY_PATH_SIZE], expected[128];
    const char *old_data = getenv("XDG_DATA_HOME"), *old_home = getenv("HOME");
    char *data = old_data ? strdup(old_data) : NULL, *home = old_home ? strdup(old_home) : NULL;

    setenv("XDG_DATA_HOME", base, 1);
    setenv("HOME", "/nowhere", 1);
    assert_true(local_authority_directory(path, sizeof path, error));
    snprintf(expected, sizeof expected, "%s/fumarole", base);
    assert_string_equal(path, expected);
    assert_false(local_authority_directory(path, strlen(expected), error));

    /* The default directory is where a null one goes. */
    struct random_generator random;
    struct local_authority authority;
    random_generator_init(&random, 5);
    assert_true(local_authority_open(&authority, NULL, &random.source, error));
    snprintf(expected, sizeof expected, "%s/fumarole/authority.key", base);
    assert_true(exists(expected));

    setenv("XDG_DATA_HOME", "relative/path", 1); /* to be ignored */
    assert_true(local_authority_directory(path, sizeof path, error));
    assert_string_equal(path, "/nowhere/.local/share/fumarole");
    unsetenv("XDG_DATA_HOME");
    assert_true(local_authority_directory(path, sizeof path, error));
    assert_string_equal(path, "/nowhere/.local/share/fumarole");
    unsetenv("HOME"); /* the user database, if the user is in it */
    if (local_authority_directory(path, sizeof path, error))
        assert_true(path[0] == '/');
    else
        assert_non_null(strstr(error, "home directory"));

    data ? setenv("XDG_DATA_HOME", data, 1) : unsetenv("XDG_DATA_HOME");
    home ? setenv("HOME", home, 1) : unsetenv("HOME");
    free(data);
    free(home);
}

/* Several processes that start together come to have the same key, whatever they find. */
enum { PROCESSES = 8, ROUNDS = 12 };

static void race(uint64_t round)
{
    int start[2], results[2];
    pid_t children[PROCESSES];
    assert_int_equal(pipe(start), 0);
    assert_int_equal(pipe(results), 0);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            struct local_authority authority;
            char byte;
            close(start[1]);
            bool good = read(start[0], &byte, 1) == 0 && /* until the parent closes its end */
                        open_with(&authority, round * 100 + (uint64_t)i) &&
                        write(results[1], authority.public_key, 32) == 32;
            if (!good)
                fprintf(stderr, "process %d: %s\n", i, error);
            _exit(good ? 0 : 1);
        }
    }
    close(start[0]);
    close(start[1]);
    close(results[1]);

    uint8_t keys[PROCESSES][32];
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_int_equal(read(results[0], keys, sizeof keys), sizeof keys);
    close(results[0]);
    for (int i = 1; i < PROCESSES; i++)
        if (memcmp(keys[i], keys[0], 32) != 0)
            fail_msg("round %d: two processes have different keys", (int)round);
    struct local_authority later = opened(7);
    assert_memory_equal(later.public_key, keys[0], 32);
    assert_false(exists(inside("authority.key.new")));
}

static void processes_that_start_together(void **state)
{
    (void)state;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        race(round);
        assert_int_equal(unlink(inside("authority.key")), 0);
    }
}

static void processes_that_find_a_torn_file(void **state)
{
    (void)state;
    char text[1024];
    opened(1);
    size_t length = read_file(inside("authority.key"), text, sizeof text);
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        write_file(inside("authority.key"), text, length * round / (ROUNDS + 1), 0600);
        race(round);
        assert_true(exists(inside("authority.key.damaged")));
    }
}

/* Every way to tear the file apart is noticed, and the file replaced by a good one. */
static void torn_files_are_replaced(void **state)
{
    (void)state;
    char text[1024], kept[1024];
    struct local_authority before = opened(1);
    size_t length = read_file(inside("authority.key"), text, sizeof text);
    for (size_t cut = 0; cut < length - 2; cut += 23) {
        write_file(inside("authority.key"), text, cut, 0600);
        struct local_authority after = opened(1000 + cut);
        assert_memory_not_equal(after.public_key, before.public_key, 32);
        struct local_authority again = opened(1);
        assert_memory_equal(again.public_key, after.public_key, 32);
        assert_int_equal(read_file(inside("authority.key.damaged"), kept, sizeof kept), cut);
        assert_memory_equal(kept, text, cut);
        assert_int_equal(mode_of(inside("authority.key")), 0600);
    }
    /* One changed character, zeros as after a crash of the machine, and a file that is far too large. */
    text[200] = text[200] == 'A' ? 'B' : 'A';
    write_file(inside("authority.key"), text, length, 0600);
    struct local_authority changed = opened(3);
    assert_memory_not_equal(changed.public_key, before.public_key, 32);
    memset(text, 0, length);
    write_file(inside("authority.key"), text, length, 0600);
    struct local_authority zeros = opened(4);
    assert_memory_not_equal(zeros.public_key, changed.public_key, 32);
    write_file(inside("authority.key"), "", 0, 0600);
    assert_int_equal(truncate(inside("authority.key"), 10000000), 0);
    struct local_authority large = opened(5);
    assert_memory_not_equal(large.public_key, zeros.public_key, 32);
}

/* What a process leaves behind that died while writing does not disturb the next one. */
static void leftovers_do_not_disturb(void **state)
{
    (void)state;
    opened(9);
    assert_int_equal(unlink(inside("authority.key")), 0);
    write_file(inside("authority.key.new"), "-----BEG", 8, 0600);
    write_file(inside("authority.lock"), "", 0, 0600);
    struct local_authority first = opened(1), second = opened(2);
    assert_memory_equal(first.public_key, second.public_key, 32);
    assert_false(exists(inside("authority.key.new")));
}

static void open_doors_are_refused(void **state)
{
    (void)state;
    char before[1024], after[1024];
    opened(1);
    size_t length = read_file(inside("authority.key"), before, sizeof before);
    static const mode_t modes[] = {0640, 0620, 0604, 0602, 0610, 0644, 0666, 0777};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(chmod(inside("authority.key"), modes[i]), 0);
        expect_refusal("chmod 600");
        assert_non_null(strstr(error, "key file"));
    }
    assert_int_equal(chmod(inside("authority.key"), 0600), 0);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(chmod(directory, modes[i] | 0100), 0);
        expect_refusal("chmod 700");
        assert_non_null(strstr(error, "directory"));
    }
    assert_int_equal(chmod(directory, 0700), 0);
    opened(2);
    assert_int_equal(read_file(inside("authority.key"), after, sizeof after), length);
    assert_memory_equal(before, after, length);

    /* An open door is refused even where the file is damaged, too. */
    write_file(inside("authority.key"), "x", 1, 0644);
    expect_refusal("chmod 600");
    assert_false(exists(inside("authority.key.damaged")));
}

static void files_of_others_are_refused(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); /* only root can give a file away */
    opened(1);
    assert_int_equal(chown(inside("authority.key"), 12345, 12345), 0);
    expect_refusal("another user");
    assert_int_equal(chown(inside("authority.key"), 0, 0), 0);
    assert_int_equal(chown(directory, 12345, 12345), 0);
    expect_refusal("another user");
}

static void things_that_are_no_files(void **state)
{
    (void)state;
    opened(1);
    assert_int_equal(rename(inside("authority.key"), "/dev/null/x"), -1);
    char elsewhere[160];
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", base);
    assert_int_equal(rename(inside("authority.key"), elsewhere), 0);
    assert_int_equal(symlink(elsewhere, inside("authority.key")), 0);
    expect_refusal("symbolic link");
    assert_int_equal(unlink(inside("authority.key")), 0);
    assert_int_equal(mkfifo(inside("authority.key"), 0600), 0);
    expect_refusal("not a regular file");
    assert_int_equal(unlink(inside("authority.key")), 0);
    assert_int_equal(mkdir(inside("authority.key"), 0700), 0);
    expect_refusal("not a regular file");
    assert_int_equal(rmdir(inside("authority.key")), 0);

    /* A file where the directory should be, and above it. */
    snprintf(directory, sizeof directory, "%s/elsewhere", base);
    expect_refusal("Cannot open the local authority's directory");
    snprintf(directory, sizeof directory, "%s/elsewhere/below", base);
    expect_refusal("Cannot make a directory");
    directory[0] = 0;
    expect_refusal("empty or too long");
}

/* Somebody who holds the lock and does not let go: an error after the patience is over, not a hang. */
static void a_lock_that_is_not_released(void **state)
{
    (void)state;
    opened(1);
    int fd = open(inside("authority.lock"), O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    opened(2); /* nothing to make, so no lock is needed */
    assert_int_equal(unlink(inside("authority.key")), 0);
    expect_refusal("holding the local authority's lock");
    close(fd);
    opened(3);
}

/* ------------------------------------------------------------------------------------------------- certificates */

static bool judge(const struct authority_store *store, const struct credentials *credentials, uint32_t app_id,
                  int64_t now, struct certificate_verdict *verdict)
{
    const struct crypt_info info = {.has_kind = true, .kind = 1, .has_version = true, .version = 13};
    uint8_t encoded[64], signature[CRYPTO_SIGNATURE_SIZE];
    size_t length = crypt_info_encode(&info, encoded, sizeof encoded);
    assert_true(length > 0 && credentials_sign(credentials, encoded, length, signature));
    const struct signed_crypt crypt = {
        .has_info = true, .info = {encoded, length}, .has_signature = true, .signature = {signature, sizeof signature}};
    struct signed_certificate certificate;
    assert_true(signed_certificate_decode(&certificate, credentials->message, credentials->message_length));
    const struct certificate_policy policy = {
        .authorities = store, .unix_now = now, .app_id = app_id, .allow_unsigned = ALLOW_UNSIGNED_NEVER};
    return certificate_policy_check(&policy, &certificate, &crypt, &credentials->certificate.identity, verdict);
}

static void certificates_are_good_among_one_users_processes(void **state)
{
    (void)state;
    const int64_t now = 1800000000;
    struct random_generator random;
    SteamNetworkingIdentity identity;
    struct certificate_verdict verdict;
    random_generator_init(&random, 11);
    assert_true(identity_parse(&identity, "str:player", 10));

    struct local_authority ours = opened(1), same = opened(2);
    struct credentials *credentials = local_authority_issue(&ours, &identity, 480, &random.source, now, error);
    assert_non_null(credentials);
    struct credentials *another = local_authority_issue(&ours, &identity, 480, &random.source, now, error);
    assert_non_null(another);
    assert_memory_not_equal(credentials->seed, another->seed, 32);
    credentials_free(another);

    struct authority_store *store = authority_store_new();
    assert_int_equal(authority_store_add_root(store, same.public_key), AUTHORITY_ADDED);
    assert_true(judge(store, credentials, 480, now, &verdict));
    assert_true(verdict.authenticated);
    assert_true(judge(store, credentials, 480, now + LOCAL_CERTIFICATE_LIFETIME_S, &verdict));
    assert_false(judge(store, credentials, 480, now + LOCAL_CERTIFICATE_LIFETIME_S + 1, &verdict));
    assert_false(judge(store, credentials, 481, now, &verdict));
    authority_store_free(store);

    /* Another user has another key, and does not believe it. */
    snprintf(directory, sizeof directory, "%s/other", base);
    struct local_authority other = opened(3);
    store = authority_store_new();
    assert_int_equal(authority_store_add_root(store, other.public_key), AUTHORITY_ADDED);
    assert_false(judge(store, credentials, 480, now, &verdict));
    assert_int_equal(verdict.end_reason, 4003);
    authority_store_free(store);
    credentials_free(credentials);
}

static void what_is_not_certified(void **state)
{
    (void)state;
    struct random_generator random;
    SteamNetworkingIdentity identity;
    struct local_authority authority = opened(1);
    random_generator_init(&random, 11);
    assert_null(local_authority_issue(&authority, NULL, 0, &random.source, 1800000000, error));
    assert_non_null(strstr(error, "anonymous"));
    identity_clear(&identity);
    assert_null(local_authority_issue(&authority, &identity, 0, &random.source, 1800000000, error));
    identity_set_localhost(&identity);
    assert_null(local_authority_issue(&authority, &identity, 0, &random.source, 1800000000, error));
    assert_true(identity_parse(&identity, "str:x", 5));
    assert_null(local_authority_issue(&authority, &identity, 0, &random.source, 0, error));
    assert_non_null(strstr(error, "clock"));
    assert_null(local_authority_issue(&authority, &identity, 0, &random.source, UINT32_MAX, error));
    assert_null(local_authority_issue(&authority, &identity, 0, &random.source, -1, error));
    /* A clan's Steam id is never written into a certificate. */
    identity_set_steam_id(&identity, 103582791429521409u);
    assert_null(local_authority_issue(&authority, &identity, 0, &random.source, 1800000000, error));
    assert_non_null(strstr(error, "identity"));
}

int main(void)
{
#define IN_FRESH_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_base, drop_base)
    const struct CMUnitTest tests[] = {
        IN_FRESH_DIRECTORY(made_once_and_found_again),
        IN_FRESH_DIRECTORY(the_mode_does_not_depend_on_the_umask),
        IN_FRESH_DIRECTORY(where_the_directory_is),
        IN_FRESH_DIRECTORY(processes_that_start_together),
        IN_FRESH_DIRECTORY(processes_that_find_a_torn_file),
        IN_FRESH_DIRECTORY(torn_files_are_replaced),
        IN_FRESH_DIRECTORY(leftovers_do_not_disturb),
        IN_FRESH_DIRECTORY(open_doors_are_refused),
        IN_FRESH_DIRECTORY(files_of_others_are_refused),
        IN_FRESH_DIRECTORY(things_that_are_no_files),
        IN_FRESH_DIRECTORY(a_lock_that_is_not_released),
        IN_FRESH_DIRECTORY(certificates_are_good_among_one_users_processes),
        IN_FRESH_DIRECTORY(what_is_not_certified),
    };
    return cmocka_run_group_tests_name("local_authority", tests, NULL, NULL);
}
