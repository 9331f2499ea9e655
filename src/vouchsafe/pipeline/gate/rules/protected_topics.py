"""Protected topics in what would leave: clinical, legal and investment advice, whoever wrote it and from any source."""

import re

from vouchsafe.domain.ruling import Hold, RuleId
from vouchsafe.pipeline.gate.input import GateInput
from vouchsafe.pipeline.gate.matching import first_family

RULE = RuleId("protected_topics")
SOURCE = "R15, R18: no advice on protected topics; the boundary is enforced on the text, not in the prompt"

_DRUG = (
    r"(?:pills?|tablets?|capsules?|doses?|dosage|medications?|medicines?|meds|drugs?|antibiotics?|painkillers?|insulin|"
    r"inhaler|ointment|injections?|ibuprofen|aspirin|acetaminophen|paracetamol|tylenol|advil|naproxen|metformin|"
    r"warfarin|steroids?|opioids?|supplements?|vitamins?|blood thinners?|antidepressants?|statins?|"
    r"\w{3,}(?:cillin|mycin|statin|sartan|olol|azole|prazole|pril|oxetine|azepam|codone))"
)
_ACT = (
    r"(?:take|stop taking|start taking|keep taking|stop using|stop your|double|increase|decrease|reduce|lower|raise|"
    r"skip|inject|swallow|continue taking|continue your|continue with|resume|switch|combine|mix|hold off on)"
)
_LEAD = (
    r"(?:^|[.;:!?,]\s*|\b(?:you|patients?|he|she|they)\s+(?:should|must|ought to|need to|have to|can|could|may|might|"
    r"do not have to|don't have to)\s+|\b(?:please|do not|don't|never|simply|just|then|and|recommend|advise)\s+"
    r"(?:you\s+)?(?:to\s+)?)(?:(?:also|not|safely|always|either)\s+)?"
)
_ILLNESS = (
    r"(?:infection|cancer|diabetes|pneumonia|fracture|stroke|heart attack|allergy|flu|virus|migraine|depression|anemia|"
    r"\w{3,}(?:itis|osis|emia|oma|pathy))"
)

FAMILIES = {
    "a dose": re.compile(
        r"\b\d+(?:[.,]\d+)?\s?(?:mg|mcg|µg|ug|ml|milligrams?|micrograms?|milliliters?|iu|ui|puffs?|drops?|pills?|"
        r"tablets?|capsules?|pastillas?|comprimidos?|tabletas?|gotas?|c[aá]psulas?)\b"
        r"|\b(?:units? of insulin|unidades de insulina|teaspoons? of)\b"
        r"|\b(?:once|twice|three times|four times|every \w+ hours)(?: a day| daily)? "
        r"(?:with|after|before) (?:food|meals?)\b"
    ),
    "advice on a medicine": re.compile(
        rf"{_LEAD}{_ACT}\b[^.!?]{{0,60}}?\b{_DRUG}\b"
        r"|\byou (?:should|must|ought to|need to)(?: not)? (?:take|stop taking|start taking) "
        r"(?:it|them|this|that|one|two|half)\b"
        rf"|\b(?:recommend|suggest|advise)\b[^.!?]{{0,40}}\b{_DRUG}\b"
        r"|\b(?:tome|deje de tomar|aumente|reduzca|suspenda|duplique|debe tomar|puede tomar)\b[^.!?]{0,60}?"
        r"\b(?:medicamentos?|medicinas?|pastillas?|dosis|antibi[oó]ticos?|insulina|ibuprofeno|aspirina|paracetamol)\b"
    ),
    "a diagnosis": re.compile(
        rf"\byou (?:(?:may|might|could|probably|likely|most likely|definitely|seem to|appear to) )+have (?:an? )?"
        rf"(?:\w+ ){{0,2}}{_ILLNESS}\b"
        rf"|\b(?:sounds like|looks like|is probably|is likely|could be|may be|is caused by)"
        rf"(?: an?| the)? (?:\w+ ){{0,2}}"
        rf"{_ILLNESS}\b"
        r"|\b(?:signs?|symptoms?) of (?:an? )?\w+"
        r"|\busted (?:tiene|podr[ií]a tener|puede tener) (?:una? )?(?:infecci[oó]n|diabetes|c[aá]ncer|alergia|gripe)\b"
    ),
    "a judgement on a result or a symptom": re.compile(
        r"\byour (?:\w+ ){0,2}(?:results?|tests?|labs?|levels?|count|pressure|scan|x-ray|biopsy|symptoms?) "
        r"(?:is|are|was|were|looks?|seems?|came back|appears?) (?:\w+ )?"
        r"(?:normal|fine|good|high|low|elevated|positive|negative|abnormal|harmless|serious|nothing)\b"
        r"|\b(?:nothing to worry about|no cause for concern|(?:is|are) (?:perfectly |completely |quite )?"
        r"(?:harmless|benign|not serious|not dangerous|not an emergency|not urgent))\b"
        r"|\b(?:you )?(?:do not|don't) need to (?:see|call|visit) (?:a|the|your) (?:doctor|clinician|nurse|hospital)\b"
        r"|\b(?:no es grave|no es una emergencia|es normal que (?:le |tenga )|no necesita ver al m[eé]dico)\b"
    ),
    "advice on a treatment": re.compile(
        r"\bsafe (?:to (?:take|use|drink|eat|combine|mix|continue|stop)|during pregnancy|"
        r"while (?:pregnant|breastfeeding)|"
        r"(?:with|for) (?:your|people with|patients with|pregnant))\b"
        r"|\b(?:side effects?|contraindicated|drug interactions?|interacts? with)\b"
        r"|\b(?:apply (?:\w+ )?(?:ice|heat|pressure|ointment|cream)|drink plenty of|"
        r"elevate your|rest and (?:ice|drink|elevate))\b"
        r"|\b(?:efectos secundarios|es seguro (?:tomar|usar))\b"
    ),
    "legal or investment advice": re.compile(
        r"\byou (?:should|could|can|may|might) (?:\w+ )?(?:sue|take legal action|"
        r"hire a lawyer|file (?:a lawsuit|for bankruptcy))\b"
        r"|\b(?:you have a (?:strong |good )?(?:case|claim) against|you are legally (?:entitled|liable|obliged))\b"
        r"|\byou should (?:invest|take out a loan|borrow)\b"
    ),
}


def protected_topics(case: GateInput) -> Hold | None:
    """Hold where the draft gives a dose, a diagnosis, a judgement, a treatment, or legal advice.

    It reads what would leave, not what was asked, so that a steered model is stopped too.
    """
    for sentence in case.sentences:
        family = first_family(FAMILIES, sentence.text)
        if family:
            return Hold(RULE, f"the draft gives {family}", SOURCE)
    return None
