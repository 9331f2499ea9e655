"""Search and import at size, and pgvector beside them.

    export OMP_NUM_THREADS=1
    python bench/retrieval.py search --sizes 1000 10000 100000 1000000
    python bench/retrieval.py pgvector --sizes 1000 10000 100000 1000000 [--hnsw-up-to 100000]
    python bench/retrieval.py import --data DIR        DIR holds va_admin/, see training/retrieval/README.md

Passages of the first two are synthetic: words drawn by Zipf's law, vectors of 48 free dimensions in 384. They say what
a search costs; about recall of an approximate index on real vectors they say little. `search` goes through
`Index.search` with the query's vector given, so the encoder is not in it. Times are of one thread: `cpu_ms` is what
the thread used, `ms` what the clock says; on a busy machine only the first is a property of the code.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from measuring import memory, report, spread
from numpy.typing import NDArray

from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.passage import Document, Passage, Scope
from vouchsafe.domain.text import SafeText, Span
from vouchsafe.pipeline.retrieve import calibration, ranking
from vouchsafe.pipeline.retrieve.index import Index
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.ports.embedder import Vectors
from vouchsafe.testing.postgres import throwaway_server

DIMENSIONS, FREE = 384, 48
VOCABULARY, WORDS = 30_000, 60
GROUPS = 100
SHARES = {"all": 100, "tenth": 10, "hundredth": 1}
"""Scopes by how many of the hundred groups they hold."""
DAY = date(2026, 1, 1)
SEED = 20261122


@dataclass
class Clock:
    """Milliseconds by the clock and of this thread's processor time, one entry a block."""

    wall: list[float]
    cpu: list[float]

    @contextmanager
    def running(self) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.thread_time()
        yield
        self.wall.append(1000 * (time.perf_counter() - wall))
        self.cpu.append(1000 * (time.thread_time() - cpu))

    def figures(self) -> dict[str, object]:
        return {"ms": spread(self.wall), "cpu_ms": spread(self.cpu)}


class Given:
    """An embedder that knows the vectors of the queries beforehand."""

    ref = "given@0"

    def __init__(self) -> None:
        self.known: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.known[text] for text in texts])


def vectors_of(size: int) -> Vectors:
    """float32, (size, 384), rows of length 1, in a subspace of 48 dimensions."""
    dice = np.random.default_rng(SEED)
    basis = dice.standard_normal((FREE, DIMENSIONS), dtype=np.float32)
    made = np.empty((size, DIMENSIONS), dtype=np.float32)
    for start in range(0, size, 50_000):
        block = dice.standard_normal((min(50_000, size - start), FREE), dtype=np.float32) @ basis
        made[start : start + len(block)] = block / np.linalg.norm(block, axis=1, keepdims=True)
    return made


def near(vector: Vectors) -> Vectors:
    """A query's vector: about .8 by cosine from the passage it asks for."""
    dice = np.random.default_rng(int(abs(float(vector[0])) * 1e9))
    noise = dice.standard_normal(DIMENSIONS).astype(np.float32)
    mixed = vector + 0.75 * noise / np.linalg.norm(noise)
    return np.asarray(mixed / np.linalg.norm(mixed), dtype=np.float32)


def spelled(number: int) -> str:
    """A word for a number: letters only, so that it has a stem of its own."""
    letters = ""
    while True:
        number, rest = divmod(number, 20)
        letters += "bcdfghklmnprtvzqjwxs"[rest] + "aou"[rest % 3]
        if not number:
            return letters


def passages_of(size: int) -> tuple[Passage, ...]:
    """Five passages a document, documents dealt out to a hundred groups."""
    dice = np.random.default_rng(SEED + 1)
    words = [spelled(number) for number in range(VOCABULARY)]
    shares = 1.0 / (np.arange(VOCABULARY) + 10.0)
    edges = np.cumsum(shares / shares.sum())
    made: list[Passage] = []
    while len(made) < size:
        number = len(made) // 5
        document = Document(
            path=f"{number:07}.md",
            version="0" * 12,
            title=words[number % VOCABULARY],
            audience=frozenset({f"group:{number % GROUPS}"}),
            effective_from=None,
            effective_to=None,
            approved_for_auto=False,
            language="en",
            intent=None,
            owner="",
            review_date=None,
            text="",
        )
        drawn = np.minimum(np.searchsorted(edges, dice.random((5, WORDS))), VOCABULARY - 1)
        made += [
            Passage(document, n, "", " ".join(words[word] for word in row), Span(0, 1))
            for n, row in enumerate(drawn, 1)
        ]
    return tuple(made[:size])


def queries_of(passages: tuple[Passage, ...], vectors: Vectors, given: Given, count: int) -> list[SafeText]:
    """Six words of a passage each, and a vector near its own."""
    dice = np.random.default_rng(SEED + 2)
    asked = []
    for row in dice.choice(len(passages), count):
        words = passages[row].text.split()
        query = " ".join(words[place] for place in dice.choice(len(words), 6, replace=False))
        given.known[query] = near(vectors[row])
        asked.append(SafeText(query))
    return asked


def search(sizes: Sequence[int], count: int) -> None:
    for size in sizes:
        before = memory(os.getpid())["Rss"]
        given, vectors, passages = Given(), vectors_of(size), passages_of(size)
        built = Clock([], [])
        with built.running():
            index = Index(passages, vectors, given, calibration.shipped(), ranking.shipped())
        asked = queries_of(passages, vectors, given, count)
        figures: dict[str, object] = {
            "passages": size,
            "index_s": round(built.cpu[0] / 1000, 2),
            "memory_mb": round((memory(os.getpid())["Rss"] - before) / 1e6),
        }
        for name, share in SHARES.items():
            scope = Scope(frozenset(f"group:{number}" for number in range(share)), Assurance.ANONYMOUS, DAY)
            first, later = Clock([], []), Clock([], [])
            with first.running():
                index.search(scope, asked[0])
            for query in asked:
                with later.running():
                    index.search(scope, query)
            figures[name] = {"first_cpu_ms": round(first.cpu[0], 2), **later.figures()}
        report("retrieval search", figures)
        del index, passages, vectors, asked


# pgvector

ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("id_size", ">i4"),
        ("id", ">i4"),
        ("grp_size", ">i4"),
        ("grp", ">i4"),
        ("vector_size", ">i4"),
        ("dimensions", ">i2"),
        ("unused", ">i2"),
        ("vector", ">f4", (DIMENSIONS,)),
    ]
)
"""One row of PostgreSQL's binary COPY: id, group, and pgvector's own binary form."""
COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
EXACT = (
    "with permitted as materialized (select id, embedding from passage where grp < %s) "
    "select id from permitted order by embedding <=> %s::vector limit 10"
)
APPROXIMATE = "select id from passage where grp < %s order by embedding <=> %s::vector limit 10"


def fill(connection: psycopg.Connection[Any], vectors: Vectors) -> None:
    connection.execute("create extension if not exists vector")
    connection.execute("drop table if exists passage")
    connection.execute("create table passage (id int, grp int, embedding vector(384))")
    connection.execute("alter table passage alter embedding set storage plain")
    with connection.cursor().copy("copy passage from stdin (format binary)") as copy:
        copy.write(COPY_HEADER)
        for start in range(0, len(vectors), 20_000):
            block = vectors[start : start + 20_000]
            rows = np.zeros(len(block), dtype=ROW)
            rows["fields"], rows["id_size"], rows["grp_size"] = 3, 4, 4
            rows["vector_size"], rows["dimensions"] = 4 + 4 * DIMENSIONS, DIMENSIONS
            rows["id"] = np.arange(start, start + len(block))
            rows["grp"] = rows["id"] // 5 % GROUPS
            rows["vector"] = block
            copy.write(rows.tobytes())
        copy.write(b"\xff\xff")
    connection.execute("create index on passage (grp)")
    connection.execute("analyze passage")


def ask(connection: psycopg.Connection[Any], statement: str, share: int, vector: Vectors) -> list[int]:
    words = "[" + ",".join(f"{value:.7g}" for value in vector) + "]"
    return [int(row[0]) for row in connection.execute(statement, (share, words))]


def nearest(vectors: Vectors, share: int, vector: Vectors) -> set[int]:
    """The ten nearest within the scope, by numpy: what recall is measured against."""
    rows = np.flatnonzero(np.arange(len(vectors)) // 5 % GROUPS < share)
    near_first: NDArray[np.int64] = np.argsort(-(vectors[rows] @ vector), kind="stable")[:10]
    return {int(row) for row in rows[near_first]}


def timed(
    connection: psycopg.Connection[Any], statement: str, vectors: Vectors, share: int, rows: Sequence[int]
) -> dict[str, object]:
    clock, found, wanted = Clock([], []), 0, 0
    for row in rows:
        query = near(vectors[row])
        with clock.running():
            given = ask(connection, statement, share, query)
        right = nearest(vectors, share, query)
        found, wanted = found + len(right & set(given)), wanted + len(right)
    # The server works in a process of its own: this thread's processor time would say nothing.
    return {"ms": spread(clock.wall), "recall_at_10": round(found / wanted, 3)}


def pgvector(sizes: Sequence[int], count: int, hnsw_up_to: int) -> None:
    with throwaway_server() as server:
        url = server.connection.url().replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
            # One process a query, as one core is what is compared.
            connection.execute("set max_parallel_workers_per_gather = 0")
            for size in sizes:
                report("retrieval pgvector", pgvector_at(connection, size, count, hnsw=size <= hnsw_up_to))


def pgvector_at(connection: psycopg.Connection[Any], size: int, count: int, *, hnsw: bool) -> dict[str, object]:
    vectors = vectors_of(size)
    rows = [int(row) for row in np.random.default_rng(SEED + 2).choice(size, count)]
    fill(connection, vectors)
    figures: dict[str, object] = {"passages": size}
    figures["exact"] = {name: timed(connection, EXACT, vectors, share, rows) for name, share in SHARES.items()}
    if hnsw:
        connection.execute("set maintenance_work_mem = '2GB'")
        started = time.perf_counter()
        connection.execute("create index approximate on passage using hnsw (embedding vector_cosine_ops)")
        figures["hnsw_build_s"] = round(time.perf_counter() - started, 1)
        connection.execute("set hnsw.ef_search = 100")
        connection.execute("set hnsw.iterative_scan = strict_order")
        connection.execute("set enable_seqscan = off")
        figures["hnsw"] = {name: timed(connection, APPROXIMATE, vectors, share, rows) for name, share in SHARES.items()}
        connection.execute("set enable_seqscan = on")
    return figures


# import


def imported(data: Path) -> None:
    lines = (data / "va_admin" / "passages.jsonl").read_text(encoding="utf-8").splitlines()
    pages: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        row = json.loads(line)
        pages.setdefault(row["doc"], []).append(row)
    documents = [
        Document(
            path=name,
            version="0" * 12,
            title=rows[0]["title"],
            audience=frozenset({"public"}),
            effective_from=None,
            effective_to=None,
            approved_for_auto=False,
            language="en",
            intent=None,
            owner="",
            review_date=None,
            text="\n\n".join(
                f"## {row['heading']}\n\n{row['text']}" if row["heading"] else row["text"] for row in rows
            ),
        )
        for name, rows in pages.items()
    ]
    embedder = MiniLm()
    embedder.embed(["warm"])
    fresh, index = cpu_seconds(lambda: Index.build(documents, embedder))
    again, _ = cpu_seconds(lambda: Index.build(documents, _Refusing(), index.vectors))
    count = len(index.passages)
    report(
        "retrieval import",
        {
            "documents": len(documents),
            "passages": count,
            "words_a_passage": round(sum(len(p.text.split()) for p in index.passages) / count),
            "cut_embed_index_cpu_s": round(fresh, 2),
            "passages_a_second_of_one_core": round(count / fresh, 1),
            "restart_cpu_s": round(again, 2),
        },
    )


class _Refusing:
    """An embedder of the same name that must not be asked: a restart embeds nothing."""

    @property
    def ref(self) -> str:
        return MiniLm().ref

    def embed(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError(f"a restart embedded {len(texts)} texts")


def cpu_seconds(act: Callable[[], Index]) -> tuple[float, Index]:
    started = time.process_time()
    index = act()
    return time.process_time() - started, index


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("search", "pgvector", "import"))
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--hnsw-up-to", type=int, default=100_000, help="larger tables get no approximate index")
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS") != "1":
        # Read when numpy is loaded: too late to set here.
        parser.error("set OMP_NUM_THREADS=1, or numpy takes every core and the figures are not of one")
    if given.command == "import" and given.data is None:
        parser.error("import needs --data DIR")
    if given.command == "search":
        search(given.sizes, given.queries)
    elif given.command == "pgvector":
        pgvector(given.sizes, given.queries, given.hnsw_up_to)
    else:
        imported(given.data)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
