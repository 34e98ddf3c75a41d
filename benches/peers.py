"""Measures heatlens and its peers side by side, in one run and in turns: ONNX Runtime, PyTorch, torch-cam, pytorch-grad-cam, rten, tract.

    cargo build --release
    pip install numpy torch torchvision onnx onnxruntime torchcam grad-cam
    python benches/peers.py                                  # six networks, 1 and 2 threads, 1 and 16 images
    python benches/peers.py --quick                          # two networks, one thread and image: a minute or two, once peers-rs is built
    python benches/peers.py --networks resnet18 vgg16 --threads 1 --batch 1 --rounds 10

The weights are random (torchvision's networks with plausible batch-norm statistics): speed does not depend on them. In each round every program is
measured once on the same network, threads and batch, one after the other; a figure is the median of the rounds' medians, a ratio is one of these by another.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
import warnings
from collections import defaultdict
from pathlib import Path

NETWORKS = ["resnet18", "resnet50", "densenet121", "efficientnet_b0", "vgg16", "mobilenet_v3_large"]
THREE_BY_THREE = ["resnet18", "vgg16"]

# The layer that heatlens explains where none is named, as a PyTorch module.
LAYERS = {
    "resnet18": "layer4.1",
    "resnet50": "layer4.2",
    "densenet121": "features.norm5",
    "efficientnet_b0": "features.8",
    "vgg16": "features.29",
    "mobilenet_v3_large": "features.16",
}

# Program and what it does: the columns of the table.
HEATLENS_FORWARD, HEATLENS_EXPLAIN = "heatlens forward", "heatlens GradCAM"
ORT, TORCH, RTEN, TRACT, TORCHCAM, GRADCAM = "ONNX Runtime", "PyTorch", "rten", "tract", "torch-cam", "pytorch-grad-cam"
FORWARD_PEERS, EXPLAIN_PEERS = [ORT, TORCH, RTEN, TRACT], [TORCHCAM, GRADCAM]
COLUMNS = [HEATLENS_FORWARD, *FORWARD_PEERS, HEATLENS_EXPLAIN, *EXPLAIN_PEERS]

# What the options are where they are not given: for everything, and for a look in passing.
FULL = {"networks": NETWORKS, "threads": [1, 2], "batch": [1, 16], "rounds": 5, "seconds": 1.0}
QUICK = {"networks": ["resnet18", "mobilenet_v3_large"], "threads": [1], "batch": [1], "rounds": 3, "seconds": 0.4}
PEERS_RS = Path(__file__).resolve().parent / "peers-rs"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="other defaults: " + ", ".join(f"{k} {v}" for k, v in QUICK.items()))
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, metavar="NAME", help=", ".join(NETWORKS))
    parser.add_argument("--threads", nargs="+", type=int, metavar="N")
    parser.add_argument("--batch", nargs="+", type=int, metavar="N")
    parser.add_argument("--rounds", type=int, help="how often all are measured in turn")
    parser.add_argument("--seconds", type=float, help="how long each program is measured in a round, at least three times")
    without = ["onnxruntime", "torch", "rten", "tract", "torchcam", "grad-cam"]
    parser.add_argument("--without", nargs="+", default=[], choices=without, help="peers to leave out")
    parser.add_argument("--heatlens", type=Path, help="the command [default: target/release/heatlens]")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's figure there too")
    arguments = parser.parse_args()
    for name, default in (QUICK if arguments.quick else FULL).items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, default)
    return arguments


def find_heatlens(given):
    root = Path(__file__).resolve().parent.parent
    target = Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
    path = given or target / "release" / "heatlens"
    if not path.exists():
        sys.exit(f"`{path}` does not exist: run `cargo build --release` first, or name the command with --heatlens")
    return path


def build_peers_rs():
    """The program that runs rten and tract. Built in its own folder: it shares nothing with heatlens but the compiler."""
    target = Path(os.environ["CARGO_TARGET_DIR"]) / "peers-rs" if "CARGO_TARGET_DIR" in os.environ else PEERS_RS / "target"
    line = ["cargo", "build", "--release", "--locked", "--manifest-path", PEERS_RS / "Cargo.toml", "--target-dir", target]
    if subprocess.run(list(map(str, line))).returncode:
        sys.exit("benches/peers-rs does not build; leave its peers out with --without rten tract")
    return target / "release" / "peers"


class RustPeer:
    """A process that has loaded the network, and measures its forward pass when asked to."""

    def __init__(self, program, runtime, name, folder, threads, batch):
        self.line = list(map(str, [program, runtime, folder / f"{name}.onnx", batch, threads]))
        self.process = subprocess.Popen(self.line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def measure(self, seconds):
        """The median time in milliseconds."""
        try:
            print(seconds, file=self.process.stdin, flush=True)
            return float(self.process.stdout.readline())
        except (BrokenPipeError, ValueError):
            sys.exit(f"{' '.join(self.line)}: ended with status {self.process.wait()}")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def build(name):
    """The network of torchvision with random weights and batch-norm statistics as training leaves them."""
    import torch
    import torchvision

    torch.manual_seed(0)
    model = getattr(torchvision.models, name)(weights=None).eval()
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.1)
    return model


def export(name, model, folder):
    """Writes `<name>.pth` for heatlens and `<name>.onnx`, whose batch is free, for ONNX Runtime."""
    import torch

    torch.save(model.state_dict(), folder / f"{name}.pth")
    axes = {"input": {0: "batch"}, "logits": {0: "batch"}}
    torch.onnx.export(
        model,
        torch.zeros(1, 3, 224, 224),
        folder / f"{name}.onnx",
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )


def timed(call, seconds):
    """The median time of a call in milliseconds."""
    call()
    times = []
    start = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - before))
    return statistics.median(times)


def measure_heatlens(command, name, folder, threads, batch, seconds, methods=("gradcam",)):
    """One process; its time is divided between the forward pass and the explanation by all methods together."""
    line = [command, "bench", folder / f"{name}.pth", "--arch", name, "--json", "--threads", str(threads), "--batch", str(batch)]
    line += ["--seconds", str(2 * seconds), "--method", ",".join(methods)]
    done = subprocess.run(list(map(str, line)), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, line))}\n{done.stderr}")
    report = json.loads(done.stdout)
    if report["layer"] != LAYERS[name]:
        sys.exit(f"heatlens explains {name} at `{report['layer']}`, the peers at `{LAYERS[name]}`: that is no comparison; correct LAYERS in this script")
    return report


class Peers:
    """All but heatlens, for one network, one number of threads and one batch."""

    def __init__(self, name, model, folder, threads, batch, without, peers_rs):
        import numpy
        import torch

        self.name, self.model, self.threads, self.without = name, model, threads, without
        self.images = torch.randn(batch, 3, 224, 224, generator=torch.Generator().manual_seed(0))
        self.session = None
        if "onnxruntime" not in without:
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
            self.session = onnxruntime.InferenceSession(folder / f"{name}.onnx", options, providers=["CPUExecutionProvider"])
            self.array = numpy.ascontiguousarray(self.images.numpy())
        self.rust = {r: RustPeer(peers_rs, r, name, folder, threads, batch) for r in (RTEN, TRACT) if r not in without}

    def measure(self, seconds):
        """`{column: ms}`."""
        import torch

        torch.set_num_threads(self.threads)
        figures = {}
        if self.session:
            figures[ORT] = timed(lambda: self.session.run(None, {"input": self.array}), seconds)
        if "torch" not in self.without:
            with torch.inference_mode():
                figures[TORCH] = timed(lambda: self.model(self.images), seconds)
        for column, peer in self.rust.items():
            figures[column] = peer.measure(seconds)
        if "torchcam" not in self.without:
            figures[TORCHCAM] = self.torchcam(seconds)
        if "grad-cam" not in self.without:
            figures[GRADCAM] = self.pytorch_grad_cam(seconds)
        return figures

    def close(self):
        for peer in self.rust.values():
            peer.close()

    def torchcam(self, seconds):
        from torchcam.methods import GradCAM

        with GradCAM(self.model, LAYERS[self.name]) as extractor:

            def explain():
                scores = self.model(self.images)
                extractor(scores.argmax(1).tolist(), scores)

            return timed(explain, seconds)

    def pytorch_grad_cam(self, seconds):
        from pytorch_grad_cam import GradCAM

        with GradCAM(self.model, [self.model.get_submodule(LAYERS[self.name])]) as cam:
            return timed(lambda: cam(self.images, targets=None), seconds)


def run(arguments, command, peers_rs, folder):
    """Every figure of every round: `{(network, threads, batch): {column: [ms, …]}}`, and heatlens's reports likewise."""
    figures = defaultdict(lambda: defaultdict(list))
    reports = defaultdict(list)
    for name in arguments.networks:
        model = build(name)
        export(name, model, folder)
        for threads in arguments.threads:
            for batch in arguments.batch:
                case = (name, threads, batch)
                peers = Peers(name, model, folder, threads, batch, arguments.without, peers_rs)
                for round in range(arguments.rounds):
                    report = measure_heatlens(command, name, folder, threads, batch, arguments.seconds)
                    reports[case].append(report)
                    figures[case][HEATLENS_FORWARD].append(report["forward"]["median_ms"])
                    figures[case][HEATLENS_EXPLAIN].append(report["explain"]["median_ms"])
                    for column, time_ms in peers.measure(arguments.seconds).items():
                        figures[case][column].append(time_ms)
                    print(f"{name}, threads {threads}, batch {batch}: round {round + 1} of {arguments.rounds}", file=sys.stderr, flush=True)
                peers.close()
        for suffix in ("pth", "onnx"):
            (folder / f"{name}.{suffix}").unlink()
    return figures, reports


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def print_table(threads, batch, medians):
    """`medians` is `{network: {column: ms}}`. Ratios are heatlens by the peer: below 1 heatlens is faster."""
    columns = [c for c in COLUMNS if any(c in row for row in medians.values())]
    ratios = [c for c in FORWARD_PEERS + EXPLAIN_PEERS if c in columns]
    title = lambda n, word: f"{n} {word}" + ("" if n == 1 else "s")
    print(f"\n### {title(threads, 'thread')}, {title(batch, 'image')}: milliseconds, and heatlens divided by each\n")
    print("| network | " + " | ".join(columns) + " | " + " | ".join(f"÷ {c}" for c in ratios) + " |")
    print("|---" + "|---:" * (len(columns) + len(ratios)) + "|")
    for name, row in medians.items():
        times = [f"{row[c]:.1f}" for c in columns]
        print(f"| {name} | " + " | ".join(times + [f"{by_peer(row, c):.2f}" for c in ratios]) + " |")
    if len(medians) > 1:
        means = [f"{geometric_mean([by_peer(row, c) for row in medians.values()]):.2f}" for c in ratios]
        print("| geometric mean | " + " | ".join([""] * len(columns) + means) + " |")


def by_peer(row, peer):
    own = HEATLENS_FORWARD if peer in FORWARD_PEERS else HEATLENS_EXPLAIN
    return row[own] / row[peer]


def print_marks(medians, reports):
    """The marks that heatlens is to reach, and what it reached; those that this run did not measure are left out."""
    rows = []

    def mark(what, reached, must, aim):
        word = "missed" if reached > must else "aim reached" if aim and reached <= aim else "reached"
        rows.append(f"| {what} | {reached:.2f} | ≤ {must:.2f} | {f'≤ {aim:.2f}' if aim else ''} | {word} |")

    for threads, must, aim in [(1, 1.10, 0.90), (2, 1.15, 0.95)]:
        case = {name: row for (name, t, b), row in medians.items() if (t, b) == (threads, 1)}
        if not case:
            continue
        thread = f"{threads} thread{'s' if threads > 1 else ''}, 1 image"
        if all(ORT in row for row in case.values()):
            ratios = {name: by_peer(row, ORT) for name, row in case.items()}
            mark(f"forward / ONNX Runtime, {thread}, geometric mean", geometric_mean(ratios.values()), must, aim)
            if threads == 1:
                worst = max(ratios, key=ratios.get)
                mark(f"forward / ONNX Runtime, {thread}, the worst: {worst}", ratios[worst], 1.35, None)
            for name in filter(ratios.get, THREE_BY_THREE):
                mark(f"forward / ONNX Runtime, {thread}, {name}", ratios[name], 0.80, 0.60)
        own = [row[HEATLENS_EXPLAIN] / row[HEATLENS_FORWARD] for row in case.values()]
        mark(f"GradCAM / own forward, {thread}, geometric mean", geometric_mean(own), 1.05, 1.02)
        for peer, must_peer, aim_peer in [(TORCHCAM, 0.65, 0.50), (GRADCAM, 0.22, 0.15)]:
            if all(peer in row for row in case.values()):
                ratios = [by_peer(row, peer) for row in case.values()]
                mark(f"GradCAM / {peer}, {thread}, geometric mean", geometric_mean(ratios), must_peer, aim_peer)
    measured = {case[0]: of for case, of in reports.items() if case[1:] == (1, 1) and of[0]["peak_bytes"]}
    beyond = {name: max(r["peak_bytes"] - r["weights_bytes"] for r in of) / 1e6 for name, of in measured.items()}
    if beyond:
        worst = max(beyond, key=beyond.get)
        mark(f"peak memory beyond the weights, MB, 1 thread, 1 image, the most: {worst}", beyond[worst], 150, 80)
    if rows:
        print("\n### Marks\n\n| what | reached | must | aim | |\n|---|---:|---:|---:|---|")
        print("\n".join(rows))


def print_conditions(arguments, load):
    from importlib.metadata import PackageNotFoundError, version

    def named(package):
        try:
            return f"{package} {version(package)}"
        except PackageNotFoundError:
            return f"no {package}"

    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True).stdout.strip()
    names = [line.split(":")[1].strip() for line in read("/proc/cpuinfo").splitlines() if line.startswith("model name")]
    processor = names[0] if names else "unknown processor"
    print(f"checkout {commit or 'unknown'}; {processor}, {os.cpu_count()} cores; load {load} before, {read('/proc/loadavg')[:14]} after")
    lock = tomllib.loads((PEERS_RS / "Cargo.lock").read_text())["package"]
    rust = [f"{package['name']} {package['version']}" for package in lock if package["name"] in (RTEN, "tract-onnx")]
    print(", ".join([*map(named, ["onnxruntime", "torch", "torchcam", "grad-cam"]), *rust]), end="; ")
    print(f"{arguments.rounds} rounds of {arguments.seconds:g} s")


def read(path):
    try:
        return Path(path).read_text()
    except OSError:
        return "unknown"


def main():
    arguments = parse_arguments()
    command = find_heatlens(arguments.heatlens)
    peers_rs = None if {"rten", "tract"} <= set(arguments.without) else build_peers_rs()
    warnings.filterwarnings("ignore")
    load = read("/proc/loadavg")[:14]
    with tempfile.TemporaryDirectory(prefix="heatlens-peers-") as folder:
        figures, reports = run(arguments, command, peers_rs, Path(folder))
    medians = {case: {column: statistics.median(times) for column, times in row.items()} for case, row in figures.items()}
    print_conditions(arguments, load)
    for threads in arguments.threads:
        for batch in arguments.batch:
            print_table(threads, batch, {name: row for (name, t, b), row in medians.items() if (t, b) == (threads, batch)})
    print_marks(medians, reports)
    if arguments.json:
        rows = [{"network": n, "threads": t, "batch": b, "ms": row, "heatlens": reports[n, t, b]} for (n, t, b), row in figures.items()]
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
