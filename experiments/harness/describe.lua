-- A design in words: what was varied, and what it cannot tell apart.

local describe = {}

local KINDS = {
  factorial = "every combination", ladder = "ladder: each step on top of those before it",
  ["one-at-a-time"] = "one factor at a time", sweep = "one parameter swept", pairwise = "pairwise: every two values together somewhere",
  fractional = "fraction of two values each",
}

local ROMAN = { "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X" }

local function fraction_lines(d, out)
  local k, p = #d.factors, #d.generators
  if not d.resolution then
    out(("  2^%d, nothing left out: every effect can be told from every other"):format(k))
    return
  end
  out(("  2^(%d-%d), resolution %s, generators %s"):format(k, p, ROMAN[d.resolution] or ("%d"):format(d.resolution),
    table.concat(d.generators, " ")))
  out("  I = " .. table.concat(d.words, " = "))
  for _, group in ipairs(d.aliases) do out("  cannot be told apart: " .. table.concat(group, " = ")) end
  if d.resolution > 4 then
    out("  main effects and interactions of two factors are aliased with interactions of three or more only")
  elseif d.resolution > 3 then
    out("  main effects are aliased with interactions of three or more only")
  end
end

-- Lines about one design.
function describe.lines(d)
  local lines = {}
  local function out(s) lines[#lines + 1] = s end
  out(("design: %s"):format(KINDS[d.kind] or d.kind))
  for _, factor in ipairs(d.factors) do
    out(("  %s%s: %s"):format(factor.letter and factor.letter .. " " or "", factor.name,
      table.concat(factor.levels, d.kind == "fractional" and " | " or ", ")))
  end
  if d.kind == "fractional" then fraction_lines(d, out) end
  if d.kind == "pairwise" then
    out(("  %d pairs of values; %d rows that jitlab refuses were replaced"):format(d.pairs, d.refused))
    for _, pair in ipairs(d.impossible) do out(("  left out: %s: %s"):format(pair.pair, pair.reason)) end
  end
  return lines
end

return describe
