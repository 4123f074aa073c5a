#include "tools/host_options.h"

#include "tools/complain.h"
#include "tools/host.h"
#include "tools/identity_files.h"
#include "tools/nearest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    SETTING_LIMIT = 32,
    TRUSTED_LIMIT = 8,
};

static struct {
    const char *identity, *certificate, *key;
    const char *settings[SETTING_LIMIT];
    const char *trusted[TRUSTED_LIMIT];
    int setting_count, trusted_count;
    double timeout;
    int64_t app;
    bool verbose;
} wanted = {.timeout = 10, .app = -1};

static bool add_setting(const char *value)
{
    if (wanted.setting_count == SETTING_LIMIT) {
        complain("--config can be given %d times at most", SETTING_LIMIT);
        return false;
    }
    wanted.settings[wanted.setting_count++] = value;
    return true;
}

static bool add_trusted(const char *value)
{
    if (wanted.trusted_count == TRUSTED_LIMIT) {
        complain("--trust can be given %d times at most", TRUSTED_LIMIT);
        return false;
    }
    wanted.trusted[wanted.trusted_count++] = value;
    return true;
}

const struct option_row host_options[] = {
    {"identity",
     0,
     "NAME",
     "who we are, for example str:ada or steamid:76561197960287930",
     OPTION_TEXT,
     {.text = &wanted.identity},
     0,
     0},
    {"certificate",
     0,
     "FILE",
     "prove it with this certificate (see fumarole cert)",
     OPTION_TEXT,
     {.text = &wanted.certificate},
     0,
     0},
    {"key", 0, "FILE", "the private key that belongs to the certificate", OPTION_TEXT, {.text = &wanted.key}, 0, 0},
    {"trust", 0, "FILE", "believe the certificates of this authority too", OPTION_EACH, {.each = add_trusted}, 0, 0},
    {"app",
     0,
     "ID",
     "the application that certificates must permit",
     OPTION_INTEGER,
     {.number = &wanted.app},
     0,
     4294967295.0},
    {"config",
     'c',
     "NAME=VALUE",
     "set a configuration value, for example FakePacketLoss_Send=5",
     OPTION_EACH,
     {.each = add_setting},
     0,
     0},
    {"timeout",
     0,
     "SECONDS",
     "how long to try to connect (default 10)",
     OPTION_SECONDS,
     {.real = &wanted.timeout},
     0.1,
     3600},
    {"verbose", 'v', NULL, "show what the library has to say", OPTION_FLAG, {.flag = &wanted.verbose}, 0, 0},
    {0},
};

static void complain_setting_name(const char *name)
{
    complain("there is no configuration value '%s'", name);
    struct nearest search = {.word = name};
    ESteamNetworkingConfigValue value = k_ESteamNetworkingConfig_Invalid;
    while ((value = SteamAPI_ISteamNetworkingUtils_IterateGenericEditableConfigValues(host_utils(), value, true)))
        nearest_offer(&search, SteamAPI_ISteamNetworkingUtils_GetConfigValueInfo(host_utils(), value, NULL, NULL));
    if (search.best)
        advise("Did you mean %s?", search.best);
    else
        advise("They are listed in fumarole/config.h; write the name without its prefix.");
}

static bool apply_setting(const char *text)
{
    const char *equals = strchr(text, '=');
    char name[64];
    if (!equals || equals == text || (size_t)(equals - text) >= sizeof name) {
        complain("--config %s is not what this option takes", text);
        advise("It takes NAME=VALUE, for example FakePacketLag_Send=30.");
        return false;
    }
    memcpy(name, text, (size_t)(equals - text));
    name[equals - text] = 0;
    ESteamNetworkingConfigValue value = k_ESteamNetworkingConfig_Invalid;
    while ((value = SteamAPI_ISteamNetworkingUtils_IterateGenericEditableConfigValues(host_utils(), value, true))) {
        ESteamNetworkingConfigDataType type;
        const char *known = SteamAPI_ISteamNetworkingUtils_GetConfigValueInfo(host_utils(), value, &type, NULL);
        if (!known || strcasecmp(known, name) != 0)
            continue;
        if (type != k_ESteamNetworkingConfig_Ptr &&
            SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueString(host_utils(), value, equals + 1))
            return true;
        complain("the configuration value %s cannot be set to '%s'", known, equals + 1);
        advise("See its type and range in fumarole/config.h.");
        return false;
    }
    complain_setting_name(name);
    return false;
}

bool host_set_int(ESteamNetworkingConfigValue value, int32_t to)
{
    if (SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueInt32(host_utils(), value, to))
        return true;
    complain("the library does not accept %d for configuration value %d", (int)to, (int)value);
    return false;
}

bool host_set_float(ESteamNetworkingConfigValue value, float to)
{
    if (SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueFloat(host_utils(), value, to))
        return true;
    complain("the library does not accept %g for configuration value %d", (double)to, (int)value);
    return false;
}

bool host_set_rate(int64_t bytes_per_second)
{
    const int64_t least_buffer = 1 << 20, most_buffer = 64 << 20;
    int64_t rate = bytes_per_second < INT32_MAX ? bytes_per_second : INT32_MAX;
    int64_t buffer = rate / 2;
    buffer = buffer < least_buffer ? least_buffer : buffer > most_buffer ? most_buffer : buffer;
    return host_set_int(k_ESteamNetworkingConfig_SendRateMin, (int32_t)rate) &&
           host_set_int(k_ESteamNetworkingConfig_SendRateMax, (int32_t)rate) &&
           host_set_int(k_ESteamNetworkingConfig_SendBufferSize, (int32_t)buffer) &&
           host_set_int(k_ESteamNetworkingConfig_RecvBufferSize, (int32_t)buffer * 2) &&
           host_set_int(k_ESteamNetworkingConfig_RecvBufferMessages, 1 << 20);
}

void host_identify(const char *identity)
{
    if (!wanted.identity && !wanted.certificate)
        wanted.identity = identity;
}

static bool read_identity(SteamNetworkingIdentity *identity)
{
    memset(identity, 0, sizeof *identity);
    if (!wanted.identity || SteamNetworkingIdentity_ParseString(identity, sizeof *identity, wanted.identity))
        return true;
    complain("'%s' is not an identity", wanted.identity);
    advise("Write str:NAME for a name of your own, or steamid:, psn:, xboxpwid:, gen: or ip: and what follows.");
    return false;
}

static bool believe_authorities(void)
{
    for (int i = 0; i < wanted.trusted_count; i++) {
        char *text = identity_file_read(wanted.trusted[i], NULL);
        if (!text)
            return false;
        SteamNetworkingErrMsg error = "";
        bool added = Fumarole_AddTrustedAuthority(text, error);
        free(text);
        if (!added) {
            complain("%s is not the certificate of an authority that can be believed: %s", wanted.trusted[i], error);
            advise("Give the file that 'fumarole cert authority' wrote; 'fumarole cert inspect' shows what it is.");
            return false;
        }
    }
    return true;
}

static bool install_certificate(ISteamNetworkingSockets *sockets)
{
    if (!wanted.certificate) {
        if (!wanted.key)
            return true;
        complain("--key goes with --certificate");
        advise("Give the certificate that was made for the key as well.");
        return false;
    }
    uint8_t bytes[IDENTITY_CERTIFICATE_SIZE];
    size_t length = identity_certificate_read(wanted.certificate, wanted.key, bytes);
    if (!length)
        return false;
    SteamNetworkingErrMsg error = "";
    bool set = SteamAPI_ISteamNetworkingSockets_SetCertificate(sockets, bytes, (int)length, error);
    identity_certificate_wipe(bytes);
    if (set)
        return true;
    complain("the certificate %s cannot be used: %s", wanted.certificate, error);
    advise("'fumarole cert inspect %s' shows what it says.", wanted.certificate);
    return false;
}

bool host_options_verbose(void)
{
    return wanted.verbose;
}

bool host_options_before_start(SteamNetworkingIdentity *identity)
{
    if (wanted.app >= 0)
        Fumarole_SetAppID((uint32)wanted.app);
    return read_identity(identity) && believe_authorities();
}

bool host_options_after_start(ISteamNetworkingSockets *sockets)
{
    if (!host_set_int(k_ESteamNetworkingConfig_TimeoutInitial, (int32_t)(wanted.timeout * 1000)))
        return false;
    for (int i = 0; i < wanted.setting_count; i++)
        if (!apply_setting(wanted.settings[i]))
            return false;
    return install_certificate(sockets);
}
