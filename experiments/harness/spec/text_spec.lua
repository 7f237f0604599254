local text = require "harness.text"
local design = require "harness.design"

describe("text", function()
  it("finds the name that was meant", function()
    assert.equal("lookup", text.nearest("lokup", { "dispatch", "lookup", "link" }))
    assert.equal("quick", text.nearest("quikc", { "ladder", "quick" }))
    assert.equal("page-fault", text.nearest("page", { "bitmap", "page-fault" }))
    assert.is_nil(text.nearest("zzzzz", { "dispatch", "lookup" }))
    assert.equal("unknown axis 'lnik'; did you mean 'link'?", text.unknown("axis", "lnik", { "link", "memory" }))
    assert.equal("unknown axis 'q'; there is link, memory", text.unknown("axis", "q", { "link", "memory" }))
  end)

  it("matches shell patterns", function()
    assert.is_true(text.glob("calls*", "calls-deep"))
    assert.is_true(text.glob("*/a?pha", "x/alpha"))
    assert.is_false(text.glob("calls", "calls-deep"))
    assert.is_true(text.glob("a.b+c", "a.b+c"))
    assert.is_false(text.glob("a.b", "axb"))
  end)

  it("reads fractions", function()
    assert.equal(0.02, text.fraction "2%")
    assert.equal(0.05, text.fraction "0.05")
    for _, wrong in ipairs { "2", "0", "x%", "-1%", "100%", "" } do assert.is_nil(text.fraction(wrong)) end
  end)

  it("continues tables that are too wide", function()
    local lines = text.table({ { "", "aaaa", "bbbb" }, { "row", "1", "2" } }, 10)
    assert.same({ "     aaaa", "---------", "row     1", "", "     bbbb", "---------", "row     2" }, lines)
  end)

  it("breaks lines at spaces", function()
    assert.same({ "one two", "three", "seventeen" }, text.wrap("one two three  seventeen", 8))
    assert.same({}, text.wrap("", 8))
  end)

  it("writes numbers with about three digits", function()
    assert.same({ "3.14", "123.5", "12346", "0.00123", "42", "n/a" }, {
      text.number(3.14159), text.number(123.456), text.number(12345.6), text.number(0.001234), text.number(42), text.number(nil) })
  end)
end)

describe("designs", function()
  local function names(list)
    local n = {}
    for i, c in ipairs(list) do n[i] = c.name end
    return n
  end

  it("crosses axes", function()
    local list = design.factorial({ { "link", "none", "static" }, { "memory", "call", "fastmem" } }, { region = "block" })
    assert.same({ "link=none,memory=call", "link=none,memory=fastmem",
      "link=static,memory=call", "link=static,memory=fastmem" }, names(list))
    assert.same({ link = "static", memory = "call", region = "block" }, list[3].set)
  end)

  it("climbs a ladder", function()
    local list = design.ladder { { "a", { link = "none" } }, { "b", { memory = "call" } }, { "c", { link = "static" } } }
    assert.same({ link = "none", memory = "call" }, list[2].set)
    assert.same({ link = "static", memory = "call" }, list[3].set)
  end)

  it("changes one axis at a time", function()
    local list = design.one_at_a_time("base", { link = "static" }, { { "link", "none", "static" }, { "memory", "call" } })
    assert.same({ "base", "link=none", "memory=call" }, names(list))
    assert.same({ link = "static", memory = "call" }, list[3].set)
  end)

  it("sweeps a parameter", function()
    local list = design.sweep("returns", "rsb", "depth", { 1, 16 }, { link = "none" })
    assert.same({ returns = "rsb:depth=16", link = "none" }, list[2].set)
    assert.equal(16, list[2].value)
  end)
end)
