#include "net/sim/sim_attacker.h"

#include "base/bytes.h"
#include "wire/address.h"
#include "wire/control_messages.h"

#include <string.h>

#define REPLAY_DELAY_MAXIMUM (10 * SECOND)
#define PAUSE_MINIMUM        MILLISECOND
#define PAUSE_MAXIMUM        SECOND

enum { FAST_COPY = 5 /* microseconds that the fastest copy takes */, GUESSED_PORTS = 4 };

/* ---- what is seen -------------------------------------------------------------------------------------------- */

/* An address that no host has or had. */
static SteamNetworkingIPAddr foreign_address(struct sim_world *world)
{
    SteamNetworkingIPAddr address;

    address_set_ipv4(&address, (random_u32(&world->random.source) & 0x00ffff00) | 0xc0000000 | 0xee,
                     (uint16)sim_between(world, 1024, 65535));
    return address;
}

static enum sim_fate see(struct sim_wire *wire, struct sim_link *link, uint64_t serial,
                         const SteamNetworkingIPAddr *from, const SteamNetworkingIPAddr *to, const uint8_t *bytes,
                         size_t length)
{
    struct sim_attacker *attacker = container_of(wire, struct sim_attacker, wire);
    struct sim_world *world = attacker->network->world;
    struct sim_recording *recording = &attacker->recordings[attacker->next];

    attacker->next = (attacker->next + 1) % SIM_ATTACKER_MEMORY;
    *recording = (struct sim_recording){.serial = serial, .link = link, .from = *from, .to = *to, .length = length};
    memcpy(recording->bytes, bytes, length);
    if (sim_chance(world, attacker->races)) {
        SteamNetworkingIPAddr elsewhere = foreign_address(world);

        sim_tally(world, SIM_KIND_SEEN_COPY_ELSEWHERE);
        sim_link_inject(link, &elsewhere, to, bytes, length, FAST_COPY, false);
    }
    return SIM_FATE_PASS;
}

static void note_accepted(struct sim_wire *wire, struct sim_link *link, uint64_t serial)
{
    struct sim_attacker *attacker = container_of(wire, struct sim_attacker, wire);

    for (int i = 0; i < SIM_ATTACKER_MEMORY; i++)
        if (attacker->recordings[i].link == link && attacker->recordings[i].serial == serial)
            attacker->recordings[i].accepted = true;
}

/* One that was delivered, so that it is known what it does; or NULL. */
static const struct sim_recording *any_recording(struct sim_attacker *attacker)
{
    const struct sim_recording *recording =
        &attacker->recordings[sim_between(attacker->network->world, 0, SIM_ATTACKER_MEMORY - 1)];

    return recording->accepted ? recording : NULL;
}

/* Some end with a connection, or NULL. */
static struct sim_end *any_end(struct sim_network *network)
{
    struct sim_world *world = network->world;
    struct sim_host *host = &network->hosts[sim_between(world, 0, network->host_count - 1)];
    int64_t skip = host->end_count > 0 ? sim_between(world, 0, host->end_count - 1) : 0;
    struct sim_end *end;

    list_for_each_entry(end, &host->ends, struct sim_end, node) if (skip-- <= 0 && end->connection) return end;
    return NULL;
}

/* The link that leads to an end; also where the end has been before an address change that its peer does not know. */
static struct sim_link *link_to(struct sim_network *network, const struct sim_end *end)
{
    const struct sim_host *other = sim_network_host(network, &end->remote);

    if (end->host->index != 0)
        return &network->down[end->host->index];
    return other && other->index != 0 ? &network->up[other->index] : NULL;
}

static void inject_at(struct sim_network *network, const struct sim_end *end, const uint8_t *bytes, size_t length)
{
    struct sim_link *link = link_to(network, end);

    if (link && length > 0)
        sim_link_inject(link, &end->remote, &end->local, bytes, length, 0, true);
}

/* ---- what is done with it ------------------------------------------------------------------------------------ */

static void send_copy(struct sim_attacker *attacker)
{
    const struct sim_recording *recording = any_recording(attacker);
    struct sim_world *world = attacker->network->world;
    SteamNetworkingIPAddr from;

    if (!recording)
        return;
    from = recording->from;
    if (sim_chance(world, 0.3)) {
        from = foreign_address(world);
        sim_tally(world, SIM_KIND_SEEN_COPY_ELSEWHERE);
    } else {
        sim_tally(world, SIM_KIND_SEEN_COPY);
    }
    sim_link_inject(recording->link, &from, &recording->to, recording->bytes, recording->length,
                    sim_magnitude(world, 1, REPLAY_DELAY_MAXIMUM), true);
}

/* The header is a real one's or nearly, the rest is not. */
static void send_forged_data(struct sim_attacker *attacker)
{
    const struct sim_recording *recording = any_recording(attacker);
    struct sim_world *world = attacker->network->world;
    uint8_t bytes[DATAGRAM_MAXIMUM];
    size_t length;

    if (!recording || !(recording->bytes[0] & DATAGRAM_DATA_FLAG))
        return;
    length = recording->length;
    memcpy(bytes, recording->bytes, length);
    store_u16(bytes + 5, (uint16_t)(load_u16(bytes + 5) + sim_magnitude(world, 1, 70000)));
    if (sim_chance(world, 0.3))
        random_fill(&world->random.source, bytes + 7, length - 7);
    if (sim_chance(world, 0.3))
        length = (size_t)sim_between(world, 5, (int64_t)length);
    if (sim_chance(world, 0.3))
        bytes[sim_between(world, 7, (int64_t)recording->length - 1)] ^= (uint8_t)sim_between(world, 1, 255);
    sim_tally(world, SIM_KIND_SEEN_FORGED_DATA);
    sim_link_inject(recording->link, &recording->from, &recording->to, bytes, length, 0, true);
}

static void send_forged_close(struct sim_attacker *attacker)
{
    struct sim_network *network = attacker->network;
    struct sim_world *world = network->world;
    struct sim_end *end = any_end(network);
    uint8_t bytes[DATAGRAM_MAXIMUM];

    if (!end || !attacker->harms)
        return;
    end->deceived = true;
    if (sim_chance(world, 0.6)) {
        struct connection_closed closed = {
            .has_reason = true,
            .reason = SIM_FORGED_CLOSE_REASON,
            .to_id = sim_chance(world, 0.8) ? end->id : 0,
            .from_id = connection_remote_id(end->connection),
        };

        sim_tally(world, SIM_KIND_SEEN_FORGED_CLOSE);
        inject_at(network, end, bytes, connection_closed_encode(&closed, bytes, sizeof(bytes)));
    } else {
        struct no_connection none = {.from_id = connection_remote_id(end->connection), .to_id = end->id};

        sim_tally(world, SIM_KIND_SEEN_FORGED_NO_CONNECTION);
        inject_at(network, end, bytes, no_connection_encode(&none, bytes, sizeof(bytes)));
    }
}

/* A message of the handshake: well formed, with the right id, and wrong in all else. */
static size_t forge_handshake(struct sim_world *world, uint32_t client_id, bool to_client, uint8_t *bytes, size_t size)
{
    struct random_source *random = &world->random.source;
    uint8_t noise[64];
    struct byte_slice slice = {noise, (size_t)sim_between(world, 0, sizeof(noise))};
    struct signed_crypt crypt = {.has_info = true, .has_signature = true, .info = slice, .signature = slice};
    struct signed_certificate certificate = {.has_body = true, .body = slice};

    random_fill(random, noise, sizeof(noise));
    if (to_client && sim_chance(world, 0.5)) {
        struct challenge_reply reply = {
            .has_client_id = true,
            .has_challenge = true,
            .has_echoed_time = true,
            .has_version = true,
            .client_id = client_id,
            .challenge = random_u64(random),
            .echoed_time = random_u64(random),
            .version = (uint32_t)sim_between(world, 1, 14),
        };

        return challenge_reply_encode(&reply, bytes, size);
    }
    if (to_client) {
        struct connect_ok ok = {
            .has_client_id = true,
            .has_server_id = sim_chance(world, 0.8),
            .has_crypt = sim_chance(world, 0.8),
            .has_certificate = sim_chance(world, 0.8),
            .client_id = client_id,
            .server_id = random_u32(random),
            .crypt = crypt,
            .certificate = certificate,
        };

        return connect_ok_encode(&ok, bytes, size);
    }
    if (sim_chance(world, 0.5)) {
        struct challenge_request request = {
            .has_client_id = true,
            .has_client_time = true,
            .has_version = true,
            .client_id = client_id,
            .client_time = random_u64(random),
            .version = (uint32_t)sim_between(world, 1, 14),
        };

        return challenge_request_encode(&request, bytes, size);
    }
    {
        struct connect_request request = {
            .has_client_id = true,
            .has_challenge = true,
            .has_certificate = true,
            .has_client_time = sim_chance(world, 0.5),
            .has_crypt = true,
            .client_id = client_id,
            .challenge = random_u64(random),
            .client_time = random_u64(random),
            .crypt = crypt,
            .certificate = certificate,
        };

        return connect_request_encode(&request, bytes, size);
    }
}

static void send_forged_handshake(struct sim_attacker *attacker)
{
    struct sim_network *network = attacker->network;
    struct sim_end *end = any_end(network);
    uint8_t bytes[DATAGRAM_MAXIMUM];

    if (!end)
        return;
    if (end->state == k_ESteamNetworkingConnectionState_Connecting) {
        if (!attacker->harms)
            return;
        end->deceived = true;
    }
    sim_tally(network->world, SIM_KIND_SEEN_FORGED_HANDSHAKE);
    inject_at(network, end, bytes,
              forge_handshake(network->world, end->outgoing ? end->id : connection_remote_id(end->connection),
                              end->outgoing, bytes, sizeof(bytes)));
}

static void run_act(struct sim_world *world, struct sim_event *event)
{
    static void (*const acts[])(struct sim_attacker * attacker) = {
        send_copy, send_copy, send_copy, send_forged_data, send_forged_data, send_forged_handshake, send_forged_close,
    };
    struct sim_attacker *attacker = container_of(event, struct sim_attacker, acting);

    acts[sim_between(world, 0, sizeof(acts) / sizeof(acts[0]) - 1)](attacker);
    sim_plan(world, event, world->now + sim_magnitude(world, PAUSE_MINIMUM, PAUSE_MAXIMUM), run_act);
}

/* ---- guesses ------------------------------------------------------------------------------------------------- */

static size_t guess_noise(struct sim_world *world, uint8_t *bytes)
{
    static const uint8_t leads[] = {0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x80, 0x91, 0xff, 0x00};
    size_t length = (size_t)sim_magnitude(world, 1, DATAGRAM_MAXIMUM);

    random_fill(&world->random.source, bytes, length);
    bytes[0] = leads[sim_between(world, 0, sizeof(leads) - 1)];
    if (length > 3 && sim_chance(world, 0.5)) {
        bytes[1] = (uint8_t)sim_between(world, 0, (int64_t)length);
        bytes[2] = (uint8_t)(length >> 8);
    }
    sim_tally(world, SIM_KIND_BLIND_NOISE);
    return length;
}

static size_t guess_control(struct sim_world *world, bool to_client, uint8_t *bytes)
{
    struct random_source *random = &world->random.source;

    sim_tally(world, SIM_KIND_BLIND_CONTROL);
    if (sim_chance(world, 0.3)) {
        struct connection_closed closed = {.has_reason = true,
                                           .reason = SIM_FORGED_CLOSE_REASON,
                                           .to_id = sim_chance(world, 0.7) ? random_u32(random) : 0,
                                           .from_id = sim_chance(world, 0.7) ? random_u32(random) : 0};

        return connection_closed_encode(&closed, bytes, DATAGRAM_MAXIMUM);
    }
    if (sim_chance(world, 0.3)) {
        struct no_connection none = {.from_id = random_u32(random), .to_id = random_u32(random)};

        return no_connection_encode(&none, bytes, DATAGRAM_MAXIMUM);
    }
    return forge_handshake(world, random_u32(random), to_client, bytes, DATAGRAM_MAXIMUM);
}

static size_t guess_data(struct sim_world *world, uint8_t *bytes)
{
    size_t length = (size_t)sim_between(world, 7, DATAGRAM_MAXIMUM);

    random_fill(&world->random.source, bytes, length);
    bytes[0] = (uint8_t)(DATAGRAM_DATA_FLAG | sim_between(world, 0, 3));
    sim_tally(world, SIM_KIND_BLIND_DATA);
    return length;
}

/* Datagrams that nobody of the hosts has sent, from addresses that may be theirs. */
static void run_guess(struct sim_world *world, struct sim_event *event)
{
    struct sim_attacker *attacker = container_of(event, struct sim_attacker, guessing);
    struct sim_network *network = attacker->network;
    int client = (int)sim_between(world, 1, network->host_count - 1);
    const struct sim_host *server = &network->hosts[0];
    SteamNetworkingIPAddr theirs = network->hosts[client].address, ours = server->address;
    bool up = sim_chance(world, 0.5);
    uint8_t bytes[DATAGRAM_MAXIMUM];
    double kind = random_double(&world->random.source);
    size_t length;

    theirs.m_port = (uint16)(theirs.m_port + sim_between(world, 0, GUESSED_PORTS));
    ours.m_port = (uint16)(ours.m_port + sim_between(world, 0, server->listener_count - 1) * SIM_LISTENER_PORTS);
    if (up && sim_chance(world, 0.2))
        theirs = foreign_address(world);
    length = kind < 0.4   ? guess_noise(world, bytes)
             : kind < 0.8 ? guess_control(world, !up, bytes)
                          : guess_data(world, bytes);
    if (up)
        sim_link_inject(&network->up[client], &theirs, &ours, bytes, length, 0, true);
    else
        sim_link_inject(&network->down[client], &ours, &theirs, bytes, length, 0, true);
    sim_plan(world, event, world->now + sim_magnitude(world, PAUSE_MINIMUM, PAUSE_MAXIMUM), run_guess);
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

void sim_attacker_init(struct sim_attacker *attacker, struct sim_network *network)
{
    struct sim_world *world = network->world;
    bool hard = network->severity >= SIM_SEVERITY_HARD;

    memset(attacker, 0, sizeof(*attacker));
    attacker->network = network;
    sim_give_stream(world, &attacker->acting);
    sim_give_stream(world, &attacker->guessing);
    attacker->wire.passes = see;
    attacker->wire.accepted = note_accepted;
    attacker->blind = sim_chance(world, hard ? 0.4 : 0.15) && sim_may(world, SIM_FAULT_BLIND_ATTACK);
    attacker->sees = sim_chance(world, hard ? 0.3 : 0.15) && sim_may(world, SIM_FAULT_SEEING_ATTACK);
    attacker->harms = hard && sim_chance(world, 0.5);
    attacker->races = sim_chance(world, 0.5) ? random_double(&world->random.source) * 0.1 : 0;
}

void sim_attacker_begin(struct sim_attacker *attacker)
{
    struct sim_network *network = attacker->network;

    if (attacker->blind)
        sim_plan(network->world, &attacker->guessing, 0, run_guess);
    if (!attacker->sees)
        return;
    for (int i = 1; i < network->host_count; i++)
        network->up[i].wire = network->down[i].wire = &attacker->wire;
    sim_plan(network->world, &attacker->acting, SECOND / 10, run_act);
}

void sim_attacker_end(struct sim_attacker *attacker)
{
    struct sim_network *network = attacker->network;

    sim_cancel(network->world, &attacker->acting);
    sim_cancel(network->world, &attacker->guessing);
    for (int i = 1; i < network->host_count; i++)
        network->up[i].wire = network->down[i].wire = NULL;
}
