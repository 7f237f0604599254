-- Overlays: code that PI DMA puts into RDRAM over other code, called, and put there again. A game's loader says so to the processor's
-- cache, and the DMA is a device's doing, so that the board can tell: which of them do the strategies need?

local design = require "harness.design"

local strategies = { "explicit", "page-fault", "bitmap", "bitmap-mixed", "checksum", "checksum-dirty" }
local kept = { "explicit", "page-fault", "checksum" } -- strategies that are also run with reuse=4
local overlays = { "rom_overlay_once", "rom_overlay", "rom_overlay_hot" }
local still = { "rom_sort", "rom_copy" } -- store a lot and never change code

local configs = {}
for i, name in ipairs(strategies) do configs[i] = design.config(name, { invalidate = name, tier = "single" }) end
configs[#configs + 1] = design.config("page-fault, warm", { invalidate = "page-fault" })
for _, name in ipairs(kept) do
  configs[#configs + 1] = design.config(name .. ", kept", { invalidate = name .. ":reuse=4", tier = "single" })
end

local workloads = table.move(overlays, 1, #overlays, 1, {})
table.move(still, 1, #still, #workloads + 1, workloads)
workloads[#workloads + 1] = "rom_calls"
workloads[#workloads + 1] = "rom_beside"
workloads[#workloads + 1] = "rom_apart"

-- Regions translated for each overlay that is loaded.
local function translated_again(q)
  local verdicts, details = {}, {}
  for i, name in ipairs(strategies) do
    local loads = tonumber(q.e.workload.rom_overlay.args[1])
    local x, reason = q:value { config = name, workload = "rom_overlay", metric = "regions_translated" }
    local each = x and { lo = x.lo / loads, mid = x.mid / loads, hi = x.hi / loads, n = x.n }
    verdicts[i], details[i] = q:at_least(each, 0.9), ("%s %s"):format(name, q:show(each, reason))
  end
  return q:all(verdicts), "regions translated for each overlay loaded: " .. table.concat(details, ", ")
end

-- What a store into the page of the code costs, beside one elsewhere, and what it throws away.
local function beside(q)
  local function of(workload, metric) return q:value { config = "page-fault", workload = workload, metric = metric } end
  local near, far = of("rom_beside", "host_instructions"), of("rom_apart", "host_instructions")
  local again = of("rom_beside", "regions_invalidated")
  if not (near and far and again) then return nil, "not measured" end
  local calls = tonumber(q.e.workload.rom_beside.args[1]) * 256
  return again.mid < calls / 1000 and near.mid < 3 * far.mid,
    ("%d regions invalidated in %d calls; host instructions %.2f times those of data elsewhere"):format(again.mid, calls,
      near.mid / far.mid)
end

return {
  name = "n64-invalidate",
  summary = "overlays loaded by DMA, and data beside code, under every invalidation strategy, translations kept by content or not",
  source = "seed 1, Code Invalidation (hooks on DMA); papers.md C8 to C10",
  guest = "n64",
  workloads = workloads,
  configs = configs,
  baseline = "explicit",
  counters = { "regions_translated", "regions_invalidated", "host_faults", "code_writes", "stale_entries" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 240, full = 1200 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ratio", text = "page protection costs nothing where DMA is announced: at most a tenth more time than waiting to be told",
      source = "seed 1 (hooks on DMA)", num = "page-fault", den = "explicit", metric = "cpu_ns", max = 1.1, workloads = overlays,
      because = "a page is protected in both segments when an overlay is translated, and freed when the next comes: four system calls" },
    { kind = "predicate", text = "an overlay is translated each time it is loaded, where nothing is kept of what it was",
      source = "papers.md C10 (its control)", test = translated_again },
    { kind = "ratio", text = "kept by content, a tenth of that is left at most",
      source = "seed 1, Code Invalidation (a table keyed by content); papers.md C10", num = "explicit, kept", den = "explicit",
      metric = "regions_translated", max = 0.1, workloads = { "rom_overlay", "rom_overlay_once" }, each = true },
    { kind = "ratio", text = "under a checksum too, with at most 0.8 of the time", source = "seed 1, Code Invalidation; papers.md C10",
      num = "checksum, kept", den = "checksum", metric = "cpu_ns", max = 0.8, workloads = { "rom_overlay", "rom_overlay_once" } },
    { kind = "ratio", text = "interpreting what is new pays where an overlay is called once", source = "practice (the tier axis)",
      num = "page-fault, warm", den = "page-fault", metric = "cpu_ns", max = 0.7, workloads = "rom_overlay_once" },
    { kind = "ratio", text = "the bitmap is paid by every store: a twentieth more host instructions and up where stores are many",
      source = "seed 1",
      num = "bitmap", den = "explicit", metric = "host_instructions", min = 1.05, workloads = still, each = true },
    { kind = "ratio", text = "the checksum is paid at every region entered: a tenth more host instructions and up on calls",
      source = "papers.md C10",
      num = "checksum", den = "explicit", metric = "host_instructions", min = 1.1, workloads = "rom_calls" },
    { kind = "predicate", text = "data beside code do not cost its translations: stores there are done past the page's protection",
      source = "seed 1, Code Invalidation (granularity) and Memory access (stubs)", test = beside },
    { kind = "equal", text = "every way executes the same guest instructions", source = "DESIGN.md 2", metric = "guest_instructions" },
  },
  plots = {
    { kind = "bars", title = "Overlays by DMA: CPU time against explicit invalidation",
      configs = { "page-fault", "bitmap", "bitmap-mixed", "checksum", "checksum-dirty", "page-fault, warm", "explicit, kept",
        "page-fault, kept", "checksum, kept" },
      ylabel = "CPU time / CPU time with explicit invalidation (log scale)" },
  },
}
