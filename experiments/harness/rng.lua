-- Random numbers that depend on a seed and nothing else: the same order of trials and the same intervals on every
-- host and with every Lua. SplitMix64.

local rng = {}
rng.__index = rng

-- A generator for an integer seed, and for a name where one seed feeds several independent uses.
function rng.new(seed, name)
  local state = seed
  for i = 1, #(name or "") do state = (state ~ name:byte(i)) * 0x100000001b3 end
  return setmetatable({ state = state }, rng)
end

function rng:next()
  self.state = self.state + 0x9e3779b97f4a7c15
  local z = self.state
  z = (z ~ (z >> 30)) * 0xbf58476d1ce4e5b9
  z = (z ~ (z >> 27)) * 0x94d049bb133111eb
  return z ~ (z >> 31)
end

-- A number from 1 to n.
function rng:below(n)
  return (self:next() >> 11) % n + 1
end

-- Shuffles an array in place and returns it.
function rng:shuffle(t)
  for i = #t, 2, -1 do
    local j = self:below(i)
    t[i], t[j] = t[j], t[i]
  end
  return t
end

return rng
