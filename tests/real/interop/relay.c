#include "relay.h"

#include "case.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

enum { DATA_FLAG = 0x80, ROOM = 2048 };

static int front; /* towards the client */
static atomic_int back;
static atomic_int largest, largest_passed[2];
static struct sockaddr_in server, client;

static struct sockaddr_in here(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int open_socket(void)
{
    struct sockaddr_in address = here(0);
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0), size = 4 << 20;

    CHECK(descriptor >= 0 && bind(descriptor, (struct sockaddr *)&address, sizeof(address)) == 0,
          "the relay has no socket");
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    return descriptor;
}

static int port_of(int descriptor)
{
    struct sockaddr_in address;
    socklen_t length = sizeof(address);

    getsockname(descriptor, (struct sockaddr *)&address, &length);
    return ntohs(address.sin_port);
}

static void pass(int from, int to, enum relay_direction direction)
{
    const struct sockaddr_in *destination = direction == RELAY_TO_SERVER ? &server : &client;
    struct sockaddr_in source;
    socklen_t length = sizeof(source);
    uint8_t bytes[ROOM];
    ssize_t size = recvfrom(from, bytes, sizeof(bytes), MSG_DONTWAIT, (struct sockaddr *)&source, &length);

    if (size <= 0)
        return;
    if (direction == RELAY_TO_SERVER)
        client = source;
    if (bytes[0] & DATA_FLAG) {
        if (largest > 0 && size > largest)
            return;
        if (size > largest_passed[direction])
            largest_passed[direction] = (int)size;
    }
    sendto(to, bytes, (size_t)size, MSG_DONTWAIT, (const struct sockaddr *)destination, sizeof(*destination));
}

static void *work(void *unused)
{
    (void)unused;
    for (;;) {
        struct pollfd sides[2] = {{front, POLLIN, 0}, {back, POLLIN, 0}};

        if (poll(sides, 2, 5) <= 0)
            continue;
        if (sides[0].revents)
            pass(front, back, RELAY_TO_SERVER);
        if (sides[1].revents && sides[1].fd == back) /* nothing is heard there after it was left */
            pass(back, front, RELAY_TO_CLIENT);
    }
    return NULL;
}

int relay_open(int server_port)
{
    pthread_t thread;

    server = here(server_port);
    front = open_socket();
    back = open_socket();
    CHECK(pthread_create(&thread, NULL, work, NULL) == 0, "the relay has no thread");
    pthread_detach(thread);
    return port_of(front);
}

void relay_set_largest(int bytes)
{
    largest = bytes;
}

int relay_rebind(void)
{
    /* The old one stays open, so that nobody else gets its port; what comes there is lost. */
    back = open_socket();
    return port_of(back);
}

int relay_port(void)
{
    return port_of(back);
}

int relay_largest_passed(enum relay_direction direction)
{
    return atomic_exchange(&largest_passed[direction], 0);
}
