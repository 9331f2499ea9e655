"""No screen, API, template, notice or catalogue says that somebody is well or can wait (R198).

A finding may only add caution. That nothing was found is no statement about a person, so the product has no words for it.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml
from babel.messages.pofile import read_po

import vouchsafe

SOURCE = Path(vouchsafe.__file__).parent

SAYS = {
    r"\b(?:no|without|low|minimal) risk\b": "that no rule spoke does not mean that there is no risk",
    r"\brisk[- ]free\b": "the same",
    r"\b(?:not|non|isn't)[- ]?urgent\b": "triage: only a clinician may say it, to a person whom they know",
    r"\b(?:not|non|isn't)[- ]?clinical\b": "the absence of a clinical finding is not a finding",
    r"\bnot (?:an? )?(?:emergency|crisis|serious|dangerous)\b": "triage",
    r"\bno (?:danger|emergency|crisis|cause for concern|need to worry)\b": "triage",
    r"\bnothing (?:serious|to worry about|wrong with you)\b": "reassurance that nobody examined",
    r"\b(?:can|may|could) (?:safely )?wait\b": "a statement about urgency",
    r"\bsafe to (?:wait|ignore|take|stop)\b": "advice",
    r"\ball[- ]clear\b": "an all-clear",
    r"\bharmless\b": "reassurance",
    r"\btriag(?:e|ed|ing)\b": "we route and hold; naming it triage would promise a clinical judgement",
    r"\b(?:sin|ningún|bajo|poco) riesgo\b": "as no risk",
    r"\bno (?:es |está |parece )?(?:urgente|clínic[oa])\b": "as not urgent, not clinical",
    r"\bno (?:es|hay) (?:una |ninguna )?(?:emergencia|crisis|peligro|grave)\b": "as no emergency",
    r"\bnada (?:grave|de qué preocuparse)\b": "as nothing serious",
    r"\bpuede esperar\b": "as can wait",
    r"\binofensiv[oa]\b": "as harmless",
    r"\btriaje\b": "as triage",
}
"""What no text of ours says, in English and Spanish, each with its reason."""

PATIENTS_WORDS = (
    "pipeline/detect",  # what writers say, so that it is found
    "pipeline/redact",
    "pipeline/gate/rules/protected_topics.py",  # such statements, so that a draft which makes one is held
    "quality/synth",
    "testing",
)
"""Python whose strings are words of writers, or patterns for them, and which no page shows."""


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """Every text that a person may read, with where it stands."""
    return tuple(_texts())


def _texts() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if not name.startswith(PATIENTS_WORDS):
            yield from ((name, one) for one in _strings(ast.parse(path.read_text(encoding="utf-8"))))
    for path in sorted([*SOURCE.rglob("*.html"), *SOURCE.rglob("web/**/*.js")]):
        # Comments for whoever reads the template are not shown.
        shown = re.sub(
            r"\{#.*?#\}|<!--.*?-->|/\*.*?\*/|(?m:^\s*//.*$)", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        yield path.relative_to(SOURCE).as_posix(), shown
    for path in sorted(SOURCE.rglob("*.po")):
        with path.open("rb") as file:
            for one in read_po(file, locale=path.parent.name):
                yield from ((path.name, text) for text in (one.id, one.string) if isinstance(text, str))
    for pack in sorted((SOURCE / "data" / "packs").iterdir()):
        for name in ("notices.yaml", "phrases.yaml", "pack.yaml"):
            if (pack / name).is_file():
                yield f"{pack.name}/{name}", str(yaml.safe_load((pack / name).read_text(encoding="utf-8")))


def _strings(tree: ast.Module) -> Iterator[str]:
    """String constants that are no docstrings: those of functions, classes, modules and attributes."""
    lone = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    for one in ast.walk(tree):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in lone:
            yield one.value


def test_the_texts_are_found() -> None:
    found = texts()

    assert {"workbench.po", "patient.po", "patient/notices.yaml"} <= {name for name, _ in found}
    assert any("no rule and no score spoke" in text for _, text in found)
    assert any("ninguna regla ni puntuación" in text for _, text in found)
    assert sum(name.endswith(".html") for name, _ in found) > 10


@pytest.mark.parametrize("words", SAYS, ids=lambda words: re.sub(r"\W+", " ", str(words)).strip())
def test_no_text_of_ours_says_that_somebody_is_well_or_can_wait(words: str) -> None:
    pattern = re.compile(words, re.IGNORECASE)

    said = [
        f"{name}: {text[max(0, m.start() - 40) : m.end() + 40]!r}"
        for name, text in texts()
        if (m := pattern.search(text))
    ]

    assert said == [], SAYS[words]


@pytest.mark.parametrize(
    "text",
    [
        "found: no risk.",
        "This is not urgent.",
        "Your case is non-urgent",
        "It can wait",
        "Se halló: sin riesgo.",
        "No es urgente",
    ],
)
def test_the_closed_list_catches_what_it_is_for(text: str) -> None:
    assert any(re.search(words, text, re.IGNORECASE) for words in SAYS)
