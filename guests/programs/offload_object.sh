#!/bin/sh
# Compiles the offloadable functions of a guest program for the host (offload.h).
# usage: offload_object.sh PROGRAM OBJECT SOURCE COMPILER [FLAG]...
set -e
program=$1 object=$2 source=$3
shift 3
sum=$(cksum <"$program")
exec "$@" -DOFFLOAD_OBJECT -DPROGRAMS_OWN_MAIN "-DOFFLOAD_SUM=${sum% *}u" "-DOFFLOAD_SIZE=${sum#* }u" -o "$object" "$source"
