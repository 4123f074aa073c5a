/*
 * Messages through Godot 4's side.
 */
#include <stdlib.h>
#include <string.h>

#include "support.h"

static void expect_payload(const struct variant *message, const void *data, size_t length)
{
    size_t size;
    const void *bytes = v_as_bytes(field(message, "payload"), &size);
    EXPECT_INT((int64_t)size, (int64_t)length);
    EXPECT_INT(int_field(message, "size"), (int64_t)length);
    HOST_CHECK(memcmp(bytes, data, length) == 0);
}

static void numbers_count_up(void)
{
    begin();
    struct pair pair = make_pair();
    for (int i = 1; i <= 3; i++) {
        const struct variant *sent = STEAM("sendMessageToConnection", v_int(pair.one), v_bytes("x", 1), v_int(8));
        EXPECT_INT(int_field(sent, "result"), 1);
        EXPECT_INT(int_field(sent, "message_number"), i);
    }
    EXPECT_INT(int_field(STEAM("sendMessageToConnection", v_int(999), v_bytes("x", 1), v_int(8)), "result"), 8);
    /* numbers in an array are bytes too */
    STEAM("sendMessageToConnection", v_int(pair.one), LIST(v_int(1), v_int(255), v_int(256)), v_int(8));
    expect_payload(v_at(receive(pair.two, 4), 3), "\x01\xff\x00", 3);
}

static void sends_many(void)
{
    begin();
    struct pair pair = make_pair();
    STEAM("sendMessages", v_int(3), v_bytes("again", 5), v_int(pair.one), v_int(8));
    const struct variant *messages = receive(pair.two, 3);
    EXPECT_INT((int64_t)v_count(messages), 3);
    for (size_t i = 0; i < 3; i++)
        expect_payload(v_at(messages, i), "again", 5);
    const struct variant *numbers =
        STEAM("sendMessages", LIST(v_bytes("a", 1), v_bytes("bc", 2)), v_int(pair.one), v_int(8));
    EXPECT_INT((int64_t)v_count(numbers), 2);
    EXPECT_INT(v_as_int(v_at(numbers, 0)), 4);
    EXPECT_INT(v_as_int(v_at(numbers, 1)), 5);
    expect_payload(v_at(receive(pair.two, 2), 1), "bc", 2);
}

static void receives_everything(void)
{
    static const char *const keys[] = {"identity", "user_data", "time_received",      "message_number",  "channel",
                                       "flags",    "size",      "receiver_user_data", "sender_user_data"};
    begin();
    struct pair pair = make_pair();
    char large[100000];
    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (char)(i * 7);
    STEAM("sendMessageToConnection", v_int(pair.one), v_bytes("a\0b", 3), v_int(8));
    STEAM("sendMessageToConnection", v_int(pair.one), v_bytes("", 0), v_int(8));
    STEAM("sendMessageToConnection", v_int(pair.one), v_bytes(large, sizeof large), v_int(8));
    const struct variant *messages = receive(pair.two, 3);
    expect_payload(v_at(messages, 0), "a\0b", 3);
    expect_payload(v_at(messages, 1), "", 0);
    expect_payload(v_at(messages, 2), large, sizeof large);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        field(v_at(messages, 0), keys[i]);
    EXPECT_TEXT(text_field(v_at(messages, 0), "identity"), "str:two");
    EXPECT_INT(int_field(v_at(messages, 0), "connection"), pair.two);
    EXPECT_INT(int_field(v_at(messages, 2), "message_number"), 3);
    for (int i = 0; i < 5; i++)
        STEAM("sendMessageToConnection", v_int(pair.one), v_bytes("x", 1), v_int(8));
    EXPECT_INT((int64_t)v_count(STEAM("receiveMessagesOnConnection", v_int(pair.two), v_int(2))), 2);
    EXPECT_INT((int64_t)v_count(STEAM("receiveMessagesOnConnection", v_int(pair.two), v_int(100))), 3);
    EXPECT_EMPTY(STEAM("receiveMessagesOnConnection", v_int(pair.two), v_int(100)));
    EXPECT_EMPTY(STEAM("receiveMessagesOnConnection", v_int(999), v_int(100)));
}

static void poll_groups_name_the_connection(void)
{
    begin();
    struct pair first = make_pair(), second = make_pair();
    int64_t group = STEAM_INT("createPollGroup");
    HOST_CHECK(group != 0);
    HOST_CHECK(STEAM_TRUE("setConnectionPollGroup", v_int(first.two), v_int(group)));
    HOST_CHECK(STEAM_TRUE("setConnectionPollGroup", v_int(second.two), v_int(group)));
    STEAM("sendMessageToConnection", v_int(first.one), v_bytes("1", 1), v_int(8));
    STEAM("sendMessageToConnection", v_int(second.one), v_bytes("2", 1), v_int(8));
    bool seen[2] = {false, false};
    for (int napped = 0; !seen[0] || !seen[1]; napped++) {
        wait_a_little(__FILE__, __LINE__, "both messages", napped);
        const struct variant *messages = STEAM("receiveMessagesOnPollGroup", v_int(group), v_int(10));
        for (size_t i = 0; i < v_count(messages); i++) {
            bool is_first = int_field(v_at(messages, i), "connection") == first.two;
            HOST_CHECK(is_first || int_field(v_at(messages, i), "connection") == second.two);
            expect_payload(v_at(messages, i), is_first ? "1" : "2", 1);
            seen[!is_first] = true;
        }
    }
    EXPECT_EMPTY(STEAM("receiveMessagesOnPollGroup", v_int(999), v_int(10)));
    HOST_CHECK(STEAM_TRUE("destroyPollGroup", v_int(group)));
    HOST_CHECK(!STEAM_TRUE("destroyPollGroup", v_int(group)));
}

/* A payload is shared with the script that made it, and must stay as it was. */
static void payloads_stay_the_scripts(void)
{
    begin();
    struct pair pair = make_pair();
    struct variant mine = v_bytes("mine", 4);
    for (int i = 0; i < 100; i++)
        STEAM("sendMessageToConnection", v_int(pair.one), v_copy(&mine), v_int(8));
    size_t size;
    HOST_CHECK(memcmp(v_as_bytes(&mine, &size), "mine", 4) == 0 && size == 4);
    v_free(&mine);
    const struct variant *messages = receive(pair.two, 100);
    for (size_t i = 0; i < 100; i++)
        expect_payload(v_at(messages, i), "mine", 4);
}

const struct test message_tests[] = {
    {"10", "sendMessageToConnection gives results and numbers", numbers_count_up},
    {"11", "sendMessages sends copies and lists", sends_many},
    {"12", "receiveMessagesOnConnection gives every key and the same bytes", receives_everything},
    {"13", "receiveMessagesOnPollGroup names the connection", poll_groups_name_the_connection},
    {"payloads", "a script keeps its payload", payloads_stay_the_scripts},
    {0},
};
