-- Which mechanisms gain more, or less, together: seven axes with two values each, in 16 of the 128 combinations.
--
-- Main effects are clear of interactions of two axes, but each of these cannot be told apart from two others (--dry-run prints
-- which). The axes stand in an order that puts the seven that a translator's author would expect into groups of their own: what
-- is found in a group is taken for the expected one of it.

local design = require "harness.design"

local axes = {
  { "returns", "none", "rsb" },
  { "passes", { "registers only", { passes = "none:regalloc=1" } }, "all" },
  { "memory", "pagetable", "fastmem" },
  { "region", "block", "loop" },
  { "inline-cache", "none", "poly" },
  { "lookup", "hash", "flat32" },
  { "link", "none", "static" },
}

local fraction = design.fractional(axes, { "E=ABC", "F=BCD", "G=ACD" }, { tier = "single" })
local configs = {}
for i, config in ipairs(fraction) do configs[i] = config.name end

local high = {}
for _, factor in ipairs(fraction.design.factors) do high[factor.name] = factor.levels[2] end

-- What an effect multiplies a metric by: the geometric mean over the configurations in which the signs' product is +, over
-- that of those in which it is -. Exact metrics only: the intervals are left out.
local function effect(q, metric, names)
  local sum, n = 0, 0
  for _, config in ipairs(fraction) do
    local x, reason = q:ratio { num = config.name, den = "(1)", metric = metric }
    if not x then return nil, reason end
    local sign = 1
    for _, name in ipairs(names) do sign = sign * (config.levels[name] == high[name] and 1 or -1) end
    sum, n = sum + sign * math.log(x.mid), n + 1
  end
  local ratio = math.exp(2 * sum / n)
  return { mid = ratio, lo = ratio, hi = ratio, n = n }
end

-- Judges an effect, of one axis or of two together, on the host instructions.
local function claim(text, source, names, judge, because)
  return {
    kind = "predicate", text = text, source = source, because = because,
    test = function(q)
      local x, reason = effect(q, "host_instructions", names)
      local what = table.concat(names, " with ")
      q:note("host instructions by " .. what, nil, x)
      return x and judge(q, x) or nil, ("host instructions times %s by %s"):format(x and ("%.3f"):format(x.mid) or q:show(x, reason), what)
    end,
  }
end

local function at_most(bound) return function(q, x) return q:at_most(x, bound) end end
local function at_least(bound) return function(q, x) return q:at_least(x, bound) end end

local function within(bound)
  return function(q, x) return q:all { q:at_most(x, 1 + bound), q:at_least(x, 1 / (1 + bound)) } end
end

local claims = {
  claim("the passes save an eighth of the host instructions or more, whatever else is on", "seed 3", { "passes" }, at_most(7 / 8)),
  claim("fastmem saves a twentieth of them or more against the page table, whatever else is on", "papers.md C6", { "memory" },
    at_most(0.95)),
  claim("static links save a tenth of them or more, whatever else is on", "papers.md C1", { "link" }, at_most(0.9),
    "a link takes the place of a lookup of a few instructions in translated code here, on the programs that look up at all"),
  claim("links leave the lookup less to do: a cheaper lookup gains less where there are links", "papers.md C1", { "link", "lookup" },
    at_least(1)),
  claim("passes gain more in regions that are loops", "seed 3", { "passes", "region" }, at_most(1)),
  claim("what the passes save and what fastmem saves multiply: together they differ by at most 3 % from that", "DESIGN.md 3",
    { "passes", "memory" }, within(0.03)),
  { kind = "equal", text = "every configuration executes the same guest instructions", source = "DESIGN.md 2",
    metric = "guest_instructions", configs = configs },
}

return {
  name = "interactions",
  summary = "seven axes together: which gain more, or less, in company",
  source = "papers.md 10",
  workloads = { "calls", "indirect4", "sieve", "sha256", "bytecode", "records" },
  configs = fraction,
  baseline = "(1)",
  metric = "host_per_guest",
  counters = { "cpu_ns" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 300, full = 3600 },
  timeout = { quick = 60, full = 600 },
  claims = claims,
  plots = {
    { kind = "bars", metric = "host_instructions", title = "Sixteen of 128 combinations of seven axes: host instructions",
      ylabel = "host instructions / those with everything low (exact)" },
  },
}
