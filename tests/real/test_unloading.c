/*
 * A program that loads the library, uses it from a thread, stops it and unloads it; the thread ends only then. Its one
 * argument is the shared library. (Plugins of engines and modules of scripting languages live like this.)
 */
#include "fumarole/fumarole.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static void *library;
static pthread_barrier_t in_step;

/* A function of the library, with the type that the headers give it. */
#define FUNCTION(name) ((__typeof__(&(name)))(uintptr_t)dlsym(library, #name))

static bool send_something(void)
{
    ISteamNetworkingSockets *sockets = FUNCTION(SteamAPI_SteamNetworkingSockets_v009)();
    HSteamNetConnection a, b;

    return FUNCTION(SteamAPI_ISteamNetworkingSockets_CreateSocketPair)(sockets, &a, &b, true, NULL, NULL) &&
           FUNCTION(SteamAPI_ISteamNetworkingSockets_SendMessageToConnection)(
               sockets, a, "x", 1, k_nSteamNetworkingSend_ReliableNoNagle, NULL) == k_EResultOK;
}

static void *outlive_the_library(void *sent)
{
    *(bool *)sent = send_something();
    pthread_barrier_wait(&in_step);
    pthread_barrier_wait(&in_step); /* the library is gone */
    return NULL;
}

static bool load_and_unload(const char *path)
{
    pthread_t thread;
    bool sent = false, unloaded;

    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return false;
    }
    if (!FUNCTION(GameNetworkingSockets_Init)(NULL, NULL) ||
        pthread_create(&thread, NULL, outlive_the_library, &sent) != 0)
        return false;
    pthread_barrier_wait(&in_step);
    FUNCTION(GameNetworkingSockets_Kill)();
    unloaded = dlclose(library) == 0;
    pthread_barrier_wait(&in_step);
    pthread_join(thread, NULL);
    return sent && unloaded;
}

int main(int count, char **arguments)
{
    if (count != 2)
        return 2;
    pthread_barrier_init(&in_step, NULL, 2);
    for (int i = 0; i < 3; i++) {
        if (!load_and_unload(arguments[1]))
            return 1;
    }
    return 0;
}
