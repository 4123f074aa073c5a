#include "conn/endpoint.h"

#include "base/alloc.h"
#include "cert/credentials.h"

struct endpoint *endpoint_new(void)
{
    struct endpoint *endpoint = mem_alloc_zeroed(sizeof *endpoint);

    if (endpoint)
        atomic_init(&endpoint->references, 1);
    return endpoint;
}

struct endpoint *endpoint_retain(struct endpoint *endpoint)
{
    atomic_fetch_add_explicit(&endpoint->references, 1, memory_order_relaxed);
    return endpoint;
}

void endpoint_release(struct endpoint *endpoint)
{
    if (!endpoint || atomic_fetch_sub_explicit(&endpoint->references, 1, memory_order_acq_rel) > 1)
        return;
    credentials_free(endpoint->credentials);
    credentials_free(endpoint->self_issued);
    mem_free(endpoint);
}
