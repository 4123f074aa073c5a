#include "crypto/key_text.h"

#include "base/bytes.h"
#include "base/text.h"
#include "crypto/base64.h"
#include "crypto/pem.h"

#include <string.h>

static const char certificate_label[] = "STEAMDATAGRAM CERT";
static const char private_key_label[] = "OPENSSH PRIVATE KEY";
static const char key_type[] = "ssh-ed25519";
static const char container_magic[] = "openssh-key-v1"; /* its NUL is part of the format */

enum {
    CERTIFICATE_COLUMNS = 72,
    PRIVATE_KEY_COLUMNS = 72,
    KEY_TYPE_LENGTH = sizeof key_type - 1,
    PUBLIC_BLOB_SIZE = 4 + KEY_TYPE_LENGTH + 4 + CRYPTO_KEY_SIZE,
    PRIVATE_SECTION_SIZE = 4 + 4 + PUBLIC_BLOB_SIZE + 4 + 2 * CRYPTO_KEY_SIZE,
    CONTAINER_SIZE =
        sizeof container_magic + (4 + 4) + (4 + 4) + 4 + 4 + (4 + PUBLIC_BLOB_SIZE) + (4 + PRIVATE_SECTION_SIZE),
    CONTAINER_LIMIT = 2048, /* an Ed25519 key with the longest comment that anybody writes */
    CHECK_NUMBER = 0x12345678,
    BLOCK_SIZE = 8, /* to which OpenSSH pads the private section of an unencrypted key */
};

static bool refuse(const char **error, const char *sentence)
{
    if (error)
        *error = sentence;
    return false;
}

/* ------------------------------------------------------------------------------------------------ certificates */

size_t certificate_text_size(size_t length)
{
    return pem_text_size(length, certificate_label, CERTIFICATE_COLUMNS, "\n");
}

bool certificate_text_write(const uint8_t *message, size_t length, char *text, size_t capacity)
{
    return pem_write(message, length, certificate_label, CERTIFICATE_COLUMNS, "\n", text, capacity);
}

bool certificate_text_read(const char *text, size_t length, uint8_t *message, size_t capacity, size_t *message_length,
                           const char **rest, size_t *rest_length, const char **error)
{
    struct pem_block block;
    *message_length = 0;
    if (!pem_find(text, length, certificate_label, &block))
        return refuse(error, "There is no STEAMDATAGRAM CERT block in this text.");
    if (!base64_decode(block.body, block.body_length, message, capacity, message_length))
        return refuse(error, "The certificate text is damaged, or too large for a certificate.");
    if (rest) {
        *rest = block.rest;
        *rest_length = block.rest_length;
    }
    return true;
}

/* ----------------------------------------------------------------------------------- the structures of OpenSSH */

/* Strings in these structures are a big-endian length and the bytes. */

static void put_u32(struct byte_writer *writer, uint32_t value)
{
    uint8_t *room = writer_claim(writer, 4);
    if (room)
        store_u32_big_endian(room, value);
}

static void put_string(struct byte_writer *writer, const void *data, size_t length)
{
    put_u32(writer, (uint32_t)length);
    writer_bytes(writer, data, length);
}

static uint32_t take_u32(struct byte_reader *reader)
{
    const uint8_t *data = reader_take(reader, 4);
    return data ? load_u32_big_endian(data) : 0;
}

static struct byte_slice take_string(struct byte_reader *reader)
{
    struct byte_slice string = {NULL, 0};
    uint32_t length = take_u32(reader);
    string.data = reader_take(reader, length);
    if (string.data)
        string.length = length;
    return string;
}

static bool slice_is(struct byte_slice slice, const char *string)
{
    return slice.data && slice.length == strlen(string) && memcmp(slice.data, string, slice.length) == 0;
}

static void put_public_key(struct byte_writer *writer, const uint8_t public_key[CRYPTO_KEY_SIZE])
{
    put_string(writer, key_type, KEY_TYPE_LENGTH);
    put_string(writer, public_key, CRYPTO_KEY_SIZE);
}

/* Null if what follows is not an Ed25519 public key. */
static const uint8_t *take_public_key(struct byte_reader *reader)
{
    struct byte_slice type = take_string(reader);
    if (!slice_is(type, key_type))
        return NULL;
    struct byte_slice key = take_string(reader);
    return key.length == CRYPTO_KEY_SIZE ? key.data : NULL;
}

/* ------------------------------------------------------------------------------------------------ private keys */

bool private_key_text_write(const uint8_t seed[CRYPTO_KEY_SIZE], char *text, size_t capacity)
{
    uint8_t public_key[CRYPTO_KEY_SIZE];
    uint8_t public_blob[PUBLIC_BLOB_SIZE];
    uint8_t private_section[PRIVATE_SECTION_SIZE];
    uint8_t container[CONTAINER_SIZE];
    struct byte_writer writer;

    if (!crypto_ed25519_public(seed, public_key))
        return false;

    writer_init(&writer, public_blob, sizeof public_blob);
    put_public_key(&writer, public_key);
    bool complete = !writer.failed;

    writer_init(&writer, private_section, sizeof private_section);
    put_u32(&writer, CHECK_NUMBER);
    put_u32(&writer, CHECK_NUMBER);
    put_public_key(&writer, public_key);
    put_u32(&writer, 2 * CRYPTO_KEY_SIZE);
    writer_bytes(&writer, seed, CRYPTO_KEY_SIZE);
    writer_bytes(&writer, public_key, CRYPTO_KEY_SIZE);
    complete = complete && !writer.failed;

    writer_init(&writer, container, sizeof container);
    writer_bytes(&writer, container_magic, sizeof container_magic);
    put_string(&writer, "none", 4); /* cipher */
    put_string(&writer, "none", 4); /* key derivation */
    put_string(&writer, NULL, 0);   /* its options */
    put_u32(&writer, 1);            /* number of keys */
    put_string(&writer, public_blob, sizeof public_blob);
    put_string(&writer, private_section, sizeof private_section);
    complete =
        complete && !writer.failed &&
        pem_write(container, writer_length(&writer), private_key_label, PRIVATE_KEY_COLUMNS, "\r\n", text, capacity);

    crypto_wipe(private_section, sizeof private_section);
    crypto_wipe(container, sizeof container);
    return complete;
}

/* The private section: key material between two equal check numbers and padding that counts 1, 2, 3. */
static bool read_private_section(struct byte_slice section, const uint8_t *public_key, uint8_t seed[CRYPTO_KEY_SIZE],
                                 const char **error)
{
    struct byte_reader reader;
    reader_init(&reader, section.data, section.length);
    uint32_t check = take_u32(&reader);
    if (check != take_u32(&reader) || reader.failed)
        return refuse(error, "The private key is damaged.");
    const uint8_t *inner_public_key = take_public_key(&reader);
    struct byte_slice pair = take_string(&reader);
    if (reader_remaining(&reader) > 0)
        take_string(&reader); /* comment, which deployed writers leave out */
    size_t padding = reader_remaining(&reader);
    if (reader.failed || !inner_public_key || pair.length != 2 * CRYPTO_KEY_SIZE || padding >= BLOCK_SIZE)
        return refuse(error, "The private key is damaged.");
    for (size_t i = 1; i <= padding; i++)
        if (reader_u8(&reader) != i)
            return refuse(error, "The private key is damaged.");

    uint8_t derived[CRYPTO_KEY_SIZE];
    if (!crypto_ed25519_public(pair.data, derived) || memcmp(derived, public_key, CRYPTO_KEY_SIZE) != 0 ||
        memcmp(derived, inner_public_key, CRYPTO_KEY_SIZE) != 0 ||
        memcmp(derived, pair.data + CRYPTO_KEY_SIZE, CRYPTO_KEY_SIZE) != 0)
        return refuse(error, "The private and public halves of this key do not belong together.");
    memcpy(seed, pair.data, CRYPTO_KEY_SIZE);
    return true;
}

static bool read_container(const uint8_t *data, size_t length, uint8_t seed[CRYPTO_KEY_SIZE], const char **error)
{
    struct byte_reader reader, blob;
    reader_init(&reader, data, length);
    const uint8_t *magic = reader_take(&reader, sizeof container_magic);
    if (!magic || memcmp(magic, container_magic, sizeof container_magic) != 0)
        return refuse(error, "This is not a private key in OpenSSH's format.");
    struct byte_slice cipher = take_string(&reader);
    struct byte_slice derivation = take_string(&reader);
    take_string(&reader); /* options of the derivation */
    if (!slice_is(cipher, "none") || !slice_is(derivation, "none"))
        return refuse(error, "The private key is protected by a passphrase; only unprotected keys can be read. "
                             "\"ssh-keygen -p\" removes the passphrase.");
    if (take_u32(&reader) != 1)
        return refuse(error, "There must be exactly one key in a private key file.");
    struct byte_slice public_blob = take_string(&reader);
    struct byte_slice section = take_string(&reader);
    if (reader.failed || reader_remaining(&reader) != 0)
        return refuse(error, "The private key is damaged.");
    reader_init(&blob, public_blob.data, public_blob.length);
    const uint8_t *public_key = take_public_key(&blob);
    if (!public_key || reader_remaining(&blob) != 0)
        return refuse(error, "The private key is not an Ed25519 key.");
    return read_private_section(section, public_key, seed, error);
}

bool private_key_text_read(const char *text, size_t length, uint8_t seed[CRYPTO_KEY_SIZE], const char **error)
{
    struct pem_block block;
    uint8_t container[CONTAINER_LIMIT];
    size_t size;
    bool done;

    if (!pem_find(text, length, private_key_label, &block))
        done = refuse(error, "There is no OPENSSH PRIVATE KEY block in this text.");
    else if (!base64_decode(block.body, block.body_length, container, sizeof container, &size))
        done = refuse(error, "The private key is damaged, or too large for an Ed25519 key.");
    else
        done = read_container(container, size, seed, error);

    crypto_wipe(container, sizeof container);
    if (!done)
        crypto_wipe(seed, CRYPTO_KEY_SIZE);
    return done;
}

/* ------------------------------------------------------------------------------------------------- public keys */

bool public_key_text_write(const uint8_t public_key[CRYPTO_KEY_SIZE], const char *comment, char *text, size_t capacity)
{
    uint8_t blob[PUBLIC_BLOB_SIZE];
    char encoded[(PUBLIC_BLOB_SIZE + 2) / 3 * 4 + 1];
    struct byte_writer writer;
    struct text line;

    if (comment && strpbrk(comment, "\r\n"))
        return false;
    writer_init(&writer, blob, sizeof blob);
    put_public_key(&writer, public_key);
    if (writer.failed || !base64_encode(blob, sizeof blob, encoded, sizeof encoded))
        return false;

    text_init(&line, text, capacity);
    text_append(&line, key_type);
    text_append(&line, " ");
    text_append(&line, encoded);
    if (comment && *comment) {
        text_append(&line, " ");
        text_append(&line, comment);
    }
    return !line.truncated;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next run of non-blank characters; empty at the end of the text. */
static size_t next_word(const char **at, const char *end)
{
    while (*at < end && is_blank(**at))
        ++*at;
    const char *p = *at;
    while (p < end && !is_blank(*p))
        p++;
    return (size_t)(p - *at);
}

bool public_key_text_read(const char *text, size_t length, uint8_t public_key[CRYPTO_KEY_SIZE], const char **error)
{
    const char *at = text, *end = text + length;
    size_t word = next_word(&at, end);
    if (word != KEY_TYPE_LENGTH || memcmp(at, key_type, word) != 0)
        return refuse(error, "A public key has to begin with \"ssh-ed25519\".");
    at += word;
    word = next_word(&at, end);

    uint8_t blob[PUBLIC_BLOB_SIZE];
    size_t size;
    if (!base64_decode(at, word, blob, sizeof blob, &size))
        return refuse(error, "The public key is damaged.");
    struct byte_reader reader;
    reader_init(&reader, blob, size);
    const uint8_t *key = take_public_key(&reader);
    if (!key || reader_remaining(&reader) != 0)
        return refuse(error, "The public key is damaged.");
    memcpy(public_key, key, CRYPTO_KEY_SIZE);
    return true;
}

/* ------------------------------------------------------------------------------------------------------ X25519 */

bool x25519_text_write(const uint8_t key[CRYPTO_KEY_SIZE], char *text, size_t capacity)
{
    static const char digits[] = "0123456789ABCDEF";
    if (capacity < X25519_TEXT_SIZE)
        return false;
    for (size_t i = 0; i < CRYPTO_KEY_SIZE; i++) {
        text[2 * i] = digits[key[i] >> 4];
        text[2 * i + 1] = digits[key[i] & 15];
    }
    text[2 * CRYPTO_KEY_SIZE] = 0;
    return true;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool x25519_text_read(const char *text, size_t length, uint8_t key[CRYPTO_KEY_SIZE])
{
    const char *at = text;
    const char *end = text + length;
    if (next_word(&at, end) != 2 * CRYPTO_KEY_SIZE)
        return false;
    for (size_t i = 0; i < CRYPTO_KEY_SIZE; i++) {
        int high = digit_value(at[2 * i]), low = digit_value(at[2 * i + 1]);
        if (high < 0 || low < 0) {
            crypto_wipe(key, CRYPTO_KEY_SIZE);
            return false;
        }
        key[i] = (uint8_t)(high << 4 | low);
    }
    at += 2 * CRYPTO_KEY_SIZE;
    return next_word(&at, end) == 0;
}
