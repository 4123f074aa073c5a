#!/usr/bin/env bash
# The benchmark of the Godot binding, in a headless engine of Godot 3: godot.sh BUILD-DIRECTORY [MESSAGES]
set -euo pipefail

addon=$1/godot/addons/fumarole
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp -R "$here/godot" "$work/project"
mkdir "$work/project/addons" "$work/home"
cp -R "$addon" "$work/project/addons/fumarole"
env -u XDG_DATA_HOME -u XDG_CONFIG_HOME -u XDG_CACHE_HOME HOME="$work/home" FUMAROLE_MESSAGES="${2:-400000}" \
    godot3-server --path "$work/project"
