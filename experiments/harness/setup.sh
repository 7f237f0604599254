#!/bin/sh
# Installs missing Debian packages: setup.sh run|test [--install]
#
# "run" is what building and experiments need, "test" is that and what the tests need (packages.txt). Packages are
# installed when this is root or sudo asks for no password, or, with --install, when sudo may ask for one. Otherwise the
# line that installs them is printed and the status is 2. A stamp in build/ remembers that nothing was missing.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 2
build=${here%/experiments/harness}/build
list=$here/packages.txt
want=${1:-run}
stamp=$build/.packages-$want

# shellcheck disable=SC3013 # dash and every other sh of Debian has -nt
if [ -e "$stamp" ] && [ "$stamp" -nt "$list" ]; then
    exit 0
fi

packages=$(awk -v want="$want" '/^\[/ { on = (index($0, "[run]") == 1 || want == "test"); next } /^[a-z0-9]/ && on' "$list")
missing=
for package in $packages; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
    installed) ;;
    *) missing="$missing $package" ;;
    esac
done

if [ -n "$missing" ]; then
    line="apt-get install -y --no-install-recommends$missing"
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "bench.lua: missing packages (this is no Debian; install their counterparts):$missing" >&2
        exit 2
    elif [ "$(id -u)" = 0 ]; then
        root=
    elif command -v sudo >/dev/null 2>&1 && { [ "${2:-}" = --install ] || sudo -n true 2>/dev/null; }; then
        root=sudo
    else
        echo "bench.lua: packages are missing; install them with: sudo $line" >&2
        exit 2
    fi
    echo "bench.lua: installing$missing" >&2
    export DEBIAN_FRONTEND=noninteractive
    # The lists may be absent or old; when they cannot be had, the ones that are there may do.
    $root apt-get update -q >&2 || echo "bench.lua: apt-get update failed, trying with the lists that are there" >&2
    # shellcheck disable=SC2086
    $root $line >&2 || {
        echo "bench.lua: could not install the packages; this would: sudo $line" >&2
        exit 2
    }
fi
mkdir -p "$build" && : >"$stamp"
