/* Made by bindings/description/generate.py from godot.json; do not edit. */
/* clang-format off */
#ifndef FUMAROLE_GODOT_CONSTANTS_H
#define FUMAROLE_GODOT_CONSTANTS_H

#include <stdint.h>

/* A constant of the Steam object, and the enum that it belongs to. */
struct steam_constant {
    const char *enumeration;
    const char *name;
    int64_t value;
};

#define STEAM_CONSTANTS 193

/* Those of one enum follow each other. */
extern const struct steam_constant steam_constants[STEAM_CONSTANTS];

#endif
