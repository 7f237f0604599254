#!/bin/sh
_=[[
# The front door of jitlab: ./bench.lua --help. This part is shell, for machines that have no Lua yet: it sees to the
# packages (experiments/harness/setup.sh) and hands over to the Lua part at the end of the file.
case $0 in
*/*) root=${0%/*} ;;
*) root=. ;;
esac
want=run
install=
for word in "$@"; do
    case $word in
    exec) break ;;
    test | --test) want=test ;;
    --install) install=--install ;;
    esac
done
if [ ! "$root/build/.packages-$want" -nt "$root/experiments/harness/packages.txt" ]; then
    sh "$root/experiments/harness/setup.sh" "$want" $install || exit
fi
exec lua5.4 "$0" "$@"
]]

local root = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = root .. "/experiments/?.lua;" .. package.path
package.cpath = root .. "/build/release/lib/?.so;" .. package.cpath
require("harness.paths").set_root(root)
os.exit(require("harness.cli").main(arg), true)
