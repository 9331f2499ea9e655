"""Where does our data go? The answer in a sentence, what the register says to each call today, and its rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import QueryParams
from starlette.responses import Response

from vouchsafe.domain.agreement import Call, DataClass, Feature, Register, Service
from vouchsafe.domain.ids import UserId
from vouchsafe.domain.staff import Permission
from vouchsafe.evidence.event import Event, Json, Outcome, person
from vouchsafe.evidence.event_types import EventType
from vouchsafe.governance.agreement_files import read_register
from vouchsafe.governance.agreements import permit
from vouchsafe.governance.training import TRAINING
from vouchsafe.ports.spending import in_currency
from vouchsafe.store import agreement_views, desks, outbox, reads, staff
from vouchsafe.store.agreement_views import Adopted
from vouchsafe.store.work import PgWork
from vouchsafe.web.access import Visit, require
from vouchsafe.web.desk import Desks
from vouchsafe.web.screens.agreements import sheet
from vouchsafe.web.screens.agreements.sheet import Trial, Version
from vouchsafe.web.shell import show

_MOST_VERSIONS = 30
_LONGEST = 300
"""Characters of a field that somebody asks with."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that somebody asks about, as the form has it."""

    service: str = Service.MODEL.value
    endpoint: str = ""
    region: str = ""
    model: str = ""
    feature: str = Feature.MESSAGES.value
    data: frozenset[str] = frozenset({DataClass.REDACTED.value})


@require(Permission.READ_AGREEMENTS)
def whole(visit: Visit) -> Response:
    """The page; with `?endpoint=` also what the register says to that call."""
    query = visit.request.query_params
    with visit.app.store(visit.workspace) as work:
        known = Desks(visit.app, work)
        adopted = agreement_views.versions(work.context, _MOST_VERSIONS + 1)
        names = {one.id: one.signature for one in staff.every(work.context)}
        _note(visit, work, adopted)
        waiting = outbox.held(work.context)
        budget = visit.app.model_budget(work)
        drafters = [(one.name, visit.app.model_for(one)) for one in desks.every(work.context)]
    registers = [read_register(one.content) for one in adopted]
    register = registers[0] if registers else None
    # The register judges by the day in UTC, as the door to a model does.
    today = visit.app.clock.now().date()
    asked = _asked(query)
    trial, problem = _tried(visit, register, asked)
    trials = sheet.trials(visit.app.ways_set(), register, today)
    return show(
        visit,
        "agreements/page.html",
        status=422 if problem else 200,
        problem=problem,
        register=register,
        rows=sheet.rows(register, today) if register else (),
        model=trials["model"],
        relay=trials["relay"],
        pages=trials["pages"],
        database=trials["database"],
        waiting=waiting,
        drafts_by_model=visit.app.settings.drafter == "model",
        drafters=[(name, one, sheet.named(trials["model"], register, one, today)) for name, one in drafters],
        asked=asked,
        trial=trial,
        versions=_versions(adopted, registers, names)[:_MOST_VERSIONS],
        today=today,
        sheet=sheet,
        training=TRAINING,
        budget=budget,
        in_currency=in_currency,
        features=sorted(one.value for one in Feature),
        zone=known.zone,
    )


def _note(visit: Visit, work: PgWork, adopted: tuple[Adopted, ...]) -> None:
    """The register is sealed; opening it is on record."""
    if reads.first_looks(work.context, visit.user.id, EventType.REPORT_READ, [one.id for one in adopted[:1]]):
        payload: dict[str, Json] = {"report": "agreements"}
        work.note(Event(EventType.REPORT_READ, person(visit.user.id), Outcome.OK, payload=payload))


def _asked(query: QueryParams) -> Asked:
    if "endpoint" not in query:
        return Asked()
    told = {name: query.get(name, "")[:_LONGEST].strip() for name in ("service", "endpoint", "region", "model")}
    feature = query.get("feature", "")
    return Asked(**told, feature=feature, data=frozenset(query.getlist("data")))


def _tried(visit: Visit, register: Register | None, asked: Asked) -> tuple[Trial | None, str]:
    """What the register says today to the call that was asked about; else why it could not be asked."""
    if "endpoint" not in visit.request.query_params:
        return None, ""
    if not asked.endpoint:
        return None, "name the endpoint of the call"
    try:
        call = Call(
            service=Service(asked.service),
            endpoint=asked.endpoint,
            region=asked.region,
            feature=Feature(asked.feature),
            data=frozenset(DataClass(one) for one in asked.data),
            model=asked.model if asked.service == Service.MODEL else "",
        )
    except ValueError:
        return None, "choose a service, a feature and at least one class of data"
    return Trial(call, permit(register, call, visit.app.clock.now().date())), ""


def _versions(
    adopted: tuple[Adopted, ...], registers: list[Register], names: Mapping[UserId, str]
) -> tuple[Version, ...]:
    """The versions, the newest first, each with what it changed."""
    before = [*registers[1:], None] if registers else []
    return tuple(
        Version(one.ref, names.get(row.by, ""), row.at, len(one.agreements), sheet.changes(earlier, one))
        for row, one, earlier in zip(adopted, registers, before, strict=True)
    )
