-- The regression gate on the real translator: unchanged code never raises an alarm, code that is 3 % slower always does.
--
-- The slower code comes from a jitlab in front of the real one, a script that adds one --set: what a commit does that loses an
-- optimisation. So what runs is translated code of a few per cent more instructions, made by the translator itself; nothing of it is in
-- the product.
--
-- usage: lua5.4 regress.lua SOURCE_DIR BUILD_DIR
local source, build = arg[1], arg[2]
package.path = source .. "/experiments/?.lua;" .. package.path
package.cpath = build .. "/lib/?.so;" .. package.cpath
local paths = require "harness.paths"
paths.set_root(source)
local catalogue = require "harness.catalogue"
local files = require "harness.files"
local host = require "harness.host"
local native = require "jitlab_native"
local command = require "harness.regress.command"

local UNCHANGED = 200
local SMALLEST, LARGEST, LEAST = 1.02, 1.04, 5 -- effects that count as 3 %, and how many of the list below have to be

-- What is lost, and where it costs about 3 % of the host instructions.
local LOSSES = {
  { "sha256", "passes=all:pin=0" }, { "crc", "passes=all:pin=0" }, { "qsortcb", "passes=all:pin=0" },
  { "int64", "passes=all:coalesce=0" }, { "int64", "events=split" }, { "nbody", "events=split" }, { "records", "passes=all:fuse=0" },
  { "gcd", "passes=all:fuse=0" }, { "trees", "passes=all:sink=0" }, { "bytes", "passes=all:sink=0" },
  { "calls", "passes=all:address=0" }, { "gcd", "region=loop:callee=0" }, { "records", "passes=all:dead=0" },
}

local here = os.tmpname()
os.remove(here)
files.mkdir(here .. "/build")
assert(os.execute(("ln -s '%s/programs' '%s/build/programs' && ln -s '%s/CMakeCache.txt' '%s/build/'"):format(build, here, build, here)))
paths.set_build(here .. "/build")

-- What git, the compilers and jitlab say of themselves is the same in all runs, and takes longer than a run.
local function ask_once(module, name)
  local ask, known = module[name], nil
  module[name] = function(...)
    known = known or ask(...)
    return known
  end
end
ask_once(host, "provenance")
ask_once(catalogue, "load")

local failed = 0
local function wrong(format, ...)
  failed = failed + 1
  print("WRONG: " .. format:format(...))
end

-- Makes the jitlab that the harness is to see: the real one, or with a setting more.
local function install(setting)
  local path = here .. "/build/jitlab"
  local add = setting and ("--set '%s' "):format(setting) or ""
  files.write(path, ([[
#!/bin/sh
[ "$1" = exec ] || exec '%s/jitlab' "$@"
shift
exec '%s/jitlab' exec %s"$@"
]]):format(build, build, add))
  assert(os.execute("chmod +x " .. path))
end

local function experiment(name, workloads)
  files.write(("%s/%s.lua"):format(here, name), ([[
local design = require "harness.design"
return { name = %q, summary = "a test", workloads = { %s }, configs = design.join(design.config("default")), baseline = "default",
  size = { quick = "test", full = "test" } }]]):format(name, workloads))
  return ("%s/%s.lua"):format(here, name)
end

-- One bench.lua regress, without its process: status and what it found. What it prints is not wanted here.
-- luacheck: push ignore 122
local function regress(name, options)
  local args = { baseline = ("%s/%s.json"):format(here, name), db = here .. "/x.db", out = here, words = {}, time_limit = 0 }
  for key, value in pairs(options or {}) do args[key] = value end
  local stdout, stderr = io.stdout, io.stderr
  io.stdout, io.stderr = assert(io.open("/dev/null", "w")), assert(io.open("/dev/null", "w"))
  local ok, status = pcall(command.main, args)
  io.stdout:close()
  io.stderr:close()
  io.stdout, io.stderr = stdout, stderr
  return ok and status, not ok and tostring(status) or nil
end
-- luacheck: pop

local function rows_of(name)
  local page = files.read(here .. "/page.md") or ""
  return page, tonumber(page:match("default/" .. name .. " | host\\_instructions | %d+ | %d+ | ([%d.]+)"))
end

install()
experiment("small", "{ from = 'calls', args = { test = { 20 } } }")
if regress("small", { update = true, experiment = here .. "/small.lua" }) ~= 0 then wrong("no baseline was made") end
local begun, alarms = native.clock(), 0
for i = 1, UNCHANGED do
  local status, message = regress("small")
  if status ~= 0 then
    alarms = alarms + 1
    wrong("run %d of unchanged code has status %s %s", i, status, message or "")
  end
end
print(("%d runs of unchanged code, %d alarms, %.1f s"):format(UNCHANGED, alarms, (native.clock() - begun) / 1e9))

-- A baseline holds in other folders too: the guest's C library looks at the length of the path that it stands in.
local elsewhere = here .. "/a/folder/with/a/longer/path/than/the/one/before"
for _, variant in ipairs { "host", "mipsel" } do
  files.mkdir(("%s/programs/%s"):format(elsewhere, variant))
  assert(os.execute(("cp '%s/programs/%s/calls' '%s/programs/%s/'"):format(build, variant, elsewhere, variant)))
end
assert(os.execute(("cp '%s/build/jitlab' '%s/'"):format(here, elsewhere)))
paths.set_build(elsewhere)
if regress("small") ~= 0 then wrong("the same programs in another folder are not the same") end
paths.set_build(here .. "/build")

-- Every workload of the list on its own; those whose loss is of the size in question have to be caught.
local about, caught = 0, 0
local names, seen = {}, {}
for _, loss in ipairs(LOSSES) do
  if not seen[loss[1]] then seen[loss[1]], names[#names + 1] = true, loss[1] end
end
experiment("losses", "'" .. table.concat(names, "', '") .. "'")
if regress("losses", { update = true, experiment = here .. "/losses.lua" }) ~= 0 then wrong("no baseline was made of the losses") end
for _, loss in ipairs(LOSSES) do
  install(loss[2])
  local status, message = regress("losses", { filter = loss[1], markdown = here .. "/page.md" })
  local page, ratio = rows_of(loss[1])
  if not ratio then wrong("%s with %s: no ratio: %s%s", loss[1], loss[2], message or "", page) end
  print(("%-10s %-22s %.4f status %s"):format(loss[1], loss[2], ratio or 0, status))
  if ratio and ratio >= SMALLEST and ratio <= LARGEST then
    about = about + 1
    caught = caught + (status == 1 and 1 or 0)
    if status ~= 1 then wrong("%s with %s is %.4f times as much and status %s", loss[1], loss[2], ratio, status) end
  end
end
print(("%d losses of about 3 %%, %d caught"):format(about, caught))
if about < LEAST then wrong("only %d of the losses are from %g to %g: the list needs others", about, SMALLEST, LARGEST) end
os.execute("rm -rf " .. here)
os.exit(failed == 0)
