"""Searches bytes for words as they may stand on a disk: in any case, in UTF-8 and UTF-16, hexadecimal, base64, quoted."""

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, text

_SHORTEST = 6
"""Bytes of a form that can be searched: shorter ones stand in a hundred megabytes by chance."""


class Scan:
    """Searches for every form of some words at once, so that a whole database takes seconds."""

    def __init__(self, words: Mapping[str, str]) -> None:
        """`words`: what is searched for, and the name under which a find is reported, which must not be the word."""
        self._forms: dict[int, list[tuple[bytes, str]]] = {}
        self._first, self._second = np.zeros(65536, dtype=np.bool_), np.zeros(65536, dtype=np.bool_)
        for word, name in words.items():
            for form in _forms(word):
                start = int.from_bytes(form[:4], "little")
                self._forms.setdefault(start, []).append((form, name))
                self._first[start & 0xFFFF] = self._second[start >> 16] = True
        self._starts = np.array(sorted(self._forms), dtype=np.uint32)

    def __call__(self, place: str, content: bytes) -> list[str]:
        """What was found, as "name in place", each once."""
        found = {name for _, name in self.hits(content)}
        return sorted(f"{name} in {place}" for name in found)

    def hits(self, content: bytes) -> Iterator[tuple[int, str]]:
        """Offset and name of every find."""
        folded = content.lower()
        for at in self._candidates(np.frombuffer(folded, dtype=np.uint8)):
            for form, name in self._forms[int.from_bytes(folded[at : at + 4], "little")]:
                if folded.startswith(form, at):
                    yield at, name

    def _candidates(self, folded: npt.NDArray[np.uint8]) -> list[int]:
        """Where the first four bytes of some form stand."""
        if folded.size < _SHORTEST:
            return []
        pairs = folded[:-1].astype(np.uint16) | (folded[1:].astype(np.uint16) << 8)
        at = np.flatnonzero(self._first[pairs[:-2]] & self._second[pairs[2:]])
        starts = pairs[at].astype(np.uint32) | (pairs[at + 2].astype(np.uint32) << 16)
        found: list[int] = at[np.isin(starts, self._starts)].tolist()
        return found


def _forms(word: str) -> set[bytes]:
    """Every form of a word, in small letters, which base64 is searched in too: its forms are long enough."""
    found: set[bytes] = set()
    for variant in {word, word.lower(), word.upper(), word.title()}:
        for raw in (
            variant.encode(),
            variant.encode("utf-16-le"),
            variant.encode("utf-16-be"),
            quote(variant).encode(),
        ):
            found |= {raw, raw.hex().encode()}
            found |= {form for shift in range(3) for form in _base64(raw, shift)}
    assert all(len(one) >= _SHORTEST for one in found), "a word too short to be told from chance"
    return {one.lower() for one in found}


def _base64(raw: bytes, shift: int) -> tuple[bytes, bytes]:
    """The characters of base64, also for addresses, that depend on `raw` alone where it begins `shift` bytes in."""
    whole = base64.b64encode(b"\0" * shift + raw).rstrip(b"=")
    inside = whole[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6]
    return inside, inside.translate(bytes.maketrans(b"+/", b"-_"))


def tables(connection: Connection) -> Iterator[tuple[str, bytes]]:
    """Each table with all its rows as text; PostgreSQL prints bytes as hexadecimal.

    Pages may hold a long value compressed, in which no search of bytes finds a word; here it is read whole.
    """
    names = connection.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars().all()
    for name in sorted(names):
        rows = connection.execute(text(f'select t::text from "{name}" t')).scalars()  # noqa: S608  # names of the catalog
        yield f"table {name}", "\n".join(rows).encode()


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Each file below a folder with its bytes and its own path, which may say something too."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield f"file {path.relative_to(folder)}", path.read_bytes() + str(path.relative_to(folder)).encode()
