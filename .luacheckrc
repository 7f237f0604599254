std = "lua54"
max_line_length = 140
files["bench.lua"] = { globals = { "_" } } -- holds the shell part
files["experiments/harness/spec"] = { std = "+busted", globals = { "SPEC" } }
