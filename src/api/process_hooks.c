#include "api/process_hooks.h"

#include "base/alloc.h"
#include "base/log.h"

#include <stdatomic.h>

static _Atomic(FSteamNetworkingSocketsDebugOutput) debug_output;
static _Atomic(preformat_handler) program_preformat;
static atomic_bool allocating;

static void forward_output(int level, const char *text)
{
    FSteamNetworkingSocketsDebugOutput function = atomic_load(&debug_output);

    if (function)
        function((ESteamNetworkingSocketsDebugOutputType)level, text);
}

static void forward_preformat(int level, bool is_format, const char *file, int line, const char *text,
                              va_list arguments)
{
    preformat_handler handler = atomic_load(&program_preformat);

    if (handler)
        handler((ESteamNetworkingSocketsDebugOutputType)level, is_format, file, line, text, arguments);
}

void process_set_debug_output(int level, FSteamNetworkingSocketsDebugOutput function)
{
    bool on = function && level > LOG_LEVEL_NONE;

    atomic_store(&debug_output, on ? function : NULL);
    log_set_output(on ? level : LOG_LEVEL_NONE, on ? forward_output : NULL);
}

void process_set_preformat_handler(int level, preformat_handler handler)
{
    atomic_store(&program_preformat, handler);
    log_set_preformat(level, handler ? forward_preformat : NULL);
}

void process_begins_to_allocate(void)
{
    if (!atomic_load_explicit(&allocating, memory_order_relaxed))
        atomic_store(&allocating, true);
}

bool process_set_allocator(void *(*allocate)(size_t), void (*release)(void *), void *(*resize)(void *, size_t))
{
    if (atomic_load(&allocating))
        return false;
    alloc_set_hooks(allocate, release, resize);
    return true;
}
