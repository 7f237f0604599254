local fake = require "fake"
local catalogue = require "harness.catalogue"
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

  it("is refused for claims that cannot be judged", function()
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

  it("is refused when it is not there or no table", function()
    local _, message = load(root .. "/experiments/none.lua")
    assert.matches("^there is no experiment file ", message)
    files.write(root .. "/experiments/y.lua", "return 5")
    _, message = load(root .. "/experiments/y.lua")
    assert.matches("y.lua: an experiment's file returns a table, this one a number$", message)
  end)
end)
