#!/usr/bin/env python3
"""Learners of fastai as `learn.save` and `learn.export` write them, and what they compute.

    python make.py        # with fastai 2.8 (cloudpickle), and again with fastai 2.7 (pickle)

`fastai-<version>.zip` holds `NAME.save/data.pkl` and `NAME.export/data.pkl`, the pickles of the two files, and `expected.json`: of each file which tensor each
of its storages is (`[name, shape]`, or text where the bytes are told), of each learner the logits of an image, the raw GradCAM map of class 1 at the last layer
of the body, and the names of its classes. Weights and image follow from names by the formula of ../arch/make.py, so that no weights have to be committed.
"""
import io
import json
import re
import sys
import tempfile
import zipfile
from pathlib import Path

import fastai
import numpy as np
import PIL.Image
import torch
from fastai.vision.all import *
from fastcore.foundation import L

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "arch"))
import make as formula

SIZE = (64, 96)


def images(folder):
    """Twelve pictures in folders of two classes."""
    rng = np.random.default_rng(0)
    for name in ("normal", "glaucoma"):
        (folder / name).mkdir(parents=True)
        for i in range(6):
            PIL.Image.fromarray(rng.integers(0, 255, (80, 90, 3), dtype=np.uint8)).save(folder / name / f"{i}.png")
    return folder


def by_folder(folder, item=None, batch=()):
    return ImageDataLoaders.from_folder(folder, valid_pct=0.3, seed=1, item_tfms=item or Resize(72), batch_tfms=list(batch), bs=4, num_workers=0)


def labels(_path):
    return ["disc", "haemorrhage"] if _path.stem in "024" else ["haemorrhage", "exudate"]


def several(folder):
    """Labels of which several may be present."""
    block = DataBlock((ImageBlock, MultiCategoryBlock), get_items=get_image_files, get_y=labels, splitter=RandomSplitter(seed=1), item_tfms=Resize(64))
    return block.dataloaders(folder, bs=4, num_workers=0)


NORMALISED = (Normalize.from_stats(*imagenet_stats),)
# Each with the last layer of its body.
LEARNERS = {
    "resnet34": (lambda f: vision_learner(by_folder(f, Resize(72), (*aug_transforms(size=64), *NORMALISED)), resnet34, pretrained=False, metrics=accuracy), "0.7.2"),
    "resnet18-plain": (lambda f: vision_learner(by_folder(f, Resize((64, 96), method=ResizeMethod.Squish)), resnet18, pretrained=False, concat_pool=False, lin_ftrs=[32, 16], lin_first=True, bn_final=True), "0.7.1"),
    "resnet18-labels": (lambda f: vision_learner(several(f), resnet18, pretrained=False), "0.7.1"),
    "densenet121": (lambda f: vision_learner(by_folder(f, batch=NORMALISED), densenet121, pretrained=False), "0.0.norm5"),
    "vgg16_bn": (lambda f: vision_learner(by_folder(f), models.vgg16_bn, pretrained=False), "0.0.42"),
    "efficientnet_b0": (lambda f: vision_learner(by_folder(f), "efficientnet_b0", pretrained=False), "0.model.bn2"),
    "convnext_atto": (lambda f: vision_learner(by_folder(f), "convnext_atto", pretrained=False), "0.model.stages.3"),
    "xresnet34": (lambda f: vision_learner(by_folder(f), xresnet34, pretrained=False), "0.7.2"),
    "xresnet50-learner": (lambda f: Learner(by_folder(f), xresnet50(n_out=2), loss_func=CrossEntropyLossFlat()), "7.2"),
}


def step(learn):
    """One step of the optimiser, which then has a state."""
    learn.create_opt()
    learn.model(torch.zeros(2, 3, *SIZE)).sum().backward()
    learn.opt.step()
    learn.opt.zero_grad()


def skeleton(path, state):
    """The pickle of a file, and what its storages are."""
    named = {t.numpy().tobytes(): [name, list(t.shape)] for name, t in state.items() if t.is_floating_point()}
    with zipfile.ZipFile(path) as archive:
        found = {}
        for entry in archive.namelist():
            place = entry.partition("/")[2]
            if re.fullmatch(r"data/\d+", place):
                content = archive.read(entry)
                # Moments of the optimiser, which are not read, may be anything.
                found[place[5:]] = named.get(content) or ([content.hex()] if len(content) <= 64 else [])
            elif place == "data.pkl":
                pickle = archive.read(entry)
    return pickle, found


def main():
    version = ".".join(fastai.__version__.split(".")[:2])
    results = {}
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(HERE / f"fastai-{version}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        folder = Path(folder)
        data = images(folder / "data")
        for name, (make, layer) in LEARNERS.items():
            if len(sys.argv) > 1 and name not in sys.argv[1:]:
                continue
            torch.manual_seed(0)
            learn = make(data)
            learn.path, learn.model_dir = folder, "."
            step(learn)
            net = learn.model.eval()
            x = torch.from_numpy(formula.uniform("input", 3 * SIZE[0] * SIZE[1]).reshape(1, 3, *SIZE))
            formula.fill(net, lambda name: name, 1.0)
            gain = formula.find_gain(net, layer, x)
            formula.fill(net, lambda name: name, gain)
            state = {key: value.clone() for key, value in net.state_dict().items()}
            files = {}
            learn.save(name)
            files["save"] = skeleton(folder / f"{name}.pth", state)
            learn.export(f"{name}.pkl")
            files["export"] = skeleton(folder / f"{name}.pkl", state)
            net.requires_grad_(False)
            formula.CLASSES = len(learn.dls.vocab)
            logits, _, cams = formula.run(net.double(), layer, x.double())
            for form, (pickle, _) in files.items():
                archive.writestr(f"{name}.{form}/data.pkl", pickle)
            results[name] = {
                "gain": gain,
                "classes": list(map(str, learn.dls.vocab)),
                "logits": logits.tolist(),
                "cam": cams[formula.CLASSES - 1].tolist(),
                **{form: storages for form, (_, storages) in files.items()},
            }
            print(name, results[name]["logits"], flush=True)
        archive.writestr("expected.json", json.dumps({"size": SIZE, "learners": results}))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
