#include "watcher.h"

#include "values.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { WATCHED = 3 };

struct watcher {
    napi_env env;
    struct process_member *member;
    napi_threadsafe_function wake;
    pthread_t thread;
    bool running; /* the thread; it is joined once */
    bool kept_alive;
    int command; /* written when what the lock guards has changed */
    pthread_mutex_t lock;
    bool stopping;
    bool armed;
    int descriptors[WATCHED];
};

/* ---- the thread ---------------------------------------------------------------------------------------------- */

/* False when it is time to end. */
static bool read_commands(struct watcher *watcher, struct pollfd *polled)
{
    bool go_on;

    pthread_mutex_lock(&watcher->lock);
    go_on = !watcher->stopping;
    for (int i = 0; i < WATCHED; i++)
        polled[i].fd = watcher->armed ? watcher->descriptors[i] : -1;
    pthread_mutex_unlock(&watcher->lock);
    return go_on;
}

static bool disarm(struct watcher *watcher)
{
    bool was_armed;

    pthread_mutex_lock(&watcher->lock);
    was_armed = watcher->armed;
    watcher->armed = false;
    pthread_mutex_unlock(&watcher->lock);
    return was_armed;
}

static void *watch(void *argument)
{
    struct watcher *watcher = argument;
    struct pollfd polled[WATCHED + 1] = {
        {.events = POLLIN}, {.events = POLLIN}, {.events = POLLIN}, {.fd = watcher->command, .events = POLLIN}};

    while (read_commands(watcher, polled)) {
        uint64_t commands;
        bool ready = false;

        if (poll(polled, WATCHED + 1, -1) < 0)
            continue;
        for (int i = 0; i < WATCHED; i++)
            ready |= polled[i].fd >= 0 && polled[i].revents & POLLIN;
        if (polled[WATCHED].revents && read(watcher->command, &commands, sizeof(commands)) < 0 && errno != EAGAIN)
            break;
        if (ready && disarm(watcher) &&
            napi_call_threadsafe_function(watcher->wake, NULL, napi_tsfn_nonblocking) == napi_closing)
            break;
    }
    return NULL;
}

static void send_command(struct watcher *watcher)
{
    uint64_t one = 1;

    while (write(watcher->command, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
}

static void end_thread(struct watcher *watcher)
{
    if (!watcher->running)
        return;
    watcher->running = false;
    pthread_mutex_lock(&watcher->lock);
    watcher->stopping = true;
    pthread_mutex_unlock(&watcher->lock);
    send_command(watcher);
    pthread_join(watcher->thread, NULL);
}

static bool begin_thread(struct watcher *watcher)
{
    sigset_t all, before;
    int failed;

    sigfillset(&all); /* signals are for the threads of the runtime */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&watcher->thread, NULL, watch, watcher);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    watcher->running = !failed;
    if (failed)
        errno = failed;
    return !failed;
}

/* ---- the environment's thread ---------------------------------------------------------------------------------- */

/* An error that the function throws is an uncaught one, as from any other event. */
static void call_function(napi_env env, napi_value function, void *context, void *data)
{
    napi_value receiver, error;
    bool pending = false;

    (void)context;
    (void)data;
    if (!env || !function)
        return;
    napi_get_undefined(env, &receiver);
    napi_call_function(env, receiver, function, 0, NULL, NULL);
    if (napi_is_exception_pending(env, &pending) == napi_ok && pending &&
        napi_get_and_clear_last_exception(env, &error) == napi_ok)
        napi_fatal_exception(env, error);
}

/* The environment ends: the thread has to be gone before its thread-safe function is. */
static void on_environment_end(void *data)
{
    end_thread(data);
}

/* The thread-safe function is gone; nobody refers to the watcher any more. */
static void finalize(napi_env env, void *data, void *hint)
{
    struct watcher *watcher = data;

    (void)hint;
    end_thread(watcher);
    if (env)
        napi_remove_env_cleanup_hook(env, on_environment_end, watcher);
    close(watcher->command);
    pthread_mutex_destroy(&watcher->lock);
    free(watcher);
}

struct watcher *watcher_start(napi_env env, napi_value function, struct process_member *member)
{
    struct watcher *watcher = calloc(1, sizeof(*watcher));
    napi_value name;

    if (!watcher)
        return NULL;
    watcher->env = env;
    watcher->member = member;
    for (int i = 0; i < WATCHED; i++)
        watcher->descriptors[i] = -1;
    watcher->command = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (watcher->command < 0) {
        free(watcher);
        return NULL;
    }
    pthread_mutex_init(&watcher->lock, NULL);
    if (napi_create_string_utf8(env, "fumarole", NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_threadsafe_function(env, function, NULL, name, 0, 1, watcher, finalize, NULL, call_function,
                                        &watcher->wake) != napi_ok) {
        close(watcher->command);
        pthread_mutex_destroy(&watcher->lock);
        free(watcher);
        return NULL;
    }
    napi_unref_threadsafe_function(env, watcher->wake);
    napi_add_env_cleanup_hook(env, on_environment_end, watcher);
    if (!begin_thread(watcher)) {
        int error = errno;

        watcher_stop(watcher);
        errno = error;
        return NULL;
    }
    return watcher;
}

void watcher_stop(struct watcher *watcher)
{
    if (!watcher)
        return;
    end_thread(watcher);
    napi_release_threadsafe_function(watcher->wake, napi_tsfn_abort);
}

void watcher_arm(struct watcher *watcher, HSteamNetPollGroup group)
{
    pthread_mutex_lock(&watcher->lock);
    watcher->descriptors[0] = Fumarole_GetCallbackDescriptor();
    watcher->descriptors[1] = process_event_descriptor(watcher->member);
    watcher->descriptors[2] = group ? Fumarole_GetPollGroupDescriptor(group) : -1;
    watcher->armed = true;
    pthread_mutex_unlock(&watcher->lock);
    send_command(watcher);
}

void watcher_keep_alive(struct watcher *watcher, bool keep)
{
    if (keep == watcher->kept_alive)
        return;
    watcher->kept_alive = keep;
    if (keep)
        napi_ref_threadsafe_function(watcher->env, watcher->wake);
    else
        napi_unref_threadsafe_function(watcher->env, watcher->wake);
}

/* ---- for JavaScript ---------------------------------------------------------------------------------------------- */

/* watchStart(function): needs init; does nothing if it is watching already. */
static napi_value watch_start(napi_env env, napi_callback_info info)
{
    struct environment *environment = environment_of(env);
    napi_value arguments[1];
    napi_valuetype type;
    bool pending = false;

    if (!take_arguments(env, info, 1, arguments) || napi_typeof(env, arguments[0], &type) != napi_ok)
        return NULL;
    if (type != napi_function || !environment->member) {
        napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "a function is expected, after init");
        return NULL;
    }
    if (!environment->watcher)
        environment->watcher = watcher_start(env, arguments[0], environment->member);
    if (!environment->watcher && napi_is_exception_pending(env, &pending) == napi_ok && !pending)
        napi_throw_error(env, "ERR_FUMAROLE_WATCHER", strerror(errno));
    return make_undefined(env);
}

/* watchArm(group) */
static napi_value watch_arm(napi_env env, napi_callback_info info)
{
    napi_value arguments[1];
    uint32 group;

    if (!take_arguments(env, info, 1, arguments) || !take_uint32(env, arguments[0], &group))
        return NULL;
    if (environment_of(env)->watcher)
        watcher_arm(environment_of(env)->watcher, group);
    return make_undefined(env);
}

/* watchKeepAlive(truth) */
static napi_value watch_keep_alive(napi_env env, napi_callback_info info)
{
    napi_value arguments[1];
    bool keep;

    if (!take_arguments(env, info, 1, arguments) || !take_bool(env, arguments[0], &keep))
        return NULL;
    if (environment_of(env)->watcher)
        watcher_keep_alive(environment_of(env)->watcher, keep);
    return make_undefined(env);
}

static napi_value watch_stop(napi_env env, napi_callback_info info)
{
    struct watcher *watcher = environment_of(env)->watcher;

    (void)info;
    environment_of(env)->watcher = NULL;
    watcher_stop(watcher);
    return make_undefined(env);
}

bool export_watcher(napi_env env, napi_value exports)
{
    static const struct native_function functions[] = {
        {"watchStart", watch_start},
        {"watchArm", watch_arm},
        {"watchKeepAlive", watch_keep_alive},
        {"watchStop", watch_stop},
    };
    return EXPORT_FUNCTIONS(env, exports, functions);
}
