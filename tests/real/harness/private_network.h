/*
 * A network of the case's own: a namespace with nothing but a loopback interface, and cables between two of them. What
 * is done there disturbs nobody.
 *
 * Needs root, or a system that lets everybody make namespaces; where neither is so the case is skipped and says that.
 * To be called before the library is started.
 */
#ifndef TESTS_REAL_HARNESS_PRIVATE_NETWORK_H
#define TESTS_REAL_HARNESS_PRIVATE_NETWORK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Moves the calling process into a network with only a loopback interface, which is up. */
void enter_private_network(void);

/* Connects this process's network to that of another process by a cable; each end is an interface called "cable". */
void lay_cable(pid_t other);

/* The same with other names for the two interfaces. */
void lay_cable_between(const char *ours, pid_t other, const char *theirs);

/* Gives an interface of this process's network an IPv4 address (host byte order, 24 bits of it the network's). */
void set_address(const char *interface, uint32_t ipv4);

void set_up(const char *interface, bool up);
void set_mtu(const char *interface, int mtu);

/* Makes the system itself cut runs of datagrams, as a wire would have them. */
void disable_offload(const char *interface);

/* IP packets that this network has sent in fragments. */
long fragments_sent(void);

/* Writes a setting under /proc/sys/net. */
void set_network_option(const char *name, const char *value);

/* Runs a command line of the system's programs (ip, nft) in this network. False when it fails. */
__attribute__((format(printf, 1, 2))) bool try_command(const char *format, ...);

/* A network address translator of this network forgets everything that it has translated so far. */
void forget_translations(void);

#endif
