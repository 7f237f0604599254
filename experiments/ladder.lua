-- The ladder of seed 1: the loop in C with a hash map, then each optimisation added to those before it.

local design = require "harness.design"

local steps = design.ladder {
  { "c-loop", {
    dispatch = "c-loop", lookup = "hash-c", link = "none", returns = "none", memory = "call", region = "block",
    invalidate = "explicit", passes = "none",
  } },
  { "+asm", { dispatch = "asm" } },
  { "+hash", { lookup = "hash" } },
  { "+flat", { lookup = "flat" } },
  { "+rsb", { returns = "rsb" } },
  { "+links", { link = "static" } },
  { "+page-fault", { invalidate = "page-fault" } },
  { "+pagetable", { memory = "pagetable" } },
  { "+fastmem", { memory = "fastmem" } },
  { "+passes", { passes = "all" } },
  { "+loops", { region = "loop" } },
}

local names = {}
for i, config in ipairs(steps) do names[i] = config.name end

-- One claim for a step that seed 1 recommends: it costs nothing on average (5 % are left to chance).
local function no_loss(i)
  return {
    kind = "ratio", text = ("the step %s makes nothing slower on average"):format(names[i]), source = "seed 1",
    num = names[i], den = names[i - 1], metric = "cpu_ns", max = 1.05,
  }
end

local claims = {
  { kind = "ratio", text = "dispatch in assembly beats the loop in C", source = "seed 1, Indirect Branch Lookup",
    num = "+asm", den = "c-loop", metric = "cpu_ns", max = 1 },
  { kind = "ratio", text = "looking up in translated code removes nine tenths of the ways back to C", source = "seed 1",
    num = "+hash", den = "+asm", metric = "dispatches", max = 0.1, each = true },
  { kind = "ratio", text = "a flat table needs no more host instructions than a hash table", source = "papers.md C4",
    num = "+flat", den = "+hash", metric = "host_instructions", max = 1, each = true },
  { kind = "ratio", text = "static links are worth a factor of 1.5", source = "papers.md C1",
    num = "+links", den = "+rsb", metric = "cpu_ns", max = 1 / 1.5 },
  { kind = "ratio", text = "static links hardly matter to long straight-line blocks", source = "papers.md C1",
    num = "+links", den = "+rsb", metric = "cpu_ns", min = 0.85, workloads = "sha256" },
  { kind = "ordering", text = "fastmem beats the page table, the page table beats the call", source = "papers.md C6",
    metric = "host_instructions", order = { "+fastmem", "+pagetable", "+page-fault" }, each = true },
  { kind = "equal", text = "every step executes the same guest instructions", source = "DESIGN.md 2", metric = "guest_instructions",
    configs = names },
}
for i = 2, #names do claims[#claims + 1] = no_loss(i) end

return {
  name = "ladder",
  summary = "each optimisation of seed 1 on top of those before it",
  source = "seed 1",
  workloads = { "calls", "indirect64", "sieve", "collatz", "sha256", "matmul", "chase", "strings", "bytecode", "records" },
  configs = design.join(design.native(), design.qemu(), steps),
  baseline = "native",
  counters = { "dispatches" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 400 },
  timeout = { quick = 60, full = 600 },
  claims = claims,
  plots = {
    { kind = "steps", configs = names, title = "The ladder of seed 1: CPU time against native code",
      ylabel = "CPU time / native CPU time (log scale, 95 % intervals)" },
    { kind = "steps", configs = names, metric = "host_instructions", baseline = "c-loop",
      title = "The ladder of seed 1: host instructions, exact", ylabel = "host instructions / those of c-loop (log scale)" },
  },
}
