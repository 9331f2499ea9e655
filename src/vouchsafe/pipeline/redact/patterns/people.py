"""Names beside a cue: titles, "my name is", salutations, signatures, quoted headers, relatives, roles."""

import re

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import Rank
from vouchsafe.pipeline.redact.lexicon import lexicon, word_set
from vouchsafe.pipeline.redact.patterns.pattern import Pattern, Trim

_NAME_WORD = re.compile(r"(?:[^\W\d_][^\W\d_]*(?:['\-][^\W\d_]+)*)")
_GAP = re.compile(
    r"\.?[ \t]{1,2}|\.(?=[A-Z])|[ \t]?,[ \t](?!(?:Mrs?|Ms|Miss|Dr|Prof)\b)(?=(?:[A-Z][a-z]+|[A-Z]\.)(?:\W|$))"
)
_PARTICLES = word_set("de la del da dos di van von der den bin ibn al el le du st mc o ter ten y")
_LONGEST = 4
"""Words of one name; Spanish and double names need four."""

_RELATION = (
    r"(?:wife|husband|spouse|partner|son|daughter|child|kid|baby|mother|father|mom|mum|"
    r"mommy|dad|daddy|sister|brother|aunt|uncle|"
    r"niece|nephew|cousin|grandson|granddaughter|grandmother|grandfather|grandma|grandpa|"
    r"friend|boyfriend|girlfriend|fianc[eé]e?|"
    r"neighbou?r|roommate|colleague|coworker|co-worker|boss|caregiver|carer|guardian|"
    r"stepson|stepdaughter|stepmother|stepfather|"
    r"in-law|twin|twins|dog|manager|supervisor|doctor|nurse|therapist|dentist|surgeon|"
    r"pcp|counselor|lawyer|attorney|esposa|esposo|"
    r"hijo|hija|madre|padre|mamá|papá|hermano|hermana)"
)
_ROLE = (
    r"(?:patient|pt|client|resident|member|subscriber|caller|customer|employee|user|"
    r"nurse|rn|np|pa|technician|tech|therapist|"
    r"surgeon|physician|provider|officer|agent|attorney|judge|manager|supervisor|"
    r"supervisee|analyst|specialist|coordinator|"
    r"receptionist|representative|rep|pharmacist|student|teacher|coach|detective|"
    r"sergeant|captain|pastor|father|sister|aunt|uncle|"
    r"male|female|man|woman|boy|girl|child|infant|tenant|plaintiff|defendant|claimant|"
    r"insured|beneficiary|dependent|spouse)"
)


def _run_end(text: str, start: int, *, capitals_only: bool, trust_capitals: bool) -> int:
    """Where a run of name words that begins at `start` ends; `start` itself where there is none.

    `capitals_only`: a word in lower case ends the run, a particle ("de la") excepted. `trust_capitals`: a
    capitalised word counts even if it is an everyday word ("Mrs. Rose").
    """
    end, at = start, start
    for _ in range(_LONGEST):
        word = _NAME_WORD.match(text, at)
        if word is None or not _is_name_word(word.group(), capitals_only=capitals_only, trust_capitals=trust_capitals):
            break
        if word.group().lower() not in _PARTICLES or word.group()[0].isupper():
            end = word.end()
        gap = _GAP.match(text, word.end())
        if gap is None or (gap.group().startswith(".") and word.end() - word.start() > 2):
            break
        at = gap.end()
    return end


def _is_name_word(word: str, *, capitals_only: bool, trust_capitals: bool) -> bool:
    lower, known = word.lower(), lexicon()
    if lower in _PARTICLES:
        return True
    if len(word) == 1 and word.isupper() and word != "I":
        return True
    if word[0].isupper():
        return trust_capitals or lower in known.ambiguous or not (known.is_word(lower) or lower in known.medical)
    if capitals_only:
        return False
    return known.is_sure_name(lower) or not (known.is_word(lower) or lower in known.medical)


def _run(*, capitals_only: bool = True, trust_capitals: bool = False) -> Trim:
    """The name that begins where the match ends."""

    def trim(text: str, match: re.Match[str]) -> tuple[int, int] | None:
        end = _run_end(text, match.end(), capitals_only=capitals_only, trust_capitals=trust_capitals)
        return (match.end(), end) if end > match.end() else None

    return trim


def _listed_run(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """The name that begins where the match ends, if a list holds its first word or it has a capital."""
    word = _NAME_WORD.match(text, match.end())
    if word is None:
        return None
    lower, known = word.group().lower(), lexicon()
    if not word.group()[0].isupper() and not known.is_name(lower):
        return None
    if not word.group()[0].isupper() and known.is_word(lower):
        return None
    return _run(capitals_only=word.group()[0].isupper())(text, match)


def _signature(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """The name on a line of its own: nothing but name words until the line ends or a comma follows."""
    start = match.end()
    end = _run_end(text, start, capitals_only=False, trust_capitals=False)
    rest = text[end : end + 40].split("\n", 1)[0].strip(" .,!:)")
    known = lexicon()
    set_apart = text[end : end + 1] in {",", " ", "|"} and text[start : start + 1].isupper()
    telling = end > start and (not rest or set_apart)
    alone = text[start:end].lower()
    return (start, end) if telling and not (known.is_word(alone) and alone not in known.ambiguous) else None


def _whole_line(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """Every name in a header line, up to an address in brackets."""
    start, end = match.span(1)
    line = text[start:end]
    cut = min((at for mark in "<[(" if (at := line.find(mark)) >= 0), default=len(line))
    kept = line[:cut].rstrip(" \"',;")
    lead = len(kept) - len(kept.lstrip(" \"'"))
    words, known = re.findall(r"[^\W\d_]+", kept.lower()), lexicon()
    telling = any(not known.is_word(word) or word in known.ambiguous for word in words)
    return (start + lead, start + len(kept)) if telling else None


def _cue(name: str, expression: str, trim: Trim, *, score: float = 0.9, rank: Rank = Rank.KEYED) -> Pattern:
    return Pattern(f"people/{name}", 1, Label.NAME, rank, score, re.compile(expression), trim=trim)


def _ambiguous(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """The one word that begins where the match ends, if it is a name that is a word too."""
    word = _NAME_WORD.match(text, match.end())
    if word is None or word.group().lower() in _MOSTLY_WORDS or word.group().lower() not in lexicon().ambiguous:
        return None
    return word.span()


def _titled(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """The same after a title, where more words are names: "dr love", not "the dr will call"."""
    word = _NAME_WORD.match(text, match.end())
    if word is None or word.group().lower() in _AFTER_TITLE or word.group().lower() not in lexicon().ambiguous:
        return None
    return word.span()


_AFTER_TITLE = word_set("will may can see so bill mark office hospital street page day weeks back early late")


_MOSTLY_WORDS = word_set(
    "will may can mark bill art case price major miles march april june august summer winter autumn spring sunday "
    "monday friday see so long young white brown black green gray grey good best king law church hospital office "
    "street house day park day weeks hand head foot back rich strong sweet small little short late early self page "
    "love hope trust faith honor honour justice liberty angel saint bishop dean judge doctor nurse guy man boy"
)
"""Names of the list that in these places are mostly words."""
_ANY_CASE = _run(capitals_only=False)

PATTERNS = (
    _cue(
        "title",
        r"\b(?:[Mm]rs?|[Mm]s|[Mm]iss|[Mm]x|[Dd]r|DR|MRS?|[Pp]rof|[Pp]rofessor|[Ss]r|[Ss]ra|"
        r"[Ss]eñora?|[Rr]ev|[Hh]on|[Ll]t|[Ss]gt|[Cc]apt|[Mm]ister|[Mm]aster|[Mm]adam|"
        r"[Mm]onsieur|[Hh]err|[Ff]rau)\b\.?[ \t]{1,2}",
        _run(trust_capitals=True),
        score=0.97,
    ),
    _cue("title-lower", r"\b(?:mrs?|ms|dr|prof)\b\.?[ \t]{1,2}(?=[a-z])", _ANY_CASE),
    _cue("title-lower-word", r"\b(?:mrs?|ms|dr|prof)\b\.?[ \t]{1,2}(?=[a-z])", _titled, score=0.8),
    _cue(
        "says",
        # Only a person does this: "Chase won't stop coughing", "and mercy says so".
        r"(?m)(?:^|[.!?\n][ \t]|\b(?i:and|but|because|bc|so|that|ask|tell|told|asked|if|nurse|when),?[ \t])"
        r"(?=[A-Za-z]{3,12}[ \t](?:won'?t|can'?t|doesn'?t|didn'?t|wants|needs|says|said|told|asked|thinks|"
        r"called|takes|vomited|swallowed|fell|has[ \t]an?[ \t](?:rash|fever|appointment|appt|cough))\b)",
        _ambiguous,
        score=0.75,
        rank=Rank.SHAPE,
    ),
    _cue(
        "it-is",
        r"(?i:\b(?:it's|its|it is|this is|im|i'm)[ \t])"
        r"(?=[A-Za-z]{3,12}[ \t](?:again|here|from|calling|speaking|writing)\b)",
        _ambiguous,
        score=0.8,
        rank=Rank.SHAPE,
    ),
    _cue(
        "doctor",
        r"\b(?:[Dd]octor|[Nn]urse|[Dd]ra?\.|NP|PA|RN|[Cc]oach|[Pp]astor|[Rr]abbi|[Ff]ather|"
        r"[Ii]mam)[ \t]{1,2}(?=[A-Z])",
        _run(),
        score=0.85,
    ),
    _cue(
        "my-name",
        r"(?i:\b(?:my|our|his|her|their|the|patient'?s?|legal|full|first|last|middle|maiden|"
        r"given|family|sur|nick|child'?s|son'?s|daughter'?s|wife'?s|husband'?s|mother'?s|"
        r"father'?s)[ \t]?names?(?:\s(?:is|was|are|used to be)|\s?[:=]|'s)[ \t]{1,2})",
        _ANY_CASE,
        score=0.97,
    ),
    _cue(
        "name-field",
        r"(?im:(?:^|[,;|(\n>*\-]|\b(?:patient|member|client|customer|full|account|contact|"
        r"sender|recipient|employee|user|payee|insured|guarantor|subscriber|caller|applicant|"
        r"billing|shipping|first|last|sur|provider|physician|emergency contact))"
        r"[ \t]{0,3}(?:name|nombre|names)\s?[:=\-][ \t]{0,3})",
        _run(capitals_only=False, trust_capitals=True),
        score=0.95,
    ),
    _cue(
        "field",
        r"(?im:(?:^|[,;|(>*\n])[ \t]{0,3}(?:patient|pt|client|member|customer|caller|"
        r"employee|resident|contact|recipient|sender|author|attn|attention|provider|"
        r"physician|doctor|nurse|c/o|prepared by|signed|signed by|reported by|requested by|"
        r"submitted by|assigned to|spouse|guardian|parent|beneficiary|agent|user|profile|"
        r"comment by|posted by|reply by|written by|tenant|landlord|plaintiff|defendant|"
        r"witness|me llamo|mi nombre es|soy)\s?[:=\-]?[ \t]{1,3})(?=[A-Z])",
        _run(),
        score=0.9,
    ),
    _cue(
        "introduces",
        r"(?i:\b(?:i am|i'm|im|i m|this is|it's|its|it is|name's|call me|me llamo|soy|mi "
        r"nombre es|speaking with|named|called|nicknamed|known as|goes by|a\.?k\.?a\.?|alias|"
        r"née|nee|formerly|formally)[ \t]{1,2})",
        _listed_run,
        score=0.9,
        rank=Rank.SHAPE,
    ),
    _cue(
        "greets",
        r"(?im:(?:^|[\n.!?>\"'(]|\bhi\b|\bhello\b)[ \t]{0,3}(?:hi there|hi|hello|hey|dear|"
        r"hola|good morning|good afternoon|good evening|greetings|querid[oa]|estimad[oa]|"
        r"morning|thanks|thank you|thx|sorry|welcome|attn:?|congratulations|bye|ok|okay|yes|"
        r"no|sure),?[ \t]{1,2})",
        _listed_run,
        score=0.9,
        rank=Rank.SHAPE,
    ),
    _cue(
        "signs",
        r"(?im:\b(?:thanks|thank you|thx|ty|regards|best|best wishes|sincerely|cheers|love|"
        r"yours|yours truly|truly|faithfully|respectfully|gracias|saludos|atentamente|warmly|"
        r"cordially|appreciated|take care|in advance|so much|very much|again|xoxo|kind "
        r"regards)[,.!]{0,3}\s{0,4}\n\s{0,6}[\-~*–—]{0,3}[ \t]{0,2})",
        _signature,
    ),
    _cue(
        "signs-inline",
        r"(?im:\b(?:thanks|thank you|thx|ty|regards|best|best wishes|sincerely|cheers|love|"
        r"yours truly|gracias|saludos|in advance|kind regards|xoxo)"
        r"[,.!\-~]{1,3}[ \t]{1,2}[\-~]{0,2}[ \t]?)"
        r"(?=[\w'\-]{1,30}(?:[ \t][\w'.\-]{1,30}){0,2}[.!]?\s{0,4}(?:$|\n))",
        _ANY_CASE,
    ),
    _cue(
        "signs-dash",
        r"(?m:(?:^|[.!?\n)]|\s)[ \t]{0,3}[\-~–—]{1,2}[ \t]?)"
        r"(?=[A-Z][\w'\-]{1,30}(?:[ \t][A-Z][\w'.\-]{0,30}){0,2}[ \t]{0,3}(?:\n|\Z|,[ \t]|\())",
        _run(),
        score=0.85,
    ),
    _cue(
        "last-line",
        r"\n[ \t]{0,4}(?=[A-Z][\w'\-]{1,30}(?:[ \t][A-Z][\w'.\-]{0,30}){0,3}[ \t.]{0,3}\s{0,5}\Z)",
        _run(),
        score=0.85,
    ),
    _cue(
        "relation",
        rf"(?i:\b(?:my|our|his|her|their|the|your|mi|tu|su)"
        rf"\s(?:\w{{2,12}}\s)?{_RELATION}(?:'s name is|,| is| named| called|:)?[ \t]{{1,2}})"
        rf"(?=[A-Z])",
        _run(),
        score=0.92,
    ),
    _cue("relation-lower", rf"(?i:\b(?:my|our|mi)\s{_RELATION},?[ \t]{{1,2}})(?=[a-z])", _listed_run, score=0.85),
    _cue(
        "role",
        rf"(?i:\b{_ROLE}(?:\s(?:named|called|is|was|identified as)|,|:)?[ \t]{{1,2}})(?=[A-Z])",
        _run(),
        score=0.85,
        rank=Rank.MODEL,
    ),
    _cue(
        "verb",
        r"(?i:\b(?:spoke|speak|speaking|talk|talked|talking|meet|met|meeting)\s(?:with|to)\s)"
        r"(?=[A-Z])",
        _run(),
        score=0.85,
        rank=Rank.MODEL,
    ),
    _cue(
        "wrote",
        r"(?i:\bOn\s[^\n]{6,80}?,\s)(?=[^\n]{2,80}\swrote:)",
        _run(capitals_only=False, trust_capitals=True),
        score=0.95,
    ),
    _cue(
        "wrote-line",
        r"(?m:^[>\s]{0,8})(?!On\s|El\s|Am\s|Le\s)(?=[A-Z][^\n<]{1,60}(?:<[^>\n]{1,100}>\s?)?(?:wrote|escribió|"
        r"schrieb|said):)",
        _run(trust_capitals=True),
        score=0.9,
    ),
    _cue("initial-last", r"(?<![\w.])(?=[A-Z][a-z'\-]{1,20}\s[A-Z]\.(?:\W|$))", _run(), score=0.85, rank=Rank.MODEL),
    _cue(
        "initial-first",
        r"(?<![\w.])(?=[A-Z]\.\s?(?:[A-Z]\.\s?)?[A-Z][a-z'\-]{2,20})",
        _run(),
        score=0.85,
        rank=Rank.MODEL,
    ),
    Pattern(
        "people/header",
        1,
        Label.NAME,
        Rank.KEYED,
        0.95,
        re.compile(
            r"(?im:^[>\s*]{0,8}(?:from|to|cc|bcc|sent by|reply-to|attn|attention|de|para|von|an|"
            r"sender|recipient)\s?:\*?[ \t]{0,3}([^\n]{1,200})$)"
        ),
        trim=_whole_line,
    ),
    Pattern(
        "people/initials-signed",
        1,
        Label.NAME,
        Rank.KEYED,
        0.7,
        re.compile(r"(?m:(?:[\-~–—]|regards,|thanks,|best,)\s{0,3}([A-Z]\.?\s?[A-Z]\.?)\s{0,3}$)"),
        group=1,
    ),
)
