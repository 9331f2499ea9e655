"""Real processes die at random moments; nothing acknowledged is lost, nothing is sent twice, the log verifies.

Messages come by the doors that people use, and are on their way while processes die: half of them as mail over LMTP,
one in five by web form or chat. Whoever brings one comes again until the door says that it is kept.
20 rounds by default; `./vouchsafe test --full faults` makes it 500.
"""

import os
import random
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait

import pytest
from tests.faults.installation import (
    TEXTS,
    UNREST,
    UP_WITHIN_S,
    Installation,
    Later,
    check,
    rows,
    settle,
    until,
)

from vouchsafe.app import make_app, prepared
from vouchsafe.store.embedded import running_connection

ROUNDS = 500 if os.environ.get("VOUCHSAFE_FULL") == "faults" else 20
SEED = 20_260_302
AT_A_TIME = 4
"""Messages on their way to a door at most."""


@pytest.mark.faults
def test_processes_killed_at_random_moments_lose_and_double_nothing(installation: Installation) -> None:
    dice = random.Random(SEED)
    workspace, settings = installation.workspace, installation.settings
    installation.start()
    assert until(lambda: running_connection(settings.data_dir / "postgres") is not None, UP_WITHIN_S)
    info = running_connection(settings.data_dir / "postgres")
    assert info is not None
    url = prepared(settings, info.url())
    app, ahead = make_app(settings, url), make_app(settings, url, clock=Later())
    try:
        # The first kills should meet a worker at work, not one that loads its models.
        installation.deliver(app, 0, TEXTS[0])
        assert until(lambda: rows(app, workspace, UNREST)[0][0] == 0, UP_WITHIN_S)
        coming: list[Future[None]] = []
        with ThreadPoolExecutor(AT_A_TIME + 1, thread_name_prefix="brings") as hands:
            for number in range(1, ROUNDS + 1):
                coming.append(hands.submit(installation.bring, app, number, dice.choice(TEXTS)))
                time.sleep(dice.uniform(0.0, 2.5))
                installation.kill(dice.choice(("worker", "worker", "postgres", "serve", "supervisor")))
                # No crowd before closed doors: they must be open again when the next ones are killed.
                wait(coming[:-AT_A_TIME])
            for one in coming:
                one.result()
        settle(app, ahead, workspace)
        check(installation, app)
    finally:
        app.close()
        ahead.close()
    assert {"worker", "postgres", "serve", "supervisor"} <= set(installation.killed), installation.killed
