"""`check`, `evaluate`, `sanity` and `compare` beside the commands."""

import json

import pytest

import heatlens as hl


@pytest.fixture(scope="module")
def some(tmp_path_factory, eyes):
    """Four eyes of each class."""
    folder = tmp_path_factory.mktemp("some")
    for label in ("glaucoma", "normal"):
        (folder / label).mkdir()
        for path in sorted((eyes / label).iterdir())[:4]:
            (folder / label / path.name).write_bytes(path.read_bytes())
    return folder


def test_check(model, checkpoint, some, heatlens, asked, tmp_path):
    words = ("check", checkpoint, some, *asked, "--labels", "folders")
    done = []
    found = hl.check(model, some, labels="folders", progress=lambda looks, all: done.append((looks, all)))
    assert found.figures == json.loads(heatlens(*words, "--json").stdout)
    assert repr(found) == heatlens(*words).stdout.removesuffix("\n")
    assert found.verdict == "fits" and found.passes is True and found["images"] == 8
    assert done[-1] == (len(done), None)

    wrong = hl.load(checkpoint, classes=["normal", "glaucoma"], preprocess="keras-255")
    better = hl.check(wrong, some)
    assert better.passes is False and better.verdict == "another fits better"
    better.save(tmp_path / "better.toml")
    again = hl.load(checkpoint, classes=["normal", "glaucoma"], preprocess=tmp_path / "better.toml")
    assert hl.check(again, some).passes is True


def test_evaluate(model, checkpoint, some, heatlens, asked, tmp_path):
    metrics = ["sparseness", "flip-rank", "deletion-blur"]
    words = ("evaluate", checkpoint, some / "glaucoma", *asked, "--methods", "gradcam,layercam", "--metrics")
    told = heatlens(*words, ",".join(metrics), "--sample", 2, "--out", tmp_path / "command")
    found = hl.evaluate(
        model, some / "glaucoma", method=["gradcam", "layercam"], metrics=metrics, sample=2, out=tmp_path / "python"
    )
    assert repr(found) == told.stdout.removesuffix("\n")
    assert found.figures == json.loads((tmp_path / "command" / "evaluation.json").read_text())
    for name in ("values.csv", "summary.csv", "agreement.csv", "evaluation.json", "evaluation.png"):
        assert (tmp_path / "python" / name).read_bytes() == (tmp_path / "command" / name).read_bytes(), name
    assert 0 < found.mean("gradcam", "sparseness") < 1
    with pytest.raises(KeyError, match="no mean of sparseness for rise"):
        found.mean("rise", "sparseness")
    with pytest.raises(ValueError, match="no metric `beauty`; there are"):
        hl.evaluate(model, some, metrics="beauty")


def test_sanity(model, checkpoint, eye, heatlens, asked, tmp_path):
    words = ("sanity", checkpoint, eye, *asked, "--cascade-only", "--out", tmp_path / "command", "--json")
    found = hl.sanity(model, eye, cascade_only=True, out=tmp_path / "python")
    assert found.figures == json.loads(heatlens(*words, status=0 if found.passes else 4).stdout)
    assert repr(found).split()[0] == ("pass" if found.passes else "FAIL")
    for name in ("sanity.csv", "sanity.json", "sanity.png"):
        assert (tmp_path / "python" / name).read_bytes() == (tmp_path / "command" / name).read_bytes(), name


def test_what_is_left_out_is_warned_of(model, some, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.warns(UserWarning, match="broken.png` is left out"), pytest.raises(hl.RequestError, match="1 image failed"):
        hl.evaluate(model, tmp_path / "broken.png", metrics="sparseness")


def test_compare(model, some, heatlens, tmp_path):
    options = {"positive": "glaucoma", "experiments": 0}
    first = hl.audit(model, some, tmp_path / "first", **options)
    hl.audit(model, some, tmp_path / "second", seed=1, **options)
    found = hl.compare(first, tmp_path / "second")
    told = heatlens("compare", tmp_path / "first", tmp_path / "second", "--out", tmp_path / "figures.json")
    assert repr(found) == told.stdout.removesuffix("\n")
    assert found.figures == json.loads((tmp_path / "figures.json").read_text())
    assert found["images"] == 8
    heatlens("compare", tmp_path / "first", tmp_path / "second", "--out", tmp_path / "page.html")
    found.save(tmp_path / "saved.html")
    assert (tmp_path / "saved.html").read_bytes() == (tmp_path / "page.html").read_bytes()
    with pytest.raises(hl.RequestError, match="no method `rise`; it has gradcam"):
        hl.compare(first, f"{tmp_path / 'second'}:rise")
