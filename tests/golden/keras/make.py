"""Makes `keras2.zip` or `keras3.zip`: Keras models, and what TensorFlow computes with them.

    python make.py keras2.zip        # with tensorflow 2.15
    python make.py keras3.zip        # with tensorflow 2.21 and Keras 3.15

Each archive holds small files as Keras writes them (`NAME.h5`, `NAME.keras`), whole families of
`keras.applications` as skeletons (`NAME.h5.json`, `NAME.keras.json`: what the file says besides its
weights, and the path, shape and key of each weight, which is computed from the key), and
`expected.json`: logits of the image of the same formula, the raw GradCAM map of class 1 at a layer.
"""

import json
import os
import sys
import tempfile
import zipfile
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import h5py
import numpy as np
import tensorflow as tf
from tensorflow import keras

HERE = Path(__file__).parent
L, A = keras.layers, keras.applications
NEW = not keras.__name__.startswith("keras.api._v2") and hasattr(keras, "ops")


def uniform(name, count):
    """Uniform in [-1, 1), by FNV-1a of the name and SplitMix64."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(state) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(40)).astype(np.int64) - (1 << 23)).astype(np.float32) / np.float32(1 << 23)


def formula(key, shape):
    """A weight: kernels keep the size of what goes through them, statistics are near 0 and 1."""
    elements = uniform(key, int(np.prod(shape, dtype=np.int64))).reshape(shape)
    leaf = key.rsplit("/", 1)[-1].split(":")[0]
    if leaf in ("moving_variance", "variance"):
        scale, offset = 0.5, 1.0
    elif leaf == "gamma":
        scale, offset = 0.2, 1.0
    elif len(shape) == 4 and ("depthwise" in key or shape[3] == 1):
        scale, offset = np.sqrt(6.0 / (shape[0] * shape[1])), 0.0
    elif len(shape) > 1:
        scale, offset = np.sqrt(6.0 / np.prod(shape[:-1])), 0.0
    else:
        scale, offset = 0.1, 0.0
    return (np.float32(offset) + np.float32(scale) * elements).astype(np.float32)


def datasets(file):
    found = {}
    file.visititems(lambda name, item: found.update({name: item}) if isinstance(item, h5py.Dataset) else None)
    return found


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def attributes(group):
    return {k: [text(v) for v in a] if isinstance(a, np.ndarray) else text(a) for k, a in group.attrs.items()}


def filled(model, folder):
    """The same model with weights by the formula, by way of its own file; and where they are."""
    path = folder / "model.h5"
    model.save(path)
    with h5py.File(path, "r+") as file:
        for name, data in datasets(file).items():
            data[...] = formula(name, data.shape)
    return keras.models.load_model(path, compile=False), path


def skeleton_of_h5(path):
    with h5py.File(path) as file:
        groups = {"": attributes(file)}
        file.visititems(lambda name, item: groups.update({name: attributes(item)}) if isinstance(item, h5py.Group) else None)
        return {"attributes": {k: v for k, v in groups.items() if v}, "datasets": {k: [k, v.shape] for k, v in datasets(file).items()}}


def skeleton_of_archive(path, folder, source):
    """Weights have numbers for names in it: their keys are those of equal ones in `source`."""
    with h5py.File(source) as file:
        keys = {v[...].tobytes(): k for k, v in datasets(file).items()}
    with zipfile.ZipFile(path) as archive:
        archive.extract("model.weights.h5", folder)
        said = {name: archive.read(name).decode() for name in ("config.json", "metadata.json")}
    with h5py.File(folder / "model.weights.h5") as file:
        return {"files": said, "datasets": {k: [keys[v[...].tobytes()], v.shape] for k, v in datasets(file).items()}}


def image(shape):
    return uniform("image/" + "x".join(map(str, shape)), int(np.prod(shape))).reshape(1, *shape)


def unsquashed(model):
    """The model without the softmax or sigmoid at its end."""
    last = model.layers[-1]
    while hasattr(last, "layers"):
        last = last.layers[-1]
    if getattr(getattr(last, "activation", None), "__name__", "") in ("softmax", "sigmoid"):
        last.activation = keras.activations.linear
    return model


def within(model, path):
    """The layer of this path, and the models around it."""
    around = []
    while True:
        names = [l.name for l in model.layers if path == l.name or path.startswith(l.name + ".")]
        layer = model.get_layer(max(names, key=len))
        if path == layer.name:
            return layer, around
        around.append(layer)
        path, model = path[len(layer.name) + 1:], layer


def expected(model, shape, layer):
    """Logits, and the raw GradCAM map of class 1 where a layer is named: its value is caught as it is made, so
    that networks within networks are no matter."""
    model, x = unsquashed(model), image(shape)
    logits = np.asarray(model(x, training=False))
    result = {"shape": list(shape), "logits": logits[0].tolist()}
    if layer is None:
        return result
    target, around = within(model, layer)
    caught, call = [], target.call
    with tf.GradientTape() as tape:
        def catching(*args, **kwargs):
            caught.append(call(*args, **kwargs))
            tape.watch(caught[-1])
            return caught[-1]
        target.call = catching
        target._call_has_training_arg = getattr(target, "_call_has_training_arg", False)
        with tf.init_scope() if False else tf.name_scope("eager"):
            score = model(tf.constant(x), training=False)
        score = score[:, min(1, score.shape[1] - 1)]
    del target.call
    gradient = np.asarray(tape.gradient(score, caught[0]), dtype=np.float64)[0]
    cam = (np.asarray(caught[0], dtype=np.float64)[0] * gradient.mean((0, 1))).sum(-1)
    result.update(layer=layer, cam=cam.tolist())
    return result


def head(base, classes=3):
    return keras.Sequential([base, L.GlobalAveragePooling2D(), L.Dropout(0.2), L.Dense(classes, activation="softmax")])


def flat(base, classes=3):
    """The same as one graph of layers."""
    y = L.GlobalAveragePooling2D()(base.output)
    return keras.Model(base.input, L.Dense(classes, activation="softmax", name="scores")(y))


# Each family with the layer that a paper would explain; the last one where none is named.
SMALL = dict(weights=None, include_top=False)
FAMILIES = {
    "vgg16": (lambda s: A.VGG16(input_shape=s, **SMALL), 64, "block5_conv3"),
    "resnet50": (lambda s: A.ResNet50(input_shape=s, **SMALL), 64, None),
    "resnet50v2": (lambda s: A.ResNet50V2(input_shape=s, **SMALL), 64, None),
    "densenet121": (lambda s: A.DenseNet121(input_shape=s, **SMALL), 64, None),
    "mobilenet": (lambda s: A.MobileNet(input_shape=s, **SMALL), 64, None),
    "mobilenetv2": (lambda s: A.MobileNetV2(input_shape=s, **SMALL), 64, None),
    "mobilenetv3small": (lambda s: A.MobileNetV3Small(input_shape=s, **SMALL), 64, None),
    "mobilenetv3large": (lambda s: A.MobileNetV3Large(input_shape=s, **SMALL), 64, None),
    "efficientnetb0": (lambda s: A.EfficientNetB0(input_shape=s, **SMALL), 64, None),
    "efficientnetv2b0": (lambda s: A.EfficientNetV2B0(input_shape=s, **SMALL), 64, None),
    "inceptionv3": (lambda s: A.InceptionV3(input_shape=s, **SMALL), 107, None),
    "inceptionresnetv2": (lambda s: A.InceptionResNetV2(input_shape=s, **SMALL), 107, None),
    "xception": (lambda s: A.Xception(input_shape=s, **SMALL), 75, None),
    "nasnetmobile": (lambda s: A.NASNetMobile(input_shape=s, **SMALL), 64, None),
    "convnexttiny": (lambda s: A.ConvNeXtTiny(input_shape=s, **SMALL), 64, None),
}


def families(archive, results, folder):
    for family, (make, side, layer) in FAMILIES.items():
        for form in ("nested.h5", "flat.keras") if not NEW else ("nested.keras", "flat.h5", "nested.h5"):
            keras.backend.clear_session()
            shape = (side, side, 3)
            base = make(shape)
            last = layer or base.layers[-1].name
            nested, kind = form.startswith("nested"), form.split(".")[1]
            target = f"{base.name}.{last}" if nested else last
            model, path = filled(head(base) if nested else flat(base), folder)
            if kind == "keras":
                model.save(folder / "model.keras")
                skeleton = skeleton_of_archive(folder / "model.keras", folder, path)
            else:
                skeleton = skeleton_of_h5(path)
            name = f"{family}-{form}"
            archive.writestr(f"{name}.json", json.dumps(skeleton))
            results[name] = expected(model, shape, target)
            print(name, results[name]["logits"], flush=True)
