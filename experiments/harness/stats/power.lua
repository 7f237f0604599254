-- How many rounds would decide.

local power = {}

-- How much wider than the half of a 95 % interval a difference has to be, so that four of five campaigns find it: the estimate
-- itself errs too, (1.96 + 0.84) / 1.96 (the usual sum of the quantiles of 97.5 % and 80 %; Cohen 1988, Statistical Power Analysis).
local ROOM = (1.96 + 0.8416) / 1.96

-- An estimate decides against a bound when its interval leaves it out. With the spread that was seen, and a true value at the
-- estimate, that happens in four of five campaigns of as many rounds as this returns: the interval's half narrows with the root of
-- the rounds. Positive values only. nil where no number of rounds would do or none is needed.
function power.rounds(x, bound)
  if not (x.lo > 0 and bound > 0 and x.hi > x.lo) or x.n < 3 then return nil end
  local gap = math.abs(math.log(x.mid / bound))
  local half = math.log(x.hi / x.lo) / 2
  local rounds = x.n * (half * ROOM / gap) ^ 2
  if rounds <= x.n or rounds > 10000 then return nil end
  return math.ceil(rounds)
end

-- The other way round: the smallest difference, as a part (0.02: 2 %), that four of five campaigns of so many rounds would find, with
-- the spread that was seen in the estimate of a ratio.
function power.difference(x, rounds)
  local half = math.log(x.hi / x.lo) / 2
  return math.exp(half * ROOM * math.sqrt(x.n / rounds)) - 1
end

return power
