# ruff: noqa: E501 - a phrase stays on one line, so that it can be read and searched whole
"""A wish to deal with a person."""

from vouchsafe.pipeline.detect.rules.rule import rule

_SOURCE = "R20, promise 2: who asks for a person gets one"
_PERSON = (
    "(?:human|humans|person|people|some ?one|some ?body|any ?one|any ?body|agent|agents|representative|rep|operator|staff|staff member|supervisor|manager|receptionist|reception|"
    "nurse|doctor|human being|employee|team member|the front desk|the office|customer service|a name)"
)

RULES = (
    rule(
        "human.asked",
        "a person is asked for",
        _SOURCE,
        (
            f"(?:talk|speak|chat|discuss\\w*) ~ {_PERSON}",
            f"(?:connect|connected|transfer|transferred|put|switch|pass|patch|forward|escalate|direct|hand) (?:me|us|this|through|my \\w+) ~ {_PERSON}",
            f"(?:get|need|want|give|find|send) (?:me |us |to get |to reach )?(?:a |an |some |the )?(?:real |live |actual |human )?{_PERSON}(?: ?(?:from|at|on|who|to (?:call|talk|speak|help|look|answer))| ?[.,!?]|$| now| please)",
            "(?:real|live|actual|human) (?:person|human|agent|people|being|representative|operator|support|staff|help)",
            f"(?:have|ask|get|need|want|like|prefer|can|could|would|will) (?:a |an |the |your )?{_PERSON} (?:please )?(?:to )?(?:call|phone|ring|contact|reach out|get back|reply|answer|help|look)",
            "(?:call|phone|ring) me(?: ?back)?",
            "(?:give|want|need|expect|request\\w*) (?:me )?(?:a )?(?:call|phone call|call ?back|callback)",
            "(?:not|no|stop|hate|than|instead of|without|tired of|off|another|stupid|useless|this|damn) (?:\\w+ ){0,5}(?:bots?|robots?|machines?|ai|chat ?bots?|automat\\w+|computer voice|auto ?repl\\w+)",
            "are you (?:a )?(?:human|real|robot|bot|person)",
            "is (?:this|there) (?:a |any )?(?:human|real person|person|robot|bot|some ?one|any ?one)(?: there| here| i can)?",
            "put me through",
            "(?:in person|face to face) (?:instead|please)",
        ),
        unless=(
            "vending machine",
            "dialysis machine",
            "fax machine",
            "x ray machine",
            "cpap machine",
            "time machine",
            "personal",
            "what (?:name )?(?:do|did) you call me",
            "need you to call me",
            "call me (?:\\w+ )?(?:by|by my)",
            "do not call me",
            "how do i (?:get|request|order|give) ~ (?:access|badge)",
            "person in charge of parking",
            "machine (?:is|does|will not|keeps)",
            "washing machine",
            "speak english",
        ),
    ),
    rule(
        "human.by_phone",
        "a voice or a meeting is asked for instead of writing",
        _SOURCE,
        (
            "(?:rather|prefer|like|want|need|able|easier|better) ~ (?:talk|speak|phone|telephone|by phone|over the phone|on the phone|out loud)(?: than| then| to)?",
            "(?:kindly|please|pls|can|could|will|would|when|just) (?:\\w+ ){0,3}(?:phone|telephone|ring|cal|call) (?:me|us|my (?:\\w+ )?(?:wife|husband|mom|mother|dad|father|daughter|son|desk|cell|house))",
            "have (?:\\w+ ){1,7}(?:call|phone|ring|telephone|contact|ping|text) (?:me|us|my)",
            "(?:call|phone|ring|telephone|contact) (?:me|us) (?:at|on|directly|back|before|after|any ?time|today|tomorrow|when|first|instead)",
            "(?:look|looking|trying|hoping|wish\\w*) to (?:speak|talk|get through|reach)",
            "(?:who|whom) (?:do|can|could|should|might|may) (?:i|we) (?:talk|speak|chat)(?: to| with)?",
            "(?:conversation|discuss (?:it|this|that)|chat|talk|word|minutes|appointment to talk) with (?:a|an|the|your|some|one of) (?:\\w+ ){0,3}(?:manager|chaplain|advocate|navigator|colleague|member|person|supervisor|social worker|staff|team|lady|gentleman|tech|technician|secretary|director|nurse)",
            "put (?:a|an|the|some) \\w+ on the (?:line|phone)",
            "(?:number|line|way) (?:that|to|where) (?:does not|do not|skips?|a person|some ?one|reach|get past|not) ~ (?:menu|person|pick\\w*|answers?|recording|bot)?",
            "(?:past|out of|stuck in|round) the (?:phone )?menu",
            "escalate (?:this|it|me)(?= ?(?:[.,!?]|$|to|please))",
            "(?:assign|send|give|hand|pass) (?:\\w+ ){1,3}to (?:a|an|the|some) (?:human|person|technician|tech|colleague|analyst)",
            "(?:tech|technician|analyst|some ?one from it) to (?:come|walk|call|stop|drop)",
            "(?:can|could|would|may|will|should|let|want|like|need) (?:a |an |some )?(?:human|real person|actual person|person|some ?one)(?: there| please)? (?:please )?(?:double check|check|look|read|explain|fill|review|decide|write|see|handle|take)",
            "(?:telephone|phone) (?:please|only|preferred|me)",
            "preferred (?:contact|method)[^.?!]{0,20}(?:telephone|phone|call)",
            "(?:your|the) (?:coworker|colleague|boss|flesh and blood \\w+)",
        ),
        unless=(
            "do not (?:call|phone|ring)",
            "(?:which|what) number",
            "not (?:by|over the) phone",
            "no need to",
            "will (?:call|phone) (?:you|me)",
            "called me",
            "who will",
            "reminder",
            "you called",
            "call (?:me|us) (?:if|when) (?:there is|something|it is ready|ready)",
            "insurance",
            "how do i (?:set|change|update|find|use)",
        ),
    ),
    rule(
        "human.one_word",
        "nothing but a word for a person",
        _SOURCE,
        (
            (
                "(?<![^\\n])(?:please |pls |an? |live |real |speak |talk |to ){0,4}(?:agent|human|representative|rep|operator|person|real person|live agent|receptionist|supervisor|manager|some ?one|"
                "agente|humano|persona|representante|operador|operadora|recepcionista|0|0 0 0|cal me|call me)(?: please| now| por favor| asap){0,2} ?[.!?]{0,3}(?=\\n|$)"
            ),
        ),
    ),
    rule(
        "human.spanish",
        "a person is asked for in Spanish",
        _SOURCE,
        (
            (
                "(?:hablar|hable|comunic\\w+|pas\\w+|pon\\w+|conect\\w+|transfier\\w+|transferir\\w*|contact\\w+) ~ "
                "(?:persona|alguien|agente|humano|representante|operador|operadora|recepcion\\w*|supervisor|supervisora|gerente|enfermera|doctora?|ustedes)"
            ),
            "(?:persona|agente|operador) (?:real|humana|humano|de verdad|en vivo)",
            "un (?:ser )?humano",
            "(?:que )?(?:me llamen|me llame|llamenme|llameme|me devuelvan la llamada)",
            "no (?:quiero|hablar con|soy|un|una|mas) ~ (?:robot|maquina|bot|computadora)",
            "(?:alguien|una persona) (?:me puede|que me|puede|por favor|me ayude)",
            "me (?:responda|conteste|atienda|ayude|llame) (?:una persona|alguien|un humano|un agente)",
        ),
    ),
)
