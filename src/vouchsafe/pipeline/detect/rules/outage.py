# ruff: noqa: E501 - a phrase stays on one line, so that it can be read and searched whole
"""An outage or device fault that touches care: two routes at once, never automatic (R188)."""

from vouchsafe.pipeline.detect.rules.rule import phrased, rule

_SOURCE = "R188: a care-affecting outage goes to IT and the nursing supervisor"
_DOWN = (
    "(?:down|outages?|offline|off ?line|not working|not loading|not responding|frozen|freezing|freezes|crash\\w*|unavailable|dead|broken|failing|failed|fails|"
    "not available|inaccessible|unreachable|went out|is out|are out|not (?:come|coming) (?:on|up)|will not (?:load|open|start|connect|turn on)|"
    "can not (?:be )?(?:open\\w*|reach\\w*|load\\w*|access\\w*|get into)|stopped|losing connection|lost connection|no connection|black screen)"
)
_CARE_SYSTEM = (
    "(?:ehr|emr|epic|cerner|meditech|charts?|charting|emar|mar|pacs|lab system|lis|order entry|cpoe|orders?|medication (?:cabinets?|dispens\\w+|administration\\w*|scann\\w+)|"
    "pyxis|omnicell|patient records?|results? (?:viewer|system)|telemetry|central monitor\\w*|nurse call\\w*|call (?:bells?|lights?|system)|code (?:phone|pager)|pagers?|paging)"
)
_COMMON = "(?:network|wi ?fi|wireless|servers?|systems?|phones?|phone lines?|internet|power|computers?|work ?stations?|printers?|scanners?|wows?|carts?|monitors?|tablets|vpn|citrix)"
_DEVICE = (
    "(?:(?:infusion |iv |feeding |pca |insulin )?pumps?|ventilators?|vents?|defibrillators?|aed|alaris|suction|incubators?|crash carts?|blood gas|bed alarms?|fetal monitors?|"
    "heart monitors?|patient monitors?|bedside monitors?|vital signs? monitors?|dialysis machines?|anesthesia machine|oxygen (?:supply|concentrator|line)|warmers?|ecg machine|ekg machine|"
    "call bells?|telemetry (?:box|pack|monitor)s?|medication fridges?|vaccine fridges?|pacemaker|monitor app)"
)
_FAULT = f"(?:alarm\\w*|fail\\w*|error|fault\\w*|malfunction\\w*|wrong|beeping|shut\\w* (?:off|down)|not charging|low battery|dropping|{_DOWN})"
_WIDE = (
    "wards?", "units?", "floors?", "icu", "nicu", "picu", "ed", "the er", "emergency department", "or \\d", "operating rooms?", "theat(?:er|re)s?", "surgery", "bedsides?", "patients?",
    "medication rounds?", "meds", "nurses?", "nursing", "all (?:workstations|computers|users|of us|sites|clinics|staff|rooms)", "everyone", "everybody", "nobody", "no one", "whole", "entire",
    "hospital ?wide", "every (?:room|computer|workstation|floor)", "rooms? \\d+", "\\d+ (?:east|west|north|south)", "(?:east|west|north|south) wing", "triage", "labs? results?", "pharmacy",
    "clinic", "downtime",
)  # fmt: skip
_SINGLE = (
    "training",
    "how do i (?:report|request)",
    "during planned",
    "planned downtime",
    "is there a (?:schedule|planned)",
    "downtime (?:procedure|form|policy|schedule)s?",
    "my phone",
)

RULES = (
    rule(
        "outage.care_system",
        "a system that care rests on does not work",
        _SOURCE,
        (
            f"{_CARE_SYSTEM} ~ {_DOWN}",
            f"(?:can not|could not|unable to|not able to) ~ (?:open|access|see|reach|load|chart|scan|order|document|get into|give|dispense) ~ (?:{_CARE_SYSTEM}|meds|medications?|orders|patients?)",
            f"(?:outage|down ?time|crash) ~ {_CARE_SYSTEM}",
            f"(?:none of us|nobody|no one|all of us|everyone|everybody|whole (?:unit|floor|ward|team)|nurses?|we) (?:\\w+ ){{0,4}}(?:can|could|able to|locked out|kicked out|logged out|thrown out) (?:\\w+ ){{0,4}}{_CARE_SYSTEM}",
        ),
        unless=(*_SINGLE, "i forgot", "my password", "cosign", "new hire", "permission", "access request"),
        needs=(
            *_WIDE,
            "pacs",
            "nurse call\\w*",
            "code (?:phone|pager)",
            "we",
            "us",
            "(?:ehr|emr|epic|cerner|meditech) is (?:completely |totally )?down",
        ),
    ),
    rule(
        "outage.wide",
        "something common has failed where care is given",
        _SOURCE,
        (f"{_COMMON} ~ {_DOWN}", f"(?:no|lost) (?:{_COMMON}|connection|dial tone)", f"{_DOWN} ~ {_COMMON}"),
        unless=(
            *_SINGLE,
            "patient portal",
            "portal",
            "break ?room",
            "waiting room",
            "cafeteria",
            "gift shop",
            "my (?:laptop|tablet|printer|computer|monitor|phone)",
            "guest",
        ),
        needs=_WIDE,
    ),
    rule(
        "outage.device",
        "a device at the bedside is faulty",
        _SOURCE,
        (f"{_DEVICE} ~ {_FAULT}", f"{_FAULT} ~ {_DEVICE}", "code (?:blue|stroke) ~ (?:frozen|down|not working)"),
        unless=(
            *_SINGLE,
            "breast pump",
            "gas pump",
            "sump pump",
            "soap",
            "computer monitor",
            "second monitor",
            "ergonomic",
        ),
    ),
)

NAMED_SYSTEM = phrased(
    (_DEVICE, _CARE_SYSTEM, _COMMON, "(?:patient )?portal|website|app|e ?mail|outlook|teams|badge readers?|labels?")
)
"""What may be named as faulty, whether or not care rests on it; `rules` above decide what an outage is."""
FAULTY = phrased(
    (
        _DOWN,
        "(?:can not|could not|unable to) (?:log|sign) (?:in|on)",
        "error message",
        "locked out|kicked out|logged out",
    )
)
ONE_SPELLING = {
    **dict.fromkeys(("epic", "cerner", "meditech", "emr", "chart", "charting", "patientrecord"), "ehr"),
    **dict.fromkeys(("emar", "medicationadministration"), "mar"),
    **dict.fromkeys(("wireless", "internet"), "wifi"),
    **dict.fromkeys(("pyxi", "omnicell", "medicationcabinet"), "medicationcabinet"),
    **dict.fromkeys(("cpoe",), "orderentry"),
    "phoneline": "phone",
    "patientportal": "portal",
}
"""Names of one thing, without spaces and in the singular."""
