"""The workbench's texts: written in English, translated by `data/locales/LANGUAGE/workbench.po` where there is one."""

from collections.abc import Callable
from functools import cache
from importlib import resources

from babel.messages.pofile import read_po

Translate = Callable[..., str]


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
    """A function that gives a text in the language, `{names}` filled in; a missing one stays English."""
    known = catalogue(language)

    def translate(text: str, **values: object) -> str:
        found = known.get(text, text)
        return found.format(**values) if values else found

    return translate
