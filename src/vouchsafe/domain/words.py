"""Words as search and support compare them: folded, without function words, cut to their stems."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"\d+(?:[.:,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
_TOKEN = re.compile(r"\[[A-Z][A-Z_]*_\d+\]")


def listed(words: str) -> frozenset[str]:
    """A set of words written with spaces between them."""
    return frozenset(words.split())


FUNCTION_WORDS = {
    "en": listed(
        "a about am an and any are as at be been being by can could did do does doing done for from get got had "
        "has have having he hello her here hers hi him his how i i'd i'll i'm i've if in into is it it's its just "
        "let me my of on or our ours please she should so some tell thank thanks that the their them then there "
        "these they this those to too us was we were what what's when where which who whom why will with would "
        "you your yours want need know also am like much many"
    ),
    "es": listed(
        "a al algo algun alguna ante como con cual cuales cuando cuanto cuanta cuantos de del desde donde dos e "
        "el ella ellas ellos en entre era es esa ese eso esta estan estas este esto estos estoy fue gracias ha "
        "hace han hasta hay hola la las le les lo los mas me mi mis muy necesito nos o os para pero por porque "
        "puede pueden puedo que quien quiero se ser si sin sobre son soy su sus tambien te tengo ti tiene tienen "
        "tu tus u un una unas uno unos usted ustedes y ya yo favor"
    ),
}


def without_tokens(text: str) -> str:
    """The text with redaction's tokens such as `[NAME_1]` left out: they are not words anyone wrote."""
    return _TOKEN.sub(" ", text)


def folded(text: str) -> str:
    """Small letters, accents and typographic quotes taken off: what two spellings of a word have in common."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return "".join(c for c in plain if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """Folded words and numbers in order; "8:00" and "3.5" are one each."""
    return _WORD.findall(folded(text))


def stems(text: str, language: str = "en") -> list[str]:
    """Stems of the content words in order, by the language's rules; in others the folded words."""
    code = language[:2].lower()
    skipped = FUNCTION_WORDS.get(code, frozenset())
    return [stem(word, code) for word in words(text) if word not in skipped]


@lru_cache(maxsize=65_536)
def stem(word: str, code: str) -> str:
    """The stem of one folded word: Porter's algorithm for `en`, a light suffix list for `es`, else the word."""
    word = word.removesuffix("'s").replace("'", "")
    if not word.isalpha():
        return word
    if code == "en":
        return _english(word)
    if code == "es":
        return _spanish(word)
    return word


# Porter, "An algorithm for suffix stripping", Program 14(3), 1980. Steps carry its numbers.
_STEP_2 = (
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("abli", "able"),
    ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"),
    ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"),
    ("iviti", "ive"), ("biliti", "ble"),
)  # fmt: skip
_STEP_3 = (
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""),
)  # fmt: skip
_STEP_4 = (
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "al",
    "er", "ic", "ou",
)  # fmt: skip


def _measure(word: str) -> int:
    """How many vowel-consonant pairs the word holds: Porter's m. A `y` after a consonant counts as a vowel."""
    shape = re.sub(r"[^aeiou]y", lambda m: m.group()[0] + "i", word)
    return len(re.findall(r"[aeiou][^aeiou]", shape))


def _has_vowel(word: str) -> bool:
    return re.search(r"[aeiou]|(?<=.)y", word) is not None


def _english(word: str) -> str:
    if len(word) < 3:
        return word
    word = _past_and_ing(_plural(word))
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    word = _replace(_replace(word, _STEP_2), _STEP_3)
    word = _ending(word)
    if word.endswith("e") and (_measure(word[:-1]) > 1 or (_measure(word[:-1]) == 1 and not _short_end(word[:-1]))):
        word = word[:-1]
    if word.endswith("ll") and _measure(word) > 1:
        word = word[:-1]
    return word


def _plural(word: str) -> str:
    """Step 1a."""
    if word.endswith(("sses", "ies")):
        return word[:-2]
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def _past_and_ing(word: str) -> str:
    """Step 1b."""
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for suffix in ("ed", "ing"):
        if word.endswith(suffix) and _has_vowel(word[: -len(suffix)]):
            return _mended(word[: -len(suffix)])
    return word


def _mended(word: str) -> str:
    if word.endswith(("at", "bl", "iz")):
        return word + "e"
    if len(word) > 1 and word[-1] == word[-2] and word[-1] not in "aeioulsz":
        return word[:-1]
    if _measure(word) == 1 and _short_end(word):
        return word + "e"
    return word


def _short_end(word: str) -> bool:
    """Ends consonant-vowel-consonant, the last not w, x or y: Porter's *o."""
    return re.search(r"[^aeiou][aeiouy][^aeiouwxy]$", word) is not None


def _replace(word: str, table: tuple[tuple[str, str], ...]) -> str:
    for suffix, new in table:
        if word.endswith(suffix):
            base = word[: -len(suffix)]
            return base + new if _measure(base) > 0 else word
    return word


def _ending(word: str) -> str:
    """Step 4."""
    if word.endswith("ion"):
        base = word[:-3]
        return base if base.endswith(("s", "t")) and _measure(base) > 1 else word
    for suffix in _STEP_4:
        if word.endswith(suffix):
            base = word[: -len(suffix)]
            return base if _measure(base) > 1 else word
    return word


# Longest first. What is left keeps at least three letters; enough to bring "pagar", "pago" and "pagos" together.
_SPANISH = (
    "amientos", "imientos", "amiento", "imiento", "aciones", "iciones", "uciones", "adores", "adoras", "idades",
    "acion", "icion", "ucion", "ancias", "encias", "ancia", "encia", "mente", "adora", "ieron", "aron", "iendo", "ando",
    "ador", "idad", "arse", "erse", "irse", "arlo", "arla", "adas", "ados", "idas", "idos", "aban", "aba", "iones",
    "ion", "ada", "ado", "ida", "ido", "ar", "er", "ir", "es", "as", "os", "an", "en", "a", "o", "e", "s",
)  # fmt: skip


def _spanish(word: str) -> str:
    for suffix in _SPANISH:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word
