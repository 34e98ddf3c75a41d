"""Measures what `heatlens check` finds: wrong preprocessings of networks whose right one is known, and false alarms on right ones.

    cargo build --release
    python benches/check/measure.py HEATLENS wrong  FOLDER [SIZE:]MODEL...    # eight wrong preprocessings of each: does the right one rank first?
    python benches/check/measure.py HEATLENS right  FOLDER [SIZE:]MODEL...    # twenty subsets of 16 photographs: is the right one ever called wrong?
    python benches/check/measure.py HEATLENS found  FOLDER SIZE:MODEL=SETTING...   # trained otherwise: is it found, when asked about ImageNet's?

The networks are right with `imagenet-exact` at their input, or at SIZE. Needs nothing but Python.
"""
import json, subprocess, sys, tempfile
from collections import Counter
from pathlib import Path

HEATLENS, WHAT, FOLDER, *MODELS = sys.argv[1:]
RESIZE = '[[steps]]\nstep = "resize"\nto = "input"\nresample = { library = "pillow", filter = "bilinear" }\n'
CROP = '[[steps]]\nstep = "shorter_side"\nto = { input_over = 0.875 }\nresample = { library = "pillow", filter = "bilinear" }\n[[steps]]\nstep = "centre_crop"\nto = "input"\n'
MEANS = "mean = [0.485, 0.456, 0.406]\nstd = [0.229, 0.224, 0.225]\n"
WRONG = {
    "x / 255": ("rgb", "unit", "", RESIZE),
    "x / 127.5 − 1": ("rgb", "signed", "", RESIZE),
    "0–255": ("rgb", "levels", "", RESIZE),
    "BGR": ("bgr", "unit", MEANS, RESIZE),
    "BGR, x / 255": ("bgr", "unit", "", RESIZE),
    "caffe": ("bgr", "levels", "mean = [103.939, 116.779, 123.68]\n", RESIZE),
    "centre crop": ("rgb", "unit", MEANS, CROP),
    "CLAHE": ("rgb", "unit", MEANS, RESIZE + '[[steps]]\nstep = "clahe"\nof = "lightness"\n'),
}
RIGHT = ("rgb", "unit", MEANS, RESIZE)


def spec(setting, size, folder):
    colour, values, means, steps = setting
    path = Path(folder) / "preprocess.toml"
    size = f"input = [{size}, {size}]\n" if size else ""
    path.write_text(f'colour = "{colour}"\nrange = "{values}"\n{means}layout = "nchw"\n{size}{steps}')
    return str(path)


def check(model, setting, size, *options):
    with tempfile.TemporaryDirectory() as folder:
        command = [HEATLENS, "check", model, FOLDER, "--preprocess", spec(setting, size, folder), "--json", *options]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 4, 5):
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def best(found, aspect):
    return next(s["setting"] for s in found["settings"] if s["aspect"] == aspect)


for name in MODELS:
    size, _, model = name.rpartition(":")
    if WHAT == "found":
        model, _, setting = model.partition("=")
        found = check(model, RIGHT, size)
        aspects = dict.fromkeys(s["aspect"] for s in found["settings"])
        print(f"{Path(model).stem} | {setting} | {found['verdict']} | {'; '.join(best(found, a) for a in aspects)} | {found['sentence']}", flush=True)
    elif WHAT == "wrong":
        for wrong, setting in WRONG.items():
            found = check(model, setting, size, "--sample", "16")
            values, framing, levels = (best(found, a) for a in ("values and order of channels", "framing", "levels"))
            print(f"{Path(model).stem} | {wrong} | {values} | {framing} | {levels} | {found['verdict']}", flush=True)
    else:
        verdicts = Counter(check(model, RIGHT, size, "--sample", "16", "--seed", str(seed))["verdict"] for seed in range(20))
        print(f"{Path(model).stem} | {dict(verdicts)}", flush=True)
