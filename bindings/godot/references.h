/*
 * Named references: identities and addresses that a program keeps under names of its own (C.1 of the compatible page:
 * addIdentity, addIPAddress and what follows them), and how an argument becomes an identity or an address.
 *
 * Owns both tables of names. They outlive steamShutdown, as a program may fill them before steamInit. Any thread.
 */
#ifndef FUMAROLE_GODOT_REFERENCES_H
#define FUMAROLE_GODOT_REFERENCES_H

#include "fumarole/fumarole.h"
#include "value.h"

/*
 * Who an argument names. An int is a Steam ID; 0 is nobody. A text is the name of a reference; else it is read as an
 * identity; else an empty reference of that name is made. The empty text is nobody and makes none. What is nobody has
 * the invalid type.
 */
SteamNetworkingIdentity reference_identity(const struct value *argument);

/* The same for addresses; without one all zero. */
SteamNetworkingIPAddr reference_address(const struct value *argument);

/* Whether there is a reference of that name; adding one that is there changes nothing. False: no memory, or the names
   are too many. */
bool reference_has_identity(const char *name);
bool reference_has_address(const char *name);
bool reference_add_identity(const char *name);
bool reference_add_address(const char *name);

/* Sets a reference, making it if it is not there. */
bool reference_set_identity(const char *name, const SteamNetworkingIdentity *identity);
bool reference_set_address(const char *name, const SteamNetworkingIPAddr *address);

/* Passes every reference to a function, in the order in which they were made, with the tables locked. */
void reference_each_identity(void (*visit)(void *context, const char *name, SteamNetworkingIdentity *identity),
                             void *context);
void reference_each_address(void (*visit)(void *context, const char *name, SteamNetworkingIPAddr *address),
                            void *context);

/* Texts of identities and addresses as values. */
struct value reference_identity_text(const SteamNetworkingIdentity *identity);
struct value reference_address_text(const SteamNetworkingIPAddr *address, bool with_port);

/* Forgets all names. */
void reference_forget_all(void);

#endif
