"""The examples of docs/coming-from.md, run as they stand there, each beside its original."""

import re

import numpy as np
import pytest

from conftest import REPOSITORY

# By the heading of a part: what its originals need, and whether they explain the network of PyTorch at the top.
NEEDS = {
    "pytorch-grad-cam": ["torch", "torchvision", "pytorch_grad_cam"],
    "torch-cam": ["torch", "torchvision", "torchcam"],
    "captum": ["torch", "torchvision", "captum"],
    "tf-keras-vis": ["tensorflow", "keras", "tf_keras_vis"],
}

PAGE = (REPOSITORY / "docs" / "coming-from.md").read_text()
TOP, *PARTS = re.split(r"^## ", PAGE, flags=re.MULTILINE)


def blocks(text):
    return re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def test_every_part_is_tried():
    assert [part.split("\n")[0] for part in PARTS] == list(NEEDS)


@pytest.mark.parametrize("part", PARTS, ids=NEEDS)
def test_ours_agrees_with_theirs(part, tmp_path, monkeypatch):
    needs = NEEDS[part.split("\n")[0]]
    for package in needs:
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    names, compared = {}, 0
    for block in (*(blocks(TOP) if "torch" in needs else []), *blocks(part)):
        exec(compile(block, "docs/coming-from.md", "exec"), names)
        if {"theirs", "ours"} <= names.keys():
            theirs, ours = np.asarray(names.pop("theirs")), np.asarray(names.pop("ours"))
            assert ours.shape == theirs.shape and theirs.max() > 0, block
            # Maps that are not stretched have their own units.
            assert np.abs(ours - theirs).max() < 1e-3 * max(1, np.abs(theirs).max()), block
            compared += 1
    assert compared >= 1 and "ours" not in names and "theirs" not in names
