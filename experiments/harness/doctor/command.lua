-- bench.lua doctor: what this host can measure, what makes it noisy, and what to do about it.

local json = require "dkjson"
local native = require "jitlab_native"
local fail = require "harness.fail"
local finding = require "harness.doctor.finding"
local host = require "harness.host"
local machine = require "harness.doctor.machine"
local measure = require "harness.doctor.measure"
local papi_events = require "harness.counters.papi_events"
local processor = require "harness.doctor.processor"
local system = require "harness.doctor.system"
local text = require "harness.text"

local command = {}

-- The findings of a machine's state: facts and changes as machine.lua has them, probes as in system.lua.
function command.look(facts, changes, probes)
  local list = {}
  for _, part in ipairs { processor, system } do
    for _, name in ipairs(part.ORDER) do list[#list + 1] = part[name](facts, changes, probes) end
  end
  return list
end

-- 1 when something that matters was found.
function command.status(findings)
  for _, f in ipairs(findings) do
    if f.state == "found" and f.weight ~= "little" then return 1 end
  end
  return 0
end

local function probe(name)
  local unit, reason = papi_events.probe(name)
  return { available = unit ~= nil, reason = reason }
end

-- Looks at the machine whose /proc and /sys are below root: an idle moment first, in which others show, then what is measured.
local function examine(args, root)
  local cpu = host.trial_cpu()
  local before, message = machine.snapshot(root, cpu)
  if not before then fail.usage("doctor: nothing can be seen here: %s", message) end
  native.run { argv = { "sleep", args.quick and "0.5" or "1.5" }, timeout = 30 }
  local idle = machine.changes(before, (machine.snapshot(root, cpu)))
  local facts = machine.read(root, cpu, native.cpus())
  facts.hypervisor = (native.cpu() or {}).hypervisor
  local probes = { hardware = probe "PAPI_TOT_INS", software = probe "perf::PAGE-FAULTS" }
  local measured = measure.all(args.quick)
  local whole = machine.changes(before, (machine.snapshot(root, cpu)))
  local findings = command.look(facts, { idle = idle, whole = whole }, probes)
  for _, f in ipairs(measure.findings(measured)) do findings[#findings + 1] = f end
  measured.missing = nil
  return findings, measured, cpu
end

-- Those in that state; what was found in the order of its weight.
local function select(findings, state)
  local list = {}
  for _, weight in ipairs(state == "found" and finding.WEIGHTS or { false }) do
    for _, f in ipairs(findings) do
      if f.state == state and (f.weight or false) == weight then list[#list + 1] = f end
    end
  end
  return list
end

-- Shows the findings, line by line, to out.
function command.print(findings, out, width)
  local function say(head, words)
    for i, line in ipairs(text.wrap(words, math.max(width - #head, 40))) do out((i == 1 and head or (" "):rep(#head)) .. line) end
  end
  local function section(title, state, show)
    local list = select(findings, state)
    if #list == 0 then return end
    out(title)
    for _, f in ipairs(list) do show(f) end
    out("")
  end
  section("found, what matters most first", "found", function(f)
    say(("  %-7s"):format("[" .. f.weight .. "]") .. " ", ("%s: %s"):format(f.name, f.what))
    say("            why: ", f.why)
    say("            do:  ", f.how)
  end)
  section("cannot be seen here (which is not to say that it is fine)", "unseen", function(f)
    say("  [?]     ", ("%s: %s"):format(f.name, f.what))
  end)
  section("fine", "fine", function(f) say("  [ok]    ", ("%s: %s"):format(f.name, f.what)) end)
end

-- The command; root is "" but for tests. Returns the exit status.
function command.main(args, root)
  local findings, measured, cpu = examine(args, root or "")
  local status = command.status(findings)
  if args.json then
    io.stdout:write(json.encode({ schema = 1, host = host.line(), trial_cpu = cpu, quick = args.quick or false, status = status,
      findings = findings, measured = measured }, { indent = true }), "\n")
    return status
  end
  local function out(line) io.stdout:write(line, "\n") end
  out(host.line())
  out(("trials run on CPU %d"):format(cpu))
  out("")
  command.print(findings, out, native.columns(1) or 120)
  out(status == 0 and "nothing was found that matters"
    or ("%d findings: what is said of a time on this host has to reckon with them"):format(#select(findings, "found")))
  return status
end

return command
