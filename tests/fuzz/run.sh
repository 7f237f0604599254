#!/bin/sh
# Runs every fuzzer of a build with preset `fuzz` for some seconds each, from seeds the build makes, as many at a time as there are
# processors. After a crash no further one begins, and the input that made it is printed as the text that tests/fuzz/regress keeps.
#
# usage: tests/fuzz/run.sh BUILD_DIR [SECONDS] [SEED]
set -u
build=$1
seconds=${2:-20}
seed=${3:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export build seconds seed work

# 255: xargs starts no further fuzzer. What one has to say comes as a whole.
# shellcheck disable=SC2016 # a program for other shells
printf '%s\n' elf translate execute n64_rom n64_bus n64_state | xargs -P"$(nproc)" -I{} sh -u -c '
    fuzzer={} corpus=$work/{}
    mkdir "$corpus"
    "$build/tests/fuzz/fuzz_seeds" "$(case $fuzzer in translate | execute) echo words ;; *) echo $fuzzer ;; esac)" "$corpus" || exit 255
    if "$build/tests/fuzz/fuzz_$fuzzer" -seed="$seed" -max_total_time="$seconds" -max_len=1400 -timeout=20 -rss_limit_mb=4096 \
        -print_final_stats=1 -verbosity=0 -artifact_prefix="$corpus-found-" "$corpus" >"$corpus-log" 2>&1; then
        status=0
        said=$(grep -E "number_of_executed_units|peak_rss" "$corpus-log")
    else
        status=255
        said=$(
            cat "$corpus-log"
            for input in "$corpus"-found-*; do
                echo "input: save as tests/fuzz/regress/$fuzzer/NAME.hex, then ctest -R fuzz.regressions.$fuzzer"
                od -An -v -tx1 "$input"
            done
        )
    fi
    printf "fuzzer %s, %s s, seed %s\n%s\n" "$fuzzer" "$seconds" "$seed" "$said"
    exit $status'
