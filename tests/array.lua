-- What the tests with a covering array over configurations have in common: how it begins and is told about, one count of what was run and
-- what was wrong, and how it ends.
local axes = require "axes"
local pairwise = require "harness.pairwise"
local array = { runs = 0, wrong = 0 }

-- Seeds what is random, and says by what. 0 or nothing: a new seed.
function array.seed(word)
  local seed = tonumber(word) or 0
  if seed == 0 then seed = os.time() end
  math.randomseed(seed)
  print("seed " .. seed)
end

function array.fail(format, ...)
  array.wrong = array.wrong + 1
  print(format:format(...))
end

-- As pairwise.refusal; what is refused in another way than by one sentence is wrong.
function array.refusal(jitlab, settings)
  local sentence, wrong = pairwise.refusal(jitlab, settings)
  if wrong then array.fail("%s", wrong) end
  return sentence
end

-- The configurations, each a list of settings.
function array.configurations(jitlab, factors)
  local function settings(row) return axes.settings(factors, row) end
  local rows, report = pairwise.rows(factors, function(row) return array.refusal(jitlab, settings(row)) end)
  print(("%d factors, %d pairs, %d configurations; %d refused, %d pairs impossible"):format(#factors, report.pairs, #rows,
    report.refused, #report.impossible))
  for sentence, n in pairs(report.sentences) do print(("  refused %d times: %s"):format(n, sentence)) end
  local configurations = {}
  for n, row in ipairs(rows) do configurations[n] = settings(row) end
  return configurations
end

-- Ends the process.
function array.finish(configurations)
  print(("%d runs in %d configurations, %d wrong"):format(array.runs, #configurations, array.wrong))
  os.exit(array.wrong == 0 and array.runs > 0)
end

return array
