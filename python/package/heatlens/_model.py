"""A trained model, and images of every kind that Python has."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from . import _heatlens
from ._explaining import Writing, begin
from ._heatlens import Explanation

if TYPE_CHECKING:
    from typing_extensions import Unpack

Names = Union[str, Sequence[str]]


def load(
    path: str | os.PathLike[str],
    *,
    classes: Sequence[str] | None = None,
    arch: str | None = None,
    weights: str | None = None,
    output: str | None = None,
    head: str | None = None,
    preprocess: str | os.PathLike[str] | None = None,
) -> Model:
    """Read a trained model: a checkpoint (.pth, .pt, .ckpt, .bin, .safetensors), a Keras model (.h5, .keras) or ONNX.

    classes      names in the order of training
    arch         the architecture, where it cannot be inferred
    weights      the part of a checkpoint that holds the weights, where it holds several networks
    output       the output that holds the class scores, where there are several
    head         what outputs stand for: softmax, sigmoid, multilabel or regression
    preprocess   that of training: a preset (imagenet, imagenet-exact, keras-tf ...), `timm:FILE`, `hf:FILE`, or a TOML file

    What was assumed stands in `model.notes`. A file that cannot be used raises ModelError.

    >>> hl.load("best_model.pth", classes=["normal", "glaucoma"])
    Model(shufflenet_v2_x0_5; normal, glaucoma)
    """
    preprocess = None if preprocess is None else os.fspath(preprocess)
    known = None if classes is None else list(classes)
    options: dict[str, Any] = {"arch": arch, "weights": weights, "output": output, "head": head, "preprocess": preprocess}
    return Model(_heatlens.load(path, classes=known, **options), (os.path.abspath(path), {"classes": known, **options}))


def _load_again(path: str, options: dict[str, Any]) -> Model:
    return load(path, **options)


class Model:
    """A trained classifier: its network, classes and preprocessing.

    Threads may share it, and so may processes made by `fork`. Sent to another process it is read there again, of the same
    file.
    """

    def __init__(self, read: _heatlens.Model, again: tuple[str, dict[str, Any]] | None = None) -> None:
        self._read = read
        self._again = again

    def __reduce__(self) -> tuple[Any, ...]:
        if self._again is None:
            raise TypeError("the network was made of a live module and has no file to be read again: send the module on")
        return _load_again, self._again

    @property
    def classes(self) -> list[str]:
        """Class names in the order of the logits."""
        return self._read.classes

    @property
    def architecture(self) -> str | None:
        """The architecture's name, where known."""
        return self._read.architecture

    @property
    def notes(self) -> list[str]:
        """What was assumed while reading, a sentence each."""
        return self._read.notes

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of the network's input."""
        return self._read.input_size

    @property
    def preprocess(self) -> str:
        """What happens to a photograph before the network sees it, in words."""
        return self._read.preprocess

    @property
    def default_layer(self) -> str:
        """The layer explained where none is asked for: the last feature map before the classifier."""
        return self._read.default_layer

    def layers(self) -> list[str]:
        """Layers worth explaining, from the input to the logits."""
        return self._read.layers()

    def has_layer(self, expression: str) -> bool:
        """Whether an expression such as `layer4[-1]` names a layer that can be explained."""
        return self._read.has_layer(expression)

    def explain(
        self,
        image: Any,
        target: Names = "predicted",
        *,
        method: Names = "gradcam",
        layer: Names | None = None,
        combine: str | None = None,
        score: str = "logit",
        smooth: Names = (),
    ) -> Any:
        """Explain an image: what the network says, and where it looks.

        image    a path; a PIL image; a photograph as uint8, height x width x 3; or images that are already preprocessed, as
                 float, N x channels x height x width (a NumPy array or a tensor): then a list where N is above 1
        target   a class by name or index, `predicted`, `all`, or `A vs B`; or several
        method   one of `heatlens.METHODS`, in any spelling; or several
        layer    as `layer4[-1]`; or several; the last feature map before the classifier where None
        combine  how the maps of several layers become one: `mean` or `max`; each stands for itself where None
        score    what is explained of a class: `logit` or `probability`
        smooth   `aug`, `eigen`, or both

        >>> e = model.explain(eye, "glaucoma vs normal", method=["gradcam++", "layercam"], layer="stage4[-1]")
        >>> [(map.method, map.target, map.raw.shape) for map in e.maps]
        [('gradcam++', 'glaucoma vs normal', (7, 7)), ('layercam', 'glaucoma vs normal', (7, 7))]
        """
        asked = (names(target), names(method), names(layer), combine, score, names(smooth))
        if isinstance(image, (str, os.PathLike)):
            return self._read._explain_file(image, asked)
        array = _array(image)
        if array.ndim == 4:
            explained = self._read._explain_tensor(np.ascontiguousarray(array, dtype=np.float32), asked)
            return explained[0] if len(explained) == 1 else explained
        if array.dtype != np.uint8:
            raise TypeError(
                f"a photograph is uint8, height x width x 3, with levels from 0 to 255, and this is {array.dtype} of shape "
                f"{array.shape}; preprocessed images are N x channels x height x width"
            )
        if array.ndim == 2:
            array = np.repeat(array[..., None], 3, axis=2)
        if array.ndim == 3 and array.shape[2] == 4:
            array = array[..., :3]
        if array.ndim != 3:
            raise ValueError(f"a photograph is height x width x 3, and this is {array.shape}")
        return self._read._explain_pixels(np.ascontiguousarray(array), asked)

    def explain_many(
        self,
        images: Any,
        target: Names | None = None,
        *,
        method: Names = "gradcam",
        layer: Names | None = None,
        combine: str | None = None,
        score: str = "logit",
        smooth: Names = (),
        out: str | os.PathLike[str] | None = None,
        **writing: Unpack[Writing],
    ) -> Iterator[Explanation]:
        """Explain one image after the other: those of a folder in the order of their names, or of any sequence.

        out      a folder for what `heatlens explain` writes, file by file the same bytes: panels, maps, predictions.csv,
                 index.html, contact sheets, run.json. Several images are worked on at once, and an `Explaining` hands on
                 what is done. Images are then paths: of files, folders, patterns (`eyes/*.png`), or a sequence of these
        writing  the command's other options by their names, as `labels="folders"`: see `heatlens.Writing`

        The predicted class is explained where no target is asked for; with `out`, of a network of labels or values each.

        >>> many = model.explain_many("photos/", labels="folders", out="out/", limit=4)
        >>> [e.label for e in many], many.summary["images"]
        (['glaucoma', 'glaucoma', 'normal', 'normal'], 4)
        """
        if out is not None:
            asked = (names(target), names(method), names(layer), combine, score, names(smooth))
            return begin(self._read, images, out, asked, writing)
        if writing:
            raise TypeError(f"{', '.join(writing)}: said of what is written, and nothing is: name a folder, as out=\"out/\"")
        if isinstance(images, (str, os.PathLike)) and os.path.isdir(images):
            images = _photographs(os.fspath(images))
        asks: dict[str, Any] = {"method": method, "layer": layer, "combine": combine, "score": score, "smooth": smooth}
        return (self.explain(image, "predicted" if target is None else target, **asks) for image in images)

    def __repr__(self) -> str:
        return repr(self._read)


def names(said: Any) -> list[str]:
    """One name, several, or none."""
    if said is None:
        return []
    if isinstance(said, (str, int, np.integer, os.PathLike)):
        return [str(said)]
    return [str(name) for name in said]


def _array(image: Any) -> np.ndarray:
    """Arrays as they are; tensors from wherever they lie; pictures of PIL as RGB."""
    if isinstance(image, np.ndarray):
        return image
    if hasattr(image, "detach"):
        return image.detach().cpu().float().numpy()
    if hasattr(image, "convert"):
        return np.asarray(image.convert("RGB"))
    return np.asarray(image)


def _photographs(folder: str) -> Iterator[str]:
    for root, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if name.lower().endswith(_heatlens.EXTENSIONS):
                yield os.path.join(root, name)
