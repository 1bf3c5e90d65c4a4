"""What a Parquet file claims of its size, and what its pages say by themselves, before Arrow makes room for it.

The footer may say anything; the header of each page says how many bytes it unpacks to, how many values it has and how
they are encoded. A dictionary, or texts of which only what differs from the one before is stored, let a few bytes
stand for very many.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from transom.tables.growth import SPARED_BYTES, most_bytes, refuse_growth, refuse_rows, unpacked_bytes
from transom.tables.one_batch import fixed_width
from transom.tables.paths import for_arrow
from transom.tables.thrift import Compact, Structure

if TYPE_CHECKING:
    from transom.tables.reading import Reading

#: How many values of each column of the file's own schema are missing, as far as the file says.
Missing: TypeAlias = Mapping[str, int | None]

_DAMAGED = "its metadata is damaged"
_TEXT = "BYTE_ARRAY"
#: Compressions (gzip, Brotli, Zstandard) by which a few bytes become very many; the others make 255 times as many.
_STRONG = (2, 4, 6)
_GROUPS = 4  # field of the footer
_CHUNKS = 1  # field of a row group
_OF_CHUNK = 3  # field of a column chunk
_CODEC, _VALUES, _SIZE, _DATA_PLACE, _DICTIONARY_PLACE, _STATISTICS = 4, 5, 7, 9, 11, 12  # fields of its metadata
_NULLS = 3  # field of statistics
_KIND, _UNPACKED, _PACKED, _DATA_1, _DATA_2 = 1, 2, 3, 5, 8  # fields of a page's header
_COUNT, _ENCODING_1, _ENCODING_2 = 1, 2, 4  # fields of the headers within it
_DICTIONARY_PAGE = 2
_OF_DICTIONARY = (2, 8)  # encodings whose values are numbers of a dictionary
_OF_SHARED_BEGINNINGS = 7
_WIDEST_NUMBER = 16


def checked_claims(file: pq.ParquetFile, reading: Reading) -> Missing:
    """What the file says of missing values, after its claims have been compared with its size.

    Raises InputUnreadable where it claims far more rows or bytes than it can hold, ArrowInvalid where it contradicts
    itself. Texts that might unpack to very much are measured, so that an honest file is not refused.
    """
    metadata, size = file.metadata, reading.path.stat().st_size
    refuse_rows(reading, metadata.num_rows, size)
    widths = [fixed_width(one.type) or 1 for one in file.schema_arrow]
    refuse_growth(reading, metadata.num_rows * sum(widths), size)
    with reading.path.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as memory:
        leaves = _leaves(metadata, memory)
    refuse_growth(reading, sum(leaf.pages for leaf in leaves), size)
    refuse_growth(reading, sum(leaf.values for leaf in leaves if not leaf.is_text), size)
    texts = [leaf for leaf in leaves if leaf.is_text]
    if sum(leaf.values for leaf in texts) > most_bytes(size):
        _measure(file, reading, texts, size)
    return {leaf.path: sum(leaf.missing) if None not in leaf.missing else None for leaf in leaves}  # type: ignore[arg-type]


@dataclass(slots=True)
class _Leaf:
    """A column of the file's own schema: the most bytes of its unpacked pages, of its values and of one value.

    `width` is that of its numbers where they stand in lists; `shares` says that texts are stored as what they do not
    share with the one before; `missing` counts the missing values of each row group.
    """

    path: str
    is_text: bool
    width: int
    pages: int = 0
    values: int = 0
    widest: int = 1
    shares: bool = False
    missing: list[int | None] = field(default_factory=list)

    def take(self, chunk: Structure, memory: mmap.mmap) -> None:
        """Count a chunk of the column in; its pages are looked at only where they might unpack to very much."""
        missing = chunk.get(_STATISTICS, {}).get(_NULLS)
        self.missing.append(missing if isinstance(missing, int) else None)
        if self.is_text or self.width or chunk.get(_CODEC) in _STRONG:
            dictionary = 0
            for page in _pages(chunk, memory):
                self.pages += page.unpacked
                dictionary = max(dictionary, page.unpacked) if page.is_dictionary else dictionary
                self._take_values(page, dictionary)

    def _take_values(self, page: _Page, dictionary: int) -> None:
        if page.is_dictionary:
            return
        if not self.is_text:
            self.values += page.count * self.width
            return
        self.shares = self.shares or page.encoding == _OF_SHARED_BEGINNINGS
        of_one = dictionary if page.encoding in _OF_DICTIONARY else page.unpacked if self.shares else 0
        self.values += max(page.unpacked, page.count * of_one)
        self.widest = max(self.widest, of_one)


def _leaves(metadata: pq.FileMetaData, memory: mmap.mmap) -> list[_Leaf]:
    leaves = []
    for number in range(metadata.num_columns):
        column = metadata.schema.column(number)
        width = max(_WIDEST_NUMBER, column.length or 0) if column.max_repetition_level else 0
        leaves.append(_Leaf(column.path, column.physical_type == _TEXT, width))
    try:
        for chunks in _chunks_by_group(memory):
            for leaf, chunk in zip(leaves, chunks, strict=True):
                leaf.take(chunk[_OF_CHUNK], memory)
    except (IndexError, KeyError, ValueError, TypeError, AttributeError, struct.error):
        raise pa.ArrowInvalid(_DAMAGED) from None
    return leaves


def _chunks_by_group(memory: mmap.mmap) -> Iterator[list[Structure]]:
    """The column chunks of each row group that the footer names, a group at a time."""
    (length,) = struct.unpack_from("<I", memory, len(memory) - 8)
    footer = Compact(memory[max(0, len(memory) - 8 - length) : -8])
    for number, kind in footer.fields():
        if number != _GROUPS:
            footer.value(kind)
            continue
        _, count = footer.list_head()
        for _ in range(count):
            yield footer.structure()[_CHUNKS]


@dataclass(frozen=True, slots=True)
class _Page:
    is_dictionary: bool
    unpacked: int
    count: int
    encoding: int


def _pages(chunk: Structure, memory: mmap.mmap) -> Iterator[_Page]:
    """The pages of a chunk, as Arrow's reader finds them."""
    place, first = chunk[_DATA_PLACE], chunk.get(_DICTIONARY_PLACE, 0)
    if 0 < first < place:
        place = first
    end, seen = min(place + chunk[_SIZE], len(memory)), 0
    while 0 <= place < end and seen < chunk[_VALUES]:
        compact = Compact(memory, place)
        header = compact.structure()
        page = _page(header)
        if page.unpacked < 0 or page.count < 0 or header[_PACKED] < 0:
            raise pa.ArrowInvalid(_DAMAGED)
        seen += 0 if page.is_dictionary else page.count
        place = compact.place + header[_PACKED]
        yield page


def _page(header: Structure) -> _Page:
    data = header.get(_DATA_1) or header.get(_DATA_2) or {}
    encoding = data.get(_ENCODING_1 if _DATA_1 in header else _ENCODING_2, 0)
    return _Page(header[_KIND] == _DICTIONARY_PAGE, header[_UNPACKED], data.get(_COUNT, 0), encoding)


def _measure(file: pq.ParquetFile, reading: Reading, leaves: list[_Leaf], size: int) -> None:
    """Raise InputUnreadable where the texts of a file really unpack to too much; never many of them at once."""
    total = 0
    for leaf in sorted(leaves, key=lambda one: one.values):
        if total + leaf.values <= SPARED_BYTES:
            total += leaf.values
            continue
        for part in _in_parts(file, reading, leaf):
            total += part
            refuse_growth(reading, total, size, leaf.path.partition(".")[0])


def _in_parts(file: pq.ParquetFile, reading: Reading, leaf: _Leaf) -> Iterator[int]:
    """The bytes of a column's values, a part of its rows at a time."""
    if "." not in leaf.path and not leaf.shares:
        with pa.OSFile(for_arrow(reading.path)) as source, pq.ParquetFile(source, read_dictionary=[leaf.path]) as coded:
            if pa.types.is_dictionary(coded.schema_arrow.field(leaf.path).type):
                for group in range(file.metadata.num_row_groups):
                    yield unpacked_bytes(coded.read_row_group(group, columns=[leaf.path], use_threads=False).column(0))
                return
    rows = max(1, min(1 << 16, SPARED_BYTES // leaf.widest))
    for batch in file.iter_batches(rows, columns=[leaf.path], use_threads=False):
        yield batch.nbytes
