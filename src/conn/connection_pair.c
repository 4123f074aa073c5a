/* Two connections of one process, made connected to each other (protocol 19.2, "network" form). */
#include "conn/connection_private.h"
#include "conn/endpoint.h"
#include "wire/identity.h"

/*
 * The two ends shake hands in memory: the client's request goes to the server's side as a listener would pass it on,
 * and the server's answer to the client.
 */
static bool shake_hands(struct connection *client, struct connection **server,
                        const struct connection_parameters *server_parameters, microseconds now)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];
    struct challenge_reply reply = {.has_client_id = true,
                                    .has_challenge = true,
                                    .has_version = true,
                                    .client_id = client->local_id,
                                    .challenge = 1,
                                    .version = PROTOCOL_VERSION};
    SteamNetworkingIdentity identity = client->endpoint->identity;
    struct control_message message;
    int end_reason;
    size_t length;

    if (identity_is_invalid(&identity) || identity_is_localhost(&identity))
        identity_set_address(&identity, &server_parameters->remote_address);
    if (handshake_write_challenge_request(client, datagram, sizeof datagram, now) == 0)
        return false;
    handshake_received_challenge_reply(client, &reply, now);
    length = handshake_write_connect_request(client, datagram, sizeof datagram, now);
    if (control_decode(datagram, length, &message) != CONTROL_OK)
        return false;
    *server = connection_incoming(server_parameters, &message.connect_request, &identity, now, &end_reason, NULL);
    if (!*server)
        return false;
    (*server)->quiet = true;
    if (connection_accept(*server, now) != k_EResultOK)
        return false;
    length = handshake_write_connect_ok(*server, datagram, sizeof datagram, now);
    if (control_decode(datagram, length, &message) != CONTROL_OK)
        return false;
    handshake_received_connect_ok(client, &message.connect_ok, now);
    handshake_free(*server);
    (*server)->liveness.heard = true; /* there is no doubt of the peer */
    client->pending = (*server)->pending = 0;
    return client->state == STATE_CONNECTED;
}

bool connection_make_pair(struct connection *pair[2], const struct connection_parameters parameters[2],
                          microseconds now)
{
    pair[1] = NULL;
    pair[0] = connection_connect(&parameters[0], now, NULL);
    if (pair[0])
        pair[0]->quiet = true;
    if (pair[0] && shake_hands(pair[0], &pair[1], &parameters[1], now)) {
        pair[0]->quiet = pair[1]->quiet = false;
        return true;
    }
    connection_destroy(pair[0]);
    connection_destroy(pair[1]);
    pair[0] = pair[1] = NULL;
    return false;
}
