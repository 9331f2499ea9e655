"""The workbench's texts: written in English, translated by `data/locales/LANGUAGE/workbench.po` where there is one."""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from importlib import resources
from re import Pattern

from babel.messages.pofile import read_po

Translate = Callable[..., str]

LANGUAGES = {"en": "English", "es": "Español"}
"""Languages of the workbench by their own names. What the trail says stays in the language it was written in."""

_NAME = re.compile(r"\{(?P<name>[a-z]+)\}")


@cache
def catalogue(language: str) -> dict[str, str]:
    """The translations of a language; empty where nobody made any."""
    path = resources.files("vouchsafe.data") / "locales" / language / "workbench.po"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        read = read_po(file, locale=language)
    return {m.id: m.string for m in read if isinstance(m.id, str) and isinstance(m.string, str) and m.id and m.string}


def translator(language: str) -> Translate:
    """A function that gives a text in the language, `{names}` filled in; a missing one stays English.

    A sentence that comes filled in already, such as "due in 6 min", is known by the entry "due in {time}".
    """
    known = catalogue(language)

    def translate(text: str, **values: object) -> str:
        if not known:
            return text.format(**values) if values else text
        found = known.get(text)
        if found is None:
            return text.format(**values) if values else _filled(language, text)
        return found.format(**values) if values else found

    return translate


@lru_cache(maxsize=2_048)
def _filled(language: str, text: str) -> str:
    """A filled-in sentence by the entry that it was made of; what was filled in is looked up in turn."""
    for pattern, translation in _patterns(language):
        match = pattern.fullmatch(text)
        if match:
            known = catalogue(language)
            parts = match.groupdict().items()
            return translation.format(**{name: known.get(part) or _filled(language, part) for name, part in parts})
    return text


@cache
def _patterns(language: str) -> tuple[tuple[Pattern[str], str], ...]:
    """Entries with names in braces as patterns, those with the most words of their own first."""
    rows = [(text, found) for text, found in catalogue(language).items() if _NAME.search(text) and _NAME.sub("", text)]
    rows.sort(key=lambda row: len(_NAME.sub("", row[0])), reverse=True)
    return tuple((re.compile(_NAME.sub(r"(?P<\g<name>>.+?)", _escaped(text))), found) for text, found in rows)


def _escaped(text: str) -> str:
    return re.sub(r"[^\w\s{}]", lambda one: re.escape(one.group()), text)
