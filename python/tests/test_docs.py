"""What the pages and docstrings show runs."""

import csv
import doctest
import importlib
import pkgutil
import re

import pytest

import heatlens as hl

from conftest import REPOSITORY


@pytest.fixture
def place(tmp_path, monkeypatch, checkpoint, eye, eyes):
    """A folder with what the examples name."""
    (tmp_path / "best_model.pth").write_bytes(checkpoint.read_bytes())
    (tmp_path / "eye.jpg").write_bytes(eye.read_bytes())
    (tmp_path / "photos").symlink_to(eyes)
    with open(tmp_path / "manifest.csv", "w", newline="") as file:
        rows = [(path.relative_to(eyes), path.parent.name) for path in sorted(eyes.rglob("*.png"))]
        csv.writer(file).writerows([("image", "label"), *((f"photos/{image}", label) for image, label in rows)])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.filterwarnings("ignore:.*preprocess.*:UserWarning")
def test_the_readme(place):
    text = (REPOSITORY / "python" / "README.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    names = {}
    for block in blocks:
        # Live modules and clusters have tests of their own.
        if "heatlens.cam" not in block and "heatlens.ray" not in block:
            exec(compile(block, "python/README.md", "exec"), names)
    assert (place / "out" / "index.html").exists() and names["run"].report == str("run/report.html")


# What needs Ray, which is seldom installed, has no examples.
MODULES = [m.name for m in pkgutil.iter_modules(hl.__path__) if m.name not in ("__main__", "_heatlens", "ray")]


def test_docstrings(place, model, eye):
    tried = 0
    for module in (hl, *(importlib.import_module(f"heatlens.{name}") for name in MODULES)):
        names = {"hl": hl, "model": model, "eye": eye}
        found = doctest.testmod(module, extraglobs=names, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        assert found.failed == 0, module
        tried += found.attempted
    assert tried >= 10
