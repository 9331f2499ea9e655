"""A website as a source, against a real server: what is read, what is left alone, and how every visit ends."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.plugins.knowledge.website import Limits, PageState, Site, Visited, visit

HTML = "text/html; charset=utf-8"


def page(title: str, *links: str, text: str = "") -> str:
    anchors = "".join(f'<a href="{link}">more</a>' for link in links)
    return (
        f"<html lang='en'><head><title>{title}</title><meta name='audience' content='public'>"
        f"<meta name='approved_for_auto' content='true'></head><body><h1>{title}</h1>"
        f"<p>{text or title + ' opens at 9.'}</p>{anchors}</body></html>"
    )


@dataclass
class Answer:
    body: bytes
    kind: str = HTML
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Web:
    """A site on this machine. `pages` by path; `made` answers what is not there."""

    url: str
    pages: dict[str, Answer] = field(default_factory=dict)
    made: Callable[[str], Answer | None] | None = None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def put(self, path: str, body: str | bytes, kind: str = HTML, status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = Answer(body if isinstance(body, bytes) else body.encode(), kind, status, named)

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked if path not in {"/robots.txt", "/sitemap.xml"}]

    def visit(self, known: Visited | None = None, **limits: float) -> Visited:
        site = Site(f"{self.url}/", {"audience": ["public"], "owner": "web"}, limits=limited(**limits))
        return visit(site, {one.url: one for one in known.pages} if known else {}, pause=lambda _: None)


def limited(**limits: float) -> Limits:
    return Limits(**{"delay_s": 0.0, "page_s": 5.0, **limits})  # type: ignore[arg-type]  # counts are whole in the tests


class Server(ThreadingHTTPServer):
    """Closing it waits for the requests under way; a visitor who hangs up is no error."""

    daemon_threads = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing on standard error."""


@pytest.fixture
def web() -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            found = site.pages.get(self.path) or (site.made(self.path) if site.made else None)
            answer = found or Answer(b"not here", "text/plain", 404)
            if answer.headers.get("ETag") and self.headers.get("If-None-Match") == answer.headers["ETag"]:
                answer = Answer(b"", "", 304, {})
            self.send_response(answer.status)
            for name, value in {"Content-Type": answer.kind, **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Nothing on standard error."""

    server = Server(("127.0.0.1", 0), Handler)
    site = Web(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


def titles(visited: Visited) -> set[str]:
    return {one.title for one in visited.imported.documents}


def problems(visited: Visited) -> dict[str, str]:
    return {one.path.rpartition("/")[2]: one.says for one in visited.imported.problems}


def test_links_are_followed_on_the_same_host_only_and_each_page_is_read_once(web: Web) -> None:
    web.put(
        "/", page("Home", "/hours", "parking#map", "https://elsewhere.example/x", "mailto:a@b.example", "/logo.png")
    )
    web.put("/hours", page("Hours", "/", "/hours#top"))
    web.put("/parking", page("Parking", "/hours"))

    found = web.visit()

    assert titles(found) == {"Home", "Hours", "Parking"}
    assert sorted(web.paths) == ["/", "/hours", "/parking"]
    assert found.imported.problems == ()
    assert found.imported.whole


def test_rights_come_from_whoever_imports_and_never_from_the_page(web: Web) -> None:
    web.put("/", page("Home"))

    (document,) = visit(Site(f"{web.url}/", {"audience": ["staff"]}, limits=limited())).imported.documents

    assert document.audience == {"staff"}
    assert not document.approved_for_auto
    assert document.path == f"{web.url}/"
    assert visit(Site(f"{web.url}/", {}, limits=limited())).imported.documents == (), "without a word nobody may read"


def test_a_sitemap_says_which_pages_there_are_also_as_an_index_and_packed(web: Web) -> None:
    web.put("/robots.txt", f"User-agent: *\nSitemap: {web.url}/maps.xml\n", "text/plain")
    web.put("/maps.xml", f"<sitemapindex><sitemap><loc>{web.url}/a.xml.gz</loc></sitemap></sitemapindex>", "text/xml")
    listed = f"<urlset><url><loc>{web.url}/hours</loc></url><url><loc>https://elsewhere.example/</loc></url></urlset>"
    web.put("/a.xml.gz", gzip.compress(listed.encode()), "application/gzip")
    web.put("/hours", page("Hours", "/not-listed"))

    assert titles(web.visit()) == {"Hours"}
    assert "/not-listed" not in web.paths


def test_a_sitemap_that_names_itself_ends(web: Web) -> None:
    loop = f"<sitemapindex><sitemap><loc>{web.url}/sitemap.xml</loc></sitemap></sitemapindex>"
    web.put("/sitemap.xml", loop, "text/xml")
    web.put("/", page("Home"))

    assert titles(web.visit()) == {"Home"}


def test_robots_txt_is_obeyed_and_what_it_forbids_is_said(web: Web) -> None:
    web.put("/robots.txt", "User-agent: vouchsafe\nDisallow: /staff\n", "text/plain")
    web.put("/", page("Home", "/staff/rota", "/hours"))
    web.put("/staff/rota", page("Rota"))
    web.put("/hours", page("Hours"))

    assert titles(web.visit()) == {"Home", "Hours"}
    assert "/staff/rota" not in web.paths


@pytest.mark.parametrize(("status", "says"), [(401, "lets no program read it"), (503, "cannot be read")])
def test_a_site_whose_robots_txt_is_closed_or_broken_is_not_read(web: Web, status: int, says: str) -> None:
    web.put("/robots.txt", "", "text/plain", status)
    web.put("/", page("Home"))

    with pytest.raises(VouchsafeError, match=says):
        web.visit()
    assert web.paths == []


def test_only_what_changed_is_read_again(web: Web) -> None:
    web.put("/", page("Home", "/hours"), ETag='"1"')
    web.put("/hours", page("Hours"), ETag='"1"')
    first = web.visit()
    web.put("/hours", page("Hours", text="We open at 10."), ETag='"2"')

    second = web.visit(first)

    assert titles(second) == {"Hours"}, "the home page is the same, and its links were remembered"
    assert second.imported.unchanged == {f"{web.url}/"}
    assert second.imported.keep == {f"{web.url}/"}
    assert {one.url for one in second.pages} == {f"{web.url}/", f"{web.url}/hours"}


def test_with_other_rights_no_page_counts_as_unchanged() -> None:
    public, staff = (Site("https://x.example/", {"audience": [word]}) for word in ("public", "staff"))
    assert public.options != staff.options


def test_a_site_that_loops_ends_at_the_limit_and_retires_nothing(web: Web) -> None:
    web.made = lambda path: Answer(page(f"Day {path}", f"{path}x", f"{path}?next={len(path)}").encode())

    found = web.visit(pages=30)

    assert len(web.paths) == 30
    assert not found.imported.whole
    assert any("stopped after 30 pages" in one.says for one in found.imported.problems)


def test_depth_ends_a_chain_of_links(web: Web) -> None:
    web.made = lambda path: None if path.endswith((".txt", ".xml")) else Answer(page(path, f"{path}x").encode())

    assert len(web.visit(depth=4).imported.documents) == 5


def test_the_same_words_under_two_addresses_are_one_document(web: Web) -> None:
    web.put("/", page("Home", "/?print=1"))
    web.put("/?print=1", page("Home", "/?print=1"))

    assert len(web.visit().imported.documents) == 1


def test_pages_that_are_gone_broken_or_of_a_wrong_type_are_a_line_each(web: Web) -> None:
    web.put("/", page("Home", "/gone", "/broken", "/film", "/empty", "/cut.pdf"))
    web.put("/broken", "", status=500)
    web.put("/film", b"\x00", "video/mp4")
    web.put("/empty", "<html><body></body></html>")
    web.put("/cut.pdf", b"%PDF-1.4 cut", "application/pdf")

    found = web.visit()

    assert titles(found) == {"Home"}
    said = problems(found)
    assert "404" in said["gone"]
    assert "500" in said["broken"]
    assert "not a page (video/mp4)" in said["film"]
    assert "no text" in said["empty"]
    assert "a broken PDF" in said["cut.pdf"]
    assert found.imported.keep == {f"{web.url}/broken"}, "what may come back stays published; what is gone does not"


def test_a_redirect_to_another_host_is_not_followed_and_one_that_circles_ends(web: Web) -> None:
    web.put("/", page("Home", "/away", "/round", "/moved"))
    web.put("/away", "", status=302, Location="http://169.254.169.254/latest/meta-data/")
    web.put("/round", "", status=302, Location="/round")
    web.put("/moved", "", status=301, Location="/new")
    web.put("/new", page("New"))

    found = web.visit()

    assert titles(found) == {"Home", "New"}
    assert "another host" in problems(found)["away"]
    assert "without end" in problems(found)["round"]


def test_a_page_that_is_too_large_or_too_slow_is_left_out(web: Web) -> None:
    def slow(path: str) -> Answer | None:
        if path == "/slow":
            time.sleep(1.5)
            return Answer(page("Slow").encode())
        return None

    web.made = slow
    web.put("/", page("Home", "/huge", "/slow"))
    web.put("/huge", b"<p>" + b"x" * 2_000_000)

    found = web.visit(page_bytes=1_000_000, page_s=0.5)

    assert titles(found) == {"Home"}
    assert "larger than" in problems(found)["huge"]
    assert "no answer within" in problems(found)["slow"]
    assert f"{web.url}/slow" in found.imported.keep


def test_a_site_that_stops_answering_is_left_alone_and_retires_nothing(web: Web) -> None:
    web.put("/", page("Home", *(f"/p{number}" for number in range(40))))
    web.made = lambda path: None if path.endswith((".txt", ".xml")) else Answer(b"", HTML, 503)

    found = web.visit()

    assert len(web.paths) < 15
    assert not found.imported.whole


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://www.clinic.example/", "given as https"),
        ("https://", "given as https"),
        ("https://user:secret@www.clinic.example/", "given as https"),
        ("http://93.184.215.14/", "over https"),
    ],
)
def test_what_is_no_address_of_a_site_is_refused(url: str, says: str) -> None:
    with pytest.raises(VouchsafeError, match=says) as refused:
        visit(Site(url, {"audience": ["public"]}))
    assert "secret" not in str(refused.value)


def test_a_name_that_leads_into_a_private_network_is_refused_unless_that_is_meant(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.put("/", page("Home"))
    port = int(web.url.rpartition(":")[2])
    there = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: there)
    site = Site(f"http://www.clinic.example:{port}/", {"audience": ["public"]}, limits=limited())

    with pytest.raises(VouchsafeError, match="private network"):
        visit(site)
    assert web.asked == []

    meant = Site(site.url, site.about, private=True, limits=site.limits)
    assert titles(visit(meant)) == {"Home"}


def test_headers_of_a_page_that_cannot_be_sent_back_are_not(web: Web) -> None:
    web.put("/", page("Home"))
    known = {f"{web.url}/": PageState(f"{web.url}/", 'x\r\nX-Evil: "1"', "", ())}

    visit(Site(f"{web.url}/", {"audience": ["public"]}, limits=limited()), known)

    assert all("x-evil" not in headers and "if-none-match" not in headers for _, headers in web.asked)
