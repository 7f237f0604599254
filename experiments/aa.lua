-- The same configuration twice, under two names: what the harness says of two things that do not differ. Should it find a difference, then
-- the order of trials, the layout of memory or the statistics favour one of them, and no other figure of this host is to be believed.

local design = require "harness.design"
local equivalence = require "harness.equivalence"

return {
  name = "aa",
  summary = "the default configuration against itself: the harness must find no difference",
  source = "Kohavi, Tang and Xu 2020, Trustworthy Online Controlled Experiments, ch. 19 (A/A tests)",
  workloads = { "calls", "sieve", "sha256", "bytecode" },
  configs = design.join(design.config("one"), design.config("other")),
  baseline = "one",
  repeats = { quick = 30, full = 60 },
  budget = { quick = 50, full = 900 },
  timeout = { quick = 30, full = 300 },
  claims = {
    equivalence.claim { text = "two names for one configuration take the same CPU time", a = "other", b = "one", metric = "cpu_ns",
      margin = 0.1, mean_margin = 0.05, source = "A/A" },
    { kind = "equal", text = "and execute the same host instructions, to the last one", metric = "host_instructions", source = "A/A" },
  },
  plots = {
    { kind = "bars", title = "The same configuration twice", ylabel = "CPU time, the other name / the one (log scale)" },
  },
}
