-- The ladder of seed 1: the loop in C with a hash map, then each optimisation added to those before it, in the article's order; at
-- the end those that come from elsewhere (passes, loops as regions, interpreting what is cold), to set the others against, and the
-- default configuration, which has no return stack buffer.
-- A block's values live in host registers from the start, as in any simple translator; all other passes come late.

local design = require "harness.design"

local steps = design.ladder {
  { "c-loop", {
    dispatch = "c-loop", lookup = "hash-c", link = "none", returns = "none", memory = "call", region = "block",
    invalidate = "explicit", passes = "none:regalloc=1", events = "split", ["far-code"] = "inline",
    tier = "single",
  } },
  -- The loop in assembly needs its lookup there too: with hash-c every block would go back to C as before.
  { "+asm", { dispatch = "asm", lookup = "hash" } },
  { "+flat", { lookup = "flat32" } },
  { "+far", { ["far-code"] = "far", events = "folded" } },
  { "+rsb", { returns = "rsb" } },
  { "+links", { link = "static" } },
  { "+page-fault", { invalidate = "page-fault" } },
  { "+pagetable", { memory = "pagetable" } },
  { "+fastmem", { memory = "fastmem" } },
  { "+passes", { passes = "all" } },
  { "+loops", { region = "loop" } },
  { "+warm", { tier = "warm" } },
  { "-rsb", { returns = "none" } }, -- the default configuration: what +rsb claims, asked again with everything else there
}

local names = {}
for i, config in ipairs(steps) do names[i] = config.name end

local function before(name)
  for i, other in ipairs(names) do
    if other == name then return names[i - 1] end
  end
end

-- A claim about one step: its CPU time over that of the step before.
local function step(name, text, source, bounds)
  local claim = { kind = "ratio", text = text, source = source, num = name, den = before(name), metric = "cpu_ns" }
  for k, v in pairs(bounds) do claim[k] = v end
  return claim
end

local claims = {
  step("+asm", "the loop and the first probe of the lookup in assembly remove nine tenths of the ways back to C",
    "seed 1, Indirect Branch Lookup", { metric = "run_entries", max = 0.1, each = true }),
  step("+asm", "and that makes programs faster than the loop in C: our first and most important optimisation, a fifth at least",
    "seed 1, Indirect Branch Lookup", { max = 0.8 }),
  step("+flat", "a flat table is no slower than a hash table", "seed 1, Indirect Branch Lookup (32-bit entries)", { max = 1.05 }),
  step("+far", "rare code out of the way and one test for both events save host instructions on every program",
    "seed 1, Indirect Branch Lookup (far code)", { metric = "host_instructions", max = 1, each = true }),
  step("+rsb", "a return stack buffer makes calls faster", "seed 1, Indirect Branch Lookup",
    { max = 1, workloads = { "calls", "records" },
      because = "a push and a pop of the ring take more host instructions than a lookup in the flat table" }),
  step("+links", "static links are worth a factor of 1.5", "papers.md C1", { max = 1 / 1.5,
    because = "a link takes the place of a lookup of a few instructions in translated code here; papers.md's figures are of translators "
      .. "that leave it (see +asm)" }),
  step("+links", "static links gain at most a tenth on long straight-line blocks", "papers.md C1", { min = 0.9, workloads = "sha256" }),
  {
    kind = "ratio", text = "static links save a quarter of the host instructions or more on short blocks", source = "papers.md C1",
    num = "+links", den = "+rsb", metric = "host_instructions", max = 0.75, workloads = { "sieve", "collatz" }, each = true,
    because = "a look-up takes five instructions here: the table and the code cache are at fixed distances from the machine's register",
  },
  step("+page-fault", "page protection in place of the guest's announcements costs no time where code does not change",
    "seed 1, Code Invalidation; papers.md C8", { max = 1.05 }),
  { kind = "ordering", text = "fastmem beats the page table, the page table beats the call", source = "papers.md C6",
    metric = "cpu_ns", order = { "+fastmem", "+pagetable", "+page-fault" },
    because = "the two tables of 4 MiB are filled when the program starts: some milliseconds, which a short run does not win back" },
  step("-rsb", "without the ring calls take fewer host instructions once all else is there", "jit/README.md",
    { metric = "host_instructions", max = 1, workloads = { "calls", "records" }, each = true }),
  {
    kind = "predicate", text = "the loop around the blocks costs more than all else: dispatch, lookup, far code, returns and links "
      .. "gain more than memory, passes and regions after them", source = "seed 1, introduction",
    test = function(q)
      -- From c-loop to +links, and from there to the end.
      local first, reason = q:ratio { num = "+links", den = "c-loop", metric = "cpu_ns" }
      local second, reason2 = q:ratio { num = "+warm", den = "+links", metric = "cpu_ns" }
      local detail = ("CPU time by the first steps: %s, by the later ones: %s"):format(q:show(first, reason), q:show(second, reason2))
      if not first or not second then return nil, detail end
      if first.hi < second.lo then return true, detail end
      if first.lo >= second.hi then return false, detail end
      return nil, detail
    end,
  },
  { kind = "equal", text = "every step executes the same guest instructions", source = "DESIGN.md 2", metric = "guest_instructions",
    configs = names },
}

return {
  name = "ladder",
  summary = "each optimisation of seed 1 on top of those before it",
  source = "seed 1",
  workloads = { "calls", "indirect64", "sieve", "collatz", "sha256", "matmul", "chase", "strings", "bytecode", "records" },
  configs = design.join(design.native(), design.qemu(), steps),
  baseline = "native",
  counters = { "run_entries", "memory_slow_calls" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 400, full = 1800 },
  timeout = { quick = 60, full = 600 },
  claims = claims,
  plots = {
    { kind = "steps", configs = names, title = "The ladder of seed 1: CPU time against native code",
      ylabel = "CPU time / native CPU time (log scale)" },
    { kind = "steps", configs = names, metric = "host_per_guest", absolute = true,
      title = "The ladder of seed 1: host instructions in translated code, without C functions",
      ylabel = "host instructions per guest instruction (exact)" },
    { kind = "steps", configs = names, metric = "run_entries", baseline = "c-loop",
      title = "The ladder of seed 1: entries of translated code from C",
      ylabel = "entries / those of c-loop (log scale, exact)" },
  },
}
