/*
 * fumarole cert inspect: what a file says, whichever of the forms it is in. Private keys themselves are not shown.
 */
#include "tools/cert.h"

#include "cert/authority_store.h"
#include "cert/certificate_issue.h"
#include "crypto/key_text.h"
#include "tools/complain.h"
#include "tools/exit_code.h"
#include "tools/identity_files.h"
#include "tools/options.h"
#include "tools/terminal.h"
#include "wire/identity.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { TRUSTED_LIMIT = 8 };

static const char *trusted[TRUSTED_LIMIT];
static int trusted_count;

static bool add_trusted(const char *value)
{
    if (trusted_count == TRUSTED_LIMIT) {
        complain("--trust can be given %d times at most", TRUSTED_LIMIT);
        return false;
    }
    trusted[trusted_count++] = value;
    return true;
}

static void print_key(const char *kind, const uint8_t public_key[CRYPTO_KEY_SIZE])
{
    char text[PUBLIC_KEY_TEXT_SIZE];
    printf("kind=%s\nkey_id=%llu\n", kind, (unsigned long long)crypto_key_id(public_key));
    if (public_key_text_write(public_key, NULL, text, sizeof text))
        printf("public_key=%s\n", text);
}

static void print_time(const char *name, uint32_t seconds)
{
    char text[32];
    time_t when = seconds;
    struct tm parts;
    if (seconds && gmtime_r(&when, &parts) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts))
        printf("%s=%s\n", name, text);
    else
        printf("%s=none\n", name);
}

static void print_contents(const char *kind, const struct certificate *certificate)
{
    char identity[IDENTITY_TEXT_SIZE], harmless[IDENTITY_TEXT_SIZE], pop[POP_TEXT_SIZE];
    print_key(kind, certificate->key);
    identity_print(&certificate->identity, identity, sizeof identity);
    terminal_harmless(identity, strlen(identity), harmless, sizeof harmless);
    printf("identity=%s\n", certificate->has_identity ? harmless : "none");
    print_time("created", certificate->created);
    print_time("expiry", certificate->expiry);
    printf("apps=%s", certificate->app_count ? "" : "any");
    for (uint32_t i = 0; i < certificate->app_count; i++)
        printf("%s%u", i ? "," : "", certificate->apps[i]);
    printf("\npops=%s", certificate->pop_count ? "" : "any");
    for (uint32_t i = 0; i < certificate->pop_count; i++) {
        pop_print(certificate->pops[i], pop);
        printf("%s%s", i ? "," : "", pop);
    }
    putchar('\n');
}

/* The authorities of --trust. Null after having complained. */
static struct authority_store *read_store(void)
{
    struct authority_store *store = authority_store_new();
    if (!store)
        complain("out of memory");
    for (int i = 0; store && i < trusted_count; i++) {
        uint8_t message[IDENTITY_CERTIFICATE_SIZE];
        size_t length = identity_certificate_read(trusted[i], NULL, message);
        enum authority_added added = length ? authority_store_add(store, message, length, true) : AUTHORITY_UNREADABLE;
        if (added == AUTHORITY_ADDED || added == AUTHORITY_KNOWN)
            continue;
        if (length)
            complain("%s is not the certificate of an authority that can be believed: %s", trusted[i],
                     authority_added_text(added));
        authority_store_free(store);
        store = NULL;
    }
    return store;
}

/* Whether the authorities of --trust vouch for it. */
static int print_verdict(const struct signed_certificate *message, const struct certificate *certificate)
{
    if (!message->has_ca_signature) {
        puts("signature=none");
        return trusted_count ? EXIT_UNDONE : EXIT_DONE;
    }
    bool own = message->ca_key_id == crypto_key_id(certificate->key);
    printf("authority_key_id=%llu%s\n", (unsigned long long)message->ca_key_id, own ? " (signed by itself)" : "");
    if (own)
        printf("signature=%s\n", message->ca_signature.length == CRYPTO_SIGNATURE_SIZE &&
                                         crypto_ed25519_verify(certificate->key, message->body.data,
                                                               message->body.length, message->ca_signature.data)
                                     ? "good"
                                     : "bad");
    if (!trusted_count)
        return EXIT_DONE;
    struct authority_store *store = read_store();
    if (!store)
        return EXIT_LOCAL;
    enum leaf_outcome outcome = authority_store_check_leaf(store, message, certificate, time(NULL));
    authority_store_free(store);
    printf("trusted=%s\n", outcome == LEAF_TRUSTED ? "yes" : "no");
    if (outcome == LEAF_TRUSTED)
        return EXIT_DONE;
    complain("the authorities given do not vouch for it: %s", leaf_outcome_text(outcome));
    return EXIT_UNDONE;
}

static int inspect_certificate(const uint8_t *bytes, size_t length)
{
    struct signed_certificate message;
    struct certificate certificate;
    if (!signed_certificate_decode(&message, bytes, length) || !message.has_body ||
        certificate_parse(&certificate, message.body) != CERTIFICATE_READABLE || !certificate.has_key) {
        complain("the certificate is damaged");
        return EXIT_UNDONE;
    }
    print_contents(certificate_names_peer(&certificate) ? "certificate" : "authority certificate", &certificate);
    if (message.has_private_key)
        puts("private_key=present");
    return print_verdict(&message, &certificate);
}

/* A binary file: a SignedCert message, perhaps with its private key, or a request. */
static int inspect_binary(const char *path, const uint8_t *bytes, size_t length)
{
    struct signed_certificate message;
    struct certificate wanted;
    if (signed_certificate_decode(&message, bytes, length) && message.has_body)
        return inspect_certificate(bytes, length);
    if (certificate_request_parse(&wanted, bytes, length)) {
        print_contents("request", &wanted);
        return EXIT_DONE;
    }
    complain("%s holds no key, no certificate and no request", path);
    return EXIT_UNDONE;
}

static int inspect(const char *path)
{
    size_t length, message_length;
    char *text = identity_file_read(path, &length);
    if (!text)
        return EXIT_LOCAL;
    uint8_t key[CRYPTO_KEY_SIZE], public_key[CRYPTO_KEY_SIZE], message[IDENTITY_CERTIFICATE_SIZE];
    const char *rest = text;
    size_t rest_length = length;
    int code = EXIT_DONE, found = 0;
    while (
        certificate_text_read(rest, rest_length, message, sizeof message, &message_length, &rest, &rest_length, NULL)) {
        if (found++)
            putchar('\n');
        int one = inspect_certificate(message, message_length);
        code = one != EXIT_DONE ? one : code;
    }
    if (!found) {
        if (private_key_text_read(text, length, key, NULL) && crypto_ed25519_public(key, public_key))
            print_key("private key", public_key);
        else if (public_key_text_read(text, length, public_key, NULL))
            print_key("public key", public_key);
        else
            code = inspect_binary(path, (const uint8_t *)text, length);
    }
    crypto_wipe(key, sizeof key);
    identity_file_free(text, length);
    return code;
}

int cert_inspect(int argc, char **argv)
{
    static const struct option_row options[] = {
        {"trust",
         't',
         "FILE",
         "check it against this authority's certificate; may be repeated",
         OPTION_EACH,
         {.each = add_trusted},
         0,
         0},
        {0},
    };
    static const struct usage usage = {
        .synopsis = "fumarole cert inspect [options] FILE...",
        .about = "Shows what is in files: private keys (their public side), public keys, certificates, requests.\n"
                 "With --trust it also checks that an authority vouches for the certificates, and fails if none does.",
        .options = options,
        .operand_least = 1,
        .operand_most = OPTIONS_OPERAND_LIMIT,
        .operand = "FILE",
    };
    const char *operands[OPTIONS_OPERAND_LIMIT];
    int count, code = options_read(&usage, argc, argv, operands, &count);
    if (code != OPTIONS_GO_ON)
        return code;
    code = EXIT_DONE;
    for (int i = 0; i < count; i++) {
        if (count > 1)
            printf("%sfile=%s\n", i ? "\n" : "", operands[i]);
        int one = inspect(operands[i]);
        code = one != EXIT_DONE ? one : code;
    }
    return code;
}
