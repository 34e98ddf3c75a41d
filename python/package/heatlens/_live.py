"""A live module of PyTorch or model of Keras as heatlens's network."""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ._heatlens import HeatlensError
from ._model import Model, load

# The largest difference of an output, relative to the largest output, with which two networks are one.
SAME = 1e-4


def live(model: Any) -> Live:
    """A module or model that is explained as it is now."""
    if hasattr(model, "named_modules"):
        return LiveModule(model)
    if hasattr(model, "get_layer") and hasattr(model, "save"):
        return LiveKeras(model)
    raise TypeError(f"{type(model).__name__} is neither a module of PyTorch nor a model of Keras")


class Live:
    """What is alive, and the network that was made of it, made again where its weights have changed since."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self._network: Model | None = None
        self._state: Any = None

    def forget(self) -> None:
        """Let go of the network."""
        self._network = None

    def proved(self, images: Any, method: str, layers: Sequence[Any]) -> tuple[Model, list[str]]:
        """The network, which gave the model's own outputs for one of these images, and the layers as it names them."""
        paths = [layer if isinstance(layer, str) else self._path(layer) for layer in layers]
        state = self._weights()
        if self._network is None or state != self._state:
            self._network, self._state = self._made(images[:1], method, paths), state
        return self._network, [_named(path, self._network) for path in paths]

    def _made(self, image: Any, method: str, paths: list[str]) -> Model:
        expected = self._outputs(image)
        failures = []
        for way in self._ways():
            try:
                with tempfile.TemporaryDirectory() as folder:
                    network = load(way(image, folder))
                # Its file is gone.
                network._again = None
                # With the question that is asked next, so that the network is compiled once.
                layers = [_named(path, network) for path in paths]
                explained = network.explain(image, method=method, layer=layers or None)
            except Exception as error:
                failures.append(f"{way.__doc__}: {error}")
                continue
            # Keras's models may end in their softmax. A classifier of one output has two classes here.
            found = [scores[-expected.size :] for scores in (explained.logits, explained.probabilities)]
            if any(_is_same(scores, expected) for scores in found):
                return network
            failures.append(f"{way.__doc__}: the model's outputs are {expected[:8]} and heatlens's {found[0][:8]}")
        raise HeatlensError("the model cannot be turned into a network that computes the same.\n" + "\n".join(failures))

    def _path(self, layer: Any) -> str:
        """The path of a layer within the whole."""
        raise NotImplementedError

    def _weights(self) -> Any:
        """What changes with the weights."""
        raise NotImplementedError

    def _outputs(self, image: Any) -> np.ndarray:
        """What the model itself says of an image, as in evaluation: one value an output."""
        raise NotImplementedError

    def _ways(self) -> Sequence[Callable[[Any, str], str]]:
        """What writes it to a file in a folder, the best way first."""
        raise NotImplementedError


class LiveModule(Live):
    """A module of PyTorch."""

    def __init__(self, module: Any) -> None:
        super().__init__(getattr(module, "module", module) if type(module).__name__.endswith("DataParallel") else module)

    def _path(self, layer: Any) -> str:
        path = next((name for name, module in self.model.named_modules() if module is layer), None)
        if path is None:
            raise ValueError("a target layer is no part of the model")
        return path

    def _weights(self) -> Any:
        return [(tensor.data_ptr(), tensor._version) for tensor in (*self.model.parameters(), *self.model.buffers())]

    def _outputs(self, image: Any) -> np.ndarray:
        import torch

        was_training = self.model.training
        self.model.eval()
        try:
            with torch.no_grad():
                weight = next(self.model.parameters(), None)
                out = self.model(image if weight is None else image.to(weight.device, weight.dtype))
        finally:
            self.model.train(was_training)
        if not hasattr(out, "detach"):
            raise HeatlensError(f"the module returns {type(out).__name__}: heatlens explains one tensor of class scores")
        return out.detach().cpu().float().numpy()[0].reshape(-1)

    def _ways(self) -> Sequence[Callable[[Any, str], str]]:
        return (self._by_weights, self._by_export)

    def _by_weights(self, image: Any, folder: str) -> str:
        """by its weights"""
        import torch

        path = os.path.join(folder, f"{type(self.model).__name__.lower()}.pth")
        torch.save({name: tensor.detach().cpu() for name, tensor in self.model.state_dict().items()}, path)
        return path

    def _by_export(self, image: Any, folder: str) -> str:
        """by torch.onnx.export"""
        import copy

        import torch

        module = copy.deepcopy(self.model).cpu().float().eval()
        path = os.path.join(folder, "model.onnx")
        torch.onnx.export(module, (image.detach().cpu().float(),), path, dynamo=True, verbose=False)
        return path


class LiveKeras(Live):
    """A model of Keras, whatever computes it."""

    def _path(self, layer: Any) -> str:
        path = next((name for name, known in _layers(self.model) if known is layer), None)
        if path is None:
            raise ValueError("a target layer is no part of the model")
        return path

    def _weights(self) -> Any:
        return [zlib.crc32(weight.tobytes()) for weight in self.model.get_weights()]

    def _outputs(self, image: Any) -> np.ndarray:
        out = self.model(image, training=False)
        if isinstance(out, (list, tuple, dict)):
            raise HeatlensError(f"the model returns {len(out)} outputs: heatlens explains one tensor of class scores")
        out = out.detach().cpu() if hasattr(out, "detach") else out
        return np.asarray(out, dtype=np.float32)[0].reshape(-1)

    def _ways(self) -> Sequence[Callable[[Any, str], str]]:
        return (self._by_file,)

    def _by_file(self, image: Any, folder: str) -> str:
        """by its .keras file"""
        path = os.path.join(folder, "model.keras")
        self.model.save(path)
        return path


def _layers(model: Any, within: str = "") -> Iterator[tuple[str, Any]]:
    """The layers of a model and of the models within it, each by its path: `resnet50.conv5_block3_out`."""
    for layer in model.layers:
        yield within + layer.name, layer
        if hasattr(layer, "layers"):
            yield from _layers(layer, f"{within}{layer.name}.")


def _is_same(found: np.ndarray, expected: np.ndarray) -> bool:
    return found.shape == expected.shape and bool(np.abs(found - expected).max() <= SAME * np.abs(expected).max())


def _named(path: str, network: Model) -> str:
    """A module's path as the network has it: one that was recognised by its weights has lost what it was wrapped in."""
    parts = path.split(".")
    shorter = [".".join(parts[start:]) for start in range(len(parts))]
    return next((name for name in shorter if network.has_layer(name)), path)
