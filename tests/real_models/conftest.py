"""A real model server is 200 MB and slow: it is tried under `./vouchsafe test --full models` alone, which installs it."""

import os

from tests.journeys.conftest import app

collect_ignore = [] if os.environ.get("VOUCHSAFE_FULL") == "models" else ["test_bad_drafter.py"]

__all__ = ["app"]
