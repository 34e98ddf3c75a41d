"""Audits on a Ray cluster.

    import heatlens as hl, heatlens.ray
    model = hl.load("/shared/best_model.pth", classes=["normal", "glaucoma"])
    run = heatlens.ray.audit(model, data="/shared/manifest.csv", positive="glaucoma", out="/shared/run", workers=16)

An audit is made of parts of 32 images. Actors take them, each with the model read once, and write what they measure
into the run's folder by themselves; through Ray goes one row a part, which says that it is done, and neither pixels nor
maps. A part is there whole or not at all, so that actors and nodes may fail: what they had in hand is done again
elsewhere, and the same call goes on with a run that was stopped. The files are, byte for byte, those of `heatlens.audit`.

The model's file, the photographs and `out` must lie where every node finds them under the same path.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

try:
    import ray
    import ray.data
except ImportError as error:
    raise ImportError("heatlens.ray needs Ray and its data library: pip install 'ray[data]'") from error

from . import _heatlens
from ._audit import Run
from ._model import Model

__all__ = ["audit"]


def audit(
    model: Model,
    data: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    positive: str | None = None,
    split: str | None = None,
    experiments: int = 120,
    limit: int | None = None,
    seed: int = 0,
    workers: int | None = None,
    num_cpus: int = 1,
    progress: Callable[[int, int], Any] | None = None,
) -> Run:
    """As `heatlens.audit`, its parts measured by actors on a Ray cluster.

    workers    actors; as many as the cluster has CPUs for where it is not said
    num_cpus   CPUs that each asks Ray for, and threads that it computes with
    progress   called with the images done and all, once a part
    """
    asked: dict[str, Any] = {
        "data": os.path.abspath(data),
        "out": os.path.abspath(out),
        "positive": positive,
        "split": split,
        "experiments": experiments,
        "limit": limit,
        "threads": num_cpus,
        "seed": seed,
    }
    begun = _heatlens.Audit(model._read, **asked)
    missing = begun.missing()
    done = begun.images - sum(images for _, images in missing)
    # What each actor has to say of the pictures that it read: its last word.
    said: dict[str, str] = {}
    for receipt in _receipts(model, asked, missing, workers, num_cpus):
        done += receipt["images"]
        said[receipt["actor"]] = receipt["depths"]
        if progress is not None:
            progress(done, begun.images)
    run = Run(begun.finish())
    run.notes.extend(sorted({words for words in said.values() if words}))
    return run


def _receipts(
    model: Model, asked: dict[str, Any], missing: list[tuple[int, int]], workers: int | None, num_cpus: int
) -> Any:
    """One row for each part as soon as it is measured."""
    if not missing:
        return []
    if not ray.is_initialized():
        ray.init()
    free = int(ray.cluster_resources().get("CPU", 1)) // num_cpus
    size = min(workers or max(free, 1), len(missing))
    parts = ray.data.from_items([{"part": part} for part, _ in missing], override_num_blocks=len(missing))
    receipts = parts.map_batches(
        _Worker,
        fn_constructor_args=(model, asked),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=size),
        num_cpus=num_cpus,
    )
    return receipts.iter_rows()


class _Worker:
    """An actor: the model, read once, and the audit that is asked of it."""

    def __init__(self, model: Model, asked: dict[str, Any]) -> None:
        self._audit = _heatlens.Audit(model._read, **asked)
        self._name = ray.get_runtime_context().get_actor_id() or ""

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        receipts = [(*self._audit.measure(int(part)), self._name) for part in batch["part"]]
        names = ("part", "images", "failed", "seconds", "depths", "actor")
        return {name: np.array(values) for name, values in zip(names, zip(*receipts))}
