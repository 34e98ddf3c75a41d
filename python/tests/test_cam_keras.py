"""Live models of Keras."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import heatlens as hl  # noqa: E402
from heatlens import cam  # noqa: E402


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(1).standard_normal((2, 64, 64, 3)).astype(np.float32)


def classifier(last="softmax", outputs=3):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((64, 64, 3))
    y = keras.layers.Conv2D(8, 3, strides=2, name="first")(inputs)
    y = keras.layers.BatchNormalization()(y)
    y = keras.layers.Activation("relu")(y)
    y = keras.layers.Conv2D(12, 3, padding="same", activation="relu", name="second")(y)
    y = keras.layers.GlobalAveragePooling2D()(y)
    y = keras.layers.Dropout(0.5)(y)
    return keras.Model(inputs, keras.layers.Dense(outputs, activation=last, name="scores")(y))


@pytest.fixture(scope="module")
def net():
    return classifier()


def by_hand(net, x, layer, scores):
    """Grad-CAM of the logits in NumPy: the tail is the mean over the cells and one linear layer, its gradient the weights."""
    features = np.asarray(keras.Model(net.inputs, net.get_layer(layer).output)(x, training=False))
    weights = np.asarray(net.get_layer("scores").kernel)
    maps = [np.maximum(one @ weights[:, score], 0) for one, score in zip(features, scores, strict=True)]
    grown = [resized(map, 64) for map in maps]
    return [(map - map.min()) / (map.max() - map.min()) for map in grown]


def resized(map, size):
    """A square map as pictures are resized, bilinearly."""
    cells = len(map)
    at = np.clip((np.arange(size) + 0.5) * cells / size - 0.5, 0, cells - 1)
    rows = np.stack([np.interp(at, np.arange(cells), row) for row in map])
    return np.stack([np.interp(at, np.arange(cells), column) for column in rows.T]).T


def test_a_map_is_that_of_the_logit(net, x):
    with cam.GradCAM(model=net, target_layers=[net.get_layer("second")]) as ours:
        maps = ours(x, [cam.ClassifierOutputTarget(2), cam.ClassifierOutputTarget(0)])
    assert maps.shape == (2, 64, 64) and maps.min() >= 0
    for map, expected in zip(maps, by_hand(net, x, "second", [2, 0]), strict=True):
        assert np.abs(map - expected).max() < 1e-3
    probabilities = np.asarray(net(x, training=False))
    assert np.allclose(np.exp(ours.outputs) / np.exp(ours.outputs).sum(1, keepdims=True), probabilities, atol=1e-5)


def test_a_layer_of_a_model_within_the_model(net, x):
    base = keras.Model(net.inputs, net.get_layer("second").output, name="base")
    head = keras.layers.Dense(3, activation="softmax", name="second")
    whole = keras.Sequential([keras.Input((64, 64, 3)), base, keras.layers.GlobalAveragePooling2D(), head])
    head.set_weights(net.get_layer("scores").get_weights())
    with cam.GradCAM(model=whole, target_layers=[base.get_layer("second")]) as ours:
        maps = ours(x, [cam.ClassifierOutputTarget(1)] * 2)
    for map, expected in zip(maps, by_hand(net, x, "second", [1, 1]), strict=True):
        assert np.abs(map - expected).max() < 1e-3


@pytest.mark.parametrize("last", [None, "sigmoid"])
def test_heads(last, x):
    net = classifier(last, outputs=3 if last is None else 1)
    ours = cam.GradCAM(net, ["second"])
    assert ours(x, [cam.ClassifierOutputTarget(1)] * 2).shape == (2, 64, 64)
    found = ours.outputs if last is None else 1 / (1 + np.exp(-ours.outputs[:, 1:]))
    assert np.allclose(found, np.asarray(net(x, training=False)), atol=1e-4)


def test_changed_weights_are_noticed(x):
    net = classifier()
    ours, target = cam.GradCAM(net, ["second"]), [cam.ClassifierOutputTarget(1)] * 2
    before = ours(x, target)
    assert np.array_equal(ours(x, target), before)
    layer = net.get_layer("scores")
    layer.set_weights([-weights for weights in layer.get_weights()])
    assert not np.allclose(ours(x, target), before, atol=1e-2)


@keras.saving.register_keras_serializable()
class Doubled(keras.layers.Layer):
    """A layer that only its own code explains."""

    def call(self, x):
        return 2 * x


def test_what_cannot_be_explained_is_an_error(net, x):
    with pytest.raises(ValueError, match="no part of the model"):
        cam.GradCAM(net, [keras.layers.ReLU()])(x)
    inputs = keras.Input((64, 64, 3))
    own = keras.Model(inputs, Doubled()(net(inputs)))
    with pytest.raises(hl.HeatlensError, match=r"by its .keras file: .*Doubled"):
        cam.GradCAM(own, ["second"])(x)
    with pytest.raises(TypeError, match="neither a module of PyTorch nor a model of Keras"):
        cam.GradCAM(object(), ["second"])
