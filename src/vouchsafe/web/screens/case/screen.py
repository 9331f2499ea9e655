"""One case and the acts on it. Each act is one call; a refusal shows its sentence above the case as it stands now."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import structlog
from starlette.responses import JSONResponse, Response

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import AttachmentId, CaseId, DeskId
from vouchsafe.domain.precedent import PrecedentId
from vouchsafe.domain.staff import Permission
from vouchsafe.evidence.event import Event, Json, Outcome, person
from vouchsafe.evidence.event_types import EventType
from vouchsafe.knowledge import precedents as earlier
from vouchsafe.pipeline.review import NotAllowed
from vouchsafe.ports.work import NotFound, Outdated
from vouchsafe.reviewing import Done, NeedsReason, Reviewing
from vouchsafe.store import cases, messages, precedents, presence, staff
from vouchsafe.web import desk
from vouchsafe.web.access import Forbidden, Guarded, Visit, reason_given, record_denial, require
from vouchsafe.web.live import Signals
from vouchsafe.web.render import is_part
from vouchsafe.web.screens.queue.screen import asked
from vouchsafe.web.shell import go, show

log = structlog.get_logger(__name__)
Act = Callable[[Reviewing, CaseId, Visit], Done]


@require(Permission.READ_CASES)
def whole(visit: Visit) -> Response:
    """The case beside its list; only the case where a page asks for a part."""
    return case_page(visit, case_id(visit))


@require(Permission.READ_CASES, background=True)
def version(visit: Visit) -> Response:
    """The version as it stands, so that an open page can say that it is outdated, and whether by a model's draft."""
    with visit.app.store(visit.workspace) as work:
        row = cases.get(work.context, case_id(visit))
        drafted = desk.drafted_by_model(work, row.id)
    return JSONResponse({"version": row.version, "holder": str(row.holder or ""), "drafted": drafted})


@require(Permission.READ_CASES, background=True)
def drafting(visit: Visit) -> Response:
    """What a language model writes for the version of the case that a page shows; empty where there is nothing."""
    given = visit.request.query_params.get("version", "")
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        return Response(status_code=204)
    found = desk.writing(visit, case_id(visit), int(given))
    return show(visit, "case/_drafting.html", writing=found) if found else Response(status_code=204)


def here(signals: Signals) -> Guarded:
    """`POST /cases/{case}/here`: an open page says that it is there, and hears the names of the others who are."""

    @require(Permission.READ_CASES, background=True)
    def run(visit: Visit) -> Response:
        with visit.app.store(visit.workspace) as work:
            row = cases.get(work.context, case_id(visit))
            presence.say(work.context, row.id, visit.user.id)
            names = {one.id: one.name for one in staff.every(work.context)}
        others = signals.present(visit.workspace, row.id) - {visit.user.id}
        return JSONResponse({"names": sorted(names[one] for one in others if one in names)})

    return run


@require(Permission.READ_CASES, Permission.REVEAL_ORIGINALS)
def reveal(visit: Visit) -> Response:
    """The case with what was taken out put back, for this one answer; the reason is on record before it shows."""
    case = case_id(visit)
    _needs_words(visit, case)
    reason = visit.form.get("reason", "")
    try:
        shown = Reviewing(visit.app, visit.workspace).reveal(case, visit.user, reason)
    except VouchsafeError as refused:
        return case_page(visit, case, status=422, problem=str(refused))
    _note_unread(visit, case, reason_given(reason))
    return case_page(visit, case, revealed=shown, originals=True)


@require(Permission.READ_CASES, Permission.REVEAL_ORIGINALS)
def attachment(visit: Visit) -> Response:
    """A file as it came, always as a download and never as a page; the reason is on record before it leaves."""
    case, name = case_id(visit), _id(visit, "attachment")
    with visit.app.store(visit.workspace) as work:
        row = cases.get(work.context, case)
        turns = messages.turns(work.context, row.conversation)
        found = next((a for t in turns for a in t.attachments if a.id == name), None)
        if found is None or not desk.may_read_words(visit, work, row):
            raise NotFound("there is no such file")
    try:
        given = reason_given(visit.form.get("reason", ""))
    except NeedsReason as refused:
        return case_page(visit, case, status=422, problem=str(refused))
    with visit.app.store(visit.workspace) as work:
        row = cases.get(work.context, case, lock=True)
        given = Reviewing(visit.app, visit.workspace).masked_reason(work, row, given)
        payload: dict[str, Json] = {"attachment": str(name), "reason": given}
        work.note(
            Event(
                EventType.ATTACHMENT_READ,
                person(visit.user.id),
                Outcome.OK,
                case=case,
                conversation=row.conversation,
                payload=payload,
            )
        )
        content = messages.attachment_content(work.context, AttachmentId(name))
    headers = {
        "Content-Disposition": f'attachment; filename="attachment-{str(name)[-6:]}.bin"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type="application/octet-stream", headers=headers)


def _approve(reviewing: Reviewing, case: CaseId, visit: Visit) -> Done:
    text = visit.form.get("text", "").replace("\r\n", "\n").strip() if visit.form.get("edited") == "1" else None
    return reviewing.approve(case, visit.user, _version(visit), text, precedent=_precedent(visit))


def _refuse(reviewing: Reviewing, case: CaseId, visit: Visit) -> Done:
    return reviewing.refuse(case, visit.user, _version(visit), visit.form.get("reason", ""))


def _close(reviewing: Reviewing, case: CaseId, visit: Visit) -> Done:
    return reviewing.close(case, visit.user, _version(visit), visit.form.get("reason", ""))


def _take(reviewing: Reviewing, case: CaseId, visit: Visit) -> Done:
    return reviewing.take(case, visit.user)


def _give_back(reviewing: Reviewing, case: CaseId, visit: Visit) -> Done:
    return reviewing.give_back(case, visit.user)


def _hand_over(reviewing: Reviewing, case: CaseId, visit: Visit) -> Done:
    return reviewing.hand_over(case, visit.user, visit.form.get("queue", ""), visit.form.get("reason", ""))


def _acknowledge(reviewing: Reviewing, case: CaseId, visit: Visit) -> Done:
    return reviewing.acknowledge(case, visit.user)


def _judge_alarm(reviewing: Reviewing, case: CaseId, visit: Visit) -> Done:
    return reviewing.judge_alarm(case, visit.user, warranted=visit.form.get("warranted") == "yes")


def _clear(reviewing: Reviewing, case: CaseId, visit: Visit) -> Done:
    return reviewing.clear(case, visit.user, visit.form.get("reason", ""))


def _guarded(act: Act, *needs: Permission, words: bool = True) -> Guarded:
    @require(Permission.READ_CASES, *needs)
    def run(visit: Visit) -> Response:
        case = case_id(visit)
        if words:
            _needs_words(visit, case)
        try:
            done = act(Reviewing(visit.app, visit.workspace), case, visit)
        except NotFound:
            raise
        except Outdated as outdated:
            return case_page(visit, case, status=409, problem=str(outdated), typed=visit.form.get("text", ""))
        except NotAllowed as refused:
            record_denial(visit, act.__name__.strip("_"))
            return case_page(visit, case, status=403, problem=str(refused))
        except VouchsafeError as refused:
            # The words a person typed go back into the field, so that a refusal costs no work.
            return case_page(visit, case, status=422, problem=str(refused), typed=visit.form.get("text", ""))
        return go(visit, f"/cases/{case}", done)

    return run


ACTS: dict[str, Guarded] = {
    "approve": _guarded(_approve, Permission.APPROVE_REPLIES),
    "refuse": _guarded(_refuse, Permission.APPROVE_REPLIES),
    "close": _guarded(_close, Permission.APPROVE_REPLIES),
    "take": _guarded(_take, Permission.TAKE_CASES),
    "give-back": _guarded(_give_back, Permission.TAKE_CASES),
    "hand-over": _guarded(_hand_over, Permission.HAND_OVER, words=False),
    "acknowledge": _guarded(_acknowledge, words=False),
    "judge-alarm": _guarded(_judge_alarm, Permission.APPROVE_REPLIES),
    "clear": _guarded(_clear, Permission.SIGN_CLINICAL),
}
"""`POST /cases/{case}/ACT`."""


def case_page(
    visit: Visit,
    case: CaseId,
    *,
    status: int = 200,
    problem: str = "",
    revealed: dict[str, str] | None = None,
    typed: str = "",
    originals: bool = False,
) -> Response:
    """The case as it stands now. `originals`: what nothing has redacted yet shows too, for this one answer."""
    opened = desk.opened(visit, case, originals=originals)
    show_case = partial(
        show,
        visit,
        status=status,
        problem=problem,
        case=opened,
        revealed=revealed or {},
        folds=originals,
        typed=typed,
        current=case,
        earlier=_like(visit, case) if opened.waits else (),
        borrowed=_borrowed(visit, opened.row.desk) if typed else None,
    )
    if is_part(visit.request):
        return show_case("case/_case.html")
    ask = asked(visit)
    return show_case("case/page.html", ask=ask, rail=desk.rail(visit), rows=desk.listed(visit, ask))


def _like(visit: Visit, case: CaseId) -> tuple[earlier.Shown, ...]:
    """Earlier answers beside a case: a help, so that no failure of theirs keeps a case from its reader."""
    try:
        return earlier.like(visit.app, visit.workspace, case, visit.user)
    except Exception as error:  # noqa: BLE001 - whatever it is, the case itself can be read
        log.error("earlier answers cannot be shown", case=str(case), failure=type(error).__name__)
        return ()


def case_id(visit: Visit) -> CaseId:
    """The case of the address. Raises: NotFound."""
    return CaseId(_id(visit, "case"))


def _id(visit: Visit, name: str) -> UUID:
    try:
        return UUID(str(visit.request.path_params[name]))
    except ValueError:
        raise NotFound("there is no such page") from None


def _note_unread(visit: Visit, case: CaseId, reason: str) -> None:
    """A case that could not be computed has messages that nothing has redacted; they are about to show as they came."""
    with visit.app.store(visit.workspace) as work:
        row = cases.get(work.context, case, lock=True)
        safe = messages.safe_turns(work.context, row.conversation)
        unread = [str(one.id) for one in messages.turns(work.context, row.conversation) if one.id not in safe]
        if unread:
            given = Reviewing(visit.app, visit.workspace).masked_reason(work, row, reason)
            payload: dict[str, Json] = {"messages": [*unread], "reason": given}
            work.note(
                Event(
                    EventType.ORIGINAL_READ,
                    person(visit.user.id),
                    Outcome.OK,
                    case=case,
                    conversation=row.conversation,
                    payload=payload,
                )
            )


def _precedent(visit: Visit) -> PrecedentId | None:
    """The earlier answer that the text was written from, if it was."""
    try:
        return PrecedentId(UUID(visit.form["precedent"]))
    except (KeyError, ValueError):
        return None


def _borrowed(visit: Visit, at: DeskId) -> PrecedentId | None:
    """The same, if it still stands: a form that is shown again lets go of one that was withdrawn meanwhile."""
    chosen = _precedent(visit)
    if chosen is None:
        return None
    with visit.app.store(visit.workspace) as work:
        try:
            return precedents.get(work.context, at, chosen).id
        except NotFound:
            return None


def _version(visit: Visit) -> int:
    given = visit.form.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1


def _needs_words(visit: Visit, case: CaseId) -> None:
    with visit.app.store(visit.workspace) as work:
        allowed = desk.may_read_words(visit, work, cases.get(work.context, case))
    if not allowed:
        record_denial(visit, Permission.READ_CLINICAL_CASES.value)
        raise Forbidden("this case is with clinicians; your role does not show its words")
