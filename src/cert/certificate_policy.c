#include "cert/certificate_policy.h"

#include "base/text.h"
#include "wire/identity.h"

#include <inttypes.h>
#include <string.h>

/* An identity inside a sentence: shortened, and without characters that could disturb a terminal or a log. */
enum { NAME_SIZE = 40 };

static void print_name(const SteamNetworkingIdentity *identity, char name[NAME_SIZE])
{
    identity_print(identity, name, NAME_SIZE);
    for (char *p = name; *p; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
            *p = '?';
}

static void say(struct certificate_verdict *verdict, const char *sentence)
{
    struct text text;
    text_init(&text, verdict->text, sizeof verdict->text);
    text_append(&text, sentence);
}

static bool refuse(struct certificate_verdict *verdict, int end_reason, const char *sentence)
{
    verdict->end_reason = end_reason;
    say(verdict, sentence);
    return false;
}

static bool refuse_identity(struct certificate_verdict *verdict, const SteamNetworkingIdentity *established)
{
    char certified[NAME_SIZE], claimed[NAME_SIZE];
    struct text text;

    print_name(&verdict->certificate.identity, certified);
    print_name(established, claimed);
    verdict->end_reason = END_REMOTE_BAD_CERTIFICATE;
    text_init(&text, verdict->text, sizeof verdict->text);
    text_append_formatted(&text, "The certificate is for %s, but the peer is %s.", certified, claimed);
    return false;
}

static bool refuse_app(struct certificate_verdict *verdict, const char *who, uint32_t app_id)
{
    struct text text;
    verdict->end_reason = END_REMOTE_BAD_CERTIFICATE;
    text_init(&text, verdict->text, sizeof verdict->text);
    text_append_formatted(&text, "The peer's %s is not good for application %" PRIu32 ".", who, app_id);
    return false;
}

/* A Steam id packs its account type above 20 bits of instance and 32 of account (protocol 8.2). */
static bool is_anonymous_game_server(const SteamNetworkingIdentity *identity)
{
    enum { TYPE_SHIFT = 52, TYPE_MASK = 15, TYPE_ANONYMOUS_GAME_SERVER = 4 };
    return identity->m_eType == k_ESteamNetworkingIdentityType_SteamID &&
           (identity->m_steamID64 >> TYPE_SHIFT & TYPE_MASK) == TYPE_ANONYMOUS_GAME_SERVER;
}

/* Protocol 9.6 steps 4 and 5: whom the certificate names. */
static bool check_name(const struct certificate_policy *policy, const struct signed_certificate *signed_certificate,
                       const SteamNetworkingIdentity *established, struct certificate_verdict *verdict)
{
    const struct certificate *certificate = &verdict->certificate;

    if (certificate_names_peer(certificate)) {
        if (!identity_equal(&certificate->identity, established))
            return refuse_identity(verdict, established);
        if (certificate->app_count == 0)
            return refuse(verdict, END_REMOTE_BAD_CERTIFICATE,
                          "The peer's certificate names somebody without saying for which application.");
        return true;
    }
    if (!verdict->ca_verified)
        return true;
    if (!is_anonymous_game_server(established) || certificate->pop_count == 0)
        return refuse(verdict, END_REMOTE_BAD_CERTIFICATE, "The peer's certificate does not say whose it is.");
    if (!authority_store_allows_pops(policy->authorities, signed_certificate->ca_key_id, policy->app_id,
                                     certificate->pops, certificate->pop_count, policy->unix_now))
        return refuse(verdict, END_REMOTE_BAD_CERTIFICATE,
                      "The peer's certificate is for a data centre that its authority has no say in.");
    return true;
}

static bool check(const struct certificate_policy *policy, const struct signed_certificate *signed_certificate,
                  const struct signed_crypt *signed_crypt, const SteamNetworkingIdentity *established,
                  struct certificate_verdict *verdict)
{
    struct certificate *certificate = &verdict->certificate;

    /* 1 */
    if (!signed_certificate->has_body || !signed_crypt->has_info)
        return refuse(verdict, END_REMOTE_BAD_CRYPT, "The peer sent no certificate or no key exchange.");

    /* 2. A body that cannot be read has no expiry and no key, so that its leaf check fails. */
    enum certificate_outcome body = certificate_parse(certificate, signed_certificate->body);
    enum leaf_outcome leaf =
        authority_store_check_leaf(policy->authorities, signed_certificate, certificate, policy->unix_now);
    verdict->ca_verified = leaf == LEAF_TRUSTED;
    if (!verdict->ca_verified)
        say(verdict, leaf_outcome_text(leaf));
    if (signed_certificate->has_ca_signature && !verdict->ca_verified && policy->allow_unsigned <= ALLOW_UNSIGNED_NEVER)
        return refuse(verdict, END_REMOTE_BAD_CERTIFICATE, leaf_outcome_text(leaf));

    /* 3 */
    if (body == CERTIFICATE_UNREADABLE)
        return refuse(verdict, END_REMOTE_BAD_CRYPT, "The peer's certificate cannot be read.");
    if (body == CERTIFICATE_BAD_IDENTITY)
        return refuse(verdict, END_REMOTE_BAD_CERTIFICATE, "The identity in the peer's certificate is malformed.");

    /* 4, 5 */
    if (!check_name(policy, signed_certificate, established, verdict))
        return false;

    /* 6 */
    if (!certificate_allows_app(certificate, policy->app_id))
        return refuse_app(verdict, "certificate", policy->app_id);
    if (verdict->ca_verified && !authority_store_allows_app(policy->authorities, signed_certificate->ca_key_id,
                                                            policy->app_id, policy->unix_now))
        return refuse_app(verdict, "certificate authority", policy->app_id);

    /* 7 */
    if (!verdict->ca_verified && policy->allow_unsigned <= ALLOW_UNSIGNED_NEVER)
        return refuse(verdict, END_REMOTE_BAD_CERTIFICATE,
                      "The peer has no certificate from an authority, and one is required.");

    /* 8 */
    if (!certificate->has_key || signed_crypt->signature.length != CRYPTO_SIGNATURE_SIZE ||
        !crypto_ed25519_verify(certificate->key, signed_crypt->info.data, signed_crypt->info.length,
                               signed_crypt->signature.data))
        return refuse(verdict, END_REMOTE_BAD_CRYPT,
                      "The peer's key exchange is not signed with the key of its certificate.");

    /* Protocol 10.4 */
    if (!crypt_info_decode(&verdict->crypt, signed_crypt->info.data, signed_crypt->info.length))
        return refuse(verdict, END_REMOTE_BAD_CRYPT, "The peer's key exchange cannot be read.");

    verdict->authenticated = verdict->ca_verified && established->m_eType != k_ESteamNetworkingIdentityType_IPAddress;
    return true;
}

bool certificate_policy_check(const struct certificate_policy *policy,
                              const struct signed_certificate *signed_certificate,
                              const struct signed_crypt *signed_crypt, const SteamNetworkingIdentity *established,
                              struct certificate_verdict *verdict)
{
    SteamNetworkingIdentity anonymous;

    memset(verdict, 0, sizeof *verdict);
    if (!established || identity_is_invalid(established)) {
        identity_set_localhost(&anonymous);
        established = &anonymous;
    }
    if (check(policy, signed_certificate, signed_crypt, established, verdict))
        return true;
    verdict->ca_verified = false;
    return false;
}
