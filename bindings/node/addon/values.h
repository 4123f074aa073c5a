/*
 * Between JavaScript values and those of C.
 *
 * The functions of lib/ check what a program passes and word the errors; what is checked here keeps the process alive
 * whatever arrives. A take_ function returns false with a TypeError pending when a value is of the wrong kind; a make_
 * function returns null with an exception pending when the engine is out of memory. Any part of the addon may use them,
 * on the thread of its environment.
 */
#ifndef FUMAROLE_NODE_VALUES_H
#define FUMAROLE_NODE_VALUES_H

#include "environment.h"

/* Reads exactly `count` arguments; those that are missing become undefined. */
bool take_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values);

bool take_uint32(napi_env env, napi_value value, uint32 *number);
bool take_int32(napi_env env, napi_value value, int32 *number);
bool take_int64(napi_env env, napi_value value, int64 *number); /* from a BigInt */
bool take_double(napi_env env, napi_value value, double *number);
bool take_bool(napi_env env, napi_value value, bool *truth);

/* A text as UTF-8 with a terminating zero, to be freed by the caller. */
char *take_text(napi_env env, napi_value value);
/* The same into a buffer that the caller has; a longer text is cut between two characters. */
bool take_short_text(napi_env env, napi_value value, char *buffer, size_t size);

/* An identity in its text form; false without an exception if the text is none, with one if the value is no text. */
bool take_identity(napi_env env, napi_value value, SteamNetworkingIdentity *identity);

napi_value make_undefined(napi_env env);
napi_value make_null(napi_env env);
napi_value make_bool(napi_env env, bool truth);
napi_value make_uint32(napi_env env, uint32 number);
napi_value make_int32(napi_env env, int32 number);
napi_value make_int64(napi_env env, int64 number); /* as a BigInt */
napi_value make_double(napi_env env, double number);
napi_value make_text(napi_env env, const char *text);
/* An identity as programs see it: a Steam ID in decimal, '' if there is none, its text form otherwise. */
napi_value make_identity(napi_env env, const SteamNetworkingIdentity *identity);
/* An address with its port, '' if it is all zero. */
napi_value make_address(napi_env env, const SteamNetworkingIPAddr *address);

napi_value make_object(napi_env env);
/* Sets a property. A null object or value is passed over, so that a chain of these needs one check at its end. */
void put(napi_env env, napi_value object, const char *name, napi_value value);

/* The same text as make_identity; the buffer has SteamNetworkingIdentity_k_cchMaxString bytes. */
void identity_text(const SteamNetworkingIdentity *identity, char *text);

#endif
