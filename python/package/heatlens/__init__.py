"""Shows where a trained image classifier looks, and tests whether it should look there.

    import heatlens as hl
    model = hl.load("best_model.pth", classes=["normal", "glaucoma"])
    e = model.explain("eye.jpg", target="glaucoma")
    e.prediction, e.probabilities, e.map, e.overlay()

No framework is needed: the file is read and the network is run by heatlens itself. `heatlens.cam` has
pytorch-grad-cam's names, for live modules of PyTorch.
"""

from ._audit import Run, audit
from ._heatlens import (
    METHODS,
    Explanation,
    Heatmap,
    HeatlensError,
    ImageError,
    ModelError,
    RequestError,
    __version__,
)
from ._model import Model, load

__all__ = [
    "METHODS",
    "Explanation",
    "Heatmap",
    "HeatlensError",
    "ImageError",
    "Model",
    "ModelError",
    "RequestError",
    "Run",
    "__version__",
    "audit",
    "load",
]
