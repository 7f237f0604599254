-- Time slices and interrupts: a test of each at every region, or one that serves both; with interrupts seldom, often, and waited for.

local design = require "harness.design"

local strategies = { "split", "folded" }

local configs = {}
for i, name in ipairs(strategies) do configs[i] = design.config(name, { events = name, tier = "single" }) end
configs[#configs + 1] = design.config("eager", { events = "folded:eager=1", tier = "single" })

local busy = { "rom_integer", "rom_calls", "rom_sort" }

-- What one interrupt costs: the time of many of them, without that of as many guest instructions with few.
local function interrupt_cost(q)
  local details, verdicts = {}, {}
  local many, few = q.e.workload.rom_timer_often.args, q.e.workload.rom_timer.args -- interrupts, and counts from one to the next
  local share = many[1] * many[2] / (few[1] * few[2])
  local times = many[1] - few[1] * share
  for i, name in ipairs(strategies) do
    local often, why = q:value { config = name, workload = "rom_timer_often", metric = "warm_ns" }
    local seldom, reason = q:value { config = name, workload = "rom_timer", metric = "warm_ns" }
    local function each(x, y) return (x - y * share) / times end
    local x = often and seldom and { lo = each(often.lo, seldom.hi), mid = each(often.mid, seldom.mid), hi = each(often.hi, seldom.lo),
      n = often.n }
    verdicts[i], details[i] = q:at_most(x, 5000), ("%s %s"):format(name, q:show(x, why or reason))
  end
  return q:all(verdicts), "ns for each interrupt: " .. table.concat(details, ", ")
end

return {
  name = "n64-events",
  summary = "time slice and interrupt tested apart or folded, on timer interrupts, reads of Count and waits for VI",
  source = "seed 1, Indirect Branch Lookup (far code)",
  guest = "n64",
  workloads = { "rom_integer", "rom_calls", "rom_sort", "rom_timer", "rom_timer_often", "rom_count", "rom_syscall", "rom_idle" },
  configs = design.join(configs, design.config("interp", { backend = "interp" }), design.mupen64plus()),
  baseline = "folded",
  phases = { "warm" },
  metric = "warm_ns",
  iterations = { quick = 4, full = 10 },
  counters = { "run_entries", "slice_exits" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 240, full = 1200 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ordering", text = "one test executes fewer host instructions than two", source = "seed 1", metric = "host_instructions",
      order = { "folded", "split" }, workloads = busy, each = true },
    { kind = "ratio", text = "and takes no more time", source = "seed 1", num = "folded", den = "split", metric = "warm_ns", max = 1.02,
      workloads = busy },
    { kind = "ordering", text = "making Count when it is read executes fewer host instructions than having each block count",
      source = "seed 1", metric = "host_instructions", order = { "folded", "eager" }, workloads = busy, each = true },
    { kind = "predicate", text = "an interrupt, its handler and the way back take at most 5 microseconds", source = "goal",
      test = interrupt_cost },
    { kind = "equal", text = "interrupts come at the same instruction whatever tests for them, and where it is interpreted",
      source = "DESIGN.md 2",
      metric = "guest_instructions", configs = { "split", "folded", "eager", "interp" } },
  },
  plots = {
    { kind = "bars", title = "N64 events: CPU time against the folded test", configs = { "split", "eager", "interp", "mupen64plus" },
      ylabel = "CPU time / CPU time with the folded test (log scale)" },
  },
}
