"""Fits and judges the confidence of the shipped segmenter.

    cargo run --release -p heatlens-fundus --example segmenter_confidence -- TRAIN > train.csv      # folders of make_abroad.py
    cargo run --release -p heatlens-fundus --example segmenter_confidence -- TEST > test.csv
    python models/fit_confidence.py train.csv test.csv

Prints the intercept and slope that `crates/fundus/src/anatomy/segmenter/confidence.rs` is to have, by a logistic regression on TRAIN, and, of TEST, the AUROC
of the confidence against discs with a Dice coefficient below 0.8 and what became of discs by their confidence. The table has the confidence with today's
intercept and slope, from which the mean probability follows. Needs numpy and scikit-learn.
"""

import re
import sys
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

SOURCE = Path(__file__).resolve().parent.parent / "crates" / "fundus" / "src" / "anatomy" / "segmenter" / "confidence.rs"
GOOD = 0.8


def main():
    intercept, slope = map(float, re.search(r"FIT: \[f64; 2\] = \[(.*), (.*)\]", SOURCE.read_text()).groups())
    train, test = (np.genfromtxt(name, delimiter=",", skip_header=1) for name in sys.argv[1:3])
    # Where nothing was found there is no probability to fit.
    found = train[:, 3] > 0
    sure = np.clip(train[found, 3], 1e-4, 1 - 1e-4)
    logit_of_mean = (np.log(sure / (1 - sure)) - intercept) / slope
    fit = LogisticRegression(C=100).fit(logit_of_mean[:, None], train[found, 1] >= GOOD)
    print(f"intercept {fit.intercept_[0]:.2f}, slope {fit.coef_[0, 0]:.2f}; in the source {intercept}, {slope}")
    good, confidence = test[:, 1] >= GOOD, test[:, 3]
    print(f"{len(test)} pictures: disc {test[:, 1].mean():.3f}, cup {test[:, 2].mean():.3f}, discs below {GOOD}: {1 - good.mean():.3f}")
    print(f"AUROC of the confidence against these {roc_auc_score(~good, -confidence):.3f}")
    for low, high in [(0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 0.9), (0.9, 1.01)]:
        of = (confidence >= low) & (confidence < high)
        if of.any():
            print(f"confidence {low} to {min(high, 1)}: mean {confidence[of].mean():.2f}, good {good[of].mean():.2f} of {of.sum()}")


if __name__ == "__main__":
    main()
