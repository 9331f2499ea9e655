"""Budgets hold over processes and after a crash; what is counted and what is on record are one transaction."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import text
from tests.conftest import Clinic

from vouchsafe.domain.ids import UserId
from vouchsafe.evidence.event import Event, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.governance.agreement_files import read_register
from vouchsafe.ports.spending import Budget, Spend
from vouchsafe.store import agreements, trail
from vouchsafe.store.model_ledger import PgLedger, spent
from vouchsafe.store.vault import SealBroken
from vouchsafe.testing.agreements import a_row, register_bytes
from vouchsafe.testing.builders import uuid

DAY = date(2026, 3, 2)
MOST = Spend(calls=5, tokens=1000, cost=1000)
CALLED = Event(EventType.MODEL_CALLED, system("routing"), Outcome.OK, payload={"attempt": 1})
ANSWERED = Event(EventType.MODEL_ANSWERED, system("routing"), Outcome.OK, payload={"tokens": 42})
USER = UserId(uuid(7))


def total(clinic: Clinic) -> Spend:
    with clinic.store(clinic.workspace) as work:
        return spent(work, DAY)


def recorded(clinic: Clinic, kind: EventType) -> int:
    with clinic.store(clinic.workspace) as work:
        return len(trail.search(work.context, types=[kind]))


def test_what_is_set_aside_counts_until_it_is_settled(clinic: Clinic) -> None:
    ledger = PgLedger(clinic.store, clinic.workspace)

    assert ledger.reserve(CALLED, Spend(1, 100, 10), MOST, DAY)
    assert total(clinic) == Spend(1, 100, 10)
    ledger.settle(ANSWERED, Spend(1, 100, 10), Spend(1, 42, 4), DAY)

    assert total(clinic) == Spend(1, 42, 4)
    assert (recorded(clinic, EventType.MODEL_CALLED), recorded(clinic, EventType.MODEL_ANSWERED)) == (1, 1)


@pytest.mark.parametrize("amount", [Spend(6, 1, 1), Spend(1, 1001, 1), Spend(1, 1, 1001)])
def test_a_call_above_the_budget_changes_nothing(clinic: Clinic, amount: Spend) -> None:
    assert PgLedger(clinic.store, clinic.workspace).reserve(CALLED, amount, MOST, DAY) is None

    assert total(clinic) == Spend()
    assert recorded(clinic, EventType.MODEL_CALLED) == 0


def test_many_at_once_never_pass_the_budget(clinic: Clinic) -> None:
    ledger = PgLedger(clinic.store, clinic.workspace)

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: ledger.reserve(CALLED, Spend(1, 10, 1), MOST, DAY), range(20)))

    assert sum(one is not None for one in made) == 5
    assert total(clinic) == Spend(5, 50, 5)
    assert recorded(clinic, EventType.MODEL_CALLED) == 5


def test_another_day_has_a_budget_of_its_own(clinic: Clinic) -> None:
    ledger = PgLedger(clinic.store, clinic.workspace)
    assert ledger.reserve(CALLED, MOST, MOST, DAY)

    assert ledger.reserve(CALLED, Spend(1), MOST, DAY) is None
    assert ledger.reserve(CALLED, Spend(1), MOST, date(2026, 3, 3))


def test_the_newest_version_of_the_register_is_in_force_and_older_ones_stay(clinic: Clinic) -> None:
    first, second = register_bytes(), register_bytes(a_row(confirmed=None))
    with clinic.store(clinic.workspace) as work:
        assert agreements.in_force(work.context) is None
        agreements.adopt(work.context, first, USER)
    with clinic.store(clinic.workspace) as work:
        agreements.adopt(work.context, second, USER)

    with clinic.store(clinic.workspace) as work:
        found = agreements.in_force(work.context)
        count = work.context.connection.execute(text("select count(*) from agreement_register")).scalar()
    assert found is not None
    assert read_register(found).ref == read_register(second).ref
    assert count == 2


def test_a_register_that_was_changed_behind_our_back_does_not_open(clinic: Clinic) -> None:
    with clinic.store(clinic.workspace) as work:
        agreements.adopt(work.context, register_bytes(), USER)
    engine = clinic.store.database.app
    with engine.begin() as connection, pytest.raises(Exception, match="permission denied"):
        connection.execute(text("update agreement_register set sealed = sealed"))

    with clinic.store(clinic.workspace) as work:
        row = work.context.connection.execute(text("select id, sealed from agreement_register")).one()
        broken = bytes([row.sealed[0] ^ 1]) + row.sealed[1:]
        work.context.connection.execute(
            text("insert into agreement_register values (:ws, :id, :by, now() + interval '99 years', :sealed)"),
            {"ws": clinic.workspace, "id": uuid(99), "by": USER, "sealed": broken},
        )
        with pytest.raises(SealBroken):
            agreements.in_force(work.context)


@pytest.mark.parametrize(
    ("used", "most", "nearly_over"),
    [
        (Spend(899, 0, 0), Spend(1000, 100, 0), False),
        (Spend(900, 0, 0), Spend(1000, 100, 0), True),
        (Spend(1, 90, 0), Spend(1000, 100, 0), True),
        (Spend(1, 1, 0), Spend(1000, 100, 0), False),  # no price: no cost that could run out
        (Spend(1, 1, 95), Spend(1000, 100, 100), True),
        (Spend(1001, 1, 0), Spend(1000, 100, 0), True),
    ],
)
def test_a_budget_of_which_a_tenth_is_left_is_nearly_over(used: Spend, most: Spend, *, nearly_over: bool) -> None:
    budget = Budget(used, most)

    assert budget.nearly_over is nearly_over
    assert budget.left.calls == max(0, most.calls - used.calls)
