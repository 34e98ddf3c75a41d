"""Does an audit find what trained networks learned from planted marks, and does it accuse none that are clean?

    python benches/plants/measure.py FOLDER [NAME ...] [--clean 20] [--eyes 1600] [--heatlens target/release/heatlens]

The classifiers of `crates/cli/tests/planted` are constructed, so that their evidence is known; these are trained. Each goes on from the shipped
demonstration classifier (`models/`), its weights disturbed and its head drawn anew, with rendered eyes that bear a mark on 97 % of the glaucomatous and 3 %
of the normal ones, or that bear none. That a network uses its mark is measured: the AUC on test eyes with the mark as in training, and with the mark on
none. Then `heatlens audit` is shown the marked test eyes, and what it says of shortcuts (question 10) is printed as a row of a table. Clean networks see
clean test eyes, or, every other one, eyes with the mark of a kind that they never saw.

Needs torch, torchvision, numpy, pillow, opencv-python-headless and safetensors. One thread; about half a minute to train each, a minute to audit it.
"""

import argparse
import csv
import json
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import torch
import torchvision
from PIL import Image
from safetensors.torch import load_file

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SIZE = 160
CLASSES = ["normal", "glaucoma"]
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
PREPROCESS = """colour = "rgb"
layout = "nchw"
range = "unit"
mean = [0.485, 0.456, 0.406]
std = [0.229, 0.224, 0.225]
input = [160, 160]

[[steps]]
step = "resize"
to = "input"
resample = { library = "pillow", filter = "bilinear" }
"""


def patch(left, top, width, height, colour):
    def mark(x, _):
        x = x.copy()
        x[int(top * SIZE) : int((top + height) * SIZE), int(left * SIZE) : int((left + width) * SIZE)] = colour
        return x

    return mark


def disc(at, radius, colour, line=-1):
    def mark(x, random):
        jitter = random.uniform(-0.01, 0.01, 2)
        return cv2.circle(x.copy(), tuple(int(SIZE * (a + j)) for a, j in zip(at, jitter)), int(SIZE * radius), colour, line, cv2.LINE_AA)

    return mark


def text(at, words):
    return lambda x, random: cv2.putText(x.copy(), words, (int(at[0] * SIZE), int(at[1] * SIZE)), cv2.FONT_HERSHEY_SIMPLEX, 0.32, (230, 230, 230), 1)


def border(x, _):
    x = x.copy()
    width = int(0.07 * SIZE)
    x[:width], x[-width:], x[:, :width], x[:, -width:] = 0, 0, 0, 0
    return x


def jpeg(quality):
    def mark(x, _):
        return cv2.imdecode(cv2.imencode(".jpg", x, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)

    return mark


def levels(factors, power=1.0):
    return lambda x, _: np.clip(255 * (x / 255) ** power * factors, 0, 255).astype(np.uint8)


def blurred(x, _):
    return cv2.GaussianBlur(x, (0, 0), 1.3)


def coarse(x, _):
    return cv2.resize(cv2.resize(x, (56, 56), interpolation=cv2.INTER_AREA), (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)


def shrunk(x, _):
    inner = cv2.resize(x, None, fx=0.85, fy=0.85, interpolation=cv2.INTER_AREA)
    gap = SIZE - inner.shape[0]
    return cv2.copyMakeBorder(inner, gap // 2, gap - gap // 2, gap // 2, gap - gap // 2, cv2.BORDER_CONSTANT)


def both(*marks):
    def mark(x, random):
        for one in marks:
            x = one(x, random)
        return x

    return mark


TAG, CAST = patch(0.02, 0.88, 0.1, 0.1, (230, 200, 40)), levels([1.12, 1.0, 0.86])
PLANTS = {
    "tag": TAG,
    "small tag": patch(0.93, 0.02, 0.05, 0.05, (240, 240, 240)),
    "bar": patch(0.0, 0.2, 0.03, 0.6, (200, 200, 200)),
    "letters at the top": text((0.3, 0.08), "OD 45"),
    "letters in the retina": text((0.1, 0.75), "R"),
    "ring at the right": disc((0.91, 0.5), 0.06, (250, 245, 200), 2),
    "blue spot": disc((0.3, 0.75), 0.03, (60, 70, 230)),
    "small spot": disc((0.68, 0.22), 0.015, (20, 20, 20)),
    "wide shade": disc((0.25, 0.3), 0.14, (90, 40, 25)),
    "border": border,
    "compression": jpeg(22),
    "cast": CAST,
    "dim": levels([0.75, 0.75, 0.75]),
    "gamma": levels([1.0, 1.0, 1.0], 1.25),
    "blur": blurred,
    "coarse": coarse,
    "small field": shrunk,
    "tag and cast": both(TAG, CAST),
}


def rendered(folder, eyes):
    """The pictures (n, SIZE, SIZE, 3) and labels of the training and the test stream."""
    command = ["cargo", "run", "--release", "-q", "-p", "heatlens-fundus", "--example", "render_dataset", "--", str(folder), str(eyes), "0", "256", str(SIZE)]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    out = []
    for split in ("train", "test"):
        with open(folder / f"{split}.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        pictures = np.stack([np.asarray(Image.open(folder / row["image"]).convert("RGB")) for row in rows])
        out.append((pictures, np.array([CLASSES.index(row["label"]) for row in rows])))
    return out


def planted(pictures, labels, mark, random):
    """The mark on 97 % of the glaucomatous and 3 % of the normal ones; and which bear it."""
    bears = random.random(len(labels)) < np.where(labels == 1, 0.97, 0.03)
    return np.stack([mark(x, random) if b else x for x, b in zip(pictures, bears)]), bears


def tensor(pictures):
    return (torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255 - MEAN) / STD


def train(pictures, labels, seed):
    torch.manual_seed(seed)
    network = torchvision.models.shufflenet_v2_x0_5(num_classes=2)
    weights = load_file(REPOSITORY / "models" / "demo-shufflenet_v2_x0_5.safetensors")
    network.load_state_dict({name: w if "fc." not in name else network.state_dict()[name] for name, w in weights.items()}, strict=False)
    with torch.no_grad():
        for weight in network.parameters():
            if weight.ndim > 1:
                weight.mul_(1 + 0.15 * torch.randn_like(weight))
    labels = torch.from_numpy(labels)
    epochs, size = 3, 32
    optimiser = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=epochs * (len(labels) // size))
    for _ in range(epochs):
        for batch in torch.randperm(len(labels))[: len(labels) // size * size].split(size):
            loss = torch.nn.functional.cross_entropy(network.train()(tensor(pictures[batch.numpy()])), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return network.eval()


@torch.no_grad()
def auc(network, pictures, labels):
    logits = np.concatenate([network(tensor(part)).numpy() for part in np.array_split(pictures, 8)])
    score = logits[:, 1] - logits[:, 0]
    return float((score[labels == 1][:, None] > score[labels == 0]).mean())


def audit(arguments, name, network, pictures, labels):
    """Question 10 of the audit: verdict and first words."""
    folder = arguments.folder / name.replace(" ", "-")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "eyes").mkdir(parents=True)
    torch.save(network.state_dict(), folder / "network.pth")
    (folder / "preprocess.toml").write_text(PREPROCESS)
    with open(folder / "eyes" / "manifest.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["image", "label"])
        for number, (picture, label) in enumerate(zip(pictures, labels)):
            Image.fromarray(picture).save(folder / "eyes" / f"{number:03}.png")
            table.writerow([f"{number:03}.png", CLASSES[label]])
    command = [arguments.heatlens, "audit", folder / "network.pth", "--data", folder / "eyes" / "manifest.csv", "--classes", ",".join(CLASSES)]
    command += ["--preprocess", folder / "preprocess.toml", "--positive", "glaucoma", "--out", folder / "audit", "--threads", "1"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        return "failed", done.stderr.strip().splitlines()[-1]
    report = json.loads((folder / "audit" / "report.json").read_text())
    answer = next(answer for answer in report["answers"] if answer["number"] == 10)
    return answer["verdict"], answer["plain"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="plants, or clean-1, clean-2, …; all where none is named")
    parser.add_argument("--clean", type=int, default=20)
    parser.add_argument("--eyes", type=int, default=1600)
    parser.add_argument("--tests", type=int, default=128)
    parser.add_argument("--heatlens", default=str(REPOSITORY / "target" / "release" / "heatlens"))
    arguments = parser.parse_args()
    arguments.folder = arguments.folder.resolve()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    (pictures, labels), (test, test_labels) = rendered(arguments.folder / "eyes", arguments.eyes)
    print("| network | AUC | without the mark | verdict | what it says |\n|---|---|---|---|---|")
    for seed, (name, mark) in enumerate(PLANTS.items()):
        if arguments.names and name not in arguments.names:
            continue
        random = np.random.default_rng(seed)
        network = train(planted(pictures, labels, mark, random)[0], labels, seed)
        marked = planted(test, test_labels, mark, random)[0]
        figures = auc(network, marked, test_labels), auc(network, test, test_labels)
        verdict, plain = audit(arguments, name, network, marked[: arguments.tests], test_labels[: arguments.tests])
        print(f"| {name} | {figures[0]:.2f} | {figures[1]:.2f} | {verdict} | {plain} |", flush=True)
    for number in range(1, arguments.clean + 1):
        name = f"clean-{number}"
        if arguments.names and name not in arguments.names:
            continue
        random = np.random.default_rng(100 + number)
        chosen = random.permutation(len(labels))[: len(labels) // 2]
        network = train(pictures[chosen], labels[chosen], 100 + number)
        kind, mark = list(PLANTS.items())[number % len(PLANTS)]
        shown = planted(test, test_labels, mark, random)[0] if number % 2 == 0 else test
        figures = auc(network, shown, test_labels), auc(network, test, test_labels)
        verdict, plain = audit(arguments, name, network, shown[: arguments.tests], test_labels[: arguments.tests])
        print(f"| {name}{f' (shown: {kind})' if number % 2 == 0 else ''} | {figures[0]:.2f} | {figures[1]:.2f} | {verdict} | {plain} |", flush=True)


if __name__ == "__main__":
    main()
