"""What the tests share: the classifier that comes along and a rendered eye."""

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
