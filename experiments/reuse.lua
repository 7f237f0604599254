-- Keeping the translations of changed code, by content: what it saves where a guest puts code back that was there before (overlays that
-- are swapped, pages whose data change and not their code), and that it saves nothing where each change is a new one. `none`, which
-- does not look whether code has changed, is the bound for what noticing costs at all.
local design = require "harness.design"

local function config(name, set) return design.config(name, { invalidate = set or name, tier = "single" }) end

local swapped, back = { "overlay", "overlay_noflush" }, { "overlay", "overlay_noflush", "datacode" }
-- Smaller than these workloads are elsewhere: each change is translated again, and what that takes is counted by simulation.
local function sized(from, quick, ...)
  return { from = from, name = from, args = { quick = { quick, ... }, full = { 10 * quick, ... } } }
end
local workloads = {
  sized("overlay", 2000), sized("overlay_noflush", 2000, "-u"), sized("datacode", 100), sized("hotpatch", 3000, "-n", "100"),
  sized("guestjit", 500), "chase", "bytes", "sieve",
}
local still = { "chase", "bytes", "sieve" }

local function pair(text, name, claim)
  claim.kind, claim.text, claim.source = "ratio", text, "seed 1, Code Invalidation (a table keyed by content); papers.md C10"
  claim.num, claim.den = name .. ", kept", name
  return claim
end

return {
  name = "reuse",
  summary = "translations of changed code kept by content, against translating again; and no invalidation as the bound",
  source = "seed 1, Code Invalidation; papers.md C10",
  workloads = workloads,
  configs = design.join(config("none"), config("page-fault"), config("page-fault, kept", "page-fault:reuse=4"), config("bitmap"),
    config("bitmap, kept", "bitmap:reuse=4"), config("checksum"), config("checksum, kept", "checksum:reuse=4")),
  baseline = "page-fault",
  skip = function(c, workload)
    if c.name == "none" and workload.smc ~= "none" then return "the guest changes its code, and none does not look" end
  end,
  counters = { "regions_invalidated", "regions_revived", "host_faults", "translate_ns" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 120, full = 900 },
  timeout = { quick = 60, full = 600 },
  claims = {
    pair("kept translations leave a tenth at most to translate where the same overlays come again, under page protection", "page-fault",
      { metric = "regions_translated", max = 0.1, workloads = back, each = true }),
    pair("under a bitmap", "bitmap", { metric = "regions_translated", max = 0.1, workloads = swapped, each = true }),
    pair("under a checksum", "checksum", { metric = "regions_translated", max = 0.1, workloads = swapped, each = true }),
    pair("that makes a checksum, which is there for such code, at least 1.5 times as fast on it", "checksum",
      { metric = "cpu_ns", max = 0.67, workloads = swapped, each = true }),
    pair("and page protection faster where data lie beside code: the faults are left, the translations are not", "page-fault",
      { metric = "cpu_ns", max = 0.8, workloads = "datacode" }),
    pair("it saves no translation where each change makes new code", "page-fault",
      { metric = "regions_translated", min = 0.95, max = 1.05, workloads = "hotpatch" }),
    pair("and executes nothing more where nothing changes", "page-fault",
      { metric = "host_instructions", max = 1.001, workloads = still, each = true }),
    { kind = "ratio", text = "page protection executes no more than looking for nothing at all, where code is not written",
      source = "seed 1, Code Invalidation (its bound)", num = "page-fault", den = "none", metric = "host_instructions", max = 1.001,
      workloads = still, each = true },
    { kind = "ratio", text = "a bitmap's test of every store costs more than that", source = "seed 1, Code Invalidation (its bound)",
      num = "bitmap", den = "none", metric = "host_instructions", min = 1.05, workloads = { "bytes", "sieve" }, each = true },
    { kind = "equal", text = "every way executes the same guest instructions", source = "DESIGN.md 2", metric = "guest_instructions",
      configs = { "page-fault", "page-fault, kept", "bitmap", "bitmap, kept", "checksum", "checksum, kept" } },
  },
  plots = {
    { kind = "bars", configs = { "page-fault", "page-fault, kept", "bitmap", "bitmap, kept", "checksum", "checksum, kept" },
      workloads = { "overlay*", "datacode", "hotpatch", "guestjit" }, title = "Translations of changed code kept or made again",
      ylabel = "CPU time / that of page-fault (log scale)" },
  },
}
