local catalogue = require "harness.catalogue"
local contrasts = require "harness.stats.contrasts"
local dataset = require "harness.dataset"
local effects = require "harness.stats.effects"
local effects_table = require "harness.effects_table"
local noise_notes = require "harness.noise_notes"
local synthetic = require "synthetic"

local function near(a, b, part) assert.is_true(math.abs(a - b) <= (part or 1e-9) * math.abs(b), ("%g is not %g"):format(a, b)) end

-- Configurations of every combination of {NAME, LEVEL, ...}, and the design.
local function factorial(axes)
  local factors, configs = {}, { { name = "", levels = {} } }
  for i, axis in ipairs(axes) do
    factors[i] = { name = axis[1], levels = table.move(axis, 2, #axis, 1, {}) }
    local longer = {}
    for _, config in ipairs(configs) do
      for _, level in ipairs(factors[i].levels) do
        local levels = { [axis[1]] = level }
        for k, v in pairs(config.levels) do levels[k] = v end
        longer[#longer + 1] = { name = config.name .. level, levels = levels }
      end
    end
    configs = longer
  end
  return { kind = "factorial", factors = factors }, configs
end

-- Values by round of each configuration: value(levels) times what the round does to all of them times noise.
local function measure(configs, rounds, value, noise)
  local source, cells = synthetic.new(5, { workloads = 1 }), {}
  for i in ipairs(configs) do cells[i] = {} end
  for round = 1, rounds do
    local host = math.exp(0.2 * source:normal())
    for i, config in ipairs(configs) do cells[i][round] = value(config.levels) * host * math.exp((noise or 0) * source:normal()) end
  end
  return cells
end

local function by_name(found)
  local terms = {}
  for _, term in ipairs(found.terms) do terms[term.name] = term end
  return terms
end

describe("effects", function()
  it("of a factorial design are ratios that noise of whole rounds leaves alone", function()
    local design, configs = factorial { { "a", "x", "y" }, { "b", "p", "q", "r" } }
    local cells = measure(configs, 9, function(l)
      return (l.a == "y" and 0.5 or 1) * (l.b == "q" and 3 or l.b == "r" and 4 or 1) * (l.a == "y" and l.b == "r" and 1.5 or 1)
    end)
    local found = effects.of(design, configs, { cells, cells }, 1)
    local terms = by_name(found)
    -- a's effect, averaged over b on the logarithmic scale, has a third of the interaction in it
    near(terms["a: x to y"].estimate.mid, 0.5 * 1.5 ^ (1 / 3))
    near(terms["b: p to q"].estimate.mid, 3)
    near(terms["b: p to r"].estimate.mid, 4 * 1.5 ^ (1 / 2))
    near(terms["a with b=r"].estimate.mid, 1.5)
    near(terms["a with b=q"].estimate.mid, 1)
    assert.equal(5, #found.terms)
    near(terms["a: x to y"].share + terms["b: p to q"].share + terms["a with b=q"].share, 1)
    assert.is_nil(terms["b: p to r"].share) -- that of the factor is on its first term
    assert.is_true(found.rest < 1e-9 and found.noise < 1e-9)
  end)

  it("of a ladder are steps, and one at a time against the base", function()
    local configs, cells = {}, {}
    for i, name in ipairs { "base", "+one", "+two" } do
      configs[i] = { name = name, levels = { step = name } }
      cells[i] = { 8 / 2 ^ i, 8.1 / 2 ^ i, 8.3 / 2 ^ i, 7 / 2 ^ i, 9 / 2 ^ i }
    end
    local found = effects.of({ kind = "ladder", factors = { { name = "step", levels = {} } } }, configs, { cells }, 1)
    assert.same({ "+one over base", "+two over +one" }, { found.terms[1].name, found.terms[2].name })
    near(found.terms[2].estimate.mid, 0.5)
    assert.is_nil(found.terms[1].share)
    local levels = { { a = "0", b = "0" }, { a = "1", b = "0" }, { a = "0", b = "1" } }
    for i, l in ipairs(levels) do configs[i].levels = l end
    local design = { kind = "one-at-a-time", base = "base", factors = { { name = "a" }, { name = "b" } } }
    found = effects.of(design, configs, { cells }, 1)
    near(by_name(found)["a: 0 to 1"].estimate.mid, 0.5)
    near(by_name(found)["b: 0 to 1"].estimate.mid, 0.25)
    local terms, reason = contrasts.of(design, { configs[2], configs[3] }) -- a filter took the base out
    assert.is_nil(terms)
    assert.matches("its base 'base' was not run", reason)
  end)

  it("that a fraction cannot tell apart are one, with the names of all", function()
    local design, all = factorial { { "A", "0", "1" }, { "B", "0", "1" }, { "C", "0", "1" }, { "D", "0", "1" } }
    local configs = {}
    for _, config in ipairs(all) do -- D = ABC
      local ones = select(2, config.name:sub(1, 3):gsub("1", ""))
      if config.levels.D == tostring(ones % 2) then configs[#configs + 1] = config end
    end
    design.kind = "fractional"
    local terms = contrasts.of(design, configs)
    assert.equal(7, #terms)
    local aliases = {}
    for _, term in ipairs(terms) do aliases[term.name] = term.aliases end
    assert.same({ "C with D" }, aliases["A with B"])
    assert.same({}, aliases["D: 0 to 1"])
  end)

  it("are not made up where combinations are missing", function()
    local design, configs = factorial { { "a", "x", "y" }, { "b", "p", "q" } }
    local terms, reason = contrasts.of(design, table.move(configs, 1, 3, 1, {}))
    assert.is_nil(terms)
    assert.matches("a does not have each value equally often", reason)
    terms, reason = contrasts.of(design, { configs[1], configs[4] }) -- a and b always change together
    assert.is_nil(terms)
    assert.matches("a and b do not have each pair of values", reason)
    assert.is_nil((contrasts.of({ kind = "pairwise" }, configs)))
  end)

  it("are found in noise as often as the correction says", function()
    local design, configs = factorial { { "a", "x", "y" }, { "b", "p", "q" }, { "c", "m", "n" } }
    local source, alarms, powered = synthetic.new(6, { workloads = 1 }), 0, 0
    local function campaign(effect)
      local cells = {}
      for i, config in ipairs(configs) do
        cells[i] = {}
        for round = 1, 15 do cells[i][round] = (config.levels.b == "q" and effect or 1) * math.exp(source:trial(0.03)) end
      end
      local some, right = false, false
      for _, term in ipairs(effects.of(design, configs, { cells }, 1).terms) do
        if term.name == "b: p to q" then right = term.adjusted < 0.05 end
        some = some or term.adjusted < 0.05
      end
      return some, right
    end
    for _ = 1, 200 do
      alarms = alarms + (campaign(1) and 1 or 0)
      powered = powered + (select(2, campaign(1.06)) and 1 or 0)
    end
    assert.is_true(alarms / 200 <= 0.08 and powered / 200 >= 0.9, ("%d alarms, %d found"):format(alarms, powered))
  end)
end)

describe("the tables of a run", function()
  local all = catalogue.new { axes = {}, counters = { { name = "dispatches", deterministic = true } } }

  -- An experiment of a 2x2 design with its data.
  local function experiment(rounds, change)
    local design, configs = factorial { { "link", "none", "static" }, { "lookup", "hash", "flat" } }
    local e = { designs = { design }, config = { native = { name = "native", runner = "native" } }, config_names = { "native" },
      variants = { "mipsel" }, workload_names = { "w1", "w2" }, metric = "cpu_ns", counters = {} }
    local trials = {}
    for _, config in ipairs(configs) do
      config.runner = "jitlab"
      e.config[config.name], e.config_names[#e.config_names + 1] = config, config.name
    end
    local source = synthetic.new(2, { workloads = 1 })
    for _, workload in ipairs(e.workload_names) do
      for _, config in ipairs(configs) do
        for round = 1, rounds do
          local ns = (config.levels.link == "static" and 0.6 or 1) * 1e7 * math.exp(0.01 * source:normal())
          trials[#trials + 1] = { config = config.name, workload = workload, variant = "mipsel", kind = "time", replicate = round,
            status = "ok", user_ns = ns, system_ns = 0, counters = { dispatches = { value = config.levels.lookup == "flat" and 5 or 10 } } }
          if change then change(trials[#trials]) end
        end
      end
    end
    return e, dataset.new(trials, e, all, 1), trials
  end

  local function lines_of(printer, ...)
    local lines, args = {}, { ... }
    args[#args + 1] = function(line) lines[#lines + 1] = line end
    args[#args + 1] = 110
    printer(table.unpack(args))
    return table.concat(lines, "\n")
  end

  it("have one of effects", function()
    local e, data = experiment(9)
    local said = lines_of(effects_table.print, e, data)
    assert.matches("effects on cpu_ns: averaged over the other axes, geometric mean over 2 workloads [95 % interval]", said, 1, true)
    assert.matches("link: none to static +0%.%d+ %[0%.%d+ 0%.%d+%] +<0%.001 +less +9%d%.%d %%", said)
    assert.matches("lookup: hash to flat +[01]%.%d+ %[[%d. ]+%] +[%d.]+ +undecided", said)
    assert.matches("link with lookup", said, 1, true)
    local rows = effects_table.rows(e, data)
    assert.equal(3, #rows)
    assert.is_true(rows[1].low < 0.6 and 0.6 < rows[1].high and rows[1].p_holm < 0.001)
  end)

  it("have no test for what is the same on every run, nor for too few rounds", function()
    local e, data = experiment(9)
    e.metric = "dispatches"
    local said = lines_of(effects_table.print, e, data)
    assert.matches("lookup: hash to flat +0%.500 +100%.0 %%", said)
    assert.is_nil(said:find("Holm", 1, true))
    e, data = experiment(3)
    said = lines_of(effects_table.print, e, data)
    assert.matches("n/a +undecided", said)
    assert.matches("workloads [75 % interval]", said, 1, true)
  end)

  it("leave a workload out that lacks a configuration, and say so", function()
    local e, data = experiment(9, function(trial)
      if trial.workload == "w2" and trial.config == "noneflat" then trial.status = "timeout" end
    end)
    local said = lines_of(effects_table.print, e, data)
    assert.matches("mean over 1 workload [95 % interval]", said, 1, true)
    assert.matches("left out: w2 with noneflat: timeout", said, 1, true)
  end)

  it("name outliers, drift and slow rounds", function()
    local e, data = experiment(15, function(trial)
      if trial.workload == "w1" and trial.config == "noneflat" and trial.replicate == 4 then trial.user_ns = trial.user_ns * 2 end
      if trial.workload == "w2" and trial.config == "nonehash" then trial.user_ns = trial.user_ns * 1.02 ^ trial.replicate end
      if trial.replicate == 1 then trial.user_ns = trial.user_ns * 1.2 end
    end)
    local said = lines_of(noise_notes.print, e, data)
    assert.matches("outliers (kept in the figures): ", said, 1, true)
    assert.matches("noneflat/w1 in rounds 1, 4", said, 1, true)
    assert.matches("drift: nonehash/w2 %+1%d%.%d %% from the first half", said)
    assert.matches("round 1: all cells together %+%d+%.%d %% against the other rounds, a warm%-up", said)
    e, data = experiment(3)
    assert.matches("intervals: of 3 rounds they are no more than ranges, and hold the true value in 75 % of campaigns, not 95 %",
      lines_of(noise_notes.print, e, data), 1, true)
    e, data = experiment(15)
    assert.is_nil(lines_of(noise_notes.print, e, data):find("drift", 1, true))
  end)
end)
