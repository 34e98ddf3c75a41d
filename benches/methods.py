"""Measures the methods of heatlens and of pytorch-grad-cam side by side, in one run and in turns.

    cargo build --release
    pip install numpy torch torchvision grad-cam==1.5.7
    python benches/methods.py                        # resnet18, two threads: about three minutes
    python benches/methods.py --networks resnet50    # half an hour, nearly all of it pytorch-grad-cam's

One image of 224×224 and one class. In each round heatlens and the peer compute the same method one after the other; a figure is the median of the rounds.
AblationCAM and ScoreCAM of the peer run once a round whatever they take, over all channels. Then ten methods that need one pass are computed together by
heatlens and compared with the dearest of them alone.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ["TQDM_DISABLE"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parent))
from peers import LAYERS, build, export, find_heatlens, measure_heatlens

# Method of heatlens, class of pytorch-grad-cam, and how many times faster heatlens is to be.
METHODS = [
    ("gradcam", "GradCAM", None),
    ("eigencam", "EigenCAM", 5),
    ("fullgrad", "FullGrad", 10),
    ("scorecam", "ScoreCAM", 1.5),
    ("ablationcam", "AblationCAM", 1000),
]
SLOW = {"scorecam", "ablationcam"}

ONE_PASS = ["gradcam", "hirescam", "gradcam-elementwise", "gradcam++", "xgradcam", "layercam", "eigencam", "eigengradcam", "fem", "shapleycam"]
MOST_TOGETHER = 1.5


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", choices=["resnet18", "resnet50"], default=["resnet18"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the quick methods; the slow ones have one")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each program is measured in a round")
    parser.add_argument("--without", nargs="+", default=[], choices=[name for name, _, _ in METHODS], help="methods to leave out")
    parser.add_argument("--heatlens", type=Path, help="the command [default: target/release/heatlens]")
    return parser.parse_args()


def heatlens(command, name, folder, threads, seconds, methods):
    """Milliseconds of one explanation by these methods together."""
    return measure_heatlens(command, name, folder, threads, 1, seconds, methods)["explain"]["median_ms"]


def peer(title, name, model, images, seconds, slow):
    """Milliseconds of one explanation; the slow ones are run once, without a rehearsal."""
    import pytorch_grad_cam

    with getattr(pytorch_grad_cam, title)(model, [model.get_submodule(LAYERS[name])]) as cam:
        explain = lambda: cam(images, targets=None)
        if not slow:
            explain()
        times, start = [], time.perf_counter()
        while not times or (not slow and time.perf_counter() - start < seconds):
            before = time.perf_counter()
            explain()
            times.append(1e3 * (time.perf_counter() - before))
    return statistics.median(times)


def compare(arguments, command, name, folder):
    import torch

    torch.set_num_threads(arguments.threads)
    model = build(name)
    export(name, model, folder)
    images = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    print(f"\n### {name}, {arguments.threads} threads, 1 image: milliseconds\n")
    print("| method | heatlens | pytorch-grad-cam | times faster | aim | |\n|---|---:|---:|---:|---:|---|", flush=True)
    for method, title, aim in METHODS:
        if method in arguments.without:
            continue
        ours, theirs = [], []
        for _ in range(1 if method in SLOW else arguments.rounds):
            ours.append(heatlens(command, name, folder, arguments.threads, arguments.seconds, [method]))
            theirs.append(peer(title, name, model, images, arguments.seconds, method in SLOW))
        ours, theirs = statistics.median(ours), statistics.median(theirs)
        verdict = "" if aim is None else ("reached" if theirs / ours >= aim else "missed")
        print(f"| {title} | {ours:.1f} | {theirs:.0f} | {theirs / ours:.1f} | {aim or ''} | {verdict} |", flush=True)
    together(arguments, command, name, folder)


def together(arguments, command, name, folder):
    """Ten methods in one pass, and each alone."""
    all_together, alone = [], {method: [] for method in ONE_PASS}
    for _ in range(arguments.rounds):
        all_together.append(heatlens(command, name, folder, arguments.threads, arguments.seconds, ONE_PASS))
        for method in ONE_PASS:
            alone[method].append(heatlens(command, name, folder, arguments.threads, arguments.seconds, [method]))
    dearest = max(ONE_PASS, key=lambda method: statistics.median(alone[method]))
    ours, single = statistics.median(all_together), statistics.median(alone[dearest])
    verdict = "reached" if ours / single < MOST_TOGETHER else "missed"
    print(f"\nTen methods together {ours:.1f} ms, the dearest alone ({dearest}) {single:.1f} ms: {ours / single:.2f} of it (at most {MOST_TOGETHER}): {verdict}.")


def main():
    arguments = parse_arguments()
    command = find_heatlens(arguments.heatlens)
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.networks:
            compare(arguments, command, name, Path(folder))


if __name__ == "__main__":
    main()
