-- The translator's own events once more, as PAPI software-defined events (libsde): read beside hardware events, from start to stop of the
-- same set of counters. Any other tool that reads PAPI events of the process sees them too.

local papi_events = require "harness.counters.papi_events"
local translator = require "harness.counters.translator"

local PREFIX = "sde:::jitlab::"

local source = papi_events.source({
  name = "sde",
  summary = "the translator's own events by PAPI (software-defined events), around the guest's run",
}, {}, function(name) return name:find(PREFIX, 1, true) == 1 end)

local function describe(c)
  return { name = PREFIX .. c.name, unit = c.unit, summary = c.summary, exact = c.exact, from = source.name }
end

function source.find(name, catalogue)
  local c = name:find(PREFIX, 1, true) == 1 and translator.find(name:sub(#PREFIX + 1), catalogue)
  return c and describe(c) or nil
end

-- They exist only inside a process that exports them, so no probe from here tells; libsde has to be there.
function source.list(catalogue)
  local there, reason = require("jitlab_papi").exports()
  local list = {}
  for i, c in ipairs(translator.list(catalogue)) do
    list[i] = describe(c)
    list[i].available, list[i].reason = there, reason
  end
  return list
end

return source
