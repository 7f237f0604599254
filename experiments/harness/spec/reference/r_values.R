# Writes r.json: what R says to the same questions as harness/stats is asked in spec/reference_spec.lua.
#   Rscript r_values.R > r.json      (Debian: r-base-core)
# The tests read the file and do not need R.

number <- function(x) paste0("[", paste(sprintf("%.17g", x), collapse = ", "), "]")

p <- c(0.01, 0.04, 0.03, 0.005, 0.2, 0.03, 0.7)

# A 2x2x2 design in five rounds, with noise and effects that are known only to the seed.
set.seed(4)
d <- expand.grid(round = 1:5, c = 1:2, b = 1:2, a = 1:2)
d$y <- exp(1 + 0.3 * (d$a == 2) - 0.2 * (d$b == 2) + 0.15 * (d$a == 2) * (d$b == 2) + 0.05 * d$round + rnorm(nrow(d), 0, 0.02))
for (f in c("a", "b", "c", "round")) d[[f]] <- factor(d[[f]])
table <- summary(aov(log(y) ~ round + a * b * c, data = d))[[1]]
squares <- setNames(table[["Sum Sq"]], trimws(rownames(table)))
total <- sum(squares) - squares[["round"]]
mean_of <- function(rows) mean(log(d$y[rows]))
main <- function(f) exp(mean_of(d[[f]] == 2) - mean_of(d[[f]] == 1))
both <- function(f, g) exp(mean_of(d[[f]] == 2 & d[[g]] == 2) - mean_of(d[[f]] == 1 & d[[g]] == 2) -
                           mean_of(d[[f]] == 2 & d[[g]] == 1) + mean_of(d[[f]] == 1 & d[[g]] == 1))

cat(sprintf('{
 "made_by": "%s, by r_values.R",
 "holm": {"p": %s, "adjusted": %s},
 "design": {"y": %s, "main": %s, "with": %s,
  "share": {"a": %.17g, "b": %.17g, "c": %.17g, "ab": %.17g, "ac": %.17g, "bc": %.17g, "rest": %.17g, "noise": %.17g}}
}
', R.version.string, number(p), number(p.adjust(p, "holm")), number(d$y),
  number(c(main("a"), main("b"), main("c"))), number(c(both("a", "b"), both("a", "c"), both("b", "c"))),
  squares[["a"]] / total, squares[["b"]] / total, squares[["c"]] / total, squares[["a:b"]] / total, squares[["a:c"]] / total,
  squares[["b:c"]] / total, squares[["a:b:c"]] / total, squares[["Residuals"]] / total))
