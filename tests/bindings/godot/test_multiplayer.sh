#!/usr/bin/env bash
# Real remote procedure calls: plays tests/bindings/godot/multiplayer with a server and two clients, each a process of
# the engine of its own; in a Godot 4, multiplayer4. Every check is a line of theirs.
#
#   test_multiplayer.sh ENGINE ADDON-DIRECTORY [4]
set -euo pipefail

engine=$1
addon=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/bindings/godot/processes.sh
source "$here/processes.sh"

if [ "${3:-3}" = 4 ]; then
    prepare_project "$here/multiplayer4"
    mkdir "$work/project/.godot" # what the editor writes when it finds an extension
    echo res://addons/fumarole/fumarole.gdextension >"$work/project/.godot/extension_list.cfg"
    printf '#!/bin/sh\nexec "%s" --headless "$@"\n' "$engine" >"$work/engine"
    chmod +x "$work/engine"
    engine=$work/engine
else
    prepare_project "$here/multiplayer"
fi
play_server server ROLE=server
play_client first ROLE=first "PORT=$port"
play_client second ROLE=second "PORT=$port"
all_ended_well
