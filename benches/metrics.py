"""Measures ROAD combined of heatlens and of pytorch-grad-cam side by side, in one run and in turns, on the same network, image, map and percentiles.

    cargo build --release -p heatlens --example road
    pip install numpy torch torchvision grad-cam==1.5.7
    python benches/metrics.py                        # resnet18 and resnet50, two threads: some minutes, nearly all of them pytorch-grad-cam's

One image of 224×224 and one coarse random map. Both sides leave out the noise on imputed pixels, so that their values can be compared: they are to agree within
1e-3. A figure is the median of the rounds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from peers import build

TIMES_FASTER = 5
TOLERANCE = 1e-3
CLASS = 3


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", choices=["resnet18", "resnet50"], default=["resnet18", "resnet50"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--road", type=Path, help="the example [default: target/release/examples/road]")
    return parser.parse_args()


def find_example(given):
    root = Path(__file__).resolve().parent.parent
    path = given or Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "release" / "examples" / "road"
    if not path.exists():
        sys.exit(f"`{path}` does not exist: run `cargo build --release -p heatlens --example road` first, or name it with --road")
    return path


def coarse_map():
    """7×7 random values, upsampled to the input: no two pixels alike, as in a class activation map."""
    import cv2
    import numpy as np

    fine = cv2.resize(np.random.default_rng(0).random((7, 7)).astype(np.float32), (224, 224), interpolation=cv2.INTER_CUBIC)
    # Ties, of which each side chooses others, are ordered.
    order = fine.ravel().argsort(kind="stable").argsort(kind="stable")
    return (order.reshape(224, 224) / 224**2).astype(np.float32)


def without_noise():
    from pytorch_grad_cam.metrics.road import NoisyLinearImputer

    NoisyLinearImputer.__init__.__defaults__ = (0.0, *NoisyLinearImputer.__init__.__defaults__[1:])


def peer(model, image, relevance):
    """The value, and the milliseconds it took."""
    from pytorch_grad_cam.metrics.road import ROADCombined
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    start = time.perf_counter()
    value = float(ROADCombined()(image, relevance[None], [ClassifierOutputTarget(CLASS)], model)[0])
    return value, 1e3 * (time.perf_counter() - start)


def heatlens(example, folder, name, threads):
    line = [example, folder / f"{name}.pth", folder / "image.npy", folder / "map.npy", CLASS, 3]
    done = subprocess.run(list(map(str, line)), capture_output=True, text=True, env={**os.environ, "RAYON_NUM_THREADS": str(threads)})
    if done.returncode:
        sys.exit(f"{' '.join(map(str, line))}\n{done.stderr}")
    answer = json.loads(done.stdout)
    return answer["combined"], statistics.median(answer["milliseconds"])


def compare(arguments, example, name, folder):
    import numpy as np
    import torch

    torch.set_num_threads(arguments.threads)
    model = build(name)
    torch.save(model.state_dict(), folder / f"{name}.pth")
    image, relevance = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0)), coarse_map()
    np.save(folder / "image.npy", image.numpy())
    np.save(folder / "map.npy", relevance)
    ours, theirs = [], []
    with torch.no_grad():
        for _ in range(arguments.rounds):
            ours.append(heatlens(example, folder, name, arguments.threads))
            theirs.append(peer(model, image, relevance))
    (value, other), (milliseconds, of_peer) = [[statistics.median(side[i] for side in sides) for sides in (ours, theirs)] for i in (0, 1)]
    verdicts = ["reached" if of_peer / milliseconds >= TIMES_FASTER else "missed", "agree" if abs(value - other) <= TOLERANCE else "differ"]
    print(f"| {name} | {milliseconds:.0f} | {of_peer:.0f} | {of_peer / milliseconds:.1f} | {value:.5f} | {other:.5f} | {', '.join(verdicts)} |", flush=True)


def main():
    arguments = parse_arguments()
    example = find_example(arguments.road)
    without_noise()
    print(f"ROAD combined, {arguments.threads} threads, milliseconds; at least {TIMES_FASTER} times faster, values within {TOLERANCE}\n")
    print("| network | heatlens | pytorch-grad-cam | times faster | value | of the peer | |\n|---|---:|---:|---:|---:|---:|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.networks:
            compare(arguments, example, name, Path(folder))


if __name__ == "__main__":
    main()
