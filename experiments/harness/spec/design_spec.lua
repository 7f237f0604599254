local fake = require "fake"
local describe_design = require "harness.describe"
local design = require "harness.design"
local fail = require "harness.fail"
local fractional = require "harness.fractional"
local pairwise = require "harness.pairwise"

describe("a design", function()
  local root

  setup(function() root = fake.root() end)
  teardown(function() fake.remove(root) end)

  local function names(list)
    local result = {}
    for i, config in ipairs(list) do result[i] = config.name end
    return result
  end

  it("of every combination carries levels and factors", function()
    local list = design.factorial({ { "link", "static", "none" }, { "returns", "none", "rsb" } }, { lookup = "flat" })
    assert.same({ "link=static,returns=none", "link=static,returns=rsb", "link=none,returns=none", "link=none,returns=rsb" }, names(list))
    assert.same({ link = "none", returns = "rsb" }, list[4].levels)
    assert.same({ link = "none", returns = "rsb", lookup = "flat" }, list[4].set)
    assert.same({ kind = "factorial", factors = {
      { name = "link", levels = { "static", "none" } }, { name = "returns", levels = { "none", "rsb" } } } }, list.design)
  end)

  it("can set several axes with one factor", function()
    local list = design.factorial { { "loop", { "in C", { dispatch = "c-loop", lookup = "hash-c" } }, { "in asm", { dispatch = "asm" } } } }
    assert.same({ "loop=in C", "loop=in asm" }, names(list))
    assert.same({ dispatch = "c-loop", lookup = "hash-c" }, list[1].set)
  end)

  it("of one factor at a time has the base's levels elsewhere", function()
    local list = design.one_at_a_time("base", { link = "static" }, { { "link", "static", "none" }, { "returns", "rsb" } })
    assert.same({ "base", "link=none", "returns=rsb" }, names(list))
    assert.same({ link = "static", returns = "default" }, list[1].levels)
    assert.same({ link = "static", returns = "rsb" }, list[3].levels)
    assert.same({ { name = "link", levels = { "static", "none" } }, { name = "returns", levels = { "default", "rsb" } } },
      list.design.factors)
  end)

  it("that is a ladder or a sweep has the step or the value as its factor", function()
    local list = design.ladder { { "first", { link = "none" } }, { "+links", { link = "static" } } }
    assert.same({ step = "+links" }, list[2].levels)
    assert.same({ { name = "step", levels = { "first", "+links" } } }, list.design.factors)
    list = design.sweep("returns", "rsb", "depth", { 1, 4 })
    assert.same({ depth = "4" }, list[2].levels)
    assert.same("sweep", list.design.kind)
  end)

  it("keeps what each part of a list was", function()
    local list = design.join(design.native(), design.sweep("returns", "rsb", "depth", { 1 }), design.factorial { { "link", "none" } })
    assert.equal("sweep", list.design.kind)
    assert.equal(2, #list.designs)
    assert.same({ "native", "depth=1", "link=none" }, names(list))
  end)

  describe("that is a fraction", function()
    -- The 2^(7-3) of resolution IV of the textbooks (Montgomery, Design and Analysis of Experiments, table 8.14): 16 rows, seven words
    -- of four letters, and 21 interactions in seven groups of three.
    it("has the textbook's words, resolution and aliases", function()
      local f = fractional.new(7, { "E=ABC", "F=BCD", "G=ACD" })
      assert.equal(16, #f.rows)
      assert.equal(4, f.resolution)
      assert.same({ "ABCE", "ABFG", "ACDG", "ADEF", "BCDF", "BDEG", "CEFG" }, (function()
        local words = table.move(f.words, 1, #f.words, 1, {})
        table.sort(words)
        return words
      end)())
      assert.equal(7, #f.aliases)
      for _, group in ipairs(f.aliases) do assert.equal(3, #group) end
      assert.same({ "AB", "CE", "FG" }, f.aliases[1])
    end)

    it("is balanced and orthogonal, and its aliases are columns that are the same", function()
      local f = fractional.new(6, { "E=-ABC", "F=ABD" })
      local function column(word)
        local values = {}
        for r, row in ipairs(f.rows) do
          values[r] = word:sub(1, 1) == "-" and -1 or 1
          for letter in word:gmatch("%u") do values[r] = values[r] * (row[letter:byte() - 64] == 2 and 1 or -1) end
        end
        return values
      end
      local function dot(a, b)
        local sum = 0
        for i = 1, #a do sum = sum + a[i] * b[i] end
        return sum
      end
      for i = 1, 6 do
        for j = 1, 6 do
          assert.equal(i == j and 16 or 0, dot(column(fractional.letter(i)), column(fractional.letter(j))))
        end
      end
      local pairs_seen = 0
      for _, group in ipairs(f.aliases) do
        for k = 2, #group do
          assert.same(column(group[1]), column(group[k]))
          pairs_seen = pairs_seen + 1
        end
      end
      assert.is_true(pairs_seen > 3)
      for _, word in ipairs(f.words) do
        for _, value in ipairs(column(word)) do assert.equal(1, value) end
      end
    end)

    it("says main effects are aliased with interactions when they are", function()
      local f = fractional.new(3, { "C=AB" })
      assert.same({ "ABC" }, f.words)
      assert.equal(3, f.resolution)
      assert.same({ { "A", "BC" }, { "B", "AC" }, { "C", "AB" } }, f.aliases)
    end)

    it("without generators is the full factorial", function()
      local f = fractional.new(3, {})
      assert.equal(8, #f.rows)
      assert.is_nil(f.resolution)
      assert.same({}, f.aliases)
    end)

    it("has its configurations, letters and lines", function()
      local axes = { { "link", "none", "static" }, { "returns", "none", "rsb" }, { "lookup", "flat", "seven" } }
      local list = design.fractional(axes, { "C=AB" })
      assert.same({ "c", "a", "b", "abc" }, names(list))
      assert.same({ link = "static", returns = "rsb", lookup = "seven" }, list[4].set)
      assert.same({ link = "none", returns = "none", lookup = "seven" }, list[1].levels)
      local lines = table.concat(describe_design.lines(list.design), "\n")
      assert.matches("2^(3-1), resolution III, generators C=AB", lines, 1, true)
      assert.matches("A link: none | static", lines, 1, true)
      assert.matches("cannot be told apart: A = BC", lines, 1, true)
    end)

    it("refuses generators that make no design", function()
      local function wrong(k, ...) return select(2, fractional.new(k, { ... })) end
      assert.equal("the generator 'E' should be like E=ABC or E=-ABC", wrong(4, "E"))
      assert.equal("the generator 'E=ABC' makes E, but the 4 axes are A to D", wrong(4, "E=ABC"))
      assert.equal("the generator 'D=ABE' uses E, but the 4 axes are A to D", wrong(4, "D=ABE"))
      assert.equal("the generator 'D=ABA' uses A twice", wrong(4, "D=ABA"))
      assert.equal("the generator 'D=AC' uses C, which another generator makes", wrong(4, "C=AB", "D=AC"))
      assert.equal("two generators make D", wrong(4, "D=AB", "D=AC"))
      assert.equal("B and D would always change together", wrong(4, "D=B"))
      assert.equal("C and D would always change together", wrong(4, "C=AB", "D=AB"))
    end)
  end)

  describe("that is pairwise", function()
    local AXES = { { "link", "static", "none" }, { "returns", "none", "rsb", "rsb:depth=2" }, { "lookup", "flat", "wrong", "seven" } }

    local function uncovered(list, axes)
      local missing = {}
      for i = 1, #axes do
        for j = i + 1, #axes do
          for a = 2, #axes[i] do
            for b = 2, #axes[j] do
              local found = false
              for _, config in ipairs(list) do
                found = found or config.levels[axes[i][1]] == axes[i][a] and config.levels[axes[j][1]] == axes[j][b]
              end
              if not found then missing[#missing + 1] = axes[i][a] .. "+" .. axes[j][b] end
            end
          end
        end
      end
      return missing
    end

    it("covers every pair in fewer rows than all, the same each time", function()
      local list = design.pairwise(AXES)
      assert.same({}, uncovered(list, AXES))
      assert.is_true(#list >= 9 and #list < 18, #list)
      assert.equal(21, list.design.pairs)
      assert.same(list, design.pairwise(AXES))
    end)

    it("leaves out what jitlab refuses, with its sentence", function()
      fake.script(root .. "/build/release/jitlab", [[#!/bin/sh
case "$*" in
*link=none*returns=rsb:depth=2*) echo "jitlab: link=none: no such depth" >&2; exit 125 ;;
*) echo "jitlab: /nonexistent: No such file" >&2; exit 125 ;;
esac
]])
      local list = design.pairwise(AXES)
      assert.same({ "none+rsb:depth=2" }, uncovered(list, AXES))
      assert.same({ { pair = "link=none with returns=rsb:depth=2", reason = "link=none: no such depth" } }, list.design.impossible)
      assert.is_true(list.design.refused > 0)
    end)

    it("asks for the guest whose programs are meant", function()
      fake.script(root .. "/build/release/jitlab", [[#!/bin/sh
case "$*" in
*--guest\ n64*) echo "jitlab: /nonexistent: No such file" >&2; exit 125 ;;
*link=none*) echo "jitlab: link=none: not with a Linux program" >&2; exit 125 ;;
*) echo "jitlab: /nonexistent: No such file" >&2; exit 125 ;;
esac
]])
      assert.same({}, design.pairwise(AXES, nil, 1, "n64").design.impossible)
      assert.is_true(#design.pairwise(AXES).design.impossible > 0)
    end)

    it("tells a refusal from other answers", function()
      local jitlab = root .. "/build/release/answers"
      fake.script(jitlab, "#!/bin/sh\necho 'jitlab: it broke' >&2; exit 70\n")
      local got, wrong = pairwise.refusal(jitlab, { "link=it's" })
      assert.matches("it broke", got)
      assert.matches("not refused in one sentence that names the strategy: link=it's", wrong, 1, true)
    end)
  end)

  it("refuses values that are none", function()
    local function wrong(f, ...)
      local ok, message = fail.catch(f, ...)
      assert.is_false(ok)
      return message
    end
    assert.equal("design.factorial: a list of {AXIS, SPEC, SPEC, ...} was expected", wrong(design.factorial))
    assert.equal("design.factorial: axis 1 is {AXIS, SPEC, SPEC, ...}, not a string", wrong(design.factorial, { "link" }))
    assert.equal("design.factorial: the axis 'link' is there twice", wrong(design.factorial, { { "link", "a" }, { "link", "b" } }))
    assert.equal("design.factorial: 'link' has the value 'a' twice", wrong(design.factorial, { { "link", "a", "a" } }))
    assert.equal("design.fractional: 'link' has 3 values; 2 were expected", wrong(design.fractional, { { "link", "a", "b", "c" } }))
    assert.equal("design.pairwise: 'link' has 1 values; 2 or more were expected", wrong(design.pairwise, { { "link", "a" } }))
    assert.equal("design.factorial: a value of 'link' is a string or {LABEL, {AXIS=SPEC,...}}", wrong(design.factorial, { { "link", 5 } }))
    assert.equal("design.sweep: value 2 is x; a whole number was expected", wrong(design.sweep, "returns", "rsb", "depth", { 1, "x" }))
    assert.equal("design.join: part 2 is a nil; configurations or lists of them were expected", wrong(design.join, {}, nil, {}))
    assert.equal("design.config: the name (a string) comes first, not a table", wrong(design.config, {}))
  end)
end)
