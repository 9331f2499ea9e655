# ruff: noqa: E501 - a phrase stays on one line, so that it can be read and searched whole
"""Urgent and emergent words: signs that somebody needs care now. English and Spanish."""

from vouchsafe.domain.finding import ClinicalClass
from vouchsafe.pipeline.detect.rules.rule import rule

_SOURCE = "R139 urgent, R197: emergent is paged"
_URGENT = ClinicalClass.URGENT.value
_SOFTWARE = (
    "servers?", "apps?", "screens?", "systems?", "pages?", "websites?", "portal", "computers?", "workstations?",
    "printers?", "sessions?", "software", "buttons?", "menu", "sidebar", "panel", "templates?", "order sets?",
    "protocols?", "flowsheets?", "smartphrases?", "viewer", "x rays?", "brochures?", "training", "module", "course",
)  # fmt: skip
_MONEY = ("bill\\w*", "claims?", "copays?", "cover\\w*", "insurance", "charg\\w+", "cost\\w*", "invoice")

RULES = (
    rule(
        "emergency.chest",
        "pain or pressure in the chest",
        _SOURCE,
        (
            "chest ~ (?:pains?|tight\\w*|pressure|hurt\\w*|ach\\w+|heav\\w+|discomfort|burning|killing me)",
            "(?:pains?|pressure|tightness|heav\\w+|tight|squeezing|burning|stabbing) ~ chest",
            "heart attack (?:symptoms|right now|now)",
            "heart ~ (?:racing|pounding|skipping)",
        ),
        unless=(*_SOFTWARE, *_MONEY),
        kind=_URGENT,
    ),
    rule(
        "emergency.breath",
        "trouble breathing",
        _SOURCE,
        (
            (
                "(?:can not|could not|can hardly|can barely|trouble|difficulty|hard to|unable to|struggl\\w+ (?:to|with)|hard time|"
                "difficult to|problems?|barely) ~ (?:breath\\w*)"
            ),
            "(?:can not|could not) catch ~ breath",
            "short(?:ness)? of breath",
            "out of breath",
            "(?:gasping|wheezing|choking)(?: for air)?",
            "(?:not|stopped|stops) breathing",
            "(?:lips|face|fingers) ~ (?:blue|purple|gr[ae]y)",
            "turn(?:ed|ing) blue",
        ),
        unless=("breathing room", "training", "class", "cpap mask order"),
        kind=_URGENT,
    ),
    rule(
        "emergency.stroke",
        "signs of a stroke or sudden nerve trouble",
        _SOURCE,
        (
            "(?:face|mouth|eye) ~ (?:droop\\w*|numb|sagging|crooked)",
            "slurr\\w+",
            "one (?:side|arm|leg) ~ (?:weak\\w*|numb\\w*|paraly\\w+)",
            "(?:arm|leg|side|face|hand) ~ (?:is|went|gone|feels|suddenly|got) (?:weak|numb|limp|dead|heavy)",
            "can not (?:move|feel) ~ (?:arm|leg|legs|side|face|hand)",
            "(?:can not|could not) (?:speak|talk|see|get up)(?= ?(?:[.,!?]|and|$))",
            "sudden\\w* ~ (?:vision|blind\\w*|headache|confus\\w+|weak\\w*|numb\\w*)",
            "worst headache",
            (
                "(?:having|has|had|have|like) (?:a|another) (?:stroke|heart attack|seizure|fit|miscarriage) ?(?:now|right now|today|this morning)?"
                "(?= ?(?:[.,!?]|$))"
            ),
            "(?:having|think ~ having) (?:a|an|another) (?:stroke|heart attack|seizure|allergic reaction|miscarriage)",
        ),
        unless=(*_SOFTWARE, "years? ago", "last year", "history of"),
        kind=_URGENT,
    ),
    rule(
        "emergency.bleeding",
        "bleeding that is heavy or in the wrong place",
        _SOURCE,
        (
            "(?:bleed\\w*|blood) ~ (?:will not stop|heav\\w+|a lot|everywhere|not stopping|non ?stop|does not stop|badly)",
            "(?:will not|does not|can not) stop ~ bleed\\w*",
            "(?:cough\\w*|vomit\\w*|throw\\w*|threw|spit\\w*|puk\\w+|pee\\w*|poop\\w*|pass\\w*) ~ blood",
            "blood in (?:my|his|her|the|their) (?:stools?|urine|vomit|poop|pee|diaper)",
            "(?:soak\\w*|going) through ~ (?:pads?|bandages?|towels?)",
            "bleeding (?:out|through|and pregnant|while pregnant)",
            "pregnant ~ (?:bleed\\w*|spotting|cramp\\w*)",
        ),
        unless=("blood work", "blood drive"),
        kind=_URGENT,
    ),
    rule(
        "emergency.unresponsive",
        "somebody unconscious, unresponsive or crashing",
        _SOURCE,
        (
            "(?:not|non|is not) (?:responding|responsive|waking up)",
            "unresponsive",
            "(?:passed|passing|blacked|blacking) out",
            "faint(?:ed|ing)",
            "collapsed",
            "unconscious",
            "(?:seizures?|seizing|convuls\\w+)",
            "(?:will not|can not|does not) (?:wake|be woken)(?: up)?",
            "code (?:blue|stroke|sepsis|pink)",
            "rapid response",
            "patients? ~ (?:crashing|coding|deteriorat\\w+|decompensat\\w+|unstable|septic|arrest\\w*)",
            "desat\\w*",
            "(?:bp|blood pressure|o2|oxygen|sats?|spo2|heart rate|pulse) ~ (?:dropping|crashing|falling|tanking|in the [3-8]0s)",
            "(?:urgent|stat|emergency|now)[: ,]{1,3}(?:the |my |a )?patient ~ (?:not|who|needs?|is|has)",
        ),
        unless=(
            *_SOFTWARE,
            "phone",
            "doctors? office (?:is )?not responding",
            "not responding to (?:my|our) (?:emails?|calls?|messages?)",
        ),
        kind=_URGENT,
    ),
    rule(
        "emergency.code",
        "a clinical emergency is under way, whatever else is broken",
        _SOURCE,
        ("code blue", "patient (?:is )?(?:coding|crashing)", "cardiac arrest", "mid (?:code|resus\\w*)"),
        unless=("training", "course", "template", "badge"),
        kind=_URGENT,
    ),
    rule(
        "emergency.poison",
        "an overdose, a wrong dose or poison",
        _SOURCE,
        (
            "overdos\\w*",
            (
                "(?:took|taken|take|given|gave|swallowed|ate) (?:two|three|four|five|six|double|too many|too much|extra|twice|all|a bunch|"
                "a lot|the wrong|\\d{1,2}) ~ (?:pills?|tablets?|doses?|dosage|meds|medicines?|medications?|capsules?|insulin|units)"
            ),
            "double dos\\w*",
            "(?:swallow\\w*|drank|ate|ingest\\w*) ~ (?:batter\\w+|magnets?|bleach|cleaner|detergent|poison|pods?|antifreeze|pills?)",
            "poison(?:ed|ing|s)?",
        ),
        unless=("food poisoning (?:class|brochure)", "training", "course"),
        kind=_URGENT,
    ),
    rule(
        "emergency.allergic",
        "a severe allergic reaction",
        _SOURCE,
        (
            "(?:throat|tongue|lips|face|eyes) ~ (?:swell\\w*|swollen|closing|puff\\w*)",
            "(?:swell\\w*|swollen) ~ (?:throat|tongue|lips|face)",
            "anaphyla\\w+",
            "(?:used|using|need) ~ epi ?pen",
        ),
        unless=("document", "template", "field", "training"),
        kind=_URGENT,
    ),
    rule(
        "emergency.baby",
        "danger in pregnancy or for a baby",
        _SOURCE,
        (
            "(?:not|have not|has not|did not) ~ (?:felt|feel|feeling) ~ baby",
            "baby ~ (?:not|has not|stopped|less) ~ (?:moving|moved|move|kick\\w*|feeding|eaten|eating|waking|breathing|peed)",
            (
                "(?:baby|newborn|infant|(?:weeks?|months?) old) ~ (?:fever|limp|floppy|lethargic|very sleepy|not eating|has not eaten|will not "
                "(?:eat|feed|wake)|turning)"
            ),
            "waters? (?:just )?(?:broke|have broken)",
            "contractions",
            "in labou?r",
        ),
        unless=("labor (?:day|and delivery tour)", "class"),
        kind=_URGENT,
    ),
    rule(
        "emergency.numbers",
        "a measured value that may be dangerous",
        _SOURCE,
        (
            "(?:fever|temp\\w*) ~ (?:10[3-9]|4[01])(?:\\.\\d)?",
            "(?:sugar|glucose) ~ (?:[2-5]\\d|[3-9]\\d\\d)(?!\\d)",
            "(?:bp|blood pressure) ~ (?:1[89]\\d|2\\d\\d|[5-8]\\d) ?(?:/|over)",
            "(?:oxygen|o2|spo2|sats?) ~ (?:[5-8]\\d)(?!\\d)",
            "potassium ~ (?:[6-9](?:\\.\\d)?|2(?:\\.\\d)?)(?!\\d)",
        ),
        kind=_URGENT,
    ),
    rule(
        "emergency.where_to_go",
        "a question whether to go to an emergency room or call for help",
        _SOURCE,
        (
            (
                "(?:should|do|need|must|have) ~ (?:go to|come to|visit|call|take (?:him|her|them) to) ~ "
                "(?:er|a&e|emergency|911|999|112|ambulance|urgent care|hospital)"
            ),
            "(?:er|emergency room|urgent care|911) or (?:wait|not|stay|see)",
            "(?:called|calling|call) (?:911|999|112|an ambulance)",
        ),
        unless=(*_MONEY, "parking", "visiting", "emergency contact"),
        kind=_URGENT,
    ),
    rule(
        "emergency.word",
        "the writer calls it an emergency",
        _SOURCE,
        (
            "(?:this is|it is|have|having|medical|got|in) (?:an |a )?(?:medical |real )?emergency",
            "need ~ help (?:right now|immediately|now)",
            "(?:dying|going to die)(?= ?(?:[.,!?]|$))",
        ),
        unless=(
            "not an emergency",
            "no emergency",
            "emergency (?:contact|plan|exit|room|department)",
            *_SOFTWARE,
            *_MONEY,
            "log ?in",
            "password",
            "transfers?",
            "payments?",
            "transactions?",
            "where should i go for care",
        ),
        kind=_URGENT,
    ),
    rule(
        "emergency.spanish",
        "urgent words in Spanish",
        _SOURCE,
        (
            "(?:dolor|presion|opresion|ardor) ~ pecho",
            "(?:me|le) duele ~ pecho",
            "(?:no|apenas) (?:puedo|puede|pudo) respirar",
            "(?:me|le) (?:falta|cuesta) ~ (?:aire|respirar)",
            "(?:dificultad|problemas) (?:para|al) respirar",
            "(?:no|dejo de) respira\\w*",
            "(?:se|me) desmay\\w+",
            "desmayo|inconsciente|convulsi\\w+|derrame|infarto|sobredosis|veneno|envenen\\w+|anafila\\w+",
            "(?:mucha|vomit\\w+|tos\\w+|escup\\w+|orin\\w+) ~ sangre",
            "(?:sangrando|sangrado|sangra) ~ (?:mucho|no para|embarazada|fuerte)",
            "embarazada ~ (?:sangr\\w+|dolor)",
            "no (?:se )?(?:despierta|responde|reacciona)",
            "labios (?:azules|morados)",
            "(?:hinchad\\w+|hincha\\w*|hincho) ~ (?:cara|garganta|lengua|labios)",
            "(?:cara|garganta|lengua|labios) ~ hincha\\w+",
            "(?:cara|brazo|lado) ~ (?:dormid[oa]|adormecid[oa]|paralizad[oa]|caid[oa])",
            "bebe ~ (?:no (?:come|se mueve|respira|despierta)|fiebre)",
            "(?:tome|tomo|tomaron) (?:muchas|demasiad[oa]s|todas|de mas|doble)",
            "(?:es|tengo|tenemos) una emergencia",
            "(?:llamo|llame|llamar) ~ (?:911|ambulancia)",
            "(?:debo|tengo que) ir a (?:emergencias?|urgencias)",
        ),
        unless=("contacto de emergencia", "factura", "seguro"),
        kind=_URGENT,
    ),
)
