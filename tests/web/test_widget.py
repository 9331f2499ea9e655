"""The chat over real HTTP and in a real browser: nothing sent is lost or doubled, and a person is always one tap away."""

import asyncio
import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from axe_core_python.sync_playwright import Axe
from fastapi import FastAPI, Response
from fastapi.staticfiles import StaticFiles
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect, sync_playwright
from prometheus_client import REGISTRY
from tests.web.test_browser import PICTURES

from vouchsafe.domain.ids import ConversationId, MessageId
from vouchsafe.domain.message import Author, ChannelKind, Inbound
from vouchsafe.domain.text import PhiText
from vouchsafe.plugins.channels.chat.receive import chat_inbound
from vouchsafe.ports.channel import Accepted, Quarantined, UnknownRecipient
from vouchsafe.web.screens.form import page as form_page
from vouchsafe.web.screens.form.router import router as form_router
from vouchsafe.web.screens.form.service import PatientDesk
from vouchsafe.web.screens.widget.router import ChatConfig, router
from vouchsafe.web.screens.widget.service import ChatLine, ChatSession

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STATIC = Path(form_page.__file__).parents[2] / "static"
WITHIN_S = 20.0


@dataclass
class Clinic:
    """A chat in memory, keyed as the store keys it: by channel and provider id."""

    lines: dict[str, list[ChatLine]] = field(default_factory=dict)
    seen: dict[str, Inbound] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)
    entered: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event | None = None
    busy: bool = False
    refusals: list[tuple[str, ChannelKind]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def desk(self, name: str) -> PatientDesk | None:
        return PatientDesk("chat:front", "Linden Bay Clinic", "911", "+1 555 0100") if name == "front" else None

    def secret(self) -> str:
        return uuid4().hex

    def allow(self, client: str) -> bool:
        assert client
        return not self.busy

    def refused(self, recipient: str, channel: ChannelKind) -> None:
        self.refusals.append((recipient, channel))

    def take(self, inbound: Inbound) -> Accepted:
        del inbound
        return Accepted(MessageId(uuid4()), ConversationId(uuid4()), None, duplicate=False)

    def now(self) -> datetime:
        return NOW

    def post(self, session: ChatSession, client_id: str, text: str) -> Accepted | Quarantined:
        self.entered.set()
        if self.go_on is not None:
            assert self.go_on.wait(WITHIN_S)
        if self.trouble:
            raise self.trouble.pop()
        inbound = chat_inbound(
            recipient=session.recipient, token=session.token, client_id=client_id, text=text, received_at=NOW
        )
        with self.lock:
            known = inbound.provider_id in self.seen
            if not known:
                self.seen[inbound.provider_id] = inbound
                self._add(session.token, Author.CONTACT, "", text, client_id)
        return Accepted(MessageId(uuid4()), ConversationId(uuid4()), None, duplicate=known)

    def ask_person(self, session: ChatSession, client_id: str) -> Accepted:
        known = client_id in self.asked
        if not known:
            self.asked.append(client_id)
            self._add(session.token, Author.NOTICE, "", "A person will read this within 10 minutes.", "")
        return Accepted(MessageId(uuid4()), ConversationId(uuid4()), None, duplicate=known)

    def history(self, session: ChatSession, after: int) -> list[ChatLine]:
        return [line for line in self.lines.get(session.token, []) if line.number > after]

    async def changed(self, session: ChatSession, after: int) -> None:
        while not self.history(session, after):  # noqa: ASYNC110 - lines come from threads of the test
            await asyncio.sleep(0.02)

    def answer(self, text: str, author: Author = Author.MACHINE, by: str = "") -> None:
        for token in self.lines:
            self._add(token, author, by, text, "")

    def _add(self, token: str, author: Author, by: str, text: str, client_id: str) -> None:
        lines = self.lines.setdefault(token, [])
        lines.append(ChatLine(len(lines) + 1, author, by, PhiText(text), NOW, client_id))

    @property
    def words(self) -> list[str]:
        return [line.text.value for lines in self.lines.values() for line in lines if line.author is Author.CONTACT]


@contextmanager
def serving(clinic: Clinic, config: ChatConfig | None = None) -> Iterator[str]:
    app = FastAPI()
    app.include_router(router(clinic, config))
    app.include_router(form_router(clinic))
    app.mount("/static", StaticFiles(directory=STATIC))

    @app.get("/clinic")
    def organisation_page() -> Response:
        # The organisation's own page, under a policy of its own that allows no inline style.
        html = (
            '<!DOCTYPE html><html lang="en"><head><title>Clinic</title>'
            '<script src="/widget.js" data-desk="front" async></script></head><body><main><h1>Welcome</h1></main></body></html>'
        )
        policy = "default-src 'none'; script-src 'self'; frame-src 'self'; style-src 'self'"
        return Response(html, media_type="text/html", headers={"Content-Security-Policy": policy})

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)  # so that the first request waits for the server instead of being refused
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1, lifespan="off", ws="none")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(WITHIN_S)


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()


@pytest.fixture
def base(clinic: Clinic) -> Iterator[str]:
    with serving(clinic) as address:
        yield address


@pytest.fixture
def visitor(base: str) -> Iterator[httpx.Client]:
    """A browser that has opened the page."""
    with httpx.Client(base_url=base, timeout=WITHIN_S) as client:
        assert client.get("/chat?desk=front").status_code == 200
        yield client


OURS = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json"}


def say(
    client: httpx.Client, text: str, line_id: str = "line-0001", headers: dict[str, str] | None = None
) -> httpx.Response:
    data = {"desk": "front", "lang": "en", "id": line_id, "text": text}
    return client.post("/chat/messages", data=data, headers=OURS if headers is None else headers)


def until(true: Any) -> None:
    end = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def heard(client: httpx.Client, count: int, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """The next lines of the live stream."""
    got: list[dict[str, Any]] = []
    with client.stream("GET", "/chat/events?desk=front&lang=en", headers=headers or {}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data:"):
                got.append(json.loads(line.removeprefix("data:")))
                if len(got) == count:
                    break
    return got


def test_the_first_screen_discloses_the_assistant_and_offers_a_person_before_any_message(
    visitor: httpx.Client, clinic: Clinic
) -> None:
    shown = visitor.get("/chat?desk=front")

    assert "You are writing to an automated assistant of Linden Bay Clinic" in shown.text
    assert "cannot give medical advice" in shown.text
    assert "Call 911 now" in shown.text
    assert 'action="/chat/person"' in shown.text
    assert clinic.lines == {}


def test_the_page_runs_our_files_only_and_is_framed_only_where_allowed(clinic: Clinic) -> None:
    with serving(clinic, ChatConfig(embed_origins=("https://www.clinic.example",))) as base:
        shown = httpx.get(f"{base}/chat?desk=front")

    policy = shown.headers["content-security-policy"]
    assert "frame-ancestors 'self' https://www.clinic.example" in policy
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy


@pytest.mark.parametrize(
    ("scheme", "cross_site", "parts"),
    [
        ("http", False, ["vouchsafe_chat=", "HttpOnly", "SameSite=Strict"]),
        ("https", False, ["__Host-vouchsafe_chat=", "HttpOnly", "Secure", "SameSite=Strict"]),
        ("https", True, ["__Host-vouchsafe_chat=", "HttpOnly", "Secure", "SameSite=None", "Partitioned"]),
    ],
)
def test_the_session_is_a_cookie_that_scripts_cannot_read(
    clinic: Clinic, scheme: str, *, cross_site: bool, parts: list[str]
) -> None:
    app = FastAPI()
    app.include_router(router(clinic, ChatConfig(cross_site=cross_site)))
    with TestClient(app, base_url=f"{scheme}://support.clinic.example") as client:
        cookie = client.get("/chat?desk=front").headers["set-cookie"]

    assert all(part in cookie for part in parts)


def test_a_line_is_stored_before_it_is_called_taken(visitor: httpx.Client, clinic: Clinic) -> None:
    answer = say(visitor, "When do you open?")

    assert (answer.status_code, answer.json()) == (200, {"taken": True})
    assert clinic.words == ["When do you open?"]


def test_the_same_line_again_is_stored_once_and_other_words_are_another_line(
    visitor: httpx.Client, clinic: Clinic
) -> None:
    say(visitor, "one")
    say(visitor, "one")
    say(visitor, "two")

    assert clinic.words == ["one", "two"]


def test_two_browsers_have_two_chats(base: str, visitor: httpx.Client, clinic: Clinic) -> None:
    say(visitor, "mine")
    with httpx.Client(base_url=base) as other:
        shown = other.get("/chat?desk=front")
        say(other, "theirs")

    assert "mine" not in shown.text
    assert [len(lines) for lines in clinic.lines.values()] == [1, 1]


@pytest.mark.parametrize("at", ["body", "answer"])
def test_a_client_that_disconnects_inside_a_message_loses_and_doubles_nothing(
    base: str, visitor: httpx.Client, clinic: Clinic, at: str
) -> None:
    clinic.go_on = threading.Event()
    request = visitor.build_request(
        "POST", "/chat/messages", data={"desk": "front", "lang": "en", "id": "line-0001", "text": "half"}, headers=OURS
    )
    head = "POST /chat/messages HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in request.headers.items()) + "\r\n"
    whole = head.encode() + request.content
    host, port = base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(whole if at == "answer" else whole[:-3])
        if at == "answer":
            assert clinic.entered.wait(WITHIN_S)
    clinic.go_on.set()
    if at == "answer":
        until(lambda: clinic.words)  # stored although nobody heard it
    # The window sends the same line again.
    assert say(visitor, "half").status_code == 200

    assert clinic.words == ["half"]


def test_lines_come_live_and_a_window_that_was_away_gets_what_it_missed(visitor: httpx.Client, clinic: Clinic) -> None:
    say(visitor, "When do you open?")
    first = heard(visitor, 1)
    clinic.answer("At 8.")
    clinic.answer("Hello, I am Sam.", Author.PERSON, "Sam, Front desk")
    missed = heard(visitor, 2, {"Last-Event-ID": str(first[0]["number"])})

    assert (first[0]["by"], first[0]["id"]) == ("You", "line-0001")
    assert [(line["by"], line["text"]) for line in missed] == [
        ("Automated assistant", "At 8."),
        ("Sam, Front desk", "Hello, I am Sam."),
    ]


def test_an_answer_that_comes_while_the_window_listens_is_heard(visitor: httpx.Client, clinic: Clinic) -> None:
    say(visitor, "hello")
    later = threading.Timer(0.3, clinic.answer, ["At 8."])
    later.start()

    assert [line["text"] for line in heard(visitor, 2)] == ["hello", "At 8."]
    later.join()


def test_a_person_can_be_asked_for_before_the_first_message_and_once(visitor: httpx.Client, clinic: Clinic) -> None:
    for _ in range(2):
        data = {"desk": "front", "lang": "en", "id": "person-0001"}
        assert visitor.post("/chat/person", data=data, headers=OURS).status_code == 200

    assert clinic.asked == ["person-0001"]
    assert clinic.words == []


def test_it_works_without_scripts(visitor: httpx.Client, clinic: Clinic) -> None:
    answer = say(visitor, "No scripts here", headers={"Sec-Fetch-Site": "same-origin"})
    clinic.answer("<b>At 8.</b>")
    shown = visitor.get(answer.headers["location"])

    assert answer.status_code == 303
    assert "No scripts here" in shown.text
    assert "Automated assistant" in shown.text
    assert "&lt;b&gt;At 8." in shown.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_only_our_own_page_can_write(
    visitor: httpx.Client, clinic: Clinic, headers: dict[str, str], status: int
) -> None:
    assert say(visitor, "x", headers={"Accept": "application/json"} | headers).status_code == status
    assert len(clinic.words) == (status == 200)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"text": ""}, 422),
        ({"text": "x" * 8001}, 422),
        ({"id": ""}, 422),
        ({"id": "../../x\r\n"}, 422),
        ({"desk": "else"}, 404),
        ({"desk": ""}, 404),
    ],
)
def test_what_is_no_line_is_refused(visitor: httpx.Client, clinic: Clinic, fields: dict[str, str], status: int) -> None:
    data = {"desk": "front", "lang": "en", "id": "line-0001", "text": "x"} | fields

    assert visitor.post("/chat/messages", data=data, headers=OURS).status_code == status
    assert clinic.words == []


def test_posts_of_the_wrong_kind_are_refused_clearly(visitor: httpx.Client, clinic: Clinic) -> None:
    for path in ("/chat/messages", "/chat/person", "/chat/end"):
        answer = visitor.post(path, json={"text": "x"}, headers=OURS)
        assert (answer.status_code, answer.json()) == (415, {"error": "broken"})
    assert clinic.words == []


def test_without_the_cookie_nothing_is_taken_and_nothing_is_shown(base: str, clinic: Clinic) -> None:
    with httpx.Client(base_url=base) as client:
        assert say(client, "x").status_code == 403
    assert httpx.get(f"{base}/chat/events?desk=front").status_code == 403
    assert clinic.words == []


@pytest.mark.parametrize(
    ("trouble", "status"),
    [(OSError(28, "No space left on device"), 503), (RuntimeError("Canary"), 503), (UnknownRecipient("x"), 404)],
)
def test_trouble_in_the_store_means_not_taken(
    visitor: httpx.Client, clinic: Clinic, trouble: Exception, status: int
) -> None:
    clinic.trouble = [trouble]

    answer = say(visitor, "x")

    assert answer.status_code == status
    assert "Canary" not in answer.text
    assert say(visitor, "x").status_code == 200
    assert clinic.words == ["x"]


def test_too_many_lines_are_asked_to_wait(visitor: httpx.Client, clinic: Clinic) -> None:
    clinic.busy = True
    before = REGISTRY.get_sample_value("vouchsafe_refused_posts_total", {"door": "chat", "desk": "chat:front"}) or 0.0

    answer = say(visitor, "x")

    after = REGISTRY.get_sample_value("vouchsafe_refused_posts_total", {"door": "chat", "desk": "chat:front"})
    assert after == before + 1
    assert clinic.refusals == [("chat:front", ChannelKind.CHAT)]
    assert answer.status_code == 429
    assert "retry-after" in answer.headers


def test_ending_the_chat_leaves_nothing_for_the_next_person_at_this_computer(visitor: httpx.Client) -> None:
    say(visitor, "private")

    ended = visitor.post("/chat/end", data={"desk": "front", "lang": "en"}, headers=OURS)

    assert ended.status_code == 303
    assert ended.headers["location"].startswith("/chat?")
    assert "private" not in visitor.get("/chat?desk=front").text


def test_the_token_of_a_session_is_in_no_repr() -> None:
    assert "secret-token" not in repr(ChatSession("secret-token", "chat:front", "en"))


def test_a_link_back_never_leaves_our_own_pages(visitor: httpx.Client) -> None:
    data = {"desk": "//evil.example", "lang": "en\r\nSet-Cookie: x=y", "id": "line-0001", "text": "x"}

    answer = visitor.post("/chat/messages", data=data, headers={"Sec-Fetch-Site": "same-origin"})

    assert answer.headers["location"].startswith("/chat?desk=%2F%2Fevil")
    assert "x=y" not in answer.headers.get("set-cookie", "")


# In a browser ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("chromium is missing: this test needs a browser; run `apt-get install -y chromium`")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@contextmanager
def window(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """A page that fails the test on any script error or policy violation."""
    context = browser.new_context(
        **({"viewport": {"width": 1024, "height": 768}, "reduced_motion": "reduce"} | options)
    )
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    opened.goto(address)
    yield opened
    context.close()
    assert complaints == []


def findings(page: Page) -> list[str]:
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    result = Axe().run(page, options={"runOnly": {"type": "tag", "values": rules}})
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in result["violations"]]


LOOKS = [
    {"color_scheme": scheme, "viewport": {"width": width, "height": 720}}
    for scheme in ("light", "dark")
    for width in (1440, 1024, 390, 320)
]


@pytest.mark.browser
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look['color_scheme']}-{look['viewport']['width']}")
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    browser: Browser, base: str, clinic: Clinic, look: dict[str, Any]
) -> None:
    for name, path in (
        ("chat", "/chat?desk=front"),
        ("chat-es-too-often", "/chat?desk=front&lang=es&problem=too_often"),
        ("form", "/form/front"),
        ("form-sent", "/form/front/sent?ref=ABCD-EFG2"),
    ):
        with window(browser, base + path, **look) as page:
            if path == "/chat?desk=front":
                page.get_by_label("Your message").fill("When do you open? " + "verylongword" * 12)
                page.get_by_role("button", name="Send", exact=True).click()
                expect(page.locator(".line .state")).to_have_count(0)
                clinic.answer("At 8.\n\nSee https://clinic.example/hours.")
                expect(page.get_by_text("At 8.")).to_be_visible()
            if path == "/form/front":
                page.get_by_role("button", name="Send message").click()
                expect(page.get_by_role("alert")).to_be_visible()
            assert findings(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            if PICTURES:
                seen = f"patients-{name}-{look['color_scheme']}-{look['viewport']['width']}.png"
                page.screenshot(path=str(PICTURES / seen), full_page=True)


@pytest.mark.browser
def test_a_chat_by_keyboard_alone(browser: Browser, base: str, clinic: Clinic) -> None:
    with window(browser, f"{base}/chat?desk=front") as page:
        page.get_by_label("Your message").focus()
        page.keyboard.type("When do you open?")
        page.keyboard.press("Enter")
        until(lambda: clinic.words == ["When do you open?"])
        clinic.answer("At 8.")
        expect(page.get_by_role("log")).to_contain_text("At 8.")
        expect(page.get_by_role("log")).to_contain_text("Automated assistant")
        expect(page.get_by_label("Your message")).to_be_focused()
        expect(page.locator(".line.contact")).to_have_count(1)


@pytest.mark.browser
def test_the_way_to_a_person_is_in_view_before_the_first_message_and_after_many(
    browser: Browser, base: str, clinic: Clinic
) -> None:
    with window(browser, f"{base}/chat?desk=front", viewport={"width": 390, "height": 720}) as page:
        button = page.get_by_role("button", name="Talk to a person")
        expect(button).to_be_in_viewport()
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        page.get_by_label("Your message").fill("hi")
        page.get_by_role("button", name="Send", exact=True).click()
        until(lambda: clinic.words)
        for number in range(20):
            clinic.answer(f"Line {number}")
        expect(page.get_by_text("Line 19")).to_be_in_viewport()
        expect(button).to_be_in_viewport()
        button.click()
        expect(page.get_by_role("log")).to_contain_text("A person will read this")
        assert len(clinic.asked) == 1


@pytest.mark.browser
def test_a_line_written_without_connection_is_sent_when_it_comes_back(
    browser: Browser, base: str, clinic: Clinic
) -> None:
    with window(browser, f"{base}/chat?desk=front") as page:
        page.context.set_offline(True)
        for text in ("first", "second"):
            page.get_by_label("Your message").fill(text)
            page.get_by_role("button", name="Send", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("No connection")
        page.context.set_offline(False)
        until(lambda: clinic.words == ["first", "second"])
        expect(page.locator(".line.contact")).to_have_count(2)


@pytest.mark.browser
def test_an_answer_of_a_hostile_source_stays_words(browser: Browser, base: str, clinic: Clinic) -> None:
    with window(browser, f"{base}/chat?desk=front") as page:
        page.get_by_label("Your message").fill("<img src=x onerror=alert(1)>")
        page.get_by_role("button", name="Send", exact=True).click()
        until(lambda: clinic.words)
        clinic.answer('<script>alert(2)</script> javascript:alert(3) https://ok.example/"><b>x')
        expect(page.get_by_role("log")).to_contain_text("<script>alert(2)</script>")
        assert page.locator(".line img, .line script, .line b").count() == 0
        assert [a.get_attribute("href") for a in page.locator(".line a").all()] == ["https://ok.example/"]


@pytest.mark.browser
def test_one_script_tag_opens_the_chat_on_the_organisations_page_and_escape_closes_it(
    browser: Browser, base: str, clinic: Clinic
) -> None:
    with window(browser, f"{base}/clinic") as page:
        button = page.get_by_role("button", name="Chat with us")
        button.focus()
        page.keyboard.press("Enter")
        frame = page.frame_locator("iframe[title=Chat]")
        expect(frame.get_by_role("button", name="Talk to a person")).to_be_visible()
        expect(frame.get_by_label("Your message")).to_be_focused()
        assert findings(page) == []
        page.keyboard.type("from the frame")
        page.keyboard.press("Enter")
        until(lambda: clinic.words == ["from the frame"])
        page.keyboard.press("Escape")
        expect(page.locator("iframe")).to_be_hidden()
        expect(page.get_by_role("button", name="Chat with us")).to_be_focused()


@pytest.mark.browser
def test_the_form_works_without_scripts_by_keyboard(browser: Browser, base: str, clinic: Clinic) -> None:
    del clinic
    with window(browser, f"{base}/form/front", java_script_enabled=False) as page:
        page.get_by_label("Your email address").fill("ana@home.example")
        page.get_by_label("Your message", exact=True).fill("When do you open?")
        page.get_by_role("button", name="Send message").press("Enter")
        expect(page.get_by_role("heading", name="Your message was sent")).to_be_visible()
