/*
 * The library in an event loop of one's own: epoll watches a timer, standard input and the library's wait descriptor,
 * and the program sleeps until one of them has something.
 *
 *   wait_loop
 *
 * It is both ends of a connection. What comes in on standard input is sent across; what arrives is printed; the timer
 * shows how the connection is doing. The end of the input ends it.
 */
#include <fumarole/fumarole.h>

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

static ISteamNetworkingSockets *sockets;
static HSteamNetConnection here, there;
static bool input_ended;
static long bytes_sent, bytes_back;

static void watch(int loop, int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    /* A file as standard input cannot be watched, it can always be read: leave that to a program that wants it. */
    if (epoll_ctl(loop, EPOLL_CTL_ADD, descriptor, &event) != 0)
        perror("epoll_ctl");
}

static void on_input(void)
{
    char buffer[1000];
    ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got <= 0)
        input_ended = true;
    else if (SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
                 sockets, here, buffer, (uint32)got, k_nSteamNetworkingSend_Reliable, NULL) == k_EResultOK)
        bytes_sent += got;
}

/* Fetches everything: the descriptor stays readable as long as something waits. */
static void on_network(void)
{
    SteamNetworkingMessage_t *message;
    SteamAPI_ISteamNetworkingSockets_RunCallbacks(sockets);
    while (SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, there, &message, 1) == 1) {
        fwrite(message->m_pData, 1, (size_t)message->m_cbSize, stdout);
        bytes_back += message->m_cbSize;
        SteamAPI_SteamNetworkingMessage_t_Release(message);
    }
    fflush(stdout);
}

static void on_timer(int timer)
{
    uint64_t expirations;
    SteamNetConnectionRealTimeStatus_t status;
    if (read(timer, &expirations, sizeof expirations) != (ssize_t)sizeof expirations)
        return;
    if (SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, here, &status, 0, NULL) == k_EResultOK)
        fprintf(stderr, "ping %d ms, %ld bytes sent, %ld arrived\n", status.m_nPing, bytes_sent, bytes_back);
}

int main(void)
{
    SteamNetworkingErrMsg error;
    if (!GameNetworkingSockets_Init(NULL, error)) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    sockets = SteamNetworkingSockets_LibV12();
    /* Two ends over real sockets of this machine, connected already. */
    if (!SteamAPI_ISteamNetworkingSockets_CreateSocketPair(sockets, &here, &there, true, NULL, NULL))
        return 1;
    int network = Fumarole_GetWaitDescriptor(), timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    int loop = epoll_create1(EPOLL_CLOEXEC);
    timerfd_settime(timer, 0, &(struct itimerspec){.it_value = {1, 0}, .it_interval = {1, 0}}, NULL);
    watch(loop, network);
    watch(loop, timer);
    watch(loop, STDIN_FILENO);
    while (!input_ended || bytes_back < bytes_sent) {
        struct epoll_event events[8];
        int count = epoll_wait(loop, events, 8, -1);
        for (int i = 0; i < count; i++) {
            int descriptor = events[i].data.fd;
            if (descriptor == network)
                on_network();
            else if (descriptor == timer)
                on_timer(timer);
            else
                on_input();
            if (input_ended)
                epoll_ctl(loop, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
        }
    }
    close(loop);
    close(timer);
    SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, here, 1000, NULL, false);
    SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, there, 1000, NULL, false);
    GameNetworkingSockets_Kill();
    return 0;
}
