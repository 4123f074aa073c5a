/*
 * Sending and receiving on connections.
 */
#include <stdlib.h>
#include <string.h>

#include "dictionaries.h"
#include "message_list.h"
#include "steam.h"

#define SOCKETS(function) SteamAPI_ISteamNetworkingSockets_##function

/* ---------------------------------------------------------------------------------------------------------- sending */

static struct value send_result(EResult result, int64_t number)
{
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "result", value_int(result));
    value_put(&dictionary, "message_number", value_int(number));
    return dictionary;
}

/* Makes a message with a copy of the payload. Null when memory is short. */
static SteamNetworkingMessage_t *make_message(const struct value *payload, uint32 connection, int flags, int lane)
{
    SteamNetworkingMessage_t *message =
        SteamAPI_ISteamNetworkingUtils_AllocateMessage(steam_utils(), (int)payload->bytes.size);
    if (!message)
        return NULL;
    if (payload->bytes.size > 0)
        memcpy(message->m_pData, payload->bytes.data, payload->bytes.size);
    message->m_conn = connection;
    message->m_nFlags = flags;
    message->m_idxLane = (uint16)lane;
    return message;
}

static struct value send_message(struct class_call *call, const struct value *arguments)
{
    (void)call;
    uint32 connection = (uint32)arguments[0].integer;
    int flags = (int)arguments[2].integer, lane = (int)arguments[3].integer;
    const struct value *payload = &arguments[1];
    int64 number = 0;
    if (lane == 0) {
        EResult result = SOCKETS(SendMessageToConnection)(steam_sockets(), connection, payload->bytes.data,
                                                          (uint32)payload->bytes.size, flags, &number);
        return send_result(result, number);
    }
    SteamNetworkingMessage_t *message = make_message(payload, connection, flags, lane);
    if (!message)
        return send_result(k_EResultFail, 0);
    SOCKETS(SendMessages)(steam_sockets(), 1, &message, &number, true);
    return number > 0 ? send_result(k_EResultOK, number) : send_result((EResult)-number, 0);
}

/* Sends the messages that have been made, and appends what became of each. */
static void send_batch(SteamNetworkingMessage_t **messages, int count, struct value *results)
{
    int64 numbers[64];
    SOCKETS(SendMessages)(steam_sockets(), count, messages, numbers, true);
    for (int i = 0; i < count; i++)
        value_append(results, value_int(numbers[i]));
}

/* Sends payloads: one of them `count` times, or `count` different ones. A message that cannot be made for lack of
   memory is a null entry, which the library answers as it answers any. */
static struct value send_payloads(const struct value *one, const struct value *many, size_t count, uint32 connection,
                                  int flags)
{
    SteamNetworkingMessage_t *messages[64];
    struct value results = value_array();
    int made = 0;
    for (size_t i = 0; i < count; i++) {
        messages[made++] = make_message(many ? value_element(many, i) : one, connection, flags, 0);
        if (made == 64 || i + 1 == count) {
            send_batch(messages, made, &results);
            made = 0;
        }
    }
    return results;
}

#define COPIES_MAX 65536

/* (messages, data, connection_handle, flags): `data` that many times. */
static struct value send_copies(struct class_call *call, const struct value *arguments)
{
    int64_t count, connection, flags;
    if (!value_to_integer(&arguments[0], &count) || count < 0 || count > COPIES_MAX)
        return class_refuse(call, 0, "an int from 0 to 65536");
    if (arguments[1].type != VALUE_BYTES)
        return class_refuse(call, 1, "a byte array");
    if (!value_to_integer(&arguments[2], &connection) || connection < 0 || connection > UINT32_MAX)
        return class_refuse(call, 2, "an int from 0 to 4294967295");
    if (!value_to_integer(&arguments[3], &flags) || flags < INT32_MIN || flags > INT32_MAX)
        return class_refuse(call, 3, "an int of 32 bits");
    return send_payloads(&arguments[1], NULL, (size_t)count, (uint32)connection, (int)flags);
}

/* (data, connection_handle, flags): an array of payloads, or one. */
static struct value send_list(struct class_call *call, const struct value *arguments)
{
    int64_t connection, flags;
    bool one = arguments[0].type == VALUE_BYTES;
    bool good = one || arguments[0].type == VALUE_ARRAY;
    for (size_t i = 0; good && !one && i < value_count(&arguments[0]); i++)
        good = value_element(&arguments[0], i)->type == VALUE_BYTES;
    if (!good)
        return class_refuse(call, 0, "an int, a byte array or an Array of byte arrays");
    if (!value_to_integer(&arguments[1], &connection) || connection < 0 || connection > UINT32_MAX)
        return class_refuse(call, 1, "an int from 0 to 4294967295");
    if (!value_to_integer(&arguments[2], &flags) || flags < INT32_MIN || flags > INT32_MAX)
        return class_refuse(call, 2, "an int of 32 bits");
    if (one)
        return send_payloads(&arguments[0], NULL, 1, (uint32)connection, (int)flags);
    return send_payloads(NULL, &arguments[0], value_count(&arguments[0]), (uint32)connection, (int)flags);
}

static struct value send_messages(struct class_call *call, const struct value *arguments)
{
    return call->given == 4 ? send_copies(call, arguments) : send_list(call, arguments);
}

static struct value flush_messages(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_int(SOCKETS(FlushMessagesOnConnection)(steam_sockets(), (uint32)arguments[0].integer));
}

/* -------------------------------------------------------------------------------------------------------- receiving */

static int fetch_from_connection(int64_t connection, SteamNetworkingMessage_t **messages, int max)
{
    return SOCKETS(ReceiveMessagesOnConnection)(steam_sockets(), (uint32)connection, messages, max);
}

static int fetch_from_group(int64_t group, SteamNetworkingMessage_t **messages, int max)
{
    return SOCKETS(ReceiveMessagesOnPollGroup)(steam_sockets(), (uint32)group, messages, max);
}

static struct value receive_on_connection(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return message_list_fetch(fetch_from_connection, arguments[0].integer, arguments[1].integer);
}

static struct value receive_on_group(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return message_list_fetch(fetch_from_group, arguments[0].integer, arguments[1].integer);
}

static const struct class_method methods[] = {
    METHOD("sendMessageToConnection", DICTIONARY, send_message, PARAMETER(UINT32, "connection_handle"),
           PARAMETER(BYTES, "data"), PARAMETER(INT32, "flags"), OPTIONAL(UINT16, "lane", 0)),
    METHOD("sendMessages", ARRAY, send_messages, PARAMETER(ANY, "messages"), PARAMETER(ANY, "data"),
           PARAMETER(ANY, "connection_handle"), OPTIONAL(ANY, "flags", 0)),
    METHOD("flushMessagesOnConnection", INT, flush_messages, PARAMETER(UINT32, "connection_handle")),
    METHOD("receiveMessagesOnConnection", ARRAY, receive_on_connection, PARAMETER(UINT32, "connection_handle"),
           PARAMETER(INT32, "max_messages")),
    METHOD("receiveMessagesOnPollGroup", ARRAY, receive_on_group, PARAMETER(UINT32, "pollGroup"),
           PARAMETER(INT32, "max_messages")),
};

const struct class_methods steam_message_methods = METHODS(methods);
