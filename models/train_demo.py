"""Trains the classifier of `heatlens demo`: ShuffleNet v2 x0.5 on rendered eyes, normal against glaucoma.

    python models/train_demo.py --data FOLDER

FOLDER (outside the repository, about 2 GB) receives the eyes that `crates/fundus/examples/render_dataset.rs` renders:
3,600 to learn from, 600 to choose the epoch by, 1,200 to measure on; the three streams share no seed. Writes
`models/demo-shufflenet_v2_x0_5.safetensors` and, beside it, the measured figures as JSON.

Needs torch, torchvision, numpy, pillow and safetensors. One thread; about 13 minutes of processor time.
"""

import argparse
import csv
import json
import math
import subprocess
from pathlib import Path

import numpy as np
import torch
import torchvision
from PIL import Image
from safetensors.torch import save_file

REPOSITORY = Path(__file__).resolve().parent.parent
NAME = "demo-shufflenet_v2_x0_5"
CLASSES = ["normal", "glaucoma"]
COUNTS = {"train": 3600, "validation": 600, "test": 1200}
SIZE = 224
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
# (input side, epochs, highest learning rate): small pictures first, they cost a third.
PHASES = [(128, 10, 4e-3), (SIZE, 7, 1.5e-3)]
BATCH = 32
SEED = 20


def render(folder):
    """Renders what is not there yet."""
    command = ["cargo", "run", "--release", "-q", "-p", "heatlens-fundus", "--example", "render_dataset", "--", str(folder.resolve())]
    subprocess.run(command + [str(n) for n in COUNTS.values()], cwd=REPOSITORY, check=True)


def load(folder, split):
    """The pictures as uint8 (n, 3, 224, 224), resized exactly with Pillow's bilinear filter, and the labels."""
    with open(folder / f"{split}.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    if len(rows) != COUNTS[split]:
        raise SystemExit(f"{folder / split}.csv lists {len(rows)} eyes instead of {COUNTS[split]}: render them again")
    pictures = np.empty((len(rows), 3, SIZE, SIZE), np.uint8)
    for picture, row in zip(pictures, rows):
        with Image.open(folder / row["image"]) as file:
            picture[:] = np.asarray(file.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR)).transpose(2, 0, 1)
    labels = torch.tensor([CLASSES.index(row["label"]) for row in rows])
    return torch.from_numpy(pictures), labels, np.array([float(row["vcdr"]) for row in rows])


def tensor(pictures, side):
    x = pictures.float() / 255
    if side != SIZE:
        x = torch.nn.functional.interpolate(x, (side, side), mode="bilinear", antialias=True)
    return ((x - MEAN) / STD).contiguous(memory_format=torch.channels_last)


def augmented(pictures, random):
    """Mirrored, shifted by up to 12 pixels (the margin is black), and slightly recoloured."""
    out = []
    for picture in pictures:
        if torch.rand((), generator=random) < 0.5:
            picture = picture.flip(2)
        shift = torch.randint(-12, 13, (2,), generator=random).tolist()
        gain = 1 + 0.12 * (torch.rand(3, 1, 1, generator=random) - 0.5) + 0.2 * (torch.rand((), generator=random) - 0.5)
        out.append((picture.roll(shift, (1, 2)).float() * gain).clamp(0, 255))
    return torch.stack(out)


@torch.no_grad()
def scores(model, pictures, side=SIZE):
    """Logits of every picture."""
    model.eval()
    return torch.cat([model(tensor(batch, side)) for batch in pictures.split(50)])


def auc(score, label):
    """Area under the ROC curve: the Mann-Whitney statistic, ties counted half."""
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (counts.cumsum() - (counts - 1) / 2)[place]
    positive = label == 1
    n, m = positive.sum(), (~positive).sum()
    return (ranks[positive].sum() - n * (n + 1) / 2) / (n * m)


def interval(score, label, resamples=2000):
    """95 % percentile bootstrap over eyes (each rendered eye is a patient of its own)."""
    random = np.random.default_rng(SEED)
    draws = random.integers(0, len(score), (resamples, len(score)))
    return np.percentile([auc(score[d], label[d]) for d in draws], [2.5, 97.5]).round(4).tolist()


def wilson(right, n):
    p, z = right / n, 1.959964
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return [round((middle - half) / (1 + z * z / n), 4), round((middle + half) / (1 + z * z / n), 4)]


def train(model, data, validation):
    """Trains in phases; returns the weights (averaged over the steps) that rank the validation eyes best."""
    pictures, labels, _ = data
    random = torch.Generator().manual_seed(SEED)
    loss_of = torch.nn.CrossEntropyLoss(label_smoothing=0.05)
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.99), use_buffers=True)
    best = (0.0, None)
    for side, epochs, rate in PHASES:
        optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.02)
        steps = epochs * (len(labels) // BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.2)
        for epoch in range(epochs):
            model.train()
            total = 0.0
            for indices in torch.randperm(len(labels), generator=random)[: len(labels) // BATCH * BATCH].split(BATCH):
                loss = loss_of(model(tensor(augmented(pictures[indices], random), side)), labels[indices])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
                average.update_parameters(model)
                total += loss.item()
            logits = scores(average.module, validation[0], side)
            area = auc((logits[:, 1] - logits[:, 0]).numpy(), validation[1].numpy())
            print(f"{side} px, epoch {epoch + 1}/{epochs}: loss {total * BATCH / len(labels):.4f}, validation AUC {area:.4f}", flush=True)
            if side == SIZE and area > best[0]:
                best = (area, {k: v.clone() for k, v in average.module.state_dict().items()})
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder for the rendered eyes, outside the repository")
    parser.add_argument("--rendered", action="store_true", help="the eyes are there already: do not call cargo")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    if not arguments.rendered:
        render(arguments.data)
    model = torchvision.models.shufflenet_v2_x0_5(num_classes=len(CLASSES)).to(memory_format=torch.channels_last)
    area, weights = train(model, load(arguments.data, "train"), load(arguments.data, "validation"))
    model.load_state_dict(weights)

    pictures, labels, ratios = load(arguments.data, "test")
    labels = labels.numpy()
    logits = scores(model, pictures).numpy()
    margin = logits[:, 1] - logits[:, 0]
    right = (margin > 0).astype(int) == labels
    figures = {
        "architecture": "shufflenet_v2_x0_5",
        "classes": CLASSES,
        "validation_auc": round(float(area), 4),
        "test_eyes": len(labels),
        "test_auc": round(float(auc(margin, labels)), 4),
        "test_auc_interval": interval(margin, labels),
        "test_accuracy": round(float(right.mean()), 4),
        "test_accuracy_interval": wilson(int(right.sum()), len(right)),
        "test_sensitivity": round(float(right[labels == 1].mean()), 4),
        "test_specificity": round(float(right[labels == 0].mean()), 4),
        "vcdr_alone_test_auc": round(float(auc(ratios, labels)), 4),
        "demo_wrong": [int(i) for i in range(24) if not right[i]],
        "demo_logits": [[round(float(x), 4) for x in row] for row in logits[:24]],
    }
    metadata = {"format": "pt", "architecture": "shufflenet_v2_x0_5", "classes": ",".join(CLASSES)}
    tensors = {k: v.contiguous(memory_format=torch.contiguous_format) if v.dim() == 4 else v for k, v in weights.items()}
    save_file(tensors, str(REPOSITORY / "models" / f"{NAME}.safetensors"), metadata)
    (REPOSITORY / "models" / f"{NAME}.json").write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps({k: v for k, v in figures.items() if k != "demo_logits"}, indent=1))


if __name__ == "__main__":
    main()
