#!/usr/bin/env bash
# Makes sure that what a task needs is installed.
#
#   scripts/dependencies.sh TASK...        TASK: build bench test bindings fuzz lint coverage planted ci
#
# Asks for each tool, header and library itself, so nothing happens where everything is there, whoever installed it.
# What is missing is installed with apt-get when run as root on a Debian-like system; otherwise the missing packages and
# the command that installs them are printed and the exit status is 1. What the Node binding takes from npm goes into
# bindings/node/node_modules.
set -euo pipefail

PATH=$PATH:/usr/sbin:/sbin # where ip and nft are
missing=()
npm_packages= # not empty: the packages of bindings/node are needed

lacks() { # package...
    missing+=("$@")
}

need_command() { # command package
    command -v "$1" >/dev/null 2>&1 || lacks "$2"
}

need_module() { # pkg-config module, package
    if ! command -v pkg-config >/dev/null 2>&1 || ! pkg-config --exists "$1"; then lacks "$2"; fi
}

need_header() { # header package
    local directory
    for directory in /usr/include /usr/local/include "/usr/include/$(uname -m)-linux-gnu" ${CPATH:+${CPATH//:/ }}; do
        [ ! -e "$directory/$1" ] || return 0
    done
    lacks "$2"
}

need_build() {
    # A project in C whose interface is also checked from C++.
    need_command "${CC:-cc}" gcc
    need_command "${CXX:-c++}" g++
    need_header stdlib.h libc6-dev
    need_command cmake cmake
    need_command ninja ninja-build
    need_command pkg-config pkg-config
    need_module "libcrypto >= 3.0" libssl-dev
    need_header pb.h libnanopb-dev
}

need_bench() {
    need_build
    need_command python3 python3
}

need_test() {
    need_build
    need_module cmocka libcmocka-dev
    need_module jansson libjansson-dev
    need_module protobuf libprotobuf-dev
    need_command protoc protobuf-compiler
    need_command python3 python3
    need_command objdump binutils
    need_command ip iproute2
    need_command nft nftables
    need_command spin spin
    need_command valgrind valgrind
    need_bindings
}

# The bindings' headers, interpreters and engines.
need_bindings() {
    local version
    need_build
    need_command python3 python3
    for version in 5.1 5.2 5.3 5.4; do
        need_command "lua$version" "lua$version"
    done
    need_module lua5.1 liblua5.1-0-dev
    need_module lua5.2 liblua5.2-dev
    need_module lua5.3 liblua5.3-dev
    need_module lua5.4 liblua5.4-dev
    need_command luajit luajit
    need_module luajit libluajit-5.1-dev
    need_command luarocks luarocks
    need_command love love
    need_command Xvfb xvfb
    need_command node nodejs
    need_command npm npm
    npm_packages=yes
    need_command godot3-server godot3-server
}

need_fuzz() {
    need_build
    need_module jansson libjansson-dev
    need_module protobuf libprotobuf-dev
    need_command protoc protobuf-compiler
    need_command clang clang
    # The libFuzzer runtime is a package of its own, named after clang's version.
    local version
    version=$(clang -dumpversion 2>/dev/null | cut -d. -f1 || true)
    if [ -z "$version" ]; then
        lacks libclang-rt-14-dev
    elif [ ! -e "$(clang -print-file-name=libclang_rt.fuzzer-"$(uname -m)".a)" ]; then
        lacks "libclang-rt-$version-dev"
    fi
}

need_lint() {
    need_test
    need_command git git
    need_command clang-format clang-format
    need_command clang-tidy clang-tidy
    need_command shellcheck shellcheck
    need_command cppcheck cppcheck
    need_command mandoc mandoc
}

need_planted() {
    need_test
    need_command git git
    need_command patch patch
}

need_coverage() {
    need_test
    need_command gcc gcc
    need_command g++ g++
    need_command gcovr gcovr
}

need_ci() {
    need_test
    need_lint
    need_command nanopb_generator.py nanopb
}

for task in "$@"; do
    case $task in
    build | bench | test | bindings | fuzz | lint | coverage | planted | ci) "need_$task" ;;
    *)
        echo "scripts/dependencies.sh: unknown task '$task'; known are build bench test bindings fuzz lint coverage planted ci" >&2
        exit 2
        ;;
    esac
done

# What bindings/node/package-lock.json lists, at exactly those versions.
install_npm_packages() {
    local node
    node=$(cd "$(dirname "${BASH_SOURCE[0]}")/../bindings/node" && pwd)
    [ -n "$npm_packages" ] && [ -e "$node/package-lock.json" ] || return 0
    [ "$node/package-lock.json" -nt "$node/node_modules/.package-lock.json" ] || return 0
    echo "Installing the packages of bindings/node"
    (cd "$node" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) &&
        touch "$node/node_modules/.package-lock.json"
}

[ ${#missing[@]} -gt 0 ] || {
    install_npm_packages
    exit
}
mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Missing, by their Debian names: ${missing[*]}" >&2
    echo "Install them with your system's package manager, then try again." >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "Missing packages: ${missing[*]}" >&2
    echo "Install them with:  sudo apt-get install ${missing[*]}" >&2
    exit 1
fi

echo "Installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
install_packages() {
    apt-get install -y -q --no-install-recommends "${missing[@]}"
}
# A machine that has never updated its lists has to do so first; one that has need not wait for it.
install_packages >/dev/null 2>&1 || { apt-get update -q && install_packages; }
install_npm_packages
