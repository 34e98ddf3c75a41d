"""Photographs explained into a folder, and handed on meanwhile."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, Union

from . import _heatlens
from ._heatlens import Explanation

if TYPE_CHECKING:
    from ._model import Names


class Writing(TypedDict, total=False):
    """What `explain_many` takes beside `out`: the options of `heatlens explain`, by their names."""

    labels: Names
    """`folders`, the path of a table, and what labels mean (`0=normal,1=glaucoma`)."""
    positive: str
    """The positive one of two classes, where names do not tell."""
    threshold: Union[float, dict[str, float]]
    """From which probability on labels are present, of which several may be: of all, or by name."""
    limit: int
    """At most so many images, spread evenly over the labels."""
    save: Names
    """What to write for each image: `panel`, `overlay`, `heatmap`, `map`, `gallery`; or `none`."""
    scale: str
    """What full colour stands for: the largest value of a `map`, of an image's `classes`, or of the `run`."""
    outline: Names
    """Outlined in pictures: `disc`, `cup`."""
    contours: bool
    """Lines where a map takes a quarter, a half and three quarters of full colour."""
    colormap: str
    """Colours of the heatmap."""
    blend: str
    """How heatmap and photograph are mixed: `veil` or `classic`."""
    alpha: float
    """Strength of the heatmap, 0 to 1."""
    tile: int
    """Longer side of a panel's pictures in pixels."""
    batch: int
    """Images a forward pass."""
    threads: int
    """One a core where not said."""
    memory: int
    """The most bytes of memory to use."""
    seed: int
    """Of everything drawn at random."""
    overwrite: bool
    """Replace what an earlier run left in the folder: the files that it listed, and no others."""
    progress: bool
    """A bar of tqdm; where tqdm is installed and stderr is a terminal, if not said."""


class Explaining(Iterator[Explanation]):
    """Explanations on their way: they come in the order of the images, and the files of each are written by then.

    An image that cannot be explained is warned of, left out, and a row of predictions.csv that says why. Whoever takes no
    more of them ends the run as Ctrl-C does: the files of what is done are whole, and the same call goes on from there.
    """

    def __init__(self, begun: _heatlens.Explaining, progress: bool | None) -> None:
        self._begun = begun
        self._bar = _bar(len(begun), progress)

    @property
    def notes(self) -> list[str]:
        """What was assumed, a sentence each."""
        return [*self._begun.notes, *self._begun._last]

    @property
    def summary(self) -> dict[str, Any] | None:
        """How it went, as run.json has it: `images`, `failed`, `labelled`, `correct`, `outcomes`; None until it has ended."""
        return None if self._begun._summary is None else json.loads(self._begun._summary)

    def __len__(self) -> int:
        return len(self._begun)

    def __next__(self) -> Explanation:
        try:
            explanation = next(self._begun)
        except BaseException:
            self._bar.close()
            raise
        self._bar.update()
        return explanation

    def close(self) -> None:
        """End it after the images in hand."""
        self._bar.close()
        self._begun.close()

    def __enter__(self) -> Explaining:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


class _NoBar:
    """Where nobody would see a bar."""

    def update(self) -> None:
        """Nothing moves."""

    def close(self) -> None:
        """Nothing is there to be taken away."""


def _bar(total: int, progress: bool | None) -> Any:
    wanted = progress if progress is not None else sys.stderr is not None and sys.stderr.isatty()
    if not wanted:
        return _NoBar()
    try:
        from tqdm import tqdm
    except ImportError:
        return _NoBar()
    return tqdm(total=total, unit="image", leave=False)


def begin(read: _heatlens.Model, images: Any, out: str | os.PathLike[str], asked: Any, options: Writing) -> Explaining:
    """Begin to explain files into a folder."""
    said: dict[str, Any] = dict(options)
    progress = said.pop("progress", None)
    if (threshold := said.get("threshold")) is not None:
        said["threshold"] = list(threshold.items()) if isinstance(threshold, dict) else [(None, threshold)]
    for several in ("labels", "save", "outline"):
        if isinstance(said.get(several), (str, os.PathLike)):
            said[several] = [os.fspath(said[several])]
    return Explaining(_heatlens.explain_into(read, paths(images), out, asked, **said), progress)


def paths(images: Any) -> list[str]:
    """What files, folders and patterns are called."""
    if isinstance(images, (str, os.PathLike)):
        return [os.fspath(images)]
    if not isinstance(images, Sequence) or not all(isinstance(image, (str, os.PathLike)) for image in images):
        raise TypeError(
            "images are paths here: of photographs, folders, patterns or .npy files of preprocessed tensors, or a sequence "
            "of these; save arrays to files first"
        )
    return [os.fspath(image) for image in images]
