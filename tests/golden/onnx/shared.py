"""Makes `shared.safetensors`: what ONNX Runtime computes with the ONNX files of the shared test material.

    python shared.py FOLDER_OF_MODELS

The input is a formula; of large outputs every n-th element is kept (`NAME/stride`).
"""

import sys
from pathlib import Path

import numpy as np
import onnxruntime
from safetensors.numpy import save_file

expected = {}
for file in sorted(Path(sys.argv[1]).glob("*.onnx")):
    session = onnxruntime.InferenceSession(file)
    (declared,) = session.get_inputs()
    shape = [d if isinstance(d, int) else 1 for d in declared.shape]
    i = np.arange(np.prod(shape), dtype=np.uint64)
    x = (i * np.uint64(2_654_435_761) % np.uint64(65_536)).astype(np.float32) / np.float32(32_768) - np.float32(1)
    (y,) = session.run(None, {declared.name: x.reshape(shape)})
    stride = max(1, y.size // 997)
    expected[f"{file.stem}/sampled"] = np.ascontiguousarray(y.ravel()[::stride])
    expected[f"{file.stem}/stride"] = np.array([stride], np.float32)
    expected[f"{file.stem}/shape"] = np.array(y.shape, np.float32)
    print(file.name, y.shape, abs(y).max())
save_file(expected, Path(__file__).with_name("shared.safetensors"))
