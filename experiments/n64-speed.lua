-- The N64 guest's speed: each benchmark ROM interpreted, translated, and under mupen64plus's dynamic translator, side by side in one
-- interleaved run.
--
-- Times are of repetitions of the ROM's work in one process, after the first (phase warm): what an emulator takes to start, and to
-- translate, is not in them. Real time is what the console would take: ticks of two cycles of 93.75 MHz, as this guest counts them
-- (guests/n64/README.md).

local design = require "harness.design"
local claims = require "harness.claims"

local processor = { "rom_integer", "rom_integer64", "rom_hash", "rom_sort", "rom_matrix", "rom_matrix_single", "rom_bytecode", "rom_calls" }
local memory = { "rom_chase", "rom_chase_4k", "rom_chase_64k", "rom_chase_1m", "rom_copy", "rom_copy_4k", "rom_copy_64k" }
local devices = { "rom_walk32", "rom_walk128", "rom_poll_vi", "rom_poll_sp", "rom_poll_pi", "rom_count", "rom_timer", "rom_timer_often",
  "rom_syscall", "rom_idle", "rom_idle_mi" }

local workloads = {}
for _, list in ipairs { processor, memory, devices } do table.move(list, 1, #list, #workloads + 1, workloads) end

local ITERATIONS = { quick = 6, full = 12 }
local NS_PER_TICK = 2 / 93.75e6 * 1e9

-- How many times as fast as the console the configuration runs a workload's rounds, the first one not counted.
local function real_time(q, config, workload)
  local ticks, why = q:value { config = config, workload = workload, metric = "guest_ticks" }
  local ns, reason = q:value { config = config, workload = workload, metric = "warm_ns" }
  if not (ticks and ns) then return nil, why or "warm_ns: " .. reason end
  local real = ticks.mid * NS_PER_TICK
  return { lo = real / ns.hi, mid = real / ns.mid, hi = real / ns.lo, n = ns.n }
end

local function times_real(text, config, least, list)
  return {
    kind = "predicate", text = text, source = "goal",
    test = function(q)
      local verdicts, details = {}, {}
      for i, workload in ipairs(list) do
        local x, reason = real_time(q, config, workload)
        verdicts[i] = q:at_least(x, least)
        details[i] = ("%s %s"):format(workload, q:show(x, reason))
      end
      return claims.all(verdicts), ("%s, times real time: %s"):format(config, table.concat(details, ", "))
    end,
  }
end

return {
  name = "n64-speed",
  summary = "benchmark ROMs interpreted, translated, and under mupen64plus",
  source = "issue 5; seed 1",
  guest = "n64",
  workloads = workloads,
  configs = design.join(design.config("default"), design.config("interp", { backend = "interp" }), design.mupen64plus()),
  baseline = "default",
  phases = { "warm" },
  metric = "warm_ns",
  iterations = ITERATIONS,
  counters = { "guest_instructions", "guest_ticks" },
  repeats = { quick = 5, full = 11 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ratio", text = "CPU-bound ROMs run at least 1.5 times as fast as under mupen64plus", source = "goal",
      num = "mupen64plus", den = "default", metric = "warm_ns", min = 1.5, workloads = processor },
    { kind = "ratio", text = "and no one of them slower", source = "goal",
      num = "mupen64plus", den = "default", metric = "warm_ns", min = 1, workloads = processor, each = true },
    times_real("CPU-bound ROMs run at least ten times as fast as the console", "default", 10, processor),
    times_real("the interpreter alone keeps up with the console on them", "interp", 1, processor),
    { kind = "equal", text = "the interpreter and the translator execute the same guest instructions", source = "DESIGN.md 2",
      metric = "guest_instructions", configs = { "default", "interp" } },
  },
  plots = {
    { kind = "bars", metric = "warm_ns", title = "N64: CPU time against jitlab's default", configs = { "interp", "mupen64plus" },
      ylabel = "CPU time / CPU time with the default configuration (log scale)" },
  },
}
