"""Fixtures of the attacks: an installation of its own, as the tests of faults have it."""

from tests.faults.conftest import folder, installation

__all__ = ["folder", "installation"]
