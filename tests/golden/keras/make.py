"""Makes four archives of Keras models, and what TensorFlow computes with them.

    python make.py        # with tensorflow 2.15, and again with tensorflow 2.21 and Keras 3.15

`layers2.zip` and `layers3.zip` hold small files as either version writes them (`NAME.h5`,
`NAME.keras`); `families2.zip` and `families3.zip` whole families of `keras.applications` as skeletons
(`NAME.h5.json`, `NAME.keras.json`): what the file says besides its weights, and the path, shape and
key of each weight, which is computed from the key. `expected.json` in each has the logits of the
image of the same formula, and the raw GradCAM map of class 1 at a layer.
"""

import gc
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


def formula(key, shape, gain=1.0):
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
    if len(shape) == 4:
        scale *= gain
    return (np.float32(offset) + np.float32(scale) * elements).astype(np.float32)


def datasets(file):
    found = {}
    file.visititems(lambda name, item: found.update({name: item}) if isinstance(item, h5py.Dataset) else None)
    return found


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def attributes(group):
    return {k: [text(v) for v in a] if isinstance(a, np.ndarray) else text(a) for k, a in group.attrs.items()}


def filled(model, folder, gain=1.0):
    """Gives a model weights by the formula; and its own .h5 file."""
    for variable in model.weights:
        variable.assign(formula(key(variable), variable.shape, gain))
    finalise(model)
    model.save(folder / "model.h5")
    return folder / "model.h5"


def finalise(model):
    """Lets layers that keep something made of their weights make it anew (Normalization)."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            finalise(layer)
        elif hasattr(layer, "finalize_state"):
            layer.finalize_state()


def key(variable):
    return variable.path if NEW else variable.name


def keyed(file, model):
    """Path, key and shape of each weight in a file, which may have other names for them."""
    keys = {np.asarray(v).tobytes(): key(v) for v in model.weights}
    # All but the states of random generators.
    held = {name: data for name, data in datasets(file).items() if data[...].tobytes() in keys}
    return {name: [keys[data[...].tobytes()], data.shape] for name, data in held.items()}


def skeleton_of_h5(path, model):
    with h5py.File(path) as file:
        groups = {"": attributes(file)}
        file.visititems(lambda name, item: groups.update({name: attributes(item)}) if isinstance(item, h5py.Group) else None)
        return {"attributes": {k: v for k, v in groups.items() if v}, "datasets": keyed(file, model)}


def skeleton_of_archive(path, folder, model):
    with zipfile.ZipFile(path) as archive:
        archive.extract("model.weights.h5", folder)
        said = {name: archive.read(name).decode() for name in ("config.json", "metadata.json")}
    with h5py.File(folder / "model.weights.h5") as file:
        return {"files": said, "datasets": keyed(file, model)}


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
    """The layer of this path; names may have dots of their own."""
    while True:
        names = [l.name for l in model.layers if path == l.name or path.startswith(l.name + ".")]
        layer = model.get_layer(max(names, key=len))
        if path == layer.name:
            return layer
        path, model = path[len(layer.name) + 1:], layer


def expected(model, shape, layer):
    """Logits, and the raw GradCAM map of class 1 where a layer is named: its value is caught as it is made, so
    that networks within networks are no matter."""
    model, x = unsquashed(model), image(shape)
    logits = np.asarray(model(x, training=False))
    result = {"shape": list(shape), "logits": logits[0].tolist()}
    if layer is None:
        return result
    target = within(model, layer)
    caught, call = [], target.call
    with tf.GradientTape() as tape:
        def catching(*args, **kwargs):
            caught.append(call(*args, **kwargs))
            tape.watch(caught[-1])
            return caught[-1]
        target.call = catching
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


# Rounding grows a thousandfold in it unless its kernels are smaller.
DAMPED = {"efficientnetv2b0": 0.5}

# These are in every form, the others in one or two.
IN_EVERY_FORM = ["resnet50", "densenet121", "mobilenetv2", "mobilenetv3small", "efficientnetb0"]


def families(archive, results, folder):
    for family, (make, side, layer) in FAMILIES.items():
        forms = ["nested.keras", "flat.h5", "nested.h5"] if NEW else ["nested.h5", "flat.keras"]
        for form in forms if family in IN_EVERY_FORM else forms[: 2 if NEW else 1]:
            keras.backend.clear_session()
            shape = (side, side, 3)
            base = make(shape)
            last = layer or base.layers[-1].name
            nested, kind = form.startswith("nested"), form.split(".")[1]
            target = f"{base.name}.{last}" if nested else last
            model = head(base) if nested else flat(base)
            gain = DAMPED.get(family, 1.0)
            path = filled(model, folder, gain)
            if kind == "keras":
                model.save(folder / "model.keras")
                skeleton = skeleton_of_archive(folder / "model.keras", folder, model)
            else:
                skeleton = skeleton_of_h5(path, model)
            name = f"{family}-{form}"
            archive.writestr(f"{name}.json", json.dumps({**skeleton, "gain": gain}))
            results[name] = expected(model, shape, target)
            print(name, results[name]["logits"], flush=True)


def networks():
    """Small networks of all layers, by name: the model, and the layer that is explained."""
    made = {}

    def add(name, layers, side=16, channels=3, layer=None):
        model = keras.Sequential([keras.Input((side, side, channels)), *layers]) if isinstance(layers, list) else layers
        made[name] = (model, layer)

    pool = lambda n=3: [L.GlobalAveragePooling2D(), L.Dense(n)]
    add("convolutions", [L.Conv2D(6, 3, strides=2, padding="same"), L.Conv2D(8, (3, 2), dilation_rate=(2, 1), groups=2), L.DepthwiseConv2D(3, depth_multiplier=2, padding="same"), L.SeparableConv2D(5, 3, strides=2, padding="same", activation="relu", name="features"), *pool()], layer="features")
    add("transposed", [L.Conv2D(4, 3, padding="same"), L.Conv2DTranspose(5, 3, strides=2, padding="same"), L.Conv2DTranspose(3, 2, strides=3), L.Conv2DTranspose(4, 4, strides=2, use_bias=False, activation="tanh"), *pool()], side=6)
    add("normalisations", [L.Conv2D(8, 3), L.BatchNormalization(scale=False), L.BatchNormalization(center=False, epsilon=0.01), L.LayerNormalization(), L.GroupNormalization(4), L.GroupNormalization(-1, scale=False), L.UnitNormalization(), L.Dense(6, activation="relu"), L.GlobalAveragePooling2D(), L.BatchNormalization(), L.LayerNormalization(center=False), L.Dense(2, activation="sigmoid")])
    add("activations", [L.Conv2D(6, 3), *[L.Activation(a) for a in ("elu", "selu", "softplus", "softsign", "swish", "gelu", "tanh", "hard_sigmoid", "exponential", "linear", "relu6" if NEW else tf.nn.relu6)], L.Conv2D(6, 3), L.ReLU(4.0, 0.1, 0.5), L.LeakyReLU(0.2), L.ELU(0.7), L.PReLU(), L.Conv2D(4, 3), L.PReLU(shared_axes=[1, 2]), L.ReLU(6.0), L.Softmax(), *pool(4), L.Activation("softmax")])
    add("pooling", [L.Conv2D(6, 3), L.MaxPooling2D(3, 2, padding="same"), L.AveragePooling2D(3, 1, padding="same"), L.AveragePooling2D(2), L.Conv2D(4, 1, activation="relu", name="features"), L.GlobalMaxPooling2D(keepdims=True), L.Flatten(), L.Dense(2, activation="softmax")], layer="features")
    add("shapes", [L.ZeroPadding2D(((1, 2), (0, 3))), L.Cropping2D(((0, 1), (2, 1))), L.Conv2D(4, 3), L.UpSampling2D(2), L.UpSampling2D((1, 2), interpolation="bilinear"), L.Conv2D(4, 3, strides=2), L.Permute((2, 1, 3)), L.Conv2D(2, 3, name="features"), L.Reshape((-1, 7)), L.Dense(3), L.Flatten(), L.Dense(7, activation="relu"), L.Reshape((1, 1, 7)), L.Conv2D(4, 1), L.Flatten(), L.Dense(1, activation="sigmoid")], side=10)
    add("flattened", [L.Conv2D(4, 3, activation="relu", name="features"), L.Flatten(), L.Dropout(0.5), L.Dense(8, activation="relu"), L.Dense(3, activation="softmax")], side=7, layer="features")
    add("preprocessing", [L.Resizing(12, 12), L.CenterCrop(10, 9), L.RandomFlip(), L.RandomRotation(0.1), L.GaussianNoise(0.1), L.Rescaling(1 / 127.5, offset=-1), L.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 0.5]), L.Normalization(), L.Conv2D(4, 3), *pool()], side=15)
    add("grey", [L.Rescaling([2.0]), L.Conv2D(4, 3), *pool(1)], channels=1)
    x = keras.Input((12, 12, 3))
    a, b = L.Conv2D(4, 3, name="a")(x), L.Conv2D(4, 3, name="b")(x)
    shared = L.Conv2D(4, 3, padding="same", name="shared")
    y = L.Concatenate()([L.Add()([a, b]), L.Subtract()([a, b]), L.Multiply()([a, b]), L.Average()([a, b]), L.Maximum()([a, b]), L.Minimum()([a, b])])
    y = L.Concatenate(axis=1)([shared(L.Conv2D(4, 1)(y)), shared(a)])
    gate = L.Dense(4, activation="sigmoid")(L.GlobalAveragePooling2D()(y))
    y = L.Multiply(name="features")([y, L.Reshape((1, 1, 4))(gate)])
    add("merged", keras.Model(x, L.Dense(2, activation="softmax")(L.GlobalAveragePooling2D()(y))), layer="features")
    x = keras.Input((10, 10, 3))
    y = A.mobilenet_v2.preprocess_input(x * 20.0)
    y = A.resnet.preprocess_input(y)
    y = y[:, 1:-1, ::-1] * np.array([1.0, 2.0, 0.5], np.float32)
    y = L.Conv2D(4, 3, name="features")(0.01 * y)
    if NEW:
        o = keras.ops
        y = o.concatenate([y, o.clip(y, 0, 1), o.relu(y), o.sigmoid(y), o.abs(y), -y, o.silu(y)], axis=-1)
        z = o.mean(y, axis=[1, 2]) + o.max(y, axis=(1, 2)) - o.sum(o.square(y), axis=(1, 2), keepdims=False) / 9.0
        z = o.squeeze(o.expand_dims(z, 1), 1)
        z = o.reshape(z, (-1, 4, 7))
        z = o.transpose(z, (0, 2, 1))[:, 2]
    else:
        y = tf.concat([y, tf.clip_by_value(y, 0, 1), tf.nn.relu(y), tf.sigmoid(y), tf.abs(y), -y, tf.nn.silu(y)], axis=-1)
        z = tf.reduce_mean(y, axis=[1, 2]) + tf.reduce_max(y, axis=(1, 2)) - tf.reduce_sum(tf.square(y), axis=(1, 2)) / 9.0
        z = tf.squeeze(tf.expand_dims(z, 1), 1)
        z = tf.reshape(z, (-1, 4, 7))
        z = tf.transpose(z, (0, 2, 1))[:, 2]
    add("operations", keras.Model(x, L.Dense(2)(z)))
    inner = keras.Sequential([keras.Input((8, 8, 4)), L.Conv2D(4, 3, name="conv"), L.ReLU(name="relu")], name="inner")
    i = keras.Input((10, 10, 3))
    middle = keras.Model(i, inner(L.BatchNormalization()(L.Conv2D(4, 3, name="conv2")(i))), name="middle")
    middle.get_layer("conv2").trainable = False
    add("deep", keras.Sequential([keras.Input((10, 10, 3)), L.Rescaling(1 / 255.0), keras.Sequential([middle, L.Dropout(0.1)], name="outer"), L.GlobalAveragePooling2D(), keras.Sequential([L.Dense(5, activation="relu"), L.Dense(2, use_bias=False, activation="softmax")], name="top")]), layer="outer.middle.inner.relu")
    x = keras.Input((9, 9, 3))
    y = L.GlobalAveragePooling2D()(L.Conv2D(4, 3)(x))
    add("two", keras.Model(x, [L.Dense(2, name="disease")(y), L.Dense(3, name="stage")(y)]))
    return made


def small(archive, results, folder):
    """Real files, with gzip, shuffle and chunks in one of them."""
    for name, (model, layer) in networks().items():
        path = filled(model, folder)
        shape = model.input_shape[1:]
        if name == "pooling":
            with h5py.File(path, "r+") as file:
                for key, data in datasets(file).items():
                    values = data[...]
                    del file[key]
                    half = max(1, values.shape[0] // 2 + 1)
                    file.create_dataset(key, data=values, chunks=(half, *values.shape[1:]), compression="gzip", shuffle=True, fletcher32=True)
        archive.write(path, f"{name}.h5")
        # Keras 2.15 cannot write the dots of `x[..., 0]` into this form.
        if NEW or name != "operations":
            model.save(folder / "small.keras")
            archive.write(folder / "small.keras", f"{name}.keras")
        if name == "two":
            y = model(image(shape))
            results[name] = {"shape": list(shape), "outputs": {key: np.asarray(v)[0].tolist() for key, v in zip(("disease", "stage"), y)}}
        else:
            results[name] = expected(model, shape, layer)
        print(name, results[name].get("logits"), flush=True)
    model = keras.Sequential([keras.Input((4, 4, 3)), L.Lambda(lambda x: x * 2, name="twice"), L.Flatten(), L.Dense(2)])
    model.save(folder / "lambda.h5")
    archive.write(folder / "lambda.h5", "refused/lambda.h5")
    model = keras.Sequential([keras.Input((4, 4, 3)), L.Flatten(), L.Dense(2)])
    model.save_weights(folder / "only.weights.h5")
    # Keras 2.15 leaves the file open until it is collected.
    gc.collect()
    archive.write(folder / "only.weights.h5", "refused/only.weights.h5")
    # Lists of names above 64 KB are split.
    names = ["n" * 200 + f"{i}" for i in range(400)]
    model = keras.Sequential([keras.Input((4, 4, 3)), L.Conv2D(2, 3), *[L.Activation("linear", name=name) for name in names], L.Flatten(), L.Dense(2, name="scores")])
    path = filled(model, folder)
    archive.write(path, "long.h5")
    results["long"] = expected(model, (4, 4, 3), None)


def write(name, fill):
    results = {}
    with zipfile.ZipFile(HERE / f"{name}{3 if NEW else 2}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        with tempfile.TemporaryDirectory() as folder:
            fill(archive, results, Path(folder))
        archive.writestr("expected.json", json.dumps(results))


if __name__ == "__main__":
    for name, fill in {"layers": small, "families": families}.items():
        if len(sys.argv) < 2 or name in sys.argv[1:]:
            write(name, fill)
