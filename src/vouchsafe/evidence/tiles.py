"""The tree as tiles: rows of up to 256 hashes, stored by the database and exportable as static files.

Format: C2SP tlog-tiles. Tile `index` at `level` holds the hashes of the complete subtrees of
256**level leaves from `index * 256` on. A tile that is not yet full is *partial*; it grows in
place and only a full one counts at the level above.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.evidence.merkle import HASH_BYTES, NodeReader, pair_up

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 256
TILE_BYTES: Final = TILE_WIDTH * HASH_BYTES
_CACHED_TILES: Final = 64  # 512 kB; a proof in a tree of a million leaves touches three tiles
_PATH: Final = re.compile(
    r"tile/(?P<level>entries|0|[1-9]|[1-5][0-9]|6[0-3])/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)
_LENGTH_BYTES: Final = 2

TileReader = Callable[[int, int], bytes]
"""`read(level, index)`: the hashes of a stored tile, one after the other; more than needed do not harm."""


class TileError(VouchsafeError, ValueError):
    """A tile is missing, too short, or its name or content is malformed."""


@dataclass(frozen=True, slots=True)
class Tile:
    """The place of a tile. `width`: how many hashes it holds, 1 to 256."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Its name as a static file, such as `tile/0/x001/234.p/5`."""
        return f"tile/{self.level}/{self._place}"

    @property
    def entries_path(self) -> str:
        """The name of the entry bundle of this tile of level 0."""
        return f"tile/entries/{self._place}"

    @property
    def _place(self) -> str:
        rest, last = divmod(self.index, 1000)
        place = f"{last:03d}"
        while rest:
            rest, group = divmod(rest, 1000)
            place = f"x{group:03d}/{place}"
        return place if self.width == TILE_WIDTH else f"{place}.p/{self.width}"

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """The tile of this name; an entry bundle gives the tile of level 0 that belongs to it.

        Raises: TileError unless it is exactly the name that `path` or `entries_path` would give.
        """
        match = _PATH.fullmatch(path)
        if match is None:
            raise TileError("this is not the name of a tile")
        entries = match["level"] == "entries"
        tile = cls(
            level=0 if entries else int(match["level"]),
            index=int(match["index"].replace("/", "").replace("x", "")),
            width=int(match["width"] or TILE_WIDTH),
        )
        if path != (tile.entries_path if entries else tile.path) or tile.width > TILE_WIDTH:
            raise TileError("this is not the name of a tile")
        return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """All tiles of a tree of `size` leaves, level by level from 0, left to right."""
    level = 0
    while size:
        full, width = divmod(size, TILE_WIDTH)
        yield from (Tile(level, index) for index in range(full))
        if width:
            yield Tile(level, full, width)
        size, level = full, level + 1


def grow(size: int, hashes: Sequence[bytes], read: TileReader) -> list[tuple[Tile, bytes]]:
    """The tiles that change when leaf hashes are appended to a tree of `size` leaves, with their new bytes.

    `read` is asked only for the partial tiles at the right edge, so an empty tree reads nothing.
    Raises: TileError if such a tile is shorter than `size` says.
    """
    changed: list[tuple[Tile, bytes]] = []
    level, fresh = 0, list(hashes)
    while fresh:
        index, width = divmod(size, TILE_WIDTH)
        row = (_read_part(read, level, index, 0, width) if width else b"") + b"".join(fresh)
        fresh = []
        for at in range(0, len(row), TILE_BYTES):
            content = row[at : at + TILE_BYTES]
            changed.append((Tile(level, index + at // TILE_BYTES, len(content) // HASH_BYTES), content))
            if len(content) == TILE_BYTES:
                fresh.append(subtree_root(content))
        size, level = index, level + 1
    return changed


def node_reader(read: TileReader) -> NodeReader:
    """Answers for any node of a tree from its tiles. Make a new one for each request: it remembers tiles.

    The reader raises TileError where the tiles do not hold the node.
    """
    remembered = lru_cache(maxsize=_CACHED_TILES)(read)

    def node(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index, offset = divmod(index << height, TILE_WIDTH)
        return subtree_root(_read_part(remembered, tile_level, tile_index, offset, 1 << height))

    return node


def subtree_root(content: bytes) -> bytes:
    """The root over 1, 2, 4 ... 256 hashes that lie one after the other. Raises: TileError for other counts."""
    row = split_hashes(content)
    if not row or len(row) & (len(row) - 1):
        raise TileError("only a complete subtree has a root of its own")
    while len(row) > 1:
        row = pair_up(row)
    return row[0]


def split_hashes(content: bytes) -> list[bytes]:
    """The hashes of a tile. Raises: TileError unless it is a whole number of them, at most 256."""
    if len(content) % HASH_BYTES or len(content) > TILE_BYTES:
        raise TileError(f"a tile holds up to {TILE_WIDTH} hashes of {HASH_BYTES} bytes")
    return [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]


def entry_bundle(leaves: Iterable[bytes]) -> bytes:
    """Up to 256 canonical leaves as an entry bundle: each with its length in two bytes, big-endian, before it."""
    entries = [len(leaf).to_bytes(_LENGTH_BYTES, "big") + leaf for leaf in leaves]
    if len(entries) > TILE_WIDTH:
        raise TileError(f"an entry bundle holds up to {TILE_WIDTH} entries")
    return b"".join(entries)


def split_bundle(content: bytes) -> list[bytes]:
    """The canonical leaves of an entry bundle. Raises: TileError if it is cut short or holds too many."""
    entries: list[bytes] = []
    at = 0
    while at < len(content):
        end = at + _LENGTH_BYTES + int.from_bytes(content[at : at + _LENGTH_BYTES], "big")
        if at + _LENGTH_BYTES > len(content) or end > len(content) or len(entries) == TILE_WIDTH:
            raise TileError("the entry bundle is cut short or too long")
        entries.append(content[at + _LENGTH_BYTES : end])
        at = end
    return entries


def _read_part(read: TileReader, level: int, index: int, offset: int, count: int) -> bytes:
    part = read(level, index)[offset * HASH_BYTES : (offset + count) * HASH_BYTES]
    if len(part) != count * HASH_BYTES:
        raise TileError(f"tile {index} of level {level} holds fewer hashes than the tree needs")
    return part
