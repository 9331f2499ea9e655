"""The queue: the list of what waits, in the order of risk and age, kept fresh by signals."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from vouchsafe.domain.staff import Permission
from vouchsafe.web import desk
from vouchsafe.web.access import Guarded, Visit, find_session, require, signed_in
from vouchsafe.web.desk import Ask
from vouchsafe.web.live import Signals
from vouchsafe.web.shell import places, show
from vouchsafe.web.words import LANGUAGES

_LOOK_AGAIN_S = 20.0
"""A lost signal costs at most this much."""
_CALM_S = 0.4
"""Signals closer than this become one."""


@signed_in()
def start(visit: Visit) -> Response:
    """To the page this person works on."""
    found = places(visit.user, local_mail=not visit.app.settings.smtp_relay)
    if found:
        language = visit.request.query_params.get("lang", "")
        chosen = f"?lang={language}" if language in LANGUAGES else ""
        return RedirectResponse(found[0].href + chosen, status_code=303)
    return show(visit, "queue/nothing.html")


@require(Permission.READ_CASES)
def whole(visit: Visit) -> Response:
    """The page."""
    return list_page(visit, asked(visit))


@require(Permission.READ_CASES, background=True)
def rows(visit: Visit) -> Response:
    """Rail and list alone, for a page that heard that something changed."""
    ask = asked(visit)
    return show(
        visit, "queue/_columns.html", ask=ask, rail=desk.rail(visit), rows=desk.listed(visit, ask), current=None
    )


@require(Permission.READ_CASES)
def search(visit: Visit) -> Response:
    """Cases whose words hold all of these; posted, so that no search word stands in an address."""
    words = visit.form.get("words", "").strip()[:200]
    return list_page(visit, Ask(words=words) if words else Ask())


def list_page(visit: Visit, ask: Ask) -> Response:
    """The page for an ask."""
    return show(visit, "queue/page.html", ask=ask, rail=desk.rail(visit), rows=desk.listed(visit, ask), current=None)


def asked(visit: Visit) -> Ask:
    """Which cases the address asks for."""
    query = visit.request.query_params
    view = query.get("view", "")
    return Ask(queue=query.get("queue", "")[:64], view=view if view in {"mine", "ended"} else "")


def live(signals: Signals) -> Guarded:
    """`GET /live`: a signal for every change of a case in the workspace, without any content.

    `drafting` names a case for which a language model writes: who has it open fetches the sentences that it may see.
    `here` names a case that somebody opened: who has it open too asks by whom.
    """

    @require(Permission.READ_CASES, background=True)
    def stream(visit: Visit) -> Response:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return EventSourceResponse(_changes(visit, signals), ping=15, headers=headers)

    return stream


async def _changes(visit: Visit, signals: Signals) -> AsyncIterator[dict[str, str]]:
    with signals.subscribed(f"case/{visit.workspace}") as signal:
        while not signals.ending:
            with suppress(TimeoutError):
                await asyncio.wait_for(signal.wait(), _LOOK_AGAIN_S)
            # A stream outlives the check at its start, so the session is looked at again.
            if await run_in_threadpool(find_session, visit.app, visit.workspace, visit.request) is None:
                yield {"event": "ended", "data": ""}
                return
            if signal.is_set():
                await asyncio.sleep(_CALM_S)
                changed, drafting, here = signal.taken()
                for case in sorted(drafting):
                    yield {"event": "drafting", "data": case}
                for case in sorted(here):
                    yield {"event": "here", "data": case}
                if changed:
                    yield {"event": "changed", "data": ""}
            else:
                # So that a page can tell a quiet morning from a dead line.
                yield {"event": "alive", "data": ""}
