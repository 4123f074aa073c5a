#include "steam.h"

static struct value get_fumarole_version(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    return value_literal(Fumarole_Version());
}

static const struct class_method methods[] = {
    {"getFumaroleVersion", VALUE_STRING, get_fumarole_version, {{0}}},
};

const struct class_methods steam_lifecycle_methods = {methods, sizeof methods / sizeof methods[0]};
