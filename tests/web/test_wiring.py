"""The server as it is wired from settings: who may frame the chat, and whose address counts behind a proxy."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import expect, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from tests.conftest import Clinic
from tests.web.conftest import chromium_program, running, serving
from tests.web.scenes import an_app

from vouchsafe.ports.clock import SystemClock
from vouchsafe.settings import WrongSetting, load_settings
from vouchsafe.web.server import make_web

SAME_PAGE = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json"}


@contextmanager
def visiting(clinic: Clinic, folder: Path, client: str = "203.0.113.7", **settings: object) -> Iterator[TestClient]:
    """A browser at an address, before the server that these settings make."""
    app = an_app(clinic, folder, **settings)
    with TestClient(make_web(app), base_url="https://desk.clinic.example", client=(client, 50_000)) as browser:
        yield browser


def a_line(number: int) -> dict[str, str]:
    return {"desk": "patient", "lang": "en", "id": f"line-{number:04d}", "text": f"Are you open today? ({number})"}


def test_sites_named_in_the_settings_may_show_the_chat_and_get_a_cookie_in_their_frames(
    clinic: Clinic, tmp_path: Path
) -> None:
    named = "https://www.clinic.example, https://booking.example:8443"
    with visiting(clinic, tmp_path, public_url="https://desk.clinic.example", chat_embed_origins=named) as browser:
        shown = browser.get("/chat?desk=patient")

    policy = shown.headers["content-security-policy"]
    assert "frame-ancestors 'self' https://www.clinic.example https://booking.example:8443" in policy
    cookie = shown.headers["set-cookie"]
    assert cookie.startswith("__Host-vouchsafe_chat=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=None", "Partitioned"))


def test_without_the_setting_no_other_site_shows_the_chat(clinic: Clinic, tmp_path: Path) -> None:
    with visiting(clinic, tmp_path) as browser:
        shown = browser.get("/chat?desk=patient")

    assert "frame-ancestors 'self'" in shown.headers["content-security-policy"].split(";")[-1].strip()
    assert shown.headers["content-security-policy"].endswith("frame-ancestors 'self'")
    assert "SameSite=Strict" in shown.headers["set-cookie"]


def test_the_workbench_is_never_framed_whoever_may_show_the_chat(clinic: Clinic, tmp_path: Path) -> None:
    with visiting(clinic, tmp_path, chat_embed_origins="https://www.clinic.example") as browser:
        shown = browser.get("/login")

    assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]


@pytest.mark.parametrize(
    "value",
    ["*", "www.clinic.example", "https://www.clinic.example/page", "https://a.example; script-src *", "javascript:x"],
)
def test_what_is_no_origin_stops_the_start(value: str) -> None:
    with pytest.raises(WrongSetting, match="VOUCHSAFE_CHAT_EMBED_ORIGINS"):
        load_settings(_env_file=None, chat_embed_origins=value)


def test_a_proxy_that_is_no_address_stops_the_start() -> None:
    with pytest.raises(WrongSetting, match="VOUCHSAFE_TRUSTED_PROXIES"):
        load_settings(_env_file=None, trusted_proxies="proxy.clinic.example")


def test_patients_behind_a_trusted_proxy_are_counted_apart(clinic: Clinic, tmp_path: Path) -> None:
    with visiting(clinic, tmp_path, "10.0.0.5", trusted_proxies="10.0.0.0/24", messages_per_minute=2) as browser:
        browser.get("/chat?desk=patient")
        answers = [
            browser.post("/chat/messages", data=a_line(n), headers={**SAME_PAGE, "X-Forwarded-For": f"198.51.100.{n}"})
            for n in range(1, 6)
        ]

    assert [one.status_code for one in answers] == [200] * 5


def test_one_patient_behind_a_trusted_proxy_is_asked_to_wait_whatever_they_claim(
    clinic: Clinic, tmp_path: Path
) -> None:
    with visiting(clinic, tmp_path, "10.0.0.5", trusted_proxies="10.0.0.5", messages_per_minute=2) as browser:
        browser.get("/chat?desk=patient")
        # The proxy adds the address it saw at the end; what stands before it is the client's own word.
        answers = [
            browser.post(
                "/chat/messages",
                data=a_line(n),
                headers={**SAME_PAGE, "X-Forwarded-For": f"192.0.2.{n}, 198.51.100.1"},
            )
            for n in range(1, 4)
        ]

    assert [one.status_code for one in answers] == [200, 200, 429]


def test_somebody_who_is_no_proxy_cannot_claim_another_address(clinic: Clinic, tmp_path: Path) -> None:
    with visiting(clinic, tmp_path, "203.0.113.7", trusted_proxies="10.0.0.5", messages_per_minute=2) as browser:
        browser.get("/chat?desk=patient")
        answers = [
            browser.post("/chat/messages", data=a_line(n), headers={**SAME_PAGE, "X-Forwarded-For": f"192.0.2.{n}"})
            for n in range(1, 4)
        ]

    assert [one.status_code for one in answers] == [200, 200, 429]


def a_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of its own for 127.0.0.1 and localhost, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = SystemClock().now()
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, private


def the_clinics_own_site(chat: list[str]) -> Starlette:
    """A page elsewhere with the one script tag; `chat` holds our address by the time somebody looks."""

    def page(_: Request) -> HTMLResponse:
        tag = f'<script src="{chat[0]}/widget.js" data-desk="patient" async></script>'
        return HTMLResponse(
            f'<!doctype html><html lang="en"><head><title>Clinic</title>{tag}</head><body></body></html>'
        )

    return Starlette(routes=[Route("/", page)])


@pytest.mark.browser
def test_on_another_site_over_tls_the_chat_opens_takes_a_line_and_keeps_it(clinic: Clinic, tmp_path: Path) -> None:
    # 127.0.0.1 and localhost are two sites to a browser, as clinic.example and support.example are.
    tls = a_certificate(tmp_path)
    chat: list[str] = []
    with serving(the_clinics_own_site(chat), tls) as other:
        site = other.replace("127.0.0.1", "localhost")
        app = an_app(clinic, tmp_path, public_url="https://127.0.0.1", chat_embed_origins=site)
        with running(app, tls) as address, sync_playwright() as playwright:
            chat.append(address)
            chromium = playwright.chromium.launch(executable_path=chromium_program(), args=["--no-sandbox"])
            page = chromium.new_context(ignore_https_errors=True).new_page()
            frame = page.frame_locator("#vouchsafe-chat")
            page.goto(f"{site}/")
            page.get_by_role("button", name="Chat with us").click()
            frame.get_by_label("Your message").fill("Where do I park?")
            frame.get_by_role("button", name="Send").click()
            expect(frame.locator(".line.contact")).to_contain_text("Where do I park?")
            page.reload()
            page.get_by_role("button", name="Chat with us").click()
            expect(frame.locator(".line.contact")).to_contain_text("Where do I park?")
            chromium.close()
