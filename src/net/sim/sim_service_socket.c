#include "net/sim/sim_service.h"

#include "base/alloc.h"
#include "base/log.h"
#include "net/clock.h"
#include "net/packet_trace.h"
#include "wire/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SOCKET_QUEUE_DATAGRAMS = 512, /* what arrives beyond is lost */
    SOCKET_BATCH = 64,            /* delivered in one callback at most */
    NO_HOST = -1,
};

const char *udp_outcome_text(enum udp_outcome outcome)
{
    static const char *const texts[UDP_OUTCOMES] = {"sent", "busy", "too large", "forbidden", "unreachable", "failed"};

    return texts[outcome];
}

/* ---- opening and closing ------------------------------------------------------------------------------------- */

static bool fail_open(struct sim_machine *machine, char *error, const char *text)
{
    machine->counters.open_failed++;
    snprintf(error, SERVICE_ERROR_TEXT, "%s", text);
    return false;
}

static bool overlaps(const struct service_socket *a, const struct service_socket *b)
{
    bool a_here = a->any && b->host == SIM_MACHINE_LOOPBACK, b_here = b->any && a->host == SIM_MACHINE_LOOPBACK;

    return a->local.m_port == b->local.m_port && (a->host == b->host || a_here || b_here || (a->any && b->any));
}

static bool is_taken(struct sim_machine *machine, const struct service_socket *socket)
{
    struct service_socket *other;

    list_for_each_entry(other, &machine->sockets, struct service_socket, node)
    {
        if (overlaps(other, socket))
            return true;
    }
    return false;
}

/* Where a socket belongs that goes to `remote`, or NULL, and asks for any address. */
static void bind_to_any(struct sim_machine *machine, struct service_socket *socket,
                        const struct udp_socket_options *options)
{
    bool ipv4 = address_is_ipv4(&options->bind);

    socket->host = machine->current_host;
    if (options->remote && address_is_loopback(options->remote))
        socket->host = SIM_MACHINE_LOOPBACK;
    if (options->remote) {
        socket->local = machine->hosts[socket->host].addresses[!address_is_ipv4(options->remote)];
    } else {
        socket->any = true;
        socket->any_family = !ipv4;
        socket->local = options->bind;
    }
}

static bool bind_socket(struct sim_machine *machine, struct service_socket *socket,
                        const struct udp_socket_options *options, char *error)
{
    uint16_t port = options->bind.m_port;

    if (sim_chance(machine->world, machine->faults.open))
        return fail_open(machine, error, "too many open files");
    if (options->remote) {
        socket->connected = true;
        socket->remote = *options->remote;
    }
    if (address_is_any(&options->bind) || (address_is_ipv4(&options->bind) && address_ipv4(&options->bind) == 0)) {
        bind_to_any(machine, socket, options);
    } else {
        socket->host = sim_machine_find_host(machine, &options->bind);
        socket->local = options->bind;
        if (socket->host == NO_HOST)
            return fail_open(machine, error, "cannot assign requested address");
    }
    socket->local.m_port = port ? port : machine->next_port++;
    if (options->sharing != UDP_SHARE_JOIN && is_taken(machine, socket))
        return fail_open(machine, error, "address already in use");
    socket->source = socket->local;
    return true;
}

struct service_socket *service_socket_open(struct service_loop *loop, const struct udp_socket_options *options,
                                           struct service_socket_events *events, char *error)
{
    struct sim_machine *machine = sim_machine();
    struct service_socket *socket = mem_alloc_zeroed(sizeof(*socket));

    if (!socket) {
        fail_open(machine, error, "out of memory");
        return NULL;
    }
    if (!bind_socket(machine, socket, options, error)) {
        mem_free(socket);
        return NULL;
    }
    socket->loop = loop;
    socket->events = events;
    list_init(&socket->queue);
    list_init(&socket->held_back);
    list_node_init(&socket->readable_node);
    list_node_init(&socket->closed_node);
    list_push_back(&machine->sockets, &socket->node);
    machine->last_opened = socket->local;
    machine->counters.opened++;
    return socket;
}

int service_socket_open_group(const SteamNetworkingIPAddr *bind, struct service_socket_events *events,
                              struct service_socket **sockets, char *error)
{
    int loops = service_loop_count(), count;
    struct udp_socket_options options = {.bind = *bind, .sharing = loops > 1 ? UDP_SHARE_FIRST : UDP_EXCLUSIVE};

    if (loops == 0) {
        snprintf(error, SERVICE_ERROR_TEXT, "the service is not running");
        return 0;
    }
    sockets[0] = service_socket_open(service_loop_at(0), &options, events, error);
    if (!sockets[0])
        return 0;
    options.bind = sockets[0]->local;
    options.sharing = UDP_SHARE_JOIN;
    for (count = 1; count < loops; count++) {
        sockets[count] = service_socket_open(service_loop_at(count), &options, events, error);
        if (!sockets[count])
            break;
    }
    return count;
}

void service_socket_close(struct service_socket *socket)
{
    if (socket->closed)
        return;
    socket->closed = true;
    list_remove(&socket->node);
    list_remove(&socket->readable_node);
    list_push_back(&socket->loop->closed_sockets, &socket->closed_node);
    sim_loop_plan(socket->loop);
}

void service_socket_close_and_wait(struct service_socket *socket)
{
    service_socket_close(socket);
}

void sim_sockets_close(struct service_loop *loop)
{
    struct list_node *node = list_first(&sim_machine()->sockets);

    while (node) {
        struct service_socket *socket = container_of(node, struct service_socket, node);

        node = list_next(&sim_machine()->sockets, node);
        if (socket->loop == loop)
            service_socket_close(socket);
    }
}

/* A datagram that simulated conditions (config values) delay. */
struct held_datagram {
    struct sim_event event;
    struct list_node node; /* in the socket */
    struct service_socket *socket;
    SteamNetworkingIPAddr peer;
    bool sending;
    size_t length;
    uint8_t bytes[];
};

static void drop_held(struct held_datagram *held)
{
    sim_cancel(sim_machine()->world, &held->event);
    list_remove(&held->node);
    free(held);
}

void sim_sockets_finish(struct service_loop *loop)
{
    struct list_node *node;
    struct list sockets;

    list_init(&sockets);
    list_splice_back(&sockets, &loop->closed_sockets);
    while ((node = list_pop_front(&sockets))) {
        struct service_socket *socket = container_of(node, struct service_socket, closed_node);

        while (!list_empty(&socket->held_back))
            drop_held(list_first_entry(&socket->held_back, struct held_datagram, node));
        while ((node = list_pop_front(&socket->queue)))
            sim_datagram_free(container_of(node, struct sim_datagram, node));
        if (socket->events->on_closed)
            socket->events->on_closed(socket->events, socket);
        mem_free(socket);
    }
}

/* ---- routers on the way ---------------------------------------------------------------------------------------- */

static bool is_behind_router(const struct service_socket *socket)
{
    return socket->connected && socket->host != SIM_MACHINE_LOOPBACK;
}

void sim_machine_rebind(struct sim_machine *machine)
{
    struct service_socket *socket;
    int count = 0;
    int64_t skip;

    list_for_each_entry(socket, &machine->sockets, struct service_socket, node) count += is_behind_router(socket);
    skip = count > 0 ? sim_between(machine->world, 0, count - 1) : 0;
    list_for_each_entry(socket, &machine->sockets, struct service_socket, node)
    {
        if (is_behind_router(socket) && skip-- == 0) {
            socket->source.m_port = machine->next_port++;
            sim_say(machine->world, "port %d is seen as %d now", socket->local.m_port, socket->source.m_port);
        }
    }
}

uint16_t sim_machine_first_port(const struct sim_machine *machine, uint16_t port)
{
    struct service_socket *socket;

    list_for_each_entry(socket, &machine->sockets, struct service_socket, node)
    {
        if (socket->connected && socket->source.m_port == port)
            return socket->local.m_port;
    }
    return port;
}

/* ---- telling --------------------------------------------------------------------------------------------------- */

static void say_datagram(const struct sim_machine *machine, const char *what, const SteamNetworkingIPAddr *from,
                         const SteamNetworkingIPAddr *to, size_t length)
{
    char texts[2][ADDRESS_TEXT_SIZE];

    if (!machine->world->verbose)
        return;
    address_print(from, texts[0], sizeof(texts[0]), true);
    address_print(to, texts[1], sizeof(texts[1]), true);
    sim_say(machine->world, "      %s %s > %s, %zu bytes", what, texts[0], texts[1], length);
}

/* ---- simulated conditions of the process --------------------------------------------------------------------- */

static enum udp_outcome transmit(struct service_socket *socket, const SteamNetworkingIPAddr *to, const void *bytes,
                                 size_t length);
static void enqueue(struct service_socket *socket, struct sim_datagram *datagram);

static struct sim_datagram *copy_received(const SteamNetworkingIPAddr *from, const uint8_t *bytes, size_t length)
{
    struct sim_datagram *datagram = calloc(1, sizeof(*datagram) + length);

    if (!datagram)
        return NULL;
    datagram->from = *from;
    datagram->length = length;
    memcpy(datagram->bytes, bytes, length);
    return datagram;
}

static void run_held(struct sim_world *world, struct sim_event *event)
{
    struct held_datagram *held = container_of(event, struct held_datagram, event);

    (void)world;
    if (held->sending) {
        transmit(held->socket, &held->peer, held->bytes, held->length);
    } else {
        struct sim_datagram *datagram = copy_received(&held->peer, held->bytes, held->length);

        if (datagram)
            enqueue(held->socket, datagram);
    }
    drop_held(held);
}

static void hold_back(struct service_socket *socket, bool sending, const SteamNetworkingIPAddr *peer, const void *bytes,
                      size_t length, microseconds due)
{
    struct sim_world *world = sim_machine()->world;
    struct held_datagram *held = calloc(1, sizeof(*held) + length);

    if (!held) {
        sim_fail(world, "out of memory for the simulation itself");
        return;
    }
    held->socket = socket;
    held->peer = *peer;
    held->sending = sending;
    held->length = length;
    memcpy(held->bytes, bytes, length);
    list_push_back(&socket->held_back, &held->node);
    sim_plan(world, &held->event, world->now + (due - clock_now()), run_held);
}

/* False: the datagram is lost or held back. */
static bool admit(struct service_socket *socket, bool sending, const SteamNetworkingIPAddr *peer, const void *bytes,
                  size_t length)
{
    struct sim_machine *machine = sim_machine();
    struct impairment_settings settings;
    struct impairment_verdict verdict;
    bool at_once = false;

    impairment_get(&settings);
    impairment_judge(&settings, sending ? &settings.send : &settings.receive, &machine->buckets[sending],
                     sending ? &socket->sending : &socket->receiving, length, clock_now(), &machine->random.source,
                     &verdict);
    for (int i = 0; i < verdict.copies; i++) {
        if (!at_once && verdict.due[i] <= clock_now())
            at_once = true;
        else
            hold_back(socket, sending, peer, bytes, length, verdict.due[i]);
    }
    return at_once;
}

/* ---- receiving ----------------------------------------------------------------------------------------------- */

/* The socket takes the datagram over. */
static void enqueue(struct service_socket *socket, struct sim_datagram *datagram)
{
    struct sim_machine *machine = sim_machine();

    if (socket->queued >= SOCKET_QUEUE_DATAGRAMS || socket->closed) {
        machine->counters.queue_lost++;
        sim_datagram_free(datagram);
        return;
    }
    list_push_back(&socket->queue, &datagram->node);
    socket->queued++;
    if (!list_linked(&socket->readable_node))
        list_push_back(&socket->loop->readable, &socket->readable_node);
    sim_loop_plan(socket->loop);
}

/* How well the socket fits a datagram: 0 not at all. A connected one comes first. */
static int claim(const struct service_socket *socket, int host, const struct sim_datagram *datagram)
{
    bool ipv4 = address_is_ipv4(&datagram->to);

    if (socket->source.m_port != datagram->to.m_port)
        return 0;
    if (socket->connected && !address_equal(&socket->remote, &datagram->from))
        return 0;
    if (socket->any)
        return (host == SIM_MACHINE_LOOPBACK || host == socket->host) && (ipv4 || socket->any_family);
    return address_equal(&socket->source, &datagram->to) ? 1 + socket->connected : 0;
}

/* Among sockets that share a port the sender's address decides, as in the kernel. */
static struct service_socket *find_receiver(struct sim_machine *machine, int host, const struct sim_datagram *datagram)
{
    uint64_t sum = datagram->from.m_port * UINT64_C(0x9e3779b97f4a7c15);
    struct service_socket *socket, *found = NULL;
    int best = 0, equal = 0;

    for (size_t i = 0; i < sizeof(datagram->from.m_ipv6); i++)
        sum = (sum ^ datagram->from.m_ipv6[i]) * UINT64_C(0x100000001b3);
    list_for_each_entry(socket, &machine->sockets, struct service_socket, node)
    {
        int fit = claim(socket, host, datagram);

        if (fit > best)
            equal = 0;
        if (fit == 0 || fit < best)
            continue;
        best = fit;
        equal++;
        if ((sum >> 32) % (uint64_t)equal == 0)
            found = socket;
    }
    return found;
}

void sim_sockets_arrive(struct sim_link *link, struct sim_datagram *datagram)
{
    struct sim_machine *machine = link->receiver;
    int host = sim_machine_find_host(machine, &datagram->to);
    struct service_socket *socket = host == NO_HOST ? NULL : find_receiver(machine, host, datagram);

    say_datagram(machine, socket ? "came" : "unclaimed", &datagram->from, &datagram->to, datagram->length);
    if (!socket) {
        machine->counters.unclaimed++;
        sim_datagram_free(datagram);
        return;
    }
    if (packet_trace_active())
        packet_trace("received from", &datagram->from, datagram->bytes, datagram->length);
    if (impairment_active() && !admit(socket, false, &datagram->from, datagram->bytes, datagram->length)) {
        sim_datagram_free(datagram);
        return;
    }
    enqueue(socket, datagram);
}

static void deliver(struct service_socket *socket)
{
    struct sim_machine *machine = sim_machine();
    int wanted = (int)sim_between(machine->world, 1, SOCKET_BATCH), count = 0;
    struct sim_datagram *datagrams[SOCKET_BATCH];
    struct received received[SOCKET_BATCH];

    while (count < wanted && !list_empty(&socket->queue)) {
        datagrams[count] = container_of(list_pop_front(&socket->queue), struct sim_datagram, node);
        received[count] = (struct received){.data = datagrams[count]->bytes,
                                            .length = (uint32_t)datagrams[count]->length,
                                            .from = datagrams[count]->from};
        socket->queued--;
        count++;
    }
    machine->counters.delivered += (uint64_t)count;
    machine->counters.callbacks++;
    sim_observe(machine->world, 'r', (uint64_t)count);
    socket->events->on_datagrams(socket->events, socket, received, count, clock_now());
    for (int i = 0; i < count; i++)
        sim_datagram_free(datagrams[i]);
    if (!socket->closed && !list_empty(&socket->queue) && !list_linked(&socket->readable_node))
        list_push_back(&socket->loop->readable, &socket->readable_node);
}

void sim_sockets_deliver(struct service_loop *loop)
{
    struct list_node *node;
    struct list readable;

    list_init(&readable);
    list_splice_back(&readable, &loop->readable);
    while ((node = list_pop_front(&readable)))
        deliver(container_of(node, struct service_socket, readable_node));
}

/* ---- sending ------------------------------------------------------------------------------------------------- */

/* The address that the datagram comes from; false: there is no way. */
static bool find_source(struct sim_machine *machine, const struct service_socket *socket,
                        const SteamNetworkingIPAddr *to, int to_host, SteamNetworkingIPAddr *source, int *from_host)
{
    *source = socket->source;
    *from_host = socket->host;
    if (socket->any) {
        if (to_host == SIM_MACHINE_LOOPBACK)
            *from_host = SIM_MACHINE_LOOPBACK;
        *source = machine->hosts[*from_host].addresses[!address_is_ipv4(to)];
        source->m_port = socket->local.m_port;
        return address_is_ipv4(to) || socket->any_family;
    }
    if (address_is_ipv4(to) != address_is_ipv4(source) || sim_machine_find_host(machine, source) != *from_host)
        return false;
    return (*from_host == SIM_MACHINE_LOOPBACK) == (to_host == SIM_MACHINE_LOOPBACK);
}

static enum udp_outcome draw_outcome(struct sim_machine *machine)
{
    for (int outcome = UDP_SENT + 1; outcome < UDP_OUTCOMES; outcome++)
        if (sim_chance(machine->world, machine->faults.send[outcome]))
            return (enum udp_outcome)outcome;
    return UDP_SENT;
}

static enum udp_outcome refuse(struct service_socket *socket, enum udp_outcome outcome)
{
    static const enum sim_kind kinds[UDP_OUTCOMES] = {
        [UDP_BUSY] = SIM_KIND_SOCKET_BUSY,           [UDP_TOO_LARGE] = SIM_KIND_SOCKET_TOO_LARGE,
        [UDP_FORBIDDEN] = SIM_KIND_SOCKET_FORBIDDEN, [UDP_UNREACHABLE] = SIM_KIND_SOCKET_FAILED,
        [UDP_FAILED] = SIM_KIND_SOCKET_FAILED,
    };

    socket->losses[outcome]++;
    sim_machine()->counters.refused++;
    sim_tally(sim_machine()->world, kinds[outcome]);
    return outcome;
}

static enum udp_outcome transmit(struct service_socket *socket, const SteamNetworkingIPAddr *to, const void *bytes,
                                 size_t length)
{
    struct sim_machine *machine = sim_machine();
    const SteamNetworkingIPAddr *target = socket->connected ? &socket->remote : to;
    int to_host = sim_machine_find_host(machine, target), from_host;
    enum udp_outcome outcome = draw_outcome(machine);
    SteamNetworkingIPAddr source;

    if (socket->closed)
        return UDP_FAILED;
    if (length == 0 || length > DATAGRAM_BATCH_DATAGRAM_SIZE) {
        sim_fail(machine->world, "a datagram of %zu bytes was to be sent", length);
        return UDP_FAILED;
    }
    if (outcome == UDP_SENT && !find_source(machine, socket, target, to_host, &source, &from_host))
        outcome = UDP_UNREACHABLE;
    if (outcome != UDP_SENT) {
        say_datagram(machine, udp_outcome_text(outcome), &socket->source, target, length);
        return refuse(socket, outcome);
    }
    say_datagram(machine, "sent", &source, target, length);
    machine->counters.sent++;
    machine->counters.sent_bytes += length;
    sim_observe_bytes(machine->world, 's', bytes, length);
    if (to_host != NO_HOST)
        sim_link_send(&machine->links[from_host][to_host], &source, target, bytes, length);
    return UDP_SENT;
}

static enum udp_outcome send_one(struct service_socket *socket, const SteamNetworkingIPAddr *to, const void *data,
                                 size_t length)
{
    if (packet_trace_active())
        packet_trace("sent to", to, data, length);
    if (impairment_active() && !socket->closed && !admit(socket, true, to, data, length))
        return UDP_SENT;
    return transmit(socket, to, data, length);
}

enum udp_outcome service_socket_send(struct service_socket *socket, const SteamNetworkingIPAddr *to,
                                     const struct datagram_batch *batch)
{
    enum udp_outcome outcome = UDP_SENT;
    const uint8_t *data = batch->bytes;

    for (int i = 0; i < batch->count; data += batch->sizes[i], i++) {
        enum udp_outcome one = send_one(socket, to, data, batch->sizes[i]);

        if (outcome == UDP_SENT)
            outcome = one;
        if (one == UDP_BUSY) { /* the rest is not tried */
            socket->losses[UDP_BUSY] += (uint64_t)(batch->count - i - 1);
            break;
        }
    }
    return outcome;
}

enum udp_outcome service_socket_send_one(struct service_socket *socket, const SteamNetworkingIPAddr *to,
                                         const void *data, size_t length)
{
    return send_one(socket, to, data, length);
}

bool service_socket_reroute(struct service_socket *socket, const SteamNetworkingIPAddr *remote)
{
    SteamNetworkingIPAddr before = socket->source;

    if (socket->closed || socket->any)
        return false;
    socket->source = sim_machine()->hosts[socket->host].addresses[!address_is_ipv4(remote)];
    socket->source.m_port = before.m_port;
    return !address_equal(&before, &socket->source);
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

const SteamNetworkingIPAddr *service_socket_local_address(const struct service_socket *socket)
{
    return &socket->local;
}

struct service_loop *service_socket_loop(const struct service_socket *socket)
{
    return socket->loop;
}

void service_socket_losses(const struct service_socket *socket, uint64_t losses[UDP_OUTCOMES])
{
    memcpy(losses, socket->losses, sizeof(socket->losses));
}
