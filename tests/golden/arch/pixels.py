#!/usr/bin/env python3
"""Which of the networks that heatlens names timm has weights for that were trained with pixels other than ImageNet's: writes
crates/formats/src/torch/arch/pixels.txt, a line each: name, side, three means, three deviations, crop_pct, interpolation.

    pip install timm
    python pixels.py
"""
import re
from pathlib import Path

import timm

ARCH = Path(__file__).parents[3] / "crates/formats/src/torch/arch"
IMAGENET = (0.485, 0.456, 0.406)

names = {name for page in ARCH.glob("*.rs") for name in re.findall(r'member\("([^"]+)"', page.read_text())}
lines = []
# Weights of the same names and shapes come from torchvision, too, with pixels of its own.
for name in sorted((names & set(timm.list_models())) - {"inception_v3"}):
    config = timm.get_pretrained_cfg(name)
    trained = {(tuple(c.mean), tuple(c.std)) for c in map(timm.get_pretrained_cfg, timm.list_pretrained(f"{name}.*"))}
    # Weights of one name that were trained with different pixels leave it open which.
    if config is not None and tuple(config.mean) != IMAGENET and len(trained) <= 1:
        pixels = [f"{v:.8g}" for v in (*config.mean, *config.std)]
        lines.append(" ".join([name, str(config.input_size[1]), *pixels, str(config.crop_pct), config.interpolation]))
(ARCH / "pixels.txt").write_text("\n".join(lines) + "\n")
