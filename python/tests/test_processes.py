"""Threads, processes, memory and signals."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

import heatlens as hl

from conftest import REPOSITORY


@pytest.fixture(scope="module")
def small():
    """A network of 64×64 that takes a millisecond."""
    return hl.load(REPOSITORY / "tests" / "golden" / "variants" / "torchscript.onnx")


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(0).standard_normal((1, 3, 64, 64)).astype(np.float32)


def resident():
    """Bytes of memory that the process has now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is read as Linux tells it")
def test_a_thousand_explanations_leave_no_memory_behind(small, x):
    def explain(times):
        for _ in range(times):
            e = small.explain(x)
            e.map, e.overlay()
        return resident()

    before = explain(300)
    after = explain(1000)
    print(f"{(after - before) / 1024:+.0f} kB over 1,000 explanations")
    # A copy of the input that stayed would be 48 kB an explanation.
    assert after - before < 2_000_000


def test_threads_share_a_model(model, small, x, eye):
    asks = [lambda: model.explain(eye, "glaucoma").raw, lambda: small.explain(x).raw]
    expected, found = [ask() for ask in asks], []

    def work():
        for ask, raw in zip(asks * 5, expected * 5, strict=True):
            found.append(np.array_equal(ask(), raw))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 40 and all(found)


def test_threads_are_bounded(small, x):
    expected = small.explain(x).raw
    for count in (1, 3):
        hl.set_threads(count)
        assert np.array_equal(small.explain(x).raw, expected)
    with pytest.raises(ValueError, match="from 1 to 1024"):
        hl.set_threads(0)
    hl.set_threads(os.cpu_count() or 1)


def _raw(model, x):
    return model.explain(x).raw


@pytest.mark.parametrize("way", multiprocessing.get_all_start_methods())
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_processes_explain(way, model, small, x):
    """The threads of this process have started: a forked one has none of them."""
    expected = small.explain(x).raw
    shape = (1, 3, 224, 224)
    large = model.explain(np.ones(shape, np.float32)).raw
    with multiprocessing.get_context(way).Pool(2) as pool:
        found = pool.starmap_async(_raw, [(small, x)] * 4 + [(model, np.ones(shape, np.float32))] * 2).get(60)
    assert all(np.array_equal(raw, expected) for raw in found[:4])
    assert all(np.array_equal(raw, large) for raw in found[4:])


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_fork_while_other_threads_explain(small, x):
    """What is copied in the middle of other threads' work is not waited for."""
    expected, stop = small.explain(x).raw, threading.Event()

    def busy():
        while not stop.is_set():
            small.explain(x)

    def child():
        os._exit(0 if np.array_equal(small.explain(x).raw, expected) else 1)

    threads = [threading.Thread(target=busy) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            forked = multiprocessing.get_context("fork").Process(target=child)
            forked.start()
            forked.join(20)
            assert forked.exitcode == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_what_python_costs_can_be_measured():
    line = [sys.executable, REPOSITORY / "python" / "benches" / "overhead.py", "--images", "5"]
    told = subprocess.run(line, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [words.split(":")[0] for words in told] == ["engine", "model.explain(array)", "and e.map"]
    # About 1 % where nothing else runs; a busy machine makes one thread wait for the other.
    assert float(told[1].split()[-2]) < 50


def test_what_stays_in_its_process_says_so(small, x):
    import pickle

    with pytest.raises(TypeError, match="`e.map`"):
        pickle.dumps(small.explain(x))
    again = pickle.loads(pickle.dumps(small))
    assert np.array_equal(again.explain(x).raw, small.explain(x).raw)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize(
    "work",
    [
        "for _ in range(10_000): model.explain(x)",
        "model.explain(eye, method=['rise', 'sscam', 'iscam'])",
        "hl.sanity(model, eyes, sample=24, progress=tell)",
        "hl.evaluate(model, eyes, progress=tell)",
        "hl.check(model, eyes, progress=tell)",
    ],
)
def test_ctrl_c_returns_within_a_second(work, checkpoint, eye, eyes):
    code = textwrap.dedent(
        f"""
        import signal, sys, time
        import numpy as np
        import heatlens as hl
        signal.signal(signal.SIGINT, signal.default_int_handler)
        model = hl.load({str(checkpoint)!r}, classes=["normal", "glaucoma"], preprocess="imagenet-exact")
        eye, eyes, x = {str(eye)!r}, {str(eyes)!r}, np.zeros((1, 3, 224, 224), np.float32)
        model.explain(x)
        def tell(done, all):
            if done == 1:
                print("begun", flush=True)
        if {"progress" not in work}:
            print("begun", flush=True)
        try:
            {work}
        except KeyboardInterrupt:
            print("stopped", flush=True)
        """
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "begun\n"
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "stopped\n"
    took = time.monotonic() - asked
    process.communicate(timeout=10)
    # A second of a machine that has nothing else to do.
    assert took < 1 + 2 * (os.getloadavg()[0] > 2 * (os.cpu_count() or 1))
