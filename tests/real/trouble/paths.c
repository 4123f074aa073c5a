/*
 * Paths that are narrow, that change, and that others tamper with: packets fit, connections follow their clients to
 * other addresses, and nobody else can take them away.
 */
#include "api/fixture.h"
#include "trouble/echo_line.h"
#include "trouble/through_middleman.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- narrow paths ------------------------------------------------------------------------------------------------ */

/* The interface is narrow: the system says so, and nothing is cut up. */
static void narrow_cable(int mtu)
{
    HSteamNetConnection client;
    long before;

    lay_line(mtu);
    client = connect_by_line(10000);
    before = fragments_sent();
    echo(client, 20, 1200);
    echo(client, 5, 20000);
    assert_true(packet_size(client) <= mtu - 28 || mtu >= 1280); /* even the largest packets have 1255 bytes at most */
    assert_true(packet_size(client) >= 548);
    assert_int_equal(fragments_sent(), before);
    take_away_line(CONNECTED);
}

static void cable_of_1280(void **state)
{
    (void)state;
    narrow_cable(1280);
}

static void cable_of_1000(void **state)
{
    (void)state;
    narrow_cable(1000);
}

static void cable_of_600(void **state)
{
    (void)state;
    narrow_cable(600);
}

static void cable_that_shrinks(void **state)
{
    HSteamNetConnection client;

    (void)state;
    lay_line(1500);
    client = connect_by_line(10000);
    echo(client, 5, 20000);
    assert_int_equal(packet_size(client), 1300);
    set_mtu_of_both(700);
    echo(client, 5, 20000);
    assert_int_equal(packet_size(client), 548);
    set_mtu_of_both(1500);
    echo(client, 5, 20000);
    take_away_line(CONNECTED);
}

static void set_mtu_of_server(int mtu)
{
    tell(&server, "mtu %d", mtu);
    expect_to_hear(&server, "ready");
}

/*
 * The other end of the cable takes less than ours and says nothing: a black hole. A veth lets a few bytes more pass
 * than its MTU.
 */
static void black_holes(void **state)
{
    static const struct {
        int mtu, smallest, largest;
    } phases[] = {{1500, 1300, 1300}, {1000, 772, 976}, {600, 548, 548}, {1500, 548, 1300}};
    HSteamNetConnection client;

    (void)state;
    lay_line(1500);
    disable_offload("cable");
    client = connect_by_line(10000);
    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
        set_mtu_of_server(phases[i].mtu);
        echo(client, 30, 5000);
        await(packet_size(client) <= phases[i].largest || S(FlushMessagesOnConnection, client) != k_EResultOK);
        assert_in_range(packet_size(client), phases[i].smallest, phases[i].largest);
    }
    /* And wide again: it is noticed as soon as somebody looks. */
    for (int tries = 0; packet_size(client) < 1300; tries++) {
        assert_true(tries < 400);
        echo(client, 2, 5000);
        pass_time(100);
    }
    take_away_line(CONNECTED);
}

/* The handshake is larger than the cable takes. */
static void connecting_through_the_eye_of_a_needle(void **state)
{
    HSteamNetConnection client;

    (void)state;
    lay_line(300);
    client = connect_by_line(10000);
    assert_true(fragments_sent() > 0);
    assert_int_equal(send_text(client, "small", RELIABLE_NOW), k_EResultOK);
    expect_text(client, "small");
    take_away_line(CONNECTED);
}

/* ---- other addresses --------------------------------------------------------------------------------------------- */

/* The machine loses its address and gets another one, as when it goes to another network. */
static void machine_with_another_address(void **state)
{
    SteamNetworkingIPAddr before, after;
    HSteamNetConnection client;

    (void)state;
    lay_line(1500);
    client = connect_by_line(10000);
    echo(client, 5, 5000);
    before = seen_address();
    assert_int_equal(SteamAPI_SteamNetworkingIPAddr_GetIPv4(&before), CLIENT_ADDRESS);
    set_address("cable", CLIENT_ADDRESS + 8);
    forget_log();
    echo(client, 20, 5000);
    after = seen_address();
    assert_int_equal(SteamAPI_SteamNetworkingIPAddr_GetIPv4(&after), CLIENT_ADDRESS + 8);
    assert_int_equal(after.m_port, before.m_port);
    assert_true(logged("another address of this machine"));
    assert_int_equal(state_of(client), CONNECTED);
    take_away_line(CONNECTED);
}

/* No way at all for a while, and then another address. */
static void machine_without_a_way_for_a_while(void **state)
{
    SteamNetworkingIPAddr after;
    HSteamNetConnection client;

    (void)state;
    lay_line(1500);
    client = connect_by_line(10000);
    echo(client, 5, 5000);
    set_up("cable", false);
    assert_int_equal(send_text(client, "later", RELIABLE_NOW), k_EResultOK);
    pass_time(1500);
    set_address("cable", CLIENT_ADDRESS + 8);
    set_up("cable", true);
    expect_text(client, "later");
    echo(client, 20, 1000);
    after = seen_address();
    assert_int_equal(SteamAPI_SteamNetworkingIPAddr_GetIPv4(&after), CLIENT_ADDRESS + 8);
    take_away_line(CONNECTED);
}

/* ---- in the middle ------------------------------------------------------------------------------------------------
 */

static uint16_t client_port(void)
{
    return info_of(pair.server).m_addrRemote.m_port;
}

static void translator_that_forgets(void)
{
    connect_through();
    talk(20);
    for (int i = 0; i < 12; i++) {
        uint16_t port;

        middleman_rebind(&middle);
        port = raw_address(middle.back).m_port;
        assert_int_not_equal(client_port(), port);
        talk(10);
        await_through(client_port() == port);
        assert_true(logged("the peer's address has changed"));
        forget_log();
    }
    assert_int_equal(state_of(pair.client), CONNECTED);
    assert_int_equal(state_of(pair.server), CONNECTED);
    assert_int_equal(incoming(pair.listener), pair.server); /* nobody else came in */
    S(CloseConnection, pair.client, 1234, "enough", false);
    await_through(state_of(pair.server) == CLOSED_BY_PEER);
    assert_int_equal(info_of(pair.server).m_eEndReason, 1234);
    middleman_close(&middle);
    stop(NULL);
}

static void translator_that_forgets_with_one_thread(void **state)
{
    (void)state;
    setenv("FUMAROLE_SERVICE_THREADS", "1", 1);
    translator_that_forgets();
}

/* The kernel gives each of the ports to another thread. */
static void translator_that_forgets_with_four_threads(void **state)
{
    (void)state;
    setenv("FUMAROLE_SERVICE_THREADS", "4", 1);
    translator_that_forgets();
}

/* Another client has the address to which one moves: both stay where they are, and both go on. */
static void address_of_another_client(void **state)
{
    SteamNetworkingIPAddr server_of_both;
    struct middleman other;
    HSteamNetConnection second;
    int back;

    (void)state;
    connect_through();
    server_of_both = pair.address;
    middleman_open(&other, &server_of_both);
    second = S(ConnectByIPAddress, &other.address, 0, NULL);
    await_through((middleman_work(&other), incoming(pair.listener) != pair.server));
    assert_int_equal(S(AcceptConnection, incoming(pair.listener)), k_EResultOK);
    await_through((middleman_work(&other), state_of(second) == CONNECTED));

    back = middle.back;
    middle.back = other.back; /* the first client's datagrams come from the second one's address */
    S(SendMessageToConnection, pair.client, "x", 1, RELIABLE_NOW, NULL);
    for (int64 end = milliseconds_now() + 300; milliseconds_now() < end;) {
        middleman_work(&middle);
        middleman_wait(&middle, -1, 5);
    }
    assert_int_equal(client_port(), raw_address(back).m_port);
    middle.back = back;
    {
        SteamNetworkingMessage_t *message;

        await_through(S(ReceiveMessagesOnConnection, pair.server, &message, 1) == 1);
        release(message);
    }
    talk(10);
    assert_int_equal(state_of(second), CONNECTED);
    middleman_close(&middle);
    middleman_close(&other);
    stop(NULL);
}

/* ---- attackers ----------------------------------------------------------------------------------------------------
 */

static int lair; /* the attacker's socket */
static int copies_left, copied, answered;
static size_t copied_bytes, answered_bytes;
static bool passes_answers_on;

/* What the server says to the attacker. */
static void hear_answers(struct middleman *middleman)
{
    uint8_t bytes[DATAGRAM_ROOM];
    int length;

    while ((length = raw_receive(lair, bytes, sizeof(bytes), NULL, 0)) >= 0) {
        answered++;
        answered_bytes += (size_t)length;
        if (passes_answers_on)
            middleman_send(middleman, TO_CLIENT, bytes, (size_t)length);
    }
}

/* Each of the client's datagrams comes to the server from the attacker first, and from the client as a duplicate. */
static bool copy_first(struct middleman *middleman, enum direction direction, uint8_t *data, size_t *length)
{
    hear_answers(middleman);
    if (direction == TO_SERVER && (data[0] & 0x80) && copies_left > 0) {
        copies_left--;
        copied++;
        copied_bytes += *length;
        raw_send(lair, &middleman->server, data, *length);
        usleep(2000); /* the copy is there first even where several threads read */
    }
    return true;
}

static void begin_attack(int copies)
{
    copied = answered = 0;
    copied_bytes = answered_bytes = 0;
    copies_left = copies;
    passes_answers_on = false;
    middle.judge = copy_first;
}

static void copied_datagrams(void **state)
{
    static const int copies[] = {1, 3, 100000};
    uint16_t home;

    (void)state;
    connect_through();
    talk(10);
    lair = raw_open(INADDR_LOOPBACK, 0);
    home = client_port();
    for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
        begin_attack(copies[i]);
        for (int k = 0; k < 10; k++) {
            talk(3);
            assert_int_equal(client_port(), home);
        }
        hear_answers(&middle);
        assert_true(copied > 0);
        assert_true(answered > 0); /* the attacker was asked, and had nothing to say */
        assert_true(answered_bytes <= 3 * copied_bytes);
    }
    middle.judge = NULL;
    talk(20);
    assert_int_equal(client_port(), home);
    close(lair);
    middleman_close(&middle);
    stop(NULL);
}

/* Who passes on the answers, too, is a part of the way, as long as he does. */
static void attacker_as_relay(void **state)
{
    uint16_t home;

    (void)state;
    connect_through();
    talk(10);
    lair = raw_open(INADDR_LOOPBACK, 0);
    home = client_port();
    begin_attack(100000);
    passes_answers_on = true;
    for (int k = 0; k < 10; k++)
        talk(3);
    copies_left = 0;
    passes_answers_on = false;
    talk(20);
    await_through(client_port() == home);
    assert_int_equal(state_of(pair.client), CONNECTED);
    close(lair);
    middleman_close(&middle);
    stop(NULL);
}

/* Everything that was said before, and damaged, from elsewhere. */
static void replayed_and_damaged_from_elsewhere(void **state)
{
    uint8_t bytes[DATAGRAM_ROOM];
    uint16_t home;
    unsigned random = 1;

    (void)state;
    connect_through();
    talk(50);
    lair = raw_open(INADDR_LOOPBACK, 0);
    home = client_port();
    answered = 0;
    for (int i = 0; i < middle.count[TO_SERVER] && i < KEPT_DATAGRAMS; i++) {
        const struct kept_datagram *kept = middleman_kept(&middle, TO_SERVER, i);

        if (!(kept->bytes[0] & 0x80))
            continue;
        raw_send(lair, &pair.address, kept->bytes, kept->length);
        memcpy(bytes, kept->bytes, kept->length);
        for (size_t k = 5; k < kept->length; k++) { /* with the id, and numbers that are still to come */
            random = random * 1664525u + 1013904223u;
            bytes[k] = (uint8_t)(random >> 24);
        }
        raw_send(lair, &pair.address, bytes, kept->length);
    }
    talk(20);
    hear_answers(&middle);
    assert_int_equal(answered, 0); /* not even a question */
    assert_int_equal(client_port(), home);
    assert_int_equal(state_of(pair.server), CONNECTED);
    close(lair);
    middleman_close(&middle);
    stop(NULL);
}

int main(int argc, char **argv)
{
    static const struct real_case cases[] = {
        real_case(cable_of_1280),
        real_case(cable_of_1000),
        real_case(cable_of_600),
        real_case(cable_that_shrinks),
        real_case_within(black_holes, 120),
        real_case(connecting_through_the_eye_of_a_needle),
        real_case(machine_with_another_address),
        real_case(machine_without_a_way_for_a_while),
        real_case(translator_that_forgets_with_one_thread),
        real_case(translator_that_forgets_with_four_threads),
        real_case(address_of_another_client),
        real_case(copied_datagrams),
        real_case(attacker_as_relay),
        real_case(replayed_and_damaged_from_elsewhere),
    };

    return run_cases(argc, argv, cases);
}
