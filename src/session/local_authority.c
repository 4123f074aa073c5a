#include "session/local_authority.h"

#include "cert/certificate_issue.h"
#include "crypto/key_text.h"
#include "wire/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char key_file[] = "authority.key";
static const char new_file[] = "authority.key.new"; /* being written; only the holder of the lock touches it */
static const char damaged_file[] = "authority.key.damaged";
static const char no_randomness[] = "The system gives no random numbers.";
static const char lock_file[] = "authority.lock"; /* stays: removing it would race with its next user */

enum {
    KEY_FILE_SIZE_MAXIMUM = 4096,
    LOCK_RETRY_MS = 10,
    OTHERS = S_IRWXG | S_IRWXO,
};

/* The sentence names the path last, so that a long one does not cut off what there is to say. "%m" is errno's text. */
__attribute__((format(printf, 2, 3))) static bool fail(char *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, LOCAL_AUTHORITY_ERROR_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

/* -------------------------------------------------------------------------------------------------- the directory */

bool local_authority_directory(char *path, size_t size, char *error)
{
    struct passwd entry, *found = NULL;
    char buffer[4096];
    int length;

    const char *data = secure_getenv("XDG_DATA_HOME");
    const char *home = secure_getenv("HOME");
    if (data && data[0] == '/') {
        length = snprintf(path, size, "%s/fumarole", data);
    } else {
        if (!home || home[0] != '/') {
            if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) != 0 || !found || entry.pw_dir[0] != '/')
                return fail(error, "There is no home directory to keep the local authority's key in; HOME is not set.");
            home = entry.pw_dir;
        }
        length = snprintf(path, size, "%s/.local/share/fumarole", home);
    }
    if (length < 0 || (size_t)length >= size)
        return fail(error, "The path of the user's data directory is too long.");
    return true;
}

/* As "mkdir -p", readable for the owner only. What exists is left alone. */
static bool make_directories(const char *directory, char *error)
{
    char path[LOCAL_AUTHORITY_PATH_SIZE];
    size_t length = strlen(directory);

    if (length == 0 || length >= sizeof path)
        return fail(error, "The path of the local authority's directory is empty or too long.");
    memcpy(path, directory, length + 1);
    for (char *p = path + 1;; p++) {
        if (*p != '/' && *p != 0)
            continue;
        bool last = *p == 0;
        *p = 0;
        if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST) {
            int reason = errno;
            struct stat status;
            /* Above a directory that exists, the system may refuse in other words than "it exists". */
            if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
                errno = reason;
                return fail(error, "Cannot make a directory for the local authority (%m): %s", path);
            }
        }
        if (last)
            return true;
        *p = '/';
    }
}

/* Ours, and nobody else's business. */
static bool is_private(const struct stat *status, const char *what, const char *mode, const char *directory,
                       char *error)
{
    if (status->st_uid != geteuid())
        return fail(error, "The local authority's %s belongs to another user (id %lu instead of %lu): %s", what,
                    (unsigned long)status->st_uid, (unsigned long)geteuid(), directory);
    if (status->st_mode & OTHERS)
        return fail(error, "Other users have access to the local authority's %s; \"chmod %s\" makes it private: %s",
                    what, mode, directory);
    return true;
}

/* An open directory, or -1. */
static int open_directory(const char *directory, char *error)
{
    struct stat status;

    if (!make_directories(directory, error))
        return -1;
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0) {
        fail(error, "Cannot open the local authority's directory (%m): %s", directory);
    } else if (is_private(&status, "directory", "700", directory, error)) {
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

/* --------------------------------------------------------------------------------------------------- the key file */

enum key_found {
    KEY_READ,
    KEY_ABSENT,
    KEY_DAMAGED, /* it is ours, but no key can be made out */
    KEY_REFUSED, /* *error says why */
};

/* Reads up to size bytes; -1 on error. */
static ssize_t read_all(int fd, char *buffer, size_t size)
{
    size_t length = 0;
    while (length < size) {
        ssize_t got = read(fd, buffer + length, size - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    return (ssize_t)length;
}

static enum key_found read_open_key(int fd, struct local_authority *authority, const char *directory, char *error)
{
    char text[KEY_FILE_SIZE_MAXIMUM];
    struct stat status;
    enum key_found found = KEY_DAMAGED;

    if (fstat(fd, &status) != 0) {
        fail(error, "Cannot read the local authority's key file (%m): %s/%s", directory, key_file);
        return KEY_REFUSED;
    }
    if (!S_ISREG(status.st_mode)) {
        fail(error, "The local authority's key file is not a regular file: %s/%s", directory, key_file);
        return KEY_REFUSED;
    }
    if (!is_private(&status, "key file authority.key", "600", directory, error))
        return KEY_REFUSED;

    ssize_t length = read_all(fd, text, sizeof text);
    if (length < 0) {
        fail(error, "Cannot read the local authority's key file (%m): %s/%s", directory, key_file);
        found = KEY_REFUSED;
    } else if (private_key_text_read(text, (size_t)length, authority->seed, NULL)) {
        found = KEY_READ;
    }
    crypto_wipe(text, sizeof text);
    return found;
}

static enum key_found read_key(int directory_fd, struct local_authority *authority, const char *directory, char *error)
{
    /* Not blocking, as somebody may have put a pipe there. */
    int fd = openat(directory_fd, key_file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        if (errno == ENOENT)
            return KEY_ABSENT;
        if (errno == ELOOP)
            fail(error, "The local authority's key file is a symbolic link: %s/%s", directory, key_file);
        else
            fail(error, "Cannot open the local authority's key file (%m): %s/%s", directory, key_file);
        return KEY_REFUSED;
    }
    enum key_found found = read_open_key(fd, authority, directory, error);
    close(fd);
    return found;
}

static bool write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, data, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        data += written;
        length -= (size_t)written;
    }
    return true;
}

/* Makes the complete file under a name of its own, on the disk before it has the name that others look for. */
static bool write_new_file(int directory_fd, const char *text)
{
    if (unlinkat(directory_fd, new_file, 0) != 0 && errno != ENOENT)
        return false;
    int fd = openat(directory_fd, new_file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return false;
    bool done = fchmod(fd, S_IRUSR | S_IWUSR) == 0 && write_all(fd, text, strlen(text)) && fsync(fd) == 0;
    int reason = errno;
    if (close(fd) != 0 && done) {
        done = false;
        reason = errno;
    }
    errno = reason;
    return done;
}

/* Under the lock: makes a key and its file. */
static bool make_key(int directory_fd, struct local_authority *authority, bool damaged, struct random_source *random,
                     const char *directory, char *error)
{
    char text[PRIVATE_KEY_TEXT_SIZE];

    if (!random_secret(random, authority->seed, sizeof authority->seed))
        return fail(error, no_randomness);
    if (!private_key_text_write(authority->seed, text, sizeof text))
        return fail(error, "Out of memory.");
    bool done = write_new_file(directory_fd, text) &&
                (!damaged || renameat(directory_fd, key_file, directory_fd, damaged_file) == 0) &&
                renameat(directory_fd, new_file, directory_fd, key_file) == 0;
    crypto_wipe(text, sizeof text);
    if (!done) {
        fail(error, "Cannot write the local authority's key file (%m): %s/%s", directory, key_file);
        unlinkat(directory_fd, new_file, 0);
        return false;
    }
    (void)fsync(directory_fd); /* where a directory cannot be synchronised, there is nothing more to do */
    return true;
}

/* An open file with the lock, which closing it releases; or -1. */
static int take_lock(int directory_fd, const char *directory, char *error)
{
    const struct timespec pause = {.tv_nsec = LOCK_RETRY_MS * 1000000L};
    int fd = openat(directory_fd, lock_file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) {
        fail(error, "Cannot open the local authority's lock file (%m): %s/%s", directory, lock_file);
        return -1;
    }
    for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited += LOCK_RETRY_MS) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            fail(error, "Cannot lock the local authority's lock file (%m): %s/%s", directory, lock_file);
        else if (waited >= LOCAL_AUTHORITY_PATIENCE_MS)
            fail(error, "Another process is holding the local authority's lock file: %s/%s", directory, lock_file);
        else {
            nanosleep(&pause, NULL);
            continue;
        }
        close(fd);
        return -1;
    }
    return fd;
}

/* -------------------------------------------------------------------------------------------------- the authority */

static bool load_or_make(int directory_fd, struct local_authority *authority, struct random_source *random,
                         const char *directory, char *error)
{
    enum key_found found = read_key(directory_fd, authority, directory, error);
    if (found == KEY_READ || found == KEY_REFUSED)
        return found == KEY_READ;

    int lock = take_lock(directory_fd, directory, error);
    if (lock < 0)
        return false;
    /* Another process may have been faster. */
    found = read_key(directory_fd, authority, directory, error);
    bool done = found == KEY_READ;
    if (found == KEY_ABSENT || found == KEY_DAMAGED)
        done = make_key(directory_fd, authority, found == KEY_DAMAGED, random, directory, error);
    close(lock);
    return done;
}

bool local_authority_open(struct local_authority *authority, const char *directory, struct random_source *random,
                          char *error)
{
    char path[LOCAL_AUTHORITY_PATH_SIZE];

    memset(authority, 0, sizeof *authority);
    error[0] = 0;
    if (!directory) {
        if (!local_authority_directory(path, sizeof path, error))
            return false;
        directory = path;
    }
    int directory_fd = open_directory(directory, error);
    if (directory_fd < 0)
        return false;
    bool done = load_or_make(directory_fd, authority, random, directory, error);
    close(directory_fd);
    if (done && !crypto_ed25519_public(authority->seed, authority->public_key))
        done = fail(error, "Out of memory.");
    if (!done)
        local_authority_close(authority);
    return done;
}

void local_authority_close(struct local_authority *authority)
{
    crypto_wipe(authority, sizeof *authority);
}

struct credentials *local_authority_issue(const struct local_authority *authority,
                                          const SteamNetworkingIdentity *identity, uint32_t app_id,
                                          struct random_source *random, int64_t unix_now, char *error)
{
    uint8_t seed[CRYPTO_KEY_SIZE], public_key[CRYPTO_KEY_SIZE], message[CERTIFICATE_MESSAGE_SIZE];
    const char *problem = "Out of memory, or the identity cannot be written into a certificate.";

    error[0] = 0;
    if (!identity || identity_is_invalid(identity) || identity_is_localhost(identity)) {
        fail(error, "An anonymous identity cannot be certified.");
        return NULL;
    }
    if (unix_now <= 0 || unix_now > (int64_t)UINT32_MAX - LOCAL_CERTIFICATE_LIFETIME_S) {
        fail(error, "The system's clock is wrong: a certificate cannot express its time.");
        return NULL;
    }
    if (!random_secret(random, seed, sizeof seed)) {
        fail(error, no_randomness);
        return NULL;
    }
    const struct certificate_grant grant = {
        .key = public_key,
        .identity = identity,
        .created = (uint32_t)unix_now,
        .expiry = (uint32_t)(unix_now + LOCAL_CERTIFICATE_LIFETIME_S),
        .apps = &app_id,
        .app_count = 1,
    };
    size_t length = 0;
    if (crypto_ed25519_public(seed, public_key))
        length = certificate_issue(&grant, authority->seed, message, sizeof message);
    struct credentials *credentials = length ? credentials_from_message(message, length, seed, &problem) : NULL;
    crypto_wipe(seed, sizeof seed);
    if (!credentials)
        fail(error, "%s", problem);
    return credentials;
}
