"""Questions to a model and its photographs, and to two runs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from . import _heatlens
from ._audit import Run
from ._explaining import paths
from ._model import Model, Names, names

Progress = Callable[[int, "int | None"], Any]


class Figures(Mapping[str, Any]):
    """What a command finds: its figures by the names that `--json` prints, shown as the command tells them.

    >>> found = hl.sanity(model, eye)
    >>> found["images"], found.passes
    (1, False)
    >>> print(found)
    FAIL  GradCAM depends on the model only in part: ...
    """

    def __init__(self, told: _heatlens.Told) -> None:
        self.figures: dict[str, Any] = json.loads(told.json)
        self.notes: list[str] = told.notes
        self.passes: bool | None = told.passes
        self._words = told.words
        self._file = told.file

    def __getitem__(self, name: str) -> Any:
        return self.figures[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.figures)

    def __len__(self) -> int:
        return len(self.figures)

    def __repr__(self) -> str:
        return self._words

    def _save(self, path: str | os.PathLike[str]) -> None:
        with open(path, "w", encoding="utf-8") as file:
            file.write(self._file or "")


class Check(Figures):
    """Whether photographs are prepared as in training; `passes` is None where the model cannot tell."""

    @property
    def verdict(self) -> str:
        """`fits`, `another fits better` or `cannot be told`."""
        return self.figures["verdict"]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the preprocessing that fits best as TOML, for `heatlens.load(..., preprocess=path)`."""
        self._save(path)


class Evaluation(Figures):
    """How right maps are, beside maps that look at nothing."""

    def mean(self, map: str, metric: str) -> float | None:
        """The mean of a metric over the images for the maps of a method, or of a baseline; None where it is undefined."""
        found = [row["mean"] for row in self.figures["summary"] if (row["map"], row["metric"]) == (map, metric)]
        if not found:
            raise KeyError(f"no mean of {metric} for {map}")
        return found[0]


class Sanity(Figures):
    """Whether maps depend on what the network has learnt; `passes` says whether those of every method do."""


class Comparison(Figures):
    """Two audits over the same images."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to read."""
        self._save(path)


def check(
    model: Model,
    images: Any,
    *,
    sample: int = 32,
    labels: Names = (),
    threads: int | None = None,
    memory: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Check:
    """Ask a trained model how its photographs were prepared, as `heatlens check` does.

    images    a path, a folder, a pattern, or a sequence of these
    sample    photographs to look at, drawn with the seed
    labels    as for `explain_many`: then accuracies stand beside what batch norms say
    memory    the most bytes to use
    progress  called with the looks done, and None

    >>> hl.check(model, "photos/").verdict
    'fits'
    """
    return Check(
        _heatlens.check(
            model._read,
            paths(images),
            sample=sample,
            labels=names(labels),
            threads=threads,
            memory=memory,
            seed=seed,
            progress=progress,
        )
    )


def evaluate(
    model: Model,
    images: Any,
    *,
    method: Names = "gradcam",
    layer: str | None = None,
    metrics: Names = (),
    masks: str | os.PathLike[str] | None = None,
    target: str = "predicted",
    sample: int = 50,
    out: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    memory: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure whether maps are right, as `heatlens evaluate` does: faithfulness, robustness, complexity, localisation.

    metrics   by name; all where none is named, those of localisation only with masks
    masks     a folder of masks named as the images: maps should lie where a mask is not black
    out       a folder for values.csv, summary.csv, agreement.csv, evaluation.json and evaluation.png
    progress  called with the steps done and all

    >>> hl.evaluate(model, eye, metrics="sparseness").mean("gradcam", "sparseness") > 0
    True
    """
    return Evaluation(
        _heatlens.evaluate(
            model._read,
            paths(images),
            methods=names(method),
            layer=layer,
            metrics=names(metrics),
            masks=masks,
            target=str(target),
            sample=sample,
            out=out,
            threads=threads,
            memory=memory,
            seed=seed,
            progress=progress,
        )
    )


def sanity(
    model: Model,
    images: Any,
    *,
    method: Names = "gradcam",
    layer: str | None = None,
    sample: int = 16,
    cascade_only: bool = False,
    out: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    memory: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Sanity:
    """Test whether maps depend on what the network has learnt, as `heatlens sanity` does: its weights are randomised.

    cascade_only  from the logits down only, not each module by itself too
    out           a folder for sanity.csv, sanity.json and sanity.png
    progress      called with the explanations done and all

    >>> [method["verdict"] for method in hl.sanity(model, eye, cascade_only=True)["methods"]]
    ['depends on the model only in part: some of the map survives without anything learnt']
    """
    return Sanity(
        _heatlens.sanity(
            model._read,
            paths(images),
            methods=names(method),
            layer=layer,
            sample=sample,
            cascade_only=cascade_only,
            out=out,
            threads=threads,
            memory=memory,
            seed=seed,
            progress=progress,
        )
    )


def compare(first: Run | str | os.PathLike[str], second: Run | str | os.PathLike[str]) -> Comparison:
    """Compare two audits over the same images, as `heatlens compare` does.

    A run is what `audit` returns, its folder, or `folder:METHOD` or `folder:METHOD:LAYER` where it is not the first method
    and layer that counts.
    """
    folders = [run.folder if isinstance(run, Run) else os.fspath(run) for run in (first, second)]
    return Comparison(_heatlens.compare(*folders))
