/*
 * Sending and receiving, with as little as possible done for each message (message_records.h). Used by addon.c alone.
 */
#ifndef FUMAROLE_NODE_MESSAGES_H
#define FUMAROLE_NODE_MESSAGES_H

#include "environment.h"

/* Adds send, receive and the views of the records to the exports; false with an exception pending. */
bool export_messages(napi_env env, napi_value exports);

#endif
