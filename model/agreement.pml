/*
 * Who may be taken for whom: the key exchange of protocol 10 with certificates, and an attacker who is the network.
 *
 * The client and the server each make one key share, sign it with the key of their certificate and send both. The
 * attacker has every message, keeps what he has seen, and sends to either what he can put together: anybody's
 * certificate, a share of his own, shares of others, signed with a key that he has, or as their owner signed them. He
 * has a certificate of the same authority in his own name, and can issue himself as many as he likes that no authority
 * has signed. Cryptography is perfect: he has a session's key only if one of its two shares is his.
 *
 * AUTHENTICATE says which ends insist on a certificate that an authority has signed (IP_AllowWithoutAuth = 0):
 *   0 neither   1 the client   2 the server   3 both
 *
 * Variants that must give a counterexample (check.sh):
 *
 *   NO_SIGNATURE            the signature over the share is not looked at
 *   NO_CERTIFICATES_IN_KEY  the key does not depend on the certificates of both sides
 *   CLAIM_SECRET            nobody else has the key, although nobody insists on authentication
 *   CLAIM_CLIENT_NAMED      the client knows whom it talks to, although only the server insists
 *   CLAIM_SERVER_NAMED      the server knows whom it talks to, although only the client insists
 */
#ifndef AUTHENTICATE
#define AUTHENTICATE 3
#endif

/* Certificates: whose name is on them, whose key is in them, and whether the authority signed. */
#define CLIENT 1 /* the client's: signed by the authority */
#define SERVER 2 /* the server's: signed by the authority */
#define MALLORY 3 /* the attacker's, in his own name: signed by the authority */
#define FALSE_CLIENT 4 /* the client's name, the attacker's key, signed by nobody */
#define FALSE_SERVER 5 /* the server's name, the attacker's key, signed by nobody */
#define CERTIFICATES 5

#define TRUSTED(certificate) (certificate <= MALLORY)
#define HIS(certificate) (certificate >= MALLORY) /* the attacker has the key */
#define SAYS_CLIENT(certificate) (certificate == CLIENT || certificate == FALSE_CLIENT)
#define SAYS_SERVER(certificate) (certificate == SERVER || certificate == FALSE_SERVER)

/* Shares: 1 the client's, 2 the server's, 3 the attacker's. */

bit client_spoke, server_spoke; /* their shares and certificates are known to the attacker */
bit client_connected, server_connected;
byte client_peer, client_share; /* certificate and share that it got */
byte server_peer, server_share;

#define KNOWS(share) (share == 3 || (share == 1 && client_spoke) || (share == 2 && server_spoke))

/* A share with a signature by the key of a certificate: made by its owner, or by the attacker with a key of his. */
#define CAN_SIGN(certificate, share) \
    ((certificate == CLIENT && share == 1 && client_spoke) || (certificate == SERVER && share == 2 && server_spoke) || \
     (HIS(certificate) && KNOWS(share)))
#ifdef NO_SIGNATURE
#define CAN_PRESENT(certificate, share) KNOWS(share)
#else
#define CAN_PRESENT(certificate, share) CAN_SIGN(certificate, share)
#endif

#if AUTHENTICATE == 1 || AUTHENTICATE == 3
#define CLIENT_TAKES(certificate) TRUSTED(certificate)
#else
#define CLIENT_TAKES(certificate) true
#endif
#if AUTHENTICATE >= 2
#define SERVER_TAKES(certificate) TRUSTED(certificate)
#else
#define SERVER_TAKES(certificate) true
#endif

/* The client's key: its own share, the other one, its own certificate, the other one; the server's likewise. */
#define SHARES_MATCH (client_share == 2 && server_share == 1)
#ifdef NO_CERTIFICATES_IN_KEY
#define SAME_KEY SHARES_MATCH
#else
#define SAME_KEY (SHARES_MATCH && client_peer == SERVER && server_peer == CLIENT)
#endif

active proctype attacker()
{
    byte certificate, share;

    client_spoke = 1; /* the client begins */
    do
    :: !server_connected -> /* a request to the server */
        select(certificate : 1 .. CERTIFICATES);
        select(share : 1 .. 3);
        atomic {
            if
            :: CAN_PRESENT(certificate, share) && SERVER_TAKES(certificate) ->
                server_peer = certificate;
                server_share = share;
                server_connected = 1;
                server_spoke = 1
            :: else
            fi
        }
    :: !client_connected -> /* an answer to the client, which wants to reach the server */
        select(certificate : 1 .. CERTIFICATES);
        select(share : 1 .. 3);
        atomic {
            if
            :: CAN_PRESENT(certificate, share) && CLIENT_TAKES(certificate) && SAYS_SERVER(certificate) ->
                client_peer = certificate;
                client_share = share;
                client_connected = 1
            :: else
            fi
        }
    :: client_connected && server_connected -> break
    :: break
    od;

    /* The same key at both ends means that each knows the other. */
    assert(!(client_connected && server_connected && SAME_KEY) || (client_peer == SERVER && server_peer == CLIENT));

#if AUTHENTICATE == 1 || AUTHENTICATE == 3 || defined(CLAIM_CLIENT_NAMED)
    /* Whom the client takes for the server is the server: the share is the one that it made. */
    assert(!(client_connected && SAYS_SERVER(client_peer)) || client_share == 2);
#endif
#if AUTHENTICATE >= 2 || defined(CLAIM_SERVER_NAMED)
    assert(!(server_connected && SAYS_CLIENT(server_peer)) || server_share == 1);
#endif
#if AUTHENTICATE == 3 || defined(CLAIM_SECRET)
    /* The attacker has the key of a connection only under his own name. */
    assert(!(client_connected && client_share == 3));
    assert(!(server_connected && server_share == 3) || server_peer == MALLORY);
#endif
}
