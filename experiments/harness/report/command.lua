-- bench.lua report: a stored run as HTML, Markdown, plots, CSV and JSON, from the database alone.

local claims = require "harness.claims"
local export = require "harness.export"
local files = require "harness.files"
local figures = require "harness.report.figures"
local gnuplot = require "harness.gnuplot"
local html = require "harness.report.html"
local markdown = require "harness.report.markdown"
local runs = require "harness.runs"
local store = require "harness.store"
local tables = require "harness.tables"
local text = require "harness.text"

local command = {}

-- The tables that the terminal shows too.
local function tables_section(context)
  local blocks = {}
  for i, t in ipairs(tables.of(context.e, context.data)) do
    local rows = table.move(t.rows, 2, #t.rows, 1, {})
    local notes = {}
    for _, note in ipairs(text.sorted_keys(t.notes)) do notes[#notes + 1] = "n/a: " .. note end
    blocks[i] = { kind = "table", caption = t.title, head = t.rows[1], rows = rows, notes = notes }
  end
  return { id = "tables", title = "Tables", blocks = blocks }
end

local SECTIONS = {
  require "harness.report.asked", require "harness.report.answer", figures.section, require "harness.report.interactions",
  tables_section, require "harness.report.strips", require "harness.report.noise", (require "harness.report.origin"),
}

-- What the sections are made from: a loaded run (runs.load), and figure(name, figure), which makes a block of a figure that is drawn
-- later, all of them at once; heat(name, map) likewise.
local function new_context(loaded, database)
  local context = { database = database, items = {} }
  for k, v in pairs(loaded) do context[k] = v end
  function context.figure(name, figure)
    local block = { kind = "figure", title = figure.title, note = figure.note, description = figures.describe(figure),
      table = figures.table(figure) }
    context.items[#context.items + 1] = { name = name, figure = figure, block = block }
    return block
  end
  -- A map of squares: a table with colours on the page, a picture beside the Markdown.
  function context.heat(name, map)
    local block = { kind = "heat", title = map.title, table = map.table, description = map.table.caption }
    context.items[#context.items + 1] = { name = name, figure = map, block = block }
    return block
  end
  return context
end

-- Writes all files of a report on a loaded run into a directory. database: its name, for the provenance.
function command.write(loaded, database, directory)
  files.mkdir(directory)
  local context, sections = new_context(loaded, database), {}
  for _, section in ipairs(SECTIONS) do sections[#sections + 1] = section(context) end
  for i, drawn in ipairs(gnuplot.draw(context.items, directory, true)) do
    local block = context.items[i].block
    block.png, block.svg = drawn.png, drawn.svg
  end
  local document = {
    title = ("%s%s"):format(loaded.e.name, loaded.run.mode == "quick" and " (quick)" or ""), lead = loaded.e.summary, sections = sections,
    answer = loaded.verdicts and #loaded.verdicts > 0 and claims.headline(loaded.verdicts) or nil,
    footer = ("Run %s of %s. Ratios are taken inside each round; intervals are of 95 %% unless a note says less. table.csv, table.json and "
      .. "trials.csv beside this file hold every number."):format(loaded.run.name, loaded.run.started:sub(1, 10)),
  }
  files.write(directory .. "/report.html", html.render(document))
  files.write(directory .. "/report.md", markdown.render(document))
  export.tables(loaded.e, loaded.data, loaded.run, loaded.verdicts, directory)
  export.trials(loaded.trials, directory)
end

-- args: run (nil: the last that ended), db, out (nil: beside the database, under the run's name), list, json.
function command.main(args)
  local results = store.open(args.db, { existing = true })
  if args.list then
    runs.print(results)
    return 0
  end
  local run = runs.find(results, args.run)
  local directory = args.out or ((args.db:match("^(.*/)") or "") .. run.name)
  command.write(runs.load(results, run), args.db, directory)
  results:close()
  io.stdout:write(directory, "/report.html\n")
  return 0
end

return command
