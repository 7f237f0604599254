-- What doctor measures: the timer, the noise floor, what counting and trials cost; and what it finds in that.

local native = require "jitlab_native"
local finding = require "harness.doctor.finding"
local outliers = require "harness.stats.outliers"
local overhead = require "harness.overhead"
local power = require "harness.stats.power"
local stats = require "harness.stats"
local text = require "harness.text"
local trial = require "harness.trial"
local found, fine, unseen = finding.found, finding.fine, finding.unseen

local measure = {}

local CALLS = 60000 -- of the guest program calls, built for this machine: about 20 ms
local ROUNDS = { 5, 15, 30, 60 } -- for which the smallest difference is told
local FEWEST = 7 -- pairs

-- The middle and spread of a list of times: {median=, spread= robust standard deviation as a part, least=, most=, outliers=}.
function measure.spread(values)
  local logs, lo, hi = {}, math.huge, 0
  for i, v in ipairs(values) do logs[i], lo, hi = math.log(v), math.min(lo, v), math.max(hi, v) end
  return { median = stats.median(values), spread = outliers.spread(logs), least = lo, most = hi, outliers = #outliers.find(values) }
end

-- The noise floor from pairs of times of the same work, {{a, b}, ...}: the spread of all, the ratio of the pairs (which should be 1), and
-- by number of rounds the smallest difference that would be found (nil where pairs do not differ at all).
function measure.floor_of(pairs_of_times)
  local all, ratios = {}, {}
  for i, pair in ipairs(pairs_of_times) do
    all[#all + 1], all[#all + 2] = pair[1], pair[2]
    ratios[i] = pair[1] / pair[2]
  end
  local result = measure.spread(all)
  result.ratio, result.differences = stats.ratio_estimate(ratios), {}
  for i, rounds in ipairs(ROUNDS) do
    local seen = result.ratio.hi > result.ratio.lo
    result.differences[i] = { rounds = rounds, difference = seen and power.difference(result.ratio, rounds) or 0 }
  end
  return result
end

-- Runs the same short work again and again as a campaign would, two trials a round, until there are so many pairs or so many seconds
-- have passed. {pairs=, cpu=, wall= (floor_of), switches= involuntary ones, a trial}, or nil and why.
function measure.noise(most, seconds)
  return overhead.with_cell("native", CALLS, function(cell, context)
    local cpu, wall, switches = {}, {}, 0
    local stop = native.clock() + seconds * 1e9
    for i = 1, most do
      if #cpu >= FEWEST and native.clock() > stop then break end
      local c, w = {}, {}
      for k = 1, 2 do
        local row = trial.run(cell, "time", 2 * i + k, nil, context)
        if row.status ~= "ok" then return nil, ("the guest program calls: %s"):format(row.detail or row.status) end
        c[k], w[k] = math.max(row.user_ns + row.system_ns, 1), row.wall_ns
        switches = switches + row.involuntary_switches
      end
      cpu[#cpu + 1], wall[#wall + 1] = c, w
    end
    return { pairs = #cpu, calls = CALLS, cpu = measure.floor_of(cpu), wall = measure.floor_of(wall), switches = switches / (2 * #cpu) }
  end)
end

-- Everything. quick: a second or two, without a report.
function measure.all(quick)
  local m = { timer = native.timer(quick and 20000 or 200000), counters = overhead.counters(), missing = {} }
  m.trial_ns, m.missing.trial = overhead.trial()
  m.noise, m.missing.noise = measure.noise(quick and 10 or 30, quick and 1 or 4)
  if not quick then m.report = overhead.report(require("harness.spec.stored").campaign) end -- the one that the tests measure
  return m
end

-- The findings ----------------------------------------------------------------------------------------------------------------

local checks = {}

local function us(ns) return ("%.2f us"):format(ns / 1000) end

local function percent(part) return text.number(100 * part) .. " %" end

function checks.timer(m)
  local t = m.timer
  local what = ("a look at the clock takes %.0f ns, its smallest step seen is %d ns; that of CPU time %s"):format(t.cost_ns, t.step_ns,
    t.cpu_step_ns > 0 and us(t.cpu_step_ns) or "was not seen")
  if t.cpu_step_ns == 0 or t.cpu_step_ns > 100000 then
    return found("timer", "much", what, "this kernel counts CPU time in ticks: that of short trials is mostly rounding",
      "a kernel with CONFIG_VIRT_CPU_ACCOUNTING_GEN or TASK_XACCT; here --quick is too short, and wall_ns finer than cpu_ns")
  end
  if t.cost_ns > 300 or t.step_ns > 1000 then
    return found("timer", "some", what, "what is timed inside of a process carries that with every look", "see the clock source")
  end
  return fine("timer", what)
end

checks["harness overhead"] = function(m)
  if not m.trial_ns then return unseen("harness overhead", m.missing.trial) end
  local what = ("a trial takes %.2f ms beside its process, of %g ms that it may"):format(m.trial_ns / 1e6, overhead.TRIAL_NS / 1e6)
  if m.trial_ns < overhead.TRIAL_NS then return fine("harness overhead", what) end
  return found("harness overhead", "some", what, "campaigns take longer; their figures are those of the processes alone",
    "put the database on a local disk (--db FILE, --out DIR), and end what else runs")
end

checks["counter overhead"] = function(m)
  local sentences, slow, known = {}, false, false
  for _, o in ipairs(m.counters) do
    if o.start_ns then
      known = true
      sentences[#sentences + 1] = ("%s on %s, off %s"):format(#o.names == 1 and o.names[1] or ("%d events"):format(#o.names),
        us(o.start_ns), us(o.stop_ns))
      slow = slow or #o.names == 1 and math.max(o.start_ns, o.stop_ns) >= overhead.SWITCH_NS
    end
  end
  if not known then return unseen("counter overhead", "PAPI counts nothing here: " .. m.counters[1].reason) end
  local what = ("switching %s; one may take %s"):format(table.concat(sentences, "; "), us(overhead.SWITCH_NS))
  if not slow then return fine("counter overhead", what) end
  return found("counter overhead", "little", what, "it counts with guests that run for less than a millisecond",
    "give such guests more work; a system call is slow here (in a container: see its seccomp profile)")
end

checks["noise floor"] = function(m)
  local n = m.noise
  if not n then return unseen("noise floor", m.missing.noise) end
  local differences = {}
  for i, d in ipairs(n.cpu.differences) do differences[i] = ("%d rounds %s"):format(d.rounds, percent(d.difference)) end
  local what = ("the same %.0f ms of work, %d times: CPU time varies by %s (standard deviation, robust), time by %s; %.1f times put off a "
    .. "trial. Smallest difference that a ratio of CPU times would tell in four of five campaigns: %s"):format(n.cpu.median / 1e6,
    2 * n.pairs, percent(n.cpu.spread), percent(n.wall.spread), n.switches, table.concat(differences, ", "))
  local at_15 = n.cpu.differences[2].difference
  if at_15 <= 0.02 then return fine("noise floor", what) end
  local rounds = n.cpu.ratio.n * (power.difference(n.cpu.ratio, n.cpu.ratio.n) / 0.02) ^ 2
  return found("noise floor", at_15 > 0.05 and "much" or "some", what, "smaller differences than these are left undecided",
    ("mend what is found above; or for 2 %% run --repeat %d, if the noise stays as it is"):format(math.ceil(rounds)))
end

checks["report overhead"] = function(m)
  local r = m.report
  if not r then return nil end
  local what = ("a report of %d trials takes %.1f s of CPU time (%.1f s) and %.0f MB, of %g s and %g MB that it may"):format(r.trials,
    r.seconds, r.wall_seconds, r.mb, overhead.REPORT_SECONDS, overhead.REPORT_MB)
  if r.status ~= 0 then return found("report overhead", "some", "no report could be made: " .. r.stderr, "", "./bench.lua setup") end
  if r.seconds < overhead.REPORT_SECONDS and r.mb < overhead.REPORT_MB then return fine("report overhead", what) end
  return found("report overhead", "little", what, "reports of large campaigns take long", "make them elsewhere: report --db FILE")
end

-- A list of findings.
function measure.findings(m)
  local list = {}
  for _, name in ipairs { "timer", "harness overhead", "counter overhead", "noise floor", "report overhead" } do
    list[#list + 1] = checks[name](m)
  end
  return list
end

return measure
