"""How much a file to be read may ask of us: enough for 50,000 rows, too little to hang a PC."""

from __future__ import annotations

FILE_BYTES = 20 * 1024 * 1024
ZIP_ENTRIES = 200
UNPACKED_BYTES = 150 * 1024 * 1024
RATIO = 120  # unpacked to packed, for entries beyond RATIO_FROM: a roster reaches 30
RATIO_FROM = 1024 * 1024
ROWS = 60_000  # last used row of a sheet
COLUMNS = 512  # last used column of a sheet
CELLS = 6_000_000  # of a sheet, empty ones included: 60,000 rows of 100 columns
SHEETS = 100
MEMORY_BYTES = 1024 * 1024 * 1024  # of the child; POSIX only, Windows relies on the limits above and on time
SECONDS = 60
CHUNK_ROWS = 1_000
STREAM_BYTES = 400 * 1024 * 1024  # from the child in all: fifty times a county's register
