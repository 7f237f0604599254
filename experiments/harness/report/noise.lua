-- A report's section on the host and how quiet it was: load, stolen time and the speed of the machine over the rounds.

local noise_notes = require "harness.noise_notes"
local stats = require "harness.stats"
local text = require "harness.text"
local trial = require "harness.trial"

local function host_facts(host)
  local cpu = host.cpu or {}
  local facts = {}
  local function fact(name, value)
    if value ~= nil and value ~= "" then facts[#facts + 1] = { name, tostring(value) } end
  end
  fact("Processor", cpu.brand and ("%s (family %s, model %s, stepping %s)"):format(cpu.brand, cpu.family or "?", cpu.model or "?",
    cpu.stepping or "?"))
  fact("Hypervisor", cpu.hypervisor)
  fact("CPUs", host.cpus and ("%d, trials on CPU %s"):format(#host.cpus, host.trial_cpu or host.cpus[#host.cpus]))
  fact("Memory", host.memory_kib and ("%.1f GiB"):format(host.memory_kib / 1048576))
  fact("Kernel", host.uname and ("%s %s"):format(host.uname.sysname, host.uname.release))
  fact("Governor", host.governor or "not told by the kernel")
  fact("Turbo", host.boost and (host.boost == "1" and "on" or "off") or host.no_turbo and (host.no_turbo == "0" and "on" or "off")
    or "not told by the kernel")
  fact("SMT", host.smt and host.smt .. (host.siblings and ", siblings of the trials' CPU: " .. host.siblings or "")
    or "not told by the kernel")
  fact("Clock source", host.clock_source)
  fact("Load when it began", host.load1)
  return facts
end

-- {mid=, lo=, hi=}: median, least and most; nil without values.
local function spread(values)
  if #values == 0 then return nil end
  local lo, hi = math.huge, -math.huge
  for _, v in ipairs(values) do lo, hi = math.min(lo, v), math.max(hi, v) end
  return { mid = stats.median(values), lo = lo, hi = hi }
end

-- By round: load, steal, pressure and involuntary switches, and each trial's time over the median of its cell.
local function by_round(context)
  local rounds, cells = {}, {}
  for _, t in ipairs(context.trials) do
    if trial.is_timed(t.kind) and t.status == "ok" then
      local cell = t.cell .. t.kind
      cells[cell] = cells[cell] or {}
      table.insert(cells[cell], t.user_ns + t.system_ns)
    end
  end
  local medians = {}
  for cell, values in pairs(cells) do medians[cell] = stats.median(values) end
  for _, t in ipairs(context.trials) do
    if trial.is_timed(t.kind) then
      local r = rounds[t.replicate] or { load = {}, steal = 0, pressure = {}, switches = 0, speed = {}, trials = 0 }
      rounds[t.replicate] = r
      r.trials = r.trials + 1
      r.load[#r.load + 1] = t.load1
      r.pressure[#r.pressure + 1] = t.pressure
      r.steal = r.steal + (t.steal_ticks or 0)
      r.switches = r.switches + (t.involuntary_switches or 0)
      local median = medians[t.cell .. t.kind]
      if t.status == "ok" and median > 0 then r.speed[#r.speed + 1] = (t.user_ns + t.system_ns) / median end
    end
  end
  return rounds
end

local function figure_of(rounds, count, title, note, ylabel, value)
  local points = {}
  for round = 1, count do
    local x = rounds[round] and value(rounds[round])
    if x then points[#points + 1] = { round, x } end
  end
  if #points < 2 then return nil end
  return { title = title, note = note, ylabel = ylabel, xlabel = "round", series = { { name = ylabel, points = points } }, height = 320 }
end

-- Quartiles, so that one outlier does not hide what happened to the round.
local function quartiles(values)
  if #values == 0 then return nil end
  table.sort(values)
  return { mid = stats.quantile(values, 0.5), lo = stats.quantile(values, 0.25), hi = stats.quantile(values, 0.75) }
end

return function(context)
  local blocks = {}
  for i, host in ipairs(context.hosts) do
    local facts = host_facts(host.facts)
    if #context.hosts > 1 then table.insert(facts, 1, { "Host", ("%s, %d trials"):format(host.name, host.trials) }) end
    blocks[i] = { kind = "facts", rows = facts }
  end
  local rounds, count = by_round(context), context.run.rounds
  local rows, stolen, switches = {}, 0, 0
  for round = 1, count do
    local r = rounds[round]
    if r then
      local load, pressure, speed = spread(r.load), spread(r.pressure), quartiles(r.speed)
      stolen, switches = stolen + r.steal, switches + r.switches
      rows[#rows + 1] = { ("%d"):format(round), ("%d"):format(r.trials), load and text.number(load.mid) or "n/a",
        load and text.number(load.hi) or "n/a", ("%d"):format(r.steal), pressure and text.number(pressure.hi) or "n/a",
        ("%d"):format(r.switches), speed and ("%.3f"):format(speed.mid) or "n/a" }
    end
  end
  if #rows > 0 then
    blocks[#blocks + 1] = { kind = "text", text = ("While the trials ran the hypervisor took away %d ticks of a hundredth of a second "
      .. "on all CPUs together, and trials were made to wait %d times."):format(stolen, switches) }
  end
  local notes = {}
  noise_notes.print(context.e, context.data, function(line) notes[#notes + 1] = line end)
  if #notes > 0 then blocks[#blocks + 1] = { kind = "list", items = notes } end
  local load = figure_of(rounds, count, "Load of the host", "median, least and most of each round", "load average of a minute",
    function(r) return spread(r.load) end)
  local speed = figure_of(rounds, count, "Speed of the host", "quartiles of each round", "CPU time / median of its cell",
    function(r) return quartiles(r.speed) end)
  if speed then
    speed.reference = 1
    speed.log = true
  end
  if speed then blocks[#blocks + 1] = context.figure("speed", speed) end
  if load then blocks[#blocks + 1] = context.figure("load", load) end
  if #rows > 0 then
    blocks[#blocks + 1] = { kind = "table", folded = "Noise by round", caption = "Noise by round",
      head = { "round", "trials", "load, median", "load, most", "ticks stolen", "CPU pressure, most", "involuntary switches",
        "CPU time / cell's median" }, rows = rows }
  end
  return { id = "noise", title = "Host and noise", blocks = blocks }
end
