local dataset = require "harness.dataset"
local fail = require "harness.fail"
local merge = require "harness.merge"
local scratch = require "scratch"
local shards = require "harness.shards"
local stores = require "harness.store"

-- An experiment and its plan as far as shards look at them.
local function campaign(names, rounds, fields)
  local e = { name = "x", workload_names = names, rounds = rounds, simulations = 1 }
  for k, v in pairs(fields or {}) do e[k] = v end
  local plan = { cells = {}, references = {}, all = {}, reference = {}, again = {}, count = {}, simulated = {}, timed = {} }
  for _, name in ipairs(names) do
    local reference = { config = { name = "reference" }, workload = { name = name }, variant = "host" }
    plan.references[#plan.references + 1] = reference
    plan.all[#plan.all + 1] = reference
    plan.reference[#plan.reference + 1] = { cell = reference, kind = "reference" }
    for _, config in ipairs { "a", "b", "c" } do
      local cell = { config = { name = config }, workload = { name = name }, variant = "mipsel" }
      plan.cells[#plan.cells + 1] = cell
      plan.all[#plan.all + 1] = cell
      plan.count[#plan.count + 1] = { cell = cell, kind = "count" }
      plan.timed[#plan.timed + 1] = { cell = cell, kind = "time" }
      if name ~= "short" then plan.timed[#plan.timed + 1] = { cell = cell, kind = "warm" } end
    end
  end
  return e, plan
end

-- What each part has: "kind workload config replicate" -> the parts that have it.
local function where(e, plan, n)
  local found, parts = {}, shards.partition(e, plan, n)
  assert.equal(n, #parts)
  for k, part in ipairs(parts) do
    local mine = shards.restrict(plan, part)
    for _, t in ipairs(shards.trials(e, mine, mine.last, {})) do
      local key = table.concat({ t.kind, t.cell.workload.name, t.cell.config.name, t.replicate }, " ")
      found[key] = found[key] or {}
      table.insert(found[key], k)
      assert.is_true(shards.has(part, { workload = t.cell.workload.name, kind = t.kind, replicate = t.replicate }))
    end
  end
  return found
end

describe("shards", function()
  it("have every trial once, and all of a workload and round together", function()
    for _, case in ipairs { { { "u", "v", "w", "x", "short" }, 1 }, { { "u", "v", "w", "x", "short" }, 3 }, { { "u", "v" }, 2 },
      { { "u", "v" }, 7 }, { { "u", "v", "w" }, 15 }, { { "short" }, 4 } } do
      local names, n = case[1], case[2]
      local e, plan = campaign(names, 5)
      local found, whole = where(e, plan, n), shards.partition(e, plan, 1)[1]
      local all = shards.trials(e, shards.restrict(plan, whole), 5, {})
      local block, seen = {}, 0
      for key, parts in pairs(found) do
        seen = seen + 1
        local kind, workload, replicate = key:match("^(%S+) (%S+) %S+ (%d+)$")
        if kind ~= "reference" then
          assert.equal(1, #parts, key)
          local at = (kind == "count" and "count " or "round ") .. workload .. replicate
          assert.equal(block[at] or parts[1], parts[1], key)
          block[at] = parts[1]
        end
      end
      assert.equal(#all, seen)
    end
  end)

  it("keep whole workloads where there are enough, and balance them", function()
    local e, plan = campaign({ "short", "u", "v", "w" }, 5)
    local parts = shards.partition(e, plan, 2)
    assert.same({ { 1, 5 }, { 1, 5 } }, { { parts[1].first, parts[1].last }, { parts[2].first, parts[2].last } })
    local function names(part)
      local list = {}
      for name in pairs(part.workloads) do list[#list + 1] = name end
      table.sort(list)
      return table.concat(list, " ")
    end
    assert.same({ "u w", "short v" }, { names(parts[1]), names(parts[2]) })
    assert.same(parts, shards.partition(e, plan, 2))
  end)

  it("cut the rounds of a workload into consecutive ones when more are wanted", function()
    local e, plan = campaign({ "u", "v" }, 7)
    local cuts = {}
    for i, part in ipairs(shards.partition(e, plan, 5)) do
      cuts[i] = ("%s %d-%d%s"):format(next(part.workloads), part.first, part.last, part.once and " once" or "")
    end
    assert.same({ "u 1-2 once", "u 3-4", "u 5-7", "v 1-3 once", "v 4-7" }, cuts)
  end)

  it("are refused where they would be empty, and rounds stay together where they decide how many there are", function()
    local function refusal(n, ...)
      local e, plan = campaign(...)
      local ok, message = fail.catch(shards.partition, e, plan, n)
      assert.is_false(ok)
      return message
    end
    assert.matches("14 shards at most %(2 workloads, 7 rounds of each%), not 15", refusal(15, { "u", "v" }, 7))
    assert.matches("2 shards at most", refusal(3, { "u", "v" }, 7, { budget = 10 }))
    assert.matches("2 shards at most", refusal(3, { "u", "v" }, 7, { precision = { of = "cells" } }))
    assert.matches("precision of claims needs all trials in one place", refusal(2, { "u", "v" }, 7, { precision = { of = "claims" } }))
  end)

  it("owe no more than the references of a workload whose reference fails", function()
    local e, plan = campaign({ "u", "v" }, 2)
    local kinds = {}
    for _, t in ipairs(shards.trials(e, shards.restrict(plan, shards.partition(e, plan, 1)[1]), 2, { u = true })) do
      if t.cell.workload.name == "u" then kinds[#kinds + 1] = t.kind end
    end
    assert.same({ "reference" }, kinds)
  end)
end)

describe("a round that one host began and another ended", function()
  it("is of the host that has more of it", function()
    local e, trials = { variants = { "mipsel" }, config = { a = {}, b = {}, c = {} } }, {}
    local function add(config, kind, replicate, host, workload)
      local t = { workload = workload or "w", variant = "mipsel", config = config, kind = kind, replicate = replicate, host = host,
        status = "ok", user_ns = host, system_ns = 0, counters = {} }
      trials[#trials + 1] = t
    end
    for i, config in ipairs { "a", "b", "c" } do
      add(config, "count", 0, i)
      add(config, "time", 1, 1)
      add(config, "time", 2, i == 1 and 1 or 2)
      add(config, "time", 3, 2)
      add(config, "time", 2, 3, "v") -- another workload's round
    end
    local data = dataset.new(trials, e, { counters = {} }, 1)
    local function rounds(config, workload)
      local list = {}
      for round in pairs(data:samples(config, workload or "w", nil, "cpu_ns")) do list[#list + 1] = round end
      table.sort(list)
      return list
    end
    assert.same({ 1, 3 }, rounds("a"))
    assert.same({ 1, 2, 3 }, rounds("b"))
    assert.same({ 2 }, rounds("a", "v"))
    local apart = 0
    for _ in pairs(data.apart) do apart = apart + 1 end
    assert.equal(1, apart)
  end)
end)

describe("merging", function()
  local all, run, opened

  local function new(identity, cells)
    local store = stores.open(scratch.path())
    opened[#opened + 1] = store
    local r = { name = "r", experiment = "e", identity = identity, mode = "quick", seed = 1, rounds = 2, started = "now",
      provenance = "{}" }
    local list = {}
    for i, name in ipairs(cells) do
      list[i] = { config = { name = name, set = {} }, workload = { name = "w" }, variant = "mipsel", command = name }
    end
    store:begin_run(r, list)
    return store, r, list
  end

  before_each(function()
    opened = {}
    all, run = new("id", { "a", "b", "c" })
  end)
  after_each(function()
    for _, store in ipairs(opened) do
      store:close()
      scratch.remove(store.path)
    end
  end)

  -- A shard with trials of its cells (named from another number on than the run's): rounds 1 and 2, with counters and repetitions.
  local function shard(node, cells, identity)
    local store, r, list = new(identity or "id/1/2", cells)
    local here = store:host(r.id, { name = node, identity = "i", provenance = '{"node":"' .. node .. '"}' })
    for _, cell in ipairs(list) do
      for replicate = 1, 2 do
        store:add_trial { run = r.id, cell = cell.id, kind = "time", replicate = replicate, status = "ok", host = here,
          started = node, wall_ns = #node * 100 + replicate, counters = { big = { value = 9007199254740993 } }, iterations = { 5, 7 } }
      end
    end
    return store, r, list
  end

  local function names(store, id)
    local list = {}
    for _, t in ipairs(store:trials(id)) do list[#list + 1] = ("%s%d@%s"):format(t.config, t.replicate, t.node or "?") end
    table.sort(list)
    return table.concat(list, " ")
  end

  it("takes every trial once with all that belongs to it, however often it is done", function()
    local one, one_run = shard("n1", { "c", "a" })
    local two, two_run = shard("n22", { "b" }, "id/2/2")
    assert.equal(4, merge.trials(one, one_run.id, all, run.id).taken)
    assert.equal(2, merge.trials(two, two_run.id, all, run.id).taken)
    assert.same({ taken = 0, known = 4, twice = {}, strange = {} }, merge.trials(one, one_run.id, all, run.id))
    assert.equal("a1@n1 a2@n1 b1@n22 b2@n22 c1@n1 c2@n1", names(all, run.id))
    local t = all:trials(run.id)[1]
    assert.equal(9007199254740993, t.counters.big.value)
    assert.same({ 5, 7 }, t.iterations)
    local hosts = all:hosts(run.id)
    assert.same({ "n1", 4, '{"node":"n1"}', "n22", 2 },
      { hosts[1].name, hosts[1].trials, hosts[1].provenance, hosts[2].name, hosts[2].trials })
  end)

  it("tells a trial that was measured twice, and takes the first", function()
    local one, one_run = shard("n1", { "a", "b" })
    local two, two_run = shard("n22", { "b", "c" })
    merge.trials(one, one_run.id, all, run.id)
    local found = merge.trials(two, two_run.id, all, run.id)
    assert.equal(2, found.taken)
    assert.equal(2, #found.twice)
    assert.same({ "b", "n22", "n1" }, { found.twice[1].row.config, found.twice[1].row.node, found.twice[1].there.started })
    assert.equal("a1@n1 a2@n1 b1@n1 b2@n1 c1@n22 c2@n22", names(all, run.id))
  end)

  it("takes nothing that does not belong, and names what is missing", function()
    local one, one_run, list = shard("n1", { "a", "other" })
    local found = merge.trials(one, one_run.id, all, run.id, function(row) return row.replicate == 1 end)
    assert.equal(1, found.taken)
    assert.equal(3, #found.strange)
    local cell = { id = all:rows("SELECT id FROM cell WHERE config = 'a'")[1].id }
    local missing = merge.missing(all, run.id, {
      { cell = cell, kind = "time", replicate = 1 }, { cell = cell, kind = "time", replicate = 2 } })
    assert.equal(1, #missing)
    assert.equal(2, missing[1].replicate)
    assert.equal("time of a/w, round 2", merge.words("time", "a", "w", 2, true))
    assert.equal("other", list[2].config.name)
  end)

  it("takes nothing of a shard that fails in the middle", function()
    local one, one_run = shard("n1", { "a", "b" })
    local insert, n = all.insert_trial, 0
    function all.insert_trial(...)
      n = n + 1
      if n == 3 then error("no more") end
      return insert(...)
    end
    assert.is_false((pcall(merge.trials, one, one_run.id, all, run.id)))
    all.insert_trial = nil
    assert.equal("", names(all, run.id))
    assert.equal(4, merge.trials(one, one_run.id, all, run.id).taken)
  end)

  it("knows a shard of another run, and one without any", function()
    local one = shard("n1", { "a" })
    assert.equal("id/1/2", merge.run_of(one, "id/1/2").identity)
    assert.same({ nil, "was measured with another jitlab, experiment, options or shard" }, { merge.run_of(one, "id/2/2") })
    local empty = stores.open(scratch.path())
    opened[#opened + 1] = empty
    assert.same({ nil, "holds no run yet" }, { merge.run_of(empty, "id/1/2") })
  end)

  it("gives a shard that lost its database what was merged of it", function()
    local one, one_run = shard("n1", { "a", "b" })
    merge.trials(one, one_run.id, all, run.id)
    local again = stores.open(scratch.path())
    opened[#opened + 1] = again
    local r = { name = "again", experiment = "e", identity = "id/1/2", mode = "quick", seed = 1, rounds = 2, started = "now",
      provenance = "{}" }
    local list = { { config = { name = "a", set = {} }, workload = { name = "w" }, variant = "mipsel", command = "a" } }
    assert.equal(1, merge.reopen(again, r, list, all, run.id, function(row) return row.replicate == 1 end))
    assert.equal("a1@n1", names(again, r.id))
    assert.same({ taken = 0, known = 1, twice = {}, strange = {} }, merge.trials(again, r.id, all, run.id))
    again:finish_run(r.id, 2, "later")
    assert.equal(0, merge.reopen(again, r, list, all, run.id, function(row) return row.replicate == 1 end))
    assert.is_nil(again:rows("SELECT finished FROM run")[1].finished)
  end)

  it("finds a database that somebody measures into locked", function()
    local path = scratch.path()
    stores.open(path):close() -- with an empty log, which is looked at without waiting for whoever writes it
    local busy = stores.open(path, { alone = true })
    opened[#opened + 1] = busy
    local ok, message = fail.catch(stores.open, path, { alone = true })
    assert.is_false(ok)
    assert.matches("locked", message)
  end)
end)
