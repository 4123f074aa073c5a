/*
 * ISteamNetworkingUtils: message objects, the clock, diagnostics, configuration values and callback functions.
 *
 * The interface is one object that exists as long as the process, before Init and after Kill too. Any thread may call.
 * `self` is what an accessor returned; with null a function returns its failure value. What concerns relays and ping
 * times is in fumarole/backend.h, what concerns FakeIPs in fumarole/fake_ip.h, the text forms of addresses without an
 * interface in fumarole/addresses.h.
 */
#ifndef FUMAROLE_UTILS_H
#define FUMAROLE_UTILS_H

#include "fumarole/addresses.h"
#include "fumarole/types.h"

FUMAROLE_BEGIN_DECLS

/* ------------------------------------------------------------------------------------------------------- accessors */

/* The utils interface; never null. It works as a C++ object of interface version SteamNetworkingUtils004 too. */
FUMAROLE_API ISteamNetworkingUtils *SteamNetworkingUtils_LibV4(void);
FUMAROLE_API ISteamNetworkingUtils *SteamAPI_SteamNetworkingUtils_v003(void);
FUMAROLE_API ISteamNetworkingUtils *SteamAPI_SteamNetworkingUtils_SteamAPI_v004(void);

/* -------------------------------------------------------------------------------------------------------- messages */

/*
 * Makes a message to be filled and sent with SendMessages, or released.
 *
 * size  bytes of payload to allocate with it, in m_pData; 0: none, the caller sets m_pData, m_cbSize and m_pfnFreeData.
 *
 * All other fields are zero, m_nChannel is -1. The caller owns it until it is sent. Returns null for a negative size
 * and when memory is short.
 */
FUMAROLE_API SteamNetworkingMessage_t *SteamAPI_ISteamNetworkingUtils_AllocateMessage(ISteamNetworkingUtils *self,
                                                                                      int size);

/* Gives back a message that was received, or allocated and not sent, with its payload. Exactly once; null is allowed.
   Any thread, also after Kill. */
FUMAROLE_API void SteamAPI_SteamNetworkingMessage_t_Release(SteamNetworkingMessage_t *self);

/* ------------------------------------------------------------------------------------------------------------ clock */

/*
 * The present time on the clock of all time stamps in this interface, in microseconds: never going back, and starting
 * at 3000000000000 or more, so that 0 is always long ago (the interface promises 2592000000000, thirty days). Time that
 * the machine spends asleep does not count. Returns 0 for a null `self`.
 */
FUMAROLE_API SteamNetworkingMicroseconds SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(ISteamNetworkingUtils *self);

/* ------------------------------------------------------------------------------------------------------- diagnostics
 */

/*
 * Sets the function that receives what the library has to say; there is one for the process. It receives messages whose
 * type is at most `level` (k_ESteamNetworkingSocketsDebugOutputType_*), or at most the LogLevel_* value of the subject
 * if that is higher. A null function or level 0 turns output off. Kill forgets the function.
 */
FUMAROLE_API void SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction(ISteamNetworkingUtils *self,
                                                                        ESteamNetworkingSocketsDebugOutputType level,
                                                                        FSteamNetworkingSocketsDebugOutput function);

/* --------------------------------------------------------------------------------------------- configuration values */

/*
 * Sets or clears a configuration value at one level.
 *
 * value   which one (fumarole/config.h)
 * scope   the level; values that are global only accept no other
 * object  the interface pointer, listen socket handle or connection handle that the level means; ignored for global
 * type    the type that `data` has
 * data    the address of an int32, int64, float or pointer variable, or the text itself; copied. Null clears the
 *         setting: the level inherits again, or returns to the default.
 *
 * Numbers are converted (float to integer by rounding, text by reading it as decimal), formatted for text values, and
 * clamped silently to the range of the value. Pointer values take only pointers. Returns false when value, scope,
 * object or type do not fit, a number cannot be converted, or the value is read-only or locked there.
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_SetConfigValue(ISteamNetworkingUtils *self,
                                                                ESteamNetworkingConfigValue value,
                                                                ESteamNetworkingConfigScope scope, intptr_t object,
                                                                ESteamNetworkingConfigDataType type, const void *data);

/* The same with an option structure. */
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_SetConfigValueStruct(ISteamNetworkingUtils *self,
                                                                      const SteamNetworkingConfigValue_t *option,
                                                                      ESteamNetworkingConfigScope scope,
                                                                      intptr_t object);

/* The same for the whole process. A null text clears a text value. SetGlobalConfigValuePtr takes the pointer itself;
   null sets the value to null. */
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueInt32(ISteamNetworkingUtils *self,
                                                                           ESteamNetworkingConfigValue value,
                                                                           int32 data);
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueFloat(ISteamNetworkingUtils *self,
                                                                           ESteamNetworkingConfigValue value,
                                                                           float data);
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueString(ISteamNetworkingUtils *self,
                                                                            ESteamNetworkingConfigValue value,
                                                                            const char *data);
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValuePtr(ISteamNetworkingUtils *self,
                                                                         ESteamNetworkingConfigValue value, void *data);

/* The same for one connection. */
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(ISteamNetworkingUtils *self,
                                                                               HSteamNetConnection connection,
                                                                               ESteamNetworkingConfigValue value,
                                                                               int32 data);
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueFloat(ISteamNetworkingUtils *self,
                                                                               HSteamNetConnection connection,
                                                                               ESteamNetworkingConfigValue value,
                                                                               float data);
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueString(ISteamNetworkingUtils *self,
                                                                                HSteamNetConnection connection,
                                                                                ESteamNetworkingConfigValue value,
                                                                                const char *data);

/*
 * Reads a configuration value as it applies at one level.
 *
 * value, scope, object  as for SetConfigValue
 * type                  null, or receives the type of the value
 * buffer                receives the value; text with its terminating zero. Null to ask for the size.
 * size                  in: bytes at `buffer`; out: bytes of the value, 0 for a bad object. Must not be null.
 *
 * Returns OK if the value is set at that level, OKInherited if it comes from above, or BadValue, BadScopeObj,
 * BufferTooSmall.
 */
FUMAROLE_API ESteamNetworkingGetConfigValueResult SteamAPI_ISteamNetworkingUtils_GetConfigValue(
    ISteamNetworkingUtils *self, ESteamNetworkingConfigValue value, ESteamNetworkingConfigScope scope, intptr_t object,
    ESteamNetworkingConfigDataType *type, void *buffer, size_t *size);

/*
 * The name of a configuration value without its prefix ("NagleTime"), as text that lives forever; null if there is no
 * such value. type and scope may be null; they receive its type and the lowest level it can be set at: global or
 * connection.
 */
FUMAROLE_API const char *SteamAPI_ISteamNetworkingUtils_GetConfigValueInfo(ISteamNetworkingUtils *self,
                                                                           ESteamNetworkingConfigValue value,
                                                                           ESteamNetworkingConfigDataType *type,
                                                                           ESteamNetworkingConfigScope *scope);

/*
 * Steps through the values that a settings page can show: starts with current = k_ESteamNetworkingConfig_Invalid,
 * returns the next one, ascending by number, and k_ESteamNetworkingConfig_Invalid after the last. Values for developers
 * are left out unless include_developer.
 */
FUMAROLE_API ESteamNetworkingConfigValue SteamAPI_ISteamNetworkingUtils_IterateGenericEditableConfigValues(
    ISteamNetworkingUtils *self, ESteamNetworkingConfigValue current, bool include_developer);

/* Fill an option structure. SetString keeps the pointer: the text must live until the option has been used. Any thread.
 */
FUMAROLE_API void SteamAPI_SteamNetworkingConfigValue_t_SetInt32(SteamNetworkingConfigValue_t *self,
                                                                 ESteamNetworkingConfigValue value, int32_t data);
FUMAROLE_API void SteamAPI_SteamNetworkingConfigValue_t_SetInt64(SteamNetworkingConfigValue_t *self,
                                                                 ESteamNetworkingConfigValue value, int64_t data);
FUMAROLE_API void SteamAPI_SteamNetworkingConfigValue_t_SetFloat(SteamNetworkingConfigValue_t *self,
                                                                 ESteamNetworkingConfigValue value, float data);
FUMAROLE_API void SteamAPI_SteamNetworkingConfigValue_t_SetPtr(SteamNetworkingConfigValue_t *self,
                                                               ESteamNetworkingConfigValue value, void *data);
FUMAROLE_API void SteamAPI_SteamNetworkingConfigValue_t_SetString(SteamNetworkingConfigValue_t *self,
                                                                  ESteamNetworkingConfigValue value, const char *data);

/* ------------------------------------------------------------------------------------------------ callback functions
 */

/*
 * Set the functions for the whole process that RunCallbacks calls; null removes one. They do what SetConfigValue does
 * for the values 201, 202, 203, 207, 204 and 205. Only the first can also be set for an interface, a listen socket or a
 * connection.
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(
    ISteamNetworkingUtils *self, FnSteamNetConnectionStatusChanged function);
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetAuthenticationStatusChanged(
    ISteamNetworkingUtils *self, FnSteamNetAuthenticationStatusChanged function);
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamRelayNetworkStatusChanged(
    ISteamNetworkingUtils *self, FnSteamRelayNetworkStatusChanged function);
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_FakeIPResult(ISteamNetworkingUtils *self,
                                                                                FnSteamNetworkingFakeIPResult function);
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_MessagesSessionRequest(
    ISteamNetworkingUtils *self, FnSteamNetworkingMessagesSessionRequest function);
FUMAROLE_API bool
SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_MessagesSessionFailed(ISteamNetworkingUtils *self,
                                                                       FnSteamNetworkingMessagesSessionFailed function);

/* ------------------------------------------------------------------------------- text forms through the interface */

/* The functions of fumarole/addresses.h under the names that the Steamworks SDK exports. `self` is not looked at. */
FUMAROLE_API void SteamAPI_ISteamNetworkingUtils_SteamNetworkingIPAddr_ToString(ISteamNetworkingUtils *self,
                                                                                const SteamNetworkingIPAddr *address,
                                                                                char *buffer, uint32 size,
                                                                                bool with_port);
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_SteamNetworkingIPAddr_ParseString(ISteamNetworkingUtils *self,
                                                                                   SteamNetworkingIPAddr *address,
                                                                                   const char *text);
FUMAROLE_API ESteamNetworkingFakeIPType SteamAPI_ISteamNetworkingUtils_SteamNetworkingIPAddr_GetFakeIPType(
    ISteamNetworkingUtils *self, const SteamNetworkingIPAddr *address);
FUMAROLE_API void SteamAPI_ISteamNetworkingUtils_SteamNetworkingIdentity_ToString(
    ISteamNetworkingUtils *self, const SteamNetworkingIdentity *identity, char *buffer, uint32 size);
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_SteamNetworkingIdentity_ParseString(ISteamNetworkingUtils *self,
                                                                                     SteamNetworkingIdentity *identity,
                                                                                     const char *text);

FUMAROLE_END_DECLS

#endif
