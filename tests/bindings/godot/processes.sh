# For scripts that let several processes of the engine play one project. Sourced; needs $engine and $addon.
#
# The projects, and a home directory for each process, are in $work, which is removed at the end.
# shellcheck shell=bash

: "${engine:?the program of the engine}" "${addon:?the directory of the addon}"
work=$(mktemp -d)
processes=()

finish() {
    for process in "${processes[@]+"${processes[@]}"}"; do kill "$process" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT

# Copies a project and puts the addon into it, once.
prepare_project() { # DIRECTORY
    cp -R "$1" "$work/project"
    rm -rf "$work/project/addons"
    mkdir -p "$work/project/addons"
    cp -R "$addon" "$work/project/addons/fumarole"
}

# A process of the engine that plays the project; what it says goes to the standard output.
play() { # WHO [NAME=VALUE...]
    local home=$work/home.$1
    shift
    mkdir -p "$home"
    env HOME="$home" XDG_DATA_HOME="$home" XDG_CONFIG_HOME="$home" XDG_CACHE_HOME="$home" LANG=en_US.UTF-8 "$@" \
        timeout 240 "$engine" --path "$work/project" 2>&1
}

# Starts a process and waits for the line in which it names its port, at its end. Sets $port.
play_server() { # WHO [NAME=VALUE...]
    local line who=$1
    mkfifo "$work/$who.lines"
    play "$@" >"$work/$who.lines" &
    processes+=($!)
    exec 3<"$work/$who.lines"
    port=
    while [ -z "$port" ] && IFS= read -r line <&3; do
        echo "$line"
        [[ ! $line =~ (port |guests at .*:)([0-9]+)$ ]] || port=${BASH_REMATCH[2]}
    done
    cat <&3 >"$work/$who.out" &
    processes+=($!)
    [ -n "$port" ]
}

# Starts another one.
play_client() { # WHO [NAME=VALUE...]
    play "$@" >"$work/$1.out" &
    processes+=($!)
}

# Waits for all of them, shows what they have said, and fails if one has, or said something bad. The engine complains of
# directories and languages of its own, so that not every error is one.
all_ended_well() {
    local status=0 process
    for process in "${processes[@]}"; do wait "$process" || status=$?; done
    processes=()
    cat "$work"/*.out
    if grep -qE 'SCRIPT ERROR|NOT OK|fumarole|Fumarole' "$work"/*.out; then status=1; fi
    return "$status"
}
