"""Drafting: answers of verbatim sentences with their citations, and the check that a sentence is supported."""
