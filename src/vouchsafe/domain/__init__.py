"""Nouns and their rules of shape. Standard library only; imports nothing else of vouchsafe."""
