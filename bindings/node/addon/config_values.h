/*
 * Configuration values: the options of create and connect calls, and reading and writing the values of a connection.
 *
 * lib/config.js decides by the registered type of a value what a program may pass and hands over triples of number,
 * type and value; this file makes the library's structures of them.
 */
#ifndef FUMAROLE_NODE_CONFIG_VALUES_H
#define FUMAROLE_NODE_CONFIG_VALUES_H

#include "environment.h"

/* More options than there are values make no sense. */
#define CONFIG_OPTIONS_MAX 256

struct config_options {
    int count;
    SteamNetworkingConfigValue_t *values;
    char **texts; /* those of `values`, to be freed; as many entries as there are values */
};

/*
 * Reads an array of triples; undefined is no options. False with an exception pending on failure. What it leaves is to
 * be given back with config_options_free in either case.
 */
bool take_config_options(napi_env env, napi_value array, struct config_options *options);

void config_options_free(struct config_options *options);

/* Adds the functions to the exports; false with an exception pending. */
bool export_config_values(napi_env env, napi_value exports);

#endif
