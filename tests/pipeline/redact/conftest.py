"""One redactor with the model for all tests of this folder: it takes a second to load."""

import pytest

from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.plugins.ner.spacy_md import SpacyMd


@pytest.fixture(scope="session")
def redactor() -> Redactor:
    return Redactor(SpacyMd())


@pytest.fixture(scope="session")
def by_rule() -> Redactor:
    """Patterns and lists alone: what a pattern finds, whatever the tagger thinks of the place."""
    return Redactor(ner=None, tagger=None)


@pytest.fixture(scope="session")
def light() -> Redactor:
    return Redactor(ner=None)
