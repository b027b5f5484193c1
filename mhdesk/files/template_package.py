"""A workbook somebody sent, as the parts of its zip: what is not changed leaves byte for byte as it came.

openpyxl loses pictures, charts, print settings and more when it loads and saves; so a form is never loaded. Its parts
are texts here, changed in place. Everything refused is an InputRefused with its own sentence.
"""

from __future__ import annotations

import io
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from mhdesk.domain.errors import InputRefused
from mhdesk.files import limits, sniff

WORKBOOK = "xl/workbook.xml"
CALC_CHAIN = "xl/calcChain.xml"
MACROS = ("xl/vbaProject.bin", "xl/macrosheets/")
_MAIN = "{*}"
_REL_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_REL_ID_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


@dataclass(frozen=True)
class SheetPart:
    """A sheet: the name on its tab, its part in the zip, whether it is shown."""

    name: str
    part: str
    is_visible: bool = True


class Package:
    """The parts of an .xlsx file. Raises InputRefused MH-FILE-*, MH-TEMPLATE-01 (.xls) or MH-TEMPLATE-02 (macros)."""

    def __init__(self, content: bytes, suffix: str = ".xlsx") -> None:
        self._entries = _checked(content, suffix)
        self._changed: dict[str, bytes] = {}
        self._dropped: set[str] = set()

    @property
    def names(self) -> list[str]:
        """The parts that are there."""
        return [name for name in self._entries if name not in self._dropped]

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name in self._entries and name not in self._dropped

    def text(self, name: str) -> str:
        """A part as text."""
        raw = self._changed.get(name, self._entries[name][1])
        return raw.decode("utf-8-sig")

    def put(self, name: str, words: str) -> None:
        """Change a part."""
        raw = words.encode()
        if raw != self._entries[name][1]:
            self._changed[name] = raw

    def drop(self, name: str) -> None:
        """Leave a part out."""
        self._dropped.add(name)

    def to_bytes(self) -> bytes:
        """The workbook: changed parts anew, all others as they came, in the same order with the same times."""
        sink = io.BytesIO()
        with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
            for name, (entry, raw) in self._entries.items():
                if name not in self._dropped:
                    archive.writestr(_like(entry), self._changed.get(name, raw))
        return sink.getvalue()

    @cached_property
    def sheets(self) -> list[SheetPart]:
        """The worksheets in the order of their tabs (charts and macro sheets are none)."""
        targets = dict(self.relations(WORKBOOK))
        found = []
        for sheet in _parse(self.text(WORKBOOK)).iterfind(f"{_MAIN}sheets/{_MAIN}sheet"):
            part = targets.get(sheet.get(_REL_ID) or sheet.get(_REL_ID_STRICT) or "", "")
            if self.has(part) and part.startswith("xl/worksheets/"):
                is_visible = sheet.get("state", "visible") == "visible"
                found.append(SheetPart(sheet.get("name") or "", part, is_visible))
        if not found:
            raise InputRefused("MH-FILE-13")
        return found

    def relations(self, part: str) -> Iterator[tuple[str, str]]:
        """Id and part of everything a part refers to inside the file."""
        folder, name = posixpath.split(part)
        relations = f"{folder}/_rels/{name}.rels"
        if not self.has(relations):
            return
        for one in _parse(self.text(relations)):
            if one.get("TargetMode") != "External" and (target := one.get("Target")):
                path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
                yield one.get("Id") or "", path

    def related(self, part: str, folder: str) -> list[str]:
        """The parts below `folder` a part refers to (``xl/drawings/``)."""
        return [path for _, path in self.relations(part) if path.startswith(folder) and self.has(path)]

    def drop_calc_chain(self) -> None:
        """Leave the order of calculation out: the office program makes its own."""
        if not self.has(CALC_CHAIN):
            return
        self.drop(CALC_CHAIN)
        for name, words in ((f"xl/_rels/{WORKBOOK[3:]}.rels", "calcChain.xml"), ("[Content_Types].xml", "calcChain")):
            if self.has(name):
                kept = re.sub(rf"<(?:\w+:)?(?:Relationship|Override)\b[^>]*{words}[^>]*/>", "", self.text(name))
                self.put(name, kept)

    def calculate_on_load(self) -> None:
        """Ask the office program to calculate every formula when it opens the file."""
        words = self.text(WORKBOOK)
        if found := re.search(r"<((?:\w+:)?)calcPr\b([^>]*?)(/?)>", words):
            attributes = re.sub(r'\s+fullCalcOnLoad="[^"]*"', "", found[2]).rstrip()
            made = f'<{found[1]}calcPr{attributes} fullCalcOnLoad="1"{found[3]}>'
            self.put(WORKBOOK, words[: found.start()] + made + words[found.end() :])
        else:  # it stands after sheets, functionGroups, externalReferences and definedNames
            ends = [one.end() for one in re.finditer(
                r"</(?:\w+:)?(?:sheets|functionGroups|externalReferences|definedNames)>", words)]  # fmt: skip
            self.put(WORKBOOK, f'{words[: ends[-1]]}<calcPr fullCalcOnLoad="1"/>{words[ends[-1] :]}')


def is_well_formed(words: str) -> bool:
    """Whether a part can be read again after it was changed."""
    try:
        _parse(words)
    except InputRefused:
        return False
    return True


def _parse(words: str) -> ElementTree:
    try:
        return ElementTree.fromstring(words.encode())
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        raise InputRefused("MH-FILE-06") from None


def _checked(content: bytes, suffix: str) -> Mapping[str, tuple[ZipInfo, bytes]]:
    """The entries of the zip, once nothing speaks against reading them."""
    if len(content) > limits.FILE_BYTES:
        raise InputRefused("MH-FILE-02", size_mb=len(content) // 1024**2, limit_mb=limits.FILE_BYTES // 1024**2)
    try:
        kind = sniff.kind_of(content, suffix)
        if kind is sniff.Kind.TEXT:
            raise InputRefused("MH-TEMPLATE-01")
        sniff.check_container(content, kind)
    except sniff.Refused as refused:
        raise InputRefused(refused.code, **refused.params) from None
    if kind is sniff.Kind.OLE:
        raise InputRefused("MH-TEMPLATE-01")
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            entries = {one.filename: (one, archive.read(one)) for one in archive.infolist()}
    except (BadZipFile, EOFError, ValueError):
        raise InputRefused("MH-FILE-06") from None
    if WORKBOOK not in entries:
        raise InputRefused("MH-TEMPLATE-01")
    if suffix.lower() == ".xlsm" or any(name.startswith(MACROS) for name in entries):
        raise InputRefused("MH-TEMPLATE-02")
    try:
        for name, (_, raw) in entries.items():
            if name.endswith((".xml", ".rels", ".vml")):
                raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputRefused("MH-FILE-06") from None
    return entries


def _like(entry: ZipInfo) -> ZipInfo:
    made = ZipInfo(entry.filename, entry.date_time)
    made.compress_type = entry.compress_type
    made.external_attr, made.create_system = entry.external_attr, entry.create_system
    return made
