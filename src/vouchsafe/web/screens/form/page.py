"""What patient pages share: words per language, templates, and the headers that keep a page to itself."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from typing import Final
from urllib.parse import urlsplit

from babel.messages.pofile import read_po
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

Translate = Callable[..., str]

NAMES: Final = {"en": "English", "es": "Español"}
"""Languages that patient pages speak, by their own names."""
_RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur"})
_ENVIRONMENTS: dict[str, Environment] = {}


@cache
def catalogue(language: str) -> dict[str, str]:
    """The translations of a language; empty for English, in which the texts are written."""
    if language == "en":
        return {}
    path = resources.files("vouchsafe.data") / "locales" / language / "patient.po"
    with path.open("rb") as file:
        read = read_po(file, locale=language)
    return {m.id: m.string for m in read if isinstance(m.id, str) and isinstance(m.string, str) and m.id and m.string}


def translator(language: str) -> Translate:
    """A function that gives a text in the language, `{names}` filled in; a missing one stays English."""
    words = catalogue(language)

    def translate(text: str, **values: object) -> str:
        return words.get(text, text).format(**values) if values else words.get(text, text)

    return translate


def choose_language(request: Request, offered: Sequence[str]) -> str:
    """The language asked for in the address, else by the browser, else the first that the desk offers."""
    known = [one for one in offered if one in NAMES] or ["en"]
    wanted = request.query_params.get("lang", "")
    if wanted in known:
        return wanted
    for part in request.headers.get("accept-language", "")[:200].split(","):
        language = part.partition(";")[0].strip().lower().partition("-")[0]
        if language in known:
            return language
    return known[0]


def is_from_our_page(request: Request) -> bool | None:
    """Whether the browser says that a page of ours sent the request; None where it says nothing.

    Source: W3C Fetch Metadata; the Fetch standard on Origin.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is None:
        return None
    return urlsplit(origin).netloc == request.headers.get("host", "")


def render(
    folder: str,
    template: str,
    *,
    language: str,
    status: int = 200,
    frame_ancestors: str = "'none'",
    **context: object,
) -> HTMLResponse:
    """A page of `web/screens/<folder>`, with a policy under which no script but our own files can run."""
    translate = translator(language)
    html = (
        _environment(folder)
        .get_template(template)
        .render(
            _=translate,
            language=language,
            direction="rtl" if language in _RIGHT_TO_LEFT else "ltr",
            language_names=NAMES,
            **context,
        )
    )
    response = HTMLResponse(html, status_code=status)
    response.headers.update(
        {
            "Content-Security-Policy": (
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
                "connect-src 'self'; form-action 'self'; base-uri 'none'; "
                f"frame-ancestors {frame_ancestors}"
            ),
            "Cache-Control": "no-store",
            # Not no-referrer: under it browsers hide the Origin of our own forms, and the origin check needs it.
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Content-Language": language,
            "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        }
    )
    return response


def telephone(number: str) -> str:
    """A number as the target of a `tel:` link."""
    return re.sub(r"[^0-9+*#]", "", number)


def _environment(folder: str) -> Environment:
    if folder not in _ENVIRONMENTS:
        environment = Environment(
            loader=PackageLoader("vouchsafe.web.screens", folder),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["telephone"] = telephone
        _ENVIRONMENTS[folder] = environment
    return _ENVIRONMENTS[folder]
