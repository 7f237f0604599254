-- A database with a campaign that never ran: as many trials as asked for, with times that vary and counters that do not.

local json = require "dkjson"
local rng = require "harness.rng"
local store = require "harness.store"

local stored = {}

local function list_of(n, prefix)
  local list = {}
  for i = 1, n do list[i] = ("%s%02d"):format(prefix, i) end
  return list
end

local COUNTERS = { "guest_instructions", "host_instructions", "dispatches", "run_entries", "rsb_hits", "rsb_pushes", "memory_slow_calls" }

local function definition(configs, workloads, rounds)
  local d = { schema = 1, name = "synthetic", summary = "a campaign that never ran", source = "the test of reports", mode = "full",
    baseline = configs[1], metric = "cpu_ns", rounds = rounds, count = true, counters = { "dispatches", "max_rss_kib" },
    variants = { "mipsel" }, configs = {}, workloads = {}, claims = {}, catalogue = {},
    plots = { { kind = "bars", title = "by workload" }, { kind = "steps", title = "by step" } } }
  for i, name in ipairs(configs) do
    d.configs[i] = { name = name, runner = "jitlab", set = { "link=" .. name }, full = { "link=" .. name, "returns=none" } }
  end
  for i, name in ipairs(workloads) do d.workloads[i] = { name = name, program = name, args = { "1" } } end
  for i, name in ipairs(COUNTERS) do d.catalogue[i] = { name = name, unit = "events", summary = name, deterministic = true } end
  return d
end

-- Makes the database at path; options: configs, workloads, rounds (numbers), seed, slower (a factor on all times), name, change (called
-- with the definition, to change it), verdicts. Returns how many trials it holds.
function stored.campaign(path, options)
  local configs, workloads = list_of(options.configs, "config"), list_of(options.workloads, "work")
  local d = definition(configs, workloads, options.rounds)
  if options.change then options.change(d) end
  local s = store.open(path)
  local run = { name = options.name or "synthetic-1", experiment = "synthetic", identity = "i", mode = "full", seed = options.seed or 1,
    rounds = options.rounds, started = "2026-01-01T00:00:00Z", definition = json.encode(d), provenance = json.encode {
      commit = "0123456789abcdef", dirty = false, arguments = { "run", "synthetic" }, jitlab_sha256 = ("0"):rep(64),
      guest_sha256 = { ["mipsel/work01"] = ("1"):rep(64) }, build = { compiler = "cc <1>", type = "Release", flags_of_type = "-O3" },
      host = { cpu = { brand = "a processor", features = { "sse2" } }, cpuid_raw = "basic_cpuid[0]=1 2 3 4\n", cpus = { 0, 1 } } } }
  local cells = {}
  for _, config in ipairs(d.configs) do
    for _, workload in ipairs(d.workloads) do
      cells[#cells + 1] = { config = config, workload = workload, variant = "mipsel", command = "jitlab" }
    end
  end
  s:begin_run(run, cells)
  local generator, n = rng.new(run.seed, "synthetic"), 0
  s.db:script("BEGIN") -- one transaction for all, unlike in a real campaign
  s.transaction = function(_, f) f() end
  for k, cell in ipairs(cells) do
    for round = 0, options.rounds do
      local counters = {}
      for i, name in ipairs(COUNTERS) do counters[name] = { value = 1000 * i + k } end
      local noise = 1 + generator:below(1000) / 10000 + (generator:below(40) == 1 and 0.8 or 0)
      local ns = math.floor((20e6 + 1e5 * k) * noise * (options.slower or 1))
      n = n + 1
      s:add_trial { run = run.id, cell = cell.id, kind = round == 0 and "count" or "time", replicate = round, status = "ok",
        started = run.started, wall_ns = ns + 1000, user_ns = ns, system_ns = 100000, max_rss_kib = 9000 + generator:below(50),
        minor_faults = 500, major_faults = 0, voluntary_switches = 1, involuntary_switches = generator:below(3), load1 = 1.5,
        steal_ticks = 0, counters = counters }
    end
  end
  s.transaction = nil
  s.db:script("COMMIT")
  if options.verdicts then s:set_verdicts(run.id, json.encode(options.verdicts)) end
  s:finish_run(run.id, options.rounds, "2026-01-01T01:00:00Z")
  s:close()
  return n
end

return stored
