-- Campaigns made of random numbers whose true values are known: log-normal noise of a different size for each workload, a part of it
-- shared by all that runs in a round, and slow processes now and then.

local rng = require "harness.rng"

local synthetic = {}
synthetic.__index = synthetic

-- options: workloads (a number), factors ({ratio of the second configuration to the first, a workload each} or one number), noise (the
-- second configuration's, in times the first one's).
function synthetic.new(seed, options)
  local self = setmetatable({ generator = rng.new(seed, "synthetic"), workloads = options.workloads, factor = options.factor or 1,
    noise = options.noise or 1, sigma = {} }, synthetic)
  for w = 1, self.workloads do self.sigma[w] = 0.02 * 1.5 ^ (w % 4 - 1) end -- 1.3 to 4.5 %
  return self
end

function synthetic:uniform() return ((self.generator:next() >> 11) + 0.5) * 2.0 ^ -53 end

function synthetic:normal()
  return math.sqrt(-2 * math.log(self:uniform())) * math.cos(2 * math.pi * self:uniform())
end

-- The logarithm of one trial's noise: one in sixteen takes longer, by 15 % on average.
function synthetic:trial(sigma)
  local x = sigma * self:normal()
  if self:uniform() < 1 / 16 then x = x - 0.15 * math.log(self:uniform()) end
  return x
end

-- One round: {first = {time by workload}, second = {...}}.
function synthetic:round()
  local host, first, second = math.exp(0.03 * self:normal()), {}, {}
  local against = math.exp(0.01 * self:normal()) -- what the round does to the second configuration only, on all workloads
  for w = 1, self.workloads do
    first[w] = host * math.exp(self:trial(self.sigma[w]))
    second[w] = host * against * self.factor * math.exp(self:trial(self.sigma[w] * self.noise))
  end
  return first, second
end

-- n rounds: times by workload and round, of both configurations, and their ratios second/first.
function synthetic:campaign(n)
  local first, second, ratios = {}, {}, {}
  for w = 1, self.workloads do first[w], second[w], ratios[w] = {}, {}, {} end
  for round = 1, n do
    local a, b = self:round()
    for w = 1, self.workloads do
      first[w][round], second[w][round], ratios[w][round] = a[w], b[w], b[w] / a[w]
    end
  end
  return first, second, ratios
end

return synthetic
