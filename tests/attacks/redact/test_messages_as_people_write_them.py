"""Messages of the kinds that no outside data holds (notes/redaction.md, section 7): what must go, what must stay.

Texts are ours; nobody in them is real. The model runs: this is what a deployment does.
"""

import pytest

from vouchsafe.domain.identifier import KnownContact, Profile
from vouchsafe.pipeline.redact.redactor import Redactor
from vouchsafe.plugins.ner.spacy_md import SpacyMd

REDACTOR = Redactor(SpacyMd())

GONE_AND_KEPT: list[tuple[str, str, list[str], list[str]]] = [
    ("sms", "hi its maria gonzalez dob 3/4/87 need refill metformin 500mg pls txt 4025550199", ["maria", "gonzalez", "3/4/87", "4025550199"], ["refill", "metformin 500mg"]),
    ("sms", "yo this is deshawn, cant make it tmrw, reschedule??", ["deshawn"], ["reschedule"]),
    ("transcript", "um my number is four oh two five five five oh one nine nine", ["four oh two", "nine nine"], ["my number is"]),
    ("transcript", "it's double four, seven, nine two one, okay", ["double four", "nine two one"], ["okay"]),
    ("transcript", "born march fourth nineteen eighty seven", ["march fourth", "eighty", "seven"], ["born"]),
    ("spelled", "That's S as in Sam, Z as in Zoo, A as in Apple", ["as in Zoo"], []),
    ("spelled", "last name o-k-o-r-o", ["o-k-o-r-o"], ["last name"]),
    ("address", "mail me, zofka dot b at gmail dot com", ["zofka", "gmail"], ["mail me"]),
    ("thread", "Yes please.\n\nOn Tue, 5 May 2026, Zofka Brandt <z@b.org> wrote:\n> see you at 9:30", ["Zofka", "Brandt", "z@b.org", "5 May"], ["Yes please", "wrote", "9:30"]),
    ("thread", "> From: Tariq Aziz-Hall\n> To: Billing\n> Subject: bill", ["Tariq", "Aziz"], ["bill"]),
    ("signature", "Can I move it?\n\nKind regards,\nOlumide Bankole\nSenior Buyer\n402-555-0188", ["Olumide", "Bankole", "402-555-0188"], ["Can I move it?"]),
    ("file", "see Brandt_Zofka_MRI_1987-03-04.pdf", ["Brandt", "Zofka", "1987"], ["see"]),
    ("html", '<a href="mailto:zofka@b.org?subject=Brandt">write</a>', ["zofka@b.org"], ["write"]),
    ("html", "call &#52;02-555-0199 now", ["555-0199"], ["call", "now"]),
    ("unseen", "I am Zo\u200bfka, born 0\u200b3/04/1987", ["Zo\u200bfka", "04/1987"], ["born"]),
    ("scripts", "my phone ٤٠٢-٥٥٥-٠١٩٩ and ４０２ ５５５ ０１９９", ["٥٥٥", "５５５"], ["my phone"]),
    ("word names", "Dear Dr. Will Grant, Mrs. Hope and Ms. Rose came", ["Will", "Grant", "Hope", "Rose"], ["came"]),
    ("eponyms", "My Parkinson's disease and Crohn's flare, seen by Dr. Hodgkin", ["Dr. Hodgkin"], ["Parkinson's disease", "Crohn's flare"]),
    ("relatives", "my daughter Wren and my husband Thaddeus need forms", ["Wren", "Thaddeus"], ["need forms"]),
    ("relatives", "my son tommy has a fever of 102.4", ["tommy"], ["fever of 102.4"]),
    ("dates", "the second of May, or Thanksgiving when I fell; she is 93 years old", ["second of May", "93 years"], ["or", "when I fell"]),
    ("devices", "pump serial SN-00417-X, plate 7ABC123, VIN 1HGCM82633A004352", ["00417", "7ABC123", "1HGCM82633A004352"], ["pump"]),
    ("network", "my ip is 2001:db8::8a2e:370:7334 from laptop LT-004417", ["2001:db8", "LT-004417"], ["laptop"]),
    ("secrets", "login ok but password is Wint3r!2026 and my pin: 4471", ["Wint3r!2026", "4471"], ["login ok"]),
    ("secrets", "key sk-proj-abcdefGHIJKL123456 leaked", ["abcdefGHIJKL123456"], ["leaked"]),
    ("cards", "card 4111-1111-1111-1112 exp 04/27 cvv 123", ["1111", "04/27", "123"], ["card"]),
    ("typing errors", "my membr id is HP9872213 adn my nmae is Szymon Wojcik", ["HP9872213", "Szymon", "Wojcik"], ["my"]),
    ("spanish", "Hola, me llamo Guadalupe Ybarra, nací el 3 de marzo de 1987", ["Guadalupe", "Ybarra", "3 de marzo"], ["Hola"]),
    ("clinician", "pt Okoro in 412 needs his records, MRN 00-44-17, DOB 03/04/87", ["Okoro", "00-44-17", "03/04/87"], ["needs his records"]),
    ("only", "402-555-0199", ["555"], []),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "gone", "kept"), GONE_AND_KEPT)
def test_identifiers_go_and_the_request_stays(kind: str, text: str, gone: list[str], kept: list[str]) -> None:
    safe = REDACTOR.redact([text]).parts[0].text.value

    assert [one for one in gone if one in safe] == [], kind
    assert [one for one in kept if one not in safe] == [], kind


def test_two_people_with_one_first_name_keep_their_own_tokens() -> None:
    redaction = REDACTOR.redact(["Mary Jones and Mary Okafor both came", "Mary called"])
    first = redaction.parts[0].text.value

    assert first == "[NAME_1] and [NAME_2] both came"
    assert redaction.parts[1].text.value == "[NAME_3] called"


def test_a_known_contact_s_values_never_get_through_in_any_profile() -> None:
    record = KnownContact(
        names=("Siobhan Ngata",),
        emails=("sngata@example.org",),
        phones=("4025550199",),
        dates=("1987-03-04",),
        ids=("HX-55-12",),
    )
    text = "siobhan / SNGATA / sngata@example.org / 402 555-0199 / 5550199 / 4 3 1987 / hx5512 / siobahn ngata"
    for profile in Profile:
        safe = REDACTOR.redact([text], known=[record], profile=profile).parts[0].text.value.lower()
        assert [one for one in ("siob", "ngata", "0199", "1987", "5512") if one in safe] == []


def test_no_error_or_repr_quotes_a_patient() -> None:
    redaction = REDACTOR.redact(["My name is Zofka Brandt"])

    assert "Zofka" not in repr(redaction)
