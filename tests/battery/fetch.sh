#!/bin/sh
# Fetches and unpacks the battery's packages: fetch.sh FOLDER
#
# apt works on a state of its own in FOLDER, with the machine's list of sources and keys and another architecture; the
# machine's packages and architectures stay as they are. What was fetched for the same list of packages is kept. Status
# 77: it cannot be had (no apt, no network, no such packages).
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=$1
skip() {
    echo "battery: skipped: $*"
    exit 77
}

mkdir -p "$folder/lists/partial" "$folder/debs/partial" && cd "$folder" || exit 1
if cmp -s "$here/packages.txt" sysroot/.packages; then
    echo "battery: the packages are there"
    exit 0
fi
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || skip "this is no Debian"

: >status # nothing is installed, so that apt takes all dependencies along
apt() {
    timeout "$1" apt-get -q -oAPT::Architecture=mipsel -oAPT::Architectures=mipsel -oDir::State="$PWD" \
        -oDir::State::lists="$PWD/lists" -oDir::State::status="$PWD/status" -oDir::Cache="$PWD" \
        -oDir::Cache::archives="$PWD/debs" -oAPT::Sandbox::User= -oAcquire::Languages=none \
        -oAcquire::Retries=1 -oAcquire::http::Timeout=20 "$2" $3 $4
}
apt 120 update "" "" >apt.log 2>&1 || skip "the package lists cannot be fetched ($(tail -n 1 apt.log))"
packages=$(grep -v '^#' "$here/packages.txt" | tr '\n' ' ')
apt 300 install "-y --no-install-recommends --download-only" "$packages" >>apt.log 2>&1 ||
    skip "the packages cannot be fetched ($(grep '^E:' apt.log | tail -n 1))"

rm -rf sysroot && mkdir sysroot
for deb in debs/*.deb; do
    dpkg-deb -x "$deb" sysroot || exit 1
done
# Absolute links point into the sysroot then, too.
find sysroot -type l -lname '/*' | while read -r link; do
    target=$(readlink "$link")
    up=$(dirname "${link#sysroot/}" | sed 's|[^/][^/]*|..|g')
    ln -sfn "$up$target" "$link"
done
cp "$here/packages.txt" sysroot/.packages
echo "battery: $(ls debs/*.deb | wc -l) packages, $(du -sh debs | cut -f 1) fetched"
