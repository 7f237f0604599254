local iterations = require "harness.iterations"

describe("the repetitions of warm trials", function()
  -- Classes by the first time: what classes them in earnest has its own tests.
  local steady = {}
  function steady.classify(times)
    if #times < 3 then return nil end
    if times[1] > 200 then return { class = "no steady state" } end
    return { class = times[1] > 100 and "warming up" or "flat", from = times[1] > 100 and 2 or 1 }
  end
  function steady.together(results)
    local counts = {}
    for _, r in ipairs(results) do counts[r.class] = (counts[r.class] or 0) + 1 end
    return next(counts, next(counts)) and "inconsistent" or next(counts), counts
  end

  local function trial(config, times, more)
    local t = { config = config, workload = "w", variant = "mipsel", kind = "warm", status = "ok", iterations = times }
    for k, v in pairs(more or {}) do t[k] = v end
    return t
  end

  it("are classed by process, and cells by their processes", function()
    local trials = {
      trial("a", { 100, 100, 100 }), trial("a", { 100, 100, 99 }), trial("b", { 150, 100, 100 }), trial("c", { 150, 100, 100 }),
      trial("c", { 100, 100, 100 }), trial("d", { 300, 10, 400 }), trial("e", { 1, 2 }), trial("f", { 1, 1, 1 }, { kind = "time" }),
      trial("g", { 1, 1, 1 }, { status = "mismatch" }),
    }
    assert.same({
      "repetitions, flat: a/w",
      "repetitions, inconsistent: c/w (1 flat, 1 warming up)",
      "repetitions, no steady state: d/w",
      "repetitions, warming up: b/w (from 2)",
    }, iterations.lines(trials, { "mipsel" }, steady))
    assert.same({ "repetitions, flat: a/w/mips" }, iterations.lines({ trial("a", { 1, 1, 1 }, { variant = "mips" }) },
      { "mipsel", "mips" }, steady))
  end)
end)
