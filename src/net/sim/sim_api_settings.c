/* Configuration: every value, at every scope, with every type, good and bad; and the callbacks, which are values. */
#include "net/sim/sim_api_operations.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

enum {
    USER_DATA = k_ESteamNetworkingConfig_ConnectionUserData,
    STATUS = k_ESteamNetworkingConfig_Callback_ConnectionStatusChanged,
    VALUES_MAXIMUM = 1000,
};

/* ---- a value that may be set --------------------------------------------------------------------------------------
 */

struct setting {
    int value;
    int64_t low, high; /* whole numbers */
    bool global;       /* exists at global scope alone */
};

/* The values that matter to what happens; the others are drawn by number. */
static const struct setting settings[] = {
    {k_ESteamNetworkingConfig_SendBufferSize, 4096, 1 << 20, false},
    {k_ESteamNetworkingConfig_SendRateMin, 20000, 4000000, false},
    {k_ESteamNetworkingConfig_SendRateMax, 20000, 4000000, false},
    {k_ESteamNetworkingConfig_NagleTime, 0, 20000, false},
    {k_ESteamNetworkingConfig_TimeoutInitial, 500, 20000, false},
    {k_ESteamNetworkingConfig_TimeoutConnected, 2000, 20000, false},
    {k_ESteamNetworkingConfig_MTU_PacketSize, 200, 1300, false},
    {k_ESteamNetworkingConfig_IP_AllowWithoutAuth, 0, 2, false},
    {k_ESteamNetworkingConfig_IPLocalHost_AllowWithoutAuth, 0, 2, false},
    {k_ESteamNetworkingConfig_Unencrypted, 0, 3, false},
    {k_ESteamNetworkingConfig_RecvBufferSize, 20000, 1 << 21, false},
    {k_ESteamNetworkingConfig_RecvBufferMessages, 2, 1000, false},
    {k_ESteamNetworkingConfig_RecvMaxMessageSize, 100000, 1 << 20, false},
    {k_ESteamNetworkingConfig_RecvMaxSegmentsPerPacket, 100, 1300, false},
    {k_ESteamNetworkingConfig_SendTimeSincePreviousPacket, -1, 1, false},
    {k_ESteamNetworkingConfig_LogLevel_AckRTT, 2, 8, false},
    {k_ESteamNetworkingConfig_LogLevel_PacketDecode, 2, 8, false},
    {k_ESteamNetworkingConfig_LogLevel_Message, 2, 8, false},
    {k_ESteamNetworkingConfig_LogLevel_PacketGaps, 2, 8, false},
    {k_ESteamNetworkingConfig_SymmetricConnect, 0, 1, false},
    {k_ESteamNetworkingConfig_LocalVirtualPort, -1, 3, false},
    {k_ESteamNetworkingConfig_FakePacketLoss_Send, 0, 30, true},
    {k_ESteamNetworkingConfig_FakePacketLoss_Recv, 0, 30, true},
    {k_ESteamNetworkingConfig_FakePacketLag_Send, 0, 300, true},
    {k_ESteamNetworkingConfig_FakePacketLag_Recv, 0, 300, true},
    {k_ESteamNetworkingConfig_FakePacketReorder_Send, 0, 30, true},
    {k_ESteamNetworkingConfig_FakePacketReorder_Recv, 0, 30, true},
    {k_ESteamNetworkingConfig_FakePacketReorder_Time, 0, 100, true},
    {k_ESteamNetworkingConfig_FakePacketDup_Send, 0, 30, true},
    {k_ESteamNetworkingConfig_FakePacketDup_Recv, 0, 30, true},
    {k_ESteamNetworkingConfig_FakePacketJitter_Send_Avg, 0, 50, true},
    {k_ESteamNetworkingConfig_FakePacketJitter_Recv_Avg, 0, 50, true},
    {k_ESteamNetworkingConfig_FakeRateLimit_Send_Rate, 0, 1000000, true},
    {k_ESteamNetworkingConfig_FakeRateLimit_Recv_Rate, 0, 1000000, true},
    {k_ESteamNetworkingConfig_PacketTraceMaxBytes, -1, 20, true},
    {k_ESteamNetworkingConfig_OutOfOrderCorrectionWindowMicroseconds, 0, 50000, true},
};
enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

bool sim_api_draw_setting(struct sim_api_program *program, SteamNetworkingConfigValue_t *option, bool global)
{
    struct sim_world *world = program->world;
    const struct setting *setting = &settings[sim_between(world, 0, SETTINGS - 1)];
    int64_t number = sim_between(world, setting->low, setting->high);

    if (setting->global && !global)
        return false;
    if (setting->global && !program->troubled)
        return false;
    if (setting->value == k_ESteamNetworkingConfig_Unencrypted && program->corrupting)
        number = 0;
    if (sim_chance(world, 0.7))
        SteamAPI_SteamNetworkingConfigValue_t_SetInt32(option, (ESteamNetworkingConfigValue)setting->value,
                                                       (int32_t)number);
    else if (sim_chance(world, 0.5))
        SteamAPI_SteamNetworkingConfigValue_t_SetInt64(option, (ESteamNetworkingConfigValue)setting->value, number);
    else
        SteamAPI_SteamNetworkingConfigValue_t_SetFloat(option, (ESteamNetworkingConfigValue)setting->value,
                                                       (float)number);
    return true;
}

int sim_api_draw_options(struct sim_api_program *program, SteamNetworkingConfigValue_t *options)
{
    struct sim_world *world = program->world;
    int count = 0;

    for (int64_t wanted = sim_between(world, 0, SIM_API_OPTIONS - 2); wanted > 0; wanted--)
        count += sim_api_draw_setting(program, &options[count], false);
    if (sim_chance(world, 0.2)) {
        FnSteamNetConnectionStatusChanged function = sim_api_on_status_too;
        void *pointer;

        memcpy(&pointer, &function, sizeof(pointer));
        SteamAPI_SteamNetworkingConfigValue_t_SetPtr(&options[count++], (ESteamNetworkingConfigValue)STATUS, pointer);
    }
    if (sim_chance(world, 0.05)) /* makes the call fail */
        SteamAPI_SteamNetworkingConfigValue_t_SetString(&options[count++], (ESteamNetworkingConfigValue)33, "nothing");
    return count;
}

/* ---- scopes -------------------------------------------------------------------------------------------------------
 */

/* A scope with an object, which may be none. *end is set when it is a known connection. */
static intptr_t draw_scope(struct sim_api_program *program, ESteamNetworkingConfigScope *scope,
                           struct sim_api_end **end, bool *exists)
{
    int index;
    intptr_t object = 0;

    *end = NULL;
    *exists = true;
    switch (sim_between(program->world, 0, 5)) {
    case 0:
        *scope = k_ESteamNetworkingConfig_Global;
        break;
    case 1:
        *scope = k_ESteamNetworkingConfig_SocketsInterface;
        object = (intptr_t)program->sockets;
        *exists = program->running;
        break;
    case 2:
        *scope = k_ESteamNetworkingConfig_ListenSocket;
        object = (intptr_t)sim_api_pick_listener(program, &index);
        *exists = index >= 0;
        break;
    case 3:
        *scope = (ESteamNetworkingConfigScope)sim_between(program->world, 5, 9);
        *exists = false;
        break;
    default:
        *scope = k_ESteamNetworkingConfig_Connection;
        object = (intptr_t)sim_api_pick_handle(program, end);
        *exists = *end != NULL;
        break;
    }
    return object;
}

/* A value on a connection may have become another one. */
static void look_again(struct sim_api_program *program, struct sim_api_end *end)
{
    if (end && end->open)
        end->user_data = SOCKETS(GetConnectionUserData)(program->sockets, end->handle);
}

static const void *argument_of(const SteamNetworkingConfigValue_t *option)
{
    return option->m_eDataType == k_ESteamNetworkingConfig_String ? (const void *)option->m_val.m_string
                                                                  : (const void *)&option->m_val;
}

static void run_set(struct sim_api_program *program)
{
    SteamNetworkingConfigValue_t option;
    ESteamNetworkingConfigScope scope;
    struct sim_api_end *end;
    bool exists, set, clear = sim_chance(program->world, 0.2);
    intptr_t object = draw_scope(program, &scope, &end, &exists);

    if (!sim_api_draw_setting(program, &option, scope == k_ESteamNetworkingConfig_Global))
        return;
    set = UTILS(SetConfigValue)(program->utils, option.m_eValue, scope, object, option.m_eDataType,
                                clear ? NULL : argument_of(&option));
    sim_api_note(program, "SetConfigValue", set);
    EXPECT(program, exists || !set, "value %d can be set on scope %d, object %ld, which does not exist",
           option.m_eValue, scope, (long)object);
    look_again(program, end);
}

static void run_set_struct(struct sim_api_program *program)
{
    SteamNetworkingConfigValue_t option;
    ESteamNetworkingConfigScope scope;
    struct sim_api_end *end;
    bool exists, set;
    intptr_t object = draw_scope(program, &scope, &end, &exists);

    if (!sim_api_draw_setting(program, &option, scope == k_ESteamNetworkingConfig_Global))
        return;
    set = UTILS(SetConfigValueStruct)(program->utils, &option, scope, object);
    sim_api_note(program, "SetConfigValueStruct", set);
    EXPECT(program, exists || !set, "value %d can be set on scope %d, which does not exist", option.m_eValue, scope);
}

/* Any number, any type: nothing but the result is told. What would make the network unusable for good is left out. */
static void run_set_anything(struct sim_api_program *program)
{
    struct sim_world *world = program->world;
    int value = (int)sim_between(world, 60, 120);
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);
    bool set;

    set = UTILS(SetConnectionConfigValueString)(program->utils, handle, (ESteamNetworkingConfigValue)value,
                                                sim_api_draw_text(program));
    EXPECT(program, end || !set, "value %d of the bad handle %u can be set", value, handle);
    set = UTILS(SetConnectionConfigValueFloat)(program->utils, handle, (ESteamNetworkingConfigValue)value,
                                               sim_chance(world, 0.2) ? FLT_MAX : 0.5f);
    EXPECT(program, end || !set, "value %d of the bad handle %u can be set", value, handle);
    look_again(program, end);
}

static void run_set_int(struct sim_api_program *program)
{
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);
    int32 data = (int32)sim_between(program->world, 0, 20000);
    bool set = UTILS(SetConnectionConfigValueInt32)(program->utils, handle, k_ESteamNetworkingConfig_NagleTime, data);
    size_t size = sizeof(data);
    int32 found = -1;

    EXPECT(program, set == (end != NULL) || (program->scarce && !set), "setting NagleTime of connection %u gives %d",
           handle, set);
    if (!set)
        return;
    UTILS(GetConfigValue)
    (program->utils, k_ESteamNetworkingConfig_NagleTime, k_ESteamNetworkingConfig_Connection, (intptr_t)handle, NULL,
     &found, &size);
    EXPECT(program, found == data, "NagleTime of connection %u was set to %d and is %d", handle, data, found);
}

static void run_set_user_data_value(struct sim_api_program *program)
{
    struct sim_api_end *end;
    HSteamNetConnection handle = sim_api_pick_handle(program, &end);
    int64 data = sim_between(program->world, -2, 1000);
    bool set = UTILS(SetConfigValue)(program->utils, (ESteamNetworkingConfigValue)USER_DATA,
                                     k_ESteamNetworkingConfig_Connection, (intptr_t)handle,
                                     k_ESteamNetworkingConfig_Int64, &data);

    EXPECT(program, set == (end != NULL), "setting the user data of connection %u as a value gives %d", handle, set);
    if (set)
        end->user_data = data;
}

static void run_set_float(struct sim_api_program *program)
{
    struct sim_world *world = program->world;

    run_set_user_data_value(program);
    if (program->troubled)
        UTILS(SetGlobalConfigValueFloat)
    (program->utils, k_ESteamNetworkingConfig_FakePacketLoss_Send,
     sim_chance(world, 0.7) ? 0 : (float)sim_between(world, 0, 20));
}

static void run_set_global_int(struct sim_api_program *program)
{
    EXPECT(program,
           UTILS(SetGlobalConfigValueInt32)(program->utils, k_ESteamNetworkingConfig_NagleTime,
                                            (int32)sim_between(program->world, 0, 20000)) ||
               program->scarce,
           "NagleTime cannot be set globally");
    EXPECT(program, !UTILS(SetGlobalConfigValueInt32)(program->utils, k_ESteamNetworkingConfig_MTU_DataSize, 1000),
           "MTU_DataSize can be set");
}

static void run_set_global_text(struct sim_api_program *program)
{
    UTILS(SetGlobalConfigValueString)
    (program->utils, k_ESteamNetworkingConfig_P2P_STUN_ServerList, sim_api_draw_text(program));
    UTILS(SetConnectionConfigValueString)(program->utils, 0, k_ESteamNetworkingConfig_NagleTime, "5");
}

static void run_set_global_pointer(struct sim_api_program *program)
{
    FnSteamNetConnectionStatusChanged function =
        sim_chance(program->world, 0.5) ? sim_api_on_status : sim_api_on_status_too;
    void *pointer;

    memcpy(&pointer, &function, sizeof(pointer));
    EXPECT(program,
           UTILS(SetGlobalConfigValuePtr)(program->utils, (ESteamNetworkingConfigValue)STATUS, pointer) ||
               program->scarce,
           "the status callback cannot be set");
}

/* ---- reading ------------------------------------------------------------------------------------------------------
 */

static void run_get(struct sim_api_program *program)
{
    ESteamNetworkingConfigScope scope;
    struct sim_api_end *end;
    bool exists;
    intptr_t object = draw_scope(program, &scope, &end, &exists);
    ESteamNetworkingConfigValue value =
        (ESteamNetworkingConfigValue)(sim_chance(program->world, 0.8)
                                          ? settings[sim_between(program->world, 0, SETTINGS - 1)].value
                                          : sim_between(program->world, -1, VALUES_MAXIMUM));
    ESteamNetworkingConfigDataType type;
    char buffer[512];
    size_t size = (size_t)(sim_chance(program->world, 0.2) ? sim_between(program->world, 0, 8) : 512);
    ESteamNetworkingGetConfigValueResult result =
        UTILS(GetConfigValue)(program->utils, value, scope, object, &type, buffer, &size);

    EXPECT(program, exists || result < 0, "value %d of scope %d, object %ld, which does not exist, gives %d", value,
           scope, (long)object, result);
    sim_observe(program->world, 'g', (uint64_t)result);
}

static void run_value_info(struct sim_api_program *program)
{
    ESteamNetworkingConfigValue value = (ESteamNetworkingConfigValue)sim_between(program->world, -1, VALUES_MAXIMUM);
    ESteamNetworkingConfigDataType type;
    ESteamNetworkingConfigScope scope;
    const char *name = UTILS(GetConfigValueInfo)(program->utils, value, &type, &scope);

    EXPECT(program, !name || (name[0] && scope >= 1 && scope <= 4), "value %d is described wrongly", value);
}

static void run_iterate(struct sim_api_program *program)
{
    ESteamNetworkingConfigValue value = k_ESteamNetworkingConfig_Invalid;
    bool developer = sim_chance(program->world, 0.5);
    int count = 0;

    do {
        value = UTILS(IterateGenericEditableConfigValues)(program->utils, value, developer);
        count++;
    } while (value != k_ESteamNetworkingConfig_Invalid && count < VALUES_MAXIMUM);
    EXPECT(program, count > 10 && count < VALUES_MAXIMUM, "there are %d values to edit", count);
}

/* ---- callbacks ----------------------------------------------------------------------------------------------------
 */

static void on_authentication(SteamNetAuthenticationStatus_t *status)
{
    if (sim_api_program())
        sim_observe(sim_api_program()->world, 'a', (uint64_t)status->m_eAvail);
}

static void on_relay(SteamRelayNetworkStatus_t *status)
{
    if (sim_api_program())
        sim_observe(sim_api_program()->world, 'R', (uint64_t)status->m_eAvail);
}

static void on_fake_ip(SteamNetworkingFakeIPResult_t *result)
{
    if (sim_api_program())
        sim_observe(sim_api_program()->world, 'F', (uint64_t)result->m_eResult);
}

static void on_session_request(SteamNetworkingMessagesSessionRequest_t *request)
{
    struct sim_api_program *program = sim_api_program();

    if (!program || program->world->failed)
        return;
    sim_observe(program->world, 'S', (uint64_t)request->m_identityRemote.m_eType);
    if (program->running && sim_chance(program->world, 0.7))
        sim_api_note(program, "accepted a session",
                     MESSAGES(AcceptSessionWithUser)(program->messages, &request->m_identityRemote));
}

static void on_session_failed(SteamNetworkingMessagesSessionFailed_t *failed)
{
    struct sim_api_program *program = sim_api_program();

    if (!program)
        return;
    sim_observe(program->world, 'X', (uint64_t)failed->m_info.m_eEndReason);
    EXPECT(program, failed->m_info.m_hListenSocket == 0 && failed->m_info.m_eEndReason != 0,
           "a session fails with reason %d at listen socket %u", failed->m_info.m_eEndReason,
           failed->m_info.m_hListenSocket);
}

static void run_on_status(struct sim_api_program *program)
{
    EXPECT(program,
           UTILS(SetGlobalCallback_SteamNetConnectionStatusChanged)(program->utils, sim_api_on_status) ||
               program->scarce,
           "the status callback cannot be set");
}

static void run_on_authentication(struct sim_api_program *program)
{
    UTILS(SetGlobalCallback_SteamNetAuthenticationStatusChanged)
    (program->utils, sim_chance(program->world, 0.5) ? on_authentication : NULL);
}

static void run_on_relay(struct sim_api_program *program)
{
    UTILS(SetGlobalCallback_SteamRelayNetworkStatusChanged)
    (program->utils, sim_chance(program->world, 0.5) ? on_relay : NULL);
}

static void run_on_fake_ip(struct sim_api_program *program)
{
    UTILS(SetGlobalCallback_FakeIPResult)(program->utils, sim_chance(program->world, 0.5) ? on_fake_ip : NULL);
}

static void run_on_session_request(struct sim_api_program *program)
{
    UTILS(SetGlobalCallback_MessagesSessionRequest)
    (program->utils, sim_chance(program->world, 0.9) ? on_session_request : NULL);
}

static void run_on_session_failed(struct sim_api_program *program)
{
    UTILS(SetGlobalCallback_MessagesSessionFailed)
    (program->utils, sim_chance(program->world, 0.9) ? on_session_failed : NULL);
}

const struct sim_api_operation sim_api_setting_operations[] = {
    {"SteamAPI_ISteamNetworkingUtils_SetConfigValue", run_set, 25, false},
    {"SteamAPI_ISteamNetworkingUtils_SetConfigValueStruct", run_set_struct, 8, false},
    {"SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueString", run_set_anything, 3, false},
    {"SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueFloat", run_set_anything, 2, false},
    {"SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32", run_set_int, 5, false},
    {"SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueFloat", run_set_float, 3, false},
    {"SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueInt32", run_set_global_int, 2, false},
    {"SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueString", run_set_global_text, 2, false},
    {"SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValuePtr", run_set_global_pointer, 2, false},
    {"SteamAPI_ISteamNetworkingUtils_GetConfigValue", run_get, 8, false},
    {"SteamAPI_ISteamNetworkingUtils_GetConfigValueInfo", run_value_info, 2, false},
    {"SteamAPI_ISteamNetworkingUtils_IterateGenericEditableConfigValues", run_iterate, 1, false},
    {"SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged", run_on_status, 2, false},
    {"SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetAuthenticationStatusChanged", run_on_authentication, 2,
     false},
    {"SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamRelayNetworkStatusChanged", run_on_relay, 1, false},
    {"SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_FakeIPResult", run_on_fake_ip, 1, false},
    {"SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_MessagesSessionRequest", run_on_session_request, 6, false},
    {"SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_MessagesSessionFailed", run_on_session_failed, 3, false},
    {NULL, NULL, 0, false},
};
