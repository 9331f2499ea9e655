"""Embedders: they turn words into vectors."""
