"""Base64 and broken HTML pasted into a message: nothing hangs or fails, and the words beside it are still read."""

import base64
import random

import pytest

from vouchsafe.governance.packs import load_pack
from vouchsafe.pipeline.detect import Detectors
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.plugins.embedders.minilm import MiniLm

SAYS = "My name is Quillon Farrowby and I want to kill myself tonight."
DICE = random.Random(20_261_122)
BLOB = base64.b64encode(DICE.randbytes(30_000)).decode()
LINES = "\n".join(BLOB[at : at + 76] for at in range(0, len(BLOB), 76))
TAGS = ("<div", "<p>", "</b>", "<td style='", '"', ">", "<!--", "-->", "&nbsp;", "&#x41;", "<script>", "</", "<a href=")
SOUP = "".join(DICE.choice(TAGS) for _ in range(6_000))


@pytest.fixture(scope="module")
def desk() -> Detectors:
    return Detectors(MiniLm(), load_pack())


@pytest.mark.parametrize(
    "rubbish", [BLOB, LINES, SOUP, f"data:image/png;base64,{BLOB}"], ids=["one", "mime", "soup", "uri"]
)
def test_words_before_rubbish_are_redacted_and_judged(desk: Detectors, rubbish: str) -> None:
    redaction = Redactor(None).redact([f"{SAYS}\n\n{rubbish}"])
    safe = redaction.parts[0].text.value

    assert not redaction.failed
    assert "Farrowby" not in safe
    found = desk.detect([safe])
    assert found.crisis.flag
    assert found.intent.name is None


@pytest.mark.parametrize("rubbish", [LINES, SOUP], ids=["mime", "soup"])
def test_rubbish_alone_is_never_routine(desk: Detectors, rubbish: str) -> None:
    found = desk.detect([Redactor(None).redact([rubbish]).parts[0].text.value])

    assert found.intent.name is None
