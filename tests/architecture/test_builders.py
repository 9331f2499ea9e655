"""Who may say that words are safe, that something may leave (design section 4), and whom it may reach (section 9)."""

import ast

import pytest
from tests.architecture.sources import called, calls, inside, trees

SAFE_TEXT = ("pipeline/redact", "store")
APPROVED = ("pipeline/gate", "pipeline/review.py", "store")
PERMIT = ("governance/agreements.py",)
RESCANNED = ("pipeline/redact",)
FIXED_TEXTS = ("cli/agreements.py", "cli/demo_papers.py", "testing", "pipeline/redact")
"""Who may say that a fixed text of ours is fit for a prompt without a scan."""
JOINING = "domain/text.py"
"""`joined` and `part_of` make safe words of safe words only."""
APPROVED_FIELDS = frozenset({"item", "case_version", "signatures"})
"""Fields that a changed copy of an `Approved` would name."""

PERMIT_FIELDS = frozenset({"agreement", "chain", "inside", "register", "call"})
"""Fields that a changed copy of a `Permit` would name."""
GUARDED = frozenset({"SafeText", "Approved", "Permit", "Rescanned"})

NAMES_THE_TYPE_ONLY = frozenset({"isinstance", "issubclass", "load", "dump", "TypeVar"})


def builders(tree: ast.AST) -> set[str]:
    """Which guarded things a module builds, by call, by copy, by alias or without a constructor."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{a.name} as" for a in node.names if a.name in GUARDED and a.asname}
    for call in calls(tree):
        name, named = called(call), {keyword.arg for keyword in call.keywords}
        if name in GUARDED:
            found.add(name)
        elif name == "replace" and "value" in named:
            found.add("SafeText")
        elif name == "replace" and "safe" in named:
            found.add("Rescanned")
        elif name == "replace" and named & APPROVED_FIELDS:
            found.add("Approved")
        elif name == "replace" and named & PERMIT_FIELDS:
            found.add("Permit")
        elif name not in NAMES_THE_TYPE_ONLY:
            # map(SafeText, ...) and partial(SafeText) build as well.
            found |= {a.id for a in call.args if isinstance(a, ast.Name) and a.id in GUARDED}
    return found


def test_safe_text_is_built_by_redaction_and_by_row_readers_alone() -> None:
    offenders = [p for p, t in trees().items() if "SafeText" in builders(t) and not inside(p, *SAFE_TEXT, JOINING)]
    assert offenders == []


def test_approved_is_built_by_gate_review_and_row_readers_alone() -> None:
    offenders = [p for p, t in trees().items() if "Approved" in builders(t) and not inside(p, *APPROVED)]
    assert offenders == []


def test_a_permit_is_built_by_the_agreement_register_alone() -> None:
    offenders = [p for p, t in trees().items() if "Permit" in builders(t) and not inside(p, *PERMIT)]
    assert offenders == []


def test_only_redaction_says_that_words_are_fit_for_a_prompt() -> None:
    offenders = [p for p, t in trees().items() if "Rescanned" in builders(t) and not inside(p, *RESCANNED)]
    assert offenders == []


def test_fixed_texts_for_prompts_are_made_where_they_are_listed() -> None:
    callers = {p for p, t in trees().items() if any(called(call) == "our_message" for call in calls(t))}
    assert [path for path in sorted(callers) if not inside(path, *FIXED_TEXTS)] == []


def test_nobody_hides_a_guarded_type_behind_another_name() -> None:
    offenders = [p for p, t in trees().items() if any(one.endswith(" as") for one in builders(t))]
    assert offenders == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("SafeText('Ada')", {"SafeText"}),
        ("text.SafeText('Ada')", {"SafeText"}),
        ("replace(safe, value='Ada')", {"SafeText"}),
        ("list(map(SafeText, words))", {"SafeText"}),
        ("object.__new__(SafeText)", {"SafeText"}),
        ("Approved(reply, ws, c, case, 1, None, ())", {"Approved"}),
        ("Approved[Reply](reply)", {"Approved"}),
        ("dataclasses.replace(approved, item=other)", {"Approved"}),
        ("Permit(call, row, 'Provider', (), False, ref, today)", {"Permit"}),
        ("replace(permit, call=other)", {"Permit"}),
        ("Rescanned(words)", {"Rescanned"}),
        ("replace(rescanned, safe=words)", {"Rescanned"}),
        ("from vouchsafe.domain.text import SafeText as S", {"SafeText as"}),
        ("from vouchsafe.domain.agreement import Permit as P", {"Permit as"}),
        ("isinstance(x, SafeText)", set()),
        ("codec.load(SafeText, raw)", set()),
        ("replace(file, draft_visible=False)", set()),
    ],
)
def test_a_planted_builder_is_seen(code: str, found: set[str]) -> None:
    assert builders(ast.parse(code)) == found
