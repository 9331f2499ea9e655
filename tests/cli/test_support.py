"""`vouchsafe support`: the formats of design section 10."""

import json
import subprocess
import sys


def test_lines_come_back_in_order_and_a_bad_line_stands_in_its_place() -> None:
    source = "You can pay online within 30 days. Do not pay at the desk."
    lines = [
        {"id": 1, "sentence": "You can pay online within 30 days.", "sources": [source]},
        {"id": 2, "sentence": "You can pay online within 60 days.", "sources": [source]},
        {"id": 3, "sentence": "You can pay online."},
    ]

    done = subprocess.run(
        [sys.executable, "-m", "vouchsafe.cli.main", "support"],
        input="\n".join(json.dumps(line) for line in lines),
        capture_output=True,
        text=True,
        check=False,
    )

    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert said[0] == {"id": 1, "supported": True, "score": 1.0, "reasons": []}
    assert (said[1]["id"], said[1]["supported"]) == (2, False)
    assert said[1]["reasons"]
    assert set(said[2]) == {"id", "error"}
