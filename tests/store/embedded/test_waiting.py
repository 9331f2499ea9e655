"""Waiting with a limit, and saying so."""

from .conftest import FakePace


def test_a_long_wait_says_every_five_seconds_how_long_it_is(fake_pace: FakePace) -> None:
    said: list[str] = []

    came_true = fake_pace.pace.wait_until(lambda: False, limit_s=12, progress=said.append, waiting_for="recovering")

    assert not came_true
    assert said == ["recovering (5 s so far)", "recovering (10 s so far)"]


def test_the_condition_is_asked_at_least_once(fake_pace: FakePace) -> None:
    assert fake_pace.pace.wait_until(lambda: True, limit_s=0)
    assert fake_pace.now_s == 0
