"""The real doors of a running installation, used as a mail server and a browser use them: again until it is taken."""

import smtplib
import time
from collections.abc import Callable

import httpx

from vouchsafe.settings import Settings

OURS = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json"}
_ONE_TRY_S = 20.0
_AGAIN_AFTER_S = 0.2


class NotTaken(Exception):
    """A door did not say that a message is kept; whoever brings it keeps it and comes again."""


class Refused(Exception):
    """A door said that it will never take this message: a mail server gives up, a browser shows why."""


def by_mail(settings: Settings, raw: bytes, *, sender: str, recipient: str) -> None:
    """One try by LMTP. Raises: NotTaken, Refused."""
    try:
        with smtplib.LMTP(settings.mail_host, settings.lmtp_port, timeout=_ONE_TRY_S) as client:
            client.sendmail(sender, [recipient], raw)
    except smtplib.SMTPRecipientsRefused as refused:
        raise _told(refused.recipients[recipient][0]) from refused
    except smtplib.SMTPResponseException as refused:
        raise _told(refused.smtp_code) from refused
    except (OSError, smtplib.SMTPException) as error:
        raise NotTaken from error


def _told(code: int) -> Exception:
    """What an answer of a mail server means: from 500 on it is for ever (RFC 5321, section 4.2.1)."""
    return Refused(code) if code >= 500 else NotTaken(code)


def by_form(settings: Settings, token: str, fields: dict[str, str], file: tuple[str, bytes] | None = None) -> None:
    """One try by the web form of the patient desk; `token` is the page's own and says which sending it is.

    Raises: NotTaken, Refused.
    """
    files = {"files": (file[0], file[1], "text/plain")} if file else {"files": ("", b"", "text/plain")}
    answer = _post(settings, "/form/patient", {"token": token, "lang": "en", **fields}, files=files)
    if answer.status_code != 303 or "/form/patient/sent" not in answer.headers["location"]:
        raise NotTaken


def by_chat(settings: Settings, session: str, line: str, text: str) -> None:
    """One try of one line of a chat; `session` is what the browser's cookie holds. Raises: NotTaken, Refused."""
    told = {"desk": "patient", "lang": "en", "id": line, "text": text}
    answer = _post(settings, "/chat/messages", told, cookies={"vouchsafe_chat": session})
    if answer.status_code != 200 or answer.json() != {"taken": True}:
        raise NotTaken


def until_taken(bring: Callable[[], None], within_s: float) -> None:
    """Try until the door says that the message is kept."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            bring()
        except NotTaken:
            if time.monotonic() > deadline:
                raise
            time.sleep(_AGAIN_AFTER_S)
        else:
            return


def _post(
    settings: Settings,
    path: str,
    fields: dict[str, str],
    *,
    files: dict[str, tuple[str, bytes, str]] | None = None,
    cookies: dict[str, str] | None = None,
) -> httpx.Response:
    try:
        with httpx.Client(base_url=settings.base_url, cookies=cookies, timeout=_ONE_TRY_S) as browser:
            answer = browser.post(path, data=fields, files=files, headers=OURS)
    except httpx.HTTPError as error:
        raise NotTaken from error
    if 400 <= answer.status_code < 500:
        raise Refused(answer.status_code)
    return answer
