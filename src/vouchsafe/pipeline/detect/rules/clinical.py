# ruff: noqa: E501 - a phrase stays on one line, so that it can be read and searched whole
"""Clinical context: decisions, treatment, diagnosis, one patient's case. Patients and clinicians; basics in Spanish.

The contrast pair of R140 is the measure: "how do I document an allergy in the EHR" is about a program, "is this
medication safe for my patient" is about a patient. Words about the program are therefore exceptions only of rules
that would fire on a mere mention.
"""

from vouchsafe.domain.finding import ClinicalClass
from vouchsafe.pipeline.detect.rules.lexicon import drugs, medicine
from vouchsafe.pipeline.detect.rules.rule import rule

_SOURCE = "R139, R140, R142: clinical context goes to clinicians"
_DRUG, _MEDICINE = drugs(), medicine()
_QUESTION = (
    "[^?]{0,400}\\?",
    "(?:can|should|may|could|is|are|do|does|will|would|what|which|how|why|when) (?:i|we|he|she|it|they|this|that|the|my|much|many|often|long)",
)
_PROGRAM = (
    "document", "chart", "record", "pop ?ups?", "alerts?", "templates?", "buttons?", "tickets?", "print\\w*", "licen[cs]e",
    "order entry", "drop ?down", "fields?", "smart ?phrases?", "screens?", "freez\\w+", "frozen", "log ?in", "error", "bar ?codes?",
    "labels?", "work ?stations?", "viewer", "order sets?", "administration records?", "lists?",
)  # fmt: skip
_PROCESS = (
    "refills?", "renew\\w*", "sent to", "status", "pharmacy", "pick up", "picked up", "ready", "prices?", "cost\\w*", "copays?",
    "cover\\w*", "insurance", "deliver\\w*", "prior auth\\w*", "fax\\w*", "appointments?", "billed", "charged", "bill",
    "reminders?", "cards?", "proof", "certificate",
)  # fmt: skip
_SYMPTOM = (
    "(?:dizz\\w+|rash\\w*|fever\\w*|nausea\\w*|nauseous|vomit\\w*|throwing up|swollen|swelling|pains?|painful|hurts?|hurting|bleeding|"
    "numb\\w*|tingling|infect\\w*|itch\\w*|cough\\w*|headaches?|migraines?|diarrh?ea|constipat\\w*|palpitations|fatigue\\w*|exhausted|"
    "cramps?|cramping|lumps?|bruis\\w+|discharge|pus|oozing|leaking|blister\\w*|hives|burning|sore|ach(?:es?|ing|y)|stiff|weak|"
    "faint|shak(?:ing|y)|trembling|feverish|chills|sweats|congest\\w*|wheez\\w*|insomnia|can not sleep|worse|unwell|sick|ill|"
    "anxious|depressed|panic attacks?|upset stomach|heartburn|spotting|infection|inflamed|limp\\w*|vertigo|confused and|yellow)"
)
_BODY = (
    "(?:head|neck|back|shoulders?|arms?|elbows?|wrists?|hands?|fingers?|chest|stomach|belly|tummy|hips?|legs?|knees?|ankles?|foot|"
    "feet|toes?|eyes?|ears?|nose|throat|tooth|teeth|gums?|jaw|skin|breast|heart|lungs?|kidneys?|liver|bladder|incision|stitches|"
    "wound|scar|mole|period|pee|urine|poop|stool)"
)
_FIGURATIVE = (
    "portal", "website", "app", "bills? (?:is|are)", "paperwork", "hold", "pain in the (?:neck|ass|butt)", "a pain to", "real pain",
    "such a (?:pain|headache)", "tired of calling", "sick of", "sick (?:note|leave|day|days|pay)", "headache (?:to|with) (?:log|use|get)",
    "pain management (?:clinic|appointment)", "sorry", "flu shot", "weak (?:signal|wifi|password)", "sore (?:point|subject)",
    "burning question", "any worse", "worse than", "connection", "wifi", "confused and", "being hurt", "hurt at home",
)  # fmt: skip
_TEST = (
    "(?:results?|labs?|levels?|counts?|scans?|mris?|ct|x rays?|biopsy|ultrasound|ekg|ecg|tests?|tsh|a1c|potassium|troponin|creatinine|"
    "hemoglobin|cholesterol|glucose|blood pressure|inr|psa|white cells?|platelets?|report|screening|pap)"
)

RULES = (
    rule(
        "clinical.drug_question",
        "a medicine is named and something is asked",
        _SOURCE,
        (f"{_DRUG}",),
        unless=(*_PROGRAM, *_PROCESS),
        needs=_QUESTION,
        kind=ClinicalClass.TREATMENT,
    ),
    rule(
        "clinical.taking",
        "taking, stopping, mixing or giving a medicine",
        _SOURCE,
        (
            (
                f"(?:take|taking|took|stop|stopping|stopped|skip|skipped|skipping|double|mix|mixing|combine|combining|give|giving|hold|restart|"
                f"continue|swallow|crush|split|wean|taper|titrate|inject|administer|missed|miss|forgot|increase|reduce|lower|"
                f"raise|switch|change|adjust\\w*) ~ {_MEDICINE}"
            ),
            f"(?:allerg\\w+|react\\w+) ~ {_MEDICINE}",
            "(?:side ?effects?|interact\\w*|overdose|dose|dosage|dosing) ~ (?:of|with|from|for|between|is|to|are|do)",
            (
                f"{_MEDICINE} ~ (?:side ?effects?|interact\\w*|safe|dose|dosage|making me|make me|makes me|not working|stopped working|with alcohol|"
                f"with food|together|instead|while pregnant)"
            ),
            "(?:max|maximum|correct|right|usual|safe|starting|lowest|highest) ~ (?:dose|dosage|amount)",
            "\\d+ ?(?:mg|mcg|milligrams?|micrograms?|units?|ml|cc|puffs?) (?:twice|once|three|every|a day|daily|per|or|of|instead|is|at|and|in)",
            "how (?:many|much|often) ~ (?:can|should|do|may) (?:i|we|he|she|they|you) (?:take|give|use)(?! (?:on|off|out))",
            "how many of (?:these|them|those)",
            "generic (?:version|form|alternative|equivalent)?(?: ?(?:of|for|to))",
            (
                "(?:can|should|may|could|is it ok to|is it okay to|ok to|okay to|safe to) (?:i |we |he |she |they )?(?:still |just |also )?"
                "(?:take|stop taking|skip|double|keep taking|keep using|mix|restart|drink|drive|exercise|breast ?feed|fly|have sex|eat)"
                " ~ (?:it|this|these|them|both|after|before|with|while|alcohol|during|another|extra|two|more|pregnant)"
            ),
        ),
        unless=(
            "change ~ pharmacy",
            "take ~ (?:card|insurance|survey|photo|picture)",
            "switch ~ (?:pharmacy|doctor|provider)",
            "allergy (?:list|field|drop)",
            "missed ~ (?:call|appointment)",
            "stop ~ (?:reminders?|texts?|emails?|auto ?refill)",
            "order set",
            "pops? ?up",
            "(?:interaction|allergy) alerts?",
            "document",
            "drop ?down",
            "change ~ address",
            "pick(?:ed)? up",
            "(?:flu|vaccin\\w*) (?:card|record)",
            "eat before i come",
            "flight",
            "carry ons?",
            "fridge",
        ),
        kind=ClinicalClass.TREATMENT,
    ),
    rule(
        "clinical.safe",
        "a question whether something is safe for somebody's health",
        _SOURCE,
        (
            "safe ~ (?:patients?|pregnan\\w+|baby|child|kids?|breast ?feeding|take|use|give|eat|drink|surgery|diabet\\w+|together)",
            f"safe (?:to|for|with|during|in|while) ~ {_MEDICINE}",
            f"{_MEDICINE} ~ safe",
            "contra ?indicat\\w+",
        ),
        unless=("safe to (?:use|send|give) ~ (?:card|email|portal|link|number)", "password"),
        kind=ClinicalClass.TREATMENT,
    ),
    rule(
        "clinical.symptom",
        "a symptom that somebody has",
        _SOURCE,
        (
            (
                f"(?:i am|i have|i feel|i got|i keep|i was|feeling|feels|have been|has been|having|getting|been|woke up|is still|am still|"
                f"(?:he|she|it) (?:is|has|feels|keeps)|(?:my|his|her) (?:son|daughter|baby|child|kid|wife|husband|mother|mom|father|dad|"
                f"{_BODY}) (?:is|are|has|have|feels?|keeps?|looks?|still|got)) ~ {_SYMPTOM}"
            ),
            f"(?:my|his|her|the|both|left|right|upper|lower) {_BODY} (?:(?:is|are|has|have|feels?|still|really|been|always|started|keeps?) ){{0,3}}{_SYMPTOM}",
            f"{_SYMPTOM} (?:in|on|around|under|behind|near) (?:my|his|her|the|both|one) (?:left |right |upper |lower )?{_BODY}",
            f"{_BODY} (?:pain|ache|injury|swelling|infection)",
            (
                f"{_SYMPTOM} ~ (?:since|for (?:\\d|a|two|three|several|the last)|after (?:the|my)|getting worse|will not go away|does not go away|"
                "came back|all night|all day)"
            ),
            "(?:stomach|belly|back|head|throat) ~ (?:upset|kill\\w*|hurt\\w*|ache\\w*)",
            "(?:wound|incision|stitches|cut|scar|site) ~ (?:red|leak\\w*|open\\w*|smell\\w*|hot|warm|ooz\\w*|infected|pus|bleed\\w*)",
            "(?:do|does|did) not feel (?:right|well|good|like myself)",
            "not (?:eating|sleeping|feeling well|feeling good|feeling right|able to keep)",
        ),
        unless=_FIGURATIVE,
        kind=ClinicalClass.PATIENT_SPECIFIC,
    ),
    rule(
        "clinical.results",
        "what a result means",
        _SOURCE,
        (
            f"{_TEST} ~ (?:mean|means|meaning|normal|abnormal|bad|high|low|elevated|concerning|serious|positive|negative|cancer\\w*|worse|benign|rise|rising)",
            (
                f"(?:what|is|are|does|do|explain|understand|worried|concerned|interpret|read|discuss) ~ (?:my|the|this|these|his|her) ~ {_TEST} ~ (?:mean\\w*|ok|okay|normal|"
                "bad|serious|high|low|say|show)"
            ),
            "what does (?:abnormal|positive|negative|elevated|benign|malignant) ~ mean",
            f"(?:abnormal|positive|elevated|high|low|bad) {_TEST}",
            (
                "(?:potassium|troponin|glucose|creatinine|hemoglobin|lactate|inr|tsh|a1c|sodium|psa|ldl|blood pressure|bp|sugar|oxygen) "
                "(?:level |reading )?(?:is |was |of |at |came back |only )?\\d"
            ),
            "(?:troponin|creatinine|lactate|potassium|psa|tumou?r|lump|mass) ~ (?:rise|rising|high|elevated|up|grown|growing|bigger)",
            "(?:is|if|whether) (?:it|this|that|my \\w+) (?:is |could be |might be )?(?:cancer\\w*|benign|malignant|contagious|infected|serious|normal to)",
        ),
        unless=(
            "bill\\w*(?: is| looks| seems)? high",
            "price",
            "positive experience",
            "error code",
            "payment",
            "pending",
            "normal (?:hours|business|wait)",
            "cancer cent(?:er|re)",
        ),
        kind=ClinicalClass.DIAGNOSIS,
    ),
    rule(
        "clinical.diagnosis",
        "a question about a condition, its cause or its course",
        _SOURCE,
        (
            (
                "(?:do|does|could|might|think|worried|afraid|am) (?:i|he|she|it|that|this)? ?(?:have|has|be|having|getting|is) (?:a |an |the )?(?:cancer|diabetes|covid|flu|"
                "stroke|infection|uti|pneumonia|strep|adhd|depression|concussion|fracture|blood clot|std|sti|shingles|asthma|pregnant|miscarr\\w+)"
            ),
            "(?:symptoms?|signs?|causes?|treatments?|cure|therapy|prognosis|outlook|risk factors|complications) (?:of|for|from)",
            "(?:prognosis|life expectancy|survival (?:rate|chances))",
            "how long ~ (?:to live|left to live)",
            "what (?:causes|is causing|could cause)",
            "(?:is|are) (?:this|it|that|these|my \\w+) (?:normal|serious|dangerous|contagious|hereditary|infected|cancer\\w*|something to worry about)",
            "normal to (?:bleed|feel|have|be|get|hurt|swell|ache|cough)",
            "(?:something|anything) to (?:be )?(?:worr\\w+|concerned)",
            "(?:mole|lump|spot|rash|bump|growth|discharge) ~ (?:worr\\w+|chang\\w+|look\\w*|grow\\w*|bleed\\w*|normal|check\\w*)",
            "(?:found|have|noticed|see) ~ (?:lump|mole|rash|bump|growth|discharge|blood)",
            "misdiagnos\\w+|second opinion",
            "(?:diagnosed|diagnosis) ~ (?:what|mean|how|should|can|is it|treat\\w*)",
            "am i pregnant",
        ),
        unless=("diagnosis codes?", "training", "course", "insurance", "reports?"),
        kind=ClinicalClass.DIAGNOSIS,
    ),
    rule(
        "clinical.decision",
        "a clinical decision is asked for",
        _SOURCE,
        (
            (
                "(?:should|must) (?:i|we|he|she|they|my \\w+) (?:still |just |also )?(?:see a|be seen|worry|be worried|be concerned|fast|avoid|restart|hold|"
                "operate|stop taking|start taking|increase|decrease|reduce|get (?:tested|checked|the (?:shot|vaccine|booster)|an? (?:mri|scan|x ray|shot|test))|"
                "have (?:surgery|the (?:surgery|procedure|operation|vaccine))|come ~ (?:if|with|sick|fever))"
            ),
            (
                "(?:do|does) (?:i|he|she|we|they) need (?:to (?:fast|be seen|stop|take|avoid|see a|worry)|surgery|antibiotics?|stitches|an? (?:mri|scan|x ray|shot|booster|test|biopsy|"
                "\\w+ (?:test|scan|shot|surgery)))"
            ),
            "(?:can|could|should) (?:it|this|that|the \\w+) wait",
            "what (?:should|do|would) (?:i|you|we) (?:do|recommend|suggest|advise) (?:about|for|with|if) (?:the|my|a|this|it|his|her) (?:pain|fever|rash|wound|patient|cough|symptoms?|was|burn|swelling|bleeding|headache)",
            "(?:which|what) (?:antibiotic|medication|medicine|drug|treatment|vaccine|painkiller|dose)",
            "would you (?:recommend|operate|advise|prescribe)",
            "(?:recommend|suggest|prescribe|advise) ~ (?:treatment|dose|med\\w*|drug|antibiotic|something for)",
            "(?:call|page|consult|need) ~ (?:cardiology|neurology|surgery|icu|the attending) ~ (?:now|stat|tonight)",
            "need a decision",
            "(?:is|would) it (?:be )?(?:ok|okay|safe|fine|dangerous|bad) (?:to|if i) (?:skip|stop|take|wait|delay|drink|eat|shower|drive|exercise|fly|keep|use|travel|swim|bathe|lift)",
            "operate or wait|treat or (?:wait|watch)",
        ),
        unless=(
            "oil",
            "car",
            "fridge",
            "tires",
            "battery",
            "my card",
            "account",
            "what should i do (?:to|about|with) ~ (?:log|bill|form|portal|password|pay|account|insurance|bracelet|card)",
            "front desk",
            "avoid ~ (?:fee|charge|line|wait)",
            "worry about (?:parking|the bill|paying|my insurance|a bill)",
            "stop (?:getting|receiving|the (?:emails|texts))",
            "password",
            "log ?in",
            "go to (?:pay|park|check in|the (?:portal|website|page|lobby|desk|front))",
        ),
        kind=ClinicalClass.DECISION,
    ),
    rule(
        "clinical.patient_case",
        "a clinician writes about a patient's care",
        _SOURCE,
        (
            f"patients? (?:\\w+ ){{0,3}}(?:on|allergic to|taking|started on|given|with|needs?|received) {_MEDICINE}",
            (
                "patients? ~ (?:bp|potassium|troponin|sats|blood pressure|heart rate|labs|pressure|airway|drip|gtt|insulin|sepsis|septic|bleeding|pain|seiz\\w+|febrile|"
                "hypotensive|tachycardic|worsening|confused)"
            ),
            "patients? (?:is |was )?(?:not (?:responding|breathing|waking)|allergic|hypo\\w+|tachy\\w+|brady\\w+|declining)",
            "(?:safe|ok|okay|appropriate|right) ~ (?:my|our|this|the|a) patients?(?! (?:portal|records?|list|desk|line))",
            f"(?:hold|start|stop|restart|titrate|bolus|push|give|administer|switch|wean|reverse|resume) (?:the |her |his )?(?:drip|gtt|pressors?|anticoag\\w*|{_DRUG})",
            "titrate",
            "anticoag\\w+",
            "(?:order set|alert|system|epic|ehr|emr) (?:suggests?|recommends?|says to (?:give|hold|stop)|shows?) ~ (?:units?|mg|dose|insulin|rise|rising|level)",
            "pre op ~ (?:ok|safe|hold|give)",
        ),
        unless=("interpreter", "training", "print\\w*", "access", "log ?in"),
        kind=ClinicalClass.PATIENT_SPECIFIC,
    ),
    rule(
        "clinical.spanish",
        "clinical words in Spanish",
        _SOURCE,
        (
            "me (?:duele|duelen|arde|pica|desmay\\w+)",
            "me (?:siento|encuentro|pongo|he sentido) (?:muy |algo |tan |bastante |un poco |cada vez )?(?:mal|peor|maread[oa]|debil|cansad[oa]|enferm[oa]|hinchad[oa])",
            "(?:le|nos) (?:duele|duelen)",
            (
                "(?:tengo|tiene|con|mucha?|me dio) (?:mucha? |un |una |algo de )?(?:dolor|fiebre|mareos?|nauseas|vomitos?|diarrea|tos|infeccion|erupcion|sarpullido|bulto|hinchazon|presion alta|"
                "presion baja|sangrado|escalofrios)"
            ),
            "(?:puedo|debo|puede|debe|tengo que) (?:seguir |dejar de |parar de )?(?:tomar\\w*|tomando|mezclar|inyectar\\w*|darle)",
            "(?:dejar|deje|dejo|dejado|suspender|parar) (?:de )?(?:tomar\\w*|la (?:medicina|pastilla)|el medicamento)",
            "(?:tomo|tomar|tomaba|tomando|tome) ~ (?:pastillas?|medicinas?|medicamentos?|dosis|mitad|doble|antibiotico)",
            "(?:dosis|efectos? secundarios?|sobredosis|miligramos|antibioticos?)",
            "(?:que|cual|cuanta|cuanto) (?:medicina|medicamento|pastilla|tratamiento|dosis)\\w*",
            "(?:medicina|medicamento|pastillas?|remedio) ~ (?:me|para|hace|con|alcohol|embarazada|segur[oa])",
            "que significan? ~ (?:resultados?|examen\\w*|analisis|prueba|biopsia)",
            "resultados? ~ (?:normal\\w*|anormal\\w*|alto|bajo|malo|cancer|positivo)",
            "(?:es|sera|si es|puede ser) (?:cancer|grave|peligroso|contagioso|maligno|benigno)",
            "embarazada ~ (?:puedo|tomar|dolor|seguro)",
            "alergi[ac]\\w* a",
        ),
        unless=("receta ~ (?:lista|farmacia)", "factura", "intolerancia"),
        kind=ClinicalClass.PATIENT_SPECIFIC,
    ),
)
