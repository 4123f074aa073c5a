-- The module as a rock, against an installed library:
--
--     make install PREFIX=/usr/local
--     cd bindings/lua && luarocks make FUMAROLE_DIR=/usr/local
--
-- The module that `make` puts into build/lua needs neither: it has the library inside.
rockspec_format = '3.0'
package = 'fumarole'
version = 'scm-1'
source = { url = '.' }
description = {
    summary = 'Messages over UDP for games: ISteamNetworkingSockets, with the functions of luasteam',
    detailed = [[
Connections, reliable and unreliable messages, encryption, poll groups: the networkingSockets module of luasteam, in both
documented generations, without anybody's platform.]],
    license = 'MIT',
}
supported_platforms = { 'linux' }
dependencies = { 'lua >= 5.1, < 5.5' }
external_dependencies = {
    FUMAROLE = { header = 'fumarole/fumarole.h', library = 'fumarole' },
}
build = {
    type = 'builtin',
    modules = {
        luasteam = {
            sources = {
                'arguments.c', 'callbacks.c', 'extras.c', 'generated/constants.c', 'local_id.c', 'messages.c', 'module.c',
                'owner.c', 'socket_object.c', 'sockets.c', 'uint64.c',
            },
            defines = { '_GNU_SOURCE' },
            incdirs = { '$(FUMAROLE_INCDIR)', '.' },
            libdirs = { '$(FUMAROLE_LIBDIR)' },
            libraries = { 'fumarole', 'dl' },
        },
        fumarole = 'rock/fumarole.lua',
        luasteam1 = 'rock/luasteam1.lua',
    },
}
