#!/bin/sh
# Runs every fuzzer of a build with preset `fuzz` for some seconds each, from seeds the build makes. Ends at the first
# crash, with the input that made it as the text that tests/fuzz/regress keeps.
#
# usage: tests/fuzz/run.sh BUILD_DIR [SECONDS] [SEED]
set -u
build=$1
seconds=${2:-20}
seed=${3:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for fuzzer in elf translate execute n64_rom n64_bus n64_state; do
    corpus=$work/$fuzzer
    mkdir "$corpus"
    "$build/tests/fuzz/fuzz_seeds" "$(case $fuzzer in translate | execute) echo words ;; *) echo $fuzzer ;; esac)" "$corpus" || exit 1
    echo "fuzzer $fuzzer, $seconds s, seed $seed"
    if ! "$build/tests/fuzz/fuzz_$fuzzer" -seed="$seed" -max_total_time="$seconds" -max_len=1400 -timeout=20 -rss_limit_mb=4096 \
        -print_final_stats=1 -verbosity=0 -artifact_prefix="$work/found-" "$corpus" >"$work/log" 2>&1; then
        cat "$work/log"
        for input in "$work"/found-*; do
            echo "input: save as tests/fuzz/regress/$fuzzer/NAME.hex, then ctest -R fuzz.regressions.$fuzzer"
            od -An -v -tx1 "$input"
        done
        exit 1
    fi
    grep -E 'number_of_executed_units|peak_rss' "$work/log"
done
