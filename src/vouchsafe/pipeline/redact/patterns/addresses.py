"""Places smaller than a state: streets, units, towns with state or post code, post codes, named facilities."""

import re

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import Rank
from vouchsafe.pipeline.redact.lexicon import lexicon, word_set
from vouchsafe.pipeline.redact.misspelling import is_misspelt
from vouchsafe.pipeline.redact.patterns.pattern import Pattern

STATE_CODES = tuple(
    sorted(
        word_set(
            "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE "
            "NV NH NJ NM NY NC ND OH OK OR PA RI "
            "SC SD TN TX UT VT VA WA WV WI WY DC PR AE AP AA"
        )
    )
)
STATE_NAMES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|"
    "Georgia|Hawaii|Idaho|Illinois|Indiana|"
    "Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|"
    "Mississippi|Missouri|Montana|Nebraska|"
    "Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|"
    "Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|"
    "Washington|West Virginia|Wisconsin|Wyoming"
)
_STATE = rf"(?:{'|'.join(STATE_CODES)}|{STATE_NAMES})"
_SUFFIX = (
    r"(?:Street|St|Avenue|Ave|Av|Boulevard|Blvd|Road|Rd|Lane|Ln|Drive|Dr|Court|Ct|Circle|"
    r"Cir|Place|Pl|Square|Sq|Terrace|Ter|"
    r"Trail|Trl|Parkway|Pkwy|Highway|Hwy|Way|Loop|Alley|Row|Crescent|Cres|Close|Grove|"
    r"Gardens|Hill|Heights|Ridge|Run|Pike|"
    r"Turnpike|Plaza|Path|Point|Bend|Expressway|Freeway|Route|Calle|Avenida|Strasse|Straße|Rue|Via)"
)
_SURE_SUFFIX = (
    r"(?:street|avenue|ave|boulevard|blvd|road|rd|lane|ln|court|parkway|pkwy|highway|hwy|terrace|crescent|st|dr|drive)"
)
_COUNTRY = (
    r"(?:USA|U\.S\.A?\.?|UK|United\sStates|United\sKingdom|Canada|Mexico|France|Germany|"
    r"Spain|Italy|Portugal|Ireland|England|Scotland|"
    r"India|China|Japan|Australia|Brazil|Poland|Netherlands|Belgium|Switzerland|Austria|Sweden|Norway|Denmark|Finland)"
)
_UNIT = r"(?:[,\s]{1,3}(?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|Room|Rm|Bldg|Building|Lot|No|#)\.?\s?#?\s?[\w\-]{1,8})"
_TOWN = r"[^\W\d_a-z][\w.'\-]{1,30}(?:[ ][^\W\d_a-z][\w.'\-]{1,30}){0,2}"
_TAIL = (
    rf"{_UNIT}?(?:[,\s]{{1,5}}(?!(?:{'|'.join(STATE_CODES)})"
    rf"\b){_TOWN})?(?:[,\s]{{1,5}}{_STATE}\b\.?)?(?:[,\s]{{1,5}}\d{{5}}(?:-\d{{4}})?(?!\d)"
    rf")?(?:,\s{_COUNTRY}\b)?"
)
_FACILITY = (
    r"(?:(?:Correctional|Nursing|Medical|Care|Treatment|Health|Rehab(?:ilitation)?)\s(?:Facility|Home|[Hh]ome|Complex)|"
    r"Chapel|Temple|Mosque|Synagogue|Apartments|Senior\sCenter|(?:[Tt]railer|RV|[Mm]obile\s[Hh]ome)\s[Pp]ark|"
    r"Casino|Resort|"
    r"Preschool|Kindergarten|Elem|Elementary|High|Middle|Pavilion|Correctional|Surgical|Counseling|Institute|"
    r"Orthop(?:a)?edics|Wellness|"
    r"Peds|Birth\sCenter|Regional|Daycare|Physical\sTherapy|Therapy|Family\sMedicine|Medicine|Dental\sGroup|"
    r"Eye\sCenter|"
    r"Vision|Rehab|[Mm]emory\s[Cc]are|[Nn]ursing|[Hh]ospice|[Rr]ehab|[Ii]maging|Dialysis|Infusion|Home\sHealth|"
    r"Hosp(?:ital)?|[Hh]ospital|[Cc]linics?|[Oo]ffice|Med\.?\s(?:Center|Ctr|Cntr)|"
    r"Health\sCare|HealthCenter|Gen|Medical\s(?:Center|Centre|Group|Associates|Plaza)|"
    r"Health\s(?:Center|Centre|System|Clinic|Partners)|"
    r"Healthcare|Health|Med(?:ical)?|Pharmacy|Infirmary|Hospice|Nursing\s(?:Home|Center)|"
    r"Rehab(?:ilitation)?(?:\sCenter)?|Surgery\sCenter|"
    r"Urgent\sCare|Cancer\sCenter|Heart\sCenter|Care\sCenter|Memorial|General|Dental|"
    r"Dermatology|Cardiology|Oncology|Pediatrics|"
    r"Orthopedics|Imaging|Laborator(?:y|ies)|Manor|Assisted\sLiving|Senior\sLiving|"
    r"High\sSchool|Elementary(?:\sSchool)?|"
    r"Middle\sSchool|School|University|College|Academy|Church|Prison|Jail|Shelter|"
    r"Library|Airport|Mall|County|Township|Parish)"
)
_CAPITAL = r"(?:St\.\s|Mt\.\s|[A-Z][\w'&.\-]{0,30}[\w]\s|[A-Z]{2,6}\s)"
_LEADING = re.compile(
    r"(?:(?:The|His|Her|Their|Admissions|Internal|Infectious|Sports|Nuclear|Sleep|Pain|Palliative|Physical|Speech|Respiratory|Massage|"
    r"Teh|Nurse'?s|Doctor'?s|A|An|My|Our|Your|At|In|To|From|For|Of|And|Or|Is|Are|Was|Does|Do|Did|Can|"
    r"Could|Will|Would|Hi|Hello|Dear|Mental|Public|"
    r"Behavioral|Home|Women'?s|Men'?s|Private|Local|Nearest|New|Outpatient|Inpatient|"
    r"Emergency|Primary|Digital|Global|Your|"
    r"Electronic|Community|Family|Occupational|Which|What|When|Where|Why|How|This|That|If|Contact|Call|Please)\s)+"
)


def _named_facility(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """The facility without words that only lead up to it; nothing is left of "The Health Center"."""
    start, end = match.span()
    leading = _LEADING.match(text, start, end)
    start = leading.end() if leading else start
    for joint in _TITLE_JOINT.finditer(text, start, match.start("kind")):
        start = joint.end()
    words = _sense(text[start : match.start("kind")])
    known = lexicon()
    telling = any(not (word in _OF_A_HEADING or word in _GENERIC or word in known.medical) for word in words)
    return (start, end) if telling else None


_TITLE_JOINT = re.compile(r"\b(?:For|With|From|In|At|About|To|By|On|Before|After|During|Without|Not|Is|Needed|Needs)\s")
"""Parts the words of a heading: "Referral For Physical Therapy" names no place."""
_OF_A_HEADING = word_set(
    "appointment appointments request requests referral referrals form forms shot shots vaccine vaccines vaccination "
    "immunization test tests bill bills billing question questions letter letters visit visits consult order orders "
    "record records refill refills result results schedule scheduling reschedule cancel change issue problem error "
    "update note notes follow up next last new urgent stat pre post op annual weekly monthly daily free flu covid walk "
    "in drive thru wrong lost missing late early more any all other another same second first third night weekend "
    "after hours holiday seasonal your our my"
)


def _lower_street(_text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """A street in lower case: its name may not be an everyday word ("2 kids on the road")."""
    named = match.group("named").lower().split()
    return None if all(lexicon().is_word(word) and word not in _STREET_WORDS for word in named) else match.span()


_STREET_WORDS = word_set(
    "main first second third fourth fifth sixth park church high school north south "
    "east west apple green hill lake river spring "
    "water center court cherry walnut pine oak maple elm cedar washington house mill station bridge"
)


_INFLECTED = re.compile(r"(?:ed|ing|tions?|sions?|ly|ments?|ness|[ai]ble|ive|ous|ical|ism|ists?|ity|ize|ised?)$")
"""Ends of words of the language, which towns seldom have."""
_TOWN_END = re.compile(r"(?:ville|ton|field|burg|dale|wood|port|ford|view|ham|land|stead|brook|shire|haven)$")


def _unexplained_place(_text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """A word in small letters that is no word, drug or slip that we know of."""
    word, known = match.group("place"), lexicon()
    # A town seldom has an article: "in the chapel".
    if _INFLECTED.search(word) or (match.group("article") and not _TOWN_END.search(word)):
        return None
    explained = known.is_word(word) or word in known.plain or word in known.medical
    explained = explained or is_misspelt(word) or is_misspelt(word.removesuffix("s"))
    return None if explained or known.is_name(word) or word in _GENERIC else match.span("place")


_WORDLIKE_STATES = frozenset(
    {"IN", "OR", "ME", "HI", "OK", "OH", "PA", "MA", "LA", "DE", "CO", "AL", "ID", "AS", "MO", "NE", "PR"}
)
"""State codes that are words in small letters."""
_DIRECTION = r"(?:[NSEW]|NE|NW|SE|SW|North|South|East|West|Northeast|Northwest|Southeast|Southwest)\.?"
_UNIT_SAID = (
    r"(?:[,\s]{1,3}(?:apt|apartment|suite|ste|unit|floor|fl|bldg|building|lot|space|trailer|#)\.?\s?#?\s?"
    r"[\w\-]{1,6}(?:\slike\s\w{2,10})?)"
)
_GENERIC = word_set(
    "urgent care emergency department customer service services patient portal billing physical therapy "
    "medical records "
    "front desk intensive unit labor delivery radiology pharmacy lab laboratory insurance support help team "
    "health home "
    "surgery primary hospital clinic office center room floor waiting parking reception human resources information "
    "technology internet outlook excel word google apple amazon zoom teams windows chrome mychart epic cerner "
    "occupational "
    "case management social work housekeeping infectious disease communion advent quality central "
    "registration admissions admitting scheduling security engineering "
    "housekeeping dietary cardiology oncology neurology urology dermatology pediatrics orthopedics gastroenterology "
    "english spanish french german chinese russian arabic polish vietnamese korean portuguese hindi medicare medicaid "
    "monday tuesday wednesday thursday friday saturday sunday christmas easter thanksgiving january february "
    "march april "
    "may june july august september october november december north south east west university financial assistance "
    "blood bank operating recovery step stage level building entrance gate deck lot garage elevator nurse "
    "nurses station "
    "risk privacy compliance access virtual visit telehealth app store play facebook instagram twitter youtube reddit "
    "medication medications refill mail delivery order express first class dear god jesus covid flu botox the "
    "a an my your "
    "our i dr mr mrs ms miss st prior authorization explanation benefits open enrollment family medicine internal"
)
_SENIOR_PLACES = (
    r"(?:Cedars|Willows|Gables|Arbors|Meadows|Oaks|Pines|Elms|Maples|Birches|Palms|Laurels|Lakes|Springs|"
    r"Gardens|Heights|"
    r"Villas|Terraces?|Commons|Landing|Pointe|Ridge|Woods|Groves?|Orchards?|Highlands|Fountains|Waterford|Vineyards?|"
    r"Bluffs|Cottages|Village|Manor|Harbou?r|Overlook|Preserve|Hills|Glen|Waters|Residences?|Chateau|Bridges|"
    r"Sycamores?|"
    r"Magnolias?|Junipers?|Aspens?|Firs|Heritage|Renaissance|Atrium|Courtyards?|Crossings?)"
)
_LOWER_FACILITY = (
    r"(?:rehab|nursing(?:\shome)?|high(?:\sschool)?|preschool|academy|hospice|daycare|day\scare|"
    r"elem(?:entary)?(?:\sschool)?|middle\sschool|high\sschool|"
    r"preschool|memory\scare|assisted\sliving|senior\sliving|pediatrics|peds|dental|ortho|imaging|"
    r"infusion(?:\s(?:place|center|"
    r"suite))?|dialysis(?:\scenter)?|pharmacy|medical\scenter|med\sctr|hospital|clinic|correctional|"
    r"county(?:\sjail)?|manor|"
    r"birth\scenter|surgery\scenter|urgent\scare|library|church|rehabilitation|family\spractice|family\smedicine)"
)
_CAPITALS = r"[A-ZÀ-Þ][\w'’.&\-]{0,30}(?:\s(?:[A-ZÀ-Þ][\w'’&\-]{0,30}|of|the|and|at|de|la|del|or)){0,4}"


def _sense(words: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", words.lower().replace("'s", "")) if len(word) > 1]


def _named_place(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """A run of capitals that names no department, language, weekday or service; small words at its end cut off."""
    start, end = match.span("place")
    end = start + len(re.sub(r"(?:\s(?:of|the|and|at|de|la|del|or))+$", "", text[start:end]).rstrip("."))
    words = _sense(text[start:end])
    if not words or any(word in _GENERIC or word in lexicon().medical for word in words):
        return None
    known = lexicon()
    return (start, end) if len(words) > 1 or not known.is_word(words[0]) or words[0] in known.ambiguous else None


def _lower_facility(_text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """A facility in small letters: the words before its kind, if they are no part of the sentence."""
    start, end = match.span("place")
    named = list(re.finditer(r"\S+", match.group("named")))
    while named and named[0].group() in _LEADING_WORDS:
        named = named[1:]
    words = [word.group() for word in named]
    if not words or any(word in _LEADING_WORDS or word in _GENERIC for word in words):
        return None
    if all(is_misspelt(word) for word in words):
        return None
    return (start + named[0].start(), end)


def _lower_branch(_text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """A branch in small letters: no word of its name says only where or which it is."""
    words = match.group("named").split()
    kept = words if len(words) > 1 else [one for one in words if not lexicon().is_word(one)]
    if not kept or any(one in _LEADING_WORDS - _DIRECTIONS or one in _GENERIC - _DIRECTIONS for one in words):
        return None
    return (
        None
        if all(one in _DIRECTIONS for one in words) or all(is_misspelt(one) for one in words)
        else match.span("place")
    )


_DIRECTIONS = word_set("north south east west upper lower")


def _unusual_facility(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """A facility in small letters without a word of place before it: one of its words must be no plain word."""
    known = lexicon()
    words = [word for word in _sense(match.group("named")) if word not in _LEADING_WORDS]
    plain = [known.is_word(one) or one in known.medical or _INFLECTED.search(one) or is_misspelt(one) for one in words]
    return None if all(plain) else _lower_facility(text, match)


def _lower_home(_text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """A house with a name in small letters; "the same house" and "senior apartments" have none."""
    named = match.group("named")
    return None if named in _LEADING_WORDS or named in _GENERIC or named in _OF_A_HOUSE else match.span("place")


_OF_A_HOUSE = word_set(
    "same senior apartment group brick white blue red yellow green halfway guest own parents moms dads sisters "
    "brothers friends subsidized low income section gated two three one story housing public student retirement "
    "assisted care safe half way open sober mother's father's sister's brother's son's daughter's"
)
_LEADING_WORDS = word_set(
    "the a an my your our his her their this that which what any at in to from for of and or is are was by "
    "with near on "
    "no new old same other another local nearest closest your do does did can could i we you he she they it its not if "
    "open call called calling outpatient inpatient children's women's public private mental behavioral home community "
    "good best free big small main each every some online walk walk-in fax faxed sent send pls please 2 4 n u r ur w "
    "go going went see saw need needs use used like there here when where why how who about into onto after before "
    "current previous former retail mail pain sleep skilled elder long term their dis dat da tha shared network"
    " hard disk im ive she's he's it's"
    " cant dont wont didnt doesnt couldnt wouldnt shouldnt isnt wasnt arent youre theyre"
    " right wrong exact correct first second third fourth last north south east west upper lower downtown drop pickup"
    " pick-up actual gps your store bank"
)


def _place(
    name: str, expression: str, *, score: float, group: int = 0, flags: int = 0, rank: Rank = Rank.SHAPE
) -> Pattern:
    return Pattern(f"address/{name}", 1, Label.LOCATION, rank, score, re.compile(expression, flags), group=group)


PATTERNS = (
    Pattern(
        "address/at-capitals",
        1,
        Label.LOCATION,
        Rank.SHAPE,
        0.75,
        # Where somebody is, was or goes: "was at Valley View", "transferred from Good Samaritan to Kessler Pavilion".
        re.compile(
            r"\b(?:(?i:was|is|been|are|were|am|he's|she's|i'm|stays?|staying|first|then|now|dad|mom|her|him|me|"
            r"it|patients?|"
            r"over|out|back|starts?|started|teacher|works?|job|born|tonsils|surgery|seen|hospital|records?|"
            r"chart|charts|"
            r"transferred|sent|moved|came|gone|goes|go|went|transport|pickup|delivered|bed|inmate|resident|admitted|"
            r"discharged?|school|nurse|aide|guard|student)\s){1,2}(?:(?i:right|over|up|down|out|back|here|"
            r"there|currently|not)\s)?"
            rf"(?:at|to|from|into|near|by)\s(?:[Tt]he\s|[Yy]our\s|[Oo]ur\s)?(?P<place>{_CAPITALS})"
        ),
        trim=_named_place,
    ),
    Pattern(
        "address/from-to-capitals",
        1,
        Label.LOCATION,
        Rank.SHAPE,
        0.75,
        re.compile(rf"\bfrom\s[A-Z][\w'. ]{{2,40}}?\sto\s(?P<place>{_CAPITALS})"),
        trim=_named_place,
    ),
    Pattern(
        "address/lower-facility",
        1,
        Label.LOCATION,
        Rank.SHAPE,
        0.75,
        re.compile(
            rf"\b(?:at|to|2|from|frm|in|near|by|outside)\s(?:the\s|"
            rf"da\s)?(?P<place>(?P<named>[a-z][a-z'\-]{{1,20}}(?:\s[a-z][a-z'\-]{{1,20}}){{0,2}}?)\s{_LOWER_FACILITY})\b"
        ),
        trim=_lower_facility,
    ),
    Pattern(
        "address/lower-facility-alone",
        1,
        Label.LOCATION,
        Rank.SHAPE,
        0.7,
        # "the maplewood pharmacy says ..."
        re.compile(
            r"\b(?:the|our|is|called|call)\s(?P<place>(?P<named>[a-z][a-z'\-]{2,20}(?:\s[a-z][a-z'\-]{2,20})?)\s"
            rf"{_LOWER_FACILITY})\b"
        ),
        trim=_unusual_facility,
    ),
    Pattern(
        "address/lower-branch",
        1,
        Label.LOCATION,
        Rank.SHAPE,
        0.7,
        # "the north fork location", "your dunmore branch"
        re.compile(
            r"\b(?:the|your|ur|ya'lls|yalls)\s(?P<place>(?P<named>[a-z][a-z'\-]{2,20}(?:\s[a-z][a-z'\-]{2,20})?))\s"
            r"(?:location|branch|campus)\b"
        ),
        trim=_lower_branch,
    ),
    Pattern(
        "address/lower-home",
        1,
        Label.LOCATION,
        Rank.SHAPE,
        0.7,
        re.compile(
            r"\b(?:lives?|living|stay(?:s|ing)?|resides?|moved|resident)\s(?:\w{2,5}\s)?(?:in|at|into|of|is)\s(?:the\s)?"
            r"(?P<place>(?P<named>[a-z][a-z'\-]{2,15})\s(?:arms|apartments|apts|towers?|village|estates|commons|house|lofts|"
            r"villas?|gardens|plaza|terrace|manor|heights|trailer\spark|mobile\shome\spark))\b"
        ),
        trim=_lower_home,
    ),
    _place(
        "sacred-lower",
        r"(?<!\ba\s)\b(?:our\slady\sof\s(?:the\s)?[a-z]{3,15}|sacred\sheart|good\ssamaritan|"
        r"holy\s(?:cross|name|family|redeemer|spirit|trinity)|bon\ssecours|mercy\sgeneral|"
        r"(?:st\.?|saint)\s[a-z]{3,12}'?s?\s(?:hospital|clinic|medical|school|rehab))\b",
        score=0.8,
    ),
    Pattern(
        "address/named-branch",
        1,
        Label.LOCATION,
        Rank.SHAPE,
        0.8,
        # "the Maple Grove location", "your Flatlands Ave office", "the Lakeview infusion place"
        re.compile(
            r"\b(?:[Tt]he|[Yy]our|[Oo]ur|[Aa]t|[Tt]heir)\s(?P<place>(?:[A-Z][\w'&.\-]{1,30}\s){1,3})"
            r"(?=(?:location|branch|site|campus|office|clinic|hospital|library|infusion|place|center|lab|"
            r"facility|store|"
            r"pharmacy|church|school|exit|area|neighborhood|reservation|hospice|memory\scare|rehab|nursing|"
            r"daycare|shelter|gym|jail)\b)"
        ),
        trim=_named_place,
    ),
    _place(
        "senior-place",
        rf"\b[Tt]he\s(?:[A-Z][a-z]{{2,20}}\s)?{_SENIOR_PLACES}\b(?:\s(?:at|of|"
        rf"on)\s(?:the\s)?[A-Z][\w'\-]{{1,30}}(?:\s[A-Z][\w'\-]{{1,30}}){{0,2}})?",
        score=0.8,
    ),
    _place(
        "public-school",
        r"\b(?:P\.?S\.?|I\.?S\.?|M\.?S\.)\s?#?\d{1,3}\b|\bCamp\s[A-Z][a-z]{2,20}\b|\bFort\s[A-Z][a-z]{2,20}\b|"
        r"\bFt\.?\s[A-Z][a-z]{2,20}\b",
        score=0.75,
    ),
    Pattern(
        "address/at-two-capitals",
        1,
        Label.LOCATION,
        Rank.SHAPE,
        0.7,
        re.compile(
            r"\b(?:at|resident\sof|inmate\sat|student\sat)\s(?:[Tt]he\s)?"
            r"(?P<place>[A-ZÀ-Þ][\w'’&\-]{1,30}\s(?:of\s|the\s|or\s|de\s|"
            r"la\s){0,2}[A-ZÀ-Þ][\w'’&\-]{1,30}(?:\s[A-ZÀ-Þ][\w'’&\-]{1,30})?)"
        ),
        trim=_named_place,
    ),
    Pattern(
        "address/in-capitals",
        1,
        Label.LOCATION,
        Rank.MODEL,
        0.65,
        re.compile(
            r"\b(?:in|near|from|outside|around|at)\s(?:[Tt]he\s)?"
            r"(?P<place>[A-ZÀ-Þ][a-zà-ÿ'’\-]{2,30}(?:\s(?:or\s|of\s|de\s|la\s|"
            r"del\s)?[A-ZÀ-Þ][a-zà-ÿ'’\-]{2,30}){0,2})(?![\w'’@\-])"
        ),
        trim=_named_place,
    ),
    Pattern(
        "address/called",
        1,
        Label.LOCATION,
        Rank.SHAPE,
        0.75,
        re.compile(
            r"\b(?:daycare|preschool|church|nursing\shome|hospice|school|clinic|hospital|pharmacy|camp|"
            r"facility|rehab|shelter)"
            r"(?:,?\s(?:is|called|named|was))?\s(?P<place>[A-Z][a-z'’]{2,20}(?:\s[A-Z][a-z'’]{2,20}){1,2})(?![\w@])"
        ),
        trim=_named_place,
    ),
    Pattern(
        "address/street-named",
        1,
        Label.LOCATION,
        Rank.SHAPE,
        0.75,
        re.compile(
            r"\b(?:on|off|at|near|to|of|and)\s(?P<place>(?P<named>[a-z]{3,15}(?:\s[a-z]{3,15})?)\s"
            r"(?:street|avenue|ave|road|rd|lane|ln|blvd|boulevard|drive|parkway|pkwy|highway))(?!\w)"
        ),
        trim=_lower_facility,
    ),
    _place(
        "house-number", r"\bhouse\s(?:number|no\.?|nr|#)\s?(?:is\s|was\s)?(\d{1,6}[A-Za-z]?)\b", score=0.85, group=1
    ),
    _place(
        "street-first",
        r"\b(?:Calle|Rue|Via|Avenida|Av\.|Carrera|Rua|Camino|Paseo|Piazza|Calzada)\s(?:de\s|del\s|du\s|des\s|"
        r"la\s|las\s|los\s){0,3}"
        r"[A-ZÀ-Þ][\w\-]{1,20}(?:\s[A-ZÀ-Þ][\w\-]{1,20})?(?:,?\s(?:#|"
        r"[Nn]o\.?\s)?\d{1,5})?(?:,\s[A-ZÀ-Þ]\w{2,20}(?:\s[A-ZÀ-Þ]\w{2,20})?)?",
        score=0.85,
    ),
    _place(
        "number-street-first",
        r"(?<![\w$])\d{1,4},?\s(?:[Rr]ue|[Vv]ia|[Cc]alle|[Aa]venida|[Aa]venue|[Bb]oulevard|[Pp]lace)\s(?:de\s|"
        r"du\s|des\s|la\s|le\s|del\s|della\s){0,3}"
        r"[A-ZÀ-Þ][\w\-]{1,20}(?:,\s[A-ZÀ-Þ]\w{2,20})?",
        score=0.9,
    ),
    _place(
        "unit-before-number",
        r"\b(?:apt|apartment|unit|suite|ste|flat|lot|space|trailer)\s#?\d{1,5}[a-z]?\b(?=,?\s(?:at\s)?\d)",
        score=0.8,
        flags=re.IGNORECASE,
    ),
    _place(
        "crossing-lower", r"\b(?:at|on|near)\s(\d{1,3}(?:st|nd|rd|th)\s(?:n|and|&)\s[a-z]{3,12})\b", score=0.8, group=1
    ),
    _place(
        "sacred",
        r"\b(?:Our\sLady\sof\s(?:the\s)?[A-Z]\w{2,20}(?:\s[A-Z]\w{2,20})?|Sacred\sHeart|Good\sSamaritan|"
        r"Holy\s[A-Z][a-z]{2,20}|Bon\sSecours)\b(?:\s(?:Hospital|Parish|School|Medical|Center)){0,2}",
        score=0.85,
    ),
    _place(
        "children-of",
        r"\b(?:Children'?s|Women'?s|Veterans|VA|University|Memorial|Mercy|St\.?\s[A-Z]\w+)\s(?:of|at|"
        r"in)\s[A-Z][a-z]{2,20}\b|\bMemorial\s(?:North|South|East|West)\b|\b[Mm]ercy\s(?:[Nn]orth|[Ss]outh|"
        r"[Ee]ast|[Ww]est)\b",
        score=0.8,
    ),
    _place(
        "street",
        rf"(?<![\w$.])\d{{1,6}}(?:[\-/]\d{{1,5}})?[A-Za-z]?,?\s(?:[NSEW]{{1,2}}\.?\s|(?:North|"
        rf"South|East|West)\s)?(?:[^\W_a-z][\w'.\-]{{0,30}}\s|\d{{1,3}}(?:st|nd|rd|th)\s|"
        rf"(?:of|de|la|del|the)\s){{1,5}}?{_SUFFIX}\b\.?(?:\s(?:[NSEW]{{1,2}}|North|South|"
        rf"East|West)\b)?{_TAIL}",
        score=0.97,
    ),
    Pattern(
        "address/street-lower",
        1,
        Label.LOCATION,
        Rank.SHAPE,
        0.85,
        re.compile(
            rf"(?<![\w$.])\d{{1,6}}\s(?:[nsew]\.?\s|(?:north|south|east|west)"
            rf"\s)?(?P<named>[a-z][\w'\-]{{1,30}}(?:\s[a-z][\w'\-]{{1,30}})?|\d{{1,3}}(?:st|nd|rd|"
            rf"th))\s{_SURE_SUFFIX}\b\.?(?:{_UNIT})?",
            re.IGNORECASE,
        ),
        trim=_lower_street,
        needs_digit=True,
    ),
    _place(
        "street-only",
        r"\b(?:on|at|of|near|to|and|&)\s((?:[NSEW]\.?\s)?(?:[A-Z][\w'\-]{1,30}\s|"
        r"\d{1,3}(?:st|nd|rd|th)\s){1,3}(?:Street|Avenue|Ave|Boulevard|Blvd|Road|Rd|Lane|Ln|"
        r"Drive|Court|Parkway|Highway|St)\b\.?)",
        score=0.9,
        group=1,
    ),
    _place(
        "direction",
        rf"(?<![\w$.\-/])\d{{2,6}}\s(?:{_DIRECTION}|(?i:north|south|east|west))\s(?!(?i:of|and|or|side|wing|"
        rf"tower|is|to|on)\b)"
        rf"[A-Za-z][\w'\-]{{2,30}}(?:\s(?i:st|ave?|rd|dr|ln|blvd|ct|pl|way|street|avenue|road|drive|"
        rf"lane)\b\.?)?(?i:{_UNIT_SAID})?{_TAIL}",
        score=0.85,
    ),
    _place(
        "direction-lower",
        rf"(?<![\w$.\-/])\d{{3,6}}\s[nsew]\s(?!(?:of|and|or|the|my|to|on|i|he|she|we|it|no|not)\b)[a-z][\w'\-]{{2,30}}"
        rf"(?:\s(?:st|ave?|rd|dr|ln|blvd|ct|pl|"
        rf"way)\b)?{_UNIT_SAID}?(?:,?\s[a-z]{{3,20}},?\s(?:{'|'.join(STATE_CODES).lower()})\s\d{{5}})?",
        score=0.8,
    ),
    _place(
        "half-direction",
        r"(?<![\w$.\-/])\d{3,6}\s(?:NE|NW|SE|SW|[NSEW])\b(?!\s?[=:/])\.?(?:\s[A-Z][a-z]{2,20})?",
        score=0.7,
    ),
    _place(
        "before-unit",
        r"(?<![\w$.\-/])\d{2,6}\s(?:[a-z][\w'\-]{2,20}\s){1,3}?(?:apt|apartment|suite|ste|"
        r"unit)\b\.?\s?#?\s?[\w\-]{1,6}",
        score=0.8,
        flags=re.IGNORECASE,
    ),
    _place(
        "unit-at",
        r"\b(?:apt|apartment|unit|suite)\s[\w\-]{1,5}\s(?:at|,)\s(\d{2,6}\s(?:\w{3,20}\s){1,2}\w{3,20})",
        score=0.7,
        group=1,
        flags=re.IGNORECASE,
    ),
    _place(
        "lives-at",
        r"\b(?i:live|lives|lived|living|stay|staying|stays|home|house|reside|resides|address|mail|mailed|moved|"
        r"move|deliver|"
        r"delivered|ship|shipped|send|sent|located|pick\s(?:me|her|him)\sup|parcel|recieve|"
        r"receive)\b[^.\n\d]{0,24}?\s(?i:at|to|is|@|:)\s"
        rf"(?=\d{{1,6}}[A-Za-z]?\s)(?P<place>\d{{1,6}}[A-Za-z]?\s(?!(?:am|pm|of|the|a|other|more|different|"
        rf"people|weeks?|days?|hours?|"
        rf"months?|years?|times|pills?|tablets?|mg|ml|places?|doctors?|percent|minutes|patients?|in|and|or|for|"
        rf"degrees|o'clock)\b)"
        rf"[A-Za-z][\w'\-]{{1,30}}(?:\s(?!(?:and|or|but|for|is|was|i|we|he|she|they|so|not|now|since|with|"
        rf"because|please|pls|should|can|"
        rf"my|the|that|if|when|she's|he's)\b)[A-Za-z][\w'\-]{{0,30}}){{0,3}}{_UNIT_SAID}?{_TAIL})",
        score=0.8,
        group=1,
        rank=Rank.KEYED,
    ),
    _place(
        "at-number-name",
        rf"\b(?:at|to|near|from|address:?|is|"
        rf"Where:[^\n]{{0,60}},)\s(\d{{2,5}}\s(?!(?:{'|'.join(STATE_CODES)})\b)[A-Z][a-z][\w'\-]{{2,30}}(?:\s[A-Z][\w'\-]{{1,30}})?)(?![\w@])",
        score=0.7,
        group=1,
    ),
    _place(
        "unit-number-name",
        rf"\b(?:Apt|Apartment|Unit|Suite|Ste|Flat|Lot|Fl|"
        rf"Floor)\.?\s?#?[\w\-]{{1,6}},\s\d{{1,6}}\s[A-Z][\w'\-]{{1,30}}(?:\s[A-Z][\w'\-]{{1,30}}){{0,3}}{_TAIL}",
        score=0.85,
    ),
    _place(
        "number-name-then-town",
        r"(?:,|\bat)\s(\d{1,5}\s[A-Z][a-z][\w'\-]{1,30}(?:\s[A-Z][\w'\-]{1,30}){0,2},\s[A-Z][a-z][\w'\-]{2,30})(?![\w@])",
        score=0.7,
        group=1,
    ),
    _place(
        "crossing",
        r"\b((?:\d{1,3}(?:st|nd|rd|th)|[A-Z][a-z]{2,20})\s(?:and|&)\s(?:\d{1,3}(?:st|nd|rd|th)|[A-Z][a-z]{2,20})"
        r"(?=\s(?:St|Street|Ave|Avenue|Rd|Road)\b)|\d{1,3}(?:st|nd|rd|th)\s(?:and|&)\s[A-Z][a-z]{2,20}|"
        r"(?<=corner of )[A-Z\d][\w]{1,20}\s(?:and|&)\s[A-Z\d][\w]{1,20})",
        score=0.85,
        group=1,
    ),
    _place(
        "on-numbered",
        r"\b(?:on|off)\s((?:East|West|North|South|[NSEW]\.?)\s\d{1,3}(?:st|nd|rd|th)?)\b",
        score=0.8,
        group=1,
    ),
    _place(
        "rural",
        r"(?<![\w$.])(?:\d{1,6}\s)?(?:rural\sroute|county\sroad|county\srd|state\sroute|star\sroute|route|"
        r"rte|highway|hwy|interstate|"
        r"farm\sroad|mile\smarker|fire\slane)\s#?\d{1,5}\b(?:,?\s(?:box|lot|unit|"
        r"space)\s\d{1,5})?(?:,\s[A-Z][\w'\-]{1,30}(?:\s[A-Z][\w'\-]{1,30})?)?",
        score=0.85,
        flags=re.IGNORECASE,
    ),
    _place(
        "rural-box",
        rf"\b(?:RR|R\.R\.|RFD|HC|HCR)\s?#?\d{{1,3}},?\s(?:box|bx)\s\d{{1,6}}{_TAIL}",
        score=0.95,
        flags=re.IGNORECASE,
    ),
    _place(
        "box",
        rf"(?:\b(?:p\.?\s?o\.?\s?b[ox]{{1,2}}|PMB|(?<=to )Bo?x|Bx|(?<=address: )Box)\s#?\d{{1,8}}|"
        rf"\bBox\s\d{{1,6}}(?=,\s[A-Z])){_TAIL}",
        score=0.9,
        flags=0,
    ),
    _place("box-lower", rf"\b(?:po|p\.o\.)\s?b[ox]{{1,3}}\s#?\d{{1,8}}{_TAIL}", score=0.9, flags=re.IGNORECASE),
    _place("mile-marker", r"\b\d{1,4}\sMile\sMarker(?:,\s[A-Z][a-z]+)?", score=0.85),
    _place(
        "after-comma",
        r"\b(?:daycare|day\scare|school|clinic|hospital|pharmacy|preschool|employer|church|facility|"
        r"nursing\shome|hospice|rehab|"
        r"camp|gym|lab|shelter|academy),\s([A-Z][\w'&]{1,30}(?:\s[A-Z][\w'&]{1,30}){0,3})(?=[,.;\n]|$)",
        score=0.75,
        group=1,
        rank=Rank.MODEL,
    ),
    _place("exit", r"\b(?i:exit)\s?(\d{1,4})\b(?=\s(?:off|in|near|past|by|from|and|to|on)\b)", score=0.7, group=1),
    _place("interstate", r"\b(?:I-\d{1,3}|US-\d{1,3})\b", score=0.6),
    _place(
        "shop-number",
        r"\b(?:Walgreens|CVS|Rite\sAid|Walmart|Costco|Kroger|pharmacy|clinic|store|office|branch|"
        r"hospital)\s(?:at\s|on\s|@\s)?"
        r"(\d{2,5}\s[A-Z][a-z][\w'\-]{2,30})",
        score=0.75,
        group=1,
    ),
    _place(
        "town-post-code",
        r"(?<![\w$])([A-Z][a-z]{2,20}(?:\s[A-Z][a-z]{2,20})?,?\s\d{5})(?![\w\-%]|[.,]\d)",
        score=0.6,
        rank=Rank.MODEL,
        group=1,
    ),
    _place(
        "town-state-lower",
        rf"\b(?:in|from|to|of|near|lane|st|rd|ave|dr|ln|street|road|drive|avenue|"
        rf"live),?\s([a-z]{{3,20}}(?:\s[a-z]{{3,20}})?,?\s"
        rf"(?:{'|'.join(code.lower() for code in STATE_CODES if code not in _WORDLIKE_STATES)})"
        rf"(?:\s\d{{5}})?)(?![\w'])",
        score=0.8,
        group=1,
    ),
    _place(
        "town-state-post-code-lower",
        rf"\b([a-z]{{3,20}}(?:\s[a-z]{{3,20}})?,?\s(?:{'|'.join(STATE_CODES).lower()})\s\d{{5}})(?!\w)",
        score=0.8,
        group=1,
    ),
    _place(
        "number-usual-street",
        r"\b(?:at|to|addr|address)\s(\d{2,5}\s(?:main|oak|elm|maple|cedar|pine|walnut|cherry|birch|sycamore|"
        r"magnolia|washington|"
        r"lincoln|jefferson|madison|jackson|lake|hill|park|spring|river|church|mill|first|second|third|"
        r"broadway|sunset|highland|"
        r"franklin|center|forest|willow|spruce|poplar|hickory|locust|chestnut|grand|market|union|state|court|bridge)\b)"
        r"(?!\s(?:people|patients|percent))",
        score=0.75,
        group=1,
        flags=re.IGNORECASE,
    ),
    _place(
        "from-to",
        r"\b(?:from|to)\s([A-Z][\w'’\-]{2,30}(?:\s[A-Z][\w'’\-]{2,30}){0,3})(?=\s(?:to|was|is|and|from)\b|[.,?!]|$)",
        score=0.7,
        group=1,
        rank=Rank.MODEL,
    ),
    _place(
        "saint-lower",
        r"\b(?:at|to|in|from|near)\s((?:st\.?|saint|mt\.?|mount)\s[a-z]{3,15}(?:'s)?)\b",
        score=0.8,
        group=1,
    ),
    Pattern(
        "address/lower-town",
        1,
        Label.LOCATION,
        Rank.SHAPE,
        0.6,
        # A word that no list explains where a place would stand: "i stay in tupelo".
        re.compile(
            r"\b(?:at|in|from|frm|near|outside\sof|outside|to|2|around|thru|through)\s(?P<article>the\s)?"
            r"(?P<place>[a-z]{4,23})(?![\w'@.\-])"
        ),
        trim=_unexplained_place,
    ),
    _place("unit-of-army", r"\b(?:HHC|HHB|HHD|[A-D]\sCo|Co\s[A-D])\s[\d\-/]{1,8}(?=,)", score=0.85),
    _place(
        "european",
        rf"\b[A-Z][\w\-]{{2,30}}(?:straße|strasse|str\.|gasse|weg|platz|gatan|vägen|vej|laan|"
        rf"straat|katu|tie)\s\d{{1,4}}[a-z]?\b{_TAIL}",
        score=0.9,
    ),
    _place("po-box", rf"\bP\.?\s?O\.?\s?Box\s\d{{1,8}}{_TAIL}", score=0.97, flags=re.IGNORECASE),
    _place(
        "military",
        r"\b(?:PSC|CMR|Unit|USS|USNS|USCGC)\s[\w\s\-]{1,30}?,?\s(?:Box\s\d{1,6},?\s)?(?:APO|"
        r"FPO|DPO),?\s(?:AA|AE|AP)(?:\s\d{5})?",
        score=0.97,
    ),
    _place("unit", r"\b(?:Apt|Apartment|Suite|Ste|Unit)\.?\s?#?\s?(?:\d{1,5}[A-Za-z]?|[A-Z]-?\d{0,4})\b", score=0.85),
    _place(
        "town-state-code",
        rf"\b{_TOWN},\s?(?:{'|'.join(STATE_CODES)})\b(?:,?\s{{1,3}}\d{{5}}(?:-\d{{4}})?)?",
        score=0.95,
    ),
    _place("town-state-post-code", rf"\b{_TOWN},?\s{_STATE},?\s{{1,3}}\d{{5}}(?:-\d{{4}})?\b", score=0.95),
    _place("town-state-name", rf"\b{_TOWN},\s(?:{STATE_NAMES}|{_COUNTRY})\b", score=0.9, rank=Rank.MODEL),
    _place("state-post-code", rf"\b{_STATE}[,\s]{{1,3}}(\d{{5}}(?:-\d{{4}})?)\b", score=0.95, group=1),
    _place(
        "post-code-keyed",
        r"\b(?:zip(?:\s?code)?|post(?:al)?\s?code|postcode)[\s:#(]{1,3}(?:is\s|of\s|"
        r"was\s)?(\d{3,5}(?:-\d{4})?|[A-Z]{1,2}\d[\dA-Z]?\s?\d[A-Z]{2}|"
        r"[A-Z]\d[A-Z]\s?\d[A-Z]\d)\b",
        score=0.97,
        group=1,
        flags=re.IGNORECASE,
        rank=Rank.KEYED,
    ),
    _place("zip-plus-four", r"(?<![\w\-])\d{5}-\d{4}(?![\w\-])", score=0.9),
    _place("british-post-code", r"\b(?:[A-Z]{1,2}\d{1,2}|[A-Z]{1,2}\d[A-Z])\s\d[A-Z]{2}\b", score=0.9),
    _place("canadian-post-code", r"\b[A-Z]\d[A-Z]\s\d[A-Z]\d\b", score=0.9),
    _place(
        "number-name-town",
        rf"(?<![\w$.:/])"
        rf"\d{{2,5}}\s(?:[A-Z][\w'\-]{{2,30}}\s?){{1,3}},\s{_TOWN}(?:,?\s{_STATE}\b)?(?:,?\s\d{{5}}(?!\d))?",
        score=0.8,
        rank=Rank.MODEL,
    ),
    _place(
        "treated-at",
        r"(?i:\b(?:seen|treated|admitted|evaluated|followed|consulted|reviewed|diagnosed|"
        r"referred|hospitali[sz]ed|discharged|came|"
        r"presented|transferred|visited|appointment|appt|surgery|procedure|works?|working|"
        r"worked|employed|intern|resident|student|studied|"
        r"scheduled|attends?|attending|enrolled|care|case|patient|nurse|doctor|labs?|tests?|"
        r"scan|mri|stayed|born)\s(?:at|to|from|in)\s(?:the\s|our\s|your\s)?)"
        r"([A-Z][\w'.&\-]{1,30}(?:\s(?:[A-Z&][\w'.&\-]{0,30}|of|and|the))*(?<![.&])"
        r"(?:\s(?:clinic|hospital|office|campus|center))?)",
        score=0.8,
        group=1,
        rank=Rank.MODEL,
    ),
    Pattern(
        "address/facility",
        1,
        Label.LOCATION,
        Rank.SHAPE,
        0.85,
        re.compile(
            rf"\b(?:{_CAPITAL}){{1,5}}(?:of\s)?(?P<kind>{_FACILITY})\b\.?(?:\s(?:of|in)"
            rf"\s(?:the\s)?[A-Z]\w{{2,20}}(?:\s[A-Z]\w{{2,20}})?(?:,\s{_STATE}\b)?)?"
        ),
        trim=_named_facility,
    ),
    _place(
        "saint",
        r"\b(?:St\.?|Saint|Mt\.?|Mount)\s[A-Z][a-z]{2,20}(?:'s)?\b(?:\s(?:Hospital|Clinic|"
        r"Medical|Health|Center))*",
        score=0.85,
    ),
    _place(
        "lives-in",
        r"\b(?:live|lives|lived|living|reside|resides|residing|moved|moving|home|based|born|library|lab|doctor|"
        r"mother|father|"
        r"mom|dad|specialist|sister|brother|son|daughter|kids|family|cabin|farm|house|motel|hotel|work|works|"
        r"working|job|clinic|"
        r"hospital|office|school|up|down|over|out|back|now|"
        r"located|grew up|raised|stay|staying)\s(?:with\sme\s|here\s)?(?:in|to|at|near|from|"
        r"between)\s((?:[A-Z][\w'\-]{2,30})"
        r"(?:\s[A-Z][\w'\-]{2,30}){0,2})",
        score=0.85,
        group=1,
        rank=Rank.MODEL,
    ),
    _place(
        "address-keyed",
        r"\b(?:address|addr|residence|located\sat|location)\s?(?:is|:|=|-)"
        r"\s{0,3}(\d[^\n;|]{4,100}?)(?=[;|\n]|\.\s|\.$|$|\sand\s|\swith\s|\sbut\s|\sphone|"
        r"\semail|,\s(?:and|phone|email|dob|my)\b)",
        score=0.95,
        group=1,
        flags=re.IGNORECASE,
        rank=Rank.KEYED,
    ),
    _place("coordinates", r"(?<![\d.])-?\d{1,3}\.\d{4,8},\s?-?\d{1,3}\.\d{4,8}(?!\d)", score=0.95),
)
