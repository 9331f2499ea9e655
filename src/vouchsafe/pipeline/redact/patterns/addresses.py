"""Places smaller than a state: streets, units, towns with state or post code, post codes, named facilities."""

import re

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import Rank
from vouchsafe.pipeline.redact.lexicon import lexicon, word_set
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
    r"(?:Hosp(?:ital)?|[Hh]ospital|[Cc]linics?|[Oo]ffice|Med\.?\s(?:Center|Ctr|Cntr)|"
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
    r"(?:(?:The|A|An|My|Our|Your|At|In|To|From|For|Of|And|Or|Is|Are|Was|Does|Do|Did|Can|"
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
    named = text[start : match.start("kind")].strip()
    return (start, end) if named else None


def _lower_street(_text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """A street in lower case: its name may not be an everyday word ("2 kids on the road")."""
    named = match.group("named").lower().split()
    return None if all(lexicon().is_word(word) and word not in _STREET_WORDS for word in named) else match.span()


_STREET_WORDS = word_set(
    "main first second third fourth fifth sixth park church high school north south "
    "east west apple green hill lake river spring "
    "water center court cherry walnut pine oak maple elm cedar washington house mill station bridge"
)


def _place(
    name: str, expression: str, *, score: float, group: int = 0, flags: int = 0, rank: Rank = Rank.SHAPE
) -> Pattern:
    return Pattern(f"address/{name}", 1, Label.LOCATION, rank, score, re.compile(expression, flags), group=group)


PATTERNS = (
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
        r"\b(?:live|lives|lived|living|reside|resides|residing|moved|moving|home|based|"
        r"located|grew up|raised|stay|staying)\s(?:in|to|at|near)\s((?:[A-Z][\w'\-]{2,30})"
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
