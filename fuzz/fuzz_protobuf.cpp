/*
 * The messages in Protocol Buffers' form, read by this library and by the code that protoc makes from the same
 * definitions (proto/). The input's first byte says which message. Both must accept the same and read the same in every
 * field; what this library writes, protoc's code must read the same; and what that writes, this library.
 *
 * This library is stricter where its contract says so, and only there:
 *   - groups, which no version of these messages ever had, make a message malformed;
 *   - so does a known number with another wire type, where protoc's code takes it for an unknown field; a field of
 *     bytes with another wire type is passed over by both;
 *   - repeated fields have bounds (wire/limits.h), and so has the number of times a sub-message may occur.
 * Keys and lengths that take more than five bytes or more than 32 bits are the one thing about which the two disagree
 * in both directions; nobody writes them, and such inputs are not compared. What is wider than its field loses its
 * upper bits (protocol 1.3), statistics and abilities stop at the largest value.
 */
#include "fuzz/protobuf_dump.h"

#include "certificate.pb.h"
#include "control.pb.h"
#include "statistics.pb.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                        \
            std::abort();                                                                                              \
        }                                                                                                              \
    } while (0)

namespace
{

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;

/* ---- where this library is stricter ------------------------------------------------------------------------------ */

bool has_group(const UnknownFieldSet &fields)
{
    for (int i = 0; i < fields.field_count(); i++)
        if (fields.field(i).type() == UnknownField::TYPE_GROUP)
            return true;
    return false;
}

bool has_wrong_wire_type(const Message &message, const UnknownFieldSet &fields)
{
    for (int i = 0; i < fields.field_count(); i++) {
        const FieldDescriptor *field = message.GetDescriptor()->FindFieldByNumber(fields.field(i).number());
        if (field && field->type() != FieldDescriptor::TYPE_BYTES)
            return true;
    }
    return false;
}

int bound_of(const FieldDescriptor *field)
{
    const std::string &name = field->name();
    return name == "pops"                                        ? int(OURS_POPS)
           : name == "apps"                                      ? int(OURS_APPS)
           : name == "addresses"                                 ? int(OURS_ADDRESSES)
           : name == "ciphers"                                   ? int(OURS_CIPHERS)
           : name == "path_received" || name == "path_duplicate" ? int(OURS_PATHS)
                                                                 : int(OURS_OCCURRENCES);
}

bool is_refused(const Message &message)
{
    const Reflection *reflection = message.GetReflection();
    const Descriptor *descriptor = message.GetDescriptor();
    const UnknownFieldSet &unknown = reflection->GetUnknownFields(message);
    if (has_group(unknown) || has_wrong_wire_type(message, unknown))
        return true;
    for (int i = 0; i < descriptor->field_count(); i++) {
        const FieldDescriptor *field = descriptor->field(i);
        if (field->is_repeated() && reflection->FieldSize(message, field) > bound_of(field))
            return true;
        if (field->type() == FieldDescriptor::TYPE_MESSAGE && reflection->HasField(message, field) &&
            is_refused(reflection->GetMessage(message, field)))
            return true;
    }
    return false;
}

/* ---- keys and lengths -------------------------------------------------------------------------------------------- */

struct bytes {
    const uint8_t *at, *end;
};

/* False at the end of the bytes. `odd`: as above. */
bool take_varint(bytes &from, uint64_t &value, int widest, uint64_t largest, bool &odd)
{
    value = 0;
    for (int i = 0; from.at < from.end && i < 10; i++) {
        uint8_t byte = *from.at++;
        value |= uint64_t(byte & 0x7f) << (7 * i);
        if (i >= widest || value > largest || (i == 9 && byte > 1))
            odd = true;
        if (byte < 0x80)
            return true;
        odd = odd || i == 9;
    }
    return false;
}

bool skip(bytes &from, uint64_t length)
{
    if (length > uint64_t(from.end - from.at))
        return false;
    from.at += length;
    return true;
}

/* As far as the message can be read. */
bool has_odd_keys(const Descriptor *descriptor, bytes from)
{
    bool odd = false, going_on = true;
    uint64_t key, value;
    while (going_on && take_varint(from, key, 5, UINT32_MAX, odd) && !odd) {
        const FieldDescriptor *field = descriptor->FindFieldByNumber(int(key >> 3));
        switch (key & 7) {
        case 0:
            going_on = take_varint(from, value, 10, UINT64_MAX, odd);
            break;
        case 1:
            going_on = skip(from, 8);
            break;
        case 2:
            going_on = take_varint(from, value, 5, UINT32_MAX, odd) && value <= uint64_t(from.end - from.at);
            if (going_on && field && field->type() == FieldDescriptor::TYPE_MESSAGE)
                odd = odd || has_odd_keys(field->message_type(), bytes{from.at, from.at + value});
            if (going_on && field && field->type() == FieldDescriptor::TYPE_UINT64) /* packed */
                for (bytes packed{from.at, from.at + value}; take_varint(packed, key, 10, UINT64_MAX, odd);)
                    ;
            going_on = going_on && skip(from, value);
            break;
        case 5:
            going_on = skip(from, 4);
            break;
        default:
            break;
        }
    }
    return odd;
}

template <class Type> bool is_odd(const void *data, size_t length)
{
    const uint8_t *at = static_cast<const uint8_t *>(data);
    return has_odd_keys(Type::descriptor(), bytes{at, at + length});
}

/* Set by whatever is read on the way. */
bool found_odd;

template <class Type> bool read(Type &message, const void *data, size_t length)
{
    found_odd = found_odd || is_odd<Type>(data, length);
    return message.ParseFromArray(data, int(length)) && !is_refused(message);
}

/* Occurrences of a sub-message that this library keeps as bytes, merged. */
template <class Type, class Occurrences> bool merge(Type &message, const Occurrences &occurrences)
{
    for (const std::string &bytes : occurrences) {
        Type one;
        if (!read(one, bytes.data(), bytes.size()))
            return false;
        message.MergeFrom(one);
    }
    return true;
}

/* ---- what the messages say --------------------------------------------------------------------------------------- */

#define NUMBER(message, name) dump_number(dump, (message).has_##name(), uint64_t((message).name()))
#define NARROW(message, name) dump_number(dump, (message).has_##name(), uint32_t((message).name()))
#define BYTES(message, name)  dump_slice(dump, (message).has_##name(), (message).name().data(), (message).name().size())

template <class Type> void dump_identity(dump *dump, const Type &message)
{
    BYTES(message, identity);
    BYTES(message, legacy_identity);
    NUMBER(message, legacy_steam_id);
}

void dump_message(dump *dump, const wire::SignedCertificate &message)
{
    BYTES(message, body);
    NUMBER(message, ca_key_id);
    BYTES(message, ca_signature);
}

void dump_message(dump *dump, const wire::SignedCrypt &message)
{
    BYTES(message, info);
    BYTES(message, signature);
}

template <class Type> bool dump_credentials(dump *dump, const Type &message)
{
    wire::SignedCertificate certificate;
    wire::SignedCrypt crypt;
    if (!merge(certificate, message.certificate()) || !merge(crypt, message.crypt()))
        return false;
    dump_identity(dump, message);
    dump_number(dump, message.certificate_size() > 0, 0);
    dump_message(dump, certificate);
    dump_number(dump, message.crypt_size() > 0, 0);
    dump_message(dump, crypt);
    return true;
}

bool dump_fields(dump *dump, const wire::ChallengeRequest &message)
{
    NUMBER(message, client_id);
    NUMBER(message, client_time);
    NARROW(message, version);
    return true;
}

bool dump_fields(dump *dump, const wire::ChallengeReply &message)
{
    NUMBER(message, client_id);
    NUMBER(message, challenge);
    NUMBER(message, echoed_time);
    NARROW(message, version);
    return true;
}

bool dump_fields(dump *dump, const wire::ConnectRequest &message)
{
    NUMBER(message, client_id);
    NUMBER(message, challenge);
    NUMBER(message, client_time);
    NARROW(message, ping_estimate_ms);
    NARROW(message, legacy_version);
    return dump_credentials(dump, message);
}

bool dump_fields(dump *dump, const wire::ConnectOk &message)
{
    NUMBER(message, client_id);
    NUMBER(message, server_id);
    NUMBER(message, echoed_time);
    NARROW(message, delay_us);
    return dump_credentials(dump, message);
}

bool dump_fields(dump *dump, const wire::ConnectionClosed &message)
{
    /* Text that is too long is cut in front of a character of UTF-8, if there is one. */
    const std::string &debug = message.debug();
    size_t length = debug.size();
    if (length > OURS_CLOSE_TEXT) {
        for (length = OURS_CLOSE_TEXT; length > 0 && (uint8_t(debug[length]) & 0xc0) == 0x80;)
            length--;
        if (length == 0)
            length = OURS_CLOSE_TEXT;
    }
    dump_slice(dump, true, debug.data(), length);
    NARROW(message, reason);
    dump_number(dump, true, message.to_id());
    dump_number(dump, true, message.from_id());
    return true;
}

bool dump_fields(dump *dump, const wire::NoConnection &message)
{
    dump_number(dump, true, message.from_id());
    dump_number(dump, true, message.to_id());
    return true;
}

template <class Numbers> void dump_numbers(dump *dump, const Numbers &numbers)
{
    dump_number(dump, true, uint64_t(numbers.size()));
    for (auto number : numbers)
        dump_number(dump, true, uint32_t(number));
}

bool dump_fields(dump *dump, const wire::CertificateBody &message)
{
    NARROW(message, key_kind);
    BYTES(message, key);
    NUMBER(message, created);
    NUMBER(message, expiry);
    dump_identity(dump, message);
    dump_numbers(dump, message.pops());
    dump_numbers(dump, message.apps());
    dump_number(dump, true, uint64_t(message.addresses_size()));
    for (const std::string &address : message.addresses())
        dump_slice(dump, true, address.data(), address.size());
    return true;
}

bool dump_fields(dump *dump, const wire::SignedCertificate &message)
{
    dump_message(dump, message);
    BYTES(message, private_key);
    return true;
}

bool dump_fields(dump *dump, const wire::CryptInfo &message)
{
    wire::Abilities abilities;
    bool present = message.has_abilities() && read(abilities, message.abilities().data(), message.abilities().size());
    NARROW(message, kind);
    BYTES(message, dh_public);
    NUMBER(message, nonce);
    NARROW(message, version);
    dump_numbers(dump, message.ciphers());
    for (uint64_t value : {abilities.stream_holes(), abilities.stream_window(), abilities.packet_jump()})
        dump_number(dump, present, !present ? 0 : value > UINT32_MAX ? UINT32_MAX : value);
    return true;
}

bool dump_fields(dump *dump, const wire::SignedCrypt &message)
{
    dump_message(dump, message);
    return true;
}

/* An envelope without a body is none. */
bool dump_fields(dump *dump, const wire::CertificateRequest &message)
{
    BYTES(message, body);
    return message.has_body();
}

uint64_t clamp(uint64_t value)
{
    return value > INT64_MAX ? uint64_t(INT64_MAX) : value;
}

#define FIGURE(message, name) dump_number(dump, true, (message).has_##name() ? clamp((message).name()) : UINT64_MAX)
#define BUCKET(message, name) dump_number(dump, true, clamp((message).name()))

void dump_figures(dump *dump, const wire::Instantaneous &message)
{
    FIGURE(message, packets_sent_rate);
    FIGURE(message, bytes_sent_rate);
    FIGURE(message, packets_received_rate);
    FIGURE(message, bytes_received_rate);
    FIGURE(message, ping_ms);
    FIGURE(message, lost_percent);
    FIGURE(message, weird_percent);
    FIGURE(message, peak_jitter_us);
}

void dump_figures(dump *dump, const wire::Lifetime &message)
{
    FIGURE(message, seconds_connected);
    FIGURE(message, packets_sent);
    FIGURE(message, kilobytes_sent);
    FIGURE(message, packets_received);
    FIGURE(message, kilobytes_received);
    FIGURE(message, numbered_received);
    FIGURE(message, dropped);
    FIGURE(message, out_of_order);
    FIGURE(message, duplicate);
    FIGURE(message, lurch);
    FIGURE(message, multipath_enabled);
    FIGURE(message, out_of_order_corrected);
    FIGURE(message, quality_2nd);
    FIGURE(message, quality_5th);
    FIGURE(message, quality_25th);
    FIGURE(message, quality_50th);
    FIGURE(message, ping_5th);
    FIGURE(message, ping_50th);
    FIGURE(message, ping_75th);
    FIGURE(message, ping_95th);
    FIGURE(message, ping_98th);
    BUCKET(message, quality_0);
    BUCKET(message, quality_1);
    BUCKET(message, quality_2);
    BUCKET(message, quality_3);
    BUCKET(message, quality_4);
    BUCKET(message, quality_5);
    BUCKET(message, quality_6);
    BUCKET(message, quality_7);
    BUCKET(message, quality_8);
    BUCKET(message, ping_0);
    BUCKET(message, ping_1);
    BUCKET(message, ping_2);
    BUCKET(message, ping_3);
    BUCKET(message, ping_4);
    BUCKET(message, ping_5);
    BUCKET(message, ping_6);
    BUCKET(message, ping_7);
    BUCKET(message, ping_8);
    BUCKET(message, jitter_0);
    BUCKET(message, jitter_1);
    BUCKET(message, jitter_2);
    BUCKET(message, jitter_3);
    BUCKET(message, jitter_4);
    BUCKET(message, jitter_5);
    dump_number(dump, true, uint64_t(message.path_received_size()));
    for (uint64_t value : message.path_received())
        dump_number(dump, true, clamp(value));
    dump_number(dump, true, uint64_t(message.path_duplicate_size()));
    for (uint64_t value : message.path_duplicate())
        dump_number(dump, true, clamp(value));
}

bool dump_fields(dump *dump, const wire::StatisticsBlob &message)
{
    dump_number(dump, true, uint32_t(message.flags()));
    dump_number(dump, message.statistics().has_instantaneous(), 0);
    dump_number(dump, message.statistics().has_lifetime(), 0);
    dump_figures(dump, message.statistics().instantaneous());
    dump_figures(dump, message.statistics().lifetime());
    return true;
}

/* ---- comparison -------------------------------------------------------------------------------------------------- */

bool same(const dump &a, const dump &b)
{
    return a.length == b.length && std::memcmp(a.bytes, b.bytes, a.length) == 0;
}

dump ours, theirs, again;
uint8_t rewritten[DUMP_SIZE], unused[DUMP_SIZE];

template <class Type> bool theirs_read(const void *data, size_t length, Type &message, dump &what)
{
    message.Clear();
    what.length = 0;
    return read(message, data, length) && dump_fields(&what, message);
}

template <class Type> void compare(message_kind kind, const uint8_t *data, size_t length)
{
    static Type message;
    size_t rewritten_length = 0, unused_length;
    found_odd = false;
    bool we_accept = ours_read(kind, data, length, &ours, rewritten, &rewritten_length);
    bool they_accept = theirs_read(data, length, message, theirs);
    if (found_odd)
        return;
    CHECK(we_accept == they_accept);
    if (!we_accept)
        return;
    CHECK(same(ours, theirs));
    std::string serialized;
    CHECK(message.SerializeToString(&serialized));
    CHECK(ours_read(kind, reinterpret_cast<const uint8_t *>(serialized.data()), serialized.size(), &again, unused,
                    &unused_length));
    CHECK(same(ours, again));
    if (rewritten_length)
        CHECK(theirs_read(rewritten, rewritten_length, message, again) && same(ours, again));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 1300)
        return 0;
    message_kind kind = message_kind(data[0] % KIND_COUNT);
    data++, size--;
    switch (kind) {
    case KIND_CHALLENGE_REQUEST:
        compare<wire::ChallengeRequest>(kind, data, size);
        break;
    case KIND_CHALLENGE_REPLY:
        compare<wire::ChallengeReply>(kind, data, size);
        break;
    case KIND_CONNECT_REQUEST:
        compare<wire::ConnectRequest>(kind, data, size);
        break;
    case KIND_CONNECT_OK:
        compare<wire::ConnectOk>(kind, data, size);
        break;
    case KIND_CONNECTION_CLOSED:
        compare<wire::ConnectionClosed>(kind, data, size);
        break;
    case KIND_NO_CONNECTION:
        compare<wire::NoConnection>(kind, data, size);
        break;
    case KIND_CERTIFICATE_BODY:
        compare<wire::CertificateBody>(kind, data, size);
        break;
    case KIND_SIGNED_CERTIFICATE:
        compare<wire::SignedCertificate>(kind, data, size);
        break;
    case KIND_CRYPT_INFO:
        compare<wire::CryptInfo>(kind, data, size);
        break;
    case KIND_SIGNED_CRYPT:
        compare<wire::SignedCrypt>(kind, data, size);
        break;
    case KIND_CERTIFICATE_REQUEST:
        compare<wire::CertificateRequest>(kind, data, size);
        break;
    case KIND_STATISTICS:
        compare<wire::StatisticsBlob>(kind, data, size);
        break;
    case KIND_COUNT:
        break;
    }
    return 0;
}
