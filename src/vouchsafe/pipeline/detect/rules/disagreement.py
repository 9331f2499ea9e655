# ruff: noqa: E501 - a phrase stays on one line, so that it can be read and searched whole
"""Disputes and refund demands, complaints, legal threats. People decide these; a machine attempts no resolution."""

from vouchsafe.pipeline.detect.rules.rule import rule

_SOURCE = "R12, R17: a dispute or complaint is answered by a person"
_BILL = "(?:charges?|bills?|fees?|amounts?|balances?|invoices?|statements?|totals?|payments?|copays?|price)"

DISPUTE = (
    rule(
        "dispute.wrong_charge",
        "a charge is called wrong",
        _SOURCE,
        (
            (
                f"{_BILL} ~ (?:is|are|was|were|looks?|seems?|must be) (?:all |completely |totally |simply |just )?(?:wrong|incorrect|not right|not mine|not correct|"
                "a mistake|an error|inaccurate|unfair|fraud\\w*|bogus|too high|way off|ridiculous|a scam)"
            ),
            f"(?:wrong|incorrect|double|duplicate|fraudulent|unauthori[sz]ed|erroneous|bogus|unfair|surprise|mistaken) (?:\\w+ )?{_BILL}",
            "(?:wrongly|incorrectly|mistakenly|double|over) ?(?:charged|billed)",
            "overcharg\\w*|overbill\\w*",
            (
                "(?:billed|charged|charging|billing) (?:me |us |my card |my account |my insurance )?(?:twice|two times|three times|double|again|more than|too much|the wrong|"
                "for (?:something|a \\w+|an \\w+|services?|tests?) (?:i|we|that|which|you))"
            ),
            "disput\\w+",
            f"(?:contest|contesting|challenge|challenging|question|questioning) (?:the|this|that|my|a|your) {_BILL}",
            "(?:refuse|refusing|not going|will not|do not intend|not willing) (?:to )?(?:be )?pay\\w*",
            "(?:do|does|did) not owe",
            f"(?:never|did not) (?:received?|had|have|got|get|agreed?|authori[sz]ed?|consent\\w*|show\\w* up|happened?|provided?) ~ (?:{_BILL}|service|visit|treatment|test|procedure|appointment)",
            "you never provided",
            "should(?: not|nt)? (?:not )?(?:have )?(?:been |be )?(?:billed|charged)",
            "was told (?:it|this|that|the \\w+) (?:was|would be|is) (?:free|covered|included|no charge|\\$)",
            "(?:want|like|going|plan|intend|need|wish) to appeal",
            "(?:appeal|appealing|object to|disagree with) (?:the|this|that|my|your|a) (?:\\w+ )?(?:decision|denial|claim|ruling|charge|bill|diagnosis|balance|finding)",
            "(?:not|never) my (?:bill|charge|debt|responsibility)",
            f"(?:remove|reverse|cancel|waive|correct|take off|write off) (?:the|this|that|these|my) (?:\\w+ )?{_BILL}",
            "(?:cobraron|cobro|factura|cargo) ~ (?:mal|dos veces|doble|incorrect[oa]|error|de mas)",
            "no (?:voy a|pienso) pagar",
        ),
        unless=(
            "no dispute",
            "not disput\\w+",
            "do not dispute",
            "is there a charge",
            "how do i (?:know|see|tell|find)",
            "price of",
        ),
        kind="dispute",
    ),
    rule(
        "dispute.refund_demand",
        "money is demanded back",
        _SOURCE,
        (
            "(?:want|demand|demanding|insist|expect|need|deserve|like|owe me|owed|entitled to|request|requesting) ~ (?:refund|refunded|reimburse\\w*|money back)",
            "(?:refund|reimburse|credit|repay|pay) (?:me|my (?:money|card|payment|account)|us)(?: back)?",
            "(?:give|get|send|return|have|where is) (?:me |us )?(?:back )?(?:my|our|the) money(?: back)?",
            "money back",
            "charge ?back",
            "(?:when|where) ~ (?:my|our) refund",
            "(?:quiero|exijo|devuelvan|devuelvanme|devolver\\w*|necesito) ~ (?:dinero|reembolso|devolucion)",
        ),
        unless=("money back (?:hsa|card|rewards?)", "refund policy", "how do refunds work"),
        kind="dispute",
    ),
)

COMPLAINT = (
    rule(
        "complaint.formal",
        "a complaint, named as one",
        _SOURCE,
        (
            "complaints?",
            "complain(?:ing)?",
            "grievances?",
            "(?:report|reporting) (?:you|your|the|this|a) (?:\\w+ )?(?:staff|doctor|nurse|receptionist|clinic|behaviou?r|incident|treatment|practice)",
            "(?:want|like|need) ~ (?:escalat\\w+|investigat\\w+)",
            "escalate (?:this|it|my)",
            "(?:queja|reclamo|reclamacion|denuncia)\\w*",
        ),
        unless=(
            "no complaints?",
            "not complain\\w*",
            "not a complaint",
            "chief complaint",
            "complaint (?:field|box|template|code)",
            "can not complain",
        ),
    ),
    rule(
        "complaint.treatment",
        "the writer was treated badly",
        _SOURCE,
        (
            "(?:rude|disrespect\\w*|unprofessional|dismissive|condescending|hostile|insult\\w*|humiliat\\w*|mocked|ignored|belittl\\w*|mistreat\\w*)(?: ?to me| me)?",
            "(?:yelled|shouted|laughed|screamed|swore) at (?:me|my|us)",
            "(?:rolled|rolling) (?:her|his|their) eyes",
            "treated (?:me |us |my \\w+ )?(?:so |very |like |really )?(?:badly|terribly|poorly|horribly|unfairly|like|awful\\w*|dirt)",
            "how i was treated",
            "lied to (?:me|us|my)",
            "(?:hung up on|walked out on) (?:me|us)",
            (
                "(?:nobody|no one|no ?body) (?:ever |even |has |will |would |seems to )?(?:answers?|answered|calls?|called|helps?|helped|fix\\w*|responds?|responded|cares?|told|listens?|"
                "listened|picks? up|got back|gets back|bothered)"
            ),
            "(?:never|still not|not) (?:called|got|heard|gotten) (?:me )?back",
            "discriminat\\w+|racis\\w+|sexis\\w+|homophob\\w+|harass\\w*",
            "(?:worst|terrible|horrible|awful|appalling|disgusting|pathetic|shocking) (?:service|clinic|experience|care|treatment|doctor|hospital|staff|place|attitude)",
            "(?:unacceptable|outrageous|disgraceful|appalling|inexcusable)",
            "(?:third|fourth|fifth|tenth) time (?:i|we|that)",
            "(?:hipaa|privacy|confidentiality) (?:violation|breach)|violat\\w+ (?:my|our|hipaa)",
            "(?:gave|sent|shared|showed|released|mailed) ~ (?:records?|results?|information|file|letter|data) to (?:the wrong|somebody else|someone else|my (?:ex|employer|neighbou?r))",
            "(?:wrong|another|other) (?:persons?|patients?) (?:records?|results?|letter|information|file)",
            "(?:maleducad[oa]s?|groser[oa]s?|pesimo servicio|mal servicio|mal trato|me trataron mal|discriminacion)",
        ),
        unless=("ignored (?:my|the) (?:last|previous) (?:email|message)", "training", "not rude", "policy", "course"),
    ),
)

LEGAL = (
    rule(
        "legal.threat",
        "lawyers, courts, authorities or the press are named",
        "R12: legal threats are answered by a person",
        (
            (
                "(?:lawyers?|solicitors?|legal counsel|legal action|lawsuits?|law suit|litigation|malpractice|negligen\\w+|ombuds\\w+|medical board|licensing board|board of medicine|"
                "small claims|class action|liable|liability claim|damages|statute)"
            ),
            "(?:my|an|our|the) attorneys?(?! general)",
            "attorney general",
            "(?:sue|suing|sued) (?:you|the|this|your|for|over|if|them|everyone)",
            "(?:going to|will|can|could|might|want to|may|ready to|have to|would) sue",
            "(?:see|take|taking) (?:you|this|it|them) (?:in|to) court",
            "(?:go|going|went|talk\\w*|speak\\w*|tell\\w*) to the (?:press|media|papers?|newspapers?|news|police|authorities|regulators?)",
            (
                "(?:report\\w*|complain\\w*|go\\w*|contact\\w*|notify\\w*|call\\w*) ~ (?:regulators?|cqc|ocr|office for civil rights|department of health|state board|health department|bbb|"
                "better business bureau|consumer protection|medicare fraud|joint commission|data protection|attorney|police|cfpb)"
            ),
            "(?:under|per) (?:gdpr|hipaa|the law|federal law|state law)",
            "(?:object to|withdraw) ~ (?:processing|consent)",
            "(?:want|demand|seek\\w*|expect|claim\\w*) ~ compensat\\w+",
            "(?:breach of|violat\\w+) (?:contract|the law|my rights|hipaa)",
            "my rights",
            "(?:abogad[oa]s?|demandar(?:los|te|les)?|demanda legal|juicio|tribunal|voy a denunciar)",
        ),
        unless=(
            "power of attorney",
            "medical power",
            "insurance lawyer form",
            "training",
            "patient rights (?:poster|brochure)",
        ),
    ),
)

TONE = (
    rule(
        "complaint.tone",
        "the tone is angry (judged only with the contact's consent)",
        "R162: sentiment only with consent",
        (
            "(?:furious|livid|fed up|sick of|disgusted|angry|outraged|so frustrat\\w+|extremely frustrat\\w+|ridiculous|useless|incompetent|joke of a|a joke)",
            "(?:had enough|last straw|waste of (?:my )?time)",
            "(?:harto|harta|furios[oa]|indignad[oa])",
        ),
    ),
)
