-- Runs busted on the spec files named on the command line, with the harness's modules in reach:
--   lua5.4 run.lua BUILD_LIB_DIR FILE...
-- BUILD_LIB_DIR is where jitlab_native.so is (lib/ of a build tree).

local here = arg[0]:match("^(.*)/[^/]*$") or "."
local lib = table.remove(arg, 1)
package.path = ("%s/../../?.lua;%s/?.lua;%s"):format(here, here, package.path)
package.cpath = lib .. "/?.so;" .. package.cpath
SPEC = { here = here, lib = lib } -- luacheck: globals SPEC
require "busted.runner" { standalone = false, output = "plainTerminal" }
