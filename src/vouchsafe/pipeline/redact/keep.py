"""What a message needs to stay useful: doses, laboratory values, vitals, codes, prices, clock times, eponyms, drugs.

The keep-list may undo only hits that nothing specific explains (`Rank.MODEL` and `Rank.BARE`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import Covered, Hit, Rank
from vouchsafe.pipeline.redact.lexicon import lexicon, word_set
from vouchsafe.pipeline.redact.misspelling import is_misspelt
from vouchsafe.pipeline.redact.patterns.addresses import STATE_CODES, STATE_NAMES

_NUMBER = r"\d{1,7}(?:[.,]\d{1,4})?"
_UNIT = (
    r"(?:mg|mcg|µg|μg|ug|g|kg|gm|grams?|milligrams?|micrograms?|ml|mls|l|dl|cc|iu|units?|"
    r"u|meq|mmol|mol|mm\s?hg|mmhg|bpm|"
    r"lbs?|pounds?|oz|ounces?|cm|mm|in|inch(?:es)?|ft|feet|°\s?[cf]|degrees?|celsius|"
    r"fahrenheit|%|percent|cal|kcal|calories|"
    r"hours?|hrs?|minutes?|mins?|seconds?|secs?|days?|weeks?|wks?|months?|mos?|years?|"
    r"yrs?|times|x|puffs?|drops?|tablets?|tabs?|"
    r"pills?|caps?|capsules?|doses?|sprays?|patch(?:es)?|steps?|miles?|km|gb|mb|kb|mbps|"
    r"mhz|ghz|hz|volts?|watts?|dollars?|usd|eur|cents?|"
    r"people|patients?|users?|records?|messages?|copies|pages|copay|points?)"
)
_KEEP = re.compile(
    "|".join(
        (
            (
                rf"(?<![\w]){_NUMBER}(?:\s?[-/]\s?{_NUMBER})?\s?-?{_UNIT}(?:/(?:kg|ml|dl|l|day|d|hr|h|"
                rf"min|week|dose|mm3|ul))?(?!\w)"
            ),
            r"(?:[$€£¥]|\busd\s?)\s?\d[\d,]{0,14}(?:\.\d{1,4})?(?:\s?(?:k|m|million|thousand))?(?!\w)",
            r"(?<![\d:])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:\s?[ap]\.?m\b\.?)?",
            r"\b(?:1[0-2]|0?[1-9])\s?[ap]\.?m\b\.?",
            (
                r"\b(?:bp|blood pressure|pressure)(?:\s(?:is|was|of|at|reading|now|around)"
                r")?:?\s{0,2}\d{2,3}\s?/\s?\d{2,3}\b"
            ),
            (
                r"\b(?:icd(?:-?\s?(?:9|10))?(?:-?cm)?|cpt|hcpcs|loinc|snomed|ndc|drg|dx|diagnosis|"
                r"procedure|revenue|modifier|error|status|http|"
                r"billing|fax cover|denial|reason)"
                r"\s?(?:code|codes)?s?[\s:#]{0,3}(?:is\s|was\s)?[a-z]{0,2}-?\d[\w.\-]{0,9}"
                r"(?:(?:,|\s(?:and|adn|or|&|to))\s?[a-z]{0,2}\d{3,6}[\w.]{0,4}){0,6}\b"
            ),
            r"\b[A-TV-Z]\d{2}\.\d{1,4}[A-Z]?\b",
            r"\b(?:24/7|50/50|9/11|20/20)\b",
            # A score out of ten, unless a word of time stands before it.
            (
                r"(?<![\w/])(?<!\bon )(?<!\bn )(?<!\bby )(?<!\bsince )(?<!\band )(?<!\bdated )(?<!\bthru )(?<!\bfrom )"
                r"(?<!\bto )(?<!\bappt )(?<!\bof )(?<!\buntil )(?<!\bbefore )(?<!\bafter )(?:\d|10)/10\b(?!/)"
            ),
            (
                r"\b(?:versions?|ver|v|driver|chrome|firefox|safari|edge|firmware|build|android|ios|app|release|update|"
                r"windows|java|node|python|macos)\s?(?:is\s|was\s)?\d{1,6}(?:\.\d{1,6}){1,4}\b"
            ),
            r"\bmodel\s(?:no\.?\s|number\s)?[A-Z]{0,3}\d[A-Z\d\-]{1,10}\b",
            r"\bcodes?\s\d{5}(?:(?:,|\s(?:and|adn|or|&))\s?\d{5}){0,6}(?!\d)",
            r"\b(?:CO|PR|OA|PI)-?\d{1,3}\b",
            r"\b\d{1,3}/\d{1,3}\s?(?:mmhg|vision|split)\b",
            (
                r"\b(?:a1c|hba1c|ldl|hdl|tsh|inr|wbc|rbc|hgb|hemoglobin|glucose|sugar|creatinine|"
                r"egfr|gfr|platelets?|potassium|sodium|bun|psa|"
                r"weight|height|temp(?:erature)?|pulse|heart rate|hr|rr|spo2|o2 sat|sats?|bmi|ef|"
                r"troponin|bnp|ferritin|cholesterol|triglycerides)"
                r"(?:\s(?:is|was|of|at|level|count|around|now))*[:=\s]{1,3}\d{1,7}(?:[.,]\d{1,3})?(?:/\d{1,3})?\b"
            ),
            (
                r"\b(?:covid|sars|h\d+n\d+|hep|omega|vitamin|type|stage|grade|phase|level|version|v|"
                r"windows|office|form|section|part|chapter|"
                r"room|step|line|item|page|bed|floor|extension)[\s\-]{0,2}\d{1,4}(?:\.\d{1,2}){0,2}[a-z]?\b"
            ),
            r"\b(?:19|20)\d{2}(?:\s?[-–/]\s?(?:19|20)?\d{2})?(?!\w)",
            r"\b(?:1/2|1/3|1/4|2/3|3/4|1/8)\b",
            r"\b(?:office|microsoft|m)\s?365\b|\b(?:iphone|windows|galaxy|pixel|ipad|android|ios|macos)\s?\d{1,2}\b",
            r"\b\d{1,3}(?:st|nd|rd|th)\b",
            r"\b\d{1,3}(?:,\d{3})+(?:\.\d+)?\b",
            r"\b(?:401\(?k\)?|403b|501c3|1095-[abc]|w-[29]|1099|ub-?04|cms-?1500|ada|hipaa)\b",
            r"\b\d{1,4}\s?[x×]\s?\d{1,4}\b",
        )
    ),
    re.IGNORECASE,
)
_DRUG_ENDING = re.compile(
    r"(?:cillin|mycin|micin|oxacin|azole|prazole|sartan|pril|olol|statin|dipine|zosin|"
    r"tidine|triptan|setron|gliptin|gliflozin|"
    r"glutide|mab|nib|vir|ivir|azepam|zolam|barbital|codone|morphone|caine|profen|"
    r"oxetine|aline|triptyline|pramine|thiazide|"
    r"semide|sone|solone|onide|terol|phylline|formin|glitazone|parin|xaban|gatran|platin|taxel|rubicin|mustine|cycline|"
    r"floxacin|dronate|lukast|peridol|apine|idone|piprazole|osin|itis|osis|emia|oma|"
    r"ectomy|ology|opathy|ostomy|oscopy|plasty|algia)s?$",
    re.IGNORECASE,
)
_DISEASE_AFTER = re.compile(
    r"(?:'s|s')?[\s\-]{1,2}(?:\w{2,12}[\s\-])?(?:disease|syndrome|sign|signs|test|score|"
    r"scale|criteria|lymphoma|palsy|phenomenon|thyroiditis|esophagus|"
    r"contracture|ulcer|reflex|maneuver|manoeuvre|catheter|smear|tumou?r|sarcoma|anemia|"
    r"disorder|dementia|body|bodies|procedure|"
    r"fracture|index|classification|ataxia|tetralogy|law|equation|formula|risk|study|"
    r"coma|encephalopathy|heart|protocol|stain|cells?)\b",
    re.IGNORECASE,
)
_REGIONS = (
    frozenset(name.lower() for name in STATE_NAMES.split("|"))
    | word_set(
        "us usa u.s. u.s.a. united states the united states america uk united kingdom "
        "england scotland wales ireland canada mexico "
        "germany france spain italy portugal india china japan korea vietnam philippines "
        "russia ukraine poland brazil colombia cuba "
        "haiti puerto rico africa europe asia australia new zealand nigeria kenya ghana "
        "ethiopia egypt israel iran iraq syria "
        "afghanistan pakistan bangladesh nepal switzerland austria netherlands belgium "
        "sweden norway denmark finland greece turkey "
        "medicare medicaid"
    )
    | frozenset({"united states", "the united states", "united kingdom", "new zealand", "puerto rico", "south korea"})
)
_FRACTIONS = frozenset({"1/2", "1/3", "1/4", "2/3", "3/4", "1/8"})
_OF_A_DOSE = re.compile(
    r"\s(?:a\s|of\s(?:a|the|my)\s)?(?:tab|tablet|pill|capsule|dose|patch|cup|teaspoon|tsp|tablespoon|strength|hour|day)",
    re.IGNORECASE,
)
_DAY_OR_YEAR = re.compile(
    r"\d{1,3}(?:st|nd|rd|th)|(?!(?:\d|10)/10$)\d{1,4}(?:\s?[-–/]\s?\d{1,4})?|\d{3,}", re.IGNORECASE
)
"""What the keep-list holds by its look alone, which the tagger's reading of the sentence outweighs."""
_DEPARTMENT_WORDS = word_set(
    "urgent care customer service services support medical records patient portal emergency room department physical "
    "occupational speech therapy billing front desk intensive unit labor delivery help human resources information "
    "technology financial assistance case management pharmacy radiology cardiology oncology neurology urology "
    "dermatology pediatrics orthopedics surgery registration admissions admitting scheduling social work primary "
    "nurse nurses station line home health lab laboratory imaging infusion center waiting"
)
_ALPHA = re.compile(r"[^\W\d_]+(?:['\-][^\W\d_]+)*")
_STATE_CODES = frozenset(STATE_CODES)


def kept(text: str, hits: Iterable[Hit], own_words: Sequence[str] = ()) -> list[Hit]:
    """The hits without those that the keep-list explains. `own_words` are the operator's names, lower case."""
    hits = list(hits)
    if not hits:
        return []
    places = Covered(match.span() for match in _KEEP.finditer(text))
    strange = _without_ours(text, hits, _ours(text, own_words)) if own_words else hits
    return [hit for hit in strange if not _is_explained(text, hit, places)]


def _ours(text: str, own_words: Sequence[str]) -> list[tuple[int, int]]:
    """Where a whole name of the operator's own stands: a part of one may be somebody's name."""
    names = (r"\s+".join(map(re.escape, own.split())) for own in own_words)
    found = (re.finditer(rf"(?<!\w){name}(?!\w)", text, re.IGNORECASE) for name in names)
    return [match.span() for matches in found for match in matches]


def _without_ours(text: str, hits: Iterable[Hit], ours: Sequence[tuple[int, int]]) -> Iterator[Hit]:
    """The hits without those in a name of the operator's own; the record and a key word outrank it.

    Of a place that reaches beyond one, what is beyond stays a hit ("Elm Street Clinic in Denver").
    """
    for hit in hits:
        held = [] if hit.rank < Rank.SHAPE else [one for one in ours if hit.start < one[1] and one[0] < hit.end]
        whole = any(start <= hit.start and hit.end <= end for start, end in held)
        if not held or (not whole and hit.label is not Label.LOCATION):
            yield hit
            continue
        at = hit.start
        for start, end in (*sorted(held), (hit.end, hit.end)):
            if beyond := text[at:start].strip():
                first = text.index(beyond, at)
                yield replace(hit, start=first, end=first + len(beyond))
            at = max(at, end)


def _is_explained(text: str, hit: Hit, places: Covered) -> bool:
    found = text[hit.start : hit.end]
    if hit.rank is Rank.TAGGED:
        sure = _is_sure(found, held=places.holds(hit.start, hit.end)) or _is_a_slip(found, hit)
        return sure or (found in _FRACTIONS and bool(_OF_A_DOSE.match(text, hit.end)))
    if hit.rank < Rank.MODEL:
        return False
    if places.holds(hit.start, hit.end):
        return not (hit.label is Label.DATE and hit.rank is Rank.MODEL)
    lower = found.lower()
    if hit.label is Label.LOCATION and (lower.strip(" .,") in _REGIONS or found in _STATE_CODES):
        return True
    if hit.label in {Label.NAME, Label.LOCATION, Label.OTHER}:
        return _reads_as_words(text, hit)
    return hit.rank is Rank.BARE and lower.strip("-./") in lexicon().medical


def _is_sure(found: str, *, held: bool) -> bool:
    """Whether what the trained tagger found is a value of the keep-list beyond doubt, or the name of a department."""
    if any(one.isdigit() for one in found):
        return held and not _DAY_OR_YEAR.fullmatch(found)
    words = [word.lower() for word in _ALPHA.findall(found)]
    return len(words) > 1 and all(word in _DEPARTMENT_WORDS for word in words)


def _is_a_slip(found: str, hit: Hit) -> bool:
    """Whether the tagger took misspelt words in small letters for a name: none of them stands in a list of names."""
    words, known = [one.lower() for one in _ALPHA.findall(found)], lexicon()
    if hit.label is not Label.NAME or not found.islower() or not any(is_misspelt(word) for word in words):
        return False
    return all(
        (is_misspelt(word) or known.is_word(word))
        and word not in known.ambiguous
        and word not in known.world_first
        and word not in known.world_last
        for word in words
    )


def _reads_as_words(text: str, hit: Hit) -> bool:
    """Whether every word of a name or place is everyday, medical, or an eponym that names a disease."""
    words = [piece for one in _ALPHA.finditer(text, hit.start, hit.end) for piece in one.group().split("-")]
    if not words:
        return False
    ordinary = [_is_ordinary(word, text, hit) for word in words]
    return all(ordinary) or (hit.label is Label.NAME and _is_medical(words))


def _is_medical(words: Sequence[str]) -> bool:
    """Whether a supposed name holds a drug or clinical word and no name that we know ("Albuterol Inhaler")."""
    known, lower = lexicon(), [word.lower() for word in words]
    return any(word in known.medical for word in lower) and not any(known.is_name(word) for word in lower)


def _is_ordinary(word: str, text: str, hit: Hit) -> bool:
    lower, known = word.lower().removesuffix("'s"), lexicon()
    if lower in known.medical or (_DRUG_ENDING.search(lower) and len(lower) > 6 and not known.is_name(lower)):
        return True
    if lower in known.eponyms or lower.rstrip("s") in known.eponyms:
        return bool(_DISEASE_AFTER.match(text, hit.end)) or not (known.is_name(lower) or lower in known.ambiguous)
    if known.is_word(lower):
        return lower not in known.ambiguous or word[0].islower()
    return word[0].islower() and (lower in known.plain or is_misspelt(lower))
