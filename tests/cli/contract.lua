-- The command line's contract (DESIGN.md section 5), word by word: what this version fills answers, and what it doesn't says so in
-- one line that names what is there, with a status that isn't zero.
--
-- usage: lua5.4 contract.lua SOURCE_DIR BUILD_DIR     BUILD_DIR has to be SOURCE_DIR/build/release for the bench.lua part
local json = require "dkjson"
local source, build = arg[1], arg[2]
local program = build .. "/programs/mipsel/calls"
local here = os.tmpname()
os.remove(here)
assert(os.execute("mkdir " .. here))

local function read(path)
  local f = io.open(path)
  local content = f and f:read("a") or ""
  if f then f:close() end
  return content
end

local function write(path, content)
  local f = assert(io.open(path, "w"))
  f:write(content)
  f:close()
end

local failed, done = 0, 0
local function wrong(command, format, ...)
  failed = failed + 1
  print(("WRONG: %s\n  %s"):format(command, format:format(...)))
end

-- Runs a command in the temporary folder; returns status, standard output and standard error.
local function run(command)
  done = done + 1
  local ok = os.execute(("cd %s && (timeout 120 %s) >out 2>err </dev/null; echo $? >status"):format(here, command))
  assert(ok)
  return tonumber(read(here .. "/status")), read(here .. "/out"), read(here .. "/err")
end

-- It must end with this status, print nothing, and say one line that holds each of the texts.
local function refused(command, status, ...)
  local got, out, err = run(command)
  if got ~= status then wrong(command, "status %s instead of %d: %s", got, status, err) end
  if out ~= "" then wrong(command, "printed %s", out) end
  if not err:match("^[^\n]+\n$") then wrong(command, "not one line: %s", err) end
  for _, text in ipairs { ... } do
    if not err:find(text, 1, true) then wrong(command, "'%s' is not in: %s", text, err) end
  end
end

-- It must end with status 0 and print something that matches.
local function works(command, pattern)
  local got, out, err = run(command)
  if got ~= 0 then wrong(command, "status %s: %s", got, err) end
  if pattern and not (out .. err):find(pattern) then wrong(command, "no '%s' in: %s", pattern, (out .. err):sub(1, 300)) end
  return out
end

-- jitlab exec ------------------------------------------------------------------------------------------------------------------

local jitlab = build .. "/jitlab exec "
works(jitlab .. program .. " 100", "^result: 0x")
works(jitlab .. "--guest linux " .. program .. " 100", "^result: 0x")
refused(jitlab, 125, "no program")
refused(jitlab .. "--guest n65 " .. program, 125, "'n65'", "linux", "n64")
refused(jitlab .. "--guest n64 " .. program, 125, "N64 ROM")
works(jitlab .. "--sysroot / " .. program .. " 100", "^result: 0x")
refused(jitlab .. "--sysroot " .. program .. " " .. program, 125, "--sysroot", "not a directory")
for _, option in ipairs { "--frames 3", "--screenshot a.png", "--log file", "--wav a.wav", "--save sram=a", "--inputs a", "--rdram 4" } do
  local name = option:match("^%S+")
  refused(jitlab .. option .. " " .. program, 125, name .. " ", "n64")
  refused(jitlab .. option:gsub(" ", "=", 1) .. " " .. program, 125, name .. " ", "n64")
end
refused(jitlab .. "--nonsense " .. program, 125, "--nonsense")
refused(jitlab .. "--set", 125, "--set")
refused(jitlab .. "--set lokup=flat " .. program, 125, "lokup", "'lookup'")
refused(jitlab .. "--set lookup=flt " .. program, 125, "flt", "'flat'")
refused(jitlab .. "--set lookup " .. program, 125, "AXIS=NAME")
refused(jitlab .. "--set lookup=hash:bits=99 " .. program, 125, "bits", "8 to 22")
refused(jitlab .. "--set lookup=hash:bit=9 " .. program, 125, "'bit'")
refused(jitlab .. "--dump everything " .. program, 125, "guest, ir, host and all")
refused(jitlab .. "--seconds soon " .. program, 125, "soon")
refused(jitlab .. "--seconds 0.2 " .. program .. " 2000000000", 124, "time limit")
-- A guest that does not end, in lockstep: the same limit, and the same signals end it at once. (timeout says 137 when it had to kill.)
refused(jitlab .. "--check --seconds 0.2 " .. program .. " 2000000000", 124, "time limit")
for signal, status in pairs { TERM = 143, INT = 130 } do
  for _, check in ipairs { "", "--check ", "--check --set tier=single --slice 1000000000 " } do
    local command = ("timeout --preserve-status -s %s -k 1 0.5 %s%s%s 2000000000"):format(signal, jitlab, check, program)
    local got, out, err = run(command)
    if got ~= status or out ~= "" or err ~= "" then wrong(command, "status %s, said: %s%s", got, out, err) end
  end
end
refused(jitlab .. "--max-instructions 10 " .. program, 124, "instruction limit")
refused(jitlab .. "--stats /nonexistent/file " .. program, 125, "/nonexistent/file")
refused(jitlab .. "/nonexistent", 125, "/nonexistent")
refused(jitlab .. source .. "/README.md", 125, "not an ELF file")
-- Without --guest a file goes by its first bytes; of one that is named like a ROM it is told what is wrong with them.
for name, said in pairs {
  ["empty.z64"] = { "", "empty" }, ["short.V64"] = { "\x80\x37\x12", "it has only 3 bytes" },
  ["shuffled.n64"] = { ("\x12\x40\x80\x37"):rep(2000), "12 40 80 37", "three byte orders", "80 37 12 40" },
} do
  write(("%s/%s"):format(here, name), said[1])
  refused(jitlab .. name, 125, ("jitlab: %s: neither an ELF file nor an N64 ROM: "):format(name), table.unpack(said, 2))
end
write(here .. "/shuffled.bin", ("\x12\x40\x80\x37"):rep(2000))
refused(jitlab .. "shuffled.bin", 125, "shuffled.bin: not an ELF file")
refused(jitlab .. "none.z64", 125, "none.z64: No such file")
assert(os.execute(("cd %s && mkdir folder.z64 && cp %s program.z64"):format(here, program)))
refused(jitlab .. "folder.z64", 125, "not a regular file")
works(jitlab .. "program.z64 100", "^result: 0x")
for _, what in ipairs { "ir", "host", "all" } do
  works(jitlab .. "--dump " .. what .. " " .. program .. " 1", "^result: 0x[^\n]*\n%-%- ")
end
works(jitlab .. "--check " .. program .. " 100", "^result: 0x")
works(jitlab .. "--stats stats.json --count "
  .. "--papi PAPI_TOT_INS,perf::PAGE-FAULTS,sde:::jitlab::dispatches,sde:::jitlab::none " .. program .. " 100")
local stats = json.decode(read(here .. "/stats.json"), 1, json.null) or {}
local papi = stats.papi or {}
local function papi_event(name, known)
  local event = papi[name] or {}
  if known and math.type(event.value) ~= "integer" then wrong("--papi", "%s has no value", name) end
  if math.type(event.value) ~= "integer" and (event.value == 0 or #(event.reason or "") < 5) then
    wrong("--papi", "%s has neither value nor reason", name)
  end
end
papi_event("sde:::jitlab::dispatches", true)
papi_event("perf::PAGE-FAULTS")
papi_event("PAPI_TOT_INS")
papi_event("sde:::jitlab::none")
if (papi["sde:::jitlab::dispatches"] or {}).value ~= (stats.counters or {}).dispatches then
  wrong("--papi", "PAPI and --stats differ about dispatches")
end

-- bench.lua in a clone where nothing is built --------------------------------------------------------------------------------

assert(os.execute(("mkdir -p %s/clone/build && cp -r %s/bench.lua %s/experiments %s/clone"):format(here, source, source, here)))
-- As after the packages were looked at: a test installs none.
assert(os.execute(("touch %s/clone/build/.packages-run"):format(here)))
works("clone/bench.lua --help", "^Usage: bench.lua")
refused("clone/bench.lua nonsense", 2, "nonsense", "setup, doctor, list, exec, run, report, compare, regress, test")
refused("clone/bench.lua run quick --precision x", 2, "--precision")

-- bench.lua --------------------------------------------------------------------------------------------------------------------

if build == source .. "/build/release" then
  local bench = source .. "/bench.lua "
  refused(bench, 2, "command", "setup, doctor, list, exec, run, report, compare, regress, test")
  refused(bench .. "nonsense", 2, "nonsense", "setup, doctor, list, exec, run, report, compare, regress, test")
  for _, words in ipairs { "report", "report RUN --out DIR", "report --list", "compare RUN RUN" } do
    refused(("%s%s --db %s/none.db"):format(bench, words, here), 2, "there is no results database", "none.db")
  end
  refused(bench .. "doctor now", 2, "too many arguments")
  do
    local status, said = run(bench .. "doctor --quick --json") -- of a host that is not known here
    local looked = json.decode(said) or {}
    if status ~= looked.status or (status ~= 0 and status ~= 1) then
      wrong("doctor --json", "status %s, and in its answer %s", status, looked.status)
    end
    for _, name in ipairs { "timer", "noise", "counters", "trial_ns" } do
      if not (looked.measured or {})[name] then wrong("doctor --json", "%s was not measured", name) end
    end
    if #(looked.findings or {}) < 20 then wrong("doctor --json", "%d findings", #(looked.findings or {})) end
    for _, f in ipairs(looked.findings or {}) do
      local complete = f.state == "fine" or f.state == "unseen" or f.state == "found" and f.weight and f.why and f.how
      if not (complete and f.name and f.what) then wrong("doctor --json", "an incomplete finding: %s", json.encode(f)) end
    end
    local _, told = run(bench .. "doctor --quick")
    if not told:find("noise floor: the same ", 1, true) then wrong("doctor", "no noise floor in: %s", told:sub(1, 300)) end
  end
  for _, what in ipairs { "axes", "strategies", "guests", "workloads", "experiments", "counters" } do
    works(bench .. "list " .. what, "^" .. what)
    local all = json.decode(works(bench .. "list " .. what .. " --json"))
    if type(all) ~= "table" or #all == 0 then wrong("list --json", "%s: no list", what) end
    for _, item in ipairs(all or {}) do
      if type(item.name) ~= "string" or type(item.summary) ~= "string" then
        wrong("list --json", "%s: an item without name or summary", what)
      end
      if what == "experiments" and item.summary:find("^broken") then wrong("list experiments", "%s", item.summary) end
    end
    if what == "experiments" then -- every one is without a mistake, in both sizes
      local names = {}
      for i, item in ipairs(all or {}) do names[i] = item.name end
      for _, size in ipairs { "", " --quick" } do
        local told = works(bench .. "run " .. table.concat(names, " ") .. " --dry-run --db none.db" .. size)
        if select(2, told:gsub("\ntrials: ", "")) ~= #names then wrong("run --dry-run", "not all experiments: %s", told:sub(-300)) end
      end
    end
  end
  for _, width in ipairs { "2", "0", "x%", "-1%" } do
    refused(bench .. "run quick --precision=" .. width, 2, "--precision", "2% or 0.02", "'" .. width .. "'")
  end
  refused(bench .. "list axis", 2, "'axis'", "'axes'")
  works(bench .. "exec " .. program .. " 100", "^result: 0x")
  refused(bench .. "exec --screenshot a.png " .. program, 125, "--screenshot", "n64")

  refused(bench .. "run", 2, "experiment")
  refused(bench .. "run qiuck", 2, "qiuck", "'quick'")
  refused(bench .. "run nowhere --resume", 2, "nowhere", "quick")
  refused(bench .. "run ./nowhere.lua", 2, "./nowhere.lua")
  -- A PATH with all that bench.lua needs and no Slurm, wherever that is installed.
  assert(os.execute(("mkdir %s/bin && cd %s/bin && for f in /usr/local/bin/* /usr/bin/* /bin/*; do case $f in */sbatch) ;; "
    .. "*) ln -sf $f . ;; esac; done"):format(here, here)))
  refused(("env PATH=%s/bin %srun quick --engine slurm"):format(here, bench), 2, "--engine slurm", "sbatch cannot be run", "--engine local")
  refused(bench .. "run quick --engine cloud", 2, "cloud", "local")
  for _, words in ipairs { "--shards 2", "--slurm --time=1", "--no-wait" } do
    refused(bench .. "run quick " .. words, 2, words:match("%S+"), "--engine slurm")
  end
  refused(bench .. "run quick --engine slurm --shards none", 2, "--shards", "'none'")
  refused(bench .. "run quick --engine slurm --slurm=--array=1-3", 2, "--array", "engine")
  refused(bench .. "run quick --engine slurm --slurm '\"x'", 2, "--slurm", "quote")
  for _, words in ipairs { "0/2", "3/2", "x", "1/" } do refused(bench .. "run quick --seed 1 --shard " .. words, 2, "--shard", "K/N") end
  refused(bench .. "run quick --shard 1/2", 2, "--shard", "--seed")
  refused(bench .. "run quick --shard 1/99 --seed 1", 2, "quick", "at most")
  refused(bench .. "run quick --identity x", 2, "--identity", "--shard")
  refused(bench .. "run quick --shard 1/2 --seed 1 --identity x", 2, "no longer those")
  works(bench .. "run quick --quick --engine slurm --dry-run --shards 2", "\nshard 2: %a")
  refused(bench .. "run quick --repeat 0", 2, "--repeat", "'0'")
  refused(bench .. "run quick --repeat often", 2, "--repeat", "'often'")
  refused(bench .. "run quick --seed x", 2, "--seed", "'x'")
  refused(bench .. "run quick --counters ''", 2, "--counters", "list counters")
  refused(bench .. "run quick --counters dispatch", 2, "dispatch", "'dispatches'")
  refused(bench .. "run quick --filter 'no such cell'", 2, "no such cell")
  refused(bench .. "regress --baseline none.json", 2, "none.json", "--update")
  write(here .. "/half.json", '{"schema": 1, "cells": [')
  refused(bench .. "regress --baseline half.json", 2, "half.json is no baseline")
  refused(bench .. "regress --against nowhere", 2, "no commit 'nowhere'")
  refused(bench .. "regress --against HEAD --baseline none.json", 2, "--baseline", "--against")
  refused(bench .. "regress --against HEAD --time-limit soon", 2, "--time-limit", "'soon'")
  refused(bench .. "regress --threshold much", 2, "--threshold", "'much'")
  refused(bench .. "regress --against HEAD --update", 2, "--update")
  refused(bench .. "regress --history --db none.db", 2, "there is no results database")
  write(here .. "/text.db", ("not a database, "):rep(100))
  refused(bench .. "run quick --db text.db", 2, "text.db")
  write(here .. "/broken.lua", "return {\n  name = 'broken',\n  summary = = 'x',\n}\n")
  refused(bench .. "run ./broken.lua", 2, "broken.lua:3:", "=")
  write(here .. "/wrong.lua", "return {\n  name = 'wrong', summary = 's', workloads = { 'calls' }, baseline = 'a',\n"
    .. "  configs = { { name = 'a', set = { link = 'statik' } } },\n}\n")
  refused(bench .. "run ./wrong.lua", 2, "wrong.lua:3:", "configs[1]", "'static'")

  -- A whole run: one row a trial, absent counters with their reason, the files; and that of going on where nothing is to go on.
  write(here .. "/small.lua", [[
local design = require "harness.design"
return {
  name = "small", summary = "a test", baseline = "native", mode = "quick", repeats = { quick = 3 },
  workloads = { { from = "calls", args = { quick = { 1000 } } } },
  configs = design.join(design.native(), design.qemu(), design.config("default"), design.config("hash", { lookup = "hash" })),
  claims = { { kind = "equal", text = "same guest instructions", metric = "guest_instructions", configs = { "default", "hash" } } },
  plots = { { kind = "bars" } },
}
]])
  local small = "run ./small.lua --counters PAPI_TOT_INS,perf::PAGE-FAULTS,sde:::jitlab::dispatches --db runs.db --out ."
  local out = works(bench .. small, "claims")
  for _, text in ipairs { "PAPI_TOT_INS", "perf::PAGE%-FAULTS", "sde:::jitlab::dispatches", "plot [^\n]*plot.png\n", "%[yes%]" } do
    if not out:find(text) then wrong(small, "'%s' is not in what it printed", text) end
  end
  -- The reference, two counted cells, three rounds of four. sqlite3's shell is no package that this needs: the harness's own module.
  package.cpath = build .. "/lib/?.so;" .. package.cpath
  package.path = source .. "/experiments/?.lua;" .. package.path
  local store = require("harness.store").open(here .. "/runs.db")
  local rows = store:rows("SELECT count(*) AS n, sum(status = 'ok') AS good FROM trial")[1]
  if rows.n ~= 15 or rows.good ~= 15 then wrong(small, "%d rows, %s of them ok, instead of 15", rows.n, rows.good) end
  local sde = store:rows("SELECT count(value) AS n FROM counter WHERE name = 'sde:::jitlab::dispatches'")[1]
  if sde.n ~= 6 then wrong(small, "%s values of a software-defined event instead of 6", sde.n) end
  local hosts = store:rows("SELECT count(*) AS n, max(trials) AS trials FROM (SELECT count(*) AS trials FROM trial GROUP BY host)")[1]
  if hosts.n ~= 1 or hosts.trials ~= 15 then wrong(small, "%d hosts of trials", hosts.n) end
  local silent = store:rows("SELECT count(*) AS n FROM counter WHERE value IS NULL AND coalesce(reason, '') = ''")[1]
  if silent.n ~= 0 then wrong(small, "%d counters without value or reason", silent.n) end
  store:close()
  -- A baseline, what is the same as it, the files for CI, and the history of both.
  local gate = "--db runs.db --out . --baseline gate.json"
  write(here .. "/gated.lua", [[return { name = "gated", summary = "a test", baseline = "default", size = { quick = "test" },
    workloads = { "calls", "sieve" }, variants = { "mipsel", "mips" }, configs = { { name = "default" } } }]])
  works(bench .. "regress --update --experiment ./gated.lua " .. gate, "gate.json: 4 cells")
  works(bench .. "regress --junit gate.xml --markdown gate.md " .. gate, "\nregress: same\n")
  if not read(here .. "/gate.xml"):find('tests="12" failures="0" errors="0" skipped="0"', 1, true) then
    wrong("regress --junit", "%s", read(here .. "/gate.xml"):sub(1, 300))
  end
  if not read(here .. "/gate.md"):find("**same**", 1, true) then wrong("regress --markdown", "%s", read(here .. "/gate.md"):sub(1, 300)) end
  works(bench .. "regress --history --experiment gated --db runs.db", "32 series over 2 runs")
  local status, told = run("env JITLAB_HOST_DISABLE=bmi2 " .. bench .. "regress " .. gate)
  if status ~= 3 or not told:find("regress: could not tell: this host lacks bmi2", 1, true) then
    wrong("regress on a lesser host", "status %s: %s", status, told)
  end

  local _, _, err = run(bench .. small .. " --resume --repeat 1")
  if not err:find("no unfinished run", 1, true) then wrong(small .. " --resume", "does not say that it begins anew") end
  status, _, err = run("timeout --foreground --preserve-status -s INT 2 " .. bench .. small .. " --repeat 9999")
  if status ~= 130 or err:sub(-64) ~= "\nbench.lua: interrupted; with --resume the same command goes on\n" then
    wrong(small .. ", interrupted", "status %s: %s", status, err)
  end
else
  print("bench.lua is not tested with this build folder")
end

os.execute("rm -rf " .. here)
print(("%d commands, %d wrong"):format(done, failed))
os.exit(failed == 0)
