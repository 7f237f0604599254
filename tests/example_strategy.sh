#!/bin/sh
# Follows the worked example of policies/README.md to the letter: takes its code out of the page, puts it into a copy of
# the tree as the one new file it says it is, builds, and sees the strategy listed, used and refused where it must be. Beside it goes a
# strategy that refuses most configurations, to see what becomes of that: one sentence, and a covering array around it.
# usage: example_strategy.sh SOURCE_DIR BUILD_DIR GUEST_PROGRAM ARG...
set -eu
source=$1
build=$2
program=$3
shift 3
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
(cd "$source" && tar cf - CMakeLists.txt jit policies guests/linux guests/n64 guests/cli guests/counters guests/main.c) | (cd "$copy" && tar xf -)
rm "$copy/policies/byte-order/swizzle.c" # for consoles: with a Linux program it is impossible with everything, which is not the question here
mkdir -p "$copy/experiments" "$copy/tests"
touch "$copy/experiments/CMakeLists.txt" "$copy/tests/CMakeLists.txt"
path=$(sed -n 's/^Put this into `\(.*\)`:$/\1/p' "$source/policies/README.md")
sed -n '/^```c$/,/^```$/p' "$source/policies/README.md" | sed '1d;$d' > "$copy/$path"
cat > "$copy/policies/region/picky.c" <<'EOF'
#include <string.h>

#include "jit/policy.h"

static unsigned max_instructions(const struct jl_machine *m) {
    (void)m;
    return 64;
}

static const char *refuse(const struct jl_config *config) {
    return strcmp(config->axis[JL_AXIS_LOOKUP].strategy->name, "flat32") ? "it wants to be looked up in a flat table" : NULL;
}

static const struct jl_region_ops ops = {.max_instructions = max_instructions};

static const struct jl_strategy strategy = {
    .name = "picky", .axis = JL_AXIS_REGION, .summary = "a test", .source = "none", .refuse = refuse, .ops = &ops};
JL_STRATEGY(strategy);
EOF
cmake -S "$copy" -B "$copy/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=-O0 -DJITLAB_PROGRAMS=OFF > "$copy/log" 2>&1 || { cat "$copy/log"; exit 1; }
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
want="jitlab: region=picky: it wants to be looked up in a flat table"
for program in "$program" /nonexistent; do
    status=0
    got=$("$jitlab" exec --set region=picky --set lookup=hash "$program" "$@" 2>&1) || status=$?
    [ "$status $got" = "125 $want" ] || { echo "not refused: $status $got"; exit 1; }
done
lua5.4 "$source/tests/covering.lua" "$build" "$jitlab" 0 gcd > "$copy/covering" || { cat "$copy/covering"; exit 1; }
cat "$copy/covering"
grep -q "refused [0-9]* times: ${want#jitlab: }" "$copy/covering" || { echo "covering.lua met no refusal"; exit 1; }
# Impossible with each level of lookup but flat32, the default (the array has a further one, hash with another size), and with nothing else.
count='for _, axis in ipairs(require("dkjson").decode(io.read("a")).axes) do
    if axis.name == "lookup" then print(#axis.strategies) end
end'
levels=$("$jitlab" list --json | lua5.4 -e "$count")
grep -q " $levels pairs impossible" "$copy/covering" || { echo "$levels pairs should be impossible"; exit 1; }
