#include "net/udp_socket.h"

#include "base/alloc.h"
#include "base/log.h"
#include "net/socket_address.h"
#include "wire/address.h"
#include "wire/limits.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Numbers of the kernel's interface that older C libraries do not name, or not together with others. */
#ifndef IPV6_MTU_DISCOVER
#define IPV6_MTU_DISCOVER 23
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum {
    /* Reports about closed ports that may be in the way of one call; each call takes one of them off the socket. */
    REFUSED_RETRIES = 16,

    /*
     * The distance of the receive buffers. Buffers that lie a power of two apart would share few lines of the
     * processor's first cache, because usually only the beginning of each is used.
     */
    BUFFER_DISTANCE = RECEIVE_BATCH_BUFFER_SIZE + 23 * 64,
};

union receive_control {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr header;
};

union send_control {
    char bytes[CMSG_SPACE(sizeof(uint16_t))];
    struct cmsghdr header;
};

struct receive_storage {
    struct receive_batch batch; /* first: what the caller sees */
    struct mmsghdr messages[RECEIVE_BATCH_BUFFERS];
    struct iovec vectors[RECEIVE_BATCH_BUFFERS];
    union socket_address senders[RECEIVE_BATCH_BUFFERS];
    union receive_control controls[RECEIVE_BATCH_BUFFERS];
    struct received datagrams[RECEIVE_BATCH_DATAGRAMS];
};

const char *udp_outcome_text(enum udp_outcome outcome)
{
    switch (outcome) {
    case UDP_SENT:
        return "sent";
    case UDP_BUSY:
        return "a queue of this machine is full";
    case UDP_TOO_LARGE:
        return "too large for the path";
    case UDP_FORBIDDEN:
        return "forbidden by this machine";
    case UDP_UNREACHABLE:
        return "no route to the address";
    default:
        return "the socket failed";
    }
}

/* ---- opening and closing ------------------------------------------------------------------------------------- */

static bool fail(struct udp_socket *socket, char *error, const char *what, int number)
{
    char buffer[64];

    snprintf(error, UDP_SOCKET_ERROR_TEXT, "%s: %s", what, strerror_r(number, buffer, sizeof(buffer)));
    udp_socket_close(socket);
    return false;
}

static bool set_option(int descriptor, int level, int name, int value)
{
    return setsockopt(descriptor, level, name, &value, sizeof(value)) == 0;
}

static int bind_family(const struct udp_socket_options *options)
{
    if (address_is_ipv4(&options->bind))
        return AF_INET;
    if (address_is_any(&options->bind) && options->remote && address_is_ipv4(options->remote))
        return AF_INET;
    return AF_INET6;
}

static bool needs_ipv6(const struct udp_socket_options *options)
{
    return options->remote && !address_is_ipv4(options->remote) && !address_is_any(options->remote);
}

static int socket_of_family(int family)
{
    return socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
}

static bool open_family(struct udp_socket *out, int family, const struct udp_socket_options *options, char *error)
{
    union socket_address address;
    socklen_t length;

    out->family = family;
    out->descriptor = socket_of_family(family);
    if (out->descriptor < 0)
        return fail(out, error, "cannot make a UDP socket", errno);
    if (family == AF_INET6 &&
        !set_option(out->descriptor, IPPROTO_IPV6, IPV6_V6ONLY, address_is_any(&options->bind) ? 0 : 1))
        return fail(out, error, "cannot serve IPv6 and IPv4 on one socket", errno);
    if (options->sharing == UDP_SHARE_JOIN && !set_option(out->descriptor, SOL_SOCKET, SO_REUSEPORT, 1))
        return fail(out, error, "cannot share the port among threads", errno);

    /* The kernel limits these to what the administrator allows and says nothing. */
    set_option(out->descriptor, SOL_SOCKET, SO_RCVBUF, UDP_SOCKET_BUFFER_BYTES);
    set_option(out->descriptor, SOL_SOCKET, SO_SNDBUF, UDP_SOCKET_BUFFER_BYTES);
    out->coalescing = set_option(out->descriptor, IPPROTO_UDP, UDP_GRO, 1);

    length = socket_address_pack(&options->bind, family, &address);
    if (length == 0)
        return fail(out, error, "cannot bind an IPv6 address", EAFNOSUPPORT);
    if (bind(out->descriptor, &address.any, length) != 0)
        return fail(out, error, "cannot bind the address", errno);

    /* Only now: a foreign socket that shares its port too must not be joined by mistake. */
    if (options->sharing == UDP_SHARE_FIRST && !set_option(out->descriptor, SOL_SOCKET, SO_REUSEPORT, 1))
        return fail(out, error, "cannot share the port among threads", errno);
    return true;
}

/*
 * Whether routers are forbidden to fragment. If so, what does not fit the path as far as the kernel knows it is refused
 * (EMSGSIZE); otherwise the kernel fragments it.
 */
static void forbid_fragments(const struct udp_socket *socket, bool forbidden)
{
    set_option(socket->descriptor, IPPROTO_IP, IP_MTU_DISCOVER, forbidden ? IP_PMTUDISC_DO : IP_PMTUDISC_WANT);
    if (socket->family == AF_INET6) /* it has both: it may carry IPv4 as well */
        set_option(socket->descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER, forbidden ? IP_PMTUDISC_DO : IP_PMTUDISC_WANT);
}

/*
 * An address that cannot be connected to (port 0, no route at present) leaves the socket unconnected: the API promises
 * a connection that times out (API contract 6.1).
 */
static void connect_remote(struct udp_socket *socket, const SteamNetworkingIPAddr *remote)
{
    union socket_address address;
    socklen_t length = socket_address_pack(remote, socket->family, &address);

    if (length == 0 || remote->m_port == 0 || address_is_any(remote))
        return;
    atomic_store(&socket->connected, connect(socket->descriptor, &address.any, length) == 0);
}

static void read_local_address(struct udp_socket *socket, SteamNetworkingIPAddr *local)
{
    union socket_address address;
    socklen_t length = sizeof(address);

    memset(&address, 0, sizeof(address));
    if (getsockname(socket->descriptor, &address.any, &length) == 0)
        socket_address_unpack(&address, local);
}

bool udp_socket_open(struct udp_socket *socket, const struct udp_socket_options *options, char *error)
{
    int family = bind_family(options);
    union socket_address local;
    socklen_t length = sizeof(local);

    memset(socket, 0, sizeof(*socket));
    socket->descriptor = -1;
    atomic_init(&socket->segmentation, true);
    if (!open_family(socket, family, options, error)) {
        /* A machine without IPv6 still has "every address", unless only IPv6 leads to where it is to go. */
        if (family != AF_INET6 || !address_is_any(&options->bind) || errno == EADDRINUSE || needs_ipv6(options) ||
            !open_family(socket, AF_INET, options, error))
            return false;
    }
    forbid_fragments(socket, true);
    if (options->remote)
        connect_remote(socket, options->remote);
    memset(&local, 0, sizeof(local));
    if (getsockname(socket->descriptor, &local.any, &length) != 0)
        return fail(socket, error, "cannot read the socket's address", errno);
    socket_address_unpack(&local, &socket->local);
    return true;
}

void udp_socket_close(struct udp_socket *socket)
{
    int number = errno;

    if (socket->descriptor >= 0)
        close(socket->descriptor);
    socket->descriptor = -1;
    errno = number;
}

/* The address of this machine that a new socket would have. False: there is no way to `remote`. */
static bool would_leave_from(const struct udp_socket *socket, const SteamNetworkingIPAddr *remote,
                             SteamNetworkingIPAddr *local)
{
    struct udp_socket scout = {.family = socket->family};

    scout.descriptor = socket_of_family(socket->family);
    if (scout.descriptor < 0)
        return false;
    connect_remote(&scout, remote);
    if (scout.connected)
        read_local_address(&scout, local);
    udp_socket_close(&scout);
    return scout.connected;
}

bool udp_socket_reroute(struct udp_socket *socket, const SteamNetworkingIPAddr *remote)
{
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    SteamNetworkingIPAddr before = {.m_port = 0}, wanted = {.m_port = 0}, any;
    union socket_address address;
    socklen_t length;

    read_local_address(socket, &before);
    if (!would_leave_from(socket, remote, &wanted) || address_equal_without_port(&wanted, &before))
        return false;
    /* Taking back the connection gives up the address and the port that the kernel had chosen. */
    (void)connect(socket->descriptor, &nowhere, sizeof(nowhere));
    address_clear(&any);
    if (socket->family == AF_INET)
        address_set_ipv4(&any, 0, 0);
    any.m_port = before.m_port;
    length = socket_address_pack(&any, socket->family, &address);
    if (bind(socket->descriptor, &address.any, length) != 0)
        log_write(LOG_LEVEL_VERBOSE, "port %u could not be kept", before.m_port);
    connect_remote(socket, remote);
    return true;
}

void udp_socket_disable_offload(struct udp_socket *socket)
{
    atomic_store(&socket->segmentation, false);
    if (socket->coalescing)
        set_option(socket->descriptor, IPPROTO_UDP, UDP_GRO, 0);
    socket->coalescing = false;
}

/* ---- receiving ----------------------------------------------------------------------------------------------- */

struct receive_batch *receive_batch_new(void)
{
    struct receive_storage *storage = mem_alloc_zeroed(sizeof(*storage));

    if (!storage)
        return NULL;
    storage->batch.datagrams = storage->datagrams;
    storage->batch.buffers = mem_alloc((size_t)RECEIVE_BATCH_BUFFERS * BUFFER_DISTANCE);
    if (!storage->batch.buffers) {
        mem_free(storage);
        return NULL;
    }
    for (int i = 0; i < RECEIVE_BATCH_BUFFERS; i++) {
        struct msghdr *header = &storage->messages[i].msg_hdr;

        storage->vectors[i].iov_base = storage->batch.buffers + (size_t)i * BUFFER_DISTANCE;
        storage->vectors[i].iov_len = RECEIVE_BATCH_BUFFER_SIZE;
        header->msg_iov = &storage->vectors[i];
        header->msg_iovlen = 1;
        header->msg_name = &storage->senders[i];
        header->msg_control = &storage->controls[i];
    }
    return &storage->batch;
}

void receive_batch_free(struct receive_batch *batch)
{
    if (!batch)
        return;
    mem_free(batch->buffers);
    mem_free((struct receive_storage *)(void *)batch);
}

/* The length of the datagrams that the kernel joined to this message; all but the last have it. */
static uint32_t joined_size(struct msghdr *header, uint32_t length)
{
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level == IPPROTO_UDP && part->cmsg_type == UDP_GRO) {
            int size;

            memcpy(&size, CMSG_DATA(part), sizeof(size));
            if (size > 0 && (uint32_t)size < length)
                return (uint32_t)size;
        }
    }
    return length;
}

static void split_message(struct udp_socket *socket, struct receive_storage *storage, int index)
{
    struct receive_batch *batch = &storage->batch;
    struct msghdr *header = &storage->messages[index].msg_hdr;
    uint8_t *data = storage->vectors[index].iov_base;
    uint32_t left = storage->messages[index].msg_len;
    uint32_t size = header->msg_controllen > 0 ? joined_size(header, left) : left;
    SteamNetworkingIPAddr from;

    socket_address_unpack(&storage->senders[index], &from);
    do {
        struct received *datagram;

        if (batch->count == RECEIVE_BATCH_DATAGRAMS) {
            atomic_fetch_add_explicit(&socket->datagrams_cut, size > 0 ? (left + size - 1) / size : 1,
                                      memory_order_relaxed);
            return;
        }
        datagram = &batch->datagrams[batch->count++];
        datagram->data = data;
        datagram->length = left < size ? left : size;
        datagram->from = from;
        data += datagram->length;
        left -= datagram->length;
    } while (left > 0);
}

int udp_socket_receive(struct udp_socket *socket, struct receive_batch *batch)
{
    struct receive_storage *storage = (struct receive_storage *)(void *)batch;
    int count, tries = 0;

    batch->count = 0;
    for (int i = 0; i < RECEIVE_BATCH_BUFFERS; i++) {
        struct msghdr *header = &storage->messages[i].msg_hdr;

        header->msg_namelen = sizeof(storage->senders[i]);
        header->msg_controllen = socket->coalescing ? sizeof(storage->controls[i]) : 0;
    }
    do {
        count = recvmmsg(socket->descriptor, storage->messages, RECEIVE_BATCH_BUFFERS, MSG_DONTWAIT, NULL);
    } while (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EBADF && errno != ENOTSOCK &&
             ++tries < REFUSED_RETRIES);
    batch->drained = count < RECEIVE_BATCH_BUFFERS;
    for (int i = 0; i < count; i++)
        split_message(socket, storage, i);
    return batch->count;
}

/* ---- sending ------------------------------------------------------------------------------------------------- */

static enum udp_outcome outcome_of(int number)
{
    switch (number) {
    case EAGAIN:
    case ENOBUFS:
    case ENOMEM:
        return UDP_BUSY;
    case EMSGSIZE:
        return UDP_TOO_LARGE;
    case EPERM:
    case EACCES:
        return UDP_FORBIDDEN;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return UDP_UNREACHABLE;
    default:
        return UDP_FAILED;
    }
}

static void count_losses(struct udp_socket *socket, enum udp_outcome outcome, int datagrams)
{
    atomic_fetch_add_explicit(&socket->losses[outcome], (uint64_t)datagrams, memory_order_relaxed);
}

struct outgoing {
    int count;
    struct mmsghdr messages[DATAGRAM_BATCH_CAPACITY];
    struct iovec vectors[DATAGRAM_BATCH_CAPACITY];
    union send_control controls[DATAGRAM_BATCH_CAPACITY];
    uint8_t datagrams[DATAGRAM_BATCH_CAPACITY]; /* in each message */
};

/*
 * Sends a control message that is too large for the path in fragments: a handshake cannot do without it, and is soon
 * over. Meanwhile other threads' datagrams may be fragmented, too.
 */
static bool send_in_fragments(struct udp_socket *socket, const void *data, size_t length,
                              const union socket_address *to, socklen_t to_length)
{
    bool sent;

    if (length == 0 || (*(const uint8_t *)data & DATAGRAM_DATA_FLAG))
        return false;
    forbid_fragments(socket, false);
    sent = sendto(socket->descriptor, data, length, MSG_DONTWAIT | MSG_NOSIGNAL, to_length > 0 ? &to->any : NULL,
                  to_length) >= 0;
    forbid_fragments(socket, true);
    return sent;
}

/* How many datagrams from `first` on the kernel can cut out of one buffer: equal sizes, the last one may be shorter. */
static int run_length(const struct datagram_batch *batch, int first)
{
    int end = first + 1;

    while (end < batch->count && batch->sizes[end] == batch->sizes[first])
        end++;
    if (end < batch->count && batch->sizes[end] < batch->sizes[first])
        end++;
    return end - first;
}

static void add_message(struct outgoing *outgoing, const uint8_t *data, size_t length, int datagrams, uint16_t segment,
                        union socket_address *to, socklen_t to_length)
{
    int i = outgoing->count++;
    struct msghdr *header = &outgoing->messages[i].msg_hdr;

    outgoing->vectors[i].iov_base = (void *)(uintptr_t)data;
    outgoing->vectors[i].iov_len = length;
    outgoing->datagrams[i] = (uint8_t)datagrams;
    memset(header, 0, sizeof(*header));
    header->msg_iov = &outgoing->vectors[i];
    header->msg_iovlen = 1;
    header->msg_name = to_length > 0 ? to : NULL;
    header->msg_namelen = to_length;
    if (datagrams > 1) {
        struct cmsghdr *part = &outgoing->controls[i].header;

        memset(&outgoing->controls[i], 0, sizeof(outgoing->controls[i])); /* the padding goes to the kernel as well */
        header->msg_control = &outgoing->controls[i];
        header->msg_controllen = sizeof(outgoing->controls[i]);
        part->cmsg_level = IPPROTO_UDP;
        part->cmsg_type = UDP_SEGMENT;
        part->cmsg_len = CMSG_LEN(sizeof(segment));
        memcpy(CMSG_DATA(part), &segment, sizeof(segment));
    }
}

static void build_messages(struct outgoing *outgoing, const struct datagram_batch *batch, int first, size_t offset,
                           bool segmentation, union socket_address *to, socklen_t to_length)
{
    outgoing->count = 0;
    while (first < batch->count) {
        int run = segmentation ? run_length(batch, first) : 1;
        size_t length = 0;

        for (int i = first; i < first + run; i++)
            length += batch->sizes[i];
        add_message(outgoing, batch->bytes + offset, length, run, batch->sizes[first], to, to_length);
        first += run;
        offset += length;
    }
}

/* Datagrams that the kernel would not cut out of one buffer, but may send one by one. */
static bool blames_segmentation(int number)
{
    return number == EIO || number == EINVAL || number == ENOPROTOOPT || number == EOPNOTSUPP || number == EMSGSIZE;
}

/*
 * Runs for one narrow path fail (EMSGSIZE; EINVAL from older kernels), because the kernel does not break up what it
 * cuts. That must not cost all other peers of the socket their runs: whoever can answer "fragmentation needed" for one
 * address could slow down the whole server.
 */
static void note_segmentation_failure(struct udp_socket *socket, int number)
{
    if (number != EMSGSIZE && !atomic_load_explicit(&socket->segmented, memory_order_relaxed))
        atomic_store_explicit(&socket->segmentation, false, memory_order_relaxed);
}

static void note_segmentation_success(struct udp_socket *socket)
{
    if (!atomic_load_explicit(&socket->segmented, memory_order_relaxed))
        atomic_store_explicit(&socket->segmented, true, memory_order_relaxed);
}

enum udp_outcome udp_socket_send(struct udp_socket *socket, const SteamNetworkingIPAddr *to,
                                 const struct datagram_batch *batch)
{
    struct outgoing outgoing;
    union socket_address address;
    socklen_t address_length = 0;
    enum udp_outcome first_loss = UDP_SENT;
    bool segmentation = atomic_load_explicit(&socket->segmentation, memory_order_relaxed);
    size_t offset = 0;
    int next = 0, refused = 0;

    if (batch->count == 1)
        return udp_socket_send_one(socket, to, batch->bytes, batch->sizes[0]);
    if (!atomic_load_explicit(&socket->connected, memory_order_relaxed)) {
        address_length = socket_address_pack(to, socket->family, &address);
        if (address_length == 0) {
            count_losses(socket, UDP_UNREACHABLE, batch->count);
            return UDP_UNREACHABLE;
        }
    }
    while (next < batch->count) {
        enum udp_outcome outcome;
        int passed, number, lost;

        build_messages(&outgoing, batch, next, offset, segmentation, &address, address_length);
        passed = sendmmsg(socket->descriptor, outgoing.messages, (unsigned)outgoing.count, MSG_DONTWAIT | MSG_NOSIGNAL);
        number = errno;
        for (int i = 0; i < passed; i++) {
            if (outgoing.datagrams[i] > 1)
                note_segmentation_success(socket);
            next += outgoing.datagrams[i];
            offset += outgoing.vectors[i].iov_len;
        }
        if (passed > 0)
            continue;
        if (number == EINTR || (number == ECONNREFUSED && ++refused < REFUSED_RETRIES))
            continue;
        if (outgoing.datagrams[0] > 1 && blames_segmentation(number)) {
            note_segmentation_failure(socket, number);
            segmentation = false; /* for the rest of this batch */
            continue;
        }
        outcome = outcome_of(number);
        if (outcome == UDP_TOO_LARGE &&
            send_in_fragments(socket, batch->bytes + offset, outgoing.vectors[0].iov_len, &address, address_length)) {
            next++;
            offset += outgoing.vectors[0].iov_len;
            continue;
        }
        if (first_loss == UDP_SENT)
            first_loss = outcome;
        if (outcome == UDP_BUSY) {
            count_losses(socket, outcome, batch->count - next);
            break;
        }
        lost = outgoing.datagrams[0];
        if (outcome == UDP_TOO_LARGE) /* and so are those behind it that are no smaller */
            while (next + lost < batch->count && batch->sizes[next + lost] >= batch->sizes[next])
                lost++;
        count_losses(socket, outcome, lost);
        for (; lost > 0; lost--)
            offset += batch->sizes[next++];
    }
    return first_loss;
}

void udp_socket_send_parcels(struct udp_socket *socket, struct udp_parcels *parcels)
{
    struct mmsghdr messages[UDP_PARCELS_CAPACITY];
    struct iovec vectors[UDP_PARCELS_CAPACITY];
    int next = 0, refused = 0;

    memset(messages, 0, sizeof(messages[0]) * (size_t)parcels->count);
    for (int i = 0; i < parcels->count; i++) {
        struct msghdr *header = &messages[i].msg_hdr;

        vectors[i].iov_base = (void *)(uintptr_t)parcels->data[i];
        vectors[i].iov_len = parcels->sizes[i];
        header->msg_iov = &vectors[i];
        header->msg_iovlen = 1;
        header->msg_name = &parcels->addresses[i];
        header->msg_namelen = parcels->address_lengths[i];
    }
    while (next < parcels->count) {
        int passed = sendmmsg(socket->descriptor, &messages[next], (unsigned)(parcels->count - next),
                              MSG_DONTWAIT | MSG_NOSIGNAL);
        enum udp_outcome outcome;

        if (passed > 0) {
            next += passed;
            continue;
        }
        if (errno == EINTR || (errno == ECONNREFUSED && ++refused < REFUSED_RETRIES))
            continue;
        outcome = outcome_of(errno);
        if (outcome == UDP_BUSY) {
            count_losses(socket, outcome, parcels->count - next);
            break;
        }
        if (outcome != UDP_TOO_LARGE || !send_in_fragments(socket, parcels->data[next], parcels->sizes[next],
                                                           &parcels->addresses[next], parcels->address_lengths[next]))
            count_losses(socket, outcome, 1);
        next++;
    }
}

enum udp_outcome udp_socket_send_one(struct udp_socket *socket, const SteamNetworkingIPAddr *to, const void *data,
                                     size_t length)
{
    union socket_address address;
    socklen_t address_length = 0;
    enum udp_outcome outcome = UDP_UNREACHABLE;
    bool addressable = true;
    int refused = 0;

    if (!atomic_load_explicit(&socket->connected, memory_order_relaxed)) {
        address_length = socket_address_pack(to, socket->family, &address);
        addressable = address_length > 0;
    }
    while (addressable) {
        if (sendto(socket->descriptor, data, length, MSG_DONTWAIT | MSG_NOSIGNAL,
                   address_length > 0 ? &address.any : NULL, address_length) >= 0)
            return UDP_SENT;
        if (errno == EINTR || (errno == ECONNREFUSED && ++refused < REFUSED_RETRIES))
            continue;
        outcome = outcome_of(errno);
        break;
    }
    if (outcome == UDP_TOO_LARGE && send_in_fragments(socket, data, length, &address, address_length))
        return UDP_SENT;
    count_losses(socket, outcome, 1);
    return outcome;
}
