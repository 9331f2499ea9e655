"""The chain of one case with the proof state of each link, as a page and as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from starlette.responses import JSONResponse, Response

from vouchsafe.domain.ids import CaseId
from vouchsafe.domain.staff import Permission
from vouchsafe.evidence.event import Event, Json, Outcome, person
from vouchsafe.evidence.event_types import EventType
from vouchsafe.evidence.verify import CaseReport
from vouchsafe.governance.explain import Answer, Link, answer, holds_draft, link, without_words
from vouchsafe.ports.work import CaseRow
from vouchsafe.store import cases, checkpointer, messages, staff, trail
from vouchsafe.store.audit import verify_one
from vouchsafe.store.trail import Recorded
from vouchsafe.web import desk
from vouchsafe.web.access import Visit, require
from vouchsafe.web.desk import Desks
from vouchsafe.web.screens.case.screen import case_id
from vouchsafe.web.shell import show

UNPROVEN = (
    "Reads and calls carry no step number: that none of them was moved out of this case only vouchsafe verify tells, "
    "which checks the whole log."
)
"""What a check of one case leaves open; page and JSON say so beside what it proves."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the rules table."""

    rule: str
    fired: bool
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Signed:
    """The newest checkpoint: it signs the events below `size`."""

    size: int
    at: datetime
    root: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Everything the decision page shows."""

    row: CaseRow
    answer: Answer
    links: tuple[Link, ...]
    rules: tuple[Rule, ...]
    verdict: str
    signed: Signed | None
    zone: str
    words: bool
    rulings: bool
    """Whether rules and verdict show: the names of rules that fired tell what was found in the words."""

    @property
    def hidden(self) -> bool:
        """Whether words of a draft are kept from this reader while the case is open."""
        return any(one.hidden for one in self.links)


@require(Permission.READ_DECISIONS)
def whole(visit: Visit) -> Response:
    """The page; with `verify=1` also what a check of this case against the newest checkpoint says, made now."""
    case = case_id(visit)
    chain = read_chain(visit, case)
    report = _verify(visit, case) if visit.request.query_params.get("verify") == "1" else None
    checked = visit.request.query_params.get("verify") == "1"
    return show(visit, "decision/page.html", chain=chain, report=report, checked=checked, unproven=UNPROVEN)


@require(Permission.READ_DECISIONS)
def as_json(visit: Visit) -> Response:
    """`GET /api/v1/cases/{case}/decision`: the same chain for programs and to keep, on record as an export."""
    case = case_id(visit)
    chain = read_chain(visit, case, leaves=True)
    body: dict[str, Json] = {
        "case": str(case),
        "stage": chain.row.stage.value,
        "asked": chain.answer.asked,
        "left": chain.answer.left,
        "answers": chain.answer.answers,
        "verdict": chain.verdict if chain.rulings else None,
        "rules": [{"id": r.rule, "fired": r.fired, "reason": r.reason, "source": r.source} for r in chain.rules]
        if chain.rulings
        else None,
        "links": [
            {
                "event": one.event,
                "type": one.type.value,
                "at": one.at.isoformat(),
                "actor": one.actor,
                "says": one.says,
                "details": list(one.details),
                "versions": list(one.versions),
                "index": one.index,
                "hidden": one.hidden,
            }
            for one in chain.links
        ],
        "checkpoint": {"size": chain.signed.size, "root": chain.signed.root} if chain.signed else None,
    }
    if visit.request.query_params.get("verify") == "1":
        report = _verify(visit, case)
        body["verified"] = (
            None
            if report is None
            else {
                "verdict": report.verdict.value,
                "events": report.events,
                "proven": report.proven,
                "unsigned": report.unsigned,
                "findings": [one.says for one in report.findings],
                "unproven": UNPROVEN,
            }
        )
    return JSONResponse(body)


def read_chain(visit: Visit, case: CaseId, *, leaves: bool = False) -> Chain:
    """The chain, with the event of its reading, and of its export where it `leaves` us.

    Without the right to the words, sentences come without details and, save for compliance, without the rules. A draft
    that is hidden from whoever answers is hidden here too.
    """
    with visit.app.store(visit.workspace) as work:
        row = cases.get(work.context, case)
        words = desk.may_read_words(visit, work, row)
        rulings = words or visit.user.may(Permission.READ_RULINGS)
        about = partial(
            Event, actor=person(visit.user.id), outcome=Outcome.OK, case=case, conversation=row.conversation
        )
        work.note(about(EventType.TRAIL_READ))
        if leaves:
            payload: dict[str, Json] = {"what": "decision", "format": "json", "words": words}
            work.note(about(EventType.EXPORT_MADE, payload=payload))
        recorded = trail.of_case(work.context, case)
        names = {str(user.id): user.signature for user in staff.every(work.context)}
        hides = words and desk.hides_draft(visit, work, row)
        safe = messages.safe_turns(work.context, row.conversation) if words else {}
        newest = checkpointer.latest(work.context.connection)
        zone = Desks(visit.app, work).pack(row).zone
    links = tuple(_link(one, names, words=words, hides=hides) for one in recorded)
    first_lines = (turn.text.value.strip().splitlines() for turn in safe.values())
    asked = " / ".join(lines[0] for lines in first_lines if lines)
    ruling = next((one.payload for one in reversed(recorded) if one.leaf.type is EventType.RULING_MADE), None)
    return Chain(
        row=row,
        answer=answer(links, asked[:300] if words else "words of patients are not shown to your role"),
        links=links,
        rules=_rules(ruling) if rulings else (),
        verdict=str(ruling["verdict"]) if ruling and rulings else "",
        signed=Signed(newest[0], newest[2], _root(newest[1])) if newest else None,
        zone=zone,
        words=words,
        rulings=rulings,
    )


def _link(one: Recorded, names: Mapping[str, str], *, words: bool, hides: bool) -> Link:
    shown = link(one.leaf, one.payload if words else None, one.index, names)
    return without_words(shown) if hides and holds_draft(one.leaf.type, one.payload) else shown


def _rules(payload: object) -> tuple[Rule, ...]:
    """Every rule, fired ones first, else in the gate's order."""
    rows = payload.get("rules") if isinstance(payload, dict) else None
    found = [
        Rule(str(one["id"]), one["fired"] is True, str(one["reason"] or ""), str(one["source"] or ""))
        for one in (rows if isinstance(rows, list) else [])
        if isinstance(one, dict)
    ]
    return tuple(sorted(found, key=lambda one: not one.fired))


def _root(note: str) -> str:
    """The root hash as the checkpoint's third line has it."""
    lines = note.splitlines()
    return lines[2] if len(lines) > 2 else ""


def _verify(visit: Visit, case: CaseId) -> CaseReport | None:
    app = visit.app
    return verify_one(app.store.database, app.keys, visit.workspace, app.settings.domain, case)
