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
        password doctor records refill help parking phone call send cancel change new reset request form office im ive
        dont cant got just still again today tomorrow monday tuesday wednesday thursday friday saturday sunday because
        than then too very much more only into over off back here now were its isnt didnt wont u ur pls""",
    "es": """el la los las un una unos unas y o de del al en por para con sin es son esta estan estoy era fue ser soy
        yo usted ustedes mi mis su sus que cual cuando donde como cuanto cuanta quien porque no si hola gracias buenos
        buenas dias tardes puedo puede pueden quiero quisiera necesito tengo tiene hay me te se lo le les nos mas muy
        pero tambien este esta esto cita citas factura pagar clinica horario horarios doctor medico ayuda ingles hablo
        espanol seguro estacionamiento cambiar cancelar favor desde ayer hoy manana ya hija hijo mama papa senora
        senor hacer llamar todavia nada todo algo hasta entre sobre despues antes ahora pueda ir estado sido han ha he
        hace meses semana dolor cuenta resultados""",
    "fr": """le la les un une des et ou de du au aux en pour par avec sans est sont je tu il elle nous vous ils on
        mon ma mes votre vos notre nos son sa ses leur que qu qui quand ou comment combien pourquoi ne pas bonjour
        bonsoir merci puis peux pouvez peut voudrais aimerais besoin ai avez avons a rendez ce cette ces cet dans sur
        suis etre ete fait faire si mais donc aussi tres plus depuis jour jours semaine mois heure heures demain hier
        fille fils mere pere mari femme docteur medecin facture il se me lui tout tous toute encore toujours
        apres avant chez deja cordialement svp quelle quel faut dois""",
    "pt": """o os as um uma e ou de do da dos das em no na nos nas ao aos pelo pela por para pra com sem sao esta estou
        eu voce voces meu meus minha minhas seu sua seus suas que qual quando onde como quanto quanta nao sim ola oi
        obrigado obrigada bom boa dia tarde noite posso pode podem quero queria gostaria preciso precisa tenho tem
        temos consulta marcar remarcar ingles falo mas mais muito muita tambem ja ainda agora hoje ontem amanha filha
        filho mae pai marido esposa medico medica conta exame resultado remedio foi era ser fazer faz isso essa esse
        ele ela eles nos vocês ate depois antes desde semana mes meses dias dor favor por se me lhe estao foram""",
    "de": """der die das den dem des ein eine einen einem einer und oder von zu zum zur im in am an auf aus bei fur mit
        nach ohne um ist sind war waren bin habe hat hatte du er sie es wir ihr ihnen ihm mir mich mein meine meinen
        meiner meinem ihre ihren sein seine was wann wo wie warum wer nicht nichts kein keine hallo danke bitte kann
        konnen konnte mochte brauche haben werden wird wurde termin rechnung dass wenn aber auch noch schon nur mehr
        sehr heute morgen gestern seit uns unsere tochter sohn mutter vater mann frau arzt praxis ob als da dann doch
        immer wieder uber vor guten tag grussen freundlichen gibt muss soll sollte dieser diese dieses""",
    "it": """il lo gli un uno una e o di del della dei delle a al alla in nel nella per con senza sono io tu lui lei noi
        voi mio mia suo sua che quale quando dove come quanto perche non si ciao buongiorno grazie posso puo vorrei ho
        bisogno appuntamento anche ancora oggi domani ieri figlia figlio madre padre dottore ma piu molto questo questa
        ha hanno siamo essere fare""",
    "pl": """i w z ze na do od po za dla przez przed przy o jest sa byl byla bylo jestem ja ty on ona my wy moj moja
        moje mojego mojej mojemu moim moich mi mnie mu jej jego nas nam pan pani panstwo panstwa co kiedy gdzie jak ile
        dlaczego czy nie tak dzien dobry dziekuje prosze moge mozna moze chce chcialbym chcialabym mam ma mamy
        potrzebuje sie to ten ta te tego tej tym wizyte wizyta wizyty ale bo juz jeszcze tylko tez albo lub oraz ze
        zeby jesli gdy dzis dzisiaj jutro wczoraj corka corki syn syna mama mamy tata zona maz lekarz lekarza doktor
        rachunek wynik wyniki bardzo jutro tydzien tygodniu miesiac od kilku dni po""",
    "vi": """la va cua toi ban cho co khong duoc mot cac nhung nay khi nao o dau the bao nhieu xin chao cam on muon can
        lich hen bac si gio mo cua hoa don con me chau anh chi em ong ba minh nha biet lam gi voi roi chua den ngay
        tuan thang nam hom qua mai kham benh vien thuoc dau dung phai van de tu trong ngoai them neu vi thi ma se da
        dang bi noi nghe goi dien thoai nguoi tieng viet giup vui long rat nhieu lai di xe giay to bao hiem tien tra ky
        ket xet nghiem toa mau sang chieu toi""",
    "tl": """ang ng mga sa na ay at ako ikaw siya kami kayo sila ko mo niya namin ninyo nila po opo hindi oo ano kailan
        saan paano magkano bakit kumusta salamat pwede gusto kailangan may wala para ito iyan yung lang ba naman din
        rin pa kung kasi nang niyo natin tayo si ni kay nasa anak nanay tatay asawa wag huwag puwede sana meron mayroon
        dahil kapag pag dito doon ngayon bukas kahapon araw linggo buwan mas lahat""",
    "ht": """mwen ou li nou yo nan ak avek pou ki sa kijan kouman ki le kile kote poukisa pa wi non bonjou bonswa
        mesi tanpri souple bezwen vle genyen gen yon randevou dokte la lan an te ap pral ka kapab fe men si depi kont
        pitit manman papa mari madanm sou se te pou yo sa tout anpil toujou anko jodi demen ye semen mwa jou
        lopital klinik faktu peye rele ban di konnen paske osijet chak konsa deja poko nou menm""",
}
_LETTERS = {
    "vi": "ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
    "pl": "ąćęłńśźż",
    "pt": "ãõ",
    "de": "ßäöü",
    "es": "ñ",
    "fr": "œêûîù",
}
"""A word with one of these letters counts for the language once more."""
_OF_ITS_OWN = {code: frozenset(letters) for code, letters in _LETTERS.items()}
_SETS = {code: frozenset(words.split()) for code, words in _WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")
_SURE = 2
"""So many words of a language must stand in a message, and they must lead by one."""


def language_of(text: str, hint: str | None) -> str:
    """BCP 47 code of the message's language, or `und`.

    `hint` is the language of the thread or desk. Messages of fewer than four words that show no other one keep it, and
    one word of it is enough where no other language has more.
    """
    words = _WORD.findall(without_tokens(text))
    letters = "".join(words)
    script = _script(letters)
    if script:
        return script
    if not letters:
        return hint or UNKNOWN
    counts = _by_words([unicodedata.normalize("NFC", word.lower()) for word in words])
    (count, first), (second, _) = counts[0], counts[1]
    lead = count - second
    if len(words) < SHORT_WORDS:
        return first if lead and (count >= _SURE or first != "en") else (hint or UNKNOWN)
    if count >= _SURE and lead:
        return first
    return hint if hint and count == 1 and (count, hint) in counts else UNKNOWN


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


def _by_words(words: list[str]) -> list[tuple[int, str]]:
    """How many function words and letters of its own a text has of each language, most first.

    `words` in lower case, composed.
    """
    folded = [_folded(word) for word in words]
    return sorted(
        (
            (
                sum(word in known for word in folded)
                + sum(not _OF_ITS_OWN[code].isdisjoint(word) for word in words if code in _OF_ITS_OWN),
                code,
            )
            for code, known in _SETS.items()
        ),
        reverse=True,
    )


def _folded(word: str) -> str:
    marked = unicodedata.normalize("NFKD", word.lower().translate(_WHOLE))
    return "".join(c for c in marked if not unicodedata.combining(c))


_WHOLE = str.maketrans("đłßœ", "dlso")
"""Letters that have no parts to take a mark from."""
