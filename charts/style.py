"""One look for every picture: paper, a kicker, the finding, what is measured, a footer.

A sheet is a bare matplotlib ``Figure`` on the Agg canvas, without axes: everything is laid out in pixels, y downwards.
At 72 dpi a point is a pixel. A phone shows the 1,080 pixels about 330 points wide, so 30 px is some 9 pt in the hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Affine2D
from PIL import Image

from charts.layout import Box, Point
from charts.text import clip, fill, safe, wrap
from charts.typeface import Fonts

WIDTH = 1080
MARGIN = 60
RIGHT = WIDTH - MARGIN
TEXT_WIDTH = RIGHT - MARGIN
HEIGHT_MAX = 1280  # Telegram scales a larger photo down

PAPER = "#FBFAF7"
INK = "#1D2A35"  # titles, and the data that matters
SLATE = "#4A6274"  # ordinary data
GREY = "#66717A"  # second text, 5:1 on paper
SOFT = "#B9C2C9"  # context
HAIR = "#E2E0DA"  # rules
BAND = "#DDE4E9"  # uncertainty
ACCENT = "#C24A00"  # the one accent: this needs a person; told apart in the common colour-blindnesses

TITLE, SUBTITLE, BODY, LABEL, KICKER, NOTE = 54, 33, 34, 31, 28, 26
TITLE_STEP, SUBTITLE_STEP, NOTE_STEP = 68, 45, 38
COLOURS = 128

Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Frame:
    """The words around a picture: ``title`` is the finding, ``footer`` one sentence after the other."""

    kicker: str
    title: str
    subtitle: str
    footer: tuple[str, ...]


class Sheet:
    """A picture being drawn. ``top`` and ``bottom`` bound the space that its frame leaves."""

    def __init__(self, fonts: Fonts, frame: Frame, *, height: int) -> None:
        self.fonts = fonts
        self._figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72, facecolor=PAPER)
        self._canvas = FigureCanvasAgg(self._figure)
        self._pixels = Affine2D().scale(1, -1).translate(0, height)
        head, foot = self.room(fonts, frame)
        self.top, self.bottom = head, height - foot
        self._draw_frame(frame)

    @staticmethod
    def room(fonts: Fonts, frame: Frame) -> tuple[float, float]:
        """Return the pixels that the frame takes at the top and at the bottom of any sheet."""
        title, subtitle, footer = _lines(fonts, frame)
        head = 136 + TITLE_STEP * len(title) + SUBTITLE_STEP * len(subtitle)
        return head, 66 + NOTE_STEP * len(footer) if footer else 36

    def _draw_frame(self, frame: Frame) -> None:
        title, subtitle, footer = _lines(self.fonts, frame)
        kicker = clip(frame.kicker, self.fonts.at(KICKER), TEXT_WIDTH)
        self.text((MARGIN, 70), kicker, size=KICKER, colour=GREY)
        for i, line in enumerate(title):
            self.text((MARGIN, 136 + i * TITLE_STEP), line, size=TITLE, bold=True)
        for i, line in enumerate(subtitle):
            at = (MARGIN, 136 + TITLE_STEP * len(title) + i * SUBTITLE_STEP)
            self.text(at, line, size=SUBTITLE, colour=GREY)
        if footer:
            self.rule(self.bottom + 26, MARGIN, RIGHT)
        for i, line in enumerate(footer):
            self.text((MARGIN, self.bottom + 56 + i * NOTE_STEP), line, size=NOTE, colour=GREY)

    def text(
        self,
        at: Point,
        text: str,
        *,
        size: float = LABEL,
        colour: str = INK,
        bold: bool = False,
        align: Align = "left",
        halo: bool = False,
    ) -> None:
        """Write one line, centred on ``at`` vertically. No mathematics: the names of items hold $ and _."""
        face = self.fonts.bold if bold else self.fonts.regular
        artist = self._figure.text(
            *at,
            safe(text, face),
            fontproperties=face.properties,
            fontsize=size,
            color=colour,
            horizontalalignment=align,
            verticalalignment="center_baseline",
            parse_math=False,
            transform=self._pixels,
            zorder=9,
        )
        if halo:
            artist.set_path_effects([withStroke(linewidth=8, foreground=PAPER)])

    def line(
        self,
        points: Sequence[Point],
        *,
        colour: str = INK,
        weight: float = 2,
        dashed: bool = False,
        round_: bool = False,
        z: float = 4,
    ) -> None:
        self._figure.add_artist(
            Line2D(
                [x for x, _ in points],
                [y for _, y in points],
                color=colour,
                linewidth=weight,
                linestyle=(0, (2.2, 1.2)) if dashed else "-",
                solid_capstyle="round" if round_ else "butt",
                solid_joinstyle="round" if round_ else "miter",
                transform=self._pixels,
                zorder=z,
            ),
            clip=False,
        )

    def rule(self, y: float, left: float, right: float, *, colour: str = HAIR, weight: float = 2) -> None:
        self.line([(left, y), (right, y)], colour=colour, weight=weight, z=1)

    def area(self, points: Sequence[Point], *, colour: str = BAND) -> None:
        shape = Polygon(list(points), closed=True, facecolor=colour, edgecolor="none", transform=self._pixels, zorder=2)
        self._figure.add_artist(shape, clip=False)

    def bar(self, box: Box, *, colour: str = SLATE) -> None:
        self._figure.add_artist(
            Rectangle(
                (box.left, box.top),
                box.right - box.left,
                box.bottom - box.top,
                facecolor=colour,
                edgecolor="none",
                transform=self._pixels,
                zorder=3,
            ),
            clip=False,
        )

    def dot(self, at: Point, *, radius: float = 9, colour: str = INK, hollow: bool = False) -> None:
        """Mark a point, with a ring of paper that lifts it off its line."""
        self._figure.add_artist(
            Line2D(
                [at[0]],
                [at[1]],
                marker="o",
                markersize=2 * radius,
                markerfacecolor=PAPER if hollow else colour,
                markeredgecolor=colour if hollow else PAPER,
                markeredgewidth=4,
                transform=self._pixels,
                zorder=7,
            ),
            clip=False,
        )

    def png(self) -> bytes:
        """Draw, and store with a palette: flat colours and grey text need few, and the bytes fall by half."""
        self._canvas.draw()  # type: ignore[no-untyped-call]
        size = self._canvas.get_width_height()
        pixels = self._canvas.buffer_rgba()  # type: ignore[no-untyped-call]
        image = Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1).convert("RGB")
        del pixels
        self._release()
        image = image.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        stream = BytesIO()
        image.save(stream, "PNG", compress_level=6)
        return stream.getvalue()

    def _release(self) -> None:
        """Let go of five megabytes of pixels at once: each text holds the canvas's renderer in a cycle."""
        for text in list(self._figure.texts):
            text.remove()
        self._canvas.renderer = None


def _lines(fonts: Fonts, frame: Frame) -> tuple[list[str], list[str], list[str]]:
    return (
        wrap(frame.title, fonts.at(TITLE, bold=True), TEXT_WIDTH, lines=2),
        wrap(frame.subtitle, fonts.at(SUBTITLE), TEXT_WIDTH, lines=2),
        fill(frame.footer, fonts.at(NOTE), TEXT_WIDTH, lines=2),
    )
