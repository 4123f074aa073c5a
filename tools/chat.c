/*
 * fumarole chat: lines of text between terminals.
 *
 * Every message is one line of UTF-8, reliable. A client introduces itself with "/nick <name>"; what else it sends is
 * said to everybody. Every message of the server is a line ready to be shown.
 */
#include "tools/command.h"
#include "tools/complain.h"
#include "tools/host.h"
#include "tools/input_lines.h"
#include "tools/terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    NICK_SIZE = 25,
    TEXT_LIMIT = 1000,            /* bytes of one line */
    LINE_SIZE = TEXT_LIMIT + 128, /* with who said it */
    CLIENT_LIMIT = 1000,
    REASON_LEFT = 1000,
    REASON_FULL = 1100,
};

static struct {
    const char *nick;
    bool listening, stay;
    int64_t client_limit;
} settings;

/* ---------------------------------------------------------------------------------------------------- the server */

struct client {
    HSteamNetConnection connection; /* 0: the slot is free */
    char nick[NICK_SIZE];           /* empty until it has introduced itself */
};

static struct client *clients;
static char server_nick[NICK_SIZE];

static struct client *find_client(HSteamNetConnection connection)
{
    for (int64_t i = 0; i < settings.client_limit; i++)
        if (clients[i].connection == connection)
            return &clients[i];
    return NULL;
}

/* Shows a line here and sends it to everybody but one (0: to all). */
static void say(HSteamNetConnection except, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(HSteamNetConnection except, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    puts(line);
    for (int64_t i = 0; i < settings.client_limit; i++) {
        const struct client *client = &clients[i];
        /* Who reads too slowly to have room for a line loses it; nobody else waits for that. */
        if (client->connection && client->connection != except && client->nick[0])
            host_send_text(client->connection, line);
    }
}

static bool nick_taken(const char *nick, const struct client *by_other_than)
{
    if (strcmp(nick, server_nick) == 0)
        return true;
    for (int64_t i = 0; i < settings.client_limit; i++)
        if (clients[i].connection && &clients[i] != by_other_than && strcmp(clients[i].nick, nick) == 0)
            return true;
    return false;
}

/* A name that nobody else has, close to the one wished for. `client` is who gets it, null for the server. */
static void choose_nick(const char *wish, size_t length, const struct client *client, char nick[NICK_SIZE])
{
    char clean[NICK_SIZE];
    if (!client)
        server_nick[0] = 0;
    terminal_harmless(wish, length, clean, sizeof clean - 4);
    for (char *letter = clean; *letter; letter++)
        if (*letter == ' ' || *letter == ':')
            *letter = '_';
    if (!clean[0] || clean[0] == '*')
        snprintf(clean, sizeof clean, "guest");
    char chosen[NICK_SIZE];
    memcpy(chosen, clean, sizeof chosen);
    for (int number = 2; nick_taken(chosen, client) && number < 1000; number++)
        snprintf(chosen, sizeof chosen, "%.20s%d", clean, number);
    memcpy(nick, chosen, sizeof chosen);
}

static void list_people(HSteamNetConnection connection)
{
    char line[LINE_SIZE];
    int length = snprintf(line, sizeof line, "* here: %s", server_nick);
    for (int64_t i = 0; i < settings.client_limit && length + NICK_SIZE + 2 < (int)sizeof line; i++)
        if (clients[i].connection && clients[i].nick[0])
            length += snprintf(line + length, sizeof line - (size_t)length, ", %s", clients[i].nick);
    if (connection)
        host_send_text(connection, line);
    else
        puts(line);
}

static void rename_client(struct client *client, const char *wish, size_t length)
{
    char before[NICK_SIZE];
    memcpy(before, client->nick, sizeof before);
    choose_nick(wish, length, client, client->nick);
    if (!before[0])
        say(0, "* %s joined", client->nick);
    else if (strcmp(before, client->nick) != 0)
        say(0, "* %s is now %s", before, client->nick);
}

static void on_client_line(struct client *client, const char *text, size_t length)
{
    static const char nick_command[] = "/nick ";
    if (length >= sizeof nick_command - 1 && memcmp(text, nick_command, sizeof nick_command - 1) == 0) {
        rename_client(client, text + sizeof nick_command - 1, length - (sizeof nick_command - 1));
        return;
    }
    if (!client->nick[0])
        rename_client(client, "guest", 5);
    if (length == 4 && memcmp(text, "/who", 4) == 0) {
        list_people(client->connection);
        return;
    }
    char line[TEXT_LIMIT + 1];
    terminal_harmless(text, length, line, sizeof line);
    say(0, "%s: %s", client->nick, line);
}

static void welcome(HSteamNetConnection connection)
{
    struct client *place = find_client(0);
    if (!place) {
        host_close(connection, REASON_FULL, "the room is full");
        return;
    }
    if (host_accept(connection)) {
        place->connection = connection;
        place->nick[0] = 0;
    }
}

/* Who left as one does is quoted; for everybody else there is the reason. */
static const char *farewell(const SteamNetConnectionInfo_t *info, char text[HOST_REASON_SIZE])
{
    if (info->m_eState != k_ESteamNetworkingConnectionState_ClosedByPeer || info->m_eEndReason != REASON_LEFT)
        return host_reason(info, text);
    terminal_harmless(info->m_szEndDebug, strnlen(info->m_szEndDebug, sizeof info->m_szEndDebug), text,
                      HOST_REASON_SIZE);
    return text;
}

static void part(HSteamNetConnection connection, const SteamNetConnectionInfo_t *info)
{
    struct client *client = find_client(connection);
    host_close(connection, 0, NULL);
    if (!client)
        return;
    char reason[HOST_REASON_SIZE], nick[NICK_SIZE];
    memcpy(nick, client->nick, sizeof nick);
    client->connection = 0;
    if (nick[0])
        say(0, "* %s left: %s", nick, farewell(info, reason));
}

static void on_server_change(const SteamNetConnectionStatusChangedCallback_t *change)
{
    switch (change->m_info.m_eState) {
    case k_ESteamNetworkingConnectionState_Connecting:
        welcome(change->m_hConn);
        break;
    case k_ESteamNetworkingConnectionState_ClosedByPeer:
    case k_ESteamNetworkingConnectionState_ProblemDetectedLocally:
        part(change->m_hConn, &change->m_info);
        break;
    default:
        break;
    }
}

static void on_server_message(const SteamNetworkingMessage_t *message)
{
    struct client *client = find_client(message->m_conn);
    if (client && message->m_cbSize > 0)
        on_client_line(client, message->m_pData, (size_t)message->m_cbSize);
}

/* A line typed at the server. False if it ends the chat. */
static bool on_server_line(const char *line, size_t length)
{
    if (strcmp(line, "/quit") == 0)
        return false;
    if (strcmp(line, "/who") == 0) {
        list_people(0);
    } else if (strncmp(line, "/nick ", 6) == 0) {
        char before[NICK_SIZE];
        memcpy(before, server_nick, sizeof before);
        choose_nick(line + 6, length - 6, NULL, server_nick);
        say(0, "* %s is now %s", before, server_nick);
    } else if (length > 0) {
        char text[TEXT_LIMIT + 1];
        terminal_harmless(line, length, text, sizeof text);
        say(0, "%s: %s", server_nick, text);
    }
    return true;
}

static int serve(const char *address)
{
    SteamNetworkingIPAddr bound;
    clients = calloc((size_t)settings.client_limit, sizeof *clients);
    if (!clients) {
        complain("out of memory");
        return EXIT_LOCAL;
    }
    choose_nick(settings.nick, strlen(settings.nick), NULL, server_nick);
    host_on_change(on_server_change);
    host_on_message(on_server_message);
    enum exit_code code = host_listen(address, &bound);
    if (code != EXIT_DONE)
        return code;
    host_announce(stdout, &bound);

    struct input_lines input = {.descriptor = STDIN_FILENO};
    bool open = true;
    while (open) {
        unsigned events = host_wait(-1, input.ended ? -1 : STDIN_FILENO);
        if (events & HOST_STOP)
            break;
        if (events & HOST_INPUT)
            input_lines_read(&input);
        char *line;
        size_t length;
        while (open && input_lines_next(&input, &line, &length))
            open = on_server_line(line, length);
        fflush(stdout);
    }
    for (int64_t i = 0; i < settings.client_limit; i++)
        if (clients[i].connection)
            host_close(clients[i].connection, REASON_LEFT, "the chat is over");
    return EXIT_DONE;
}

/* ---------------------------------------------------------------------------------------------------- the client */

static struct {
    HSteamNetConnection connection;
    bool over;
    bool lost; /* over, but not because the other side said so */
} client_side;

static void on_client_change(const SteamNetConnectionStatusChangedCallback_t *change)
{
    if (change->m_hConn != client_side.connection)
        return;
    int state = change->m_info.m_eState;
    if (state != k_ESteamNetworkingConnectionState_ClosedByPeer &&
        state != k_ESteamNetworkingConnectionState_ProblemDetectedLocally)
        return;
    client_side.over = true;
    client_side.lost =
        state != k_ESteamNetworkingConnectionState_ClosedByPeer || change->m_info.m_eEndReason != REASON_LEFT;
}

static void on_client_message(const SteamNetworkingMessage_t *message)
{
    char line[LINE_SIZE];
    terminal_harmless(message->m_pData, (size_t)message->m_cbSize, line, sizeof line);
    puts(line);
    fflush(stdout);
}

static int converse(const char *address)
{
    host_on_change(on_client_change);
    host_on_message(on_client_message);
    enum exit_code code = host_connect(address, &client_side.connection);
    if (code != EXIT_DONE)
        return code;
    char introduction[NICK_SIZE + 8];
    int introduced = snprintf(introduction, sizeof introduction, "/nick %.*s", NICK_SIZE - 1, settings.nick);
    host_send(client_side.connection, introduction, (uint32_t)introduced, k_nSteamNetworkingSend_Reliable);

    struct input_lines input = {.descriptor = STDIN_FILENO};
    bool leaving = false;
    while (!leaving && !client_side.over) {
        unsigned events = host_wait(-1, input.ended ? -1 : STDIN_FILENO);
        if (events & HOST_STOP)
            break;
        if (events & HOST_INPUT)
            input_lines_read(&input);
        char *line;
        size_t length;
        while (!leaving && !client_side.over && input_lines_next(&input, &line, &length)) {
            leaving = strcmp(line, "/quit") == 0;
            if (!leaving && length > 0)
                host_send(client_side.connection, line, (uint32_t)(length < TEXT_LIMIT ? length : TEXT_LIMIT),
                          k_nSteamNetworkingSend_Reliable);
        }
        leaving |= input.ended && !settings.stay;
    }
    if (!client_side.over)
        host_drain(client_side.connection, 5);
    if (client_side.over) {
        char reason[HOST_REASON_SIZE];
        SteamNetConnectionInfo_t info;
        SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(host_sockets(), client_side.connection, &info);
        printf("* disconnected: %s\n", farewell(&info, reason));
    }
    host_close(client_side.connection, REASON_LEFT, "bye");
    return client_side.lost ? EXIT_UNDONE : EXIT_DONE;
}

int command_chat(int argc, char **argv)
{
    static const struct option_row options[] = {
        {"listen",
         'l',
         NULL,
         "be the server: ADDRESS is where to listen",
         OPTION_FLAG,
         {.flag = &settings.listening},
         0,
         0},
        {"nick",
         'n',
         "NAME",
         "what the others call you (default: your user name)",
         OPTION_TEXT,
         {.text = &settings.nick},
         0,
         0},
        {"stay", 0, NULL, "client: stay when the input has ended", OPTION_FLAG, {.flag = &settings.stay}, 0, 0},
        {"clients",
         0,
         "N",
         "server: how many may come (default 64)",
         OPTION_INTEGER,
         {.number = &settings.client_limit},
         1,
         CLIENT_LIMIT},
        {0},
    };
    static const struct usage usage = {
        .synopsis = "fumarole chat [options] ADDRESS",
        .about = "Chats with whoever is connected to a server, line by line. With --listen it is the server.\n"
                 "Lines come from standard input; /nick NAME, /who and /quit are commands.",
        .options = options,
        .shared = host_options,
        .more =
            "examples:\n"
            "  fumarole chat --listen :27015 --nick ada\n"
            "  fumarole chat localhost:27015 --nick bob\n\n"
            "exit codes: 0 the chat ended, 1 the connection was lost, 2 bad arguments, 3 could not listen or connect",
        .operand_least = 1,
        .operand_most = 1,
        .operand = "ADDRESS",
    };
    settings.client_limit = 64;
    const char *user = getenv("USER");
    settings.nick = user && user[0] ? user : "guest";
    const char *operands[1];
    int operand_count;
    int code = options_read(&usage, argc, argv, operands, &operand_count);
    if (code != OPTIONS_GO_ON)
        return code;
    code = host_start();
    if (code != EXIT_DONE)
        return code;
    code = settings.listening ? serve(operands[0]) : converse(operands[0]);
    host_stop();
    free(clients);
    return code;
}
