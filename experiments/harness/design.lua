-- Configurations of an experiment: which cells it has. Each function returns a list of {name=, set={AXIS=SPEC,...}},
-- where SPEC is what follows AXIS= in --set. Lists are joined with design.join.

local design = {}

local function copy(t)
  local c = {}
  for k, v in pairs(t or {}) do c[k] = v end
  return c
end

local function merge(a, b)
  local c = copy(a)
  for k, v in pairs(b or {}) do c[k] = v end
  return c
end

-- One configuration. design.config("default") is jitlab as it comes.
function design.config(name, set, more)
  return merge({ name = name, runner = "jitlab", set = copy(set) }, more)
end

-- The same program compiled for this machine.
function design.native() return { name = "native", runner = "native" } end

-- The same guest binary under QEMU's user mode.
function design.qemu() return { name = "qemu", runner = "qemu" } end

-- Every combination: axes is a list of {AXIS, SPEC, SPEC, ...}; base is set in all of them.
function design.factorial(axes, base)
  local list = { { name = nil, set = copy(base) } }
  for _, axis in ipairs(axes) do
    local longer = {}
    for _, config in ipairs(list) do
      for i = 2, #axis do
        local name = (config.name and config.name .. "," or "") .. axis[1] .. "=" .. axis[i]
        longer[#longer + 1] = design.config(name, merge(config.set, { [axis[1]] = axis[i] }))
      end
    end
    list = longer
  end
  return list
end

-- A ladder: each step is {NAME, {AXIS=SPEC,...}} and keeps what the steps before it set.
function design.ladder(steps)
  local list, set = {}, {}
  for i, step in ipairs(steps) do
    set = merge(set, step[2])
    list[i] = design.config(step[1], set, { value = i })
  end
  return list
end

-- The base, named `name`, and then each other strategy of each axis alone on top of it.
function design.one_at_a_time(name, base, axes)
  local list = { design.config(name, base) }
  for _, axis in ipairs(axes) do
    for i = 2, #axis do
      if (base or {})[axis[1]] ~= axis[i] then
        list[#list + 1] = design.config(axis[1] .. "=" .. axis[i], merge(base, { [axis[1]] = axis[i] }))
      end
    end
  end
  return list
end

-- One axis with a parameter swept: names are "AXIS=NAME:PARAM=VALUE", the values serve as x in line plots.
function design.sweep(axis, strategy, param, values, base)
  local list = {}
  for i, value in ipairs(values) do
    local spec = ("%s:%s=%d"):format(strategy, param, value)
    list[i] = design.config(("%s=%d"):format(param, value), merge(base, { [axis] = spec }), { value = value })
  end
  return list
end

-- Several lists or single configurations as one list.
function design.join(...)
  local all = {}
  for _, part in ipairs { ... } do
    if part.name then
      all[#all + 1] = part
    else
      table.move(part, 1, #part, #all + 1, all)
    end
  end
  return all
end

return design
