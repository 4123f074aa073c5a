/*
 * Writes what the fuzz targets start from: the recorded bytes of tests/vectors, sorted by the target they are for.
 *
 *   seeds VECTORS.json DIRECTORY     makes DIRECTORY/datagram/0001, DIRECTORY/frames/0001 and so on
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const targets[] = {"datagram", "control",  "frames",   "statistics", "certificate", "identity",
                                      "address",  "key_text", "protobuf", "listener",   "connection",  "peer"};

enum { TARGET_COUNT = sizeof targets / sizeof targets[0] };

static const char *root;
static unsigned counts[TARGET_COUNT];

static void write_seed(const char *target, const void *data, size_t size)
{
    for (int i = 0; i < TARGET_COUNT; i++) {
        if (strcmp(targets[i], target) != 0)
            continue;
        char path[4096];
        snprintf(path, sizeof path, "%s/%s/%04u", root, target, ++counts[i]);
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
            fprintf(stderr, "seeds: cannot write %s: %s\n", path, strerror(errno));
            exit(1);
        }
    }
}

/* The same with a byte in front that says which message it is (protobuf_dump.h). */
static void write_message(unsigned kind, const void *data, size_t size)
{
    unsigned char bytes[4096];
    if (size >= sizeof bytes)
        return;
    bytes[0] = (unsigned char)kind;
    memcpy(bytes + 1, data, size);
    write_seed("protobuf", bytes, size + 1);
}

static void write_text(const char *target, const json_t *text)
{
    if (json_is_string(text))
        write_seed(target, json_string_value(text), json_string_length(text));
}

/* The byte that two hexadecimal digits say; 0 for anything else. */
static unsigned hex_byte(const char *hex)
{
    char digits[3] = {hex[0], hex[0] ? hex[1] : 0, 0};
    return (unsigned)strtoul(digits, NULL, 16);
}

/* Hexadecimal, with so many zeros appended. */
static void write_hex(const char *target, const json_t *text, size_t zeros)
{
    const char *hex = json_string_value(text);
    size_t length = hex ? json_string_length(text) / 2 : 0;
    if (!hex || zeros > 65536)
        return;
    unsigned char *bytes = calloc(1, length + zeros + 1);
    if (!bytes)
        exit(1);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (unsigned char)hex_byte(hex + 2 * i);
    write_seed(target, bytes, length + zeros);
    free(bytes);
}

static void write_hex_message(unsigned kind, const json_t *text)
{
    const char *hex = json_string_value(text);
    size_t length = hex ? strlen(hex) / 2 : 0;
    unsigned char bytes[2048];
    if (!hex || length > sizeof bytes)
        return;
    for (size_t i = 0; i < length; i++)
        bytes[i] = (unsigned char)hex_byte(hex + 2 * i);
    write_message(kind, bytes, length);
}

/* The body of a control message, with its kind in front, from a whole datagram (protocol 3). */
static void write_control(const json_t *text)
{
    const char *hex = json_string_value(text);
    size_t length = hex ? strlen(hex) / 2 : 0, prefix = 1;
    unsigned char bytes[2048];
    if (length < 4 || length > sizeof bytes || hex_byte(hex) < 0x20 || hex_byte(hex) > 0x25)
        return;
    for (size_t i = 0; i < length; i++)
        bytes[i] = (unsigned char)hex_byte(hex + 2 * i);
    if (bytes[0] == 0x20 || bytes[0] == 0x24) {
        size_t body = bytes[1] | (size_t)bytes[2] << 8;
        prefix = 3;
        if (body + prefix < length)
            length = body + prefix;
    }
    bytes[prefix - 1] = (unsigned char)(bytes[0] - 0x20);
    write_seed("control", bytes + prefix - 1, length - prefix + 1);
    write_message(bytes[prefix - 1], bytes + prefix, length - prefix);
}

/* A list of operations as fuzz_connection.c and fuzz_peer.c read them. */
struct script {
    unsigned char bytes[16384];
    size_t length;
};

/* A packet with these frames arrives at an end, `step` packet numbers after the one before. */
static void script_payload(struct script *script, int end, unsigned step, const json_t *payload)
{
    const char *hex = json_string_value(payload);
    size_t size = hex ? strlen(hex) / 2 : 0;
    if (!hex || size > 1199 || script->length + size + 4 > sizeof script->bytes)
        return;
    unsigned char *to = script->bytes + script->length;
    *to++ = (unsigned char)(end << 3);
    *to++ = (unsigned char)(step > 1 ? step + 7 : 0);
    *to++ = (unsigned char)(size >> 8);
    *to++ = (unsigned char)size;
    for (size_t i = 0; i < size; i++)
        *to++ = (unsigned char)hex_byte(hex + 2 * i);
    script->length += size + 4;
}

/* Something happens that needs no frames: a message is sent, packets go over, time passes. */
static void script_life(struct script *script, int end)
{
    const unsigned char life[] = {
        (unsigned char)(4 | end << 3), 0x63, 100, /* a reliable message of 800 bytes */
        (unsigned char)(5 | end << 3), 0xff, 0xff, 3, 20, (unsigned char)(5 | !end << 3), 0xff, 0xff,
    };
    if (script->length + sizeof life > sizeof script->bytes)
        return;
    memcpy(script->bytes + script->length, life, sizeof life);
    script->length += sizeof life;
}

/* For two connected ends; and for one with a peer, for which a version and a configuration come in front. */
static void write_script(const struct script *script)
{
    static struct script peer;
    if (!script->length || script->length + 2 > sizeof peer.bytes)
        return;
    write_seed("connection", script->bytes, script->length);
    peer.bytes[0] = (unsigned char)(counts[TARGET_COUNT - 1] % 7);
    peer.bytes[1] = (unsigned char)(counts[TARGET_COUNT - 1] * 37);
    memcpy(peer.bytes + 2, script->bytes, script->length);
    write_seed("peer", peer.bytes, script->length + 2);
}

static void connection_seeds(const json_t *connection)
{
    static struct script script;
    size_t i;
    json_t *event;
    script.length = 0;
    json_array_foreach(json_object_get(connection, "events"), i, event)
    {
        const char *direction = json_string_value(json_object_get(event, "dir"));
        size_t padding = (size_t)json_integer_value(json_object_get(event, "zero_padding"));
        write_hex("datagram", json_object_get(event, "hex"), padding);
        write_control(json_object_get(event, "hex"));
        write_hex("frames", json_object_get(event, "plaintext"), 0);
        if (direction && strcmp(direction, "c2s") == 0)
            write_hex("listener", json_object_get(event, "hex"), padding);
        if (direction)
            script_payload(&script, strcmp(direction, "c2s") == 0, 1, json_object_get(event, "plaintext"));
        if (i % 4 == 0)
            script_life(&script, i % 8 == 0);
    }
    write_script(&script);
}

static void frame_seeds(const json_t *decoding)
{
    static struct script script;
    size_t i;
    json_t *packet;
    long long before = 1;
    script.length = 0;
    json_array_foreach(json_object_get(decoding, "packets"), i, packet)
    {
        long long number = json_integer_value(json_object_get(packet, "pktnum"));
        write_hex("frames", json_object_get(packet, "payload"), 0);
        script_payload(&script, 0, number > before && number - before < 200 ? (unsigned)(number - before) : 1,
                       json_object_get(packet, "payload"));
        before = number;
    }
    if (script.length) {
        script_life(&script, 0);
        write_script(&script);
    }
}

static void certificate_seeds(const json_t *certificates)
{
    size_t i;
    json_t *certificate;
    json_array_foreach(json_object_get(certificates, "list"), i, certificate)
    {
        write_hex("certificate", json_object_get(certificate, "signed_cert"), 0);
        write_hex("certificate", json_object_get(certificate, "cert_body"), 0);
        write_hex_message(7, json_object_get(certificate, "signed_cert"));
        write_hex_message(6, json_object_get(certificate, "cert_body"));
        write_text("key_text", json_object_get(certificate, "pem"));
    }
    write_hex("certificate", json_object_get(json_object_get(certificates, "cert_request_blob"), "hex"), 0);
    write_hex("certificate", json_object_get(certificates, "signed_cert_with_private_key"), 0);
}

static void key_seeds(json_t *keys)
{
    const char *name;
    json_t *key;
    json_object_foreach(keys, name, key)
    {
        write_text("key_text", json_object_get(key, "private_pem"));
        write_text("key_text", json_object_get(key, "authorized_keys"));
    }
}

/* The blob behind a data packet's header flag (protocol 11.1): a length and so many bytes. */
static void statistics_seeds(const json_t *connection)
{
    size_t i;
    json_t *event;
    json_array_foreach(json_object_get(connection, "events"), i, event)
    {
        const char *hex = json_string_value(json_object_get(event, "hex"));
        if (!json_object_get(event, "stats_blob") || !hex)
            continue;
        /* Lead byte, connection id, packet number, perhaps the time; blobs here are shorter than 128 bytes or have a
         * second length byte, which does no harm in a seed. */
        size_t offset = 2 * (1 + 4 + 2 + (hex_byte(hex) & 2 ? 2u : 0u));
        if (strlen(hex) <= offset + 2)
            continue;
        char *blob = strndup(hex + offset + 2, 2 * (size_t)hex_byte(hex + offset));
        json_t *text = blob ? json_string(blob) : NULL;
        write_hex("statistics", text, 0);
        write_hex_message(11, text);
        json_decref(text);
        free(blob);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: seeds VECTORS.json DIRECTORY\n", stderr);
        return 2;
    }
    json_error_t error;
    json_t *vectors = json_load_file(argv[1], 0, &error);
    if (!vectors) {
        fprintf(stderr, "seeds: %s: %s\n", argv[1], error.text);
        return 1;
    }
    root = argv[2];
    mkdir(root, 0755);
    for (int i = 0; i < TARGET_COUNT; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", root, targets[i]);
        mkdir(path, 0755);
    }
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(vectors, "connections"), i, entry)
    {
        connection_seeds(entry);
        statistics_seeds(entry);
    }
    json_array_foreach(json_object_get(vectors, "snp_decode"), i, entry) frame_seeds(entry);
    json_array_foreach(json_object_get(vectors, "identities"), i, entry)
    {
        const char *text = json_string_value(json_object_get(entry, "text"));
        write_text("identity", json_object_get(entry, "text"));
        if (text && strncmp(text, "ip:", 3) == 0)
            write_seed("address", text + 3, strlen(text + 3));
    }
    certificate_seeds(json_object_get(vectors, "certificates"));
    key_seeds(json_object_get(vectors, "keys"));
    json_decref(vectors);
    for (int target = 0; target < TARGET_COUNT; target++) {
        printf("%s %u\n", targets[target], counts[target]);
        if (!counts[target])
            return 1;
    }
    return 0;
}
