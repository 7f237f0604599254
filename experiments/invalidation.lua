-- Noticing that translated code has changed: four ways against the patterns in which guests change code, and against guests
-- that never do.

local design = require "harness.design"

local function config(name) return design.config(name, { invalidate = name }) end

-- Whether a metric per guest instruction of one configuration is the same, within `factor`, on two workloads.
local function alike(q, name, a, b, metric, factor)
  local x, why_x = q:value { config = name, workload = a, metric = metric }
  local y, why_y = q:value { config = name, workload = b, metric = metric }
  local detail = ("%s, %s: %s on %s, %s on %s"):format(name, metric, q:show(x, why_x), a, q:show(y, why_y), b)
  if not x or not y then return nil, detail end
  return x.mid <= y.mid * factor, detail
end

return {
  name = "invalidation",
  summary = "explicit, page-fault, bitmap and checksum invalidation against guests that change code and guests that do not",
  source = "seed 1, Code Invalidation; papers.md 7",
  workloads = {
    "chase", "bytes", "sieve", "datacode_far", "datacode", "hotpatch_rare", "hotpatch", "hotpatch_noflush", "overlay",
    "overlay_noflush", "guestjit", "guestjit_noflush",
  },
  configs = design.join(design.native(), config("explicit"), config("page-fault"), config("bitmap"), config("checksum")),
  baseline = "native",
  skip = function(c, workload)
    if c.name == "explicit" and workload.smc == "unflushed" then
      return "the guest does not announce its changes, and explicit waits to be told"
    end
  end,
  counters = { "regions_invalidated", "host_faults", "code_writes", "stale_entries", "translate_ns" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 300 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ratio", text = "page protection costs nothing where code is not written", source = "papers.md C8",
      num = "page-fault", den = "explicit", metric = "host_instructions", max = 1.001,
      workloads = { "chase", "bytes", "sieve" }, each = true },
    { kind = "ratio", text = "page protection costs no time where code is not written", source = "papers.md C8",
      num = "page-fault", den = "explicit", metric = "cpu_ns", max = 1.05, workloads = { "chase", "bytes", "sieve" } },
    { kind = "ratio", text = "a bitmap costs host instructions at every store", source = "seed 1",
      num = "bitmap", den = "explicit", metric = "host_instructions", min = 1.1, workloads = { "bytes", "sieve" }, each = true },
    { kind = "ratio", text = "a checksum costs host instructions at every region entered", source = "papers.md C10",
      num = "checksum", den = "explicit", metric = "host_instructions", min = 1.1, workloads = { "chase", "sieve" }, each = true },
    { kind = "ratio", text = "data beside code makes page protection at least 10 times slower than a bitmap", source = "papers.md C9",
      num = "page-fault", den = "bitmap", metric = "cpu_ns", min = 10, workloads = "datacode" },
    { kind = "predicate", text = "a bitmap does not care whether data lie beside code", source = "papers.md C9",
      test = function(q) return alike(q, "bitmap", "datacode", "datacode_far", "host_per_guest", 1.1) end },
    { kind = "predicate", text = "page protection faults where data lie beside code, and hardly elsewhere", source = "papers.md C9",
      test = function(q)
        local verdict, detail = alike(q, "page-fault", "datacode_far", "datacode", "host_faults/guest_instructions", 0.01)
        return verdict, detail
      end },
    { kind = "equal", text = "every way executes the same guest instructions", source = "DESIGN.md 2",
      metric = "guest_instructions", configs = { "explicit", "page-fault", "bitmap", "checksum" } },
  },
  plots = {
    { kind = "bars", title = "Invalidation strategies: CPU time against native code", ylabel = "CPU time / native CPU time (log scale)" },
  },
}
