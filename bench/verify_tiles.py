"""Verify a log exported as static files with its public key only: no database, no other key.

    python bench/verify_tiles.py FOLDER '{"size": 1000000, "workspace": "...", "key": "..."}'

It loads `vouchsafe.evidence` and nothing else of ours, as an auditor would.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from vouchsafe.evidence.note import Verifier
from vouchsafe.evidence.tiles import Tile, split_bundle, tiles_of
from vouchsafe.evidence.verify import verify_log


def main() -> int:
    folder, about = Path(sys.argv[1]), json.loads(sys.argv[2])
    places = [tile for tile in tiles_of(about["size"]) if tile.level == 0]
    found = verify_log(
        _entries(folder, places),
        [path.read_bytes() for path in sorted((folder / "checkpoints").iterdir())],
        log=Verifier.parse(about["key"]),
        workspace=UUID(about["workspace"]),
        tiles=((folder / tile.path).read_bytes() for tile in places),
    )
    print(f"{found.verdict.value}: {found.events} events, {found.checkpoints_matched} checkpoints")
    return found.verdict.exit_code


def _entries(folder: Path, places: list[Tile]) -> Iterator[tuple[int, bytes]]:
    index = 0
    for tile in places:
        for leaf in split_bundle((folder / tile.entries_path).read_bytes()):
            yield index, leaf
            index += 1


if __name__ == "__main__":
    raise SystemExit(main())
