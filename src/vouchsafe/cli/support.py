"""`vouchsafe support`: checks sentences against the sources they cite, one JSON object a line (design section 10)."""

import sys
from pathlib import Path

import cyclopts

from vouchsafe.cli.batch import BadLine, Line, need_text, optional_texts, run_batch
from vouchsafe.cli.desks import pack_of
from vouchsafe.pipeline.draft.support import check
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.ports.embedder import Embedder

app = cyclopts.App(name="support", help="Check sentences against sources: JSON Lines in, JSON Lines out.")


@app.default
def support(source: Path | None = None, *, desk: str | None = None) -> None:
    """Check every line of SOURCE, or of standard input.

    Takes `id`, `sentence`, `sources` (a list of texts). Gives `id`, `supported`, `score` from 0 to 1 and `reasons`.

    Parameters
    ----------
    source
        A file of JSON Lines; standard input where absent.
    desk
        A policy pack (folder or file), or the name of a shipped one. It must be sound; no rule of a pack changes what
        supports a sentence.
    """
    pack_of(desk)
    embedder = MiniLm()
    sys.exit(run_batch(lambda line: answer(embedder, line), source))


def answer(embedder: Embedder, line: Line) -> Line:
    """One line answered. Raises: BadLine for a line without a sentence or a list of sources."""
    sentence = need_text(line, "sentence")
    if not isinstance(line.get("sources"), list):
        raise BadLine('"sources" is missing or not a list of texts')
    verdict = check(sentence, optional_texts(line, "sources"), embedder)
    return {
        "id": line["id"],
        "supported": verdict.supported,
        "score": round(verdict.score, 4),
        "reasons": list(verdict.reasons),
    }
