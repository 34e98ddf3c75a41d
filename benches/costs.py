"""Measures what every method costs beside the forward pass, with the model that comes along, and writes `docs/method-costs.csv` for the page of methods.

    cargo build --release
    target/release/heatlens demo
    python benches/costs.py out/demo/demo.safetensors
    HEATLENS_WRITE_DOCS=1 cargo test -p heatlens --test methods page

One rendered eye of 224×224 would do as well as the random image that `heatlens bench` takes: no method's work depends on what is in it.
"""

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from peers import find_heatlens

ROOT = Path(__file__).resolve().parent.parent


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each method is measured, in turns with the forward pass")
    parser.add_argument("--heatlens", type=Path, help="the command [default: target/release/heatlens]")
    return parser.parse_args()


def methods():
    """In the order of the page."""
    page = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    return [line.split("`")[1].removeprefix("--method ") for line in page.splitlines() if line.startswith("`--method ")]


def processor():
    names = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")] if os.path.exists("/proc/cpuinfo") else []
    return f"{names[0] if names else platform.processor() or platform.machine()}, {os.cpu_count()} cores"


def main():
    arguments = parse_arguments()
    command = find_heatlens(arguments.heatlens)
    with open(ROOT / "docs" / "method-costs.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["method", "forward_ms", "explanation_ms", "machine"])
        for method in methods():
            line = [command, "bench", arguments.model, "--json", "--threads", arguments.threads, "--seconds", arguments.seconds, "--method", method]
            done = subprocess.run(list(map(str, line)), capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"{' '.join(map(str, line))}\n{done.stderr}")
            report = json.loads(done.stdout)
            figures = [report[part]["median_ms"] for part in ("forward", "explain")]
            rows.writerow([method, *(f"{figure:.2f}" for figure in figures), f"{processor()}, {arguments.threads} threads"])
            print(method, *figures, flush=True)


if __name__ == "__main__":
    main()
