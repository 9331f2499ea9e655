"""A file of JSON Lines as a knowledge source: what another program exports, one document a line."""

from vouchsafe.plugins.knowledge.jsonl.source import read_jsonl

__all__ = ["read_jsonl"]
