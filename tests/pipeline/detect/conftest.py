"""One encoder for the tests of this folder: loading it costs more than all of them."""

from functools import cache

import pytest

from vouchsafe.governance.packs import load_pack
from vouchsafe.pipeline.detect import Detectors
from vouchsafe.plugins.embedders.minilm import MiniLm


@cache
def _minilm() -> MiniLm:
    return MiniLm()


@cache
def _patient_desk() -> Detectors:
    return Detectors(_minilm(), load_pack())


@pytest.fixture
def minilm() -> MiniLm:
    return _minilm()


@pytest.fixture
def patient_desk() -> Detectors:
    return _patient_desk()
