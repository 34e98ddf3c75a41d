"""Reference values of the audit's statistics from scipy, statsmodels and scikit-learn.

    python tests/golden/statistics/make.py

writes statistics.json beside this file: for each topic the data and what the reference makes of them. DeLong's variance and Obuchowski's for
several cases a patient are in none of the three; they are computed here from the definitions, over all pairs, and DeLong's is checked against
scipy's Brunner-Munzel statistic, whose standard error is built from the same placements.
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy import stats
from scipy.stats.contingency import association
from sklearn import calibration, metrics
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import ttost_ind, ttost_paired

random = np.random.default_rng(20)


def draw(n, shift=0.0, digits=3):
    """Normal values, rounded so that the file stays small; few digits make ties."""
    return np.round(random.normal(shift, 1.0, n), digits)


def groups(digits):
    x, y = draw(25, 0.4, digits), draw(32, 0.0, digits)
    test = stats.brunnermunzel(y, x)
    theta = stats.mannwhitneyu(x, y).statistic / (len(x) * len(y))
    variance = ((theta - 0.5) / test.statistic) ** 2
    low, high = logit_interval(theta, variance)
    z = np.log(theta / (1 - theta)) / (np.sqrt(variance) / (theta * (1 - theta)))
    return {"x": x, "y": y, "delta": 2 * theta - 1, "p": 2 * stats.norm.sf(abs(z)), "interval": [2 * low - 1, 2 * high - 1]}


def placements(score, label):
    x, y = score[label == 1], score[label == 0]
    wins = (x[:, None] > y[None]) + 0.5 * (x[:, None] == y[None])
    return wins.mean(1), wins.mean(0), wins.mean()


def delong(score, label):
    v10, v01, theta = placements(score, label)
    variance = v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01)
    x, y = score[label == 1], score[label == 0]
    check = stats.brunnermunzel(y, x).statistic
    assert np.isclose(abs(check), abs(theta - 0.5) / np.sqrt(variance), rtol=1e-9)
    return theta, variance


def obuchowski(score, label, unit):
    """Obuchowski, Nonparametric analysis of clustered ROC curve data, Biometrics 1997, equations 3 to 5."""
    v10, v01, theta = placements(score, label)
    up, un = unit[label == 1], unit[label == 0]
    all_units = np.unique(unit)
    m, n = len(v10), len(v01)
    d10 = np.array([(v10[up == u] - theta).sum() for u in all_units])
    d01 = np.array([(v01[un == u] - theta).sum() for u in all_units])
    i10, i01, i = len(np.unique(up)), len(np.unique(un)), len(all_units)
    s10 = i10 / ((i10 - 1) * m) * (d10**2).sum()
    s01 = i01 / ((i01 - 1) * n) * (d01**2).sum()
    s11 = i / (i - 1) * (d10 * d01).sum()
    return s10 / m + s01 / n + 2 * s11 / (m * n)


def logit_interval(theta, variance):
    logit, half = np.log(theta / (1 - theta)), stats.norm.ppf(0.975) * np.sqrt(variance) / (theta * (1 - theta))
    return [1 / (1 + np.exp(half - logit)), 1 / (1 + np.exp(-half - logit))]


def roc():
    label = (random.random(60) < 0.45).astype(int)
    score = np.round(1 / (1 + np.exp(-(draw(60) + 1.2 * label - 0.5))), 2)
    other = np.round(1 / (1 + np.exp(-(draw(60) + 0.7 * label - 0.5))), 2)
    unit = np.arange(60) // 2
    theta, variance = delong(score, label)
    a10, a01, a = placements(score, label)
    b10, b01, b = placements(other, label)
    difference = (a10 - b10).var(ddof=1) / len(a10) + (a01 - b01).var(ddof=1) / len(a01)
    fpr, tpr, thresholds = metrics.roc_curve(label, score, drop_intermediate=False)
    clustered = obuchowski(score, label, unit)
    by_hand = {"threshold": thresholds[1:], "fpr": fpr, "tpr": tpr}
    called = score >= 0.6
    return {
        "score": score, "other": other, "label": label, "unit": unit,
        "auc": metrics.roc_auc_score(label, score), "interval": logit_interval(theta, variance),
        "clustered_interval": logit_interval(theta, clustered), "curve": by_hand,
        "difference": a - b, "difference_p": 2 * stats.norm.sf(abs(a - b) / np.sqrt(difference)),
        "average_precision": metrics.average_precision_score(label, score),
        "youden": thresholds[np.argmax(np.round(tpr - fpr, 12))],
        "at_0.6": {
            "confusion": metrics.confusion_matrix(label, called).ravel(),
            "sensitivity": list(proportion_confint((called & (label == 1)).sum(), (label == 1).sum(), method="wilson")),
            "accuracy": metrics.accuracy_score(label, called),
        },
    }


def sign_flips(n, digits, shift):
    d = draw(n, shift, digits)
    exact = n <= 13
    test = stats.permutation_test((d,), np.mean, permutation_type="samples", vectorized=True, n_resamples=2**n if exact else 100_000, rng=4)
    return {"d": d, "p": test.pvalue, "exact": exact}


def spearman(digits):
    x = draw(45, 0, digits)
    y = np.round(0.5 * x + draw(45), digits)
    rho = stats.spearmanr(x, y).statistic
    error = np.sqrt((1 + rho**2 / 2) / (45 - 3))
    half = stats.norm.ppf(0.975) * error
    interval, p = [np.tanh(np.arctanh(rho) - half), np.tanh(np.arctanh(rho) + half)], 2 * stats.norm.sf(abs(np.arctanh(rho)) / error)
    boot = stats.bootstrap((x, y), lambda a, b: stats.spearmanr(a, b).statistic, paired=True, vectorized=False, n_resamples=20000, rng=1)
    return {"x": x, "y": y, "rho": rho, "p": p, "interval": interval, "bca": list(boot.confidence_interval)}


def calibrated():
    p = np.round(random.random(80), 3)
    y = (random.random(80) < p**1.5).astype(int)
    edges = np.linspace(0, 1, 16)
    observed, predicted = calibration.calibration_curve(y, p, n_bins=15, strategy="uniform")
    cases = np.array([c for c in np.bincount(np.searchsorted(edges[1:-1], p), minlength=15) if c])
    return {
        "p": p, "y": y, "brier": metrics.brier_score_loss(y, p),
        "error": (cases / 80 * np.abs(observed - predicted)).sum(), "observed": observed, "predicted": predicted,
    }


def tables():
    rows, columns = random.integers(0, 3, 120), random.integers(0, 4, 120)
    columns = np.where(random.random(120) < 0.25, rows, columns)
    table = np.array([[np.sum((rows == i) & (columns == j)) for j in range(4)] for i in range(3)])
    test = stats.chi2_contingency(table, correction=False)
    assert test.expected_freq.min() >= 5
    n, (r, c) = table.sum(), table.shape
    plain = association(table, method="cramer")
    phi2 = plain**2 * (min(r, c) - 1)
    corrected = max(0, phi2 - (r - 1) * (c - 1) / (n - 1))
    shrunk = [k - (k - 1) ** 2 / (n - 1) for k in (r, c)]
    small = [[3, 15], [9, 2]]
    return {
        "rows": rows, "columns": columns, "p": test.pvalue, "v": np.sqrt(corrected / (min(shrunk) - 1)),
        "fisher": [{"table": t, "p": stats.fisher_exact(t).pvalue} for t in (small, [[1, 4], [4, 20]], [[10, 0], [2, 11]])],
    }


def means():
    x = np.round(random.exponential(1.0, 40), 3)
    boot = {}
    for method in ("BCa", "percentile"):
        boot[method] = list(stats.bootstrap((x,), np.mean, method=method, n_resamples=50000, rng=2).confidence_interval)
    return {"x": x, "bca": boot["BCa"], "percentile": boot["percentile"]}


def equivalent():
    x, y = draw(28, 0.1), draw(35)
    z = np.round(x + 0.3 * draw(28), 3)
    low, high = stats.ttest_ind(x, y, equal_var=False).confidence_interval(0.9)
    return {
        "x": x, "y": y, "z": z, "p": ttost_ind(x, y, -0.8, 0.8, usevar="unequal")[0], "interval": [low, high],
        "paired_p": ttost_paired(x, z, -0.2, 0.2)[0],
    }


def shares():
    x = np.array([[0.2, 0.3, 0.5, 0.0], [0.1, 0.2, 0.3, 0.4]])
    replaced = np.where(x == 0, 1e-3, x * (1 - 1e-3 * (x == 0).sum(1, keepdims=True)))
    logs = np.log(replaced)
    return {"x": x, "clr": logs - logs.mean(1, keepdims=True)}


def maps():
    x = np.round(random.random((44, 6)), 3)
    x[:22, 2] += 0.2
    t = stats.ttest_ind(x[:22], x[22:], equal_var=True).statistic

    order = np.random.default_rng(3)
    draws = []
    for _ in range(20000):
        shuffled = x[order.permutation(44)]
        draws.append(np.abs(stats.ttest_ind(shuffled[:22], shuffled[22:], equal_var=True).statistic).max())
    p = [(np.sum(np.array(draws) >= abs(v) - 1e-12) + 1) / 20001 for v in t]
    return {"x": x, "t": t, "p": p}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(v) for v in value]
    if isinstance(value, (np.integer, int)):
        return int(value)
    return float(value)


def main():
    p = np.array([0.001, 0.04, 0.04, 0.2, 0.9, 0.012, 0.03])
    a, b = random.integers(0, 3, 50), random.integers(0, 3, 50)
    b = np.where(random.random(50) < 0.5, a, b)
    golden = {
        "two_groups": [groups(3), groups(0)],
        "sign_flips": [sign_flips(12, 3, 0.3), sign_flips(13, 0, 0.3), sign_flips(80, 3, 0.1), sign_flips(50, 1, -0.2)],
        "spearman": [spearman(3), spearman(0)],
        "roc": roc(),
        "calibration": calibrated(),
        "association": tables(),
        "bootstrap": means(),
        "equivalence": equivalent(),
        "composition": shares(),
        "maps": maps(),
        "multiplicity": {"p": p, "holm": multipletests(p, method="holm")[1], "benjamini_hochberg": multipletests(p, method="fdr_bh")[1]},
        "kappa": {"a": a, "b": b, "kappa": metrics.cohen_kappa_score(a, b)},
        "wilson": [{"k": k, "n": n, "interval": proportion_confint(k, n, method="wilson")} for k, n in ((0, 20), (7, 23), (40, 41))],
    }
    golden = plain(golden)
    golden["made_with"] = {m.__name__: m.__version__ for m in (np, scipy, sklearn, statsmodels)}
    Path(__file__).with_name("statistics.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
