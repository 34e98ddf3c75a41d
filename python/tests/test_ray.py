"""Audits on a Ray cluster, whose nodes and actors fail."""

import filecmp
import os
import shutil
import signal
import sys

import numpy as np
import pytest

if not sys.platform.startswith("linux"):
    pytest.skip("actors are found in /proc", allow_module_level=True)
ray = pytest.importorskip("ray", reason="Ray is not installed")
pytest.importorskip("ray.data", reason="Ray Data is not installed")
Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
pytest.importorskip("pyarrow", reason="Ray Data needs pyarrow")

import heatlens as hl  # noqa: E402
import heatlens.ray  # noqa: E402


@pytest.fixture(scope="module")
def many(eyes, tmp_path_factory):
    """The demonstration's eyes, several times, and a picture of 10 bits: five parts."""
    folder = tmp_path_factory.mktemp("many")
    for path in sorted(eyes.glob("*/*")):
        (folder / path.parent.name).mkdir(exist_ok=True)
        for copy in range(6):
            shutil.copy(path, folder / path.parent.name / f"{copy}-{path.name}")
    levels = (np.add.outer(np.arange(240), np.arange(240)) * 4).astype(np.uint16)
    Image.fromarray(levels).save(folder / "normal" / "of-10-bits.png")
    return folder


@pytest.fixture
def cluster(monkeypatch):
    """A head without CPUs and two nodes with one each."""
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_worker_niceness", "0")
    monkeypatch.setenv("RAY_DATA_DISABLE_PROGRESS_BARS", "1")
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    ray.init(address=cluster.address, log_to_driver=False)
    yield cluster, nodes
    ray.shutdown()
    cluster.shutdown()


def files(folder):
    return sorted(os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names)


def actors():
    """Processes of the actors that measure: Ray gives them their names."""
    found = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/cmdline", "rb") as file:
                named = file.read()
        except OSError:
            continue
        if named.startswith(b"ray::") and b"MapWorker" in named:
            found.append(int(process))
    return found


def test_an_audit_whose_actors_and_nodes_fail_has_the_bytes_of_one_machine(model, many, tmp_path, cluster):
    cluster, nodes = cluster
    asked = {"positive": "glaucoma", "experiments": 6}
    alone = hl.audit(model, many, tmp_path / "alone", threads=1, **asked)
    told = []

    def break_down(done, images):
        told.append((done, images))
        if len(told) == 1:
            os.kill(actors()[0], signal.SIGKILL)
        if len(told) == 2:
            cluster.remove_node(nodes[0], allow_graceful=False)

    run = heatlens.ray.audit(model, many, tmp_path / "spread", workers=2, progress=break_down, **asked)
    assert told[-1] == (145, 145) and len(told) == 5
    assert run.answers == alone.answers
    assert all(any("bits of 16" in note for note in of.notes) for of in (alone, run))
    names = files(tmp_path / "alone")
    assert names == files(tmp_path / "spread") and len(names) > 20
    _, different, failed = filecmp.cmpfiles(tmp_path / "alone", tmp_path / "spread", names, shallow=False)
    assert not different and not failed


def test_what_is_done_is_not_done_again(model, many, tmp_path):
    asked = {"positive": "glaucoma", "experiments": 0, "limit": 40}
    hl.audit(model, many, tmp_path / "run", **asked)
    written = {name: os.stat(tmp_path / "run" / "maps" / name).st_mtime_ns for name in os.listdir(tmp_path / "run" / "maps")}
    told = []
    run = heatlens.ray.audit(model, many, tmp_path / "run", progress=lambda done, images: told.append(done), **asked)
    assert told == [] and not ray.is_initialized() and len(run.answers) == 10
    assert written == {name: os.stat(tmp_path / "run" / "maps" / name).st_mtime_ns for name in written}
