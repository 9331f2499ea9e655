"""Names and places by the medium English model of spaCy, its weights taken by path from a carrier package."""

from vouchsafe.plugins.ner.spacy_md.finder import SpacyMd

__all__ = ["SpacyMd"]
