-- Time slices and interrupts: a test of each at every region, or one that serves both; with interrupts seldom, often, and waited for.

local design = require "harness.design"

local strategies = { "split", "folded" }

local configs = {}
for i, name in ipairs(strategies) do configs[i] = design.config(name, { events = name, tier = "single" }) end

local busy = { "rom_integer", "rom_calls", "rom_sort" }

-- What one interrupt costs: CPU time of 50,000 of them (5,000,000 and up turns) against 5,000, in about the same guest instructions.
local function interrupt_cost(q)
  local details, verdicts = {}, {}
  for i, name in ipairs(strategies) do
    local often, why = q:value { config = name, workload = "rom_timer_often", metric = "cpu_ns" }
    local seldom, reason = q:value { config = name, workload = "rom_timer", metric = "cpu_ns" }
    local times = q.e.workload.rom_timer_often.args[1] - q.e.workload.rom_timer.args[1]
    local x = often and seldom
      and { lo = (often.lo - seldom.hi) / times, mid = (often.mid - seldom.mid) / times, hi = (often.hi - seldom.lo) / times, n = often.n }
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
  counters = { "host_per_guest", "run_entries", "slice_exits" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 240, full = 1200 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ordering", text = "one test executes fewer host instructions than two", source = "seed 1", metric = "host_instructions",
      order = { "folded", "split" }, workloads = busy, each = true },
    { kind = "ratio", text = "and takes no more time", source = "seed 1", num = "folded", den = "split", metric = "cpu_ns", max = 1.02,
      workloads = busy },
    { kind = "predicate", text = "an interrupt, its handler and the way back take at most 5 microseconds", source = "goal",
      test = interrupt_cost },
    { kind = "equal", text = "interrupts come at the same instruction whatever tests for them, and where it is interpreted",
      source = "DESIGN.md 2",
      metric = "guest_instructions", configs = { "split", "folded", "interp" } },
  },
  plots = {
    { kind = "bars", title = "N64 events: CPU time against the folded test", configs = { "split", "interp", "mupen64plus" },
      ylabel = "CPU time / CPU time with the folded test (log scale)" },
  },
}
