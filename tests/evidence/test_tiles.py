"""Tiles are those of C2SP tlog-tiles, and every root and proof can be had from them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchsafe.evidence.leaf import leaf_hash
from vouchsafe.evidence.merkle import (
    Frontier,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    root_of,
)
from vouchsafe.evidence.tiles import (
    TILE_BYTES,
    Tile,
    TileError,
    entry_bundle,
    grow,
    node_reader,
    split_bundle,
    split_hashes,
    subtree_root,
    tiles_of,
)

SIZE = 70_000
HASHES = [leaf_hash(b"%d" % number) for number in range(SIZE)]


class Shelf:
    """Stored tiles, as a database keeps them: a partial one grows in place."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, int], bytes] = {}

    def read(self, level: int, index: int) -> bytes:
        return self.rows.get((level, index), b"")

    def append(self, size: int, hashes: list[bytes]) -> list[Tile]:
        changed = grow(size, hashes, self.read)
        self.rows.update({(tile.level, tile.index): content for tile, content in changed})
        return [tile for tile, _ in changed]


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    shelf = Shelf()
    shelf.append(0, HASHES)
    return shelf


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234, 5), "tile/0/x001/234.p/5"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(0, 0, 255), "tile/0/000.p/255"),
        (Tile(3, 999), "tile/3/999"),
        (Tile(63, 1000, 1), "tile/63/x001/000.p/1"),
    ],
)
def test_a_tile_has_the_name_that_the_format_gives_it(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


def test_an_entry_bundle_is_named_after_its_tile() -> None:
    assert Tile(0, 1234, 5).entries_path == "tile/entries/x001/234.p/5"
    assert Tile.parse("tile/entries/x001/234.p/5") == Tile(0, 1234, 5)


@given(st.builds(Tile, st.integers(0, 63), st.integers(0, 10**12), st.integers(1, 256)))
def test_every_name_leads_back_to_its_tile(tile: Tile) -> None:
    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "", "tile/0/1", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/0/001/234", "tile/0/x000/001", "tile/0/x001/234.p/0",
        "tile/0/x001/234.p/256", "tile/0/x001/234.p/05", "tile/0/000.p/", "tile/0/000/", "/tile/0/000", "tile/0/000\n",
        "tile/0/../000", "tile/0/٠٠٠", "tile/-1/000", "tile/entries/0",
    ],
)  # fmt: skip
def test_other_names_are_refused(path: str) -> None:
    with pytest.raises(TileError):
        Tile.parse(path)


def test_the_example_of_the_format_has_the_tiles_it_names() -> None:
    tiles = list(tiles_of(SIZE))

    assert [tile for tile in tiles if tile.width < 256] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert len(tiles) == 273 + 1 + 1 + 1 + 1
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_of(0)) == []


def test_a_grown_log_has_exactly_the_tiles_of_its_size(shelf: Shelf) -> None:
    assert {Tile(level, index, len(row) // 32) for (level, index), row in shelf.rows.items()} == set(tiles_of(SIZE))


@given(st.lists(st.integers(1, 700), min_size=1, max_size=6))
def test_tiles_do_not_depend_on_the_batches(batches: list[int]) -> None:
    stepwise, at_once, size = Shelf(), Shelf(), 0
    for count in batches:
        stepwise.append(size, HASHES[size : size + count])
        size += count
    at_once.append(0, HASHES[:size])

    assert stepwise.rows == at_once.rows


def test_one_event_more_changes_only_the_edge(shelf: Shelf) -> None:
    assert [tile for tile, _ in grow(SIZE, HASHES[:1], shelf.read)] == [Tile(0, 273, 113)]
    assert [tile for tile, _ in grow(255, HASHES[255:256], shelf.read)] == [Tile(0, 0), Tile(1, 0, 1)]


def test_every_root_can_be_had_from_the_tiles(shelf: Shelf) -> None:
    node = node_reader(shelf.read)

    for size in [
        0,
        1,
        2,
        255,
        256,
        257,
        511,
        512,
        65_535,
        65_536,
        65_537,
        SIZE,
        *random.Random(3).sample(range(SIZE), 30),
    ]:
        assert root_of(size, node) == Frontier().append(HASHES[:size]).root
        assert Frontier.of(size, node) == Frontier().append(HASHES[:size])


def test_proofs_made_from_tiles_hold(shelf: Shelf) -> None:
    node, seed = node_reader(shelf.read), random.Random(4)

    for _ in range(60):
        size = seed.randint(1, SIZE)
        index, old = seed.randrange(size), seed.randint(1, size)
        root, old_root = root_of(size, node), root_of(old, node)
        check_inclusion(HASHES[index], index, size, inclusion_proof(index, size, node), root)
        check_consistency(old, old_root, size, root, consistency_proof(old, size, node))


def test_a_proof_reads_few_tiles(shelf: Shelf) -> None:
    asked: list[tuple[int, int]] = []

    def read(level: int, index: int) -> bytes:
        asked.append((level, index))
        return shelf.read(level, index)

    inclusion_proof(12_345, SIZE, node_reader(read))

    assert len(asked) <= 5


def test_a_missing_or_short_tile_is_an_error_and_not_a_wrong_root(shelf: Shelf) -> None:
    with pytest.raises(TileError, match="tile 273 of level 0"):
        root_of(SIZE + 1, node_reader(shelf.read))
    with pytest.raises(TileError):
        grow(SIZE + 1, HASHES[:1], shelf.read)


@pytest.mark.parametrize("content", [b"", bytes(31), bytes(96), bytes(TILE_BYTES + 32)])
def test_only_complete_subtrees_have_a_root(content: bytes) -> None:
    with pytest.raises(TileError):
        subtree_root(content)


def test_a_tile_is_a_row_of_hashes() -> None:
    assert split_hashes(b"".join(HASHES[:3])) == HASHES[:3]


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_an_entry_bundle_gives_its_leaves_back(leaves: list[bytes]) -> None:
    assert split_bundle(entry_bundle(leaves)) == leaves


@given(st.binary(max_size=300))
def test_other_bytes_are_no_entry_bundle_or_exactly_that_one(data: bytes) -> None:
    try:
        assert entry_bundle(split_bundle(data)) == data
    except TileError:
        return


def test_an_entry_bundle_holds_at_most_a_tile() -> None:
    assert len(split_bundle(entry_bundle([b"x"] * 256))) == 256
    with pytest.raises(TileError):
        entry_bundle([b"x"] * 257)
    with pytest.raises(TileError):
        split_bundle(b"\x00\x01x" * 257)
