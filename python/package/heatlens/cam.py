"""pytorch-grad-cam's names and signatures, for live modules of PyTorch and models of Keras.

    from heatlens.cam import GradCAM, ClassifierOutputTarget
    with GradCAM(model=net, target_layers=[net.layer4[-1]]) as cam:
        maps = cam(input_tensor=x, targets=[ClassifierOutputTarget(1)])     # (N, height, width), 0 to 1

The module is turned into heatlens's network by its weights, or exported; that it computes the same is proved on the
tensor that it is first called with. Targets of pytorch-grad-cam are taken, too.

A model of Keras is saved and read; `input_tensor` is then as the model takes it, mostly N x height x width x channels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._live import live


class ClassifierOutputTarget:
    """The logit of a class. Called with a network's outputs, as pytorch-grad-cam does, it gives that."""

    def __init__(self, category: int) -> None:
        self.category = category

    def __call__(self, model_output: Any) -> Any:
        return model_output[..., self.category]


class ClassifierOutputSoftmaxTarget(ClassifierOutputTarget):
    """The probability of a class."""

    def __call__(self, model_output: Any) -> Any:
        return model_output.softmax(-1)[..., self.category]


class BinaryClassifierOutputTarget(ClassifierOutputTarget):
    """The one logit of a classifier of two classes: as it is for 1, its opposite for 0."""

    def __call__(self, model_output: Any) -> Any:
        return model_output if self.category == 1 else -model_output


class BaseCAM:
    """What all methods share; `target_layers` are modules or layers, or their names."""

    method: str

    def __init__(
        self,
        model: Any,
        target_layers: Sequence[Any] | None = None,
        reshape_transform: Callable[..., Any] | None = None,
    ) -> None:
        # Which values are feature maps is known from the network: `reshape_transform` is accepted and not needed.
        self.model = model
        self.target_layers = list(target_layers or [])
        self.outputs: np.ndarray | None = None
        self._live = live(model)

    def __call__(
        self,
        input_tensor: Any,
        targets: Sequence[Any] | None = None,
        aug_smooth: bool = False,
        eigen_smooth: bool = False,
    ) -> np.ndarray:
        """Maps of preprocessed images, N x channels x height x width for PyTorch, as (N, height, width) from 0 to 1."""
        network, layers = self._live.proved(input_tensor, self.method, self.target_layers)
        smooth = [way for way, wanted in [("aug", aug_smooth), ("eigen", eigen_smooth)] if wanted]
        combine = "mean" if len(layers) > 1 else None
        count = len(input_tensor)
        if targets is not None and len(targets) != count:
            raise ValueError(f"there are {count} images and {len(targets)} targets: give one for each image")
        maps, logits = [], []
        for number in range(count):
            target, score = ("predicted", "logit") if targets is None else _asked(targets[number])
            one = input_tensor[number : number + 1]
            e = network.explain(
                one, target, method=self.method, layer=layers or None, combine=combine, score=score, smooth=smooth
            )
            maps.append(e.map)
            logits.append(e.logits)
        self.outputs = np.stack(logits)
        return np.stack(maps)

    forward = __call__

    def __enter__(self) -> BaseCAM:
        return self

    def __exit__(self, *_: Any) -> None:
        self._live.forget()


def _asked(target: Any) -> tuple[str, str]:
    """Class and score of a target, of ours or pytorch-grad-cam's."""
    kind, category = type(target).__name__, getattr(target, "category", None)
    known = {
        "ClassifierOutputTarget": "logit",
        "ClassifierOutputSoftmaxTarget": "probability",
        "BinaryClassifierOutputTarget": "logit",
    }
    if kind not in known or category is None:
        raise TypeError(f"{kind} is no target that heatlens explains: there are {', '.join(known)}")
    return str(int(category)), known[kind]


def _cam(name: str, method: str, about: str) -> type[BaseCAM]:
    return type(name, (BaseCAM,), {"method": method, "__doc__": about, "__module__": __name__})


GradCAM = _cam("GradCAM", "gradcam", "Activations weighted by the mean of their gradients.")
GradCAMPlusPlus = _cam("GradCAMPlusPlus", "gradcam++", "Gradients weighted by how much each cell contributes.")
GradCAMElementWise = _cam("GradCAMElementWise", "gradcam-elementwise", "Positive products of gradient and activation.")
HiResCAM = _cam("HiResCAM", "hirescam", "Products of gradient and activation, summed over channels.")
XGradCAM = _cam("XGradCAM", "xgradcam", "Gradients weighted by normalised activations.")
LayerCAM = _cam("LayerCAM", "layercam", "Positive gradients weigh activations cell by cell.")
EigenCAM = _cam("EigenCAM", "eigencam", "First principal component of the activations.")
EigenGradCAM = _cam("EigenGradCAM", "eigengradcam", "First principal component of gradient times activation.")
FullGrad = _cam("FullGrad", "fullgrad", "Gradients of all biases.")
AblationCAM = _cam("AblationCAM", "ablationcam", "How far the score falls when a channel is left out.")
ScoreCAM = _cam("ScoreCAM", "scorecam", "Scores of the image seen through each channel.")
ShapleyCAM = _cam("ShapleyCAM", "shapleycam", "Shapley values to second order.")

__all__ = [
    "AblationCAM",
    "BaseCAM",
    "BinaryClassifierOutputTarget",
    "ClassifierOutputSoftmaxTarget",
    "ClassifierOutputTarget",
    "EigenCAM",
    "EigenGradCAM",
    "FullGrad",
    "GradCAM",
    "GradCAMElementWise",
    "GradCAMPlusPlus",
    "HiResCAM",
    "LayerCAM",
    "ScoreCAM",
    "ShapleyCAM",
    "XGradCAM",
]
