#include "message_list.h"

#include "dictionaries.h"

#define BATCH 64

struct value message_list_fetch(message_source source, int64_t from, int64_t max)
{
    SteamNetworkingMessage_t *messages[BATCH];
    struct value array = value_array();
    while (max > 0) {
        int wanted = max < BATCH ? (int)max : BATCH;
        int count = source(from, messages, wanted);
        for (int i = 0; i < count; i++)
            value_append(&array, dictionary_message(messages[i]));
        if (count < wanted)
            break;
        max -= count;
    }
    return array;
}
