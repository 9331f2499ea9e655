"""Who may touch precedents: acts and screens of people. No stage that answers, no gate, no door to a model."""

from tests.architecture.sources import imports, trees

PEOPLE = (
    "knowledge/precedents.py",
    "reviewing.py",
    "cli/knowledge.py",
    "web/server.py",
    "web/screens/case/precedents.py",
    "web/screens/case/screen.py",
    "store/precedents.py",
    "pipeline/retrieve/precedents.py",
)
_NAMES = ("vouchsafe.domain.precedent", "vouchsafe.store.precedents", "vouchsafe.knowledge.precedents")


def test_precedents_are_read_where_people_act_and_nowhere_else() -> None:
    """Drafting, the gate, the worker and the door to models cannot send or show what they cannot name."""
    found = {
        path
        for path, tree in trees().items()
        if any(name.startswith((*_NAMES, "vouchsafe.pipeline.retrieve.precedents")) for name in imports(tree))
    }
    assert found <= set(PEOPLE)
    assert "knowledge/precedents.py" in found
