"""Measures how much of the forward pass's speed is left when `heatlens explain` runs over photographs: reading, decoding, preprocessing, the gradient,
drawing and writing are all in it.

    cargo build --release
    python benches/pipeline.py MODEL FOLDER                     # every photograph of the folder, 2 threads
    python benches/pipeline.py MODEL FOLDER --images 300 --rounds 5

In each round `heatlens bench` measures the forward pass alone, as many images at once as threads, and `heatlens explain` then runs once for every kind of
output; what it takes for a single photograph, which is loading and compiling the model, is subtracted. A figure is the median of the rounds; a ratio is
taken within a round, so that what else the machine does meets both sides. Needs nothing but Python's own library.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peers import find_heatlens, read

SAVES = ["none", "map", "panel", "panel,map"]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path, help="searched for .jpg, .jpeg and .png files")
    parser.add_argument("--images", type=int, help="as many photographs, drawn at random [default: all]")
    parser.add_argument("--save", nargs="+", default=SAVES, metavar="KINDS", help="what `heatlens explain --save` is given in turn")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--heatlens", type=Path, help="the command [default: target/release/heatlens]")
    return parser.parse_args()


def photographs(arguments):
    files = sorted(p for p in arguments.folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if len(files) < 2:
        sys.exit(f"`{arguments.folder}` holds fewer than two photographs")
    random.Random(0).shuffle(files)
    return files[: arguments.images]


def call(line):
    """Standard output, seconds of wall time and of processor time."""
    used = lambda: sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    used_before, start = used(), time.perf_counter()
    done = subprocess.run(list(map(str, line)), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, line[:4]))} …\n{done.stderr}")
    return done.stdout, time.perf_counter() - start, used() - used_before


def forward(command, arguments, batch):
    """Images a second of the forward pass alone."""
    line = [command, "bench", arguments.model, "--threads", batch, "--batch", batch, "--seconds", 3, "--json"]
    return 1e3 * batch / json.loads(call(line)[0])["forward"]["median_ms"]


def explain(command, arguments, files, save, out):
    """Images a second of `heatlens explain`, and processor milliseconds an image."""
    line = lambda files: [command, "explain", arguments.model, *files, "--out", out, "--overwrite", "--save", save, "--threads", arguments.threads]
    _, wall, used = call(line(files))
    _, wall_of_one, used_of_one = call(line(files[:1]))
    rest = len(files) - 1
    return rest / (wall - wall_of_one), 1e3 * (used - used_of_one) / rest


def main():
    arguments = parse_arguments()
    command = find_heatlens(arguments.heatlens)
    files = photographs(arguments)
    load = read("/proc/loadavg")[:14]
    alone, alone_single, runs = [], [], {save: [] for save in arguments.save}
    with tempfile.TemporaryDirectory(prefix="heatlens-pipeline-") as out:
        for number in range(arguments.rounds):
            alone.append(forward(command, arguments, arguments.threads))
            alone_single.append(forward(command, arguments, 1))
            for save, figures in runs.items():
                speed, processor_ms = explain(command, arguments, files, save, Path(out) / "run")
                figures.append((speed, processor_ms, speed / alone[-1]))
            print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr, flush=True)
    middle = statistics.median
    print(f"{len(files)} photographs, {arguments.threads} threads, {arguments.rounds} rounds; {os.cpu_count()} cores, load {load} before, {read('/proc/loadavg')[:14]} after\n")
    print("| what | images a second | ÷ forward alone | the rounds | processor ms an image |\n|---|---:|---:|---|---:|")
    print(f"| forward alone, {arguments.threads} images at once | {middle(alone):.1f} | | | |")
    for save, figures in runs.items():
        speeds, processor, ratios = zip(*figures)
        print(f"| `explain --save {save}` | {middle(speeds):.1f} | {middle(ratios):.2f} | {' '.join(f'{r:.2f}' for r in ratios)} | {middle(processor):.1f} |")
    scaling = middle(many / one for many, one in zip(alone, alone_single))
    print(f"\n{arguments.threads} images on {arguments.threads} threads against one on one: {scaling:.2f} times as many images a second.")


if __name__ == "__main__":
    main()
