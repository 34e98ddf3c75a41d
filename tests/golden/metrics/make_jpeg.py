"""A texture, and the same after Pillow saved it as JPEG at three qualities and read it again.

    python tests/golden/metrics/make_jpeg.py

writes texture*.png beside this file. Made with Pillow 12.
"""

import io
from pathlib import Path

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 52, 70


def texture():
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    waves = [np.sin(rows / 5 + columns / 9), np.cos(columns / 4), np.sin(rows * columns / 300)]
    blob = 60 * (np.hypot(rows - 20, columns - 30) < 12)
    return np.clip(128 + 50 * np.stack(waves, -1) + blob[..., None] * [1, 0.5, -1], 0, 255).astype(np.uint8)


def main():
    folder = Path(__file__).parent
    original = Image.fromarray(texture())
    original.save(folder / "texture.png")
    for quality in (90, 50, 20):
        file = io.BytesIO()
        original.save(file, "JPEG", quality=quality, subsampling="4:2:0")
        Image.open(file).convert("RGB").save(folder / f"texture-q{quality}.png")


if __name__ == "__main__":
    main()
