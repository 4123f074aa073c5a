#include "api/trust.h"

#include "cert/authority_store.h"
#include "crypto/key_text.h"
#include "fumarole/scalars.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct authority_store *authorities; /* NULL: none was added */
static atomic_uint app_id;
static atomic_bool local_mode = true;

static bool fail(char *error, const char *text)
{
    if (error)
        snprintf(error, k_cchMaxSteamNetworkingErrMsg, "%s", text);
    return false;
}

bool trust_add_authority(const char *certificate_text, bool *added, char *error)
{
    uint8_t message[AUTHORITY_SIZE_MAXIMUM];
    enum authority_added outcome = AUTHORITY_FULL;
    const char *problem = "there is no text";
    size_t length;

    *added = false;
    if (!certificate_text || !certificate_text_read(certificate_text, strlen(certificate_text), message,
                                                    sizeof(message), &length, NULL, NULL, &problem))
        return fail(error, problem);
    pthread_mutex_lock(&lock);
    if (!authorities)
        authorities = authority_store_new();
    if (authorities)
        outcome = authority_store_add(authorities, message, length, true);
    pthread_mutex_unlock(&lock);
    *added = outcome == AUTHORITY_ADDED;
    return *added || outcome == AUTHORITY_KNOWN || fail(error, authority_added_text(outcome));
}

struct authority_store *trust_copy_authorities(void)
{
    struct authority_store *copy;

    pthread_mutex_lock(&lock);
    copy = authorities ? authority_store_copy(authorities) : authority_store_new();
    pthread_mutex_unlock(&lock);
    return copy;
}

void trust_set_app_id(uint32_t id)
{
    atomic_store(&app_id, id);
}

uint32_t trust_app_id(void)
{
    return atomic_load(&app_id);
}

void trust_set_local_mode(bool wanted)
{
    atomic_store(&local_mode, wanted);
}

bool trust_local_mode(void)
{
    const char *text = getenv("FUMAROLE_LOCAL_MODE");

    return atomic_load(&local_mode) && !(text && strcmp(text, "0") == 0);
}
