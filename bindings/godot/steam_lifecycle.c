/*
 * Starting and stopping, callbacks, and what a program asks of the whole.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "events.h"
#include "library_use.h"
#include "references.h"
#include "steam.h"

/* ------------------------------------------------------------------------------------------------- the one state */

/* Taken for reading by every function that needs the library, for writing by those that start and stop it. */
static pthread_rwlock_t life = PTHREAD_RWLOCK_INITIALIZER;
static bool started;
static bool embedded; /* callbacks run by themselves in every frame */
static ESteamNetworkingSocketsDebugOutputType debug_level;
static int last_status = -1; /* of get_steam_init_result; -1: steamInit was not called yet */
static SteamNetworkingErrMsg last_text;

static bool enter(void)
{
    pthread_rwlock_rdlock(&life);
    if (!started)
        pthread_rwlock_unlock(&life);
    return started;
}

static void leave(void)
{
    pthread_rwlock_unlock(&life);
}

const struct class_guard steam_guard = {.enter = enter, .leave = leave};

/* Runs on any thread, perhaps with the library's locks held. */
static void show_debug_output(ESteamNetworkingSocketsDebugOutputType type, const char *message)
{
    if (type <= k_ESteamNetworkingSocketsDebugOutputType_Error)
        engine_error("Fumarole", message);
    else
        engine_warning("Fumarole", message);
}

static void apply_debug_level(void)
{
    SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction(steam_utils(), debug_level,
                                                          debug_level > 0 ? show_debug_output : NULL);
}

static bool start(uint32 app_id)
{
    pthread_rwlock_wrlock(&life);
    if (app_id != 0)
        Fumarole_SetAppID(app_id);
    snprintf(last_text, sizeof last_text, "Steamworks active");
    if (!started) {
        SteamNetworkingErrMsg error;
        started = library_acquire(NULL, error);
        if (started) {
            apply_debug_level();
            events_listen();
        } else {
            memcpy(last_text, error, sizeof last_text);
        }
    }
    last_status = started ? 0 : 1;
    bool result = started;
    pthread_rwlock_unlock(&life);
    return result;
}

static void stop(void)
{
    pthread_rwlock_wrlock(&life);
    if (started) {
        steam_forget_fake_ports();
        events_forget();
        library_release();
    }
    started = embedded = false;
    pthread_rwlock_unlock(&life);
}

void steam_unload(void)
{
    stop();
    reference_forget_all();
}

/* ------------------------------------------------------------------------------------------------ starting, stopping
 */

/*
 * The generations of steamInit differ in their arguments: (retrieve_stats), (retrieve_stats, app_id, embed_callbacks),
 * (app_id, embed_callbacks). An int is the application, a bool behind it says whether callbacks run by themselves, and
 * a bool before it has no meaning here.
 */
static bool start_with(struct class_call *call, const struct value *arguments)
{
    int64_t app_id = 0;
    bool application_given = false, embed = false;
    for (int i = 0; i < call->given; i++) {
        if (arguments[i].type == VALUE_BOOL) {
            embed = application_given && arguments[i].boolean;
        } else if (value_to_integer(&arguments[i], &app_id) && app_id >= 0 && app_id <= UINT32_MAX) {
            application_given = true;
        } else {
            class_refuse(call, i, "a bool or an int from 0 to 4294967295");
            return false;
        }
    }
    bool good = start((uint32)app_id);
    if (good && embed)
        embedded = engine_call_in_every_frame(((struct steam *)call->instance)->object);
    return good;
}

static struct value init_result(int status)
{
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "status", value_int(status));
    value_put(&dictionary, "verbal", value_string(last_text));
    return dictionary;
}

static struct value steam_init(struct class_call *call, const struct value *arguments)
{
    bool good = start_with(call, arguments);
    return call->failed ? value_dictionary() : init_result(good ? k_EResultOK : k_EResultFail);
}

static struct value steam_init_ex(struct class_call *call, const struct value *arguments)
{
    bool good = start_with(call, arguments);
    return call->failed ? value_dictionary() : init_result(good ? 0 : 1);
}

static struct value get_init_result(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    return last_status < 0 ? value_dictionary() : init_result(last_status);
}

static struct value steam_shutdown(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    stop();
    return value_nil();
}

static struct value is_running(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    return value_bool(true);
}

static struct value restart_if_necessary(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    return value_bool(false);
}

/* --------------------------------------------------------------------------------------------------------- callbacks
 */

/*
 * Outside the guard: what a handler does is its own affair, stopping the library and freeing the object included. The
 * first throws away what is still queued, the second ends the loop.
 */
static void emit_events(struct steam *steam)
{
    const char *signal;
    struct value arguments[CLASS_SIGNAL_ARGUMENTS_MAX];
    int count;
    steam->emitting++;
    while (steam->object && (count = events_take(&signal, arguments)) >= 0) {
        engine_emit_signal(steam->object, signal, arguments, count);
        for (int i = 0; i < count; i++)
            value_free(&arguments[i]);
    }
    if (--steam->emitting == 0 && !steam->object)
        free(steam);
}

static struct value run_callbacks(struct class_call *call, const struct value *arguments)
{
    (void)arguments;
    if (enter()) {
        SteamAPI_ISteamNetworkingSockets_RunCallbacks(steam_sockets());
        leave();
        emit_events(call->instance);
    }
    return value_nil();
}

/* The engine calls it in every frame. */
static struct value process(struct class_call *call, const struct value *arguments)
{
    return embedded ? run_callbacks(call, arguments) : value_nil();
}

/* ------------------------------------------------------------------------------------------------------ extensions */

static struct value get_version(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    return value_literal(Fumarole_Version());
}

static struct value set_debug_output_level(struct class_call *call, const struct value *arguments)
{
    if (arguments[0].integer < 0 || arguments[0].integer > k_ESteamNetworkingSocketsDebugOutputType_Everything)
        return class_refuse(call, 0, "an int from 0 to 8");
    pthread_rwlock_wrlock(&life);
    debug_level = (ESteamNetworkingSocketsDebugOutputType)arguments[0].integer;
    if (started)
        apply_debug_level();
    pthread_rwlock_unlock(&life);
    return value_nil();
}

static const struct class_method methods[] = {
    FREE_METHOD("steamInit", DICTIONARY, steam_init, OPTIONAL(ANY, "retrieve_stats", 0), OPTIONAL(ANY, "app_id", 0),
                OPTIONAL(ANY, "embed_callbacks", 0)),
    FREE_METHOD("steamInitEx", DICTIONARY, steam_init_ex, OPTIONAL(ANY, "retrieve_stats", 0),
                OPTIONAL(ANY, "app_id", 0), OPTIONAL(ANY, "embed_callbacks", 0)),
    FREE_METHOD("get_steam_init_result", DICTIONARY, get_init_result),
    FREE_METHOD("steamShutdown", NIL, steam_shutdown),
    METHOD("isSteamRunning", BOOL, is_running),
    FREE_METHOD("restartAppIfNecessary", BOOL, restart_if_necessary, PARAMETER(UINT32, "app_id")),
    FREE_METHOD("run_callbacks", NIL, run_callbacks),
    FREE_METHOD("runNetworkingCallbacks", NIL, run_callbacks),
    FREE_METHOD("_process", NIL, process, PARAMETER(FLOAT, "delta")),
    FREE_METHOD("getFumaroleVersion", STRING, get_version),
    FREE_METHOD("setDebugOutputLevel", NIL, set_debug_output_level, PARAMETER(INT32, "level")),
};

const struct class_methods steam_lifecycle_methods = METHODS(methods);
