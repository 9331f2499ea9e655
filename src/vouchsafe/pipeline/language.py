"""Which language a message is written in: its alphabet, then function words. Not sure means `und`.

A general identifier (py3langid 0.4.0) took 4.8 s to load and 106 MB, and called "agent" German; a desk needs to know
whether a message is in a language that it serves, and otherwise that it is not. Word lists of our own do that.
"""

import re
import unicodedata
from collections import Counter

from vouchsafe.domain.words import without_tokens

UNKNOWN = "und"
SHORT_WORDS = 4
"""Messages of fewer words keep the language of their thread or desk, unless they clearly are another."""

# Alphabets that decide by themselves. Names as in the Unicode character database.
_SCRIPTS = {
    "CYRILLIC": "ru", "CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "ARABIC": "ar",
    "DEVANAGARI": "hi", "BENGALI": "bn", "GUJARATI": "gu", "GURMUKHI": "pa", "TAMIL": "ta", "TELUGU": "te",
    "GREEK": "el", "HEBREW": "he", "THAI": "th", "ARMENIAN": "hy", "KHMER": "km", "MYANMAR": "my", "LAO": "lo",
    "ETHIOPIC": "am", "GEORGIAN": "ka",
}  # fmt: skip

_WORDS = {
    "en": """the a an and or of to in on at for from with is are was were be been am i you he she it we they my your
        his her our their this that these those what when where which who why how do does did can could will would
        should may have has had not no yes please thanks thank hello hi there any some if about after before need want
        get me us them as but so by up out open close opening hours appointment bill pay clinic visit insurance portal
        password doctor records refill help parking phone call send cancel change new reset request form office""",
    "es": """el la los las un una unos unas y o de del al en por para con sin es son esta estan estoy era fue ser soy
        yo usted ustedes mi mis su sus que cual cuando donde como cuanto cuanta quien porque no si hola gracias buenos
        buenas dias tardes puedo puede pueden quiero quisiera necesito tengo tiene hay me te se lo le les nos mas muy
        pero tambien este esta esto cita citas factura pagar clinica horario horarios doctor medico ayuda ingles hablo
        espanol seguro estacionamiento cambiar cancelar favor desde ayer hoy manana""",
    "fr": """le la les un une des et ou de du au aux en pour par avec sans est sont je tu il elle nous vous ils mon ma
        mes votre vos notre que qui quand ou comment combien pourquoi ne pas bonjour merci puis peux pouvez voudrais
        besoin ai avez rendez ce cette ces dans sur suis etre""",
    "pt": """o os as um uma e ou de do da dos das em no na nos nas por para com sem sao esta estou eu voce voces meu
        minha seu sua que qual quando onde como quanto nao sim ola obrigado obrigada bom dia posso pode quero preciso
        tenho tem consulta marcar ingles falo""",
    "de": """der die das den dem ein eine einen und oder von zu im in am auf fur mit ohne ist sind war ich du er sie es
        wir ihr mein meine ihre was wann wo wie warum wer nicht kein keine hallo danke bitte kann konnen mochte brauche
        habe haben hat termin rechnung""",
    "it": """il lo gli un uno una e o di del della dei delle a al alla in nel nella per con senza sono io tu lui lei noi
        voi mio mia suo sua che quale quando dove come quanto perche non si ciao buongiorno grazie posso puo vorrei ho
        bisogno appuntamento""",
    "pl": """i w z na do od po za dla przez jest sa byl ja ty on ona my wy moj moja co kiedy gdzie jak ile dlaczego nie
        tak dzien dobry dziekuje prosze moge chce mam potrzebuje sie to ten ta wizyte wizyta""",
    "vi": """la va cua toi ban cho co khong duoc mot cac nhung nay khi nao o dau the bao nhieu xin chao cam on muon can
        lich hen bac si gio mo cua hoa don""",
    "tl": """ang ng mga sa na ay at ako ikaw siya kami kayo sila ko mo niya namin ninyo nila po opo hindi oo ano kailan
        saan paano magkano bakit kumusta salamat pwede gusto kailangan may wala para ito iyan""",
    "ht": """mwen ou li nou yo nan ak pou ki sa kijan ki le kote poukisa pa wi bonjou mesi tanpri bezwen vle genyen gen
        yon randevou dokte a la""",
}
_SETS = {code: frozenset(words.split()) for code, words in _WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")
_SURE = 2
"""So many words of a language must stand in a message, and they must lead by one."""


def language_of(text: str, hint: str | None) -> str:
    """BCP 47 code of the message's language, or `und`.

    `hint` is the language of the thread or desk, kept by messages of fewer than four words that show no other one.
    """
    words = _WORD.findall(without_tokens(text))
    letters = "".join(words)
    script = _script(letters)
    if script:
        return script
    if not letters:
        return hint or UNKNOWN
    first, lead, count = _by_words([_folded(word) for word in words])
    if len(words) < SHORT_WORDS:
        return first if first and (count >= _SURE or (lead >= 1 and first != "en")) else (hint or UNKNOWN)
    return first if first and count >= _SURE and lead >= 1 else UNKNOWN


def _script(letters: str) -> str | None:
    """The language that the alphabet of most letters decides, if it does."""
    # 2,000 letters tell as much as all of them.
    foreign = Counter(_SCRIPTS.get(unicodedata.name(c, "").split(" ")[0]) for c in letters[:2000] if ord(c) > 0x36F)
    foreign.pop(None, None)
    if not foreign:
        return None
    if foreign["ja"]:
        return "ja"
    code, count = foreign.most_common(1)[0]
    # A language of another alphabet writes fewer, larger words: a fifth of the letters is already a message in it.
    return code if count * 5 >= len(letters[:2000]) else None


def _by_words(words: list[str]) -> tuple[str | None, int, int]:
    """The language with most function words, its lead over the next, and how many there were."""
    counts = sorted(((sum(word in known for word in words), code) for code, known in _SETS.items()), reverse=True)
    (best, code), (second, _) = counts[0], counts[1]
    return (code if best > second else None), best - second, best


def _folded(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c))
