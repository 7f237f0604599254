-- A root folder in a temporary place with a jitlab and guest programs that are shell scripts: what the harness does with
-- them can be tested without a translator.

local files = require "harness.files"
local native = require "jitlab_native"
local paths = require "harness.paths"

local fake = {}

-- Sleeps a moment and prints; with --set lookup=wrong, =crash, =hang and so on it goes wrong in that way. Counters depend
-- on the settings alone.
local JITLAB = [==[#!/bin/sh
if [ "$1" = list ]; then
  cat "${0%/*}/list.json"
  exit 0
fi
case " $* " in # options are judged in order, and --help is the last
*" --model=btb=3x9 "*) echo "jitlab: --model: btb=3x9: no power of two" >&2; exit 125 ;;
*" --help "*) exit 0 ;;
esac
shift
stats= count=null settings= papi= until= frames=
while :; do
  case $1 in
  --set) settings="$settings $2"; shift 2 ;;
  --stats) stats=$2; shift 2 ;;
  --count) count=2500; shift ;;
  --papi) papi=$2; shift 2 ;;
  --max-memory | --pid | --argv0) shift 2 ;;
  --until) until=$2; shift 2 ;;
  --frames) frames=$2; shift 2 ;;
  *) break ;;
  esac
done
[ -z "$frames" ] || set -- true
[ -z "$until" ] || set -- "${0%/*}/console" "$1" "$until"
kind=exit
case $settings in
*lookup=crash*) kill -SEGV $$ ;;
*lookup=hang*) sleep 30 ;;
*lookup=wrong*) echo other ;;
*lookup=refuse*) echo "jitlab: no such thing" >&2; echo '{"exit":{"kind":"refused","status":125}}' >"$stats"; exit 125 ;;
*lookup=seven*) exit 7 ;;
*lookup=never*) echo "jitlab: lookup=never: not with anything" >&2; exit 125 ;;
*lookup=hog*) exec lua5.4 -e 'local t = {} for i = 1, 1e9 do t[i] = ("x"):rep(1000000) .. i end' ;;
*lookup=full*) echo "jitlab: memory limit reached" >&2; echo '{"exit":{"kind":"limit","status":124}}' >"$stats"; exit 124 ;;
*) "$@" ;;
esac
status=$?
dispatches=10
case $settings in *link=none*) dispatches=1000 ;; esac
cat >"$stats" <<EOF
{"schema":1,"exit":{"kind":"$kind","status":$status},"fingerprint":"f00d",
 "counters":{"guest_instructions":1000,"host_instructions":$count,"dispatches":$dispatches,"big":9007199254740993},
 "papi":{"PAPI_TOT_INS":{"value":null,"reason":"add: Event does not exist"}}}
EOF
exit $status
]==]

local LIST = [[{"axes":[
 {"name":"lookup","summary":"s","default":"flat","strategies":[
  {"name":"flat","params":[]},{"name":"wrong","params":[]},{"name":"crash","params":[]},{"name":"hang","params":[]},
  {"name":"refuse","params":[]},{"name":"seven","params":[]},{"name":"never","params":[]},{"name":"hog","params":[]},
  {"name":"full","params":[]}]},
 {"name":"link","summary":"s","default":"static","strategies":[{"name":"static"},{"name":"none"}]},
 {"name":"returns","summary":"s","default":"rsb","strategies":[{"name":"none"},
  {"name":"rsb","params":[{"name":"depth","default":16,"min":1,"max":64,"summary":"s"}]}]}],
 "passes":[],"counters":[
 {"name":"guest_instructions","unit":"instructions","summary":"s","deterministic":true},
 {"name":"host_instructions","unit":"instructions","summary":"s","deterministic":true},
 {"name":"dispatches","unit":"events","summary":"s","deterministic":true},
 {"name":"big","unit":"events","summary":"s","deterministic":true},
 {"name":"translate_ns","unit":"ns","summary":"s","deterministic":false}]}]]

local MANIFEST = [[return {
  { name = "alpha", source = "alpha.c", kind = "workload", args = { quick = { "1" }, full = { "2" } } },
  { name = "dies", source = "dies.c", kind = "micro", exit = "SIGSEGV", args = { quick = { "1" }, full = { "1" } } },
  { name = "beta-x", program = "beta", source = "beta.c", kind = "workload", args = { quick = { "1" }, full = { "2" } } },
}]]

-- A console: does what the words in a ROM say. With a prefix, $3, its lines have that and it never ends.
local CONSOLE = [[#!/bin/sh
set -- "$1" "$2" "$3" $(od -An -tu1 -j 4104 -N 12 "$1")
size=$(($6 * 256 + $7)) option=${11} rounds=${15}
if [ "$rounds" -gt 1 ]; then
  i=0
  while [ "$i" -lt "$rounds" ]; do i=$((i + 1)); echo "$3JITLAB-ROUND"; done
fi
echo "$3result: $size $option"
echo "$3$2"
[ -z "$3" ] || exec sleep 60
]]

-- Another emulator, which says more than the ROM does.
local PEER = [[#!/bin/sh
echo "Core: starting"
for rom; do :; done
[ "${JITLAB_FRAMES:-0}" = 0 ] || { head -c 6 "$rom" >%s/build/started; echo "IS64: JITLAB-FRAMES"; sleep 60; }
exec %s/build/release/console "$rom" JITLAB-END "Core: IS64: "
]]

local ROMS = [[return {
  { name = "rom_alpha", source = "alpha.c", guest = "n64", kind = "rom", args = { quick = { "300", "7" }, full = { "2", "0" } },
    ["until"] = "JITLAB-END" },
  { name = "rom_beta", source = "beta.c", guest = "n64", kind = "rom", args = { quick = { "3", "1" }, full = { "2", "0" } },
    ["until"] = "JITLAB-END", peers = { mupen64plus = "it has no beta" } },
}]]

-- A guest program: prints, and leaves a time for each repetition that it is asked for.
local PROGRAM = [[#!/bin/sh
i=0
[ -z "$REPEAT" ] || while [ "$i" -lt "$REPEAT" ]; do i=$((i + 1)); echo $((2000 - i * 100)); done >"$REPEAT_TIMES"
echo %s $1
]]

-- Writes a program.
function fake.script(path, content)
  files.write(path, content)
  assert(os.execute("chmod +x '" .. path .. "'"))
end

-- Makes the root and turns the harness to it. Returns its path.
function fake.root()
  local root = os.tmpname()
  os.remove(root)
  files.mkdir(root .. "/guests/programs")
  files.mkdir(root .. "/experiments")
  files.write(root .. "/guests/programs/manifest.lua", MANIFEST)
  files.mkdir(root .. "/guests/n64/programs")
  files.write(root .. "/guests/n64/programs/manifest.lua", ROMS)
  files.mkdir(root .. "/build/release/programs/n64")
  for _, name in ipairs { "alpha", "beta" } do
    files.write(("%s/build/release/programs/n64/%s.z64"):format(root, name), ("\0"):rep(0x1100))
  end
  fake.script(root .. "/build/release/console", CONSOLE)
  files.mkdir(root .. "/build/bin")
  fake.script(root .. "/build/bin/mupen64plus", PEER:format(root, root))
  for _, variant in ipairs { "host", "mipsel" } do
    files.mkdir(root .. "/build/release/programs/" .. variant)
    for _, name in ipairs { "alpha", "beta" } do
      fake.script(("%s/build/release/programs/%s/%s"):format(root, variant, name), PROGRAM:format(name))
    end
  end
  for _, variant in ipairs { "host", "mipsel" } do
    fake.script(("%s/build/release/programs/%s/dies"):format(root, variant), "#!/bin/sh\nkill -SEGV $$\n")
  end
  fake.script(root .. "/build/release/jitlab", JITLAB)
  files.write(root .. "/build/release/list.json", LIST)
  paths.set_root(root)
  return root
end

-- bench.lua run in a process of its own, on the fake root. words: fields of the command line's table, as Lua text; around:
-- function(command) that returns the words of another command to run it under.
function fake.bench(root, path, words, timeout, around)
  local code = ([[
    package.path, package.cpath = %q, %q
    require("harness.paths").set_root(%q)
    local fail = require "harness.fail"
    local args = { experiment = { %q }, db = %q, out = %q, words = {}, %s }
    local ok, status = xpcall(require("harness.run"), function(e) return fail.is(e) and e.message or debug.traceback(e) end, args)
    if not ok then io.stderr:write(status, "\n") end
    os.exit(ok and status or 2, true)
  ]]):format(package.path, package.cpath, root, path, root .. "/results/x.db", root .. "/results", words or "")
  local argv = { "lua5.4", "-e", code }
  if around then
    files.write(root .. "/code.lua", code)
    argv = around("lua5.4 " .. root .. "/code.lua")
  end
  return native.run { argv = argv, timeout = timeout or 120, keep_stdout = 1 << 20, keep_stderr = 1 << 20 }
end

-- The front door of the root, for what starts it by itself: bench.lua's command line without its look at packages.
function fake.front_door(root)
  fake.script(root .. "/bench.lua", ([[#!/usr/bin/env lua5.4
package.path, package.cpath = %q, %q
require("harness.paths").set_root(%q)
os.exit(require("harness.cli").main(arg), true)
]]):format(package.path, package.cpath, root))
end

function fake.remove(root)
  assert(root:find("^/tmp/"))
  native.run { argv = { "rm", "-rf", root } }
  paths.set_root(".")
end

-- Writes an experiment whose table has these fields beside or instead of the usual ones; returns its path.
function fake.experiment(root, fields)
  local path = root .. "/experiments/x.lua"
  files.write(path, ([[
local design = require "harness.design"
local e = {
  name = "x",
  summary = "a test",
  workloads = { "alpha", "beta-x" },
  configs = design.join(design.native(), design.config("default"), design.config("unlinked", { link = "none" })),
  baseline = "native",
  repeats = { quick = 3, full = 4 },
}
%s
return e
]]):format(fields or ""))
  return path
end

return fake
