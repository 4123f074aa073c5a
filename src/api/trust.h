/*
 * What the application tells the whole process about trust and belonging: authorities whose certificates are believed,
 * the application id, and whether local mode is wanted. It is set before or after the library starts and outlives a
 * stop.
 *
 * Any thread.
 */
#ifndef API_TRUST_H
#define API_TRUST_H

#include <stdbool.h>
#include <stdint.h>

struct authority_store;

/*
 * Adds the authority of a PEM certificate; false with a sentence in `error` (1024 bytes, may be NULL). *added: it was
 * not known before.
 */
bool trust_add_authority(const char *certificate_text, bool *added, char *error);

/* A store with everything that was added, the caller's; NULL when memory is short. */
struct authority_store *trust_copy_authorities(void);

void trust_set_app_id(uint32_t app_id);
uint32_t trust_app_id(void);

void trust_set_local_mode(bool wanted);

/* Whether it is wanted and the environment (FUMAROLE_LOCAL_MODE=0) does not say otherwise. */
bool trust_local_mode(void);

#endif
