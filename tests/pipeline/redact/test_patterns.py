"""Every pattern finds its identifier whole, and none loses a match because a check fails."""

import re

import pytest

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact import keep
from vouchsafe.pipeline.redact.patterns import PATTERNS
from vouchsafe.pipeline.redact.redactor import Redactor

CASES: list[tuple[str, str, Label]] = [
    # contact points
    ("write to mary.jones@example.org please", "mary.jones@example.org", Label.EMAIL),
    ("write to mary@exmaple,com", "mary@exmaple", Label.EMAIL),
    ("it is mary dot jones at example dot org", "mary dot jones at example dot org", Label.EMAIL),
    ("mary (at) example (dot) org", "mary (at) example (dot) org", Label.EMAIL),
    ("maryj77 at gmail", "maryj77 at gmail", Label.EMAIL),
    ("write to photos@mary.zip", "photos@mary.zip", Label.EMAIL),
    ("see photobin dot example slash rivka slash knee", "photobin dot example slash rivka slash knee", Label.URL),
    ("gofundmoss.ly/f/help-aurelia", "gofundmoss.ly/f/help-aurelia", Label.URL),
    ("ring me on 555-1234", "555-1234", Label.PHONE),
    ("call (402) 555-0199 ext. 12", "(402) 555-0199 ext. 12", Label.PHONE),
    ("+44 20 7946 0958", "+44 20 7946 0958", Label.PHONE),
    ("402.555.0199", "402.555.0199", Label.PHONE),
    ("fax it to 402 555 0144", "402 555 0144", Label.FAX),
    ("extension 4417", "4417", Label.PHONE),
    ("follow me @mary_j", "@mary_j", Label.UNIQUE_ID),
    # dates
    ("born 3/4/87", "3/4/87", Label.DATE),
    ("DOB: 03-04-1987", "03-04-1987", Label.DATE),
    ("on May 23", "May 23", Label.DATE),
    ("on the 23rd of May 2024", "23rd of May 2024", Label.DATE),
    ("1987-03-04", "1987-03-04", Label.DATE),
    ("Monday, October 2, 2023 at noon", "Monday, October 2, 2023", Label.DATE),
    ("the second of May", "second of May", Label.DATE),
    ("since March 2021", "March 2021", Label.DATE),
    ("el 3 de marzo de 2024", "3 de marzo de 2024", Label.DATE),
    ("she is 94 years old", "94 years old", Label.DATE),
    ("aged 101", "101", Label.DATE),
    ("I fell at Thanksgiving", "Thanksgiving", Label.DATE),
    ("my visit on 5/23", "5/23", Label.DATE),
    # keyed ids
    ("member ID 87234921", "87234921", Label.HEALTH_PLAN_ID),
    ("Policy number: HP-987654", "HP-987654", Label.HEALTH_PLAN_ID),
    ("MRN: H678934", "H678934", Label.MRN),
    ("patient id is 12345-JH", "12345-JH", Label.MRN),
    ("account no. 1002-33", "1002-33", Label.ACCOUNT),
    ("driver's license D245-938-19-203", "D245-938-19-203", Label.LICENSE),
    ("plate 7ABC123", "7ABC123", Label.VEHICLE),
    ("pump serial number SN-4417-X", "SN-4417-X", Label.DEVICE),
    ("ticket #4471", "4471", Label.UNIQUE_ID),
    ("passport number XG9382049", "XG9382049", Label.UNIQUE_ID),
    ("username is mjones7", "mjones7", Label.UNIQUE_ID),
    # numbers
    ("SSN 123-45-6789", "123-45-6789", Label.SSN),
    ("it was 000-12-3456", "000-12-3456", Label.SSN),  # never issued, still a typing error of somebody's
    ("it was 912-34-5678", "912-34-5678", Label.SSN),
    ("XXX-XX-2409", "XXX-XX-2409", Label.SSN),
    ("code HJ-1234567", "HJ-1234567", Label.UNIQUE_ID),
    ("about 88341 there", "88341", Label.UNIQUE_ID),
    ("4 0 2 dash 5 5 5 0 1", "4 0 2 dash 5 5 5 0 1", Label.PHONE),
    # cards, with and without a valid check digit
    ("4111 1111 1111 1111", "4111 1111 1111 1111", Label.ACCOUNT),
    ("4111 1111 1111 1112", "4111 1111 1111 1112", Label.ACCOUNT),
    ("XXXX-XXXX-XXXX-4242", "XXXX-XXXX-XXXX-4242", Label.ACCOUNT),
    ("card ending in 4242", "4242", Label.ACCOUNT),
    ("GB29 NWBK 6016 1331 9268 19", "GB29 NWBK 6016 1331 9268 19", Label.ACCOUNT),
    # places
    ("I live at 456 Oak Avenue, Apt 4B, Springfield, IL 62704", "456 Oak Avenue, Apt 4B, Springfield, IL 62704", Label.LOCATION),
    ("at 12 n elmhurst st", "12 n elmhurst st", Label.LOCATION),
    ("PO Box 118", "PO Box 118", Label.LOCATION),
    ("the maplewood pharmacy says no", "maplewood pharmacy", Label.LOCATION),
    ("is the north fork location open", "north fork", Label.LOCATION),
    ("i live at the sycamore arms", "sycamore arms", Label.LOCATION),
    ("they took him to sacred heart", "sacred heart", Label.LOCATION),
    ("dr love said so", "love", Label.NAME),
    ("Chase won't stop coughing", "Chase", Label.NAME),
    ("it's hunter again", "hunter", Label.NAME),
    ("zip 68102", "68102", Label.LOCATION),
    ("seen at St. Mary's Hospital", "St. Mary's Hospital", Label.LOCATION),
    ("PSC 1234, Box 5678, APO AE 09012", "PSC 1234, Box 5678, APO AE 09012", Label.LOCATION),
    # credentials
    ("my password is Tr0ub4dor&3", "Tr0ub4dor&3", Label.CREDENTIAL),
    ('password: "correct horse"', "correct", Label.CREDENTIAL),
    ("PIN 4471", "4471", Label.CREDENTIAL),
    ("the code is 339921", "339921", Label.CREDENTIAL),
    ("the code on my phone says 704 118", "704 118", Label.CREDENTIAL),
    ("Host key: 338120", "338120", Label.CREDENTIAL),
    ("api_key=sk-live-abcdefghijklmnop1234", "sk-live-abcdefghijklmnop1234", Label.CREDENTIAL),
    ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE", Label.CREDENTIAL),
    # network
    ("see https://portal.example.org/p?q=12", "https://portal.example.org/p?q=12", Label.URL),
    # "ana" and "hope" are everyday words too; below /u/ stands somebody's page.
    ("https://me.example/u/ana", "https://me.example/u/ana", Label.URL),
    ("https://social.example/hope", "https://social.example/hope", Label.URL),
    ("https://photos.example/album/summer", "https://photos.example/album/summer", Label.URL),
    ("from 10.20.30.40", "10.20.30.40", Label.IP),
    ("from 2001:db8::8a2e:370:7334", "2001:db8::8a2e:370:7334", Label.IP),
    ("mac 00:1B:44:11:3A:B7", "00:1B:44:11:3A:B7", Label.DEVICE),
    # dictated
    ("it is five five five oh one two three", "five five five oh one two three", Label.PHONE),
    ("double four seven nine two one", "double four seven nine two one", Label.PHONE),
    ("S as in Sam, M as in Mary, I as in Ida", "S as in Sam, M as in Mary, I as in Ida", Label.NAME),
    ("s-m-y-t-h-e", "s-m-y-t-h-e", Label.NAME),
    # people
    ("My name is Oluwaseun Adebayo-Smith.", "Oluwaseun Adebayo-Smith", Label.NAME),
    ("my name is oluwaseun adebayo and", "oluwaseun adebayo", Label.NAME),
    ("this is Alex R. calling", "Alex R.", Label.NAME),
    ("Dear Grace,", "Grace", Label.NAME),
    ("Mrs. Rose called", "Rose", Label.NAME),
    ("my daughter Wren needs", "Wren", Label.NAME),
    ("thanks\nZsofia", "Zsofia", Label.NAME),
    ("On Tue, May 2, Mary Jones wrote:", "Mary Jones", Label.NAME),
    ("> From: Mary Jones <x@y.org>", "Mary Jones", Label.NAME),
    # corrected, disguised and grouped
    ("mary@post,example", "mary@post,example", Label.EMAIL),
    ("it's big bird 62 at yodel mail dot example", "big bird 62 at yodel mail dot example", Label.EMAIL),
    ("[555] 770 1123", "[555] 770 1123", Label.PHONE),
    ("still no. try 4-2217", "4-2217", Label.PHONE),
    ("card endin 7731", "7731", Label.ACCOUNT),
    ("37** ****** *3009", "37** ****** *3009", Label.ACCOUNT),
    ("expires 0928", "0928", Label.DATE),
    ("the three on the back is 602", "602", Label.CREDENTIAL),
    ("enter the code we sent: 661 204", "661 204", Label.CREDENTIAL),
    ("Unit 12B, buzz 4419", "4419", Label.CREDENTIAL),
    ("user=flo.nightshift pass=flo1", "flo1", Label.CREDENTIAL),
    ("user=flo.nightshift pass=flo1", "flo.nightshift", Label.UNIQUE_ID),
    ("turn off the login TheHallorans", "TheHallorans", Label.UNIQUE_ID),
    ("plan=BCX-00922-4", "BCX-00922-4", Label.HEALTH_PLAN_ID),
    ("/view?mrn=A731882&x=2", "A731882", Label.MRN),
    ("lastPatient=Imogen+Sharpe;x", "Imogen+Sharpe", Label.UNIQUE_ID),
    ("555-440-1092, mine is same but 1093", "1093", Label.UNIQUE_ID),
    ("He towed my car (KLT 4482, grey)", "KLT 4482", Label.VEHICLE),
    ("Louisiana plate 471 DKQ, on", "471 DKQ", Label.VEHICLE),
    ("my medicare # is 4hk7 ra2 wd90 is that enough", "4hk7 ra2 wd90", Label.HEALTH_PLAN_ID),
    ("Tracking 1Z 99A 4E7 03 4488 2071", "1Z 99A 4E7 03 4488 2071", Label.UNIQUE_ID),
    ("it reads TRV 9920 118 B", "TRV 9920 118 B", Label.UNIQUE_ID),
    ("VIN 1HGCM826*3A******", "1HGCM826*3A******", Label.VEHICLE),
    ("the IP on the screen is 10.22,4.119", "10.22,4.119", Label.IP),
    ("d8:4f:xx:xx:07:1c", "d8:4f:xx:xx:07:1c", Label.DEVICE),
    # dates as people write them
    ("anytime after the 19th, please", "19th", Label.DATE),
    ("it was due the fifteenth", "fifteenth", Label.DATE),
    ("from the 3rd to the 9th", "3rd to the 9th", Label.DATE),
    ("born 1952 may 5", "1952 may 5", Label.DATE),
    ("it is in 2019-June", "2019-June", Label.DATE),
    ("ulcer feb3 and", "feb3", Label.DATE),
    ("1.9.5.8 - Aug - 9", "1.9.5.8 - Aug - 9", Label.DATE),
    ("seen 4 3 71 there", "4 3 71", Label.DATE),
    ("it was 10-22. I have video", "10-22", Label.DATE),
    ("last tetanus was 2014-06", "2014-06", Label.DATE),
    ("in july of 2019", "july of 2019", Label.DATE),
    ("on Ash Wednesday I fell", "Ash Wednesday", Label.DATE),
    ("he's 97 and frail", "97", Label.DATE),
    ("95 yrs and a cough", "95 yrs", Label.DATE),
    ("91F with cough", "91F", Label.DATE),
    ("my mother, 93, fell", "93", Label.DATE),
    # machines and user names
    ("the printer MICU-HP-4 jams", "MICU-HP-4", Label.DEVICE),
    ("on SRV-BKP-03 again", "SRV-BKP-03", Label.DEVICE),
    ("as CORP\\jdoe it fails", "jdoe", Label.UNIQUE_ID),
    # addresses and places as people write them
    ("to 1440 s keeler apt 2r chi il 60623", "1440 s keeler apt 2r chi il 60623", Label.LOCATION),
    ("at 1106 East Sycamore now", "1106 East Sycamore", Label.LOCATION),
    ("went to 1220 NE again", "1220 NE", Label.LOCATION),
    ("we moved to 88 birch hollow apt 3", "88 birch hollow apt 3", Label.LOCATION),
    ("i live at 18 wilow bnd, so", "18 wilow bnd", Label.LOCATION),
    ("I was at 405 Alameda", "405 Alameda", Label.LOCATION),
    ("Apt 7, 233 Cedar-Riverside.", "Apt 7, 233 Cedar-Riverside", Label.LOCATION),
    ("the corner of 5th and Marquette", "5th and Marquette", Label.LOCATION),
    ("I'm on East 92nd", "East 92nd", Label.LOCATION),
    ("the crash on route 9 there", "route 9", Label.LOCATION),
    ("HC 61 Box 12", "HC 61 Box 12", Label.LOCATION),
    ("po bx 771 as before", "po bx 771", Label.LOCATION),
    ("PMB 3102, 1 Mile Marker, Deadhorse", "PMB 3102, 1 Mile Marker, Deadhorse", Label.LOCATION),
    ("HHC 1-77, CMR 402 Box 2218, APO AE 09180", "HHC 1-77", Label.LOCATION),
    ("we are in boone nc now", "boone nc", Label.LOCATION),
    ("to tupelo ms 38801 then", "tupelo ms 38801", Label.LOCATION),
    ("general delivery, Tok 99780", "Tok 99780", Label.LOCATION),
    ("to Walgreens 1404 Broadway", "1404 Broadway", Label.LOCATION),
    ("exit 44 off there", "44", Label.LOCATION),
    ("the I-90 is closed", "I-90", Label.LOCATION),
    ("im at 88 main rn", "88 main", Label.LOCATION),
    ("i stay in tupelo now", "tupelo", Label.LOCATION),
    ("we drove from Winnemucca to", "Winnemucca", Label.LOCATION),
    ("He was at Valley View", "Valley View", Label.LOCATION),
    ("from Good Samaritan to Kessler Pavilion and", "Kessler Pavilion", Label.LOCATION),
    ("to brookhaven rehab at noon", "brookhaven rehab", Label.LOCATION),
    ("at st lukes last night", "st lukes", Label.LOCATION),
    ("the Lakeview infusion place", "Lakeview", Label.LOCATION),
    ("The Arbors at Pine Hollow", "The Arbors at Pine Hollow", Label.LOCATION),
    ("started at P.S. 114", "P.S. 114", Label.LOCATION),
    ("She goes to Our Lady of Perpetual Help school", "Our Lady of Perpetual Help", Label.LOCATION),
    ("op at Children's of Wabash", "Children's of Wabash", Label.LOCATION),
    ("her daycare, Little Sprouts, asks", "Little Sprouts", Label.LOCATION),
    # file names
    ("I sent Okafor_James_MRI_2024-11-02.pdf", "Okafor_James", Label.NAME),
    ("I sent Okafor_James_MRI_2024-11-02.pdf", "2024-11-02", Label.DATE),
    ("EOB_W559120083_202503.pdf", "W559120083", Label.UNIQUE_ID),
    ('saved "Kapoor front.png"', "Kapoor", Label.NAME),
    ("C:\\Users\\mdelacruz\\Documents", "mdelacruz", Label.UNIQUE_ID),
    ("\x2fhome/svang/exports", "svang", Label.UNIQUE_ID),
    ("D:\\Shares\\Oncology\\Prendergast\\x", "Prendergast", Label.NAME),
    # said with more words
    ("the password they gave me: blue-heron", "blue-heron", Label.CREDENTIAL),
    ('pw\'s "horse staple" here', "horse staple", Label.CREDENTIAL),
    ("passphrase correct-horse-battery", "correct-horse-battery", Label.CREDENTIAL),
    ("login maria.lopez / Sunflower9", "Sunflower9", Label.CREDENTIAL),
    ("try logging in with Maple77!", "Maple77!", Label.CREDENTIAL),
    ("verification: 88 42 13", "88 42 13", Label.CREDENTIAL),
    ("it wants a 4-digit pin i put 7781", "7781", Label.CREDENTIAL),
    ("user mlopez pw Sunflower9", "mlopez", Label.UNIQUE_ID),
    ("my insta is maria.lo_88", "maria.lo_88", Label.UNIQUE_ID),
    ("pcn MEDDPRIME 1", "MEDDPRIME", Label.HEALTH_PLAN_ID),
    ("last 4 social 1184", "1184", Label.ACCOUNT),
    ("reg LK19 XYZ parked", "LK19 XYZ", Label.VEHICLE),
    ("pager 0412", "0412", Label.PHONE),
    ("AA BB CC 11 22 33", "AA BB CC 11 22 33", Label.DEVICE),
    ("write mlopez77 ymail.com", "mlopez77 ymail.com", Label.EMAIL),
    ("a resident of Cedar Crest", "Cedar Crest", Label.LOCATION),
    ("a pediatrician in Choteau", "Choteau", Label.LOCATION),
    ("our school is Oak Hill", "Oak Hill", Label.LOCATION),
    ("i work on birch street", "birch street", Label.LOCATION),
    ("my house number is 1182", "1182", Label.LOCATION),
    ("Calle Luna 44, San Juan", "Calle Luna 44, San Juan", Label.LOCATION),
    ("to 77 Rue de la Paix, Lyon", "77 Rue de la Paix, Lyon", Label.LOCATION),
    ("deliver to unit 7, 44 kings court", "unit 7", Label.LOCATION),
    ("the one at 5th n pine", "5th n pine", Label.LOCATION),
    ("bed 2 at the Laurels", "the Laurels", Label.LOCATION),
]  # fmt: skip


@pytest.mark.parametrize(("text", "identifier", "label"), CASES)
def test_an_identifier_is_masked_whole_under_its_label(
    by_rule: Redactor, text: str, identifier: str, label: Label
) -> None:
    part = by_rule.redact([text]).parts[0]
    start = text.index(identifier)
    letters = [at for at in range(start, start + len(identifier)) if text[at].isalnum()]
    holding = [one for one in part.found if one.span.start <= start < one.span.end]

    assert all(any(one.span.start <= at < one.span.end for one in part.found) for at in letters)
    assert [one.label for one in holding] == [label]


@pytest.mark.parametrize(
    "text",
    [
        "is it HIPAA_authorization_2024.docx or release_of_information_v3.docx?",
        "coverage_denial_appeal_FINAL_final_2.docx is the one",
        "please look at bloodwork.png",
        "see portal_quickstart.pdf, SymptomDiary.pages and sqlagent.log",
        "label_printer_driver_zebra.zip needs rights",
        "Referral For Physical Therapy Never Arrived",
        "Immunization Form For Kindergarten",
        "Flu Shot Clinic Hours",
        "the sm@ll pink one",
        "i forgot both my username and password",
        "is the other location open or the main campus",
        "is the closest pharmacy open",
        "we live in the same house",
        "the dr will call",
        "be a good samaritan",
        "who plays in the chapel",
        "the bill says 300",
    ],
)
def test_what_identifies_nobody_stays(by_rule: Redactor, text: str) -> None:
    assert by_rule.redact([text]).parts[0].text.value == text


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("voicemail_5550187733.wav", "voicemail_[UNIQUE_ID_1].wav"),
        ("seen in March 2021 here", "seen in [DATE_1] here"),
        ("since last March it hurts", "since [DATE_1] it hurts"),
        ("href='tel:+14025550199'", "href='tel:[PHONE_1]'"),
        ("Passcode: k9Lm2x\\nLOCATION:Video", "Passcode: [CREDENTIAL_1]\\nLOCATION:Video"),
    ],
)
def test_nothing_beside_an_identifier_is_masked_with_it(by_rule: Redactor, text: str, redacted: str) -> None:
    assert by_rule.redact([text]).parts[0].text.value == redacted


def test_every_pattern_has_an_id_of_its_own() -> None:
    ids = [pattern.id for pattern in PATTERNS]

    assert len(ids) == len(set(ids))
    assert all(pattern.version >= 1 and 0 < pattern.score <= 1 for pattern in PATTERNS)


def test_no_expression_repeats_a_repetition_without_bound() -> None:
    # (x+)+ and (x*)* are what makes a matcher run for ever. Possessive or bounded inner repetitions are fine.
    nested = re.compile(r"(?<!\\)[+*][?]?\)(?:[+*]|\{\d+,\})")
    wild = [pattern.id for pattern in PATTERNS if nested.search(pattern.regex.pattern)]

    assert wild == []
    assert not nested.search(keep._KEEP.pattern)
