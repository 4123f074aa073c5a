#!/usr/bin/env bash
# bench/compare.py, on a repository whose commits take no time to build: they copy the library that is there already.
# shellcheck source=tests/tools/library.sh
source "$(dirname "$0")/../tools/library.sh"
drive=$fumarole
source=$2
library=$3/libfumarole.so

if ! command -v git >/dev/null; then
    echo "git is not installed"
    exit 0
fi
export TMPDIR=$directory/temporary GIT_CONFIG_GLOBAL=/dev/null
mkdir "$TMPDIR"

commit() { # FILES... are what the commit adds
    git -C toy add -A
    git -C toy -c user.name=tester -c user.email=tester@localhost commit -q -m "$1"
}
git -c init.defaultBranch=main init -q toy
cat >toy/CMakeLists.txt <<EOF
cmake_minimum_required(VERSION 3.20)
project(toy NONE)
add_custom_target(fumarole COMMAND \${CMAKE_COMMAND} -E copy $library \${PROJECT_BINARY_DIR}/libfumarole.so)
EOF
commit "First"
echo "more" >toy/more
commit "Second"
sed -i 's/add_custom_target.*/message(FATAL_ERROR "this one is broken")/' toy/CMakeLists.txt
commit "Third"

compare() {
    "$source/bench/compare.py" --repository toy --drive "$drive" --seconds 0.3 --rounds 2 "$@"
}
# Nothing stays behind, however it has ended.
clean() {
    checks=$((checks + 1))
    [ "$(git -C toy worktree list | wc -l)" -eq 1 ] || fail "a worktree is left"
    [ -z "$(ls "$TMPDIR")" ] || fail "temporary files are left"
}

expect 2 compare nothing main
said "'nothing' is no commit"
expect 2 compare main~1 main~2 blk
said "there is no workload 'blk'"
expect 2 compare --rounds 0 main~1 main~2
said "at least one round"
expect 2 compare main~1 main rmsgs-100
said "main ("
said "this one is broken"
clean

expect 0 compare main~2 main~1 --csv both.csv rmsgs-100 connect-500
said "A = main~2: $(git -C toy rev-parse --short main~2) First"
said "B = main~1: $(git -C toy rev-parse --short main~1) Second"
said "B / A"
said "connect, 500 at once"
grep -q "^2/2 rmsgs-100 B: " last.err || fail "the second library was not measured twice"
contains both.csv "1,B,connect-500,per_second"
clean

# The files as they lie there, which are not committed.
git -C toy checkout -q main~1
expect 0 compare main~1 . --quiet rmsgs-100
said "B = .: the files as they are"
clean

# In the middle of it.
for signal in INT TERM; do
    start interrupted python3 -B -c "
import signal, os, sys
signal.signal(signal.SIGINT, signal.default_int_handler) # a shell's background processes ignore it
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])" \
        "$source/bench/compare.py" --repository toy --drive "$drive" --seconds 0.3 --rounds 1000 main~2 main~1 rmsgs-100
    await interrupted.err "1/1000 rmsgs-100 A: " "$started"
    kill -"$signal" "$started"
    ends "$started" 130
    contains interrupted.err "interrupted"
    clean
done
