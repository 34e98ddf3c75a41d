"""What the tests share: the classifier that comes along, a rendered eye, the demonstration's eyes, and the command."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def checkpoint():
    return REPOSITORY / "models" / "demo-shufflenet_v2_x0_5.safetensors"


@pytest.fixture(scope="session")
def eye():
    return REPOSITORY / "tests" / "golden" / "preprocess" / "eye.png"


@pytest.fixture(scope="session")
def model(checkpoint):
    import heatlens as hl

    return hl.load(checkpoint, classes=["normal", "glaucoma"], preprocess="imagenet-exact")


@pytest.fixture(scope="session")
def heatlens():
    """Runs the command that the wheel brings."""

    def run(*words, status=0):
        line = [sys.executable, "-m", "heatlens", *map(str, words)]
        done = subprocess.run(line, capture_output=True, text=True)
        assert done.returncode == status, done.stderr
        return done

    return run


@pytest.fixture(scope="session")
def asked(checkpoint):
    """The command's words for the model."""
    return ("--classes", "normal,glaucoma", "--preprocess", "imagenet-exact")


@pytest.fixture(scope="session")
def eyes(tmp_path_factory, heatlens):
    """The demonstration's 24 rendered eyes, in folders named as the classes."""
    out = tmp_path_factory.mktemp("demo")
    heatlens("demo", "--out", out / "demo")
    return out / "demo" / "photographs"
