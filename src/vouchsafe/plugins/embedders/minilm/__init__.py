"""Sentence vectors of all-MiniLM-L6-v2 (int8 ONNX, 384 dimensions), on this machine and one core."""

from vouchsafe.plugins.embedders.minilm.embedder import MiniLm

__all__ = ["MiniLm"]
