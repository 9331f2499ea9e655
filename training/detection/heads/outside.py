"""Judge every clinical and administrative row of the outside data by a network and words that left its source out.

Usage: python training/detection/heads/outside.py --data DIR --rows FILE --folds DIR --thresholds DIR --encoder DIR
       [--threads N]

`material.py` draws some of these rows for training; the others are redacted here and read by the network of the fold
that left their source out (`fold*.pt`). Writes `outside.jsonl` (texts: keep it private) and `outside.npz` into the
folder of `--thresholds`, for `clinical.py` and `allow_list.py`. Needs torch. Takes minutes.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from scipy.sparse import csr_matrix
from tokenizers import Tokenizer

sys.path.insert(0, str(Path(__file__).parents[1]))

from heads.fit import MAX_TOKENS, judge
from heads.network import Network
from heads.thresholds import fit_words, left_out, words_of
from material import FOLDS, LABELS, Row, folds_of, outside, redacted, rows_of

from vouchsafe.pipeline.detect.lexical import BUCKETS, features
from vouchsafe.pipeline.detect.reading import read

NEAR = 1e-2
"""Logits that were kept and made again may differ by so much, or the files are not of one training."""


def main() -> None:
    """Gather, redact, judge, write."""
    args = _arguments()
    torch.set_num_threads(args.threads)
    rows = rows_of(args.rows)
    drawn = _drawn(rows, args.data / "clinical.jsonl")
    lines = [json.loads(line) for line in (args.data / "clinical.jsonl").read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if line["labels"].get("clinical") is not None]
    keys = [(line["source"], line["text"]) for line in lines]
    found = [Row(line["text"], frozenset({"clinical"} if line["labels"]["clinical"] else ()), line["source"])
             for line in lines]  # fmt: skip
    new = [at for at, key in enumerate(keys) if key not in drawn]
    safe = dict(zip(new, redacted([found[at] for at in new]), strict=True))
    print(f"{len(found)} rows, {len(new)} of them not drawn for training", flush=True)
    calibrated = np.load(args.thresholds / "left_out.npz", allow_pickle=False)["logits"]
    logits = np.zeros((len(found), len(LABELS)))
    logits[new] = _judged([safe[at] for at in new], rows, calibrated, args)
    with (args.thresholds / "outside.jsonl").open("w", encoding="utf-8") as out:
        for at, (row, line) in enumerate(zip(found, lines, strict=True)):
            number = drawn.get(keys[at])
            if number is not None:
                logits[at] = calibrated[number]
            text = safe[at].text if number is None else rows[number].text
            hard = bool(line["labels"].get("hard")) and not row.labels
            one = {"text": text, "source": row.source, "clinical": bool(row.labels), "hard": hard}
            out.write(json.dumps(one) + "\n")
    np.savez(args.thresholds / "outside.npz", logits=logits)


def _drawn(rows: Sequence[Row], file: Path) -> dict[tuple[str, str], int]:
    """Source and text, before it was redacted, of each row that was drawn, to its number."""
    first = next(i for i, row in enumerate(rows) if not row.ours)
    return {(row.source, row.text): number for number, row in enumerate(outside(file), start=first)}


def _judged(new: Sequence[Row], rows: Sequence[Row], calibrated: np.ndarray, args: argparse.Namespace) -> np.ndarray:
    """Calibrated logits of rows that no fold has judged, (rows, labels)."""
    folds = np.array(folds_of(rows))
    fold_of = {row.source: fold for row, fold in zip(rows, folds, strict=True) if not row.ours}
    of_new = np.array([fold_of[row.source] for row in new])
    logits = _by_networks(new, of_new, args)
    kept = left_out(args.folds, len(rows))
    heads = json.loads((args.thresholds / "thresholds.json").read_text(encoding="ascii"))["heads"]
    seen, rarity = words_of(rows)
    seen_new = _words(new, rarity)
    for column, label in enumerate(LABELS):
        answers = np.array([row.answer(label) for row in rows])
        for fold in range(FOLDS):
            model = fit_words(seen[folds != fold], answers[folds != fold])
            kept[folds == fold, column] += model.decision_function(seen[folds == fold])
            if (of_new == fold).any():
                logits[of_new == fold, column] += model.decision_function(seen_new[of_new == fold])
        slope = heads[label]["slope"]
        # The shift in the manifest holds the constant of the words that ship; the kept logits tell the other.
        shift = calibrated[:, column] - slope * kept[:, column]
        if np.ptp(shift) > NEAR:
            raise SystemExit(f"{label}: rows, folds and thresholds are not of one training")
        logits[:, column] = slope * logits[:, column] + float(np.median(shift))
    return logits


def _by_networks(new: Sequence[Row], of_new: np.ndarray, args: argparse.Namespace) -> np.ndarray:
    tokenizer = Tokenizer.from_file(str(args.encoder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=MAX_TOKENS)
    logits = np.zeros((len(new), len(LABELS)))
    for fold in sorted(set(of_new.tolist())):
        network = Network(len(LABELS))
        network.load_state_dict(torch.load(args.folds / f"fold{fold}.pt", weights_only=True))
        here = np.flatnonzero(of_new == fold)
        logits[here] = judge(network, [new[i] for i in here], tokenizer)
        print(f"fold {fold}: {len(here)} rows judged", flush=True)
    return logits


def _words(rows: Sequence[Row], rarity: np.ndarray) -> csr_matrix:
    found = [features(read([row.text], (), ()).windows[0].text, rarity) for row in rows]
    starts = np.cumsum([0, *(len(one.buckets) for one in found)])
    columns = np.concatenate([one.buckets for one in found])
    return csr_matrix((np.concatenate([one.values for one in found]), columns, starts), shape=(len(rows), BUCKETS))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with clinical.jsonl")
    parser.add_argument("--rows", type=Path, required=True, help="what material.py wrote")
    parser.add_argument("--folds", type=Path, required=True, help="folder with fold0.npz, fold0.pt and so on")
    parser.add_argument("--thresholds", type=Path, required=True, help="folder that thresholds.py wrote to")
    parser.add_argument("--encoder", type=Path, required=True, help="folder with tokenizer.json")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
