/*
 * A peer that is found at another address (path_validation.h): a client behind a network translator that has forgotten
 * it, or one that went from one network to another. Only the side that accepted the connection follows the other one:
 * deployed clients have a socket that hears one address only. Without encryption nothing proves who has sent a packet,
 * and there is no following.
 */
#include "conn/connection_private.h"

#include "base/log.h"
#include "conn/endpoint.h"
#include "wire/address.h"

enum {
    /* A header with the request for an immediate acknowledgement, the longest stop-waiting frame, the tag. */
    PROBE_SIZE_MAXIMUM = PACKET_HEADER_SIZE + 1 + 2 + FRAME_STOP_WAITING_MAXIMUM + PACKET_TAG_SIZE,
};

bool migration_possible(const struct connection *connection)
{
    return !connection->initiated_locally && connection_is_open(connection) &&
           connection->cipher == CIPHER_AES_256_GCM && !connection->validation.barred;
}

static void say(const struct connection *connection, enum log_level level, const char *what,
                const SteamNetworkingIPAddr *address)
{
    char text[ADDRESS_TEXT_SIZE];

    if (!log_enabled(level))
        return;
    address_print(address, text, sizeof text, true);
    log_write(level, "connection #%u: %s %s", connection->local_id, what, text);
}

void migration_heard(struct connection *connection, const SteamNetworkingIPAddr *from, int64_t number, size_t length,
                     microseconds now)
{
    if (!path_validation_heard(&connection->validation, from, number, length, now))
        return;
    sender_begin_probing(&connection->sender);
    say(connection, LOG_LEVEL_VERBOSE, "a packet came from another address; probing", from);
}

static bool same_host(const SteamNetworkingIPAddr *a, const SteamNetworkingIPAddr *b)
{
    return address_equal_without_port(a, b);
}

static void move(struct connection *connection, microseconds round_trip, microseconds now)
{
    SteamNetworkingIPAddr address = connection->validation.address;

    path_validation_end(&connection->validation);
    if (connection->events->moved && !connection->events->moved(connection->events, connection, &address)) {
        say(connection, LOG_LEVEL_MESSAGE, "does not follow its peer, because another connection is at", &address);
        return;
    }
    path_validation_end(&connection->validation);
    /* Another port is the same path, probably (RFC 9000, 9.4). */
    if (!same_host(&address, &connection->remote_address))
        sender_path_changed(&connection->sender, round_trip, now);
    connection->remote_address = address;
    connection->fast_network = address_is_loopback(&address);
    say(connection, LOG_LEVEL_MESSAGE, "the peer's address has changed; it is now", &address);
}

void migration_judge(struct connection *connection, const SteamNetworkingIPAddr *from, int arrived, microseconds now)
{
    struct path_validation *validation = &connection->validation;

    if (!validation->active || !address_equal(&validation->address, from) || !connection_is_open(connection))
        return;
    if (connection->sender.false_acknowledgements > 0) {
        validation->barred = true;
        path_validation_end(validation);
        say(connection, LOG_LEVEL_WARNING, "acknowledgements of packets that were never sent came from",
            &validation->address);
        return;
    }
    if (path_validation_proved(validation, arrived))
        move(connection, now - connection->sender.newest_probe_sent, now);
}

size_t migration_send(struct connection *connection, uint8_t *out, SteamNetworkingIPAddr *to, microseconds now)
{
    struct path_validation *validation = &connection->validation;
    size_t before, size;

    if (!connection_is_open(connection) || !path_validation_due(validation, PROBE_SIZE_MAXIMUM, now) ||
        !data_packet_sealable(connection, now))
        return 0;
    before = random_below(connection->endpoint->random, PATH_VALIDATION_BLOCK);
    for (size_t i = 0; i < before; i++)
        sender_skip_number(&connection->sender, now);
    size = data_packet_write_probe(connection, out, 0, now);
    for (size_t i = before + 1; i < PATH_VALIDATION_BLOCK; i++)
        sender_skip_number(&connection->sender, now);
    if (size == 0)
        return 0;
    path_validation_sent(validation, size, now);
    *to = validation->address;
    return size;
}

void migration_tick(struct connection *connection, microseconds now)
{
    if (path_validation_tick(&connection->validation, now))
        say(connection, LOG_LEVEL_VERBOSE, "the peer does not answer at", &connection->validation.address);
}

microseconds migration_deadline(const struct connection *connection)
{
    return path_validation_deadline(&connection->validation, PROBE_SIZE_MAXIMUM);
}
