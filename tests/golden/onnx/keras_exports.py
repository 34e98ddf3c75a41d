"""Exports Keras networks with tf2onnx, for the test `onnx_exports` of heatlens-formats, as `exports.py` does PyTorch's.

    python keras_exports.py FOLDER [--tiny]

Needs tensorflow, tf2onnx and safetensors. `--tiny` writes only the small network that is committed here as `keras.onnx`. Layer outputs are Keras's, moved to
(batch, channels, height, width).
"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy
import tensorflow
import tf2onnx
from safetensors.numpy import save_file

L = keras.layers
A = keras.applications


def tiny():
    # fmt: off
    return keras.Sequential([
        keras.Input((20, 24, 3)), L.Rescaling(1 / 255.0), L.Conv2D(4, 3, padding="same", strides=2, activation="relu", name="block1_conv1"),
        L.BatchNormalization(name="block1_bn"), L.MaxPooling2D(3, strides=2, padding="same", name="block1_pool"), L.Conv2D(6, 3, padding="same", name="block2_conv1"),
        L.LeakyReLU(name="leaky"), L.SeparableConv2D(6, 3, padding="same", name="sep"), L.ReLU(6.0, name="relu6"), L.AveragePooling2D(2, padding="same"),
        L.Dropout(0.5), L.UpSampling2D(), L.UpSampling2D(interpolation="bilinear"), L.Conv2DTranspose(4, 3, strides=2, padding="same", name="up"),
        L.ZeroPadding2D(1), L.Conv2D(5, 3, dilation_rate=2, activation="swish", name="last_conv"),
        L.Conv2D(6, 1, use_bias=False, name="conv_1"), L.BatchNormalization(name="conv_1_bn"), L.Activation("hard_silu", name="last_act"),
        L.GlobalAveragePooling2D(keepdims=True), L.Conv2D(5, 1, name="conv_2"), L.Activation("hard_silu", name="after_pool"), L.Flatten(),
        L.Dense(8, activation="elu"), L.Dense(3, activation="softmax"),
    ], name="tiny")
    # fmt: on


NETWORKS = {
    "mobilenetv2": (lambda: A.MobileNetV2(weights=None, classes=5, input_shape=(96, 96, 3)), 2, ["block_16_project_BN", "out_relu"], (9, 13, 18)),
    "resnet50": (lambda: A.ResNet50(weights=None, classes=5, input_shape=(128, 128, 3)), 2, ["conv5_block3_out", "conv4_block6_out"], (13, 15)),
    "densenet121": (lambda: A.DenseNet121(weights=None, classes=5, input_shape=(96, 96, 3)), 2, ["relu"], (15,)),
    "mobilenetv3small": (lambda: A.MobileNetV3Small(weights=None, classes=5, input_shape=(96, 96, 3)), 255, ["conv_1_bn", "expanded_conv_10_add"], (13,)),
    "xception": (lambda: A.Xception(weights=None, classes=5, input_shape=(128, 128, 3)), 2, ["block14_sepconv2_act"], (13,)),
}


def write(file, build, scale, layers, opset):
    keras.utils.set_random_seed(0)
    model = build()
    for weight in model.weights:
        if "moving_mean" in weight.path:
            weight.assign(numpy.random.normal(0, 0.1, weight.shape))
        if "moving_variance" in weight.path:
            weight.assign(numpy.random.uniform(0.5, 1.5, weight.shape))
    size = model.input_shape[1:]
    x = numpy.random.RandomState(0).rand(1, *size).astype("float32") * scale
    outputs = keras.Model(model.inputs, [model.get_layer(name).output for name in layers] + [model.outputs[0]])(x, training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    forward = tensorflow.function(lambda input: model(input, training=False))
    signature = (tensorflow.TensorSpec((None, *size), tensorflow.float32, name="input"),)
    tf2onnx.convert.from_function(forward, input_signature=signature, opset=opset, output_path=str(file))
    expected = {"input": x, "logits": outputs[-1].numpy()}
    for name, y in zip(layers, outputs):
        expected[f"layer:{name}"] = numpy.ascontiguousarray(y.numpy().transpose(0, 3, 1, 2))
    save_file(expected, file.with_suffix(".safetensors"))
    print(file.name, expected["logits"].ravel()[:3], flush=True)


def main(folder, only_tiny):
    write(folder / "keras.onnx", tiny, 255, ["relu6", "last_conv", "last_act"], 13)
    if only_tiny:
        return
    for name, (build, scale, layers, opsets) in NETWORKS.items():
        for opset in opsets:
            write(folder / f"keras-{name}-{opset}.onnx", build, scale, layers, opset)
    # The road of most users: a saved model. EfficientNet's normalisation constants would become inputs on the other one.
    saved = {"mobilenetv2": (NETWORKS["mobilenetv2"][0], 1), "efficientnetb0": (lambda: A.EfficientNetB0(weights=None, classes=5, input_shape=(96, 96, 3)), 255)}
    for name, (build, scale) in saved.items():
        keras.utils.set_random_seed(0)
        model = build()
        x = numpy.random.RandomState(0).rand(1, 96, 96, 3).astype("float32") * scale
        expected = {"input": x, "logits": model(x, training=False).numpy()}
        model.export(folder / f"saved-{name}")
        file = folder / f"keras-saved-{name}.onnx"
        os.system(f"{sys.executable} -m tf2onnx.convert --saved-model {folder / f'saved-{name}'} --output {file} --opset 15")
        save_file(expected, file.with_suffix(".safetensors"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--tiny" in sys.argv)
