"""What a file is, by its content: a workbook, a text, or something that only looks like one. Standard library only.

Runs in the child process. Everything refused is `Refused` with a code of ``resources/text/zh_CN/errors_files.toml``.
"""

from __future__ import annotations

import csv
import re
import zlib
from collections.abc import Iterator
from enum import Enum
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from mhdesk.files import limits

HEAD = 4096
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
WORKBOOK_SUFFIXES = (".xlsx", ".xls", ".et", ".ods", ".xlsm", ".ett", ".xlt", ".xltx")
OTHER_MAGIC = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"\x7fELF",
    b"{\\rtf",
)
WEB_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|meta|script)\b|mime-version:", re.IGNORECASE)
XML_WORKBOOK = b"urn:schemas-microsoft-com:office:spreadsheet"
LOCAL_HEADER = 30
BIFF_GLOBALS = b"\x09\x08\x10\x00\x00\x06\x05\x00"  # the record an .xls workbook begins with
FILEPASS = b"\x2f\x00"  # the record that says "encrypted"
MANIFEST = "META-INF/manifest.xml"
SEPARATORS = ",\t;"
ENTITY = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# A cell far out that holds something: from row 100,000 on or from column AAA (703) on. Styled but empty cells, which
# real files have down to row 1,048,576, end in "/>".
FAR_CELL = re.compile(rb"""<(?:\w+:)?c\b[^<>]*?\br=["'](?:([A-Za-z]{3})\d|([A-Za-z]{1,3})(\d{6,}))[^<>]*(?<!/)>""")
FAR_HINT = re.compile(rb"""r=["'](?:[A-Za-z]{3}\d|[A-Za-z]{1,3}\d{6})""")
REPEATED = re.compile(rb"""number-(rows|columns)-repeated=["'](\d{1,9})""")


class Kind(Enum):
    """What the reader has to deal with."""

    TEXT = "text"
    ZIP = "zip"
    OLE = "ole"


class Refused(Exception):
    """The file is not read; `code` and `params` become an InputRefused in the parent."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def kind_of(data: bytes, suffix: str) -> Kind:
    """What `data` is. `suffix` is the ending the file carries: a text called .xlsx is refused, not guessed at."""
    if not data.strip(b"\x00 \r\n\t"):
        raise Refused("MH-FILE-13")
    if data.startswith(ZIP):
        return Kind.ZIP
    if data.startswith(OLE):
        return Kind.OLE
    if data.startswith(OTHER_MAGIC):
        raise Refused("MH-FILE-15")
    head = data[:HEAD].replace(b"\x00", b"")
    if WEB_PAGE.search(head) or XML_WORKBOOK in head:
        raise Refused("MH-FILE-04")
    if b"\x00" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused("MH-FILE-06" if suffix.lower() in WORKBOOK_SUFFIXES else "MH-FILE-15")
    if suffix.lower() in WORKBOOK_SUFFIXES:
        try:
            _decode(data)
        except Refused:
            raise Refused("MH-FILE-06") from None
        raise Refused("MH-FILE-03")
    return Kind.TEXT


def check_container(data: bytes, kind: Kind) -> None:
    """Refuse what must not reach the parser: encrypted, not a workbook, bombs, declarations, lying positions."""
    if kind is Kind.OLE:
        _check_ole(data)
    else:
        _check_zip(data)


def _check_ole(data: bytes) -> None:
    if _utf16("EncryptedPackage") in data:
        raise Refused("MH-FILE-05")
    if _utf16("Workbook") not in data and _utf16("Book") not in data:
        others = ("WordDocument", "PowerPoint Document", "VisioDocument", "__substg1")
        raise Refused("MH-FILE-15" if any(_utf16(one) in data for one in others) else "MH-FILE-06")
    begin = data.find(BIFF_GLOBALS)
    for _ in range(4):  # FILEPASS follows the first record, or a write protection
        if begin < 0 or data[begin : begin + 2] == FILEPASS:
            break
        begin += 4 + int.from_bytes(data[begin + 2 : begin + 4], "little")
    else:
        return
    if begin >= 0:
        raise Refused("MH-FILE-05")


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-le")


def _check_zip(data: bytes) -> None:
    try:
        entries = ZipFile(BytesIO(data)).infolist()
    except (BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError, OverflowError):
        raise Refused("MH-FILE-06") from None
    names = [entry.filename for entry in entries]
    if len(entries) > limits.ZIP_ENTRIES or sum(entry.file_size for entry in entries) > limits.UNPACKED_BYTES:
        raise Refused("MH-FILE-07")
    if len(set(names)) != len(names) or any(entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for entry in entries):
        raise Refused("MH-FILE-08")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused("MH-FILE-05")
    if "xl/workbook.xml" not in names and "content.xml" not in names:
        raise Refused("MH-FILE-15" if any(name.endswith((".xml", ".bin")) for name in names) else "MH-FILE-06")
    budget = limits.UNPACKED_BYTES
    for entry in sorted(entries, key=lambda one: one.filename != MANIFEST):  # an encrypted .ods says so there
        budget -= _check_entry(data, entry, budget)


def _check_entry(data: bytes, entry: ZipInfo, budget: int) -> int:
    """Unpack an entry, counting what really comes out, whatever the headers claim; returns the number of bytes."""
    is_xml = entry.filename.lower().endswith((".xml", ".rels", ".vml"))
    is_sheet = entry.filename.startswith("xl/worksheets/")
    is_ods = entry.filename == "content.xml"
    size, tail = 0, b""
    for chunk in _unpack(data, entry):
        size += len(chunk)
        if size > budget or (size > limits.RATIO_FROM and size > limits.RATIO * max(entry.compress_size, 1)):
            raise Refused("MH-FILE-07")
        if is_xml:
            window = tail + chunk
            if entry.filename == MANIFEST and b"encryption-data" in window:
                raise Refused("MH-FILE-05")
            _check_xml(window, is_first=not tail, is_sheet=is_sheet, is_ods=is_ods)
            tail = window[-512:]
    return size


def _check_xml(window: bytes, *, is_first: bool, is_sheet: bool, is_ods: bool) -> None:
    if is_first and (window.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in window[:64]):
        raise Refused("MH-FILE-08")  # UTF-16 would hide declarations from this search; no office program writes it
    if b"<!" in window and ENTITY.search(window):
        raise Refused("MH-FILE-08")
    if is_sheet and FAR_HINT.search(window):
        _check_far(window)
    if is_ods:
        _check_repeats(window)


def _check_far(window: bytes) -> None:
    for match in FAR_CELL.finditer(window):
        if match[3] and int(match[3]) > limits.ROWS:
            raise Refused("MH-FILE-09", row=int(match[3]), limit=limits.ROWS)
        column = column_number((match[1] or match[2]).decode())
        if column > limits.COLUMNS:
            raise Refused("MH-FILE-16", column=column, limit=limits.COLUMNS)


def _check_repeats(window: bytes) -> None:
    """A value repeated thousands of times is no register. Empty cells are: every .ods ends with them."""
    for match in re.finditer(rb"<table:table-cell\b[^<>]*(?<!/)>", window):
        repeated = REPEATED.search(match[0])
        if repeated and int(repeated[2]) > limits.COLUMNS:
            raise Refused("MH-FILE-16", column=int(repeated[2]), limit=limits.COLUMNS)


def _unpack(data: bytes, entry: ZipInfo) -> Iterator[bytes]:
    start = entry.header_offset
    header = data[start : start + LOCAL_HEADER]
    if len(header) < LOCAL_HEADER or not header.startswith(ZIP):
        raise Refused("MH-FILE-06")
    begin = start + LOCAL_HEADER + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    packed = data[begin : begin + entry.compress_size]
    if entry.compress_type == ZIP_STORED:
        yield packed
        return
    inflate = zlib.decompressobj(-15)
    try:
        while packed and not inflate.eof:
            yield inflate.decompress(packed, 1 << 22)
            packed = inflate.unconsumed_tail
    except zlib.error:
        raise Refused("MH-FILE-06") from None


def column_number(letters: str) -> int:
    """A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def read_text(data: bytes) -> Iterator[list[str]]:
    """The rows of a text file separated by comma, tab or semicolon."""
    content = _decode(data)
    separator = _separator(content)
    csv.field_size_limit(limits.FILE_BYTES)
    try:
        for number, row in enumerate(csv.reader(StringIO(content, newline=""), delimiter=separator), 1):
            if number > limits.ROWS and any(row):
                raise Refused("MH-FILE-09", row=number, limit=limits.ROWS)
            yield row
    except csv.Error:
        raise Refused("MH-FILE-06") from None


def _decode(data: bytes) -> str:
    is_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))  # what Excel calls "Unicode text"
    encodings = ["utf-16"] if is_utf16 else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            content = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search("[\x00-\x08\x0e-\x1a\x1c-\x1f]", content):
            return content
    raise Refused("MH-FILE-14")


def _separator(content: str) -> str:
    """The separator that most lines of the beginning share, outside of quotes."""
    bare = re.sub(r'"[^"]*"', "", content[:65536])
    lines = [line for line in bare.splitlines()[:50] if line.strip()]
    return max(SEPARATORS, key=lambda one: (sum(one in line for line in lines), sum(line.count(one) for line in lines)))
