-- ROMs for a number of frames, translated, interpreted, and under mupen64plus: for one's own ROMs, which do not say when they have
-- ended (--programs DIR, with the ROMs in DIR/n64; 300 frames each, in the full run 1800). Frames are about the same work on both: an
-- instruction takes one unit of Count in both, a frame 3.5 % more units under mupen64plus.
--
-- Times are of whole processes: 0.4 s of mupen64plus's is its start.

local design = require "harness.design"

return {
  name = "n64-frames",
  summary = "ROMs for a number of frames, for one's own (--programs), beside mupen64plus",
  source = "issue 5",
  guest = "n64",
  workloads = { "rom_integer", "rom_matrix" },
  configs = design.join(design.config("default"), design.config("interp", { backend = "interp" }), design.mupen64plus()),
  baseline = "default",
  counters = { "guest_instructions" },
  repeats = { quick = 5, full = 11 },
  timeout = { quick = 120, full = 900 },
  claims = {
    { kind = "ratio", text = "ROMs run at least 1.5 times as fast as under mupen64plus", source = "goal",
      num = "mupen64plus", den = "default", metric = "cpu_ns", min = 1.5 },
  },
  plots = {
    { kind = "bars", title = "N64: CPU time against jitlab's default", configs = { "interp", "mupen64plus" },
      ylabel = "CPU time / CPU time with the default configuration (log scale)" },
  },
}
