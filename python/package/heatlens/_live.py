"""A live module of PyTorch as heatlens's network."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np

from ._heatlens import HeatlensError
from ._model import Model, load

# The largest difference of an output, relative to the largest output, with which two networks are one.
SAME = 1e-4


class Live:
    """A module and the network that was made of it, made again where its weights have changed since."""

    def __init__(self, module: Any) -> None:
        self.module = getattr(module, "module", module) if type(module).__name__.endswith("DataParallel") else module
        self._network: Model | None = None
        self._state: Any = None

    def forget(self) -> None:
        """Let go of the network."""
        self._network = None

    def proved(self, images: Any, method: str, layers: Sequence[Any]) -> tuple[Model, list[str]]:
        """The network, which gave the module's own outputs for one of these images, and the layers as it names them."""
        paths = [self._path(layer) for layer in layers]
        state = [(tensor.data_ptr(), tensor._version) for tensor in self._tensors()]
        if self._network is None or state != self._state:
            self._network, self._state = self._made(images[:1], method, paths), state
        return self._network, [_named(path, self._network) for path in paths]

    def _path(self, layer: Any) -> str:
        """The path of a module within the whole."""
        if isinstance(layer, str):
            return layer
        path = next((name for name, module in self.module.named_modules() if module is layer), None)
        if path is None:
            raise ValueError("a target layer is no part of the model")
        return path

    def _tensors(self) -> list[Any]:
        return [*self.module.parameters(), *self.module.buffers()]

    def _made(self, image: Any, method: str, paths: list[str]) -> Model:
        expected = self._outputs(image)
        failures = []
        for way in (self._by_weights, self._by_export):
            try:
                network = way(image)
                # With the question that is asked next, so that the network is compiled once.
                layers = [_named(path, network) for path in paths]
                found = network.explain(image, method=method, layer=layers or None).logits
            except Exception as error:
                failures.append(f"{way.__doc__}: {error}")
                continue
            # A classifier of one logit has two classes here.
            found = found[1:] if expected.size == 1 and found.size == 2 else found
            if found.shape == expected.shape and np.abs(found - expected).max() <= SAME * np.abs(expected).max():
                return network
            failures.append(f"{way.__doc__}: the module's outputs are {expected[:8]} and heatlens's {found[:8]}")
        raise HeatlensError("the module cannot be turned into a network that computes the same.\n" + "\n".join(failures))

    def _outputs(self, image: Any) -> np.ndarray:
        """What the module itself says of an image, as in evaluation."""
        import torch

        was_training = self.module.training
        self.module.eval()
        try:
            with torch.no_grad():
                weight = next(self.module.parameters(), None)
                out = self.module(image if weight is None else image.to(weight.device, weight.dtype))
        finally:
            self.module.train(was_training)
        if not hasattr(out, "detach"):
            raise HeatlensError(f"the module returns {type(out).__name__}: heatlens explains one tensor of class scores")
        return out.detach().cpu().float().numpy()[0].reshape(-1)

    def _by_weights(self, image: Any) -> Model:
        """by its weights"""
        import torch

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, f"{type(self.module).__name__.lower()}.pth")
            torch.save({name: tensor.detach().cpu() for name, tensor in self.module.state_dict().items()}, path)
            return load(path)

    def _by_export(self, image: Any) -> Model:
        """by torch.onnx.export"""
        import copy

        import torch

        module = copy.deepcopy(self.module).cpu().float().eval()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.onnx")
            torch.onnx.export(module, (image.detach().cpu().float(),), path, dynamo=True, verbose=False)
            return load(path)


def _named(path: str, network: Model) -> str:
    """A module's path as the network has it: one that was recognised by its weights has lost what it was wrapped in."""
    parts = path.split(".")
    shorter = [".".join(parts[start:]) for start in range(len(parts))]
    return next((name for name in shorter if network.has_layer(name)), path)
