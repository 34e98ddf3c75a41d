"""The audit of a model on a labelled set."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from . import _heatlens
from ._model import Model


def audit(
    model: Model,
    data: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    positive: str | None = None,
    split: str | None = None,
    experiments: int = 120,
    limit: int | None = None,
    threads: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], Any] | None = None,
) -> Run:
    """Measure where a model looks on a labelled set, whether it should, and why it errs; as `heatlens audit` does.

    data          a table with the columns image and label, or a folder with one folder a class
    out           the folder of the run; the same call goes on with a run that was stopped
    positive      the class that stands for disease, where names do not tell
    experiments   cases on which regions are taken out one after the other
    progress      called with the images done and all

    Ctrl-C ends it after the images in hand, and keeps what is done.

    >>> run = hl.audit(model, "photos/", "run/", positive="glaucoma", limit=4, experiments=0)
    >>> len(run.answers), len(run.table())
    (10, 4)
    """
    asked = _heatlens.Audit(
        model._read,
        data,
        out,
        positive=positive,
        split=split,
        experiments=experiments,
        limit=limit,
        threads=threads,
        seed=seed,
    )
    return Run(asked.whole(progress))


class Run:
    """A finished audit on disk."""

    def __init__(self, done: _heatlens.Run) -> None:
        self.folder = os.fspath(done.folder)
        self.notes: list[str] = done.notes
        self.figures: dict[str, Any] = json.loads(done._report)

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The ten questions with their answers: `question`, `verdict`, `plain`, `headline`, and what stands behind them."""
        return self.figures["answers"]

    @property
    def report(self) -> str:
        """The path of the page to read; what it says is `figures`, as report.json has them."""
        return os.path.join(self.folder, "report.html")

    def table(self, name: str = "predictions") -> Any:
        """`predictions` or `errors` as a pandas table; as a list of dictionaries where pandas is not installed."""
        path = os.path.join(self.folder, f"{name}.csv")
        try:
            import pandas
        except ImportError:
            import csv

            with open(path, newline="") as file:
                return list(csv.DictReader(file))
        return pandas.read_csv(path)

    def __repr__(self) -> str:
        verdicts = ", ".join(f"{answer['number']} {answer['verdict']}" for answer in self.answers)
        return f"Run({self.folder!r}; {verdicts})"

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{answer['number']}</td><td>{escape(answer['text'])}</td><td>{escape(answer['plain'])}</td></tr>"
            for answer in self.answers
        )
        return f"<table>{rows}</table>"
