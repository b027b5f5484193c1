"""How a line of a form flows inside its cell: options and numbers stay whole, rules bend, boxes stand at the right.

Everything in points. What was filled in is drawn in 黑体 and what the form prints in 宋体, so that both can be told
apart on a black-and-white copy.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mhdesk.files import typeface
from mhdesk.files.canvas import MM, THIN, Canvas
from mhdesk.files.typeface import Face
from mhdesk.reports.model import Align
from mhdesk.reports.paper.model import Line, Piece

LEADING = 1.5  # lines of a form stand airier than those of a table: a pen must find room
BOX_SIDE = 1.16  # of the type size
JOINT = 0.42  # width of the stroke between two boxes
HYPHEN = 0.7
CELL_PAD = 2.6
RULE_PAD = 2.0
RULE_DROP = 0.2  # how far below the baseline a rule lies
SHORTEST_RULE = 7 * MM
CENTRED_RULE = 15 * MM  # numbers stand in the middle of their rule, texts at its beginning
SMALLEST = 0.62  # how far a piece that must not be torn shrinks


@dataclass(slots=True)
class _Atom:
    """What is never broken: a word, an option, a rule with what stands on it."""

    text: str
    face: Face
    size: float
    width: float
    is_ruled: bool = False
    is_blank: bool = False
    glued: bool = False
    ends_line: bool = False

    @property
    def bare(self) -> float:
        """Its width where a line ends."""
        if self.is_blank or not self.text.endswith(" "):
            return self.width
        return _width(self.text.rstrip(" "), self.face, self.size)


@dataclass(slots=True)
class Visual:
    """One line as it will stand: pieces with their x, and boxes flush right."""

    size: float
    align: Align = Align.LEFT
    atoms: list[tuple[float, _Atom]] = field(default_factory=list)
    width: float = 0.0
    boxes: tuple[str, ...] = ()
    joint: str = ""
    side: float = 0.0
    leading: float = LEADING

    @property
    def height(self) -> float:
        """How much room it takes from top to bottom."""
        return max(self.size * self.leading, self.side + 2.4 if self.boxes else 0.0)


def flow(line: Line, limit: float, size: float, leading: float = LEADING) -> list[Visual]:
    """The lines that `line` takes in a width of `limit`; at least one."""
    filler = _Filler(line, limit, size, leading)
    for group in _groups(_atoms(line, limit, size)):
        filler.put(group)
    return filler.finish()


def natural_width(lines: Sequence[Line], size: float) -> float:
    """How wide the widest of `lines` is when it may not wrap."""
    return max((sum(_piece_width(one, line, size) for one in line.pieces) for line in lines), default=0.0)


def _piece_width(piece: Piece, line: Line, size: float) -> float:
    taken = _width(typeface.prepare(piece.text), _face(piece, line), size)
    return max(taken + 2 * RULE_PAD, piece.blank_mm * MM) if piece.blank_mm else taken


def draw(canvas: Canvas, visuals: Sequence[Visual], box: tuple[float, float, float, float]) -> None:
    """Lines centred top to bottom in `box` (left, top, right, bottom)."""
    left, top, right, bottom = box
    y = (top + bottom - sum(one.height for one in visuals)) / 2
    for one in visuals:
        _draw_one(canvas, one, left, right, y)
        y += one.height


def boxes_width(boxes: Sequence[str], joint: str, side: float) -> float:
    """How wide a row of boxes is with what stands between them."""
    stroke = side * JOINT if joint else 0.0
    count = sum(one != "-" for one in boxes)
    return side * count + stroke * max(0, count - 1) + side * HYPHEN * (len(boxes) - count)


class _Filler:
    """Puts atoms on lines."""

    def __init__(self, line: Line, limit: float, size: float, leading: float) -> None:
        self._line, self._limit, self._size, self._leading = line, limit, size, leading
        self._indent = line.indent_mm * MM
        self._lines = [self._new()]
        self._lines[0].width = self._indent

    def _new(self) -> Visual:
        return Visual(self._size, self._line.align, leading=self._leading)

    def put(self, group: list[_Atom]) -> None:
        """A group stays together where it fits on a line at all."""
        current = self._lines[-1]
        together = sum(one.width for one in group[:-1]) + group[-1].bare
        if current.width + together > self._limit:
            rule = next((one for one in group if one.is_blank), None)
            room = self._limit - current.width - (together - (rule.width if rule else 0.0))
            if rule is not None and room >= max(_natural(rule), SHORTEST_RULE):
                rule.width = room
            elif current.atoms and (together <= self._limit or not _fits(group[0], current, self._limit)):
                self._lines.append(self._new())
        for one in group:
            self._put_one(one)

    def _put_one(self, one: _Atom) -> None:
        if self._lines[-1].width + one.bare > self._limit and self._lines[-1].atoms:
            self._lines.append(self._new())
        current = self._lines[-1]
        if one.text.strip() or one.is_blank or current.atoms:  # no line begins with a space
            current.atoms.append((current.width, one))
            current.width += one.width
        if one.ends_line:
            self._lines.append(self._new())

    def finish(self) -> list[Visual]:
        """Put the boxes at the end of the last line, or on one more."""
        boxes = self._line.boxes
        if boxes:
            side = self._line.box_mm * MM or self._size * BOX_SIDE
            taken = boxes_width(boxes, self._line.joint, side)
            last = self._lines[-1]
            if last.atoms and last.width + 4 + taken > self._limit and not self._shorten(last, taken):
                last = self._new()
                self._lines.append(last)
            last.boxes, last.joint, last.side = boxes, self._line.joint, min(side, side * self._limit / taken)
        return self._lines

    def _shorten(self, last: Visual, taken: float) -> bool:
        """Whether the last rule of the line could be made shorter to leave room for the boxes."""
        x, rule = next(((x, one) for x, one in reversed(last.atoms) if one.text.strip() or one.is_blank), (0.0, None))
        if rule is None:
            return False
        bare = x + rule.bare + 4 + taken
        if bare <= self._limit:
            return True
        short = rule.width - (bare - self._limit)
        if not rule.is_blank or short < max(_natural(rule), SHORTEST_RULE):
            return False
        rule.width = short
        return True


def _width(text: str, face: Face, size: float) -> float:
    return _units(text, face) * size


@functools.lru_cache(maxsize=16384)
def _units(text: str, face: Face) -> float:
    """The width in ems: a hundred forms print the same words."""
    return typeface.width(text, face, 1.0)


def _fits(one: _Atom, line: Visual, limit: float) -> bool:
    return line.width + one.bare <= limit


def _natural(rule: _Atom) -> float:
    return _width(rule.text, rule.face, rule.size) + 2 * RULE_PAD


def _groups(atoms: Iterator[_Atom]) -> Iterator[list[_Atom]]:
    group: list[_Atom] = []
    for one in atoms:
        if group and not one.glued:
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _face(piece: Piece, line: Line) -> Face:
    if piece.filled:
        return Face.HEI
    return Face.SONG_BOLD if line.bold else Face.SONG


def _atoms(line: Line, limit: float, size: float) -> Iterator[_Atom]:
    for piece in line.pieces:
        paragraphs = typeface.prepare(piece.text).split("\n")
        for index, text in enumerate(paragraphs):
            found = list(_of_text(text, piece, _face(piece, line), limit, size))
            if found:
                found[0].glued = piece.glued and index == 0
                found[-1].ends_line = index < len(paragraphs) - 1
            yield from found


def _of_text(text: str, piece: Piece, face: Face, limit: float, size: float) -> Iterator[_Atom]:
    taken = _width(text, face, size)
    if piece.whole and taken > limit:
        shrunk = size * max(limit / taken, SMALLEST)
        size, taken = shrunk, _width(text, face, shrunk)
    if piece.blank_mm:
        natural = taken + 2 * RULE_PAD if text else 0.0
        if natural <= limit or (piece.whole and taken <= limit * 1.001):
            width = min(max(piece.blank_mm * MM, natural), limit)
            yield _Atom(text, face, size, width, is_ruled=piece.ruled, is_blank=True)
            return
    elif piece.whole and taken <= limit * 1.001:
        yield _Atom(text, face, size, min(taken, limit))
        return
    for word in typeface.words(text):
        width = _width(word, face, size)
        parts = [word] if width <= limit else list(word)
        for part in parts:
            is_ruled = bool(piece.blank_mm and piece.ruled)
            yield _Atom(part, face, size, _width(part, face, size), is_ruled=is_ruled)
    if not text:
        yield _Atom("", face, size, 0.0)


def _draw_one(canvas: Canvas, one: Visual, left: float, right: float, top: float) -> None:
    room = right - left
    x0 = left
    if one.align is Align.CENTER:
        x0 += (room - one.width) / 2
    elif one.align is Align.RIGHT:
        x0 += room - one.width
    baseline = top + one.height / 2 + one.size * 0.36
    for x, atom in _runs(one.atoms):
        _draw_atom(canvas, atom, x0 + x, baseline)
    if one.boxes:
        taken = boxes_width(one.boxes, one.joint, one.side)
        start = {Align.CENTER: left + (room - taken) / 2}.get(one.align, right - taken)
        _draw_boxes(canvas, one, start, top + (one.height - one.side) / 2)


def _runs(atoms: Sequence[tuple[float, _Atom]]) -> Iterator[tuple[float, _Atom]]:
    """Neighbours of one style as one text, so that a sentence is drawn (and copied out) as a sentence."""
    for style, group in itertools.groupby(atoms, key=lambda one: (one[1].face, one[1].size, one[1].is_ruled)):
        run: list[tuple[float, _Atom]] = []
        for x, atom in group:
            if atom.is_blank:
                yield from _joined(run, style)
                run = []
                yield x, atom
            else:
                run.append((x, atom))
        yield from _joined(run, style)


def _joined(run: Sequence[tuple[float, _Atom]], style: tuple[Face, float, bool]) -> Iterator[tuple[float, _Atom]]:
    if run:
        face, size, is_ruled = style
        text = "".join(atom.text for _, atom in run)
        yield run[0][0], _Atom(text, face, size, sum(atom.width for _, atom in run), is_ruled=is_ruled)


def _draw_atom(canvas: Canvas, atom: _Atom, x: float, baseline: float) -> None:
    shift = 0.0
    if atom.is_blank:
        spare = atom.width - _width(atom.text, atom.face, atom.size)
        shift = spare / 2 if atom.width <= CENTRED_RULE else min(RULE_PAD, spare / 2)
    if atom.text.strip():
        canvas.text(x + shift, baseline, atom.text, atom.size, atom.face)
    if atom.is_ruled:
        y = baseline + atom.size * RULE_DROP
        canvas.line(x, y, x + atom.width, y, THIN)


def _draw_boxes(canvas: Canvas, one: Visual, x: float, top: float) -> None:
    side = one.side
    stroke = side * JOINT if one.joint else 0.0
    for index, digits in enumerate(one.boxes):
        if digits == "-":
            canvas.line(x + side * 0.15, top + side / 2, x + side * (HYPHEN - 0.15), top + side / 2, THIN)
            x += side * HYPHEN
            continue
        canvas.box((x, top, x + side, top + side), THIN)
        if digits.strip():
            size = min(one.size, side * 0.86 if len(digits) == 1 else side * 0.68)
            canvas.box_text((x, top, x + side, top + side), [digits], size, Face.HEI, Align.CENTER)
        x += side
        if stroke and index < len(one.boxes) - 1:
            canvas.line(x + stroke * 0.2, top + side * 0.95, x + stroke * 0.8, top + side * 0.05, THIN)
            x += stroke
