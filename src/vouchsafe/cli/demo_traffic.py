"""Sends the demo's messages the way people do: mail by SMTP, the form and the chat by HTTP."""

import http.cookiejar
import smtplib
import urllib.parse
import urllib.request
from datetime import datetime
from uuid import uuid4

from selectolax.lexbor import LexborHTMLParser

from vouchsafe.domain.message import ChannelKind
from vouchsafe.plugins.channels.chat.receive import session_ref
from vouchsafe.quality.synth_demo import DESK_ADDRESS, DemoMessage
from vouchsafe.quality.synth_mail import attachment_bytes, demo_mail, demo_message_id
from vouchsafe.settings import Settings

_WAIT_S = 30
_NAMELESS = frozenset({"no_message_id", "raw_bytes"})


class Traffic:
    """One sender for all of the demo's people. Chat sessions keep their cookies."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._chats: dict[str, tuple[urllib.request.OpenerDirector, http.cookiejar.CookieJar]] = {}

    def send(self, message: DemoMessage, at: datetime) -> str:
        """Send one message; gives the thread id by which its conversation can be found, empty where it has none."""
        match message.channel:
            case ChannelKind.EMAIL:
                return self._mail(message, at)
            case ChannelKind.WEB_FORM:
                return self._form(message, at)
            case ChannelKind.CHAT:
                return self._chat(message)

    def _mail(self, message: DemoMessage, at: datetime) -> str:
        with smtplib.SMTP(self._settings.mail_host, self._settings.smtp_port, timeout=_WAIT_S) as session:
            session.sendmail(
                message.sender_address or "bounce@post.example", [DESK_ADDRESS[message.desk]], demo_mail(message, at)
            )
        # A mail without a Message-ID, or with one below the line that ends its headers too early, starts a thread that
        # nobody outside can name.
        return "" if message.hints.header_fault in _NAMELESS else demo_message_id(message.id)

    def _form(self, message: DemoMessage, at: datetime) -> str:
        jar = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        url = f"{self._settings.base_url}/form/{message.desk}"
        page = LexborHTMLParser(opener.open(url, timeout=_WAIT_S).read())
        fields = {
            "token": _value(page, "token"),
            "lang": _value(page, "lang"),
            "name": message.sender_name,
            "email": message.sender_address,
            "subject": message.subject,
            "message": message.text,
        }
        boundary = f"form-{uuid4().hex}"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        for hint in message.attachments:
            kind, content = attachment_bytes(hint, at)
            head = (
                f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{hint.name}"\r\n'
                f"Content-Type: {kind}\r\n\r\n"
            )
            parts.append(head.encode() + content + b"\r\n")
        parts.append(f"--{boundary}--\r\n".encode())
        kind = f"multipart/form-data; boundary={boundary}"
        self._post(opener, url, b"".join(parts), kind)
        return ""

    def _chat(self, message: DemoMessage) -> str:
        if message.session not in self._chats:
            jar = http.cookiejar.CookieJar()
            self._chats[message.session] = (
                urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar)),
                jar,
            )
        opener, jar = self._chats[message.session]
        page_url = f"{self._settings.base_url}/chat?desk={message.desk}"
        page = LexborHTMLParser(opener.open(page_url, timeout=_WAIT_S).read())
        fields = {"desk": message.desk, "lang": _value(page, "lang"), "id": uuid4().hex, "text": message.text}
        body = urllib.parse.urlencode(fields).encode()
        self._post(opener, f"{self._settings.base_url}/chat/messages", body, "application/x-www-form-urlencoded")
        token = next(cookie.value for cookie in jar if cookie.value)
        return session_ref(token or "")

    def _post(self, opener: urllib.request.OpenerDirector, url: str, body: bytes, kind: str) -> None:
        headers = {"Content-Type": kind, "Origin": self._settings.base_url, "Sec-Fetch-Site": "same-origin"}
        request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310  # our own server's address
        opener.open(request, timeout=_WAIT_S).read()


def _value(page: LexborHTMLParser, name: str) -> str:
    found = page.css_first(f'input[name="{name}"]')
    return (found.attributes.get("value") or "") if found else ""
