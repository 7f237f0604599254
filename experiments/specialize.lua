-- Regions that the guest program annotates, specialised to their run-time constants (Auslander et al. 1996): what that removes, which
-- optimisation does it, and after how many uses a version has paid for its translation.

local design = require "harness.design"
local lines = require "harness.lines"

local METRIC = "valgrind:instructions"

-- name -> the kernel's uses in a round of its program
local kernels = { calculator = { uses = 64, unit = "evaluations" }, sparse = { uses = 32, unit = "products" },
  events = { uses = 64, unit = "events" } }
local order = { "calculator", "sparse", "events" }
local sizes = { 2, 5, 10, 20, 40, 1000 }

local workloads, largest, pairs_of = {}, {}, {}
for i, kernel in ipairs(order) do
  local names = {}
  for k, n in ipairs(sizes) do
    names[k] = ("%s%d"):format(kernel, n)
    workloads[#workloads + 1] = { from = kernel, name = names[k], value = n, args = { quick = { n }, full = { n } } }
  end
  largest[i] = names[#names]
  pairs_of[kernel] = { a = "none", b = "annotated", workloads = names, metric = METRIC }
end

-- Everything is translated at once: what is measured is versions, not when they are made.
local function config(name, specialize, passes)
  return design.config(name, { tier = "single", specialize = specialize, passes = passes or "all" })
end

local function left_out(name, text, which)
  return { kind = "ratio", text = text, source = "Grant et al. 1999 (each left out)", num = "annotated", den = name,
    metric = "host_instructions", workloads = which, each = true, max = 0.95 }
end

return {
  name = "specialize",
  summary = "annotated regions with a version for each set of run-time constants: what is removed, by what, and from when on it pays",
  source = "seed 4; papers.md 2.5 (Auslander et al. 1996, Grant et al. 1999)",
  workloads = workloads,
  configs = design.join(
    config("none", "none"),
    config("annotated", "annotated"),
    config("-loads", "annotated:loads=0"),
    config("-branches", "annotated:branches=0"),
    config("-turns", "annotated:turns=0"),
    config("-fold", "annotated", "all:fold=0")),
  baseline = "none",
  metric = METRIC,
  counters = { "host_instructions", "version_loads_removed", "version_branches_removed", "version_turns_unrolled", "cpu_ns" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 600, full = 1800 },
  timeout = { quick = 60, full = 120 },
  claims = {
    { kind = "ratio", text = "whole programs need at most 1 / 1.2 of the host instructions with versions, the least that the paper reports",
      source = "Auslander et al. 1996, abstract (1.2 to 1.8)", num = "annotated", den = "none", metric = "host_instructions",
      workloads = largest, each = true, max = 1 / 1.2 },
    { kind = "crossover", text = "with few uses general code is cheaper, with many the version", source = "papers.md 2.5", a = "none",
      b = "annotated", metric = METRIC },
    { kind = "predicate", text = "the break-even point is what versions cost over what they save each time, within 20 %",
      source = "papers.md 2.5 (|B_meas / B_pred - 1| < 0.2)",
      test = function(q)
        local verdicts, details = {}, {}
        for i, kernel in ipairs(order) do
          -- Versions may be cheaper from the smallest size on: an annotated function is not translated again for each of its callers.
          local verdict, found = lines.pays(q, pairs_of[kernel], 0.2)
          if not verdict then return nil, kernel .. ": " .. found end
          local uses = kernels[kernel].uses
          verdicts[i] = verdict
          details[i] = ("%s %.0f %s (%.0f predicted: %.2f million instructions for %.0f saved by each)"):format(kernel,
            found.measured * uses, kernels[kernel].unit, found.predicted * uses, found.more / 1e6, found.saved / uses)
        end
        return q:all(verdicts), table.concat(details, "; ")
      end },
    left_out("-loads", "loads of constants removed save 5 % of the host instructions or more", largest),
    left_out("-branches", "branches that constants decide save 5 % or more", largest),
    left_out("-turns", "loops unrolled save 5 % or more", largest),
    left_out("-fold", "constants folded save 5 % or more", largest),
    { kind = "equal", text = "versions retire the same guest instructions", source = "DESIGN.md 2", metric = "guest_instructions",
      configs = { "none", "annotated", "-loads", "-branches", "-turns", "-fold" } },
  },
  plots = {
    { kind = "bars", title = "Host instructions of translated code against general code", workloads = "*1000",
      metric = "host_instructions",
      configs = { "annotated", "-loads", "-branches", "-turns", "-fold" }, ylabel = "host instructions / those without versions (exact)" },
    { kind = "sweep", configs = { "none", "annotated" }, metric = METRIC, absolute = true, log = true, xbase = 10,
      workloads = "calculator*",
      title = "The calculator by how much it calculates", xlabel = "rounds of 64 evaluations (log scale)",
      ylabel = "instructions, translating included (exact)" },
  },
}
