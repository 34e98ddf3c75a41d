"""The package with NumPy alone."""

import subprocess
import sys

import numpy as np
import pytest

import heatlens as hl


def test_three_lines(model, eye):
    e = model.explain(eye, target="glaucoma")
    assert e.prediction in ("normal", "glaucoma")
    assert e.classes == ["normal", "glaucoma"]
    assert e.probabilities.dtype == np.float32 and e.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert e.confidence == pytest.approx(e.probabilities.max())
    assert e.map.shape == (224, 224) and 0 <= e.map.min() and e.map.max() <= 1
    assert e.raw.shape == (7, 7)
    height, width, _ = e.photograph.shape
    assert e.photograph_map.shape == (height, width)
    assert e.overlay().shape == e.photograph.shape and e.overlay().dtype == np.uint8
    assert e.panel().ndim == 3
    assert e._repr_png_().startswith(b"\x89PNG")
    assert e.maps[0].layer == model.default_layer == "conv5"
    assert "glaucoma" in repr(e)


def test_a_file_an_array_and_a_tensor_are_one_image(model, eye):
    of_file = model.explain(eye, "all")
    of_array = model.explain(of_file.photograph, "all")
    assert np.array_equal(of_file.logits, of_array.logits)
    for a, b in zip(of_file.maps, of_array.maps, strict=True):
        assert np.array_equal(a.raw, b.raw)
    x = np.random.default_rng(0).standard_normal((3, 3, 224, 224)).astype(np.float32)
    several = model.explain(x, "glaucoma")
    assert len(several) == 3
    assert np.array_equal(model.explain(x[1:2], "glaucoma").raw, several[1].raw)


def test_pictures_of_pil(model, eye):
    image = pytest.importorskip("PIL.Image").open(eye)
    assert np.array_equal(model.explain(image).logits, model.explain(eye).logits)


def test_methods_layers_and_targets(model, eye):
    e = model.explain(eye, ["normal", "glaucoma"], method=["Grad-CAM++", "layercam"], layer="stage4[-1]")
    assert [(h.target, h.method) for h in e.maps] == [
        ("normal", "gradcam++"),
        ("normal", "layercam"),
        ("glaucoma", "gradcam++"),
        ("glaucoma", "layercam"),
    ]
    assert model.explain(eye, "glaucoma vs normal").maps[0].target == "glaucoma vs normal"
    assert model.has_layer("stage4[-1]") and not model.has_layer("layer4")
    assert "conv5" in model.layers()
    assert len(hl.METHODS) > 20


def test_the_command_gives_the_same_map(model, checkpoint, eye, tmp_path, heatlens, asked):
    out = tmp_path / "out"
    heatlens("explain", checkpoint, eye, *asked, "--class", "glaucoma", "--out", out)
    (raw,) = out.glob("maps/*.raw.npy")
    assert np.array_equal(np.load(raw), model.explain(eye, "glaucoma").raw)


def test_the_command_answers_and_refuses(heatlens):
    assert hl.__version__ in heatlens("--version").stdout
    assert "nothing.pth" in heatlens("explain", "nothing.pth", "nowhere", status=2).stderr


def test_errors_say_what_and_what_next(model, eye, tmp_path):
    with pytest.raises(hl.ModelError, match="nothing.pth"):
        hl.load("nothing.pth")
    text = tmp_path / "model.pth"
    text.write_text("epoch,loss\n1,0.5\n")
    with pytest.raises(hl.HeatlensError, match="looks like text"):
        hl.load(text)
    with pytest.raises(hl.RequestError, match="no class `cat`"):
        model.explain(eye, "cat")
    with pytest.raises(ValueError, match="no method `gradcamera`; there are"):
        model.explain(eye, method="gradcamera")
    with pytest.raises(hl.HeatlensError, match="layer9"):
        model.explain(eye, layer="layer9")
    with pytest.raises(hl.ImageError, match="nowhere.png"):
        model.explain("nowhere.png")
    with pytest.raises(TypeError, match="uint8"):
        model.explain(np.zeros((4, 4, 3), np.float32))
    with pytest.raises(ValueError, match="3 channels"):
        model.explain(np.zeros((1, 4, 224, 224), np.float32))
    with pytest.raises(hl.HeatlensError, match="NaN|finite"):
        model.explain(np.full((1, 3, 224, 224), np.nan, np.float32))


def test_an_assumed_preprocessing_is_warned_of(checkpoint, eye):
    with pytest.warns(UserWarning, match="preprocess"):
        hl.load(checkpoint).explain(eye)


def test_what_photographs_meet_and_what_16_bits_become_is_told(model, tmp_path):
    image = pytest.importorskip("PIL.Image")
    levels = (np.add.outer(np.arange(240), np.arange(240)) * 4).astype(np.uint16)
    image.fromarray(levels).save(tmp_path / "eye.png")
    assert any("bits of 16" in note for note in model.explain(tmp_path / "eye.png").notes)
    x = np.zeros((1, 3, 224, 224), np.float32)
    assert model.explain(x).photograph.shape == (224, 224, 3)


def test_importing_is_quick_and_brings_no_framework():
    code = (
        "import sys, time; import numpy; start = time.perf_counter(); import heatlens; "
        "print(time.perf_counter() - start, 'torch' in sys.modules)"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split() for _ in range(5)]
    assert min(float(seconds) for seconds, _ in runs) < 0.06
    assert all(torch == "False" for _, torch in runs)


def test_explain_many(model, eye, tmp_path):
    for name in ("b.png", "a.png"):
        (tmp_path / name).write_bytes(eye.read_bytes())
    (tmp_path / "notes.txt").write_text("no image")
    explained = list(model.explain_many(tmp_path, "glaucoma"))
    assert [e.image.rsplit("/", 1)[-1] for e in explained] == ["a.png", "b.png"]
