"""An organisation's copy of a pack says its own name and numbers everywhere, and never the demo clinic's."""

from pathlib import Path

import pytest

from vouchsafe.domain.pack import NoticeKind, Pack
from vouchsafe.governance.pack_copies import OwnWords, demo_words, write_copy
from vouchsafe.governance.packs import SHIPPED, PackRefused, load_pack

OWN = OwnWords('Saint "Ada\'s": Clinic & Co', "020 7946 0123", "Europe/London", "999", "116 123")


def everything_said(pack: Pack) -> str:
    return " ".join(notice.text for notice in pack.notices) + " ".join(map(str, pack.phrases)) + pack.organisation


@pytest.mark.parametrize("name", SHIPPED)
def test_a_copy_speaks_for_the_organisation_in_every_notice(tmp_path: Path, name: str) -> None:
    made = write_copy(name, tmp_path / "packs" / name, OWN)

    pack = load_pack(tmp_path / "packs" / name)
    assert pack == made
    assert (pack.name, pack.organisation, pack.phone, pack.zone) == (name, OWN.organisation, OWN.phone, OWN.zone)
    assert "Linden" not in everything_said(pack)
    assert "555" not in everything_said(pack)
    crisis = [notice.text for notice in pack.notices if notice.kind is NoticeKind.CRISIS]
    assert all(number in text for text in crisis for number in (OWN.phone, "999", "116 123"))
    assert demo_words(pack) == []


def test_a_copy_keeps_everything_else_of_the_pack_and_has_a_hash_of_its_own(tmp_path: Path) -> None:
    shipped, copy = load_pack(), write_copy("patient", tmp_path / "patient", OWN)

    assert (copy.intents, copy.queues, copy.routes, copy.holds) == (
        shipped.intents,
        shipped.queues,
        shipped.routes,
        shipped.holds,
    )
    assert copy.digest != shipped.digest
    again = write_copy("patient", tmp_path / "again", OWN)
    assert again.ref == copy.ref


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_packs_speak_as_the_demo_clinic(name: str) -> None:
    found = " ".join(demo_words(load_pack(name=name)))

    assert "organisation: names the demo clinic" in found
    assert "phone: names a number that rings nowhere" in found
    assert "notices.crisis.en" in found


@pytest.mark.parametrize(
    ("organisation", "phone"),
    [
        ("Linden Bay Health", "020 7946 0123"),
        ("LINDEN  BAY", "020 7946 0123"),
        ("Clinic", "(555) 555-0100"),
        ("Clinic", "+1 212 555 0199"),
        ("Clinic", "2125550142"),
    ],
)
def test_a_copy_with_words_of_the_demo_is_refused_and_nothing_is_left(
    tmp_path: Path, organisation: str, phone: str
) -> None:
    with pytest.raises(PackRefused, match=r"put your own into pack\.yaml"):
        write_copy("patient", tmp_path / "patient", OwnWords(organisation, phone))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("phone", ["(555) 867-5309", "555-0200", "020 7555 0123", "020 7946 0123"])
def test_other_numbers_are_taken(tmp_path: Path, phone: str) -> None:
    assert write_copy("it", tmp_path / "it", OwnWords("Clinic", phone)).phone == phone


def test_a_zone_that_is_none_is_refused_with_an_example(tmp_path: Path) -> None:
    with pytest.raises(PackRefused, match="America/New_York"):
        write_copy("patient", tmp_path / "patient", OwnWords("Clinic", "020 7946 0123", zone="Sussex"))


def test_a_pack_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    write_copy("patient", tmp_path / "patient", OWN)

    with pytest.raises(PackRefused, match="edit the pack in it"):
        write_copy("patient", tmp_path / "patient", OWN)
