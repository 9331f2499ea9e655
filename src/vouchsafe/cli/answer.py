"""`vouchsafe answer --kb DIR`: the whole pass over messages, one JSON object a line (design section 10)."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import cyclopts

from vouchsafe.cli.batch import BadLine, Line, need_text, optional_object, optional_texts, run_batch
from vouchsafe.cli.desks import pack_of
from vouchsafe.cli.detect import explained, say_held
from vouchsafe.cli.detect import shown as shown_findings
from vouchsafe.cli.redact import known_contact
from vouchsafe.cli.search import audience_of, index_of, the_day
from vouchsafe.domain.contact import Assurance
from vouchsafe.domain.draft import Draft
from vouchsafe.domain.reply import Approved
from vouchsafe.domain.ruling import Ruling, Verdict
from vouchsafe.domain.states import Decided, Drafted
from vouchsafe.domain.text import Span
from vouchsafe.pipeline.detect import Detectors
from vouchsafe.pipeline.redact.fixed import our_words
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.pipeline.redact.rescan import rescan
from vouchsafe.pipeline.world import World
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.plugins.ner.spacy_md import SpacyMd
from vouchsafe.ports.clock import SystemClock
from vouchsafe.ports.ids import RandomIds
from vouchsafe.quality.scratch import Scratch, ScratchMessage, place_in

app = cyclopts.App(name="answer", help="The whole pass over messages: JSON Lines in, JSON Lines out.")

_FIRST = "Hello, my name is Quillon Farrowby. How do I pay my bill online?"

ROUTES = {Verdict.APPROVED: "auto", Verdict.AWAITING_HUMAN: "person", Verdict.ESCALATED: "escalate"}


@app.default
def answer(
    source: Path | None = None,
    *,
    kb: Path,
    desk: str | None = None,
    on: str | None = None,
    vectors: Path | None = None,
) -> None:
    """Answer every line of SOURCE, or of standard input, as the running system would; nothing is sent or stored.

    Takes `id`, `text`, optional `contact` (names, emails, phones, dates, ids, addresses: lists; `level` 0 to 3),
    `thread` (the contact's earlier turns, oldest first) and `audience` (else what the desk's pack lets the level
    read). Gives `id`, `ruling`, `route`, `queue`, `tier`, `reply`, `notice`, `citations`, `findings`, `reasons`, `ms`.
    Spans of findings are characters of `text`, spans of citations those of the passage that `search` prints.

    Parameters
    ----------
    source
        A file of JSON Lines; standard input where absent.
    kb
        The folder of documents.
    desk
        A policy pack (folder or file), or the name of a shipped one; the shipped patient desk where absent.
    on
        The day that counts, as 2026-01-31; today in the desk's zone where absent.
    vectors
        A file that keeps the passages' vectors between runs; made where absent.
    """
    pack, embedder = pack_of(desk), MiniLm()
    world = World(
        redactor=Redactor(SpacyMd()),
        detectors=Detectors(embedder, pack),
        searcher=index_of(kb, embedder, vectors),
        pack=pack,
        our_words=our_words,
        rescan=rescan,
        today=the_day(on, pack.zone),
    )
    say_held(world.detectors, pack.intents)
    clock = SystemClock()
    # Models load at their first use, some only for a question that is searched and answered: one whole pass, kept
    # nowhere, so that the `ms` of the first line does not carry it.
    Scratch(world, clock, RandomIds(clock)).run(ScratchMessage(text=_FIRST), world)
    scratch = Scratch(world, clock, RandomIds(clock))
    sys.exit(run_batch(lambda line: one(scratch, world, line), source))


def one(scratch: Scratch, world: World, line: Line) -> Line:
    """One line answered. Raises: BadLine for a line without a text or with a level that is none."""
    contact = optional_object(line, "contact")
    message = ScratchMessage(
        text=need_text(line, "text"),
        thread=optional_texts(line, "thread"),
        known=known_contact(contact),
        level=_level(contact),
        # There is no master here: the pack, or `audience`, says what may be read.
        is_staff=True,
    )
    started = perf_counter()
    decided = scratch.run(message, _with_audience(world, line))
    ms = (perf_counter() - started) * 1000
    return {"id": line["id"], **shown(decided, message.text), "ms": round(ms, 2)}


def shown(decided: Decided, text: str) -> Line:
    """A decision as the command prints it; `reply` only where the gate approved one."""
    approved = isinstance(decided.outcome, Approved)
    drafted = decided.drafted
    understood = drafted.grounded.understood
    fresh, tokens = understood.redacted.fresh[-1].text.value, understood.redacted.tokens
    draft = drafted.draft if isinstance(drafted, Drafted) else None
    ruling = decided.ruling

    def place(span: Span) -> Span:
        return place_in(text, fresh, tokens, span)

    return {
        "ruling": _ruling(ruling),
        "route": ROUTES[ruling.verdict],
        "queue": ruling.queue,
        "tier": ruling.tier.value if ruling.tier else None,
        "reply": draft.text if approved and draft else None,
        "draft": draft.text if draft else None,
        "notice": decided.notice.item.text.value if decided.notice else None,
        "citations": _citations(draft) if draft else [],
        "findings": shown_findings(understood.findings, place),
        "reasons": [*ruling.reasons, *explained(understood.findings)],
    }


def _ruling(ruling: Ruling) -> Line:
    return {
        "verdict": ruling.verdict.value,
        "rules": [{"id": rule.rule, "fired": rule.fired, "reason": rule.reason} for rule in ruling.rules],
    }


def _citations(draft: Draft) -> list[Line]:
    """Sentences with the span that holds them. The line at the end that only names the sources is not one of them."""
    return [
        {
            "sentence": sentence.text.value,
            "document": sentence.citation.document,
            "passage": sentence.citation.name,
            "start": sentence.citation.span.start,
            "end": sentence.citation.span.end,
        }
        for sentence in draft.sentences
        if sentence.citation and sentence.text.value.rstrip(".,") != sentence.citation.title.rstrip(".,")
    ]


def _with_audience(world: World, line: Line) -> World:
    audience = audience_of(line)
    if audience is None:
        return world
    return replace(world, pack=replace(world.pack, groups=audience, groups_at=()))


def _level(contact: Mapping[str, object]) -> Assurance:
    level = contact.get("level", 0)
    if isinstance(level, bool) or not isinstance(level, int) or level not in set(Assurance):
        raise BadLine('the "level" of a contact is 0, 1, 2 or 3')
    return Assurance(level)
