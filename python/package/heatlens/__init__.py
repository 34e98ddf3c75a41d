"""Shows where a trained image classifier looks, and tests whether it should look there.

    >>> import heatlens as hl
    >>> model = hl.load("best_model.pth", classes=["normal", "glaucoma"], preprocess="imagenet-exact")
    >>> e = model.explain("eye.jpg", target="glaucoma")
    >>> e.prediction in model.classes, e.probabilities.shape, e.map.shape, e.overlay().dtype
    (True, (2,), (224, 224), dtype('uint8'))

No framework is needed: the file is read and the network is run by heatlens itself. `heatlens.cam` has
pytorch-grad-cam's names, for live modules of PyTorch.
"""

from ._asking import Check, Comparison, Evaluation, Figures, Sanity, check, compare, evaluate, sanity
from ._audit import Run, audit
from ._explaining import Explaining, Writing
from ._heatlens import (
    METHODS,
    Explanation,
    Heatmap,
    HeatlensError,
    ImageError,
    ModelError,
    RequestError,
    __version__,
    set_threads,
)
from ._model import Model, load

__all__ = [
    "METHODS",
    "Check",
    "Comparison",
    "Evaluation",
    "Explaining",
    "Explanation",
    "Figures",
    "Heatmap",
    "HeatlensError",
    "ImageError",
    "Model",
    "ModelError",
    "RequestError",
    "Run",
    "Sanity",
    "Writing",
    "__version__",
    "audit",
    "check",
    "compare",
    "evaluate",
    "load",
    "sanity",
    "set_threads",
]
