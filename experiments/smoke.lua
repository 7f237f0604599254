-- Every two strategies of different axes together in some configuration: whether all run, print the same and execute the same guest
-- instructions. Under a minute, before something longer is started; what jitlab refuses is listed with its sentence.

local catalogue = require "harness.catalogue"
local design = require "harness.design"

-- The strategies of each axis as this jitlab has them, the default one first.
local axes = {}
for _, axis in ipairs(catalogue.load().answer.axes) do
  local values = { axis.name, axis.default }
  for _, strategy in ipairs(axis.strategies) do
    if strategy.name ~= axis.default and not (strategy.unsafe or strategy.native) then values[#values + 1] = strategy.name end
  end
  if #values > 2 then axes[#axes + 1] = values end
end

local pairwise = design.pairwise(axes)
local names = {}
for i, config in ipairs(pairwise) do names[i] = config.name end

return {
  name = "smoke",
  summary = "every two strategies together somewhere: all run and agree",
  source = "DESIGN.md 2",
  mode = "quick",
  size = { quick = "test" }, -- the interpreter is among them
  workloads = { "calls", "matmul", "hotpatch_rare" },
  configs = design.join(design.native(), pairwise),
  baseline = "native",
  repeats = { quick = 1, full = 3 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "equal", text = "every configuration executes the same guest instructions", source = "DESIGN.md 2",
      metric = "guest_instructions", configs = names },
  },
}
