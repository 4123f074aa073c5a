#include "messages.h"

#include <stdlib.h>
#include <string.h>

#include "message_records.h"
#include "values.h"

/* ---------------------------------------------------------------------------------------------------------- sending */

/* A payload as bytes; `owned` is to be freed. Strings that fit are put into the caller's buffer. */
struct payload {
    const void *data;
    size_t size;
    void *owned;
};

static bool text_payload(napi_env env, napi_value value, char *buffer, size_t size, struct payload *payload)
{
    size_t length;
    if (napi_get_value_string_utf8(env, value, buffer, size, &length) != napi_ok)
        return false;
    /* A character that does not fit is left out whole, and takes up to 4 bytes. */
    if (length < size - 5) {
        *payload = (struct payload){.data = buffer, .size = length};
        return true;
    }
    char *text = NULL;
    if (napi_get_value_string_utf8(env, value, NULL, 0, &length) == napi_ok && (text = malloc(length + 1)) &&
        napi_get_value_string_utf8(env, value, text, length + 1, &length) == napi_ok) {
        *payload = (struct payload){.data = text, .size = length, .owned = text};
        return true;
    }
    free(text);
    return false;
}

static bool byte_payload(napi_env env, napi_value value, struct payload *payload)
{
    void *data = NULL;
    size_t size = 0;
    bool matches = false;
    if (napi_is_buffer(env, value, &matches) == napi_ok && matches) {
        if (napi_get_buffer_info(env, value, &data, &size) != napi_ok)
            return false;
    } else if (napi_is_arraybuffer(env, value, &matches) == napi_ok && matches) {
        if (napi_get_arraybuffer_info(env, value, &data, &size) != napi_ok)
            return false;
    } else {
        return false;
    }
    *payload = (struct payload){.data = data, .size = data ? size : 0};
    return true;
}

static EResult send_on_lane(ISteamNetworkingSockets *sockets, HSteamNetConnection connection,
                            const struct payload *payload, int flags, uint32 lane, int64 *number)
{
    SteamNetworkingMessage_t *message =
        SteamAPI_ISteamNetworkingUtils_AllocateMessage(SteamNetworkingUtils_LibV4(), (int)payload->size);
    if (!message)
        return k_EResultFail;
    if (payload->size)
        memcpy(message->m_pData, payload->data, payload->size);
    message->m_conn = connection;
    message->m_nFlags = flags;
    message->m_idxLane = (uint16)lane;
    int64 result = -k_EResultInvalidParam;
    SteamAPI_ISteamNetworkingSockets_SendMessages(sockets, 1, &message, &result, true);
    if (result > 0)
        *number = result;
    return result > 0 ? k_EResultOK : (EResult)-result;
}

/* send(connection, data, flags, lane): an EResult; the message's number is in the records. */
static napi_value send_message(napi_env env, napi_callback_info info)
{
    napi_value arguments[4];
    uint32 connection, lane;
    int32 flags;
    char buffer[2048];
    struct payload payload;
    napi_valuetype type;
    if (!take_arguments(env, info, 4, arguments) || !take_uint32(env, arguments[0], &connection) ||
        !take_int32(env, arguments[2], &flags) || !take_uint32(env, arguments[3], &lane))
        return NULL;
    if (napi_typeof(env, arguments[1], &type) != napi_ok)
        return NULL;
    if (!(type == napi_string ? text_payload(env, arguments[1], buffer, sizeof buffer, &payload)
                              : byte_payload(env, arguments[1], &payload))) {
        napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "a string, Buffer or ArrayBuffer is expected");
        return NULL;
    }
    ISteamNetworkingSockets *sockets = sockets_of(env);
    struct message_records *records = environment_of(env)->records;
    int64 number = -1;
    EResult result = k_EResultInvalidParam;
    if (payload.size <= INT32_MAX)
        result = lane ? send_on_lane(sockets, connection, &payload, flags, lane, &number)
                      : SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, connection, payload.data,
                                                                                 (uint32)payload.size, flags, &number);
    free(payload.owned);
    records->sent_number = result == k_EResultOK ? number : 0;
    return make_int32(env, result);
}

/* -------------------------------------------------------------------------------------------------------- receiving */

/* Which of the identities found so far is that of a message; sets *added if it is a new one. */
static int32 identity_index(SteamNetworkingMessage_t *const *messages, const struct message_record *entries,
                            int32 index, int32 *sources, int32 *count, bool *added)
{
    *added = false;
    if (index > 0 && messages[index]->m_conn == messages[index - 1]->m_conn)
        return entries[index - 1].identity;
    for (int32 i = 0; i < *count; i++)
        if (messages[sources[i]]->m_conn == messages[index]->m_conn)
            return i;
    *added = true;
    sources[*count] = index;
    return (*count)++;
}

/*
 * Puts a batch into the records and an array: the Buffer of the payloads that share one (undefined if there are none),
 * the texts of the identities, then the Buffers of the larger payloads. Null with an exception pending on failure.
 */
static napi_value pack(napi_env env, struct message_records *records, SteamNetworkingMessage_t *const *messages,
                       int32 count)
{
    napi_value array, shared = NULL, value;
    unsigned char *memory = NULL;
    size_t shared_size = 0;
    int32 sources[MESSAGE_RECORDS_MAX];
    uint32 slot = 1;
    bool added;

    if (napi_create_array(env, &array) != napi_ok)
        return NULL;
    records->count = count;
    records->identity_count = 0;
    for (int32 i = 0; i < count; i++) {
        const SteamNetworkingMessage_t *message = messages[i];
        struct message_record *entry = &records->entries[i];
        *entry = (struct message_record){
            .number = message->m_nMessageNumber,
            .connection_user_data = message->m_nConnUserData,
            .time_received = message->m_usecTimeReceived,
            .connection = message->m_conn,
            .size = message->m_cbSize,
            .channel = message->m_nChannel >= 0 ? message->m_nChannel : message->m_idxLane,
            .flags = message->m_nFlags,
        };
        entry->identity = identity_index(messages, records->entries, i, sources, &records->identity_count, &added);
        if (added && (!(value = make_identity(env, &message->m_identityPeer)) ||
                      napi_set_element(env, array, slot++, value) != napi_ok))
            return NULL;
        if (message->m_cbSize <= MESSAGE_SHARED_PAYLOAD_MAX) {
            entry->place = (int32)shared_size;
            shared_size += (size_t)message->m_cbSize;
        }
    }
    if (napi_create_buffer(env, shared_size, (void **)&memory, &shared) != napi_ok ||
        napi_set_element(env, array, 0, shared) != napi_ok)
        return NULL;
    int32 large = 0;
    for (int32 i = 0; i < count; i++) {
        const SteamNetworkingMessage_t *message = messages[i];
        struct message_record *entry = &records->entries[i];
        if (message->m_cbSize > MESSAGE_SHARED_PAYLOAD_MAX) {
            entry->place = -1 - large++;
            if (napi_create_buffer_copy(env, (size_t)message->m_cbSize, message->m_pData, NULL, &value) != napi_ok ||
                napi_set_element(env, array, slot++, value) != napi_ok)
                return NULL;
        } else if (message->m_cbSize > 0) {
            memcpy(memory + entry->place, message->m_pData, (size_t)message->m_cbSize);
        }
    }
    return array;
}

/* receive(from a poll group, handle, at most): what pack returns, or the number that the library gave if not positive.
 */
static napi_value receive_messages(napi_env env, napi_callback_info info)
{
    napi_value arguments[3];
    bool is_group;
    uint32 handle;
    int32 max;
    SteamNetworkingMessage_t *messages[MESSAGE_RECORDS_MAX];
    if (!take_arguments(env, info, 3, arguments) || !take_bool(env, arguments[0], &is_group) ||
        !take_uint32(env, arguments[1], &handle) || !take_int32(env, arguments[2], &max))
        return NULL;
    ISteamNetworkingSockets *sockets = sockets_of(env);
    if (max > MESSAGE_RECORDS_MAX)
        max = MESSAGE_RECORDS_MAX;
    int count = is_group ? SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(sockets, handle, messages, max)
                         : SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, handle, messages, max);
    if (count <= 0)
        return make_int32(env, count);
    napi_value packed = pack(env, environment_of(env)->records, messages, count);
    for (int i = 0; i < count; i++)
        SteamAPI_SteamNetworkingMessage_t_Release(messages[i]);
    bool pending;
    if (!packed && napi_is_exception_pending(env, &pending) == napi_ok && !pending)
        napi_throw_error(env, "ERR_MEMORY_ALLOCATION_FAILED", "not enough memory for received messages");
    return packed;
}

/* ------------------------------------------------------------------------------------------------------------ export
 */

static bool export_records(napi_env env, napi_value exports)
{
    struct environment *environment = environment_of(env);
    napi_value memory;
    if (napi_create_arraybuffer(env, sizeof(struct message_records), &environment->records, &memory) != napi_ok ||
        napi_create_reference(env, memory, 1, &environment->record_reference) != napi_ok ||
        napi_set_named_property(env, exports, "records", memory) != napi_ok)
        return false;
    memset(environment->records, 0, sizeof(struct message_records));
    return true;
}

bool export_messages(napi_env env, napi_value exports)
{
    static const struct native_function functions[] = {
        {"send", send_message},
        {"receive", receive_messages},
    };
    return export_records(env, exports) && EXPORT_FUNCTIONS(env, exports, functions);
}
