#include "api/receive_memory.h"

#include "api/config_values.h"
#include "fumarole/extensions.h"

static struct memory_quota quota;

struct memory_quota *receive_memory(void)
{
    return &quota;
}

void receive_memory_configure(void)
{
    memory_quota_set_limit(&quota, config_int32(NULL, k_EFumaroleConfig_ReceiveMemory) * INT64_C(1024));
}
