"""Detect: what a message is about decides whether a machine may answer it.

Rules, learned heads and nearest examples run on every message and are joined by union: a finding may only add
caution. Start reading at `detectors.py`. Source: design section 7, notes/detection.md.
"""

from vouchsafe.pipeline.detect.detectors import Detectors

__all__ = ["Detectors"]
