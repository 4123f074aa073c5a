#include "matrix.h"

#include "cases.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    TESTS_MAXIMUM = 512,
    MEGABYTE = 1 << 20,
};

static const char *const cipher_names[2] = {"enc", "plain"};
static const int losses[] = {0, 1, 5, 20};

static struct test tests[TESTS_MAXIMUM];
static int test_count;

/* Adds a case with the usual parameters, which the caller changes. */
__attribute__((format(printf, 3, 4))) static struct params *add(int limit, void (*function)(void), const char *format,
                                                                ...)
{
    struct test *new_test = &tests[test_count++];
    va_list arguments;

    if (test_count == TESTS_MAXIMUM)
        abort();
    va_start(arguments, format);
    vsnprintf(new_test->name, sizeof(new_test->name), format, arguments);
    va_end(arguments);
    new_test->run = function;
    new_test->limit = limit;
    new_test->params = (struct params){
        .kind = KIND_RELIABLE,
        .lanes = 1,
        .size = SIZE_MIXED,
        .count = {100, 100},
        .nagle = -1,
        .cipher = {-1, -1},
        .identity = {"str:bob", "str:alice"},
    };
    return &new_test->params;
}

static struct params *add_mixed(int limit, void (*function)(void), const char *name)
{
    struct params *p = add(limit, function, "%s", name);

    p->kind = KIND_MIXED;
    return p;
}

static void count_both(struct params *p, int count)
{
    p->count[SERVER] = p->count[CLIENT] = count;
}

/* ---- transfers ---- */

static void add_sizes(bool plain, int loss)
{
    static const struct {
        int size, count;
        const char *name;
    } sizes[] = {{1, 3000, "1"},        {100, 3000, "100"}, {1200, 1500, "1200"},
                 {16500, 120, "16500"}, {65536, 30, "64K"}, {524288, 6, "512K"}};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (int kind = KIND_RELIABLE; kind >= KIND_UNRELIABLE; kind--) {
            struct params *p = add(loss == 20 ? 120 : 60, case_transfer, "xfer.%s.loss%d.size%s.%s",
                                   cipher_names[plain], loss, sizes[i].name, kind == KIND_RELIABLE ? "rel" : "unrel");

            p->plain = plain;
            p->loss = loss;
            p->size = sizes[i].size;
            p->kind = (enum traffic_kind)kind;
            p->rate =
                kind == KIND_UNRELIABLE ? 2 * MEGABYTE : 0; /* nobody repeats what a slow machine has no room for */
            count_both(p, sizes[i].count);
        }
    }
}

static void add_sweeps(bool plain)
{
    struct params *p = add(60, case_transfer, "sweep.%s.0to2600.rel", cipher_names[plain]);

    for (int kind = 0; kind < 2; kind++) {
        if (kind == 1) {
            p = add(60, case_transfer, "sweep.%s.0to2600.mixed", cipher_names[plain]);
            p->kind = KIND_MIXED;
        }
        p->size = SIZE_SWEEP;
        p->plain = plain;
        count_both(p, 2601);
    }
}

static void add_lanes(bool plain)
{
    for (int i = 0; i < 4; i++) {
        struct params *p =
            add(losses[i] == 20 ? 120 : 60, case_transfer, "lanes8.%s.loss%d.mixed", cipher_names[plain], losses[i]);

        p->plain = plain;
        p->loss = losses[i];
        p->lanes = 8;
        p->kind = KIND_MIXED;
    }
    for (int sender = 0; sender < 2; sender++) {
        struct params *p = add(40, case_lanes_one_way, "lanes8.%s.only_%s", cipher_names[plain], role_name[sender]);

        p->plain = plain;
        p->lanes = 8;
        p->variant = sender;
        p->kind = KIND_MIXED;
        p->count[sender] = 60;
        p->count[!sender] = 0;
    }
}

static void add_lane_schedules(void)
{
    for (int sender = 0; sender < 2; sender++) {
        struct params *p = add(30, case_lane_priority, "lanes.priority.%s_sends", role_name[sender]);

        p->lanes = 3;
        count_both(p, 60);
        for (int weights = 0; weights < 2; weights++) {
            if (weights) {
                p = add(30, case_lane_weight, "lanes.weight.%s_sends", role_name[sender]);
                p->lanes = 2;
                count_both(p, 100);
            }
            p->variant = sender;
            p->size = 1000;
            p->rate = 262144;
        }
    }
}

static void add_conditions(bool plain)
{
    static const struct {
        const char *name;
        int loss, lag, jitter, reorder, duplicate;
    } networks[] = {{"lag40", 0, 40, 0, 0, 0},
                    {"jitter", 0, 10, 8, 0, 0},
                    {"reorder20", 0, 5, 0, 20, 0},
                    {"dup20", 0, 5, 0, 0, 20},
                    {"bad", 5, 30, 5, 10, 5}};

    for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++) {
        struct params *p = add(60, case_transfer, "net.%s.%s.mixed", networks[i].name, cipher_names[plain]);

        p->plain = plain;
        p->kind = KIND_MIXED;
        p->lanes = 3;
        p->loss = networks[i].loss;
        p->lag = networks[i].lag;
        p->jitter = networks[i].jitter;
        p->reorder = networks[i].reorder;
        p->duplicate = networks[i].duplicate;
        p->rate = MEGABYTE; /* at more, reordering by 30 ms exceeds the 64 packets that a receiver looks back */
    }
}

/* ---- options ---- */

static void add_rates(void)
{
    struct params *p;

    p = add_mixed(60, case_transfer, "defaults.mixed");
    p->defaults = true;
    p = add_mixed(60, case_transfer, "defaults.loss5.mixed");
    p->defaults = true;
    p->loss = 5;
    p = add(60, case_transfer, "defaults.512K");
    p->defaults = true;
    p->size = 524288;
    count_both(p, 2);

    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"rate.range.loss0", "rate.range.loss5", "rate.range.loss5.lag40"};

        p = add_mixed(i ? 90 : 60, case_transfer, names[i]);
        p->rate_min = 65536;
        p->rate = 16 * MEGABYTE;
        p->loss = i ? 5 : 0;
        p->lag = i == 2 ? 40 : 0;
        count_both(p, i ? 200 : 400);
    }
    p = add_mixed(60, case_transfer, "rate.slow32K");
    p->rate = 32768;
    count_both(p, 30);
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"bulk.client_sends", "bulk.server_sends", "bulk.both"};
        static const int counts[3][2] = {{0, 400}, {400, 0}, {200, 200}};

        p = add(60, case_transfer, "%s", names[i]);
        p->size = 65536;
        p->rate = 64 * MEGABYTE;
        p->send_buffer = 8 * MEGABYTE;
        p->count[SERVER] = counts[i][SERVER];
        p->count[CLIENT] = counts[i][CLIENT];
    }
}

static void add_transport_options(void)
{
    struct params *p;

    for (int who = 1; who <= 3; who++) {
        const char *name = who == 1 ? "server" : who == 2 ? "client" : "both";

        p = add(60, case_transfer, "mtu600.%s", name);
        p->packet_size[SERVER] = who & 1 ? 600 : 0;
        p->packet_size[CLIENT] = who & 2 ? 600 : 0;
        p->kind = KIND_MIXED;
        p = add(60, case_transfer, "send_time.%s", name);
        p->send_time[SERVER] = who & 1;
        p->send_time[CLIENT] = who >> 1;
        p->kind = KIND_MIXED;
    }
    p = add_mixed(60, case_transfer, "send_time.both.lag40.jitter");
    p->send_time[SERVER] = p->send_time[CLIENT] = 1;
    p->lag = 40;
    p->jitter = 5;
    p = add_mixed(40, case_transfer, "nagle0");
    p->nagle = 0;
    p = add_mixed(40, case_transfer, "nagle20ms");
    p->nagle = 20000;
    p = add_mixed(40, case_transfer, "ipv6.loopback");
    p->listen_on = p->connect_to = "[::1]";
    p = add_mixed(40, case_transfer, "ipv6.any_listener_ipv4_client");
    p->listen_on = "[::]";
    p = add_mixed(40, case_transfer, "ipv6.any_listener_ipv6_client");
    p->listen_on = "[::]";
    p->connect_to = "[::1]";
}

static void add_paths(void)
{
    struct params *p;

    for (int sender = 0; sender < 2; sender++) {
        p = add(90, case_narrow_path, "path.narrow.%s_sends", role_name[sender]);
        p->variant = sender;
        p->size = 3000;
        p->count[sender] = 8000;
        p->count[!sender] = 0;
    }
    for (int loss = 0; loss <= 5; loss += 5) {
        p = add(90, case_roaming, "path.roaming.loss%d", loss);
        p->loss = loss;
        p->size = 5000;
        p->timeout_connected = 5000;
        count_both(p, 1000);
    }
    p = add(60, case_roaming_unseen, "path.roaming.silent_client");
    p->size = 1000;
    p->timeout_connected = 10000;
    count_both(p, 1000);
}

/* ---- endings ---- */

static void add_closes(int closer)
{
    const char *name = role_name[closer];

    for (int way = 0; way < CLOSE_WAYS; way++)
        add(20, case_close, "close.%s.%s", name, close_way_name[way])->variant = closer + 2 * way;
    for (int i = 0; i < 3; i++) {
        static const char *const how[] = {"unencrypted", "loss5", "loss20"};
        struct params *p = add(20, case_close, "close.%s.%s", name, how[i]);

        p->variant = closer;
        p->plain = i == 0;
        p->loss = i == 0 ? 0 : i == 1 ? 5 : 20;
    }
    struct params *p = add(20, case_close_unread, "close.%s.unread_messages", name);
    p->variant = closer;
    count_both(p, 20);
    add(20, case_kill, "close.%s.kill", name)->variant = closer;
}

static void add_lingers(int closer)
{
    for (int i = 0; i < 6; i++) {
        static const char *const how[] = {"loss0", "loss1", "loss5", "loss20", "plain", "nothing_pending"};
        struct params *p = add(i == 3 ? 60 : 30, case_linger, "linger.%s.%s", role_name[closer], how[i]);

        p->variant = closer;
        p->loss = i < 4 ? losses[i] : 0;
        p->plain = i == 4;
        p->size = 50000;
        p->rate = MEGABYTE;
        count_both(p, i == 5 ? 0 : 20);
    }
}

static void add_disappearances(int victim)
{
    for (int killed = 0; killed < 2; killed++) {
        struct params *p =
            add(20, case_vanish, "timeout.connected.%s_%s", role_name[victim], killed ? "killed" : "stops");

        p->variant = victim | (killed ? VANISH_KILLED : 0);
        p->timeout_connected = 2000;
    }
}

static void add_limits(int sender)
{
    struct params *p = add(30, case_send_limit, "limit.send_buffer.%s_sends", role_name[sender]);

    p->variant = sender;
    p->size = 1000;
    p->send_buffer = 65536;
    p->rate = MEGABYTE;
    count_both(p, 5000);
    p = add(40, case_backpressure, "limit.receive_queue.%s_sends", role_name[sender]);
    p->variant = sender;
    p->size = 4000;
    p->receive_buffer = 131072;
    p->receive_messages = 20;
    p->rate = 2 * MEGABYTE;
    count_both(p, 200);
    p = add(40, case_backpressure, "limit.receive_bytes.%s_sends", role_name[sender]);
    p->variant = sender;
    p->size = 30000;
    p->receive_buffer = 200000;
    p->receive_messages = 1000;
    p->rate = 4 * MEGABYTE;
    count_both(p, 60);
}

static void add_endings(void)
{
    for (int side = 0; side < 2; side++) {
        add_closes(side);
        add_lingers(side);
        add_disappearances(side);
        add_limits(side);
    }
    add(20, case_close_both, "close.both_at_once");
    add(30, case_close_listener, "close.listen_socket")->timeout_connected = 3000;
}

/* ---- openings ---- */

static void add_early_traffic(void)
{
    for (int i = 0; i < 4; i++) {
        static const char *const names[] = {"eager.loss5.mixed", "eager.loss20.mixed", "eager.loss5.rel",
                                            "eager.loss20.rel"};
        struct params *p = add(i % 2 ? 90 : 60, case_transfer, "%s", names[i]);

        p->eager = true;
        p->loss = i % 2 ? 20 : 5;
        p->kind = i < 2 ? KIND_MIXED : KIND_RELIABLE;
        p->rate = MEGABYTE;
    }
    add(30, case_late_accept, "accept.late");
    add(30, case_early_send, "accept.early_messages")->count[CLIENT] = 60;
}

static void add_refusals(void)
{
    for (int i = 0; i < 4; i++) {
        static const char *const names[] = {"reason_and_text", "unencrypted", "default", "loss20"};
        struct params *p = add(30, case_reject, "reject.%s", names[i]);

        if (i != 2) {
            p->variant = i == 1 ? 2222 : 1111;
            p->text = i == 1 ? "go away" : "no room";
        }
        p->plain = i == 1;
        p->loss = i == 3 ? 20 : 0;
    }
    add(20, case_abandon, "abandon.client_closes_while_connecting");
}

static void add_timeouts_and_restarts(void)
{
    struct params *p;

    add(20, case_timeout_initial, "timeout.initial.mute_server")->timeout_initial[CLIENT] = 1500;
    p = add(20, case_timeout_initial, "timeout.initial.nobody_there");
    p->timeout_initial[CLIENT] = 1500;
    p->variant = 1;
    add(30, case_timeout_accept, "timeout.initial.never_accepted")->timeout_initial[SERVER] = 1500;
    p = add(30, case_restart_server, "restart.server");
    p->timeout_connected = 3000;
    p->eager = true;
    add(30, case_restart_client, "restart.client")->timeout_connected = 3000;
    p = add(40, case_idle, "idle.13s");
    p->timeout_connected = 3000;
    p->variant = 13000;
}

static void add_ciphers(void)
{
    for (int server = 0; server < 4; server++) {
        for (int client = 0; client < 4; client++) {
            struct params *p = add(25, case_cipher, "cipher.server%d.client%d", server, client);

            p->cipher[SERVER] = server;
            p->cipher[CLIENT] = client;
            count_both(p, 30);
        }
    }
}

static void add_identities(void)
{
    static const struct {
        const char *name, *server, *client;
    } pairs[] = {
        {"alice_bob", "str:bob", "str:alice"},
        {"both_anonymous", NULL, NULL},
        {"server_anonymous", NULL, "str:alice"},
        {"client_anonymous", "str:bob", NULL},
        {"steam", "steamid:76561197960287930", "steamid:76561197960287931"},
        {"generic_bytes", "gen:00ff10", "gen:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
        {"consoles", "psn:1234567890123", "xboxpwid:ABCdef0123456789"},
        {"long_string", "str:0123456789012345678901234567890", "str:b"},
        {"unknown_kind", "moon:base one", "str:alice"},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct params *p = add(20, case_identity, "identity.%s", pairs[i].name);

        p->identity[SERVER] = pairs[i].server;
        p->identity[CLIENT] = pairs[i].client;
    }
}

/* ---- load ---- */

static void add_load(void)
{
    static const struct {
        const char *name;
        int rate;
    } rates[] = {{"8MB", 8 * MEGABYTE}, {"64MB", 64 * MEGABYTE}, {"256MB", 256 * MEGABYTE}, {"open", RATE_OPEN}};

    static const struct {
        const char *name;
        int senders, connections;
    } ways[] = {{"server_sends", LOAD_FROM_SERVER, 1},
                {"server_sends.4_connections", LOAD_FROM_SERVER, 4},
                {"client_sends", LOAD_FROM_CLIENT, 1},
                {"client_sends.4_connections", LOAD_FROM_CLIENT, 4},
                {"both_send", LOAD_FROM_SERVER | LOAD_FROM_CLIENT, 1},
                {"both_send.4_connections", LOAD_FROM_SERVER | LOAD_FROM_CLIENT, 4}};

    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        for (size_t k = 0; k < sizeof(ways) / sizeof(ways[0]) * 2; k++) {
            struct params *p = add(120, case_load, "load.%s.loss%d.%s", rates[i].name, (int)(k % 2), ways[k / 2].name);

            p->rate = rates[i].rate;
            p->loss = (int)(k % 2);
            p->variant = ways[k / 2].senders;
            p->connections = ways[k / 2].connections;
            p->send_buffer = 4 * MEGABYTE;
            p->receive_buffer = 16 * MEGABYTE;
            p->receive_messages = 100000;
        }
    }
}

/* ---- all of them ---- */

static void add_conversations(void)
{
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"status.loopback", "status.lag40", "status.plain"};
        struct params *p = add_mixed(30, case_status, names[i]);

        p->lanes = 3;
        p->lag = i == 1 ? 40 : 0;
        p->plain = i == 2;
        p->rate = 2 * MEGABYTE;
        count_both(p, 40);
    }
    add(30, case_pingpong, "pingpong.enc");
    add(30, case_pingpong, "pingpong.plain")->plain = true;
    add(40, case_many, "many.40_connections");
    add(40, case_many, "many.40_connections.plain")->plain = true;
}

const struct test *matrix_build(int *count)
{
    for (int plain = 0; plain < 2; plain++) {
        for (int i = 0; i < 4; i++)
            add_sizes(plain, losses[i]);
        add_sweeps(plain);
        add_lanes(plain);
        add_conditions(plain);
    }
    add_lane_schedules();
    add_rates();
    add_transport_options();
    add_paths();
    add_endings();
    add_early_traffic();
    add_refusals();
    add_timeouts_and_restarts();
    add_ciphers();
    add_identities();
    add_conversations();
    add_load();
    *count = test_count;
    return tests;
}
