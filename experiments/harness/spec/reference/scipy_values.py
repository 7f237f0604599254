#!/usr/bin/env python3
"""Writes scipy.json: what scipy says to the same questions as harness/stats is asked in spec/reference_spec.lua.

    /usr/bin/python3 scipy_values.py > scipy.json      (Debian: python3-scipy)

The tests read the file and do not need scipy.
"""
import itertools
import json
import platform

import numpy
import scipy
from scipy import stats
from scipy.stats import _resampling, mstats

TIMES = [10.31, 10.12, 10.47, 10.05, 12.9, 10.22, 10.18, 10.61, 10.09, 10.27, 10.35, 10.44, 10.15, 11.6, 10.2]
TREND = [3.1, 2.9, 3.4, 3.3, 3.6, 3.2, 3.8, 3.9, 3.7, 4.1]
TIED = [3, 1, 3, 4, 2, 4, 4, 5, 5, 3, 6]
SMALL = [1.2, 3.4, 2.2, 9.1, 2.9]
DIFFERENCES = [0.021, 0.035, -0.004, 0.019, 0.44, 0.027, 0.011, -0.3, 0.016, 0.008, 0.025]


def distributions():
    points = []
    for z in (-8.5, -3.1, -1.96, -0.4, 0, 0.7, 1.5, 2.3, 4.2):
        points.append(dict(f="normal", args=[z], value=stats.norm.cdf(z)))
    for p in (1e-10, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999):
        points.append(dict(f="normal_quantile", args=[p], value=stats.norm.ppf(p)))
    for t, df in ((0.3, 2), (2.2, 4), (-2.145, 14), (5.5, 8), (40, 2), (1.7, 200)):
        points.append(dict(f="t_two_sided", args=[t, df], value=2 * stats.t.sf(abs(t), df)))
    for p, df in ((0.05, 2), (0.05, 4), (0.05, 14), (0.001, 30), (0.5, 7)):
        points.append(dict(f="t_quantile", args=[p, df], value=stats.t.isf(p / 2, df)))
    for k, n, p in ((0, 5, 0.5), (3, 15, 0.5), (7, 15, 0.5), (2, 9, 0.3), (40, 100, 0.5), (14, 15, 0.9)):
        points.append(dict(f="binomial", args=[k, n, p], value=stats.binom.cdf(k, n, p)))
    for x in (0.5, 1, 3.5, 11, 120.25):
        points.append(dict(f="log_gamma", args=[x], value=scipy.special.gammaln(x)))
    return points


def every_resample(sample, n_resamples, random_state=None):
    """In the place of scipy's random resamples: all n^n of them, so that nothing is left to chance."""
    n = sample.shape[-1]
    index = numpy.array(list(itertools.product(range(n), repeat=n)))
    return sample[..., index]


def bca(values, statistic):
    _resampling._bootstrap_resample = every_resample
    result = scipy.stats.bootstrap((values,), statistic, n_resamples=len(values) ** len(values), method="BCa",
                                   confidence_level=0.95, vectorized=True)
    return [result.confidence_interval.low, result.confidence_interval.high]


def median_of_two(values, axis=-1):
    """The mean of the medians of the values and of their squares: a statistic of medians with ties, as geometric means are."""
    return (numpy.median(values, axis=axis) + numpy.median(numpy.asarray(values) ** 2, axis=axis)) / 2


def trimmed(values):
    """Yuen's error of a trimmed mean, for one sample; scipy winsorises, trims and has the t distribution."""
    n = len(values)
    kept = n - 2 * int(0.2 * n)
    squares = float(numpy.var(mstats.winsorize(numpy.array(values), limits=(0.2, 0.2)), ddof=0)) * n
    mean = stats.trim_mean(values, 0.2)
    return dict(values=values, mean=mean, p=2 * stats.t.sf(abs(mean) / (squares / (kept * (kept - 1))) ** 0.5, kept - 1))


def yuen(a, b):
    r = stats.ttest_ind(a, b, equal_var=False, trim=0.2)
    return dict(first=a, second=b, p=r.pvalue)


def order_statistics(values, level=0.95):
    """Hettmansperger and Sheather's interval, written from their paper, with scipy's binomial distribution."""
    x, n = sorted(values), len(values)
    d = max(d for d in range(1, n // 2 + 1) if 1 - 2 * stats.binom.cdf(d - 1, n, 0.5) >= level)
    outer, inner = (1 - 2 * stats.binom.cdf(k - 1, n, 0.5) for k in (d, d + 1))
    part = (outer - level) / (outer - inner)
    weight = (n - d) * part / (d + (n - 2 * d) * part)
    return [(1 - weight) * x[d - 1] + weight * x[d], (1 - weight) * x[n - d] + weight * x[n - d - 1]]


def kendall(values):
    r = stats.kendalltau(range(len(values)), values)
    return dict(values=values, tau=r.statistic if hasattr(r, "statistic") else r[0], p=r[1])


def mann_whitney(a, b, method):
    return dict(first=a, second=b, p=stats.mannwhitneyu(a, b, method=method).pvalue)


print(json.dumps(dict(
    made_by="scipy %s, numpy %s, Python %s, by scipy_values.py" % (scipy.__version__, numpy.__version__, platform.python_version()),
    distributions=distributions(),
    quantiles=[dict(p=p, values=sorted(TIMES), value=numpy.quantile(TIMES, p)) for p in (0.025, 0.1, 0.5, 0.77)],
    bca_mean=dict(values=SMALL, interval=bca(SMALL, numpy.mean)),
    bca_medians=dict(values=SMALL, interval=bca(SMALL, median_of_two)),
    median=[dict(values=v, interval=order_statistics(v)) for v in (TIMES, TREND, TIMES[:6], DIFFERENCES)],
    mad_sigma=dict(values=TIMES, value=stats.median_abs_deviation(TIMES, scale="normal")),
    trimmed=[trimmed(DIFFERENCES), trimmed(DIFFERENCES[:5]), trimmed([v - 10.3 for v in TIMES])],
    yuen=[yuen(TIMES[:8], TIMES[8:]), yuen(TREND[:5], TREND[5:]), yuen(DIFFERENCES, [v - 10.3 for v in TIMES])],
    kendall=[kendall(TREND), kendall(TIMES), kendall(TIED), kendall(TIMES * 3)],
    mann_whitney=[mann_whitney(TREND[:5], TREND[5:], "exact"), mann_whitney(TIMES[:8], TIMES[8:], "exact"),
                  mann_whitney(TIED[:5], TIED[5:], "asymptotic")],
), indent=1))
