-- The return stack buffer: what it saves, how deep it has to be, and what spoils it. `chain-N` calls through N different functions,
-- so that every return has an address of its own; in the `deepcalls` two call sites alternate.

local design = require "harness.design"

-- Everything is translated at once, and no function into its caller: every call is one, and every return.
local function variant(name, returns, lookup, value)
  local set = { returns = returns, lookup = lookup, tier = "single", region = "loop:callee=0" }
  return design.config(name, set, { value = value })
end

-- log2 of the ring's size, see policies/returns/rsb.c
local sizes = { 0, 2, 4, 6, 8, 10 }
local ring, ring_names = {}, {}
for i, log2 in ipairs(sizes) do
  ring[i] = variant(("rsb %d"):format(1 << log2), ("rsb:depth=%d"):format(log2), "flat", 1 << log2)
  ring_names[i] = ring[i].name
end

local chains, depths = {}, { 4, 8, 16, 32, 64, 128, 256 }
for i, depth in ipairs(depths) do
  chains[i] = {
    from = "chain64", name = ("chain-%d"):format(depth), value = depth,
    args = { quick = { 4000000 // depth, "-d", depth }, full = { 40000000 // depth, "-d", depth } },
  }
end

local workloads = { "calls", "bodies1", "trees", "deepcalls64", "deepcalls1024", "longjmp", "unwind", "coroutine" }
table.move(chains, 1, #chains, #workloads + 1, workloads)

local function rate(q, config, workload)
  return q:value { config = config, workload = workload, metric = "rsb_hits/rsb_pushes" }
end

-- A claim about the share of returns that were predicted, for pairs of ring and workload; bound(ring, workload) gives the bounds.
local function hit_rates(text, source, pairs_of, bound, because)
  return {
    kind = "predicate", text = text, source = source, because = because,
    test = function(q)
      local verdicts, details = {}, {}
      for i, pair in ipairs(pairs_of) do
        local x, reason = rate(q, ("rsb %d"):format(pair[1]), pair[2])
        local least, most = bound(pair[1], pair[2])
        verdicts[i] = q:all { least and q:at_least(x, least) or "reproduced", most and q:at_most(x, most) or "reproduced" }
        details[i] = ("rsb %d on %s: %s"):format(pair[1], pair[2], q:show(x, reason))
      end
      return q:all(verdicts), "hits per push: " .. table.concat(details, ", ")
    end,
  }
end

-- Rings and chains of which the chain is deeper (or not).
local function ring_and_chain(deeper)
  local list = {}
  for _, size in ipairs { 4, 16, 64 } do
    for _, depth in ipairs(depths) do
      if (depth > size) == deeper then list[#list + 1] = { size, ("chain-%d"):format(depth) } end
    end
  end
  return list
end

local function depth_of(workload) return tonumber(workload:match("%d+")) end

return {
  name = "returns",
  summary = "returns looked up like any jump, by rings of 1 to 1024 entries, by stacks that pop to a match, by the host's RET",
  source = "seed 1, Indirect Branch Lookup (return stack buffer); papers.md 4.2",
  workloads = workloads,
  configs = design.join(
    design.native(),
    variant("none", "none", "flat"),
    ring,
    variant("shadow 16", "shadow:depth=4", "flat"),
    variant("shadow 64", "shadow:depth=6", "flat"),
    variant("callret", "callret", "flat"),
    variant("none, hash-c", "none", "hash-c"),
    variant("rsb 16, hash-c", "rsb:depth=4", "hash-c"),
    variant("rsb 64, hash-c", "rsb:depth=6", "hash-c"),
    variant("shadow 64, hash-c", "shadow:depth=6", "hash-c"),
    variant("callret, hash-c", "callret", "hash-c")),
  baseline = "none",
  skip = function(c, workload)
    local chained = { native = true, none = true, ["rsb 4"] = true, ["rsb 16"] = true, ["rsb 64"] = true, ["shadow 16"] = true,
      callret = true }
    if workload.value and not chained[c.name] then
      return "the chains are run without a ring, with rings of 4, 16 and 64, with a stack of 16, and with the host's calls"
    end
  end,
  counters = { "rsb_hits/rsb_pushes", "rsb_resyncs", "dispatches" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 300, full = 1800 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ratio", text = "a ring removes nine tenths of the dispatches for returns", source = "papers.md C2",
      num = "rsb 16, hash-c", den = "none, hash-c", metric = "dispatches", max = 0.1, workloads = { "calls", "bodies1", "trees" },
      each = true },
    { kind = "ratio", text = "where lookups leave to C, a ring makes calls at least twice as fast", source = "seed 1",
      num = "rsb 16, hash-c", den = "none, hash-c", metric = "cpu_ns", max = 0.5, workloads = "calls" },
    { kind = "ratio", text = "a ring makes shallow calls 5 to 20 % faster than a flat table does", source = "papers.md C2",
      num = "rsb 16", den = "none", metric = "cpu_ns", min = 0.8, max = 0.95, workloads = "calls",
      because = "a lookup in the flat table takes fewer host instructions here than a push and a pop of the ring together (see the table "
        .. "of host instructions), and the host predicts the jump of either" },
    hit_rates("a ring predicts 98 of 100 returns while the calls are no deeper than it", "papers.md 4.6",
      ring_and_chain(false), function() return 0.98 end),
    hit_rates("a ring of R predicts about R of N returns when N calls are deeper than it (within 0.02)", "papers.md C3, 4.6",
      ring_and_chain(true), function(size, workload)
        local share = size / depth_of(workload)
        return share - 0.02, share + 0.02
      end),
    { kind = "near", text = "of calls N deep a ring of 16 predicts 16 returns of N, within a twentieth", source = "papers.md C3, 4.6",
      config = "rsb 16", metric = "rsb_hits/rsb_pushes", within = 0.05, workloads = { "chain-32", "chain-64", "chain-128", "chain-256" },
      prediction = function(_, workload) return 16 / depth_of(workload) end },
    hit_rates("so it does when two call sites alternate", "papers.md C3",
      { { 16, "deepcalls64" }, { 16, "deepcalls1024" } }, function(size, workload)
        return nil, size / depth_of(workload) + 0.02
      end, "the ring does not forget what it has popped: where an overflow has overwritten entries, later ones with the same return "
        .. "address stand in their place"),
    { kind = "ratio", text = "calls deeper than the ring cost a bounded amount: at most twice what they do without a ring",
      source = "papers.md C3", num = "rsb 16", den = "none", metric = "cpu_ns", max = 2,
      workloads = { "chain-32", "chain-64", "chain-128", "chain-256" }, each = true },
    { kind = "monotone", text = "a larger ring never predicts worse", source = "papers.md C3", metric = "rsb_hits/rsb_pushes", dir = "up",
      over = ring_names, workloads = { "calls", "deepcalls64", "deepcalls1024", "trees" } },
    { kind = "predicate", text = "a longjmp out of twelve calls costs one wrong prediction, since a mismatch clears the ring",
      source = "seed 1",
      test = function(q)
        local misses, reason = q:value { config = "rsb 16", workload = "longjmp", metric = "rsb_misses/rsb_pushes" }
        -- A round pushes 25 addresses: _setjmp's, the dive's first call and twelve more, _longjmp's among them, and those after it.
        return q:at_most(misses, 1.05 / 25),
          ("misses per push %s, claimed at most 1.05 in the 25 pushes of a round"):format(q:show(misses, reason))
      end },
    { kind = "ratio", text = "a ring that a change of stacks or a longjmp spoils costs at most 25 %", source = "papers.md C3",
      num = "rsb 16", den = "none", metric = "cpu_ns", max = 1.25, workloads = { "coroutine", "longjmp" }, each = true,
      because = "every mismatch calls a C function that clears all entries" },
    { kind = "ratio", text = "clearing makes a mismatch dearer the larger the ring is: 1024 entries at least twice as slow as 16",
      source = "seed 1 (a mismatch clears the entire buffer)", num = "rsb 1024", den = "rsb 16", metric = "cpu_ns", min = 2,
      workloads = "coroutine" },
    { kind = "ratio", text = "popping to the match keeps the callers' returns, which a ring that is cleared has to look up",
      source = "DESIGN.md 2 (shadow)", num = "shadow 64, hash-c", den = "rsb 64, hash-c", metric = "dispatches", max = 0.3,
      workloads = "unwind" },
    { kind = "ratio", text = "where every return is predicted anyway, popping to the match costs a few host instructions more",
      source = "policies/returns/shadow.c", num = "shadow 16", den = "rsb 16", metric = "host_instructions", min = 1.005, max = 1.1,
      workloads = { "calls", "trees" }, each = true },
    { kind = "ratio", text = "returns from deeper than the stack cost lookups, not searches: at most twice what they do without one",
      source = "papers.md C3", num = "shadow 16", den = "none", metric = "cpu_ns", max = 2,
      workloads = { "chain-32", "chain-64", "chain-128", "chain-256" }, each = true },
    { kind = "ratio", text = "host calls and returns take fewer host instructions than a ring", source = "policies/README.md",
      num = "callret", den = "rsb 16", metric = "host_instructions", max = 0.98, workloads = { "calls", "trees", "chain-8", "chain-256" },
      each = true },
    { kind = "ratio", text = "and more than looking every return up in a flat table", source = "policies/README.md",
      num = "callret", den = "none", metric = "host_instructions", min = 1.02, workloads = { "calls", "trees", "chain-8", "chain-256" },
      each = true },
    { kind = "predicate", text = "they predict 98 of 100 returns while the calls are no deeper than their stack", source = "papers.md 4.6",
      test = function(q)
        local verdicts, details = {}, {}
        for i, w in ipairs { "calls", "trees", "deepcalls64", "chain-4", "chain-64", "chain-256" } do
          local x, reason = rate(q, "callret", w)
          verdicts[i], details[i] = q:at_least(x, 0.98), ("%s %s"):format(w, q:show(x, reason))
        end
        return q:all(verdicts), "hits per push: " .. table.concat(details, ", ")
      end },
    { kind = "predicate", text = "of calls a little deeper than that a third and more are predicted still",
      source = "policies/returns/callret.c",
      test = function(q)
        local x, reason = rate(q, "callret", "deepcalls1024")
        return q:at_least(x, 1 / 3), ("hits per push on deepcalls1024: %s"):format(q:show(x, reason))
      end },
    { kind = "ratio", text = "they remove nine tenths of the dispatches for returns, too", source = "papers.md C2",
      num = "callret, hash-c", den = "none, hash-c", metric = "dispatches", max = 0.1, workloads = { "calls", "bodies1", "trees" },
      each = true },
    { kind = "equal", text = "every ring and stack executes the same guest instructions", source = "DESIGN.md 2",
      metric = "guest_instructions", configs = { "none", "shadow 16", "shadow 64", "callret", table.unpack(ring_names) } },
  },
  plots = {
    { kind = "lines", configs = ring_names, metric = "rsb_hits/rsb_pushes", title = "Returns predicted by a ring, by its size",
      xlabel = "entries of the ring (log scale)", ylabel = "hits per push (exact)", xbase = 2,
      workloads = { "calls", "bodies1", "trees", "deepcalls64", "deepcalls1024", "longjmp", "coroutine" } },
    { kind = "sweep", configs = { "rsb 4", "rsb 16", "rsb 64" }, metric = "rsb_hits/rsb_pushes", absolute = true, log = false,
      title = "Returns predicted by a ring, by depth of calls", workloads = "chain-*", xbase = 2,
      xlabel = "different functions on the stack (log scale)", ylabel = "hits per push (exact)" },
    { kind = "sweep", configs = { "rsb 4", "rsb 16", "rsb 64" }, title = "Return rings by depth of calls: CPU time",
      workloads = "chain-*", xbase = 2, xlabel = "different functions on the stack (log scale)",
      ylabel = "CPU time / CPU time without a ring (log scale)" },
    { kind = "bars", title = "Return strategies: CPU time against looking up every return",
      configs = { "native", "rsb 1", "rsb 16", "rsb 1024", "shadow 16", "shadow 64", "callret", "none, hash-c", "rsb 16, hash-c",
        "rsb 64, hash-c", "shadow 64, hash-c", "callret, hash-c" },
      workloads = { "calls", "bodies1", "trees", "deepcalls64", "deepcalls1024", "longjmp", "unwind", "coroutine" },
      ylabel = "CPU time / CPU time without a ring (log scale)" },
  },
}
