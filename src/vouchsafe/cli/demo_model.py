"""A language model that makes things up, on this machine and for a moment: one case shows what becomes of its draft."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from vouchsafe.app import App
from vouchsafe.domain.draft import Draft, Origin
from vouchsafe.domain.ids import CaseId, DeskId, WorkspaceId
from vouchsafe.domain.states import Drafted
from vouchsafe.store import cases
from vouchsafe.worker.drafting import draft_by_model

NAME = "small-local-1"
ENDPOINT = "http://127.0.0.1:8000/v1"
"""Of the clinic's own model in the demo's register; the address of the running one is put in its place."""
MADE_UP = "You can come at any hour of the day or night, and there is never anything to pay."


@dataclass(frozen=True, slots=True)
class Marked:
    """A case whose draft holds a sentence that no source bears out, and what was found against that sentence."""

    case: CaseId
    reasons: tuple[str, ...]


class Lying:
    """The running model. `says`: what it writes next."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.says = MADE_UP


@contextmanager
def lying() -> Iterator[Lying]:
    """The model behind the usual interface of chat completions, on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name is the server's
            self.rfile.read(int(self.headers.get("content-length") or 0))
            message = {"role": "assistant", "content": model.says}
            content = json.dumps(
                {
                    "id": "demo",
                    "object": "chat.completion",
                    "created": 0,
                    "model": NAME,
                    "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
                }
            ).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        model = Lying(f"http://127.0.0.1:{server.server_address[1]}/v1")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield model
        finally:
            server.shutdown()
            thread.join()


def draft(opened: App, workspace: WorkspaceId, desk: DeskId, model: Lying) -> Marked | None:
    """Let it draft for the first waiting case that it is asked about; None where it was asked about none."""
    before = opened.settings
    opened.settings = before.model_copy(
        update={
            "drafter": "model",
            "model_endpoint": model.endpoint,
            "model_name": NAME,
            "model_region": "on-premises",
            "model_streams": False,
        }
    )
    try:
        return next(_drafts(opened, workspace, desk, model), None)
    finally:
        opened.settings = before


def _drafts(opened: App, workspace: WorkspaceId, desk: DeskId, model: Lying) -> Iterator[Marked]:
    with opened.store(workspace) as work:
        rows = [row for row in cases.waiting(work.context) if row.desk == desk and row.holder is None]
    for row in reversed(rows):
        local = _draft_of(opened, workspace, row.id)
        quotes = [one.text.value for one in local.sentences if one.origin is Origin.VERBATIM] if local else []
        if not quotes:
            continue
        model.says = f"{quotes[0]} [1]\n{MADE_UP} [1]"
        draft_by_model(opened, workspace, row.id, row.version)
        written = _draft_of(opened, workspace, row.id)
        reasons = [one.reasons for one in written.sentences if not one.supported] if written else []
        if reasons:
            yield Marked(row.id, reasons[0])


def _draft_of(opened: App, workspace: WorkspaceId, case: CaseId) -> Draft | None:
    """The draft of a model where one stands, else the local one."""
    with opened.store(workspace) as work:
        file = work.case_file(case)
    return file.beside or (file.drafted.draft if isinstance(file.drafted, Drafted) else None)
