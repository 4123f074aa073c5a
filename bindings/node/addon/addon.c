/*
 * The addon's entry: makes what each environment has of its own, exports the functions of all parts, and takes
 * everything away again when the environment ends, by itself, by process.exit or because its worker is terminated.
 */
#include <stdlib.h>

#include "config_values.h"
#include "connection_info.h"
#include "connections.h"
#include "environment.h"
#include "messages.h"
#include "network_utils.h"
#include "process.h"
#include "values.h"
#include "watcher.h"

struct environment *environment_of(napi_env env)
{
    void *environment = NULL;
    napi_get_instance_data(env, &environment);
    return environment;
}

ISteamNetworkingSockets *sockets_of(napi_env env)
{
    return environment_of(env)->member ? SteamNetworkingSockets_LibV12() : NULL;
}

bool export_functions(napi_env env, napi_value exports, const struct native_function *functions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        napi_value function;
        if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &function) !=
                napi_ok ||
            napi_set_named_property(env, exports, functions[i].name, function) != napi_ok)
            return false;
    }
    return true;
}

/* --------------------------------------------------------------------------------------------- start and stop */

/* init(identity in its text form, application): null, or a text that says why not. */
static napi_value init(napi_env env, napi_callback_info info)
{
    struct environment *environment = environment_of(env);
    napi_value arguments[2];
    SteamNetworkingIdentity identity;
    SteamNetworkingErrMsg error = "";
    uint32 app_id;
    if (!take_arguments(env, info, 2, arguments) || !take_uint32(env, arguments[1], &app_id))
        return NULL;
    if (!take_identity(env, arguments[0], &identity)) {
        bool pending = true;
        if (napi_is_exception_pending(env, &pending) == napi_ok && !pending)
            napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", "this is no identity");
        return NULL;
    }
    if (environment->member)
        return make_null(env);
    environment->member = process_join(&identity, app_id, error);
    return environment->member ? make_null(env) : make_text(env, error);
}

static void leave(struct environment *environment)
{
    struct process_member *member = environment->member;
    environment->member = NULL;
    process_leave(member);
}

static napi_value shut_down(napi_env env, napi_callback_info info)
{
    struct environment *environment = environment_of(env);
    (void)info;
    watcher_stop(environment->watcher);
    environment->watcher = NULL;
    leave(environment);
    return make_undefined(env);
}

/* -------------------------------------------------------------------------------------------------- callbacks */

static napi_value make_event(napi_env env, const struct process_event *event)
{
    napi_value object = make_object(env);
    switch (event->type) {
    case PROCESS_EVENT_STATUS:
        put(env, object, "type", make_text(env, "status"));
        put(env, object, "connection", make_uint32(env, event->status.m_hConn));
        put(env, object, "oldState", make_int32(env, event->status.m_eOldState));
        put(env, object, "info", make_connection_info(env, &event->status.m_info));
        break;
    case PROCESS_EVENT_DRAINED:
        put(env, object, "type", make_text(env, "drained"));
        put(env, object, "connection", make_uint32(env, event->drained.connection));
        put(env, object, "pendingBytes", make_int32(env, event->drained.pending_bytes));
        break;
    case PROCESS_EVENT_AUTHENTICATION:
        put(env, object, "type", make_text(env, "authentication"));
        put(env, object, "status", make_authentication_status(env, &event->authentication));
        break;
    case PROCESS_EVENT_RELAY:
        put(env, object, "type", make_text(env, "relay"));
        put(env, object, "status", make_relay_status(env, &event->relay));
        break;
    }
    return object;
}

/* runCallbacks(): an array of events, null if there are none. */
static napi_value run_callbacks(napi_env env, napi_callback_info info)
{
    (void)info;
    struct process_member *member = environment_of(env)->member;
    if (!member)
        return make_null(env);
    process_run_callbacks();
    struct process_event *event = process_take_events(member), *next;
    if (!event)
        return make_null(env);
    napi_value array = NULL;
    bool whole = napi_create_array(env, &array) == napi_ok;
    for (uint32 i = 0; event; event = next, i++) {
        napi_handle_scope scope;
        next = event->next;
        if (whole && napi_open_handle_scope(env, &scope) == napi_ok) {
            napi_value object = make_event(env, event);
            whole = object && napi_set_element(env, array, i, object) == napi_ok;
            napi_close_handle_scope(env, scope);
        }
        free(event);
    }
    return whole ? array : NULL;
}

/* ------------------------------------------------------------------------------------------------------ module */

static void environment_ends(void *data)
{
    leave(data);
}

static void environment_free(napi_env env, void *data, void *hint)
{
    struct environment *environment = data;
    (void)hint;
    leave(environment);
    if (environment->record_reference)
        napi_delete_reference(env, environment->record_reference);
    free(environment);
}

/* What node looks for in an addon. Spelled out, because the macro for it differs among the headers of Node's versions.
 */
FUMAROLE_API int32_t node_api_module_get_api_version_v1(void);
FUMAROLE_API napi_value napi_register_module_v1(napi_env env, napi_value exports);

int32_t node_api_module_get_api_version_v1(void)
{
    return NAPI_VERSION;
}

napi_value napi_register_module_v1(napi_env env, napi_value exports)
{
    static const struct native_function functions[] = {
        {"init", init},
        {"shutdown", shut_down},
        {"runCallbacks", run_callbacks},
    };
    struct environment *environment = calloc(1, sizeof *environment);
    if (!environment) {
        napi_throw_error(env, "ERR_MEMORY_ALLOCATION_FAILED", "not enough memory for the addon");
        return NULL;
    }
    if (napi_set_instance_data(env, environment, environment_free, NULL) != napi_ok) {
        free(environment);
        return NULL;
    }
    if (napi_add_env_cleanup_hook(env, environment_ends, environment) != napi_ok ||
        !EXPORT_FUNCTIONS(env, exports, functions) || !export_messages(env, exports) ||
        !export_connections(env, exports) || !export_connection_info(env, exports) ||
        !export_config_values(env, exports) || !export_network_utils(env, exports) || !export_watcher(env, exports))
        return NULL;
    return exports;
}
