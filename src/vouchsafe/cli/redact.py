"""`vouchsafe redact`: takes identifiers out of messages, one JSON object a line (design section 10)."""

import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import cyclopts

from vouchsafe.cli.batch import BadLine, Line, need_text, optional_object, optional_texts, run_batch
from vouchsafe.cli.desks import pack_of
from vouchsafe.domain.identifier import KnownContact, Profile, RedactedPart
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.pipeline.redact.safe_harbor import exported
from vouchsafe.plugins.ner.spacy_md import SpacyMd

app = cyclopts.App(name="redact", help="Take identifiers out of messages: JSON Lines in, JSON Lines out.")


@app.default
def redact(
    source: Path | None = None,
    *,
    desk: str | None = None,
    light: Annotated[bool, cyclopts.Parameter(negative=())] = False,
    safe_harbor: Annotated[bool, cyclopts.Parameter(negative=())] = False,
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
    safe_harbor
        For an export under 45 CFR 164.514(b)(2): of dates the year stays, of ZIP codes three digits where more than
        20,000 people live, and ages over 89 become one class.
    """
    pack_of(desk)
    redactor = Redactor(None if light else SpacyMd())
    on = datetime.now(UTC).date() if safe_harbor else None
    sys.exit(run_batch(lambda line: answer(redactor, line, on), source))


def answer(redactor: Redactor, line: Line, export_on: date | None = None) -> Line:
    """One line answered; `export_on` asks for the text of a Safe Harbor export of that day.

    Raises: BadLine for a line without a text, or that could not be redacted.
    """
    redaction = redactor.redact(
        [need_text(line, "text")],
        known=[known_contact(optional_object(line, "known"))],
        profile=_profile(line),
    )
    if redaction.failed:
        # Fails closed: what could not be searched is not printed.
        raise BadLine("this text could not be redacted")
    part = redaction.parts[0]
    text = part.text if export_on is None else exported(part, need_text(line, "text"), export_on)
    return {"id": line["id"], "text": text.value, "spans": spans(part)}


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
