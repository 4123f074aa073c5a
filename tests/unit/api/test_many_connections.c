/* Many connections in one process, both ends of each: what one end costs in all, once nothing happens. */
#include "fixture.h"

#include "base/alloc.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    CONNECTIONS = 120,
    LIMIT_BYTES = 6 * 1024, /* for one end; the promise is 8 KiB of resident memory */
};

static atomic_long allocated;

static void *counting_malloc(size_t size)
{
    void *memory = malloc(size);

    atomic_fetch_add(&allocated, (long)malloc_usable_size(memory));
    return memory;
}

static void counting_free(void *memory)
{
    atomic_fetch_sub(&allocated, (long)malloc_usable_size(memory));
    free(memory);
}

static void *counting_realloc(void *memory, size_t size)
{
    atomic_fetch_sub(&allocated, (long)malloc_usable_size(memory));
    memory = realloc(memory, size);
    atomic_fetch_add(&allocated, (long)malloc_usable_size(memory));
    return memory;
}

/* All of the process, what the cryptographic library allocates by itself included; 0 under sanitizers. */
static size_t in_use(void)
{
    return mallinfo2().uordblks;
}

static HSteamListenSocket listener;
static int accepted, connected;

static void accept_all(SteamNetConnectionStatusChangedCallback_t *event)
{
    if (event->m_info.m_eState == CONNECTING && event->m_info.m_hListenSocket == listener) {
        assert_int_equal(SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, event->m_hConn), k_EResultOK);
        accepted++;
    } else if (event->m_info.m_eState == CONNECTED) {
        connected++;
    }
}

static void connect_many(const SteamNetworkingIPAddr *address, HSteamNetConnection *clients, int count)
{
    accepted = connected = 0;
    for (int i = 0; i < count; i++) {
        clients[i] = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, address, 0, NULL);
        assert_int_not_equal(clients[i], 0);
    }
    await(connected == 2 * count);
    for (int i = 0; i < count; i++) /* the server hears of each, and lets go of what the handshake needed */
        assert_int_equal(send_text(clients[i], "hello", UNRELIABLE | k_nSteamNetworkingSend_NoNagle), k_EResultOK);
}

static void many_connections_cost_little(void **state)
{
    static HSteamNetConnection clients[CONNECTIONS + 1];
    SteamNetworkingIPAddr address;
    size_t process;
    long own;

    (void)state;
    alloc_set_hooks(counting_malloc, counting_free, counting_realloc);
    start_as(NULL);
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils, accept_all);
    listener = listen_with(0, NULL, &address);
    connect_many(&address, clients, 1); /* what is made once */
    own = atomic_load(&allocated);
    process = in_use();
    connect_many(&address, clients + 1, CONNECTIONS);
    own = (atomic_load(&allocated) - own) / (2 * CONNECTIONS);
    process = (in_use() - process) / (2 * CONNECTIONS);
    print_message("%ld bytes for an end of a connection, %zu with other libraries'\n", own, process);
    assert_in_range(own, 1024, LIMIT_BYTES);
    if (in_use() > 0)
        assert_in_range(process, (size_t)own, LIMIT_BYTES);
    stop(NULL);
    assert_int_equal(atomic_load(&allocated), 0);
    alloc_set_hooks(NULL, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_connections_cost_little),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
