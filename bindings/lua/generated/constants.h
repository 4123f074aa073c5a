/* Made by bindings/description/generate.py from lua.json; do not edit. */
/* clang-format off */
#ifndef LUASTEAM_CONSTANTS_H
#define LUASTEAM_CONSTANTS_H

struct luasteam_number {
    const char *name; /* null ends a list */
    int value;
};

/* The names of results by their number; null where no result has the number. */
#define LUASTEAM_RESULT_NAMES 130
extern const char *const luasteam_result_names[LUASTEAM_RESULT_NAMES];

/* The states of a connection. */
extern const struct luasteam_number luasteam_states[];

/* The members of networkingSockets.flags. */
extern const struct luasteam_number luasteam_flags[];

/* The keys of a table of options, with the number of the configuration value. */
extern const struct luasteam_number luasteam_options[];

/* What the status of authentication and of the relay network can be. */
extern const struct luasteam_number luasteam_availabilities[];

#endif
