/*
 * A way between client and server with faults that a network has and loopback has not: datagrams beyond a size vanish,
 * and the address that the server sees changes, as behind a translator that forgets. A thread in the client's process.
 */
#ifndef TESTS_REAL_INTEROP_RELAY_H
#define TESTS_REAL_INTEROP_RELAY_H

enum relay_direction {
    RELAY_TO_SERVER,
    RELAY_TO_CLIENT,
};

/* Begins to relay to this port of the server's. Returns the port for the client. Both are on 127.0.0.1. */
int relay_open(int server_port);

/* Data packets of more bytes vanish; 0: none does. */
void relay_set_largest(int bytes);

/* The server sees the client at another port from now on. Returns it. */
int relay_rebind(void);
int relay_port(void);

/* The largest data packet that was passed on in this direction since the last time this was asked. */
int relay_largest_passed(enum relay_direction direction);

#endif
