"""The audit, and Ctrl-C."""

import csv
import os
import signal
import subprocess
import sys
import textwrap

import pytest

import heatlens as hl


def test_audit(model, eyes, tmp_path):
    seen = []
    run = hl.audit(
        model,
        eyes,
        tmp_path / "run",
        positive="glaucoma",
        experiments=2,
        limit=8,
        progress=lambda done, all: seen.append((done, all)),
    )
    assert seen[-1] == (8, 8)
    assert [answer["number"] for answer in run.answers] == list(range(1, 11))
    assert os.path.exists(run.report) and run.report.endswith("report.html")
    assert run.figures["schema"].startswith("heatlens.report")
    table = run.table("predictions")
    assert len(table) == 8
    assert any("patient" in note or "photograph" in note for note in run.notes), run.notes
    assert "Run(" in repr(run) and "<table>" in run._repr_html_()
    with open(tmp_path / "run" / "predictions.csv", newline="") as file:
        assert len(list(csv.DictReader(file))) == 8


def test_an_audit_that_cannot_begin_says_why(model, tmp_path):
    with pytest.raises(hl.HeatlensError, match="nowhere"):
        hl.audit(model, tmp_path / "nowhere", tmp_path / "run")


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_ends_an_audit_within_a_second_and_it_goes_on(checkpoint, eyes, tmp_path):
    code = textwrap.dedent(
        f"""
        import signal
        import heatlens as hl
        # Whoever runs the tests in the background has it ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        model = hl.load({str(checkpoint)!r}, classes=["normal", "glaucoma"], preprocess="imagenet-exact")
        def progress(done, all):
            print("image", flush=True)
        try:
            hl.audit(model, {str(eyes)!r}, {str(tmp_path / "run")!r}, positive="glaucoma", threads=1, progress=progress)
        except KeyboardInterrupt:
            print("stopped", flush=True)
        """
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "image\n"
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    assert rest.splitlines()[-1] == "stopped"
