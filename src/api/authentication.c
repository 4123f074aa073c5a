#include "api/authentication.h"

#include "api/sockets_object.h"
#include "api/trust.h"
#include "base/text.h"
#include "cert/certificate_issue.h"
#include "cert/credentials.h"
#include "net/clock.h"
#include "net/os_random.h"
#include "wire/identity.h"

#include <stdio.h>
#include <string.h>

enum {
    CANNOT_TRY = k_ESteamNetworkingAvailability_CannotTry,
    FAILED = k_ESteamNetworkingAvailability_Failed,
    PREVIOUSLY = k_ESteamNetworkingAvailability_Previously,
    RETRYING = k_ESteamNetworkingAvailability_Retrying,
    NEVER_TRIED = k_ESteamNetworkingAvailability_NeverTried,
    ATTEMPTING = k_ESteamNetworkingAvailability_Attempting,
    CURRENT = k_ESteamNetworkingAvailability_Current,
    RENEWAL_RETRY_S = 300, /* after a failed renewal */
};

/* ---- the status -------------------------------------------------------------------------------------------------- */

static void set_status(struct sockets *self, int availability, const char *text)
{
    struct authentication *authentication = &self->authentication;
    SteamNetAuthenticationStatus_t status;
    bool changed;

    pthread_mutex_lock(&authentication->status_lock);
    changed = (int)authentication->status.m_eAvail != availability;
    authentication->status.m_eAvail = (ESteamNetworkingAvailability)availability;
    snprintf(authentication->status.m_debugMsg, sizeof(authentication->status.m_debugMsg), "%s", text);
    status = authentication->status;
    pthread_mutex_unlock(&authentication->status_lock);
    if (!changed)
        return;
    log_write(LOG_LEVEL_VERBOSE, "Authentication status %d: %s", availability, text);
    callback_queue_post(
        &self->callbacks,
        (callback_function)config_pointer(&self->config, k_ESteamNetworkingConfig_Callback_AuthStatusChanged), &status,
        sizeof(status));
}

ESteamNetworkingAvailability authentication_status(struct sockets *self, SteamNetAuthenticationStatus_t *status)
{
    struct authentication *authentication = &self->authentication;
    ESteamNetworkingAvailability availability;

    pthread_mutex_lock(&authentication->status_lock);
    availability = authentication->status.m_eAvail;
    if (status)
        *status = authentication->status;
    pthread_mutex_unlock(&authentication->status_lock);
    return availability;
}

static void set_initial_status(struct sockets *self)
{
    if (self->authentication.local_mode)
        set_status(self, NEVER_TRIED, "Nobody has asked for a certificate yet");
    else
        set_status(self, CANNOT_TRY,
                   "There is no certificate authority: no back end is configured and local mode is off");
}

/* ---- endpoints; with the lock ------------------------------------------------------------------------------------ */

/* Credentials cannot be shared by endpoints that own them. */
static struct credentials *copy_credentials(const struct authentication *authentication)
{
    const struct credentials *credentials = authentication->credentials;

    return credentials_from_message(credentials->message, credentials->message_length, authentication->credentials_seed,
                                    NULL);
}

/*
 * What connections present without credentials: one for all of them, made once, because making one costs more than half
 * of the public-key work of a connection. NULL when memory or randomness is short or the identity does not fit;
 * they then try themselves.
 */
static struct credentials *self_issue(const struct endpoint *endpoint)
{
    uint8_t seed[CRYPTO_KEY_SIZE];
    struct credentials *credentials;

    if (!random_secret(endpoint->random, seed, sizeof(seed)))
        return NULL;
    credentials = credentials_self_issued(seed, &endpoint->identity, endpoint->app_id);
    crypto_wipe(seed, sizeof(seed));
    return credentials;
}

/* Makes an endpoint of what we are now and lets new connections use it. */
static bool publish_endpoint(struct sockets *self)
{
    struct authentication *authentication = &self->authentication;
    struct endpoint *endpoint = endpoint_new(), *old;

    if (!endpoint)
        return false;
    endpoint->identity = authentication->identity;
    endpoint->authorities = authentication->stores[authentication->store_count - 1];
    endpoint->app_id = trust_app_id();
    endpoint->random = os_random();
    endpoint->unix_time = clock_unix_seconds;
    endpoint->self_issued = self_issue(endpoint);
    if (authentication->credentials) {
        endpoint->credentials = copy_credentials(authentication);
        if (!endpoint->credentials) {
            endpoint_release(endpoint);
            return false;
        }
    }
    pthread_mutex_lock(&self->lock);
    old = self->endpoint;
    self->endpoint = endpoint;
    pthread_mutex_unlock(&self->lock);
    endpoint_release(old);
    return true;
}

static void forget_credentials(struct authentication *authentication)
{
    credentials_free(authentication->credentials);
    authentication->credentials = NULL;
    crypto_wipe(authentication->credentials_seed, sizeof(authentication->credentials_seed));
}

/* Takes the credentials over, whether it succeeds or not. */
static bool use_credentials(struct sockets *self, struct credentials *credentials)
{
    struct authentication *authentication = &self->authentication;
    struct credentials *old = authentication->credentials;

    authentication->credentials = credentials;
    memcpy(authentication->credentials_seed, credentials->seed, CRYPTO_KEY_SIZE);
    if (publish_endpoint(self)) {
        credentials_free(old);
        return true;
    }
    forget_credentials(authentication);
    authentication->credentials = old;
    if (old)
        memcpy(authentication->credentials_seed, old->seed, CRYPTO_KEY_SIZE);
    return false;
}

/* A store of everything that is trusted now; endpoints made earlier keep theirs. */
static bool add_store(struct authentication *authentication)
{
    struct authority_store *store;

    if (authentication->store_count == AUTHENTICATION_STORES)
        return false;
    store = trust_copy_authorities();
    if (!store)
        return false;
    if (authentication->authority_open)
        (void)authority_store_add_root(store, authentication->authority.public_key);
    authentication->stores[authentication->store_count++] = store;
    return true;
}

/* ---- local mode; with the lock ----------------------------------------------------------------------------------- */

static bool open_authority(struct authentication *authentication, char *error)
{
    if (authentication->authority_open)
        return true;
    if (!local_authority_open(&authentication->authority, NULL, os_random(), error))
        return false;
    authentication->authority_open = true;
    if (add_store(authentication))
        return true;
    snprintf(error, LOCAL_AUTHORITY_ERROR_SIZE, "out of memory");
    local_authority_close(&authentication->authority);
    authentication->authority_open = false;
    return false;
}

static void schedule_renewal(struct authentication *authentication)
{
    int64_t expiry = authentication->credentials->certificate.expiry;
    int64_t left = expiry - clock_unix_seconds() - LOCAL_CERTIFICATE_RENEWAL_S;

    if (authentication->has_timer)
        service_timer_set(&authentication->renewal, clock_now() + (left > 1 ? left : 1) * SECOND);
}

static bool issue_certificate(struct sockets *self, char *error)
{
    struct authentication *authentication = &self->authentication;
    struct credentials *credentials;

    if (!open_authority(authentication, error))
        return false;
    if (identity_is_localhost(&authentication->identity)) {
        /* Nothing to certify; but from now on we know those whom the authority has certified. */
        if (publish_endpoint(self))
            return true;
        snprintf(error, LOCAL_AUTHORITY_ERROR_SIZE, "out of memory");
        return false;
    }
    credentials = local_authority_issue(&authentication->authority, &authentication->identity, trust_app_id(),
                                        os_random(), clock_unix_seconds(), error);
    if (!credentials)
        return false;
    if (!use_credentials(self, credentials)) {
        snprintf(error, LOCAL_AUTHORITY_ERROR_SIZE, "out of memory");
        return false;
    }
    authentication->certificate_is_local = true;
    schedule_renewal(authentication);
    return true;
}

ESteamNetworkingAvailability authentication_obtain(struct sockets *self)
{
    struct authentication *authentication = &self->authentication;
    char error[LOCAL_AUTHORITY_ERROR_SIZE] = "";
    int before;

    pthread_mutex_lock(&authentication->lock);
    before = (int)authentication_status(self, NULL);
    if (before != CURRENT && authentication->local_mode) {
        set_status(self, before == NEVER_TRIED ? ATTEMPTING : RETRYING,
                   "Asking the development authority of this user");
        if (issue_certificate(self, error))
            set_status(self, CURRENT,
                       identity_is_localhost(&authentication->identity)
                           ? "OK: anonymous, so there is nothing to certify"
                           : "OK: certified by the development authority of this user");
        else
            set_status(self, FAILED, error);
    }
    pthread_mutex_unlock(&authentication->lock);
    return authentication_status(self, NULL);
}

static void renew(struct service_timer *timer, microseconds now)
{
    struct authentication *authentication = container_of(timer, struct authentication, renewal);
    struct sockets *self = container_of(authentication, struct sockets, authentication);
    char error[LOCAL_AUTHORITY_ERROR_SIZE] = "";

    pthread_mutex_lock(&authentication->lock);
    if (authentication->certificate_is_local) {
        if (issue_certificate(self, error)) {
            set_status(self, CURRENT, "OK: certified by the development authority of this user");
        } else {
            if (credentials_expired(authentication->credentials, clock_unix_seconds()))
                set_status(self, PREVIOUSLY, error);
            log_write(LOG_LEVEL_WARNING, "The certificate cannot be renewed: %s", error);
            service_timer_set(&authentication->renewal, now + RENEWAL_RETRY_S * SECOND);
        }
    }
    pthread_mutex_unlock(&authentication->lock);
}

bool authentication_certified(struct sockets *self)
{
    struct authentication *authentication = &self->authentication;
    bool certified;

    pthread_mutex_lock(&authentication->lock);
    certified = authentication->credentials && authentication->credentials->has_ca_signature;
    pthread_mutex_unlock(&authentication->lock);
    return certified;
}

void authentication_trust_changed(struct sockets *self)
{
    struct authentication *authentication = &self->authentication;

    pthread_mutex_lock(&authentication->lock);
    if (!add_store(authentication) || !publish_endpoint(self))
        log_write(LOG_LEVEL_ERROR, "A new authority is not believed yet: out of memory");
    pthread_mutex_unlock(&authentication->lock);
}

void authentication_app_changed(struct sockets *self)
{
    struct authentication *authentication = &self->authentication;
    char error[LOCAL_AUTHORITY_ERROR_SIZE] = "out of memory";
    bool done;

    pthread_mutex_lock(&authentication->lock);
    done = authentication->certificate_is_local ? issue_certificate(self, error) : publish_endpoint(self);
    pthread_mutex_unlock(&authentication->lock);
    if (!done)
        log_write(LOG_LEVEL_ERROR, "The change of the application takes no effect: %s", error);
}

/* ---- the application's own certificate --------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static bool fail(char *error, const char *format, ...)
{
    va_list arguments;

    if (error) {
        va_start(arguments, format);
        vsnprintf(error, k_cchMaxSteamNetworkingErrMsg, format, arguments);
        va_end(arguments);
    }
    return false;
}

static bool make_request(struct sockets *self, int *size, void *buffer, char *error)
{
    struct authentication *authentication = &self->authentication;
    uint8_t public_key[CRYPTO_KEY_SIZE], request[CERTIFICATE_BODY_SIZE];
    int given = *size, length;

    if (!authentication->has_request_seed) {
        if (!random_secret(os_random(), authentication->request_seed, sizeof(authentication->request_seed)))
            return fail(error, "The system gives no random numbers");
        authentication->has_request_seed = true;
    }
    if (!crypto_ed25519_public(authentication->request_seed, public_key))
        return fail(error, "Out of memory");
    length = (int)certificate_issue_request(public_key, &authentication->identity, 0, request, sizeof(request));
    if (length == 0)
        return fail(error, "The identity cannot be written into a certificate request");
    *size = length;
    if (!buffer)
        return true;
    if (given < length)
        return fail(error, "The buffer has %d bytes, the certificate request needs %d", given, length);
    memcpy(buffer, request, (size_t)length);
    return true;
}

bool authentication_request(struct sockets *self, int *size, void *buffer, char *error)
{
    bool made;

    pthread_mutex_lock(&self->authentication.lock);
    made = make_request(self, size, buffer, error);
    pthread_mutex_unlock(&self->authentication.lock);
    return made;
}

/* NULL when the certificate may be used, else the objection. */
static const char *objection(const struct authentication *authentication, const struct credentials *credentials)
{
    const struct certificate *certificate = &credentials->certificate;

    if (certificate_names_peer(certificate) && !identity_is_localhost(&authentication->identity) &&
        !identity_equal(&certificate->identity, &authentication->identity))
        return "The certificate is for another identity";
    if (!certificate_names_peer(certificate) && !identity_is_localhost(&authentication->identity))
        return "The certificate names nobody, but this host has an identity";
    if (credentials_expired(credentials, clock_unix_seconds()))
        return "The certificate has expired";
    if (!certificate_allows_app(certificate, trust_app_id()))
        return "The certificate does not permit this application";
    return NULL;
}

static void warn_of_signature(const struct authentication *authentication, const struct credentials *credentials)
{
    struct signed_certificate signed_certificate;
    enum leaf_outcome outcome;

    if (!signed_certificate_decode(&signed_certificate, credentials->message, credentials->message_length))
        return;
    outcome = authority_store_check_leaf(authentication->stores[authentication->store_count - 1], &signed_certificate,
                                         &credentials->certificate, clock_unix_seconds());
    if (outcome != LEAF_TRUSTED)
        log_write(LOG_LEVEL_WARNING, "The certificate that was set would not be trusted here: %s",
                  leaf_outcome_text(outcome));
}

static bool install(struct sockets *self, const void *data, int size, char *error)
{
    struct authentication *authentication = &self->authentication;
    const uint8_t *seed = authentication->has_request_seed ? authentication->request_seed : NULL;
    SteamNetworkingIdentity before = authentication->identity;
    struct credentials *credentials;
    const char *problem = NULL;

    credentials = credentials_from_message(data, (size_t)size, seed, &problem);
    if (!credentials)
        return fail(error, "%s", problem ? problem : "The certificate cannot be used");
    problem = objection(authentication, credentials);
    if (problem) {
        credentials_free(credentials);
        return fail(error, "%s", problem);
    }
    warn_of_signature(authentication, credentials);
    if (certificate_names_peer(&credentials->certificate))
        authentication->identity = credentials->certificate.identity;
    if (!use_credentials(self, credentials)) {
        authentication->identity = before;
        return fail(error, "Out of memory");
    }
    authentication->certificate_is_local = false; /* renewing it is the application's affair now */
    if (authentication->has_timer)
        service_timer_cancel(&authentication->renewal);
    set_status(self, CURRENT, "OK: with the certificate that the application has set");
    return true;
}

bool authentication_install(struct sockets *self, const void *data, int size, char *error)
{
    bool installed;

    pthread_mutex_lock(&self->authentication.lock);
    installed = install(self, data, size, error);
    pthread_mutex_unlock(&self->authentication.lock);
    return installed;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void become(struct authentication *authentication, const SteamNetworkingIdentity *identity)
{
    if (identity && !identity_is_invalid(identity))
        authentication->identity = *identity;
    else
        identity_set_localhost(&authentication->identity);
}

bool authentication_start(struct sockets *self, const SteamNetworkingIdentity *identity)
{
    struct authentication *authentication = &self->authentication;

    memset(authentication, 0, sizeof(*authentication));
    pthread_mutex_init(&authentication->lock, NULL);
    pthread_mutex_init(&authentication->status_lock, NULL);
    authentication->local_mode = trust_local_mode();
    become(authentication, identity);
    authentication->has_timer = service_timer_init(&authentication->renewal, service_next_loop(), renew);
    if (!authentication->has_timer || !add_store(authentication) || !publish_endpoint(self))
        return false;
    set_initial_status(self);
    return true;
}

void authentication_quiesce(struct sockets *self)
{
    struct authentication *authentication = &self->authentication;

    if (!authentication->has_timer)
        return;
    service_timer_cancel_and_wait(&authentication->renewal);
    service_timer_release(&authentication->renewal);
    authentication->has_timer = false;
}

void authentication_stop(struct sockets *self)
{
    struct authentication *authentication = &self->authentication;

    endpoint_release(self->endpoint);
    self->endpoint = NULL;
    forget_credentials(authentication);
    if (authentication->authority_open)
        local_authority_close(&authentication->authority);
    crypto_wipe(authentication->request_seed, sizeof(authentication->request_seed));
    for (int i = 0; i < authentication->store_count; i++)
        authority_store_free(authentication->stores[i]);
    pthread_mutex_destroy(&authentication->status_lock);
    pthread_mutex_destroy(&authentication->lock);
    memset(authentication, 0, sizeof(*authentication));
}

void authentication_reset(struct sockets *self, const SteamNetworkingIdentity *identity)
{
    struct authentication *authentication = &self->authentication;

    pthread_mutex_lock(&authentication->lock);
    if (authentication->has_timer)
        service_timer_cancel(&authentication->renewal);
    forget_credentials(authentication);
    authentication->certificate_is_local = false;
    crypto_wipe(authentication->request_seed, sizeof(authentication->request_seed));
    authentication->has_request_seed = false;
    become(authentication, identity);
    if (!publish_endpoint(self))
        log_write(LOG_LEVEL_ERROR, "The identity is not changed for new connections: out of memory");
    set_initial_status(self);
    pthread_mutex_unlock(&authentication->lock);
}
