#!/usr/bin/env bash
# Real remote procedure calls: plays tests/bindings/godot/multiplayer with a server and two clients, each a process of
# the engine of its own. Every check is a line of theirs.
#
#   test_multiplayer.sh ENGINE ADDON-DIRECTORY
set -euo pipefail

engine=$1
addon=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/bindings/godot/processes.sh
source "$here/processes.sh"

prepare_project "$here/multiplayer"
play_server server ROLE=server
play_client first ROLE=first "PORT=$port"
play_client second ROLE=second "PORT=$port"
all_ended_well
