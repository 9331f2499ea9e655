"""Hashed words: what shares words shares features, and nothing makes them slow or lets them grow without end."""

import numpy as np
import pytest

from vouchsafe.pipeline.detect.lexical import BUCKETS, MOST_CHARACTERS, features


def _likeness(one: str, other: str) -> float:
    rows = []
    for text in (one, other):
        row = np.zeros(BUCKETS)
        seen = features(text)
        row[seen.buckets] = seen.values
        rows.append(row)
    return float(rows[0] @ rows[1])


def test_a_typing_error_leaves_most_features_in_place() -> None:
    meant = "I want to talk to a representative"

    assert _likeness(meant, "i want to talk to a represenative") > 2 * _likeness(meant, "where is the parking garage")


def test_spelling_and_case_do_not_matter() -> None:
    assert _likeness("I CAN'T go on", "i cant go on") == pytest.approx(2.0)


def test_each_bucket_comes_once_and_both_sorts_have_length_one() -> None:
    seen = features("again and again and again")

    assert len(set(seen.buckets.tolist())) == len(seen.buckets)
    assert (seen.buckets >= 0).all()
    assert (seen.buckets < BUCKETS).all()


def test_rare_buckets_weigh_more() -> None:
    rarity = np.ones(BUCKETS)
    common = features("please", rarity)
    rarity[common.buckets] = 0.1

    both = features("please ventilator", rarity)
    weight = dict(zip(both.buckets.tolist(), both.values.tolist(), strict=True))

    assert max(weight[at] for at in common.buckets.tolist()) < max(weight.values())


@pytest.mark.parametrize("text", ["", "   ", "\x00\ud800", "[NAME_1]", "🙂🙂", "...", "[", "]]"])
def test_texts_without_words_have_few_features_or_none(text: str) -> None:
    seen = features(text)

    assert len(seen.buckets) == len(seen.values) < 40


def test_a_huge_text_is_read_in_part() -> None:
    assert len(features("a" * 1_000_000).buckets) <= len(features("a" * MOST_CHARACTERS).buckets)
    assert len(features("word " * 200_000).buckets) < 100
