/*
 * The memory that messages on their way to the application may take in this process, all connections together
 * (configuration value ReceiveMemory): what connections hold of messages that are not complete (snp/receive_budget.h),
 * what waits in their inboxes, and in message sessions. How it is shared: base/memory_quota.h.
 */
#ifndef API_RECEIVE_MEMORY_H
#define API_RECEIVE_MEMORY_H

#include "base/memory_quota.h"

/* Any thread, at any time. */
struct memory_quota *receive_memory(void);

/* Takes up the present value of the configuration. */
void receive_memory_configure(void);

#endif
