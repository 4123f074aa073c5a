---@meta fumarole
-- Made by bindings/description/generate.py from lua.json; do not edit.

return require 'luasteam'
