#!/bin/sh
# Generates the C code of all .proto files in this directory into the directory given (default: src/wire/generated).
# Needs nanopb_generator.py and protoc (Debian: nanopb, protobuf-compiler).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../src/wire/generated}
generator=$(command -v nanopb_generator.py || command -v nanopb_generator) || {
    echo "generate.sh: nanopb_generator is not installed (Debian: apt install nanopb protobuf-compiler)" >&2
    exit 1
}
mkdir -p "$out"
cd "$here"
"$generator" --quiet --strip-path --output-dir="$out" ./*.proto
