-- Names, patterns and columns.

local text = {}

-- Edit distance with transpositions, for "did you mean".
local function distance(a, b)
  local rows = { [-1] = {} }
  for i = 0, #a do
    rows[i] = { [0] = i }
    for j = 1, #b do
      if i == 0 then
        rows[i][j] = j
      else
        local same = a:byte(i) == b:byte(j)
        local d = math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (same and 0 or 1))
        if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
          d = math.min(d, rows[i - 2][j - 2] + 1)
        end
        rows[i][j] = d
      end
    end
  end
  return rows[#a][#b]
end

-- The name nearest to what was written, or nil when none is near.
function text.nearest(name, names)
  local best, least
  for _, candidate in ipairs(names) do
    local d = distance(name:lower(), candidate:lower())
    if candidate:sub(1, #name) == name and #name > 0 then d = math.min(d, 1) end
    if not least or d < least then best, least = candidate, d end
  end
  if least and least <= math.max(2, #name // 3) then return best end
end

-- "unknown KIND 'name'; did you mean 'other'?" or, when nothing is near, what there is.
function text.unknown(kind, name, names)
  local near = text.nearest(name, names)
  if near then return ("unknown %s '%s'; did you mean '%s'?"):format(kind, name, near) end
  return ("unknown %s '%s'; there is %s"):format(kind, name, #names > 0 and table.concat(names, ", ") or "none")
end

-- Whether the whole of s matches a shell pattern with * and ?.
function text.glob(pattern, s)
  local lua = pattern:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0"):gsub("%*", ".*"):gsub("%?", ".")
  return s:find("^" .. lua .. "$") ~= nil
end

-- "2%" or "0.02" -> 0.02; nil where that is no number between 0 and 1.
function text.fraction(s)
  local percent = s:match("^(.*)%%$")
  local n = tonumber(percent or s)
  if n and percent then n = n / 100 end
  return n and n > 0 and n < 1 and n or nil
end

function text.split(s, separator)
  local parts = {}
  for part in (s .. separator):gmatch("(.-)" .. separator:gsub("%p", "%%%0")) do
    if part ~= "" then parts[#parts + 1] = part end
  end
  return parts
end

-- The words of a line as a shell would part them: at blanks, but for those in quotes or after a backslash. nil and what is wrong.
function text.words(line)
  local words, word, quote, at = {}, nil, nil, 1
  while at <= #line do
    local c = line:sub(at, at)
    if quote and c == quote then
      quote = nil
    elseif not quote and (c == "'" or c == '"') then
      quote, word = c, word or ""
    elseif c == "\\" and quote ~= "'" and at < #line then
      at = at + 1
      word = (word or "") .. line:sub(at, at)
    elseif not quote and c:find("%s") then
      words[#words + 1], word = word, nil
    else
      word = (word or "") .. c
    end
    at = at + 1
  end
  if quote then return nil, "a quote is not closed" end
  words[#words + 1] = word
  return words
end

-- A word as a shell reads it back.
function text.quote(word)
  if word:find("^[%w%%+,./:=@_-]+$") then return word end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

-- as(key): what to sort by, where keys are of several types.
function text.sorted_keys(t, as)
  local keys = {}
  for k in pairs(t) do keys[#keys + 1] = k end
  table.sort(keys, as and function(a, b) return as(a) < as(b) end)
  return keys
end

local function width(s) return utf8.len(s) or #s end

local function pad(s, n, right)
  local space = (" "):rep(n - width(s))
  return right and space .. s or s .. space
end

-- Lines of a table: rows of strings, the first row the head. left[i]: column i is left-aligned (the first always is).
-- Columns that do not fit into max_width go on below, with the first column repeated.
function text.table(rows, max_width, left)
  local widths, columns = {}, 0
  for _, row in ipairs(rows) do
    columns = math.max(columns, #row)
    for i, cell in ipairs(row) do widths[i] = math.max(widths[i] or 0, width(cell)) end
  end
  local lines, from = {}, 2
  repeat
    local to, used = from, widths[1] + 2 + (widths[from] or 0)
    while to < columns and used + 2 + widths[to + 1] <= max_width do
      to = to + 1
      used = used + 2 + widths[to]
    end
    if #lines > 0 then lines[#lines + 1] = "" end
    for r, row in ipairs(rows) do
      local cells = { pad(row[1], widths[1]) }
      for i = from, math.min(to, columns) do
        cells[#cells + 1] = pad(row[i] or "", widths[i], not (left and left[i]))
      end
      lines[#lines + 1] = (table.concat(cells, "  "):gsub("%s+$", ""))
      if r == 1 then lines[#lines + 1] = ("-"):rep(math.min(used, max_width)) end
    end
    from = to + 1
  until from > columns
  return lines
end

-- Lines of at most max_width characters, broken at spaces; a longer word has a line to itself.
function text.wrap(s, max_width)
  local lines, line = {}, nil
  for word in s:gmatch("%S+") do
    if not line then
      line = word
    elseif width(line) + 1 + width(word) <= max_width then
      line = line .. " " .. word
    else
      lines[#lines + 1], line = line, word
    end
  end
  lines[#lines + 1] = line
  return lines
end

-- A number with about three significant digits.
function text.number(x)
  if x == nil then return "n/a" end
  if math.type(x) == "integer" or x == math.floor(x) and math.abs(x) < 1e15 then
    local n = ("%d"):format(x)
    return #n <= 12 and n or ("%.4g"):format(x)
  end
  local a = math.abs(x)
  if a >= 1000 then return ("%.0f"):format(x) end
  if a >= 100 then return ("%.1f"):format(x) end
  if a >= 0.01 then return ("%.2f"):format(x) end
  return ("%.3g"):format(x)
end

-- A p-value with three decimals.
function text.p_value(p) return not p and "n/a" or p < 0.0005 and "<0.001" or ("%.3f"):format(p) end

function text.duration(seconds)
  seconds = math.floor(seconds + 0.5)
  if seconds < 60 then return ("%d s"):format(seconds) end
  if seconds < 3600 then return ("%d:%02d min"):format(seconds // 60, seconds % 60) end
  return ("%d:%02d h"):format(seconds // 3600, seconds % 3600 // 60)
end

return text
