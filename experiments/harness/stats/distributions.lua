-- The distributions that intervals and tests need: normal, Student's t, binomial. Checked against scipy in the specs.

local distributions = {}

-- ln of the gamma function for x > 0, by Lanczos's series with g = 7 and nine terms: 15 digits.
local LANCZOS = {
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
}

function distributions.log_gamma(x)
  if x < 0.5 then return math.log(math.pi / math.sin(math.pi * x)) - distributions.log_gamma(1 - x) end
  x = x - 1
  local sum, t = LANCZOS[1], x + 7.5
  for i = 1, 8 do sum = sum + LANCZOS[i + 1] / (x + i) end
  return 0.5 * math.log(2 * math.pi) + (x + 0.5) * math.log(t) - t + math.log(sum)
end

-- The continued fraction of the incomplete beta function, by Lentz's method.
local function beta_fraction(x, a, b)
  local tiny = 1e-300
  local function apart(v) return math.abs(v) < tiny and tiny or v end
  local c, d = 1.0, 1 / apart(1 - (a + b) * x / (a + 1))
  local h = d
  for m = 1, 500 do
    local even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    d, c = 1 / apart(1 + even * d), apart(1 + even / c)
    h = h * d * c
    local odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    d, c = 1 / apart(1 + odd * d), apart(1 + odd / c)
    h = h * d * c
    if math.abs(d * c - 1) < 1e-15 then break end
  end
  return h
end

-- The regularised incomplete beta function I_x(a, b).
function distributions.beta(x, a, b)
  if x <= 0 then return 0.0 end
  if x >= 1 then return 1.0 end
  local log_front = distributions.log_gamma(a + b) - distributions.log_gamma(a) - distributions.log_gamma(b)
    + a * math.log(x) + b * math.log(1 - x)
  if x < (a + 1) / (a + b + 2) then return math.exp(log_front) * beta_fraction(x, a, b) / a end
  return 1 - math.exp(log_front) * beta_fraction(1 - x, b, a) / b
end

-- The regularised lower incomplete gamma function P(a, x) for a = 1/2, which is erf(sqrt(x)): series, or continued fraction for Q.
local function erfc(z)
  if z < 0 then return 2 - erfc(-z) end
  local x = z * z
  if z < 2 then
    local term = 2 * z / math.sqrt(math.pi)
    local sum, k = term, 0
    repeat
      k = k + 1
      term = -term * x / k
      sum = sum + term / (2 * k + 1)
    until math.abs(term) < 1e-17
    return 1 - sum
  end
  local h = 0.0
  for k = 60, 1, -1 do h = k / 2 / (z + h) end
  return math.exp(-x) / (math.sqrt(math.pi) * (z + h))
end

-- P(Z <= z) of the standard normal distribution.
function distributions.normal(z) return 0.5 * erfc(-z / math.sqrt(2)) end

-- Where a growing function of x reaches p, between lo and hi, by halving.
local function inverse(f, p, lo, hi)
  for _ = 1, 200 do
    local mid = (lo + hi) / 2
    if mid == lo or mid == hi then break end
    if f(mid) < p then lo = mid else hi = mid end
  end
  return (lo + hi) / 2
end

-- The z with P(Z <= z) = p. Outside of (0, 1): the infinities.
function distributions.normal_quantile(p)
  if p <= 0 then return -math.huge end
  if p >= 1 then return math.huge end
  if p > 0.5 then return -distributions.normal_quantile(1 - p) end
  return inverse(distributions.normal, p, -40, 0)
end

-- P(|T| >= |t|) of Student's t with df degrees of freedom: the two-sided p-value.
function distributions.t_two_sided(t, df)
  return distributions.beta(df / (df + t * t), df / 2, 0.5)
end

-- The t that |T| exceeds with probability p.
function distributions.t_quantile(p, df)
  local hi = 1.0
  while distributions.t_two_sided(hi, df) > p do hi = hi * 2 end
  return inverse(function(t) return -distributions.t_two_sided(t, df) end, -p, 0, hi)
end

-- P(X <= k) of n trials with chance p each.
function distributions.binomial(k, n, p)
  if k < 0 then return 0.0 end
  if k >= n then return 1.0 end
  return distributions.beta(1 - p, n - k, k + 1)
end

return distributions
