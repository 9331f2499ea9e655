"""Messages that were asked to wait have an owner, who hears of them once a door and hour (R179)."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.conftest import Clinic
from tests.web.scenes import an_app

from vouchsafe.app import App
from vouchsafe.evidence.event_types import EventType
from vouchsafe.store import quarantine, trail
from vouchsafe.store.quarantine import Item
from vouchsafe.web.server import make_web
from vouchsafe.worker.paging import tell_of_unread

OURS = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json"}


def flood(app: App, number: int, *, first: int = 0) -> list[int]:
    """Lines of the chat from one network; the status of each answer."""
    with TestClient(make_web(app), base_url="https://desk.clinic.example", client=("203.0.113.7", 50_000)) as browser:
        browser.get("/chat?desk=patient")
        lines = [
            {"desk": "patient", "lang": "en", "id": f"line-{n:04d}", "text": f"Are you open? Canary {n}"}
            for n in range(first, first + number)
        ]
        return [browser.post("/chat/messages", data=line, headers=OURS).status_code for line in lines]


def waiting(clinic: Clinic) -> tuple[Item, ...]:
    with clinic.store(clinic.workspace) as work:
        return quarantine.waiting(work.context)


def pages(app: App) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(app.settings.outbox_dir.glob("page-*.eml"))]


def test_a_flood_is_one_item_with_an_owner_one_event_and_one_mail(clinic: Clinic, tmp_path: Path) -> None:
    app = an_app(clinic, tmp_path, messages_per_minute=2)

    assert flood(app, 30) == [200] * 2 + [429] * 28

    (item,) = waiting(clinic)
    assert (item.problem, item.queue, item.desk) == ("refused_posts", app.pack("patient").routes.unknown, clinic.desk)
    with clinic.store(clinic.workspace) as work:
        (event,) = trail.search(work.context, types=[EventType.MESSAGE_QUARANTINED])
        said = quarantine.read(work.context, item.id).decode()
    assert event.leaf.actor.id == "ingest"
    assert "Canary" not in said
    assert "vouchsafe_refused_posts_total" in said
    assert tell_of_unread(app, clinic.workspace) == 1
    assert tell_of_unread(app, clinic.workspace) == 0
    (mail,) = pages(app)
    assert "asked to wait" in mail
    assert f"Owner: {item.queue}" in " ".join(mail.split())
    assert "could not be read" not in mail


def test_the_next_hour_tells_again_only_of_what_somebody_settled(clinic: Clinic, tmp_path: Path) -> None:
    app = an_app(clinic, tmp_path, messages_per_minute=1)
    flood(app, 2)
    clinic.clock.advance(hours=2)
    assert flood(app, 2, first=10)[-1] == 429
    (item,) = waiting(clinic)

    by = clinic.store.ids.new()
    with clinic.store(clinic.workspace) as work:
        quarantine.handled(work.context, item.id, by)  # type: ignore[arg-type]  # any id will do
    flood(app, 2, first=20)
    (newer,) = waiting(clinic)
    assert newer.id != item.id, "the first one is two hours old"

    with clinic.store(clinic.workspace) as work:
        quarantine.handled(work.context, newer.id, by)  # type: ignore[arg-type]  # any id will do
    clinic.clock.advance(minutes=5)
    flood(app, 2, first=30)
    assert waiting(clinic) == ()


def test_an_owner_who_cannot_be_told_changes_nothing_for_the_writer(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = an_app(clinic, tmp_path, messages_per_minute=1)

    def breaks(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(App, "quarantine", breaks)

    assert flood(app, 3) == [200, 429, 429]
