"""`vouchsafe redact`: takes identifiers out of messages, one JSON object a line (design section 10)."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import cyclopts

from vouchsafe.cli.batch import BadLine, Line, need_text, optional_object, optional_texts, run_batch
from vouchsafe.cli.desks import pack_of
from vouchsafe.domain.identifier import KnownContact, Profile, RedactedPart
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.plugins.ner.spacy_md import SpacyMd

app = cyclopts.App(name="redact", help="Take identifiers out of messages: JSON Lines in, JSON Lines out.")


@app.default
def redact(
    source: Path | None = None,
    *,
    desk: str | None = None,
    light: Annotated[bool, cyclopts.Parameter(negative=())] = False,
) -> None:
    """Redact every line of SOURCE, or of standard input.

    Takes `id`, `text`, optional `known` (names, emails, phones, dates, ids, addresses: lists) and `profile` (standard,
    strict). Gives `id`, `text` redacted, `spans` [start, end, label, score, by] in characters of the input.

    Parameters
    ----------
    source
        A file of JSON Lines; standard input where absent.
    desk
        A policy pack (folder or file), or the name of a shipped one. It must be sound; no rule of a pack changes what
        is taken out.
    light
        Without the model for names: faster, and more names are missed.
    """
    pack_of(desk)
    redactor = Redactor(None if light else SpacyMd())
    sys.exit(run_batch(lambda line: answer(redactor, line), source))


def answer(redactor: Redactor, line: Line) -> Line:
    """One line answered. Raises: BadLine for a line without a text, or that could not be redacted."""
    redaction = redactor.redact(
        [need_text(line, "text")],
        known=[known_contact(optional_object(line, "known"))],
        profile=_profile(line),
    )
    if redaction.failed:
        # Fails closed: what could not be searched is not printed.
        raise BadLine("this text could not be redacted")
    part = redaction.parts[0]
    return {"id": line["id"], "text": part.text.value, "spans": spans(part)}


def known_contact(known: Mapping[str, object]) -> KnownContact:
    """A contact's record from the keys of `known`. Raises: BadLine where one is not a list of texts."""
    return KnownContact(
        names=optional_texts(known, "names"),
        emails=optional_texts(known, "emails"),
        phones=optional_texts(known, "phones"),
        dates=optional_texts(known, "dates"),
        ids=optional_texts(known, "ids"),
        addresses=optional_texts(known, "addresses"),
    )


def spans(part: RedactedPart) -> list[dict[str, object]]:
    """What was found, in characters of the input."""
    return [
        {
            "start": found.span.start,
            "end": found.span.end,
            "label": found.label.value,
            "score": round(found.score, 4),
            "by": found.by,
        }
        for found in part.found
    ]


def _profile(line: Line) -> Profile:
    value = line.get("profile")
    if value is None:
        return Profile.STANDARD
    try:
        return Profile(str(value))
    except ValueError:
        raise BadLine('"profile" is neither "standard" nor "strict"') from None
