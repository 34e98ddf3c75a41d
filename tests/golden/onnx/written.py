"""Runs what heatlens wrote as ONNX in ONNX Runtime, and compares with what heatlens computes.

    HEATLENS_WRITTEN=/tmp/written cargo test --release -p heatlens-formats --test onnx written
    python written.py /tmp/written

Each `NAME.onnx` lies beside a `NAME.safetensors` with its inputs (`in0`, `in1` …) and heatlens's outputs (`out0` …). Needs onnx, onnxruntime, safetensors.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file

TOLERANCE = 1e-4  # of the largest value: sums in another order, over up to 10⁵ elements
TYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(bool)": np.bool_}


def difference(found, want):
    found, want = np.asarray(found, np.float64), np.asarray(want, np.float64)
    if found.shape != want.shape:
        return f"shape {found.shape}, expected {want.shape}"
    if found.size == 0:
        return 0.0
    both_nan = np.isnan(found) & np.isnan(want)
    same = both_nan | (found == want)
    error = np.where(same, 0, np.abs(found - want))
    scale = max(np.abs(want[np.isfinite(want)]).max(initial=0), 1e-30)
    return float(error.max() / scale)


files = sorted(Path(sys.argv[1]).glob("*.onnx"))
failures = worst = 0
for file in files:
    tensors = load_file(file.with_suffix(".safetensors"))
    try:
        onnx.checker.check_model(str(file), full_check=True)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        session = onnxruntime.InferenceSession(str(file), options)
        feed = {d.name: tensors[f"in{i}"].astype(TYPES[d.type]) for i, d in enumerate(session.get_inputs())}
        errors = [difference(y, tensors[f"out{i}"]) for i, y in enumerate(session.run(None, feed))]
        bad = [e for e in errors if isinstance(e, str) or not e <= TOLERANCE]
        worst = max([worst, *(e for e in errors if not isinstance(e, str))])
    except Exception as error:
        bad = [str(error)]
    if bad:
        failures += 1
        print(f"{file.name}: {bad}"[:600])
print(f"{len(files)} files, {failures} differ; the largest difference is {worst:.1e} of the largest value")
sys.exit(failures > 0 or not files)
