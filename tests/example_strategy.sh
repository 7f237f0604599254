#!/bin/sh
# Follows the worked example of policies/README.md to the letter: takes its code out of the page, puts it into a copy of
# the tree as the one new file it says it is, builds, and sees the strategy listed, used and refused where it must be.
# usage: example_strategy.sh SOURCE_DIR GUEST_PROGRAM ARG...
set -eu
source=$1
program=$2
shift 2
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
(cd "$source" && tar cf - CMakeLists.txt jit policies guests/linux guests/cli guests/counters guests/main.c) | (cd "$copy" && tar xf -)
mkdir -p "$copy/experiments" "$copy/tests"
touch "$copy/experiments/CMakeLists.txt" "$copy/tests/CMakeLists.txt"
path=$(sed -n 's/^Put this into `\(.*\)`:$/\1/p' "$source/policies/README.md")
sed -n '/^```c$/,/^```$/p' "$source/policies/README.md" | sed '1d;$d' > "$copy/$path"
cmake -S "$copy" -B "$copy/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DJITLAB_PROGRAMS=OFF > "$copy/log" 2>&1 || { cat "$copy/log"; exit 1; }
cmake --build "$copy/build" --target jitlab > "$copy/log" 2>&1 || { cat "$copy/log"; exit 1; }
jitlab=$copy/build/jitlab
"$jitlab" list | grep -A2 '^  forward ' || { echo "not listed"; exit 1; }
want=$("$jitlab" exec "$program" "$@")
got=$("$jitlab" exec --check --set region=forward:size=100 "$program" "$@")
[ "$want" = "$got" ] || { echo "wrong result: $got"; exit 1; }
if "$jitlab" exec --set region=forward:size=1 "$program" 2> "$copy/err"; then
    echo "a size out of range was accepted"
    exit 1
fi
grep '^jitlab: ' "$copy/err"
