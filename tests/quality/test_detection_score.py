"""The measure of detection: bounds that hold, and figures that say what n cannot carry."""

from pathlib import Path

import pytest

from vouchsafe.domain.finding import Tier
from vouchsafe.quality import detection_score
from vouchsafe.quality.detection_score import Judged, read_messages, show, tables, topic_of, upper_bound, worst
from vouchsafe.quality.labelled import BadRow


def judged(
    topic: str, labels: str = "", found: str = "", tier: Tier | None = None, *, automatic: bool = False
) -> Judged:
    return Judged("m-1", topic, frozenset(labels.split()), frozenset(found.split()), tier, automatic)


@pytest.mark.parametrize(
    ("hits", "n", "at_most"),
    [(0, 100, 0.0295), (1, 5584, 0.00085), (5, 100, 0.1023), (100, 100, 1.0), (0, 0, 1.0)],
)
def test_upper_bounds_are_those_of_clopper_and_pearson(hits: int, n: int, at_most: float) -> None:
    assert upper_bound(hits, n) == pytest.approx(at_most, abs=2e-4)


def test_a_target_that_so_few_rows_cannot_carry_is_not_shown() -> None:
    rows = [judged("crisis", "crisis", "crisis") for _ in range(20)]

    figures = tables(rows)

    assert figures["labels"]["crisis"]["recall"]["value"] == 1.0
    assert not figures["labels"]["crisis"]["can_be_shown"]
    assert "not shown" in show(figures)


def test_look_alikes_are_rows_of_the_topic_without_a_label() -> None:
    rows = [
        judged("threat", "threat", "threat"),
        judged("threat", "", "threat"),
        judged("threat"),
        judged("routine"),
    ]

    line = tables(rows)["labels"]["threat"]

    assert (line["false_on_lookalikes"]["hits"], line["false_on_lookalikes"]["n"]) == (1, 2)
    assert (line["false_on_routine"]["hits"], line["false_on_routine"]["n"]) == (0, 1)
    assert line["precision"]["value"] == 0.5


def test_a_crisis_flagged_as_clinical_is_no_false_alarm() -> None:
    rows = [judged("clinical", "clinical", "clinical"), judged("clinical", "crisis", "clinical")]

    assert tables(rows)["labels"]["clinical"]["precision"]["value"] == 1.0


def test_answered_alone_and_paged_without_cause_are_rows_of_their_own() -> None:
    rows = [
        judged("dispute", "dispute", automatic=True),
        judged("routine", automatic=True),
        judged("routine", tier=Tier.PAGE),
        judged("crisis", "crisis", tier=Tier.PAGE),
    ]

    desk = tables(rows)["desk"]

    assert desk["needing_a_person_answered_alone"]["hits"] == 1
    assert desk["routine_answered_alone"]["hits"] == 1
    assert desk["pages_on_routine"]["hits"] == 1


@pytest.mark.parametrize(
    ("name", "topic"),
    [("crisis-012", "crisis"), ("dev-crisis-look-003", "crisis"), ("dev-routine-hard-01", "routine")],
)
def test_the_topic_stands_in_the_id(name: str, topic: str) -> None:
    assert topic_of(name) == topic


@pytest.mark.parametrize("name", ["17", "a91c-2", "Crisis-1", ""])
def test_an_id_without_a_topic_is_a_routine_message_unless_labelled(name: str) -> None:
    assert topic_of(name) == ""


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "not JSON"),
        ('{"labels": []}', '"text" is needed'),
        ('{"text": "x"}', '"labels" needs a list'),
        ('{"text": "x", "labels": ["nonsense"]}', "an empty list means none"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_not_quoted(tmp_path: Path, line: str, why: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(f'{{"text": "fine", "labels": []}}\n{line}\n')

    with pytest.raises(BadRow, match=f"rows.jsonl, line 2.*{why}"):
        list(read_messages(file))


def test_a_page_is_worth_more_where_causes_are_common_and_less_by_the_bound() -> None:
    rows = [judged("crisis", "crisis", "crisis", Tier.PAGE)] * 100 + [judged("routine")] * 99
    desk = tables([*rows, judged("routine", "", "crisis", Tier.PAGE)])["desk"]

    worths = [float(str(desk[f"worth_of_a_page_at_{share}%"]).split(",")[0]) for share in ("0.1", "0.2", "0.5")]
    assert worths == sorted(worths)
    assert worths[0] == pytest.approx(0.001 / (0.001 + 0.01 * 0.999), abs=1e-3)


def test_causes_that_were_not_paged_and_those_without_any_alarm_are_rows_of_their_own() -> None:
    paged, waiting = judged("crisis", "crisis", "crisis", Tier.PAGE), judged("crisis", "crisis", "", Tier.CLINICAL)

    desk = tables([paged, waiting, judged("crisis", "crisis")])["desk"]

    assert (desk["crisis_paged"]["hits"], desk["crisis_paged"]["n"]) == (1, 3)
    assert desk["crisis_without_any_alarm"]["hits"] == 1
    assert "outage_paged" not in desk


def test_what_is_missed_is_told_apart_by_desk() -> None:
    rows = [
        Judged("a", "clinical", frozenset({"clinical"}), frozenset(), None, automatic=False, desk="it"),
        Judged(
            "b", "clinical", frozenset({"clinical"}), frozenset({"clinical"}), None, automatic=False, desk="patient"
        ),
        Judged("c", "routine", frozenset(), frozenset({"clinical"}), None, automatic=False, desk="it"),
    ]

    desk = tables(rows)["desk"]

    assert (desk["clinical_missed_at_the_it_desk"]["hits"], desk["clinical_missed_at_the_it_desk"]["n"]) == (1, 1)
    assert desk["clinical_missed_at_the_patient_desk"]["hits"] == 0
    assert desk["clinical_on_routine_at_the_it_desk"]["hits"] == 1
    assert "crisis_missed_at_the_it_desk" not in desk


def test_the_worst_are_named_by_id_and_kind_of_error() -> None:
    rows = [
        Judged("a", "dispute", frozenset({"dispute"}), frozenset(), None, automatic=True),
        Judged("b", "routine", frozenset(), frozenset({"threat"}), Tier.PAGE, automatic=False),
    ]

    assert worst(rows, 5) == {
        "needs a person and would be answered alone": ["a"],
        "paged without a cause": ["b"],
        "missed: dispute": ["a"],
        "false: threat": ["b"],
    }


def test_every_label_can_be_found() -> None:
    assert {"clinical", "crisis", "safeguarding", "injection"} <= set(detection_score.FOUND_BY)
