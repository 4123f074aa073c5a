#include "api/config_values.h"

#include "api/config_convert.h"
#include "api/config_impairment.h"
#include "api/config_table.h"
#include "base/alloc.h"
#include "base/log.h"

#include <pthread.h>
#include <string.h>

enum {
    VALUE_PACKET_SIZE = k_ESteamNetworkingConfig_MTU_PacketSize,
    VALUE_DATA_SIZE = k_ESteamNetworkingConfig_MTU_DataSize,
    VALUE_USER_DATA = k_ESteamNetworkingConfig_ConnectionUserData,
    VALUE_LOCAL_PORT = k_ESteamNetworkingConfig_LocalVirtualPort,
    DATA_SIZE_OVERHEAD = 100, /* value 33 is the packet size less this */
    FIRST_CAPACITY = 4,
};

struct config_setting {
    union config_storage storage;
    uint16_t value;
    bool frozen; /* not set here, but kept from the moment of locking */
};

static pthread_rwlock_t tree_lock = PTHREAD_RWLOCK_INITIALIZER;
static struct config_node global_node = {.user_data = -1, .scope = k_ESteamNetworkingConfig_Global};
static _Atomic(const struct config_host *) current_host;
static int raised_log_detail; /* 0: the table's default holds */

void config_set_host(const struct config_host *host)
{
    atomic_store(&current_host, host);
}

struct config_node *config_global(void)
{
    return &global_node;
}

/* ---- the settings of one node; all of it with the lock held --------------------------------------------------- */

/* The place of a value in the node's array: where it is, or where it belongs. */
static size_t setting_place(const struct config_node *node, int value)
{
    size_t place = 0;

    while (place < node->setting_count && node->settings[place].value < value)
        place++;
    return place;
}

static struct config_setting *find_setting(const struct config_node *node, int value)
{
    size_t place = setting_place(node, value);

    return place < node->setting_count && node->settings[place].value == value ? &node->settings[place] : NULL;
}

/* An empty setting in its place; NULL when memory is short. */
static struct config_setting *insert_setting(struct config_node *node, int value)
{
    size_t place = setting_place(node, value);

    if (node->setting_count == node->setting_capacity) {
        size_t capacity = node->setting_capacity ? (size_t)node->setting_capacity * 2 : FIRST_CAPACITY;
        struct config_setting *grown = mem_realloc_array(node->settings, capacity, sizeof(*grown));

        if (!grown)
            return NULL;
        node->settings = grown;
        node->setting_capacity = (uint8_t)capacity;
    }
    memmove(&node->settings[place + 1], &node->settings[place],
            (node->setting_count - place) * sizeof(node->settings[0]));
    node->setting_count++;
    node->settings[place] = (struct config_setting){.value = (uint16_t)value};
    return &node->settings[place];
}

static void remove_setting(struct config_node *node, const struct config_row *row)
{
    struct config_setting *setting = find_setting(node, row->value);
    size_t place;

    if (!setting)
        return;
    place = (size_t)(setting - node->settings);
    config_storage_destroy(row, &setting->storage);
    node->setting_count--;
    memmove(setting, setting + 1, (node->setting_count - place) * sizeof(*setting));
    if (node->setting_count == 0) { /* so that a process which has cleared everything holds nothing */
        mem_free(node->settings);
        node->settings = NULL;
        node->setting_capacity = 0;
    }
}

/* Takes over the storage; false, and the storage stays the caller's, when memory is short. */
static bool store(struct config_node *node, const struct config_row *row, const union config_storage *storage,
                  bool frozen)
{
    struct config_setting *setting = find_setting(node, row->value);

    if (setting)
        config_storage_destroy(row, &setting->storage);
    else
        setting = insert_setting(node, row->value);
    if (!setting)
        return false;
    setting->storage = *storage;
    setting->frozen = frozen;
    return true;
}

static bool has_own_user_data(const struct config_node *node, int value)
{
    return value == VALUE_USER_DATA && node->scope == k_ESteamNetworkingConfig_Connection;
}

/* Whether setting the value on this node makes sense at all. */
static bool is_level_of(const struct config_row *row, const struct config_node *node)
{
    return node->scope <= row->scope;
}

static union config_storage built_in(const struct config_row *row)
{
    union config_storage storage = config_initial(row);

    if (raised_log_detail > storage.int32 && (row->value == k_ESteamNetworkingConfig_LogLevel_PacketGaps ||
                                              row->value == k_ESteamNetworkingConfig_LogLevel_P2PRendezvous))
        storage.int32 = raised_log_detail;
    return storage;
}

/* The value in effect on a node. A text stays the node's. */
static union config_storage effective(const struct config_node *node, const struct config_row *row)
{
    for (; node; node = node->parent) {
        const struct config_setting *setting = find_setting(node, row->value);

        if (has_own_user_data(node, row->value))
            return (union config_storage){.int64 = config_user_data(node)};
        if (setting)
            return setting->storage;
    }
    return built_in(row);
}

/* Whether the value is this node's own; there is nothing above the global node, so there it always is. */
static bool is_own(const struct config_node *node, const struct config_row *row)
{
    const struct config_setting *setting = find_setting(node, row->value);

    return !node->parent || has_own_user_data(node, row->value) || (setting && !setting->frozen);
}

/* ---- nodes ---------------------------------------------------------------------------------------------------- */

void config_node_init(struct config_node *node, ESteamNetworkingConfigScope scope, struct config_node *parent)
{
    memset(node, 0, sizeof(*node));
    node->scope = (uint8_t)scope;
    node->parent = parent ? parent : &global_node;
    if (scope == k_ESteamNetworkingConfig_Connection) {
        pthread_rwlock_rdlock(&tree_lock);
        config_set_user_data(node, effective(node->parent, config_find_row(VALUE_USER_DATA)).int64);
        pthread_rwlock_unlock(&tree_lock);
    }
}

void config_node_destroy(struct config_node *node)
{
    pthread_rwlock_wrlock(&tree_lock);
    for (size_t i = 0; i < node->setting_count; i++)
        config_storage_destroy(config_find_row(node->settings[i].value), &node->settings[i].storage);
    mem_free(node->settings);
    node->settings = NULL;
    node->setting_count = 0;
    node->setting_capacity = 0;
    pthread_rwlock_unlock(&tree_lock);
}

void config_node_set_parent(struct config_node *node, struct config_node *parent)
{
    pthread_rwlock_wrlock(&tree_lock);
    node->parent = parent ? parent : &global_node;
    pthread_rwlock_unlock(&tree_lock);
}

static bool freeze(struct config_node *node, const struct config_row *row)
{
    union config_storage inherited = effective(node, row);
    union config_storage copy;

    if (!config_storage_copy(row, &copy, &inherited))
        return false;
    if (store(node, row, &copy, true))
        return true;
    config_storage_destroy(row, &copy);
    return false;
}

bool config_node_lock(struct config_node *node, int locks)
{
    bool complete = true;

    pthread_rwlock_wrlock(&tree_lock);
    for (size_t i = 0; i < CONFIG_ROW_COUNT; i++) {
        const struct config_row *row = &config_table[i];

        if ((row->locks & locks) && !find_setting(node, row->value))
            complete &= freeze(node, row);
    }
    node->locks = (uint8_t)(node->locks | locks);
    pthread_rwlock_unlock(&tree_lock);
    return complete;
}

/* ---- setting -------------------------------------------------------------------------------------------------- */

static bool clear_on_node(struct config_node *node, const struct config_row *row)
{
    if (has_own_user_data(node, row->value))
        return false;
    remove_setting(node, row);
    return true;
}

/* NULL, or why it does not work. */
static const char *set_on_node(struct config_node *node, const struct config_row *row,
                               ESteamNetworkingConfigDataType type, const void *argument)
{
    union config_storage storage = {.int64 = 0};
    const char *problem = NULL;

    if (!is_level_of(row, node))
        return "it does not exist at that scope";
    if (argument && !config_convert(row, type, argument, &storage))
        return "the argument cannot be converted to the type of the value";
    pthread_rwlock_wrlock(&tree_lock);
    if (row->locks & node->locks) {
        problem = "it is locked on this object";
    } else if (!argument) {
        if (!clear_on_node(node, row))
            problem = "it cannot be cleared on a connection";
    } else if (has_own_user_data(node, row->value)) {
        config_set_user_data(node, storage.int64);
    } else if (!store(node, row, &storage, false)) {
        problem = "memory is short";
    }
    pthread_rwlock_unlock(&tree_lock);
    if (problem)
        config_storage_destroy(row, &storage);
    return problem;
}

static const char *apply_option(struct config_node *node, const SteamNetworkingConfigValue_t *option)
{
    const struct config_row *row = config_find_row((int)option->m_eValue);
    const void *argument = option->m_eDataType == k_ESteamNetworkingConfig_String ? (const void *)option->m_val.m_string
                                                                                  : (const void *)&option->m_val;

    if (!row)
        return "there is no such value, or it is read-only";
    /* The port decides which listen socket a connection meets; it is not worth a guess. */
    if ((int)option->m_eValue == VALUE_LOCAL_PORT && option->m_eDataType != k_ESteamNetworkingConfig_Int32)
        return "it must have the 32-bit type";
    return set_on_node(node, row, option->m_eDataType, argument);
}

bool config_apply_options(struct config_node *node, int count, const SteamNetworkingConfigValue_t *options)
{
    if (count == 0)
        return true;
    if (count < 0 || !options) {
        log_write(LOG_LEVEL_ERROR, "options: the count is %d but %s", count,
                  count < 0 ? "must not be negative" : "the array pointer is null");
        return false;
    }
    for (int i = 0; i < count; i++) {
        const char *problem = apply_option(node, &options[i]);

        if (problem) {
            log_write(LOG_LEVEL_ERROR, "options[%d]: configuration value %d cannot be set: %s", i,
                      (int)options[i].m_eValue, problem);
            return false;
        }
    }
    return true;
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

static union config_storage read_value(const struct config_node *node, int value)
{
    const struct config_row *row = config_find_row(value);
    union config_storage storage = {.int64 = 0};

    if (!row)
        return storage;
    pthread_rwlock_rdlock(&tree_lock);
    storage = effective(node ? node : &global_node, row);
    pthread_rwlock_unlock(&tree_lock);
    return storage;
}

int32_t config_int32(const struct config_node *node, ESteamNetworkingConfigValue value)
{
    return read_value(node, (int)value).int32;
}

float config_float(const struct config_node *node, ESteamNetworkingConfigValue value)
{
    return read_value(node, (int)value).real;
}

void *config_pointer(const struct config_node *node, ESteamNetworkingConfigValue value)
{
    return read_value(node, (int)value).pointer;
}

size_t config_string(const struct config_node *node, ESteamNetworkingConfigValue value, char *buffer, size_t capacity)
{
    const struct config_row *row = config_find_row((int)value);
    size_t length = 0;
    size_t copied = 0;

    pthread_rwlock_rdlock(&tree_lock);
    if (row && row->type == CONFIG_TYPE_STRING) {
        const char *text = effective(node ? node : &global_node, row).text;

        length = text ? strlen(text) : 0;
        if (capacity > 0) {
            copied = length < capacity ? length : capacity - 1;
            if (copied > 0)
                memcpy(buffer, text, copied);
        }
    }
    pthread_rwlock_unlock(&tree_lock);
    if (capacity > 0)
        buffer[copied] = '\0';
    return length;
}

bool config_is_set(const struct config_node *node, ESteamNetworkingConfigValue value)
{
    const struct config_setting *setting;
    bool set;

    pthread_rwlock_rdlock(&tree_lock);
    setting = find_setting(node, (int)value);
    set = has_own_user_data(node, (int)value) || (setting && !setting->frozen);
    pthread_rwlock_unlock(&tree_lock);
    return set;
}

bool config_resolve_transport(const struct config_node *node, bool reliable_in_flight,
                              struct transport_config *transport)
{
    bool complete = true;

    pthread_rwlock_rdlock(&tree_lock);
    for (size_t i = 0; i < CONFIG_ROW_COUNT; i++) {
        const struct config_row *row = &config_table[i];
        int32_t *field;
        int32_t value;

        if (row->transport_offset < 0)
            continue;
        field = (int32_t *)(void *)((char *)transport + row->transport_offset);
        value = effective(node, row).int32;
        if (row->value == VALUE_PACKET_SIZE && value < *field && reliable_in_flight)
            complete = false;
        else
            *field = value;
    }
    pthread_rwlock_unlock(&tree_lock);
    return complete;
}

void config_set_default_log_detail(int level)
{
    pthread_rwlock_wrlock(&tree_lock);
    raised_log_detail = level;
    pthread_rwlock_unlock(&tree_lock);
}

/* ---- the API's functions -------------------------------------------------------------------------------------- */

static struct config_node *hold_node(const struct config_host *host, ESteamNetworkingConfigScope scope, intptr_t object)
{
    if (scope == k_ESteamNetworkingConfig_Global)
        return &global_node;
    if (!host || !host->hold || scope < k_ESteamNetworkingConfig_Global || scope > k_ESteamNetworkingConfig_Connection)
        return NULL;
    return host->hold(scope, object);
}

static void release_node(const struct config_host *host, ESteamNetworkingConfigScope scope, intptr_t object,
                         struct config_node *node)
{
    if (node != &global_node && host && host->release)
        host->release(scope, object, node);
}

static bool refuse(int value, const char *why)
{
    log_write(LOG_LEVEL_WARNING, "SetConfigValue: configuration value %d cannot be set: %s", value, why);
    return false;
}

bool config_set_value(ESteamNetworkingConfigValue value, ESteamNetworkingConfigScope scope, intptr_t object,
                      ESteamNetworkingConfigDataType type, const void *argument)
{
    const struct config_row *row = config_find_row((int)value);
    const struct config_host *host = atomic_load(&current_host);
    struct config_node *node;
    const char *problem;

    if (!row)
        return refuse((int)value, (int)value == VALUE_DATA_SIZE ? "it is read-only" : "there is no such value");
    node = hold_node(host, scope, object);
    if (!node)
        return refuse((int)value, "the scope object does not exist");
    problem = set_on_node(node, row, type, argument);
    if (!problem && node == &global_node)
        config_apply_impairment((int)value);
    if (!problem && host && host->changed)
        host->changed(node, value);
    release_node(host, scope, object, node);
    return problem ? refuse((int)value, problem) : true;
}

/* Copies out, or says how much room it takes. */
static ESteamNetworkingGetConfigValueResult hand_out(const struct config_row *row, const union config_storage *storage,
                                                     bool own, void *result, size_t *size)
{
    size_t needed = config_storage_size(row, storage);
    bool fits = result && size && *size >= needed;

    if (size)
        *size = needed;
    if (!fits)
        return k_ESteamNetworkingGetConfigValue_BufferTooSmall;
    config_storage_write(row, storage, result);
    return own ? k_ESteamNetworkingGetConfigValue_OK : k_ESteamNetworkingGetConfigValue_OKInherited;
}

static ESteamNetworkingGetConfigValueResult get_on_node(const struct config_node *node, const struct config_row *row,
                                                        bool data_size, void *result, size_t *size)
{
    ESteamNetworkingGetConfigValueResult outcome;
    union config_storage storage;

    pthread_rwlock_rdlock(&tree_lock);
    storage = effective(node, row);
    if (data_size)
        storage.int32 -= DATA_SIZE_OVERHEAD;
    outcome = hand_out(row, &storage, is_own(node, row), result, size);
    pthread_rwlock_unlock(&tree_lock);
    return outcome;
}

ESteamNetworkingGetConfigValueResult config_get_value(ESteamNetworkingConfigValue value,
                                                      ESteamNetworkingConfigScope scope, intptr_t object,
                                                      ESteamNetworkingConfigDataType *type, void *result, size_t *size)
{
    bool data_size = (int)value == VALUE_DATA_SIZE;
    const struct config_row *row = config_find_row(data_size ? VALUE_PACKET_SIZE : (int)value);
    const struct config_host *host = atomic_load(&current_host);
    ESteamNetworkingGetConfigValueResult outcome;
    struct config_node *node;

    if (!row)
        return k_ESteamNetworkingGetConfigValue_BadValue;
    if (type && !data_size)
        *type = (ESteamNetworkingConfigDataType)row->type;
    node = hold_node(host, scope, object);
    if (!node || !is_level_of(row, node)) {
        if (node)
            release_node(host, scope, object, node);
        if (size)
            *size = 0;
        return k_ESteamNetworkingGetConfigValue_BadScopeObj;
    }
    outcome = get_on_node(node, row, data_size, result, size);
    release_node(host, scope, object, node);
    return outcome;
}

const char *config_value_info(ESteamNetworkingConfigValue value, ESteamNetworkingConfigDataType *type,
                              ESteamNetworkingConfigScope *scope)
{
    const struct config_row *row = config_find_row((int)value);

    if (!row)
        return NULL;
    if (type)
        *type = (ESteamNetworkingConfigDataType)row->type;
    if (scope)
        *scope = (ESteamNetworkingConfigScope)row->scope;
    return row->name;
}

ESteamNetworkingConfigValue config_iterate(ESteamNetworkingConfigValue current, bool with_development_values)
{
    for (size_t i = 0; i < CONFIG_ROW_COUNT; i++) {
        const struct config_row *row = &config_table[i];

        if (row->value > (int)current &&
            (row->listing == CONFIG_LISTED || (row->listing == CONFIG_DEVELOPMENT && with_development_values)))
            return (ESteamNetworkingConfigValue)row->value;
    }
    return k_ESteamNetworkingConfig_Invalid;
}
