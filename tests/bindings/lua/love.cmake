# The example programs in every runtime and across them, LÖVE, wrong arguments. LUASTEAM_RUNTIMES are those that were built.
