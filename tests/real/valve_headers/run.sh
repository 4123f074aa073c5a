#!/bin/sh
# Compiles a C++ program with the public headers of another implementation (Valve's GameNetworkingSockets) and runs it on
# a library with the same interface.
#
#   GNS_INCLUDE=/path/to/include [GNS_LIBRARY=/path/to/library.so] tests/real/valve_headers/run.sh
#
# GNS_INCLUDE names the directory that holds steam/isteamnetworkingsockets.h. GNS_LIBRARY is the library to link with and
# to run on; without it this project's build/libfumarole.so is taken. Exit status 0: all checks passed; 1: some failed;
# 2: it could not be built; 77: skipped.
set -u
here=$(cd "$(dirname "$0")" && pwd)

if [ -z "${GNS_INCLUDE:-}" ]; then
    echo "skipped: GNS_INCLUDE is not set; it must name the directory that holds steam/isteamnetworkingsockets.h"
    exit 77
fi
if [ ! -f "$GNS_INCLUDE/steam/isteamnetworkingsockets.h" ]; then
    echo "there is no steam/isteamnetworkingsockets.h in GNS_INCLUDE=$GNS_INCLUDE" >&2
    exit 2
fi
library=${GNS_LIBRARY:-$here/../../../build/libfumarole.so}
if [ ! -f "$library" ]; then
    echo "the library $library does not exist; build it, or name another one in GNS_LIBRARY" >&2
    exit 2
fi
library=$(cd "$(dirname "$library")" && pwd)/$(basename "$library")

scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
# The library may have another SONAME than its file name; a link under that name lets the loader find this very file.
soname=$(objdump -p "$library" 2>/dev/null | awk '$1 == "SONAME" { print $2 }')
ln -s "$library" "$scratch/${soname:-$(basename "$library")}"

${CXX:-c++} -std=c++17 -O1 -g -Wall -Wextra ${CXXFLAGS:-} -isystem "$GNS_INCLUDE" -o "$scratch/valve_headers" \
    "$here/main.cpp" "$here/one_process.cpp" "$here/server.cpp" "$here/client.cpp" "$library" -lpthread || exit 2
LD_LIBRARY_PATH=$scratch${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "$scratch/valve_headers"
