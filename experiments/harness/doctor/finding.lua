-- One thing that doctor looked at: {name=, state=, weight=, what=, why=, how=}.
--
--   state    "found": something that makes times noisy or counters absent; "fine"; "unseen": it cannot be seen here, which is not "fine"
--   weight   of what was found: "much", "some" (both make doctor's status 1) or "little"
--   what     a sentence with what was read or measured, or why it cannot be seen
--   why      how it matters; how    what to do about it, with the exact command where there is one

local finding = {}

finding.WEIGHTS = { "much", "some", "little" }

function finding.found(name, weight, what, why, how)
  return { name = name, state = "found", weight = weight, what = what, why = why, how = how }
end

function finding.fine(name, what) return { name = name, state = "fine", what = what } end

function finding.unseen(name, reason) return { name = name, state = "unseen", what = reason or "the kernel does not tell" } end

return finding
