"""What identifies in the names of files and folders: names, dates, ids, the user's folder. The rest of a path stays.

"Okafor_James_MRI_2024-11-02.pdf" holds a name and a date; "intake_form_v7_FINAL.pdf" and "IMG_4471.HEIC" hold nothing.
"""

import re
from collections.abc import Iterator

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import EXTENSION, Rank
from vouchsafe.pipeline.redact.lexicon import lexicon, word_set
from vouchsafe.pipeline.redact.misspelling import is_misspelt
from vouchsafe.pipeline.redact.patterns.dates import MONTH
from vouchsafe.pipeline.redact.patterns.pattern import Part, Pattern

_NAME = r"[\w\-(),+.^'&@#]"
_PLAIN_FILE_WORDS = word_set(
    "img image images scan scans scanned dsc dscn dscf photo pic screenshot screen shot document documents "
    "doc docs file "
    "files untitled copy final new old page pages report reports result results lab labs form forms letter bill bills "
    "statement invoice card cards insurance front back mri xray xr cxr ct pet petct ekg ecg echo us blood "
    "test tests eob "
    "polst molst dnr advance directive path pathology tumor board her2 er pr notes note chart charts export "
    "exports backup "
    "temp tmp desktop downloads users user home shared share shares data db prod logo icon template draft "
    "version rev en "
    "es fr eng spa v a b c d x of in to and the for my our from by eval psych fmla hipaa release consent "
    "intake patient "
    "patients education asthma appt conf vm voicemail audio video vid whatsapp telegram signal download "
    "upload fax cover "
    "claims claim auth referral order orders rx meds med medication list history summary visit visits "
    "discharge avs ccd cda "
    "records record request mychart portal public private internal external policy procedure schedule roster "
    "spreadsheet "
    "budget slides deck presentation meeting minutes agenda flyer poster ad banner api static assets rad radiology "
    "cardiology oncology peds onc neuro ortho gi ob derm icu ed or nas fs srv print prn c program windows "
    "system appdata "
    "local roaming var log logs etc opt usr bin mnt media tumor wk week day am pm id dl ins ss dob mrn pt st rev vs w "
    "lumbar cervical thoracic spine brain pelvis abdomen chest knee hip ankle wrist molar dental mammogram mammo "
    "mammography ultrasound colonoscopy endoscopy biopsy contrast mris eeg emg dexa echo echocardiogram holter sleep "
    "signed unsigned sign esign fillable blank sample example signature initials attached attachment email emails "
    "inbox outbox template templates pacs dicom emr ehr epic cerner hl7 fhir lis ris sql mssql mysql postgres oracle "
    "server client router switch driver drivers installer update patch hotfix firmware zebra citrix vmware cisco dell "
    "lenovo dymo kronos omnicell pyxis macro autorun viewer readme changelog config settings thumbnail thumbnails "
    "cache archive inv po eod eom qtr fy misc todo attn faq howto walkthrough cheatsheet checklist worksheet "
    "questionnaire diary journal tracker logbook timesheet payslip paystub flowsheet handout brochure pamphlet "
    "signage symptom symptoms bp hr a1c cgm glucose insulin wound rash mole polyp stent pacemaker cpap"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_DATE = re.compile(
    rf"(?<![\dA-Za-z])(?:(?:19|20)\d{{2}}[-_. ]?\d{{2}}(?:[-_. ]?\d{{2}})?|"
    rf"\d{{1,2}}[-_.]\d{{1,2}}(?:[-_.](?:\d{{4}}|\d{{2}}))?|"
    rf"\d{{6}}|\d{{8}}|[01]\d[0-3]\d)(?![\dA-Za-z])|(?<![A-Za-z]){MONTH}[ _\-]?\d{{1,2}}(?:[ _\-]?(?:19|"
    rf"20)\d{{2}})?(?![\dA-Za-z])",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?<![A-Za-z\d])\d{2,4}(?:-\d{2,4}){2,4}(?![\d\-])|"
    r"(?<![A-Za-z\d])[A-Za-z]{0,4}-?\d{5,}[A-Za-z\d\-]{0,12}(?![A-Za-z\d])|"
    r"(?<![A-Za-z\d])[A-Z]{1,4}-\d{3,5}(?:-\d{1,4})?(?![\dA-Za-z])"
)
_CAMERA = re.compile(
    r"(?:img|dsc[nf]?|scan|image|photo|pxl|mvimg|vid|doc|screenshot|p)[ _\-]?\d{1,6}(?:[_\-~(]\d{1,4}\)?)?",
    re.IGNORECASE,
)
_VERSION = re.compile(r"(?<![A-Za-z])(?:v|ver|rev|r)\.?\d{1,3}(?:[.\-_]\d{1,3}){0,3}", re.IGNORECASE)


def identifying_parts(name: str, start: int) -> Iterator[Part]:
    """The places in a file or folder name that identify; `start` is where the name stands in the text."""
    taken: list[tuple[int, int]] = [one.span() for one in _CAMERA.finditer(name)] + [
        one.span() for one in _VERSION.finditer(name)
    ]
    for expression, label in ((_DATE, Label.DATE), (_CODE, Label.UNIQUE_ID)):
        for match in expression.finditer(name):
            if not _overlaps(match.span(), taken):
                taken.append(match.span())
                yield start + match.start(), start + match.end(), label
    for first, last in _names(name, taken):
        yield start + first, start + last, Label.NAME


def _overlaps(place: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    return any(place[0] < end and start < place[1] for start, end in taken)


def _names(name: str, taken: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Runs of words that read as names: "Okafor_James", "TORRES-J", "lindgren,maja"."""
    run: tuple[int, int] | None = None
    for word in _WORD.finditer(name):
        free = not _overlaps(word.span(), taken)
        near = run is not None and re.fullmatch(r"[ _\-,+.^]{1,2}", name[run[1] : word.start()]) is not None
        if free and (_is_name(word.group()) or (near and _may_continue(word.group()))):
            if run is not None and not near:
                yield run
            run = (run[0], word.end()) if run is not None and near else word.span()
            continue
        if run is not None:
            yield run
        run = None
    if run is not None:
        yield run


def _is_name(word: str) -> bool:
    lower, known = word.lower().removesuffix("'s"), lexicon()
    if len(lower) < 2 or lower in _PLAIN_FILE_WORDS or lower in known.medical:
        return False
    if known.is_name(lower) and (word[0].isupper() or not known.is_word(lower)):
        return True
    if known.is_word(lower) or lower in known.plain or is_misspelt(lower) or _is_joined(word):
        return False
    # Short capitals are abbreviations of the trade; a name of three letters and fewer must be known.
    return len(lower) > 3


def _is_joined(word: str) -> bool:
    """Whether two words of files or of the language are written as one: "quickstart", "SymptomDiary", "sqlagent"."""
    lower = word.lower()
    return any(_is_plain(lower[:at]) and _is_plain(lower[at:]) for at in range(3, len(lower) - 2))


def _is_plain(word: str) -> bool:
    known = lexicon()
    return word in _PLAIN_FILE_WORDS or (
        known.is_word(word) and not known.is_name(word) and word not in known.ambiguous
    )


def _may_continue(word: str) -> bool:
    """Whether a word beside a name belongs to it: an initial, a capitalised word that no list of file words holds."""
    lower, known = word.lower(), lexicon()
    if len(word) == 1:
        return word.isalpha()
    return (
        word[0].isupper() and lower not in _PLAIN_FILE_WORDS and lower not in known.medical and not known.is_word(lower)
    )


def _of_file(_text: str, match: re.Match[str]) -> Iterator[Part]:
    yield from identifying_parts(match.group("name"), match.start("name"))


def _of_folders(_text: str, match: re.Match[str]) -> Iterator[Part]:
    """Each folder of a path; the one after "Users" or "home" is somebody's user name, whatever it looks like."""
    before = ""
    for piece in re.finditer(r"[^\\/]+", match.group()):
        start = match.start() + piece.start()
        if before.lower() in {"users", "home", "profiles", "in"} and "." not in piece.group()[:1]:
            yield start, start + len(piece.group()), Label.UNIQUE_ID
        else:
            yield from identifying_parts(piece.group(), start)
        before = piece.group()


PATTERNS = (
    Pattern(
        "file/name",
        1,
        Label.UNIQUE_ID,
        Rank.SHAPE,
        0.85,
        re.compile(rf"(?<![\w\-(),+./\\^'])(?P<name>{_NAME}{{1,160}}?)\.{EXTENSION}(?![\w])", re.IGNORECASE),
        parts=_of_file,
    ),
    Pattern(
        "file/quoted",
        1,
        Label.UNIQUE_ID,
        Rank.SHAPE,
        0.85,
        re.compile(rf"[\"“](?P<name>[^\"“”\n]{{1,120}}?)\.{EXTENSION}[\"”]", re.IGNORECASE),
        parts=_of_file,
    ),
    Pattern(
        "file/path",
        1,
        Label.UNIQUE_ID,
        Rank.SHAPE,
        0.85,
        re.compile(
            r"(?<![\w/\\:])(?:[A-Za-z]:\\|\\\\|/(?:home|users|mnt|var|backup|data|share|shares|export|exports|"
            r"tmp|volumes)/)"
            rf"[^\s\"<>|*?]{{1,240}}(?:(?:[ ][\w\-.']{{1,30}}){{1,5}}?\.{EXTENSION}\b)?",
            re.IGNORECASE,
        ),
        parts=_of_folders,
    ),
)
