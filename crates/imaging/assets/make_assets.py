#!/usr/bin/env python3
"""Makes the colour tables and the subset of the typeface that are embedded.

    pip install matplotlib opencv-python-headless fonttools numpy
    python make_assets.py INTER_FOLDER      # the folder with Inter-Regular.otf and Inter-SemiBold.otf (https://rsms.me/inter, Debian: fonts-inter)

colormaps/<name>.rgb: 256 colours of 3 bytes; jet as OpenCV has it, because pytorch-grad-cam draws with that, the others as matplotlib has them.
fonts/*.otf: Latin, Latin Extended-A, Greek, punctuation, arrows, mathematics; the kerning of the basic letters as a `kern` table,
which small renderers read, where the original has it in GPOS only.
"""
import sys
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from fontTools import subset
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._k_e_r_n import KernTable_format_0

HERE = Path(__file__).parent
UNICODES = [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x384, 0x3CF), *range(0x2010, 0x2028), 0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x20AC, 0x2022,
            *range(0x2070, 0x208F), 0x2122, *range(0x2190, 0x219A), 0x2202, 0x2206, 0x2211, 0x2212, 0x2213, 0x221A, 0x221E, 0x2248, 0x2260, 0x2264, 0x2265,
            0x25A0, 0x25CB, 0x25CF, 0x2713, 0x2715, 0x2717, 0x00D7, 0x00B7, 0xFFFD]


def colormaps():
    table = cv2.applyColorMap(np.arange(256, dtype=np.uint8).reshape(256, 1), cv2.COLORMAP_JET)[:, 0, ::-1]
    (HERE / "colormaps/jet.rgb").write_bytes(table.tobytes())
    for name in ["turbo", "viridis", "inferno", "magma"]:
        table = matplotlib.colormaps[name](np.arange(256), bytes=True)[:, :3]
        (HERE / f"colormaps/{name}.rgb").write_bytes(table.astype(np.uint8).tobytes())


def pair_value(subtable, left, right):
    """The advance that a GPOS pair subtable adds, or None where it does not apply."""
    if left not in subtable.Coverage.glyphs:
        return None
    if subtable.Format == 1:
        for record in subtable.PairSet[subtable.Coverage.glyphs.index(left)].PairValueRecord:
            if record.SecondGlyph == right:
                return record.Value1.XAdvance if record.Value1 and hasattr(record.Value1, "XAdvance") else 0
        return None
    one = subtable.ClassDef1.classDefs.get(left, 0)
    two = subtable.ClassDef2.classDefs.get(right, 0)
    value = subtable.Class1Record[one].Class2Record[two].Value1
    return getattr(value, "XAdvance", 0) if value else 0


def font(source, target):
    options = subset.Options(layout_features=["kern"], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], hinting=False, desubroutinize=False, notdef_outline=True)
    loaded = TTFont(source)
    cut = subset.Subsetter(options)
    cut.populate(unicodes=UNICODES)
    cut.subset(loaded)
    gpos = loaded["GPOS"].table
    kern = next(f.Feature for f in gpos.FeatureList.FeatureRecord if f.FeatureTag == "kern")
    lookups = [[s.ExtSubTable if hasattr(s, "ExtSubTable") else s for s in gpos.LookupList.Lookup[i].SubTable] for i in kern.LookupListIndex]
    letters = sorted({loaded.getBestCmap()[u] for u in [*range(0x20, 0x7F), 0xD7, 0xB7, 0x2013, 0x2014, 0x2019, 0x2026] if u in loaded.getBestCmap()})
    pairs = {}
    for left in letters:
        for right in letters:
            for subtables in lookups:
                value = next((v for v in (pair_value(s, left, right) for s in subtables if s.LookupType == 2) if v is not None), 0)
                if abs(value) >= 10:
                    pairs[left, right] = value
                    break
    table = KernTable_format_0()
    table.version, table.coverage, table.apple, table.kernTable = 0, 1, False, pairs
    loaded["kern"] = newTable("kern")
    loaded["kern"].version, loaded["kern"].kernTables = 0, [table]
    del loaded["GPOS"]
    for name in ["GSUB", "GDEF"]:
        if name in loaded:
            del loaded[name]
    loaded.save(target)
    print(target, Path(target).stat().st_size, "bytes,", len(pairs), "pairs,", len(loaded.getGlyphOrder()), "glyphs")


colormaps()
for weight in ["Regular", "SemiBold"]:
    font(Path(sys.argv[1]) / f"Inter-{weight}.otf", HERE / f"fonts/Inter-{weight}.otf")
