"""`vouchsafe synth`: made conversations of the demo clinic, the same for the same seed (R168)."""

from datetime import UTC, datetime
from pathlib import Path

import cyclopts

from vouchsafe.quality import synth as generator
from vouchsafe.quality.synth_demo import load_contacts

app = cyclopts.App(name="synth", help="Make synthetic conversations from a seed.")


@app.default
def synth(
    *,
    seed: int = 1,
    count: int = 300,
    start: datetime = datetime(2026, 1, 5, tzinfo=UTC),
    days: int = 90,
    eml: Path | None = None,
) -> int:
    """Print conversations as JSON Lines, or write their mails into a folder. Every person in them is invented.

    Parameters
    ----------
    seed
        The same seed gives the same bytes.
    count
        How many conversations.
    start
        First day.
    days
        Over how many days they spread.
    eml
        Folder for one .eml file a message, instead of JSON Lines.
    """
    begin = start if start.tzinfo else start.replace(tzinfo=UTC)
    conversations = list(generator.generate(seed, count, load_contacts(), begin, days))
    if eml is None:
        for line in generator.to_jsonl(conversations):
            print(line)
        return 0
    eml.mkdir(parents=True, exist_ok=True)
    number = 0
    for conversation in conversations:
        for message in conversation.messages:
            number += 1
            (eml / f"{number:05d}.eml").write_bytes(generator.to_eml(message))
    print(f"{number} mails of {len(conversations)} conversations written")
    return 0
