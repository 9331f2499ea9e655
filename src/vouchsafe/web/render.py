"""Pages of the workbench: templates, the texts in the person's language, and what every page needs to know."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from re import Match
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from vouchsafe.casework.keys import KEYS, key_of
from vouchsafe.web.static_files import address
from vouchsafe.web.words import LANGUAGES, translator

_TOKEN = re.compile(r"\[(?P<label>[A-Z][A-Z_]*)_(?P<number>\d+)\]")

THEMES = ("light", "dark")
_LANGUAGE = "vouchsafe_language"
_YEAR_S = 31_536_000


def page(request: Request, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
    """A rendered template. `part` in the context tells whether only the changed part was asked for."""
    chosen = request.query_params.get("lang", "")
    language = next((one for one in (chosen, request.cookies.get(_LANGUAGE, "")) if one in LANGUAGES), "en")
    theme = request.cookies.get("vouchsafe_theme", "")
    html = (
        environment()
        .get_template(template)
        .render(
            _=translator(language),
            language=language,
            theme=theme if theme in THEMES else "",
            part=is_part(request),
            path=request.url.path,
            other_languages=[(code, name) for code, name in LANGUAGES.items() if code != language],
            here=request.url.path if request.method == "GET" else "/",
            kept=_kept(request),
            **context,
        )
    )
    response = HTMLResponse(html, status_code=status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "HX-Request"
    if chosen == language:
        # A preference and nothing else, so that a link may set it.
        response.set_cookie(_LANGUAGE, language, max_age=_YEAR_S, httponly=True, samesite="lax", path="/")
    return response


def _kept(request: Request) -> str:
    """What else stands in the address, so that a page in another language is the same page."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return f"{urlencode(asked)}&" if asked and request.method == "GET" else ""


def is_part(request: Request) -> bool:
    """Whether the script of an open page asked for a part of it."""
    return request.headers.get("hx-request") == "true"


@cache
def environment() -> Environment:
    """The templates of `web/screens`, everything escaped, an unknown name an error."""
    made = Environment(
        loader=PackageLoader("vouchsafe.web", "screens"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"static": address, "KEYS": KEYS, "key_of": key_of}
    made.filters |= {
        "pills": pills,
        "clock": _clock,
        "day_clock": _day_clock,
        "thousands": _thousands,
        "spaced": _spaced,
    }
    return made


def _clock(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def _day_clock(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%-d %b %Y, %H:%M")


def _thousands(number: int) -> str:
    return f"{number:,}"


def _spaced(word: str) -> str:
    return word.replace("_", " ")


def pills(text: str, revealed: Mapping[str, str] | None = None) -> Markup:
    """The text with its tokens as labelled pills, or, where they were revealed, as the words they stand for."""
    known = revealed or {}

    def pill(found: Match[str]) -> str:
        label, number = found["label"].replace("_", " ").lower(), found["number"]
        value = known.get(found.group())
        if value is None:
            return f'<span class="pill">{label}&#8239;{number}</span>'
        return f'<mark class="pill shown" title="{escape(label)} {number}">{escape(value)}</mark>'

    # Tokens hold only capitals, digits, brackets and underscores, which escaping leaves alone.
    return Markup(_TOKEN.sub(pill, str(escape(text))))  # noqa: S704  # everything put in is escaped above
