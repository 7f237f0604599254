-- The claim that two configurations do not differ: of an A/A experiment, or of a change that should cost nothing.
--
-- Not having found a difference is no evidence of there being none: it may be for want of rounds. The claim is reproduced when
-- every interval lies within a margin around 1 (which is the test of equivalence by two one-sided tests: Schuirmann 1987, Journal of
-- Pharmacokinetics and Biopharmaceutics 15) and no test finds a difference; it is not reproduced when a test does, at 5 % for all
-- comparisons together (Holm); else it is undecided.

local claims = require "harness.claims"
local experiment = require "harness.experiment"
local holm = require "harness.stats.holm"
local stats = require "harness.stats"
local text = require "harness.text"
local trimmed = require "harness.stats.trimmed"

local equivalence = {}

equivalence.LEVEL = 0.05

local function log(ratio) return ratio > 0 and math.log(ratio) or -math.huge end

-- Judges comparisons {{name=, estimate=, logs=list of log ratios, margin=}, ...}. Returns the verdict and sentences about those that do not
-- pass, or about all.
function equivalence.judge(comparisons)
  local p_values = {}
  for i, c in ipairs(comparisons) do p_values[i] = trimmed.test(c.logs) or false end
  local adjusted, verdicts, sentences = holm(p_values), {}, {}
  for i, c in ipairs(comparisons) do
    local x = c.estimate
    local inside = claims.all { claims.at_most(x, 1 + c.margin), claims.at_least(x, 1 / (1 + c.margin)) }
    local differs = adjusted[i] and adjusted[i] < equivalence.LEVEL
    verdicts[i] = differs and "not reproduced" or adjusted[i] and inside == "reproduced" and inside or "undecided"
    if verdicts[i] ~= "reproduced" then
      local p = adjusted[i] and ("%s of all %d (Holm)"):format(text.p_value(adjusted[i]), #comparisons)
        or ("not to be had of %d rounds"):format(#c.logs)
      sentences[#sentences + 1] = ("%s: %s, margin %.3g %%, p %s"):format(c.name, claims.show(x), 100 * c.margin, p)
    end
  end
  if #sentences == 0 and #comparisons > 0 then
    sentences[1] = ("no difference in %d comparisons, and every interval within its margin"):format(#comparisons)
  end
  return claims.all(verdicts), table.concat(sentences, "; ")
end

local function test(claim)
  return function(q)
    for _, name in ipairs { claim.a, claim.b } do
      if not q.e.config[name] then return "undecided", text.unknown("configuration", name, q.e.config_names) end
    end
    local metric, comparisons = claim.metric or q.e.metric, {}
    local workloads = experiment.select_workloads(q.e, claim.workloads)
    if not claim.workloads then workloads = q.data:common_workloads(claim.a, claim.b, workloads) end
    local function add(name, names, margin)
      local arrays, reason = q.data:ratio_arrays(claim.a, claim.b, names, metric)
      if not arrays then return reason end
      for i, variant in ipairs(#names == 1 and q.data:common_variants(claim.a, claim.b) or {}) do
        comparisons[#comparisons + 1] = { name = #arrays > 1 and name .. " " .. variant or name, margin = margin,
          estimate = stats.geomean_estimate({ arrays[i] }, q.data.seed), logs = stats.round_means({ arrays[i] }, log) }
      end
      if #names > 1 then
        comparisons[#comparisons + 1] = { name = name, margin = margin, estimate = stats.geomean_estimate(arrays, q.data.seed),
          logs = stats.round_means(arrays, log) }
      end
    end
    for _, workload in ipairs(workloads) do
      local reason = add(workload, { workload }, claim.margin)
      if reason then return "undecided", reason end
    end
    if #workloads > 1 then add("all workloads", workloads, claim.mean_margin or claim.margin) end
    for _, c in ipairs(comparisons) do
      q:note(("%s/%s, %s"):format(claim.a, claim.b, metric), c.name ~= "all workloads" and c.name or nil, c.estimate)
    end
    return equivalence.judge(comparisons)
  end
end

-- A claim for an experiment's `claims`: that configurations a and b do not differ in `metric`. margin: the part that counts as
-- nothing, of each workload; mean_margin: of their geometric mean (the same if left out); workloads, text, source, because as of any claim.
function equivalence.claim(claim)
  assert(type(claim.margin) == "number" and claim.margin > 0, "equivalence.claim: margin, a number above 0, was expected")
  return { kind = "predicate", text = claim.text or ("%s and %s do not differ"):format(claim.a, claim.b), source = claim.source,
    because = claim.because, workloads = claim.workloads, test = test(claim) }
end

return equivalence
