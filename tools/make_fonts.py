"""Cut the fonts of the pictures: Noto Sans SC, Regular and Bold, down to GBK, Latin, signs and arrows.

Source: Noto Sans SC, copyright 2014-2021 Adobe, from the npm package ``@expo-google-fonts/noto-sans-sc`` 0.4.3, which
carries Google's static instances. Licence: SIL Open Font License 1.1, copied beside the cut fonts; it allows a subset
to be bundled under the same licence, and the reserved name "Source" is not used.

    npm pack @expo-google-fonts/noto-sans-sc@0.4.3
    tar xzf expo-google-fonts-noto-sans-sc-0.4.3.tgz
    python tools/make_fonts.py package charts/fonts

GBK and not GB2312, since people and places are called 喆, 堃 and 镕. Hinting is dropped (pictures are drawn at three
times the size of a phone's text), and so are the layout features that a chart never asks for.
"""

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path

from fontTools import subset

WEIGHTS = {"400Regular": "Regular", "700Bold": "Bold"}
FEATURES = ["kern", "locl", "ccmp", "mark", "mkmk", "palt"]
BLOCKS = (
    range(0x0020, 0x007F),  # Latin
    range(0x00A0, 0x0250),  # Latin-1 and Latin Extended
    range(0x1E00, 0x1F00),  # Vietnamese and other accents
    range(0x2000, 0x2070),  # punctuation and spaces
    range(0x20A0, 0x20C0),  # currencies
    range(0x2190, 0x219A),  # arrows
    range(0x2200, 0x2270),  # mathematics, with the true minus
    range(0x25A0, 0x2600),  # geometric marks
    range(0x3000, 0x3020),  # Chinese punctuation
    range(0xFF00, 0xFFEF),  # full-width forms
)
MUST_HAVE = "喆堃镕€¥−←→↑↓×²µ，。件箱Añß"


def gbk() -> Iterator[int]:
    """Yield the code points that two bytes of GBK can write."""
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            try:
                yield ord(bytes((lead, trail)).decode("gbk"))
            except UnicodeDecodeError:
                continue


def cut(source: Path, target: Path) -> None:
    """Write the subset of ``source`` to ``target``. Raises SystemExit if a glyph that we promise is not there."""
    options = subset.Options()
    options.layout_features = FEATURES
    options.hinting = False
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.drop_tables += ["BASE", "vhea", "vmtx", "VORG"]
    font = subset.load_font(source, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes={*gbk(), *(point for block in BLOCKS for point in block)})
    cutter.subset(font)
    missing = [sign for sign in MUST_HAVE if ord(sign) not in font.getBestCmap()]
    if missing:
        raise SystemExit(f"{source.name} lacks {' '.join(missing)}")
    subset.save_font(font, target, options)


def main() -> None:
    parser = argparse.ArgumentParser(description="Cut the fonts of the pictures down to GBK.")
    parser.add_argument("package", type=Path, help="the unpacked npm package")
    parser.add_argument("target", type=Path, help="the folder to write to, charts/fonts")
    arguments = parser.parse_args()
    arguments.target.mkdir(parents=True, exist_ok=True)
    for folder, weight in WEIGHTS.items():
        target = arguments.target / f"NotoSansSC-{weight}.ttf"
        cut(arguments.package / folder / f"NotoSansSC_{folder}.ttf", target)
        print(f"{target.name}: {target.stat().st_size / 1e6:.1f} MB")
    shutil.copyfile(arguments.package / "LICENSE_FONT", arguments.target / "OFL.txt")


if __name__ == "__main__":
    main()
