"""The measure of detection: bounds that hold, and figures that say what n cannot carry."""

from pathlib import Path

import pytest

from vouchsafe.domain.finding import Tier
from vouchsafe.quality import detection_score
from vouchsafe.quality.detection_score import (
    FOUND_BY,
    Aim,
    Judged,
    Share,
    read_messages,
    show,
    tables,
    topic_of,
    upper_bound,
    worst,
)
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
    assert figures["labels"]["crisis"]["shown"] == "not shown"
    assert "not shown" in show(figures)


@pytest.mark.parametrize(
    ("hits", "n", "target", "says"),
    [
        (0, 100, 0.03, "yes"),  # 1 - 0.05 ** (1 / 100) is .0295
        (0, 99, 0.03, "yes"),
        (0, 98, 0.03, "not shown"),
        (1, 100, 0.03, "no"),
        (9, 98, 0.03, "no"),  # so few could not show it, but what they show is worse
        (0, 999, 0.003, "yes"),
        (0, 406, 0.003, "not shown"),
        (0, 14978, 0.0002, "yes"),
        (0, 5584, 0.0002, "not shown"),
        (0, 10, 0.0, "yes"),
        (1, 10, 0.0, "no"),
        (0, 0, 0.03, ""),
    ],
)
def test_a_rate_that_should_be_low_is_shown_by_its_upper_bound(hits: int, n: int, target: float, says: str) -> None:
    assert Aim(more=False, target=target).verdict(Share(hits, n)) == says
    assert Aim(more=True, target=1 - target).verdict(Share(n - hits, n)) == says or not target


@pytest.mark.parametrize(
    ("hits", "n", "says"), [(149, 149, "yes"), (148, 148, "not shown"), (147, 149, "no"), (110, 110, "not shown")]
)
def test_a_rate_that_should_be_high_is_shown_by_its_lower_bound(hits: int, n: int, says: str) -> None:
    assert Aim(more=True, target=0.98).verdict(Share(hits, n)) == says


def test_a_bound_stands_on_the_side_that_one_would_not_like() -> None:
    rows = [judged("routine", automatic=at < 40) for at in range(100)]
    rows += [judged("crisis", "crisis", "crisis", Tier.PAGE if at < 90 else None) for at in range(100)]

    said = {line[:40].strip(): line[41:] for line in show(tables(rows)).splitlines()}

    low = 1 - upper_bound(60, 100)
    assert said["routine answered alone"] == f"40/100 0.400, at least {low:.4f}; target at least 0.5: no"
    assert said["crisis paged"].startswith("90/100 0.900, at least 0.83")
    assert said["crisis without any alarm"].startswith("10/100 0.100, at most 0.16")
    assert said["needing a person answered alone"] == "0/100 0.000, at most 0.0295; target no row: yes"
    assert said["pages on routine"] == "0/100 0.000, at most 0.0295; target at most 0.003: not shown"


def test_urgent_is_asked_for_on_messages_written_for_clinical_context() -> None:
    rows = [judged("clinical", "clinical emergent", "clinical emergent") for _ in range(110)]
    rows += [judged("emergent", "clinical emergent", "") for _ in range(50)]

    urgent = tables(rows)["desk"]["emergent_found_on_clinical_messages"]

    assert (urgent["hits"], urgent["n"], urgent["target"], urgent["shown"]) == (110, 110, 0.98, "not shown")


def test_a_miss_counts_for_the_tier_that_its_gravest_label_asks_for() -> None:
    rows = [
        judged("crisis", "crisis clinical", "clinical", Tier.CLINICAL),
        judged("crisis", "crisis", "crisis", Tier.PAGE),
        judged("clinical", "clinical", "", Tier.PERSON),
        judged("clinical", "clinical", "emergent", Tier.PAGE),
        judged("dispute", "dispute"),
        judged("dispute", "dispute", "", Tier.PERSON),
        judged("routine", tier=Tier.PAGE),
    ]

    figures = tables(rows)

    shares = {tier: figures["desk"][f"missed_by_the_{tier}_tier"] for tier in ("page", "clinical", "person")}
    assert {tier: (one["hits"], one["n"]) for tier, one in shares.items()} == dict.fromkeys(shares, (1, 2))
    assert figures["desk"]["without_any_alarm"]["hits"] == 1
    assert figures["labels"]["dispute"]["no_tier"]["hits"] == 1


@pytest.mark.parametrize(("found", "says"), [(200, "yes"), (150, "no"), (8, "not shown")])
def test_of_disputes_f1_is_asked_for_by_the_bounds_of_its_two_parts(found: int, says: str) -> None:
    n = found if found < 10 else 200
    line = tables([judged("dispute", "dispute", "dispute" if at < found else "") for at in range(n)])["labels"]

    recall, precision = Share(found, n).at_least, Share(found, found).at_least
    assert line["dispute"]["f1_at_least"] == pytest.approx(2 * recall * precision / (recall + precision), abs=1e-4)
    assert (line["dispute"]["target_of"], line["dispute"]["shown"]) == ("F1", says)


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


def test_the_guide_says_when_to_give_every_label() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operator.md").read_text("utf-8")

    assert not [label for label in FOUND_BY if f"| `{label}`" not in guide and f", `{label}`" not in guide]
