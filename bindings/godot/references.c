#include "references.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A program that makes up a new name for every call is mistaken; its memory is not to pay for it. */
#define REFERENCES_MAX 65536

struct reference {
    char *name;
    union {
        SteamNetworkingIdentity identity;
        SteamNetworkingIPAddr address;
    };
};

/* References in the order of their making, with an index: a hash table of numbers in `list`, plus one; 0 is free. */
struct table {
    struct reference *list;
    uint32_t count, room;
    uint32_t *places;
    uint32_t place_count; /* a power of two, at least twice `count` */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct table identities, addresses;

/* ------------------------------------------------------------------------------------------------------- the tables */

static uint32_t hash(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name; name++)
        hash = (hash ^ (uint8_t)*name) * 16777619u;
    return hash;
}

/* Where a name is in the index, or the free place where it belongs. The index must not be empty. */
static uint32_t *place_of(const struct table *table, const char *name)
{
    uint32_t i = hash(name) & (table->place_count - 1);
    while (table->places[i] && strcmp(table->list[table->places[i] - 1].name, name) != 0)
        i = (i + 1) & (table->place_count - 1);
    return &table->places[i];
}

static struct reference *find(const struct table *table, const char *name)
{
    uint32_t *place = table->place_count > 0 ? place_of(table, name) : NULL;
    return place && *place ? &table->list[*place - 1] : NULL;
}

static bool grow(struct table *table)
{
    uint32_t room = table->room > 0 ? table->room * 2 : 16;
    uint32_t *places = calloc(room * 2, sizeof *places);
    struct reference *list = places ? realloc(table->list, room * sizeof *list) : NULL;
    if (!list) {
        free(places);
        return false;
    }
    free(table->places);
    *table =
        (struct table){.list = list, .count = table->count, .room = room, .places = places, .place_count = room * 2};
    for (uint32_t i = 0; i < table->count; i++)
        *place_of(table, list[i].name) = i + 1; // NOLINT(clang-analyzer-core.CallAndMessage): realloc kept the names
    return true;
}

/* Finds a name, or makes an empty reference of it. */
static struct reference *find_or_add(struct table *table, const char *name)
{
    struct reference *found = find(table, name);
    if (found || table->count >= REFERENCES_MAX || (table->count == table->room && !grow(table)))
        return found;
    char *copy = strdup(name);
    if (!copy)
        return NULL;
    struct reference *reference = &table->list[table->count++];
    *reference = (struct reference){.name = copy}; // NOLINT(clang-analyzer-core.NullDereference): there is room
    *place_of(table, name) = table->count;
    return reference;
}

static bool has(const struct table *table, const char *name)
{
    pthread_mutex_lock(&lock);
    bool found = find(table, name) != NULL;
    pthread_mutex_unlock(&lock);
    return found;
}

static bool add(struct table *table, const char *name)
{
    pthread_mutex_lock(&lock);
    bool added = find_or_add(table, name) != NULL;
    pthread_mutex_unlock(&lock);
    return added;
}

static void clear(struct table *table)
{
    for (uint32_t i = 0; i < table->count; i++)
        free(table->list[i].name);
    free(table->list);
    free(table->places);
    *table = (struct table){0};
}

void reference_forget_all(void)
{
    pthread_mutex_lock(&lock);
    clear(&identities);
    clear(&addresses);
    pthread_mutex_unlock(&lock);
}

/* ------------------------------------------------------------------------------------------------------- identities */

bool reference_has_identity(const char *name)
{
    return has(&identities, name);
}

bool reference_add_identity(const char *name)
{
    return add(&identities, name);
}

bool reference_set_identity(const char *name, const SteamNetworkingIdentity *identity)
{
    pthread_mutex_lock(&lock);
    struct reference *reference = find_or_add(&identities, name);
    if (reference)
        reference->identity = *identity;
    pthread_mutex_unlock(&lock);
    return reference != NULL;
}

SteamNetworkingIdentity reference_identity(const struct value *argument)
{
    SteamNetworkingIdentity identity = {0};
    if (argument->type == VALUE_INT) {
        if (argument->integer != 0)
            SteamAPI_SteamNetworkingIdentity_SetSteamID64(&identity, (uint64)argument->integer);
        return identity;
    }
    const char *text = argument->string.text;
    if (argument->type != VALUE_STRING || !*text)
        return identity;
    pthread_mutex_lock(&lock);
    struct reference *reference = find(&identities, text);
    if (reference)
        identity = reference->identity;
    else if (!SteamNetworkingIdentity_ParseString(&identity, sizeof identity, text))
        find_or_add(&identities, text);
    pthread_mutex_unlock(&lock);
    return identity;
}

void reference_each_identity(void (*visit)(void *context, const char *name, SteamNetworkingIdentity *identity),
                             void *context)
{
    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < identities.count; i++)
        visit(context, identities.list[i].name, &identities.list[i].identity);
    pthread_mutex_unlock(&lock);
}

struct value reference_identity_text(const SteamNetworkingIdentity *identity)
{
    char text[SteamNetworkingIdentity_k_cchMaxString];
    SteamNetworkingIdentity_ToString(identity, text, sizeof text);
    return value_string(text);
}

/* -------------------------------------------------------------------------------------------------------- addresses */

bool reference_has_address(const char *name)
{
    return has(&addresses, name);
}

bool reference_add_address(const char *name)
{
    return add(&addresses, name);
}

bool reference_set_address(const char *name, const SteamNetworkingIPAddr *address)
{
    pthread_mutex_lock(&lock);
    struct reference *reference = find_or_add(&addresses, name);
    if (reference)
        reference->address = *address;
    pthread_mutex_unlock(&lock);
    return reference != NULL;
}

SteamNetworkingIPAddr reference_address(const struct value *argument)
{
    SteamNetworkingIPAddr address = {0};
    const char *text = argument->string.text;
    if (argument->type != VALUE_STRING || !*text)
        return address;
    pthread_mutex_lock(&lock);
    struct reference *reference = find(&addresses, text);
    if (reference)
        address = reference->address;
    else if (!SteamNetworkingIPAddr_ParseString(&address, text))
        find_or_add(&addresses, text);
    pthread_mutex_unlock(&lock);
    return address;
}

void reference_each_address(void (*visit)(void *context, const char *name, SteamNetworkingIPAddr *address),
                            void *context)
{
    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < addresses.count; i++)
        visit(context, addresses.list[i].name, &addresses.list[i].address);
    pthread_mutex_unlock(&lock);
}

struct value reference_address_text(const SteamNetworkingIPAddr *address, bool with_port)
{
    char text[SteamNetworkingIPAddr_k_cchMaxString];
    SteamNetworkingIPAddr_ToString(address, text, sizeof text, with_port);
    return value_string(text);
}
