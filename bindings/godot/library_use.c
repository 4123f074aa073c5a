#include "library_use.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int users;
static bool left; /* it runs, though perhaps without users */

bool library_acquire(const SteamNetworkingIdentity *identity, SteamNetworkingErrMsg error)
{
    error[0] = '\0';
    pthread_mutex_lock(&lock);
    bool runs = users > 0 || left || GameNetworkingSockets_Init(identity, error);
    users += runs;
    pthread_mutex_unlock(&lock);
    return runs;
}

void library_release(void)
{
    pthread_mutex_lock(&lock);
    if (users > 0 && --users == 0) {
        GameNetworkingSockets_Kill();
        left = false;
    }
    pthread_mutex_unlock(&lock);
}

void library_leave(void)
{
    pthread_mutex_lock(&lock);
    if (users > 0) {
        users--;
        left = true;
    }
    pthread_mutex_unlock(&lock);
}

void library_stop(void)
{
    pthread_mutex_lock(&lock);
    if (users > 0 || left)
        GameNetworkingSockets_Kill();
    users = 0;
    left = false;
    pthread_mutex_unlock(&lock);
}

bool library_runs(void)
{
    pthread_mutex_lock(&lock);
    bool runs = users > 0 || left;
    pthread_mutex_unlock(&lock);
    return runs;
}
