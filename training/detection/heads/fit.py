"""Fine-tune the network that reads messages (see ../README.md).

Usage: python training/detection/heads/fit.py --rows FILE --encoder DIR --out DIR [--fold N] [--start FILE]

`--encoder` is the `model` folder of all-MiniLM-L6-v2 (`model.safetensors`, `tokenizer.json`). With `--fold` the sources
of that fold are left out and their logits written; without it the network learns from all rows. `--start` goes on from
a network of the same fold at half the rate: enough when rows were added. Needs torch and safetensors, which the product
does not. Seeded; one core takes 10 minutes an epoch.
"""

import argparse
import random
import string
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parents[1]))

from heads.network import Network
from material import FOLDS, LABELS, SEED, Row, folds_of, rows_of

from vouchsafe.pipeline.detect.reading import read

EPOCHS = 3
BATCH = 32
MAX_TOKENS = 192
MOST_WINDOWS = 4
"""Of one message: more would fill a batch."""
RATE, RATE_OF_HEADS = 1e-4, 2e-3
DECAY_BY_LAYER = 0.85
"""Each layer down learns so much slower than the one above it."""
MOST_WEIGHT = 4.0
JOINED, NOISED, BARE = 0.25, 0.1, 0.15
OUTSIDE_SHARE = 0.4
"""Of the outside rows, drawn anew each epoch."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One text in the windows that detection would read, and what it teaches: `answers` (labels,), -1 for nothing."""

    windows: tuple[str, ...]
    answers: np.ndarray


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows (n, T), the number of the lesson of each (n,), answers (lessons, labels)."""

    ids: Tensor
    mask: Tensor
    lesson: Tensor
    answers: Tensor


def main() -> None:
    """Train, and write logits of the rows left out, or the network."""
    args = _arguments()
    torch.manual_seed(SEED)
    torch.set_num_threads(args.threads)
    rows = rows_of(args.rows)
    folds = folds_of(rows)
    learns = [row for row, fold in zip(rows, folds, strict=True) if fold != args.fold]
    tokenizer = Tokenizer.from_file(str(args.encoder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=MAX_TOKENS)
    network = Network(len(LABELS))
    network.encoder.load(args.encoder / "model.safetensors")
    if args.start:
        network.load_state_dict(torch.load(args.start, weights_only=True))
    train(network, learns, tokenizer, args.epochs, 0.5 if args.start else 1.0)
    args.out.mkdir(parents=True, exist_ok=True)
    if args.fold is None:
        torch.save(network.state_dict(), args.out / "network.pt")
    else:
        left = [i for i, fold in enumerate(folds) if fold == args.fold]
        logits = judge(network, [rows[i] for i in left], tokenizer)
        np.savez(args.out / f"fold{args.fold}.npz", rows=np.array(left), logits=logits)
        torch.save(network.state_dict(), args.out / f"fold{args.fold}.pt")


def train(network: Network, rows: Sequence[Row], tokenizer: Tokenizer, epochs: int, share: float) -> None:
    """AdamW with a slower rate for lower layers, a short warm-up and a straight line down to nothing.

    `share` of the rate is the highest.
    """
    dice = random.Random(SEED)
    planned = [_batches(_lessons(rows, dice), tokenizer, dice) for _ in range(epochs)]
    steps = sum(len(epoch) for epoch in planned)
    weights = _positive_weights(rows)
    optimiser = torch.optim.AdamW(_groups(network), weight_decay=0.01)
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: share * min((step + 1) / (0.06 * steps), (steps - step) / (0.94 * steps))
    )
    network.train()
    started, step, seen = time.monotonic(), 0, 0.0
    for number, epoch in enumerate(planned):
        for batch in epoch:
            loss = _loss(network(batch.ids, batch.mask), batch, weights)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            rate.step()
            step, seen = step + 1, 0.98 * seen + 0.02 * float(loss.detach())
            if step % 50 == 0:
                took = time.monotonic() - started
                print(f"epoch {number} step {step}/{steps} loss {seen:.4f} {took:.0f} s", flush=True)


def judge(network: Network, rows: Sequence[Row], tokenizer: Tokenizer) -> np.ndarray:
    """Logits of messages: the highest of their windows, (rows, labels)."""
    network.eval()
    found = np.full((len(rows), len(LABELS)), -np.inf)
    cut = [(i, window.text) for i, row in enumerate(rows) for window in read([row.text], (), ()).windows]
    cut.sort(key=lambda one: len(one[1]))
    with torch.no_grad():
        for start in range(0, len(cut), 64):
            part = cut[start : start + 64]
            ids, mask = _padded([tokenizer.encode(window).ids for _, window in part])
            for (i, _), logits in zip(part, network(ids, mask).numpy(), strict=True):
                found[i] = np.maximum(found[i], logits)
    return found


def _loss(of_windows: Tensor, batch: Batch, weights: Tensor) -> Tensor:
    # A message is what its loudest window is, as in the product.
    index = batch.lesson[:, None].expand_as(of_windows)
    logits = torch.full_like(batch.answers, -1e4).scatter_reduce(0, index, of_windows, "amax")
    taught = (batch.answers >= 0).float()
    wanted = batch.answers.clamp(min=0)
    each = functional.binary_cross_entropy_with_logits(logits, wanted, pos_weight=weights, reduction="none")
    return (each * taught).sum() / taught.sum()


def _positive_weights(rows: Sequence[Row]) -> Tensor:
    answers = np.array([[row.answer(label) for label in LABELS] for row in rows])
    ratio = (answers == 0).sum(axis=0) / np.maximum((answers == 1).sum(axis=0), 1)
    return torch.tensor(np.clip(np.sqrt(ratio), 1.0, MOST_WEIGHT), dtype=torch.float32)


def _groups(network: Network) -> list[dict[str, object]]:
    encoder = network.encoder
    groups: list[dict[str, object]] = [
        {"params": [*network.look.parameters(), *network.say.parameters()], "lr": RATE_OF_HEADS}
    ]
    for depth, layer in enumerate(reversed(encoder.layers)):
        groups.append({"params": list(layer.parameters()), "lr": RATE * DECAY_BY_LAYER**depth})
    # The vectors of words stay: the rows hold a tenth of them, and the others must still fit.
    for part in (encoder.words, encoder.places, encoder.kinds):
        part.requires_grad_(requires_grad=False)
    groups.append({"params": list(encoder.first.parameters()), "lr": RATE * DECAY_BY_LAYER ** len(encoder.layers)})
    return groups


def _lessons(rows: Sequence[Row], dice: random.Random) -> list[Lesson]:
    """One epoch: all rows of ours, some of others, some joined with routine words, some with slips of the finger."""
    harmless = [row for row in rows if row.ours and not row.labels]
    lessons = []
    for row in rows:
        if not row.ours and dice.random() > OUTSIDE_SHARE:
            continue
        text = row.text
        if row.ours and dice.random() < JOINED:
            other = dice.choice(harmless).text
            text = f"{other} {text}" if dice.random() < 0.5 else f"{text} {other}"
        if dice.random() < NOISED:
            text = _noised(text, dice)
        if dice.random() < BARE:
            text = text.translate(_BARE)
        answers = np.array([row.answer(label) for label in LABELS], dtype=np.float32)
        windows = tuple(window.text for window in read([text], (), ()).windows)
        lessons.append(Lesson(windows[:MOST_WINDOWS], answers))
    return lessons


_BARE = str.maketrans("", "", ".,!;:'")


def _noised(text: str, dice: random.Random) -> str:
    """About one word in eight with a letter doubled, left out, exchanged or wrong."""
    return " ".join(_slip(word, dice) if len(word) > 3 and dice.random() < 0.13 else word for word in text.split(" "))


def _slip(word: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(word) - 1)
    kind = dice.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + dice.choice(string.ascii_lowercase) + word[at + 1 :]


def _batches(lessons: list[Lesson], tokenizer: Tokenizer, dice: random.Random) -> list[Batch]:
    """Batches of texts of similar length, in an order by chance."""
    dice.shuffle(lessons)
    tokens = [[one.ids for one in tokenizer.encode_batch(list(lesson.windows))] for lesson in lessons]
    by_length = sorted(range(len(lessons)), key=lambda i: max(map(len, tokens[i])) + dice.random() * 6)
    batches = []
    for start in range(0, len(by_length), BATCH):
        part = by_length[start : start + BATCH]
        windows = [(number, ids) for number, i in enumerate(part) for ids in tokens[i]]
        ids, mask = _padded([ids for _, ids in windows])
        answers = torch.tensor(np.stack([lessons[i].answers for i in part]))
        batches.append(Batch(ids, mask, torch.tensor([number for number, _ in windows]), answers))
    dice.shuffle(batches)
    return batches


def _padded(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    longest = max(len(row) for row in rows)
    ids = torch.zeros((len(rows), longest), dtype=torch.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row)
    mask = torch.zeros_like(ids)
    for number, row in enumerate(rows):
        mask[number, : len(row)] = 1
    return ids, mask


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, required=True, help="what material.py wrote")
    parser.add_argument("--encoder", type=Path, required=True, help="folder with model.safetensors and tokenizer.json")
    parser.add_argument("--out", type=Path, required=True, help="where the files go")
    parser.add_argument("--fold", type=int, choices=range(FOLDS), help="leave the sources of this fold out")
    parser.add_argument("--start", type=Path, help="a network to go on from, in place of the encoder")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
