#include "harness/raw_socket.h"

#include "harness/runner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER_BYTES = 4 * 1024 * 1024 };

static struct sockaddr_in packed(const SteamNetworkingIPAddr *address)
{
    struct sockaddr_in packed = {.sin_family = AF_INET, .sin_port = htons(address->m_port)};
    SteamNetworkingIPAddr copy = *address;

    packed.sin_addr.s_addr = htonl(SteamAPI_SteamNetworkingIPAddr_GetIPv4(&copy));
    return packed;
}

static SteamNetworkingIPAddr unpacked(const struct sockaddr_in *packed_address)
{
    SteamNetworkingIPAddr address;

    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, ntohl(packed_address->sin_addr.s_addr),
                                           ntohs(packed_address->sin_port));
    return address;
}

int raw_open(uint32_t ipv4, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(ipv4)};
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), bytes = BUFFER_BYTES;

    assert_true(descriptor >= 0);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    if (bind(descriptor, (struct sockaddr *)&address, sizeof(address)) != 0)
        fail_msg("cannot bind a plain socket: %s", strerror(errno));
    return descriptor;
}

SteamNetworkingIPAddr raw_address(int descriptor)
{
    struct sockaddr_in address;
    socklen_t length = sizeof(address);

    assert_int_equal(getsockname(descriptor, (struct sockaddr *)&address, &length), 0);
    return unpacked(&address);
}

void raw_send(int descriptor, const SteamNetworkingIPAddr *to, const void *data, size_t length)
{
    struct sockaddr_in address = packed(to);
    ssize_t sent;

    do { /* a queue that is full, or an error that another datagram brought back */
        sent = sendto(descriptor, data, length, 0, (struct sockaddr *)&address, sizeof(address));
    } while (sent < 0 && (errno == EAGAIN || errno == ENOBUFS || errno == ECONNREFUSED || errno == EINTR));
    if (sent != (ssize_t)length)
        fail_msg("cannot send %zu bytes: %s", length, strerror(errno));
}

int raw_receive(int descriptor, void *buffer, size_t capacity, SteamNetworkingIPAddr *from, int milliseconds)
{
    struct pollfd watched = {.fd = descriptor, .events = POLLIN};
    struct sockaddr_in address;
    socklen_t length = sizeof(address);
    ssize_t received;

    if (milliseconds != 0)
        poll(&watched, 1, milliseconds);
    do { /* one error report of an earlier datagram may be in the way */
        received = recvfrom(descriptor, buffer, capacity, 0, (struct sockaddr *)&address, &length);
    } while (received < 0 && (errno == ECONNREFUSED || errno == EINTR));
    if (received >= 0 && from)
        *from = unpacked(&address);
    return (int)received;
}

/* ---- the middleman ---- */

void middleman_open(struct middleman *middleman, const SteamNetworkingIPAddr *server)
{
    memset(middleman, 0, sizeof(*middleman));
    middleman->front = raw_open(INADDR_LOOPBACK, 0);
    middleman->back = raw_open(INADDR_LOOPBACK, 0);
    middleman->address = raw_address(middleman->front);
    middleman->server = *server;
    for (int i = 0; i < 2; i++) {
        middleman->kept[i] = calloc(KEPT_DATAGRAMS, sizeof(struct kept_datagram));
        assert_non_null(middleman->kept[i]);
    }
}

void middleman_close(struct middleman *middleman)
{
    close(middleman->front);
    close(middleman->back);
    free(middleman->kept[0]);
    free(middleman->kept[1]);
}

void middleman_rebind(struct middleman *middleman)
{
    int back = raw_open(INADDR_LOOPBACK, 0); /* while the old port is taken, so that it is another one */

    close(middleman->back);
    middleman->back = back;
}

void middleman_send(struct middleman *middleman, enum direction direction, const void *data, size_t length)
{
    if (direction == TO_SERVER)
        raw_send(middleman->back, &middleman->server, data, length);
    else if (middleman->client.m_port)
        raw_send(middleman->front, &middleman->client, data, length);
}

static bool pass_one(struct middleman *middleman, enum direction direction)
{
    int from = direction == TO_SERVER ? middleman->front : middleman->back;
    SteamNetworkingIPAddr sender;
    uint8_t bytes[DATAGRAM_ROOM];
    struct kept_datagram *kept;
    int received = raw_receive(from, bytes, sizeof(bytes), &sender, 0);
    size_t length = (size_t)received;

    if (received < 0)
        return false;
    if (direction == TO_SERVER)
        middleman->client = sender;
    kept = &middleman->kept[direction][middleman->count[direction]++ % KEPT_DATAGRAMS];
    kept->length = length;
    memcpy(kept->bytes, bytes, length);
    if (!middleman->judge || middleman->judge(middleman, direction, bytes, &length))
        middleman_send(middleman, direction, bytes, length);
    return true;
}

bool middleman_work(struct middleman *middleman)
{
    bool any = true;

    while (any) {
        any = false;
        for (int direction = 0; direction < 2; direction++)
            any = pass_one(middleman, (enum direction)direction) || any;
    }
    return true;
}

void middleman_wait(const struct middleman *middleman, int other, int milliseconds)
{
    struct pollfd watched[3] = {{.fd = middleman->front, .events = POLLIN},
                                {.fd = middleman->back, .events = POLLIN},
                                {.fd = other, .events = POLLIN}};

    poll(watched, 3, milliseconds);
}

const struct kept_datagram *middleman_kept(const struct middleman *middleman, enum direction direction, int n)
{
    if (n >= middleman->count[direction] || n >= KEPT_DATAGRAMS)
        return NULL;
    return &middleman->kept[direction][(middleman->count[direction] - 1 - n) % KEPT_DATAGRAMS];
}
