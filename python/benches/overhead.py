"""What Python costs above the engine: ResNet-18 with random weights, one image of 224x224, one thread.

    python python/benches/overhead.py [--images 200]

Each explanation is timed from outside, and says itself how long the network ran for it (`e.seconds`): the two numbers are of
the same image at the same moment, so that what else the machine does falls on both. Medians are told.
"""

import argparse
import json
import statistics
import struct
import tempfile
import time
from pathlib import Path

import numpy as np

import heatlens as hl


def resnet18(random: np.random.Generator) -> dict[str, np.ndarray]:
    """The weights of a ResNet-18 by the names of torchvision, drawn as for training from nothing."""
    weights: dict[str, np.ndarray] = {}

    def convolution(name: str, out: int, into: int, size: int) -> None:
        deviation = (2 / (into * size * size)) ** 0.5
        weights[f"{name}.weight"] = random.normal(0, deviation, (out, into, size, size))

    def norm(name: str, channels: int) -> None:
        for part, value in [("weight", 1), ("bias", 0), ("running_mean", 0), ("running_var", 1)]:
            weights[f"{name}.{part}"] = np.full(channels, float(value))

    convolution("conv1", 64, 3, 7)
    norm("bn1", 64)
    into = 64
    for stage, channels in enumerate([64, 128, 256, 512], 1):
        for block in range(2):
            path = f"layer{stage}.{block}"
            convolution(f"{path}.conv1", channels, into, 3)
            norm(f"{path}.bn1", channels)
            convolution(f"{path}.conv2", channels, channels, 3)
            norm(f"{path}.bn2", channels)
            if into != channels:
                convolution(f"{path}.downsample.0", channels, into, 1)
                norm(f"{path}.downsample.1", channels)
            into = channels
    weights["fc.weight"] = random.normal(0, 0.05, (10, 512))
    weights["fc.bias"] = np.zeros(10)
    return weights


def save(weights: dict[str, np.ndarray], path: Path) -> None:
    """Write safetensors: the length of a header in JSON, the header, the values."""
    header, values = {}, b""
    for name, weight in weights.items():
        data = weight.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": weight.shape, "data_offsets": [len(values), len(values) + len(data)]}
        values += data
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + values)


def main() -> None:
    """Measure and tell."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--images", type=int, default=200)
    images = arguments.parse_args().images
    hl.set_threads(1)
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        save(resnet18(random), Path(folder) / "resnet18.safetensors")
        model = hl.load(Path(folder) / "resnet18.safetensors")
    tensor = random.standard_normal((1, 3, 224, 224)).astype(np.float32)
    ways = {"model.explain(array)": lambda: model.explain(tensor), "and e.map": lambda: with_map(model.explain(tensor))}
    engine: list[float] = []
    above: dict[str, list[float]] = {way: [] for way in ways}
    for image in range(images + 10):
        for way, explain in ways.items():
            begun = time.perf_counter()
            e = explain()
            took = time.perf_counter() - begun
            # The first ones find their memory.
            if image >= 10:
                engine.append(e.seconds)
                above[way].append(took - e.seconds)
    median = statistics.median(engine)
    print(f"engine: {1e3 * median:.2f} ms an image, median of {len(engine)}")
    for way, seconds in above.items():
        extra = statistics.median(seconds)
        print(f"{way}: {1e6 * extra:.0f} µs above it, {100 * extra / median:.2f} %")


def with_map(explanation: hl.Explanation) -> hl.Explanation:
    """The same, its map finished at the size of the input."""
    _ = explanation.map
    return explanation


if __name__ == "__main__":
    main()
