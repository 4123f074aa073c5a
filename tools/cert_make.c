/*
 * fumarole cert keygen, authority, request, issue and bundle.
 */
#include "tools/cert.h"

#include "cert/certificate_issue.h"
#include "crypto/key_text.h"
#include "tools/complain.h"
#include "tools/exit_code.h"
#include "tools/identity_files.h"
#include "tools/options.h"
#include "wire/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { DAY = 24 * 60 * 60, DAYS_MOST = 36500 };

/* The options of all actions; each action's table names those that it has. */
static struct {
    const char *output, *identity, *authority_key, *request, *comment;
    bool force;
    int64_t days;
    uint32_t apps[CERTIFICATE_APPS_MAXIMUM], pops[CERTIFICATE_POPS_MAXIMUM];
    size_t app_count, pop_count;
} settings;

static bool add_app(const char *value)
{
    char *end;
    unsigned long long number = strtoull(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end || number > UINT32_MAX) {
        complain("--app %s is not the number of an application", value);
        return false;
    }
    if (settings.app_count == CERTIFICATE_APPS_MAXIMUM) {
        complain("a certificate can name %d applications at most", CERTIFICATE_APPS_MAXIMUM);
        return false;
    }
    settings.apps[settings.app_count++] = (uint32_t)number;
    return true;
}

static bool add_pop(const char *value)
{
    uint32_t pop;
    if (!pop_parse(value, strlen(value), &pop)) {
        complain("--pop %s is not the code of a data centre", value);
        advise("A code has three or four letters, for example fra.");
        return false;
    }
    if (settings.pop_count == CERTIFICATE_POPS_MAXIMUM) {
        complain("a certificate can name %d data centres at most", CERTIFICATE_POPS_MAXIMUM);
        return false;
    }
    settings.pops[settings.pop_count++] = pop;
    return true;
}

/* The fields of rows that several tables have. */
#define OUTPUT_ROW                                                                                                     \
    "output", 'o', "FILE", "where to write it (default: standard output)", OPTION_TEXT, {.text = &settings.output}, 0, 0
#define FORCE_ROW "force", 'f', NULL, "overwrite a file that exists", OPTION_FLAG, {.flag = &settings.force}, 0, 0
#define DAYS_ROW                                                                                                       \
    "days", 'd', "N", "how many days it is good for", OPTION_INTEGER, {.number = &settings.days}, 1, DAYS_MOST
#define POP_ROW "pop", 'p', "CODE", "only for this data centre; may be repeated", OPTION_EACH, {.each = add_pop}, 0, 0

static int write_output(const void *data, size_t length, bool secret)
{
    const char *path = settings.output ? settings.output : "-";
    return identity_file_write(path, data, length, secret, settings.force) ? EXIT_DONE : EXIT_LOCAL;
}

static int write_certificate(const uint8_t *message, size_t length)
{
    if (length == 0) {
        complain("a certificate cannot say that");
        return EXIT_UNDONE;
    }
    size_t size = certificate_text_size(length);
    char *text = malloc(size);
    int code = EXIT_LOCAL;
    if (text && certificate_text_write(message, length, text, size))
        code = write_output(text, strlen(text), false);
    else
        complain("out of memory");
    free(text);
    return code;
}

/* Until when a certificate made now is good: 32 bits of seconds, as the format has it. */
static uint32_t expiry_of(time_t now)
{
    int64_t expiry = (int64_t)now + settings.days * DAY;
    return expiry > UINT32_MAX ? UINT32_MAX : (uint32_t)expiry;
}

int cert_keygen(int argc, char **argv)
{
    static const struct option_row options[] = {
        {"comment",
         0,
         "TEXT",
         "what the public key's line says behind the key",
         OPTION_TEXT,
         {.text = &settings.comment},
         0,
         0},
        {FORCE_ROW},
        {0},
    };
    static const struct usage usage = {
        .synopsis = "fumarole cert keygen [options] FILE",
        .about = "Makes an Ed25519 key: FILE gets the private key, readable for you alone, FILE.pub the public key,\n"
                 "in the text forms that tools of this protocol use. Keys made by ssh-keygen can be used as well.",
        .options = options,
        .operand_least = 1,
        .operand_most = 1,
        .operand = "FILE",
    };
    const char *operands[1];
    int count, code = options_read(&usage, argc, argv, operands, &count);
    if (code != OPTIONS_GO_ON)
        return code;
    uint8_t seed[CRYPTO_KEY_SIZE], public_key[CRYPTO_KEY_SIZE];
    char private_text[PRIVATE_KEY_TEXT_SIZE], public_text[PUBLIC_KEY_TEXT_SIZE + 1], public_path[4096];
    if (snprintf(public_path, sizeof public_path, "%s.pub", operands[0]) >= (int)sizeof public_path) {
        complain("the name of the file is too long");
        return EXIT_USAGE;
    }
    if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed || !crypto_ed25519_public(seed, public_key)) {
        complain("no key can be made");
        return EXIT_LOCAL;
    }
    if (!public_key_text_write(public_key, settings.comment, public_text, PUBLIC_KEY_TEXT_SIZE)) {
        complain("the comment is too long, or has a line end in it");
        code = EXIT_USAGE;
    } else if (!private_key_text_write(seed, private_text, sizeof private_text)) {
        complain("no key can be made");
        code = EXIT_LOCAL;
    } else {
        size_t end = strlen(public_text);
        public_text[end] = '\n';
        public_text[end + 1] = 0;
        bool written = identity_file_write(operands[0], private_text, strlen(private_text), true, settings.force) &&
                       identity_file_write(public_path, public_text, strlen(public_text), false, settings.force);
        code = written ? EXIT_DONE : EXIT_LOCAL;
    }
    if (code == EXIT_DONE)
        printf("private=%s public=%s key_id=%llu\n", operands[0], public_path,
               (unsigned long long)crypto_key_id(public_key));
    crypto_wipe(seed, sizeof seed);
    crypto_wipe(private_text, sizeof private_text);
    return code;
}

int cert_authority(int argc, char **argv)
{
    static const struct option_row options[] = {
        {DAYS_ROW},
        {"app",
         'a',
         "ID",
         "it may certify for this application only; may be repeated",
         OPTION_EACH,
         {.each = add_app},
         0,
         0},
        {POP_ROW},
        {OUTPUT_ROW},
        {FORCE_ROW},
        {0},
    };
    static const struct usage usage = {
        .synopsis = "fumarole cert authority [options] KEY",
        .about = "Makes the certificate of an authority, signed by its own private key: what --trust of the other\n"
                 "commands and Fumarole_AddTrustedAuthority take. Good for 3650 days unless --days says otherwise.",
        .options = options,
        .operand_least = 1,
        .operand_most = 1,
        .operand = "KEY",
    };
    settings.days = 3650;
    const char *operands[1];
    int count, code = options_read(&usage, argc, argv, operands, &count);
    if (code != OPTIONS_GO_ON)
        return code;
    uint8_t seed[CRYPTO_KEY_SIZE], public_key[CRYPTO_KEY_SIZE], message[CERTIFICATE_MESSAGE_SIZE];
    if (!identity_private_key_read(operands[0], seed))
        return EXIT_LOCAL;
    time_t now = time(NULL);
    size_t length = 0;
    if (crypto_ed25519_public(seed, public_key)) {
        struct certificate_grant grant = {
            .key = public_key,
            .created = (uint32_t)now,
            .expiry = expiry_of(now),
            .apps = settings.apps,
            .app_count = settings.app_count,
            .pops = settings.pops,
            .pop_count = settings.pop_count,
        };
        length = certificate_issue(&grant, seed, message, sizeof message);
    }
    crypto_wipe(seed, sizeof seed);
    return write_certificate(message, length);
}

/* The identity that --identity names; left invalid if there is none. */
static bool read_identity(SteamNetworkingIdentity *identity)
{
    identity_clear(identity);
    if (!settings.identity || identity_parse(identity, settings.identity, strlen(settings.identity)))
        return true;
    complain("'%s' is not an identity", settings.identity);
    advise("Write str:NAME for a name of your own, or steamid:, psn:, xboxpwid:, gen: or ip: and what follows.");
    return false;
}

int cert_request(int argc, char **argv)
{
    static const struct option_row options[] = {
        {"identity",
         'i',
         "NAME",
         "who the certificate shall name, for example str:ada",
         OPTION_TEXT,
         {.text = &settings.identity},
         0,
         0},
        {"pop", 'p', "CODE", "the data centre it is for", OPTION_EACH, {.each = add_pop}, 0, 0},
        {OUTPUT_ROW},
        {FORCE_ROW},
        {0},
    };
    static const struct usage usage = {
        .synopsis = "fumarole cert request [options] KEY",
        .about = "Makes a request for a certificate, in binary, for a public key (KEY may also be a private key). An\n"
                 "authority answers it with 'fumarole cert issue --request'.",
        .options = options,
        .operand_least = 1,
        .operand_most = 1,
        .operand = "KEY",
    };
    const char *operands[1];
    int count, code = options_read(&usage, argc, argv, operands, &count);
    if (code != OPTIONS_GO_ON)
        return code;
    SteamNetworkingIdentity identity;
    uint8_t public_key[CRYPTO_KEY_SIZE], request[CERTIFICATE_BODY_SIZE];
    if (!read_identity(&identity))
        return EXIT_USAGE;
    if (settings.pop_count > 1) {
        complain("a request can name one data centre");
        return EXIT_USAGE;
    }
    if (!identity_any_key_read(operands[0], public_key))
        return EXIT_LOCAL;
    size_t length = certificate_issue_request(public_key, &identity, settings.pop_count ? settings.pops[0] : 0, request,
                                              sizeof request);
    if (!length) {
        complain("a request cannot say that");
        return EXIT_UNDONE;
    }
    return write_output(request, length, false);
}

/* What is to be certified, from a request or from a key and options. */
static int read_wish(const char *key_path, struct certificate *wish)
{
    memset(wish, 0, sizeof *wish);
    if (settings.request) {
        size_t length;
        char *request = identity_file_read(settings.request, &length);
        if (!request)
            return EXIT_LOCAL;
        bool good = certificate_request_parse(wish, (const uint8_t *)request, length);
        identity_file_free(request, length);
        if (!good) {
            complain("%s is not a request for a certificate", settings.request);
            advise("'fumarole cert request' and GetCertificateRequest make requests.");
            return EXIT_UNDONE;
        }
    } else if (!identity_any_key_read(key_path, wish->key)) {
        return EXIT_LOCAL;
    }
    if (settings.identity) {
        if (!read_identity(&wish->identity))
            return EXIT_USAGE;
        wish->has_identity = true;
    }
    if (!certificate_names_peer(wish)) {
        complain("whom shall the certificate name?");
        advise("Say --identity, for example --identity str:ada.");
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

int cert_issue(int argc, char **argv)
{
    static const struct option_row options[] = {
        {"authority-key",
         'k',
         "FILE",
         "the private key of the authority; required",
         OPTION_TEXT,
         {.text = &settings.authority_key},
         0,
         0},
        {"identity",
         'i',
         "NAME",
         "whom it names, for example str:ada",
         OPTION_TEXT,
         {.text = &settings.identity},
         0,
         0},
        {"request",
         'r',
         "FILE",
         "sign what this request asks for, instead of a key",
         OPTION_TEXT,
         {.text = &settings.request},
         0,
         0},
        {DAYS_ROW},
        {"app",
         'a',
         "ID",
         "the application it is good for; may be repeated (default: 0, which is no particular one)",
         OPTION_EACH,
         {.each = add_app},
         0,
         0},
        {POP_ROW},
        {OUTPUT_ROW},
        {FORCE_ROW},
        {0},
    };
    static const struct usage usage = {
        .synopsis = "fumarole cert issue --authority-key FILE --identity NAME [options] KEY\n"
                    "       fumarole cert issue --authority-key FILE --request FILE [options]",
        .about = "Signs a certificate that ties an identity to a public key (KEY may also be the private key). It is\n"
                 "good for 30 days unless --days says otherwise.",
        .options = options,
        .operand_most = 1,
        .operand = "KEY",
    };
    settings.days = 30;
    const char *operands[1];
    int count, code = options_read(&usage, argc, argv, operands, &count);
    if (code != OPTIONS_GO_ON)
        return code;
    if (!settings.authority_key) {
        complain("--authority-key is missing");
        advise("'fumarole cert keygen' makes a key for an authority.");
        return EXIT_USAGE;
    }
    if ((count == 1) == (settings.request != NULL)) {
        complain(count ? "a key and a request at once are one too many" : "KEY or --request is missing");
        advise("Give the public key to certify, or a request with --request.");
        return EXIT_USAGE;
    }
    struct certificate wish;
    code = read_wish(count ? operands[0] : NULL, &wish);
    if (code != EXIT_DONE)
        return code;
    uint8_t seed[CRYPTO_KEY_SIZE], message[CERTIFICATE_MESSAGE_SIZE];
    if (!identity_private_key_read(settings.authority_key, seed))
        return EXIT_LOCAL;
    time_t now = time(NULL);
    /* A certificate with a name and without applications is refused everywhere (protocol 9.6, step 4). */
    static const uint32_t no_particular_app = 0;
    struct certificate_grant grant = {
        .key = wish.key,
        .identity = &wish.identity,
        .created = (uint32_t)now,
        .expiry = expiry_of(now),
        .apps = settings.app_count ? settings.apps : &no_particular_app,
        .app_count = settings.app_count ? settings.app_count : 1,
        .pops = settings.pop_count ? settings.pops : wish.pops,
        .pop_count = settings.pop_count ? settings.pop_count : wish.pop_count,
    };
    size_t length = certificate_issue(&grant, seed, message, sizeof message);
    crypto_wipe(seed, sizeof seed);
    return write_certificate(message, length);
}

int cert_bundle(int argc, char **argv)
{
    static const struct option_row options[] = {{OUTPUT_ROW}, {FORCE_ROW}, {0}};
    static const struct usage usage = {
        .synopsis = "fumarole cert bundle [options] CERTIFICATE KEY",
        .about = "Joins a certificate and its private key in the binary form that SetCertificate takes. Keep it as\n"
                 "secret as the key.",
        .options = options,
        .operand_least = 2,
        .operand_most = 2,
        .operand = "CERTIFICATE or KEY",
    };
    const char *operands[2];
    int count, code = options_read(&usage, argc, argv, operands, &count);
    if (code != OPTIONS_GO_ON)
        return code;
    uint8_t message[IDENTITY_CERTIFICATE_SIZE];
    size_t length = identity_certificate_read(operands[0], operands[1], message);
    if (!length)
        return EXIT_LOCAL;
    code = write_output(message, length, true);
    identity_certificate_wipe(message);
    return code;
}
