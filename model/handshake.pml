/*
 * The life of connections between a client and a server over a network that somebody else owns (protocol 6, 7, 12).
 *
 * What was sent once can arrive at any later time, any number of times, in any order, or never: the network is the set
 * of what was sent. That is loss, duplication, reordering, and an attacker who repeats datagrams. ATTACK adds to it:
 *
 *   0  nothing
 *   1  a stranger with an address of his own, who also sends with other people's addresses, but sees only his own mail
 *   2  somebody on the path who sees everything, and invents and changes all that is not authenticated (what he does
 *      under his own name is 1)
 *
 * Cryptography is perfect: who has not made one of the two key shares does not have the session's key, and signatures
 * are not forged (who may be taken for whom is for agreement.pml). A key is what goes into its derivation: the shares
 * of both sides and both connection ids (protocol 10.3).
 *
 * Time passes in ticks. A challenge is good for one tick after the one it was made in, and a closed connection is
 * remembered for two (protocol 6.3: at most 4.2 seconds; 7.2: 5 seconds). The last tick stands for the far future.
 *
 * With PATIENT the client's application does not give up by itself. Each variant below leaves something out that the protocol has, or asserts something that it does not promise; each
 * must give a counterexample (check.sh):
 *
 *   NO_COOKIE            a connect request needs no valid challenge
 *   SHORT_FIN_WAIT       a closed connection is forgotten before the challenge of its request has expired
 *   NO_IDS_IN_KEY        the key does not depend on the connection ids
 *   NO_WINDOW            packet numbers that were received already are not refused
 *   DELIVER_AFTER_CLOSE  what arrives after the end is delivered all the same
 *   NO_TIMEOUT           connecting may take for ever
 *   CLAIM_CLIENT_THERE   a server's connection was asked for by the client, now
 *   CLAIM_SERVER_THERE   a client's connection was accepted by the server
 *   CLAIM_CLOSE_TRUE     who is told that the peer has closed has a peer that has
 */
#ifndef ATTACK
#define ATTACK 0
#endif
#if ATTACK < 2 /* promised as long as nobody sits on the path */
#define CLAIM_CLIENT_THERE
#define CLAIM_SERVER_THERE
#define CLAIM_CLOSE_TRUE
#endif

#ifndef ATTEMPTS
#define ATTEMPTS 2 /* of the client, to connect; one after the other */
#endif

#if ATTACK < 2
#define LAST 3 /* the far future */
#else
#define LAST 2 /* he can do everything at any time */
#endif
#define COOKIE_LIFE 1
#ifdef SHORT_FIN_WAIT
#define FIN_WAIT 1
#else
#define FIN_WAIT 2
#endif
#define CONNECT_TIMEOUT 2

#define NONE 0
#define CONNECTING 1
#define CONNECTED 2
#define LINGER 3
#define ENDED 4 /* by the peer or a problem; the application still has its handle */
#define FINISHING 5 /* FinWait */
#define DEAD 6

/* Client attempts are 1 and 2; server connections are 1 and 2. An attempt's number is its client
 * id and its key share, a server connection's number its server id and its key share. 3 is the attacker's share. */
#define A 3 /* size of arrays by attempt */
#define S 3
#define STRANGER 3

/* Addresses: the client's, the attacker's, and one that belongs to somebody who knows of nothing. */
#define HOME 0
#define ELSEWHERE 1
#define VICTIM 2

byte clock;

byte c_stage[A], c_since[A];
byte c_server[A]; /* server id as ConnectOK says; 0: unknown */
byte c_share[A];  /* the server's key share */
bit c_sent[A];    /* its first data packet */
bit c_got[A];     /* the first data packet of the server */

byte s_stage[S], s_since[S];
byte s_address[S], s_client[S], s_share[S];
bit s_sent[S], s_got[S];
byte s_next = 1;

/* The network. */
byte issued[3];   /* bits: ticks for which a challenge was made, by address */
byte requests[A]; /* bits: ticks of the challenges that the client has sent ConnectRequests with */
byte used[A];     /* bits: those of them that have made a connection */
bit ok[S];        /* ConnectOK was sent */
bit c_closed[A], s_closed[S]; /* ConnectionClosed was sent */

bit done;

#define OPEN(stage) (stage == CONNECTED || stage == LINGER)
#define GONE(stage) (stage >= ENDED)
#define LIVE(stage) (stage != NONE && stage != DEAD)
#define AT(address) (LIVE(s_stage[1]) && s_address[1] == address || LIVE(s_stage[2]) && s_address[2] == address)
/* The same client id, under the same identity, from another address (protocol 6.4 step 6). */
#define TAKEN(client) (LIVE(s_stage[1]) && s_client[1] == client || LIVE(s_stage[2]) && s_client[2] == client)
#define FRESH(address, tick) ((issued[address] & (1 << tick)) && clock < LAST && clock - tick <= COOKIE_LIFE)
#ifdef NO_COOKIE
#define ADMITTED(address, tick) true
#else
#define ADMITTED(address, tick) FRESH(address, tick)
#endif
#define PASSED(since, ticks) (clock == LAST || clock - since >= ticks)

#ifdef NO_IDS_IN_KEY
#define SAME_KEY(a, s) (s_share[s] == a && c_share[a] == s)
#else
#define SAME_KEY(a, s) (s_share[s] == a && c_share[a] == s && s_client[s] == a && c_server[a] == s)
#endif

/* ---- making a connection at the server ---- */

#define CREATE(address, client, share) \
    s_address[s_next] = address; s_client[s_next] = client; s_share[s_next] = share; \
    s_stage[s_next] = CONNECTING; s_since[s_next] = clock; s_next++

/* The client's own request, for the first time or again. */
#define REQUEST(a, tick) \
    :: atomic { (requests[a] & (1 << tick)) && s_next < S && !AT(HOME) && ADMITTED(HOME, tick) -> \
        assert(!(used[a] & (1 << tick))); /* a repeated request makes no second connection */ \
        used[a] = used[a] | (1 << tick); \
        assert(FRESH(HOME, tick)); /* no state for an address that was not proved */ \
        CREATE(HOME, a, a) }

/* The stranger's own connection: he asks for a challenge and uses it at once. */
#define STRANGER_REQUEST(address) \
    :: atomic { s_next < S && clock < LAST && !AT(address) -> CREATE(address, STRANGER, STRANGER) }

/* A request from an address where he cannot receive, so that he has no challenge for it. */
#define SPOOFED_REQUEST(address) \
    :: atomic { s_next < S && clock < LAST && !AT(address) && ADMITTED(address, clock) -> \
        assert(FRESH(address, clock)); \
        CREATE(address, STRANGER, STRANGER) }

/* What somebody on the path makes of an honest client's request: a challenge that he has asked for, another address,
 * another client id. */
#ifdef CLAIM_CLIENT_THERE
#define CLIENT_THERE(a) assert(requests[a] & (1 << clock))
#else
#define CLIENT_THERE(a) skip
#endif
#define BORROWED_REQUEST(address, client, a) \
    :: atomic { requests[a] && s_next < S && clock < LAST && !AT(address) && !TAKEN(client) -> \
        CLIENT_THERE(a); \
        CREATE(address, client, a) }

#define TICKS(what, x) what(x, 0) what(x, 1) what(x, 2)

/* Lingering multiplies what there is to look at; it is looked at without an attacker. */
#if ATTACK == 0
#define LINGERS true
#else
#define LINGERS false
#endif

/* ---- the client ---- */

#define CHALLENGED(a, tick) \
    :: atomic { c_stage[a] == CONNECTING && (issued[HOME] & (1 << tick)) && !(requests[a] & (1 << tick)) -> \
        requests[a] = requests[a] | (1 << tick) }

#ifdef CLAIM_SERVER_THERE
#define SERVER_THERE(a, server, s) assert(s_client[s] == a && s_share[s] == a && server == s)
#else
#define SERVER_THERE(a, server, s) skip
#endif
#define CONNECT(a, server, s) \
    c_server[a] = server; c_share[a] = s; \
    SERVER_THERE(a, server, s); \
    c_stage[a] = CONNECTED; c_since[a] = clock
#define CONNECT_OK(a, s) \
    :: atomic { c_stage[a] == CONNECTING && requests[a] && ok[s] && s_client[s] == a -> CONNECT(a, s, s) }
/* The ids in ConnectOK are not signed. */
#define CHANGED_OK(a, server, s) \
    :: atomic { c_stage[a] == CONNECTING && requests[a] && ok[s] -> CONNECT(a, server, s) }

#ifdef PATIENT
#define IMPATIENT false
#else
#define IMPATIENT true
#endif
#ifdef NO_TIMEOUT
#define GIVES_UP(a) false
#else
#define GIVES_UP(a) (c_stage[a] == CONNECTING && PASSED(c_since[a], CONNECT_TIMEOUT))
#endif

#define CLIENT(a, before) \
    :: atomic { c_stage[a] == NONE && before && clock < LAST -> c_stage[a] = CONNECTING; c_since[a] = clock } \
    TICKS(CHALLENGED, a) \
    CONNECT_OK(a, 1) CONNECT_OK(a, 2) \
    :: atomic { OPEN(c_stage[a]) && !c_sent[a] -> c_sent[a] = 1 } \
    :: atomic { (c_stage[a] == CONNECTED || (IMPATIENT && c_stage[a] == CONNECTING)) -> \
        c_closed[a] = 1; c_stage[a] = FINISHING; c_since[a] = clock } \
    :: atomic { LINGERS && c_stage[a] == CONNECTED -> c_stage[a] = LINGER; c_since[a] = clock } \
    :: atomic { c_stage[a] == LINGER -> c_closed[a] = 1; c_stage[a] = FINISHING; c_since[a] = clock } \
    :: atomic { GIVES_UP(a) -> c_closed[a] = 1; c_stage[a] = ENDED; c_since[a] = 0 } \
    :: atomic { c_stage[a] == CONNECTED && PASSED(c_since[a], 1) -> c_closed[a] = 1; c_stage[a] = ENDED; c_since[a] = 0 } \
    :: atomic { c_stage[a] == ENDED -> c_stage[a] = FINISHING; c_since[a] = clock } \
    :: atomic { c_stage[a] == FINISHING && PASSED(c_since[a], FIN_WAIT) -> c_stage[a] = DEAD; c_since[a] = 0 }

/* ---- the server's connections ---- */

#define SERVER(s) \
    :: atomic { s_stage[s] == CONNECTING -> s_stage[s] = CONNECTED; ok[s] = 1; s_since[s] = clock } \
    :: atomic { OPEN(s_stage[s]) && !s_sent[s] -> s_sent[s] = 1 } \
    :: atomic { (s_stage[s] == CONNECTED || s_stage[s] == CONNECTING) -> \
        s_closed[s] = 1; s_stage[s] = FINISHING; s_since[s] = clock } \
    :: atomic { LINGERS && s_stage[s] == CONNECTED -> s_stage[s] = LINGER; s_since[s] = clock } \
    :: atomic { s_stage[s] == LINGER -> s_closed[s] = 1; s_stage[s] = FINISHING; s_since[s] = clock } \
    :: atomic { (s_stage[s] == CONNECTED || s_stage[s] == CONNECTING) && PASSED(s_since[s], 1) -> \
        s_closed[s] = 1; s_stage[s] = ENDED; s_since[s] = 0 } \
    :: atomic { s_stage[s] == ENDED -> s_stage[s] = FINISHING; s_since[s] = clock } \
    :: atomic { s_stage[s] == FINISHING && PASSED(s_since[s], FIN_WAIT) -> s_stage[s] = DEAD; s_since[s] = 0 }

/* ---- data and goodbyes between an attempt and a connection ---- */

#ifdef NO_WINDOW
#define NEW(got) true
#else
#define NEW(got) !got
#endif
#define RECORD(got) assert(!got); got = 1 /* each packet counts once */
#ifdef DELIVER_AFTER_CLOSE
#define HEARS(stage) (stage >= CONNECTED && stage != DEAD)
#else
#define HEARS(stage) OPEN(stage)
#endif

#define DATA(a, s) \
    :: atomic { c_sent[a] && SAME_KEY(a, s) && HEARS(s_stage[s]) && NEW(s_got[s]) -> \
        assert(s_client[s] == a && c_server[a] == s && s_share[s] == a && c_share[a] == s); \
        assert(s_stage[s] == CONNECTED || s_stage[s] == LINGER); \
        RECORD(s_got[s]) } \
    :: atomic { s_sent[s] && SAME_KEY(a, s) && HEARS(c_stage[a]) && NEW(c_got[a]) -> \
        assert(s_client[s] == a && c_server[a] == s && s_share[s] == a && c_share[a] == s); \
        assert(c_stage[a] == CONNECTED || c_stage[a] == LINGER); \
        RECORD(c_got[a]) }

#define END(stage, since) \
    if \
    :: stage == LINGER -> stage = FINISHING; since = clock \
    :: else -> stage = ENDED; since = 0 \
    fi
#ifdef CLAIM_CLOSE_TRUE
#define CLOSE_TRUE(really) assert(really)
#else
#define CLOSE_TRUE(really) skip
#endif
#define GOODBYE(a, s) \
    :: atomic { s_closed[s] && s_client[s] == a && (c_stage[a] == CONNECTING || OPEN(c_stage[a])) -> \
        CLOSE_TRUE(GONE(s_stage[s])); END(c_stage[a], c_since[a]) } \
    :: atomic { c_closed[a] && s_client[s] == a && (c_server[a] == s || c_server[a] == 0) && \
                (s_stage[s] == CONNECTING || OPEN(s_stage[s])) -> \
        CLOSE_TRUE(GONE(c_stage[a])); END(s_stage[s], s_since[s]) }

#define BETWEEN(a, s) DATA(a, s) GOODBYE(a, s)

/* Ids are not secret from somebody on the path, and a goodbye is not authenticated. */
#define FORGED_GOODBYE(a, s) \
    :: atomic { c_stage[a] == CONNECTING || OPEN(c_stage[a]) -> \
        CLOSE_TRUE(c_server[a] != 0 && GONE(s_stage[c_server[a]])); END(c_stage[a], c_since[a]) } \
    :: atomic { s_stage[s] == CONNECTING || OPEN(s_stage[s]) -> \
        CLOSE_TRUE(s_share[s] < STRANGER && GONE(c_stage[s_share[s]])); END(s_stage[s], s_since[s]) }

#define RESTING(stage) (stage == NONE || stage == DEAD)

active proctype world()
{
    do
    :: atomic { clock < LAST -> clock++ }
    :: atomic { c_stage[1] != NONE && clock < LAST && !AT(HOME) && !(issued[HOME] & (1 << clock)) -> \
        issued[HOME] = issued[HOME] | (1 << clock) }
    CLIENT(1, true)
    TICKS(REQUEST, 1)
    SERVER(1)
    SERVER(2)
    BETWEEN(1, 1) BETWEEN(1, 2)
#if ATTEMPTS > 1
    CLIENT(2, GONE(c_stage[1]))
    TICKS(REQUEST, 2)
    BETWEEN(2, 1) BETWEEN(2, 2)
#endif
#if ATTACK == 1
    STRANGER_REQUEST(ELSEWHERE)
    SPOOFED_REQUEST(VICTIM)
#endif
#if ATTACK >= 2
    BORROWED_REQUEST(HOME, 1, 1)
    BORROWED_REQUEST(ELSEWHERE, 2, 1)
    CHANGED_OK(1, 1, 1) CHANGED_OK(1, 2, 1) CHANGED_OK(1, 1, 2)
    FORGED_GOODBYE(1, 1)
    FORGED_GOODBYE(1, 2)
#if ATTEMPTS > 1
    CHANGED_OK(2, 1, 1) CHANGED_OK(2, 2, 1) CHANGED_OK(2, 2, 2) CHANGED_OK(2, 1, 2)
#endif
#endif
    :: timeout -> /* nothing is left that could happen: everything has come to its end */
        assert(RESTING(c_stage[1]) && RESTING(c_stage[2]));
        assert(RESTING(s_stage[1]) && RESTING(s_stage[2]));
        done = 1;
        break
    od
}

/* And that comes, whatever happens: nothing goes round in circles. */
ltl comes_to_an_end { <> done }
