"""`explain_many` with a folder: the command's files, and explanations meanwhile."""

import json
import multiprocessing
import os
import select
import signal
import struct
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import heatlens as hl


@pytest.fixture(scope="module")
def photographs(tmp_path_factory, eyes):
    """Three eyes of each class, and a file that is none."""
    folder = tmp_path_factory.mktemp("photographs")
    for label in ("glaucoma", "normal"):
        (folder / label).mkdir()
        for path in sorted((eyes / label).iterdir())[:3]:
            (folder / label / path.name).write_bytes(path.read_bytes())
    (folder / "normal" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    return folder


def files(folder):
    """What lies in the folder of a run; of run.json all but the date."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            found[str(path.relative_to(folder))] = path.read_bytes()
    record = json.loads(found["run.json"])
    record.pop("date", None)
    return {**found, "run.json": record}


def test_the_files_are_the_commands(model, checkpoint, photographs, tmp_path, heatlens, asked):
    heatlens(
        *("explain", checkpoint, photographs, *asked, "--labels", "folders", "--class", "all", "--threads", "2"),
        *("--save", "panel,overlay,map,gallery", "--contours", "--out", tmp_path / "command"),
        status=1,
    )
    options = {"labels": "folders", "save": ["panel", "overlay", "map", "gallery"], "contours": True, "threads": 2}
    with pytest.warns(UserWarning, match="broken.png` is left out"):
        found = list(model.explain_many(photographs, "all", out=tmp_path / "python", **options))
    expected, written = files(tmp_path / "command"), files(tmp_path / "python")
    assert written.keys() == expected.keys() and "index.html" in written
    assert [name for name in expected if written[name] != expected[name]] == []

    assert [e.label for e in found] == ["glaucoma"] * 3 + ["normal"] * 3
    assert all(e.outcome.split("_")[0] in ("true", "false") for e in found)
    one = model.explain(found[0].image, "all")
    assert [np.array_equal(a.raw, b.raw) for a, b in zip(one.maps, found[0].maps, strict=True)] == [True, True]


def test_what_is_begun_goes_on_and_ends_as_one(model, photographs, tmp_path):
    def begun(out):
        return model.explain_many(photographs / "glaucoma", out=tmp_path / out, threads=1)

    with begun("two") as some:
        first = next(some)
        assert len(some) == 3 and some.summary is None
    assert not (tmp_path / "two" / "run.json").exists()
    rest = begun("two")
    again = list(rest)
    assert any("explained before" in note for note in rest.notes), rest.notes
    assert np.array_equal(again[0].map, first.map) and len(again) == 3
    assert rest.summary["images"] == 3 and rest.summary["failed"] == 0
    list(begun("one"))
    assert files(tmp_path / "one") == files(tmp_path / "two")
    with pytest.raises(hl.RequestError, match="overwrite"):
        begun("one")


def test_the_panel_is_the_files(model, photographs, tmp_path):
    image = pytest.importorskip("PIL.Image")
    for e in model.explain_many(photographs / "glaucoma", labels="folders", out=tmp_path / "out", limit=2):
        name = os.path.basename(e.image).removesuffix(".png")
        (panel,) = (tmp_path / "out" / "panels").rglob(f"*_{name}.png")
        assert np.array_equal(e.panel(), np.asarray(image.open(panel)))


def test_what_cannot_be_written_is_refused(model, photographs, tmp_path):
    with pytest.raises(TypeError, match='labels: .* out="out/"'):
        model.explain_many(photographs, labels="folders")
    with pytest.raises(TypeError, match="save arrays to files"):
        model.explain_many([np.zeros((8, 8, 3), np.uint8)], out=tmp_path / "out")
    with pytest.raises(TypeError, match="colour"):
        model.explain_many(photographs, out=tmp_path / "out", colour="red")
    with pytest.raises(ValueError, match="no kind of file `film`; there are panel"):
        model.explain_many(photographs, out=tmp_path / "out", save="film")
    with pytest.raises(ValueError, match="tile is a number from 64 to 2048, and this is 1"):
        model.explain_many(photographs, out=tmp_path / "out", tile=1)
    with pytest.raises(hl.RequestError, match="nowhere"):
        model.explain_many(photographs / "nowhere", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


SCRIPT = """
    import signal, sys
    import heatlens as hl
    # Whoever runs the tests in the background has it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    model = hl.load({checkpoint!r}, classes=["normal", "glaucoma"], preprocess="imagenet-exact")
    try:
        for e in model.explain_many({eyes!r}, out={out!r}, threads=1):
            print("image", flush=True)
    except KeyboardInterrupt:
        print("stopped", flush=True)
"""


def script(checkpoint, eyes, out):
    return textwrap.dedent(SCRIPT.format(checkpoint=str(checkpoint), eyes=str(eyes), out=str(out)))


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_leaves_whole_results(model, checkpoint, eyes, tmp_path):
    line = [sys.executable, "-c", script(checkpoint, eyes, tmp_path / "out")]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "image\n"
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    assert rest.splitlines()[-1] == "stopped"
    done = len(list((tmp_path / "out" / "panels").rglob("*.png")))
    assert 1 <= done < 24 and not list((tmp_path / "out").rglob("*.png.partial"))
    rest = model.explain_many(eyes, out=tmp_path / "out")
    assert len(list(rest)) == 24
    assert any("explained before" in note for note in rest.notes), rest.notes


def test_a_bar_moves_on_a_terminal_alone(checkpoint, photographs, tmp_path):
    pytest.importorskip("tqdm")
    fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))
    code = script(checkpoint, photographs / "glaucoma", tmp_path / "piped")
    piped = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert piped.stderr == ""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    code = script(checkpoint, photographs / "glaucoma", tmp_path / "shown")
    subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=theirs, check=True)
    assert select.select([ours], [], [], 1)[0] and b"image/s" in os.read(ours, 100_000)


def _takes_one(rest):
    try:
        next(rest)
    except hl.RequestError as error:
        assert "another process" in str(error)
        os._exit(0)
    os._exit(1)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_no_part_in_it(model, photographs, tmp_path):
    with model.explain_many(photographs / "glaucoma", out=tmp_path / "out") as rest:
        next(rest)
        child = multiprocessing.get_context("fork").Process(target=_takes_one, args=(rest,))
        child.start()
        child.join(20)
        assert child.exitcode == 0
        assert len(list(rest)) == 2
