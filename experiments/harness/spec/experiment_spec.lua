local fake = require "fake"
local catalogue = require "harness.catalogue"
local cells = require "harness.cells"
local experiment = require "harness.experiment"
local fail = require "harness.fail"
local files = require "harness.files"
local programs = require "harness.programs"

describe("an experiment's file", function()
  local root

  setup(function() root = fake.root() end)
  teardown(function() fake.remove(root) end)

  local function load(path)
    local by_name, names = programs.load()
    return fail.catch(experiment.load, path, { catalogue = catalogue.load(), programs = by_name, program_names = names })
  end

  -- The sentence for an experiment with such fields, without its folder.
  local function refusal(fields)
    local ok, message = load(fake.experiment(root, fields))
    assert.is_false(ok)
    assert.is_nil(message:find("\n"))
    return (message:gsub("^.*/experiments/", ""))
  end

  it("is read when it is right", function()
    local ok, e = load(fake.experiment(root, [[
      e.claims = { { kind = "ratio", text = "t", num = "default", den = "native", metric = "cpu_ns", max = 9 } }]]))
    assert.is_true(ok)
    assert.same({ "native", "default", "unlinked" }, e.config_names)
    assert.equal(4, e.rounds)
    assert.same({ "link=none" }, e.configs[3].set)
  end)

  it("is refused with the place of a mistake in Lua", function()
    assert.matches("^x.lua:10: .*expected", refusal "e.claims = }")
    assert.matches("^x.lua:10: .*nil value", refusal "nothing.at = 1")
  end)

  it("is refused with the field and what was expected", function()
    assert.equal("x.lua:10: clams: unknown field 'clams'; did you mean 'claims'?", refusal "e.clams = {}")
    assert.equal("x.lua:3: name: a string was expected, not a number", refusal "e.name = 5")
    assert.equal("x.lua: baseline: is missing; a string was expected", refusal "e.baseline = nil")
    assert.equal("x.lua:10: baseline: unknown configuration 'nativ'; did you mean 'native'?", refusal "e.baseline = 'nativ'")
    assert.equal("x.lua:10: metric: unknown metric 'cpu_sn'; did you mean 'cpu_ns'?", refusal "e.metric = 'cpu_sn'")
    assert.equal("x.lua:8: repeats.quick: a number above 0 was expected", refusal "e.repeats = { quick = 0 }")
    assert.equal("x.lua:10: workloads[1]: unknown guest program 'alfa'; did you mean 'alpha'?", refusal "e.workloads = { 'alfa' }")
    assert.equal("x.lua:10: variants[1]: unknown guest variant 'mipsle'; did you mean 'mipsel'?", refusal "e.variants = { 'mipsle' }")
  end)

  it("is refused for what is wrong with rounds, phases, layout and precision", function()
    assert.equal("x.lua:8: repeats.quick: a whole number was expected, not 2.5", refusal "e.repeats = { quick = 2.5 }")
    assert.equal("x.lua:10: budget: has quick and full, not 'fast'", refusal "e.budget = { fast = 2 }")
    assert.equal("x.lua:10: size.quick: the name of a set of arguments was expected, not a number", refusal "e.size = { quick = 2 }")
    assert.equal("x.lua:10: memory_mib: a whole number of MiB above 0 was expected", refusal "e.memory_mib = 0.5")
    assert.equal("x.lua:10: mode: 'quick' or 'full' was expected", refusal "e.mode = 'fast'")
    assert.equal("x.lua:10: phases[2]: unknown phase 'wram'; did you mean 'warm'?", refusal "e.phases = { 'cold', 'wram' }")
    assert.equal("x.lua:10: phases[2]: 'cold' is there twice", refusal "e.phases = { 'cold', 'cold' }")
    assert.equal("x.lua:10: phases: is empty; one or more of cold, warm, translate were expected", refusal "e.phases = {}")
    assert.equal("x.lua:10: iterations: is of phase warm, which is not in phases", refusal "e.iterations = { full = 5 }")
    assert.equal("x.lua:10: iterations.full: a number from 2 to 1000 was expected, not 1",
      refusal "e.phases = { 'warm' } e.iterations = { full = 1 }")
    assert.equal("x.lua:10: layout: unknown layout 'vray'; did you mean 'vary'?", refusal "e.layout = 'vray'")
    assert.equal("x.lua:10: layout: has time and count, not 'warm'", refusal "e.layout = { warm = 'vary' }")
    assert.equal("x.lua:10: layout: a string or table was expected, not a boolean", refusal "e.layout = true")
    assert.equal("x.lua:10: precision: unknown field 'widht'; did you mean 'width'?", refusal "e.precision = { widht = 0.1 }")
    assert.equal("x.lua:10: precision.width: the half of an interval's width as a part of its middle was expected, above 0 and below 1",
      refusal "e.precision = { width = 2 }")
    assert.equal("x.lua:10: precision.metric: unknown metric 'cpu_sn'; did you mean 'cpu_ns'?",
      refusal "e.precision = { width = 0.1, metric = 'cpu_sn' }")
    assert.equal("x.lua:10: precision.of: unknown kind of estimate 'cell'; did you mean 'cells'?",
      refusal "e.precision = { width = 0.1, of = 'cell' }")
    assert.equal("x.lua:10: precision.least: a whole number of rounds was expected", refusal "e.precision = { width = 0.1, least = 2.5 }")
    assert.equal("x.lua:10: precision: least is more than most", refusal "e.precision = { width = 0.1, least = 9, most = 8 }")
  end)

  it("is refused for fields that nothing reads", function()
    assert.equal("x.lua:10: configs[1] 'c'.vlaue: unknown field 'vlaue'; did you mean 'value'?",
      refusal "e.configs = { { name = 'c', vlaue = 1 } }")
    assert.equal("x.lua:10: workloads[1].arg: unknown field 'arg'; did you mean 'args'?",
      refusal "e.workloads = { { from = 'alpha', arg = {} } }")
    assert.equal("x.lua:10: claims[1].mx: unknown field 'mx'; did you mean 'max'?", refusal [[
e.claims = { { text = 't', kind = 'ratio', num = 'default', den = 'native', metric = 'cpu_ns', min = 1, mx = 2 } }]])
    assert.matches("^x.lua:10: claims%[1%].tol: unknown field 'tol'; there is because, den, each, ", refusal [[
e.claims = { { text = 't', kind = 'ratio', num = 'default', den = 'native', metric = 'cpu_ns', min = 1, tol = 2 } }]])
    assert.equal("x.lua:10: claims[1].tol: a number was expected, not a string", refusal [[
e.claims = { { text = 't', kind = 'ordering', order = { 'default', 'native' }, metric = 'cpu_ns', tol = '2' } }]])
    assert.equal("x.lua:10: plots[1].titel: unknown field 'titel'; did you mean 'title'?",
      refusal "e.plots = { { kind = 'bars', titel = 'x' } }")
    assert.equal("x.lua:10: plots[1]: a table with a kind was expected, not a string", refusal "e.plots = { 'bars' }")
    assert.equal("x.lua:10: plots[1].baseline: unknown configuration 'naitve'; did you mean 'native'?",
      refusal "e.plots = { { kind = 'bars', baseline = 'naitve' } }")
    assert.matches("^x.lua:10: 1: unknown field '1'; there is baseline, ", refusal "e[1] = 'stray'")
  end)

  it("is refused for a plot along values that are not there", function()
    assert.equal("x.lua:10: plots[1].configs: 'default' has no value; {name=, set=, value=NUMBER} was expected",
      refusal "e.plots = { { kind = 'lines', configs = { 'default' } } }")
    assert.equal("x.lua:10: plots[1].configs: 0 configurations have a value; two or more were expected",
      refusal "e.plots = { { kind = 'lines' } }")
  end)

  it("is refused with the line that called a design wrongly", function()
    assert.equal("x.lua:11: design.fractional: the generator 'C=AD' uses D, but the 3 axes are A to C", refusal [[

e.configs = design.fractional({ { "link", "static", "none" }, { "returns", "none", "rsb" }, { "lookup", "flat", "seven" } }, { "C=AD" })]])
    assert.equal("x.lua:10: design.join: part 1 is a string; configurations or lists of them were expected",
      refusal "e.configs = design.join('default')")
    assert.equal("x.lua:11: it is mine", refusal "\nerror('it is mine')")
  end)

  it("has a mistake in its skip function told with its line", function()
    local ok, e = load(fake.experiment(root, "e.skip = function(config) return config.nothing.at end"))
    assert.is_true(ok)
    local caught, message = fail.catch(cells.plan, e)
    assert.is_false(caught)
    assert.matches("x.lua:10: attempt to index a nil value %(field 'nothing'%) %(in skip%)$", message)
    ok, e = load(fake.experiment(root, "e.skip = function() return true end"))
    assert.is_true(ok)
    message = select(2, fail.catch(cells.plan, e))
    assert.matches("x.lua:10: skip: a sentence or nothing was expected from it, not a boolean$", message)
  end)

  it("says what its trials are like", function()
    local _, e = load(fake.experiment(root))
    assert.same({ "time" }, e.kinds)
    assert.same({ time = "vary", count = "fixed" }, e.layout)
    assert.is_nil(e.precision)
    _, e = load(fake.experiment(root, "e.phases = { 'warm' } e.precision = { width = 0.02 }"))
    assert.same({ "warm" }, e.kinds)
    assert.equal("warm_ns", e.metric)
    assert.same({ width = 0.02, metric = "warm_ns", of = "cells", least = 5, most = 100 }, e.precision)
    assert.equal(100, e.rounds)
    _, e = load(fake.experiment(root, "e.configs = design.factorial({ { 'link', 'static', 'none' } }) e.baseline = 'link=none'"))
    assert.same({ link = "none" }, e.config["link=none"].levels)
    assert.equal("factorial", e.design.kind)
  end)

  it("is refused for strategies that jitlab does not have", function()
    assert.equal("x.lua:10: configs[1] 'c'.set: unknown axis 'lnik'; did you mean 'link'?",
      refusal "e.configs = { design.config('c', { lnik = 'none' }) }")
    assert.equal("x.lua:10: configs[1] 'c'.set: unknown strategy of link 'statik'; did you mean 'static'?",
      refusal "e.configs = { design.config('c', { link = 'statik' }) }")
    assert.equal("x.lua:10: configs[1] 'c'.set: unknown parameter of returns=rsb 'dept'; did you mean 'depth'?",
      refusal "e.configs = { design.config('c', { returns = 'rsb:dept=3' }) }")
    assert.equal("x.lua:10: configs[1] 'c'.set: returns=rsb: depth is a number from 1 to 64, not '65'",
      refusal "e.configs = { design.config('c', { returns = 'rsb:depth=65' }) }")
  end)

  it("is refused for what is named twice", function()
    assert.equal("x.lua:10: configs[1] 'c'.set: the axis 'link' is set twice",
      refusal "e.configs = { design.config('c', { link = 'none', 'link=static' }) }")
    assert.equal("x.lua:10: variants[2]: 'mipsel' is there twice", refusal "e.variants = { 'mipsel', 'mipsel' }")
    assert.equal("x.lua:10: claims[1].order[2]: 'native' is there twice",
      refusal "e.claims = { { text = 't', kind = 'ordering', order = { 'native', 'native' }, metric = 'cpu_ns' } }")
    assert.equal("x.lua:10: claims[1].over: a list of at least two configurations was expected",
      refusal "e.claims = { { text = 't', kind = 'monotone', over = { 'native' }, metric = 'cpu_ns', dir = 'up' } }")
    local ok, e = load(fake.experiment(root, "e.counters = { 'dispatches', 'cpu_ns', 'dispatches', 'wall_ns' }"))
    assert.is_true(ok)
    assert.same({ "dispatches", "wall_ns" }, e.counters) -- a table each, and the main one's is there anyway
  end)

  it("is refused for names that would not do, and for axes of what has none", function()
    assert.equal("x.lua:10: name: letters, digits, '-', '_', '+' and '.' were expected, a letter or digit first",
      refusal "e.name = '../x'")
    assert.equal("x.lua:6: configs[1]: a table with a name was expected", refusal "e.configs = { { name = '' } }")
    assert.equal("x.lua:10: configs[1] 'n'.set: native has no axes that could be set",
      refusal "e.configs = { { name = 'n', runner = 'native', set = { link = 'none' } } }")
  end)

  it("is refused for claims that cannot be judged", function()
    local near = "e.claims = { { text = 't', kind = 'near', config = 'default', metric = 'cpu_ns', %s } }"
    assert.equal("x.lua:10: claims[1]: prediction (a number, a metric or a function) was expected", refusal(near:format "within = 0.1"))
    assert.equal("x.lua:10: claims[1].prediction: unknown metric 'cpu_sn'; did you mean 'cpu_ns'?",
      refusal(near:format "within = 0.1, prediction = 'cpu_sn'"))
    assert.equal("x.lua:10: claims[1].within: the part of the prediction that it may be off was expected, above 0 and below 1",
      refusal(near:format "prediction = 2, within = 20"))
    assert.equal("x.lua:10: claims[1]: is about a value of config, on each workload, or about the ratio num/den, not both",
      refusal(near:format "prediction = 2, within = 0.2, num = 'default'"))
    assert.equal("x.lua:10: claims[1].prediction: a number or string or function was expected, not a table",
      refusal(near:format "prediction = {}, within = 0.2"))
    assert.equal("x.lua:10: claims[1].min: is above max: nothing lies between",
      refusal "e.claims = { { text = 't', kind = 'ratio', num = 'default', den = 'native', metric = 'cpu_ns', max = 1, min = 2 } }")
    assert.equal("x.lua:10: claims[1]: a table with a text (the claim as a sentence) was expected", refusal "e.claims = { {} }")
    assert.equal("x.lua:10: claims[1].kind: unknown kind of claim 'ration'; did you mean 'ratio'?",
      refusal "e.claims = { { text = 't', kind = 'ration' } }")
    assert.equal("x.lua:10: claims[1].num: unknown configuration 'defalt'; did you mean 'default'?",
      refusal "e.claims = { { text = 't', kind = 'ratio', num = 'defalt', den = 'native', metric = 'cpu_ns', max = 1 } }")
    assert.equal("x.lua:10: claims[1]: max or min (a number) was expected",
      refusal "e.claims = { { text = 't', kind = 'ratio', num = 'default', den = 'native', metric = 'cpu_ns' } }")
    assert.equal("x.lua:10: claims[1].workloads: 'alpha' has no value; {from=, name=, args=, value=NUMBER} was expected",
      refusal "e.claims = { { text = 't', kind = 'crossover', metric = 'cpu_ns', a = 'default', b = 'native' } }")
    assert.equal("x.lua:10: claims[1].workloads: names none of the experiment's workloads (alpha, beta-x)",
      refusal "e.claims = { { text = 't', kind = 'equal', metric = 'dispatches', workloads = 'gamma' } }")
  end)

  it("is refused for what a claim's published says wrongly", function()
    local function published(fields)
      return refusal(([[
e.claims = { { text = 't', kind = 'ratio', num = 'default', den = 'native', metric = 'cpu_ns', max = 9,
  published = %s } }]]):format(fields))
    end
    assert.equal("x.lua:11: claims[1].published.papre: unknown field 'papre'; did you mean 'paper'?",
      published "{ value = 2, papre = 'p' }")
    assert.equal("x.lua:11: claims[1].published.value: a number was expected, not a string", published "{ value = '2' }")
    assert.equal("x.lua:11: claims[1].published: value (a number) or points ({{NAME, NUMBER}, ...}) was expected",
      published "{ paper = 'p' }")
    assert.equal("x.lua:11: claims[1].published.points: a list of {NAME, NUMBER} was expected", published "{ points = {} }")
    assert.equal("x.lua:11: claims[1].published.points[1]: {NAME, NUMBER} was expected", published "{ points = { 5 } }")
    assert.equal("x.lua:11: claims[1].published.points[2]: {NAME, NUMBER} was expected",
      published "{ points = { { 'alpha', 1 }, { 'beta-x', 'two' } } }")
    assert.equal("x.lua:11: claims[1].published.points[1]: unknown workload or configuration 'alhpa'; did you mean 'alpha'?",
      published "{ points = { { 'alhpa', 1 } } }")
    assert.is_true((load(fake.experiment(root, [[
e.claims = { { text = 't', kind = 'ratio', num = 'default', den = 'native', metric = 'cpu_ns', max = 9,
  published = { paper = 'p', unit = '%', points = { { 'alpha', 1 }, { 'default', 2.5 } } } } }]]))))
  end)

  it("has nothing published of other programs", function()
    local by_name = programs.load()
    local e = experiment.load(fake.experiment(root, [[
e.claims = { { text = 't', kind = 'ratio', num = 'default', den = 'native', metric = 'cpu_ns', max = 9,
  published = { points = { { 'beta-x', 1 } } } } }]]),
      { catalogue = catalogue.load(), programs = by_name, program_names = { "alpha" }, outside = true })
    assert.equal(1, #e.claims)
    assert.is_nil(e.claims[1].published)
  end)

  it("is refused for a processor that cannot be modelled, as jitlab says it", function()
    assert.equal("x.lua:10: model: btb=3x9: no power of two", refusal "e.model = 'btb=3x9'")
    local ok, e = load(fake.experiment(root, "e.model = 'btb=512x4'"))
    assert.is_true(ok)
    assert.equal("btb=512x4", e.model)
  end)

  it("is refused when it is not there or no table", function()
    local _, message = load(root .. "/experiments/none.lua")
    assert.matches("^there is no experiment file ", message)
    files.write(root .. "/experiments/y.lua", "return 5")
    _, message = load(root .. "/experiments/y.lua")
    assert.matches("y.lua: an experiment's file returns a table, this one a number$", message)
  end)
end)
