"""Numbers and codes with their key word beside them: the token after the key word, whatever it looks like."""

import re

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import Rank
from vouchsafe.pipeline.redact.lexicon import lexicon
from vouchsafe.pipeline.redact.patterns.pattern import Pattern, words

_BETWEEN = (
    r"(?:[\s:;#=(.*\-'\"]|(?<=')s\b|\b(?:numbers?|no|num|nr|nbr|id|ids|code|is|was|are|ending|ends|"
    r"in|with|last|four|4|digits|starts|"
    r"starting|beginning|the|my|our|your|his|her|for|of|reads?|and|has|new|old|on|file|card)\b){1,14}"
)
_VALUE = (
    r"((?=[\w./:*\-#]{0,40}\d)#?[^\W_](?:[\w./:*\-]{0,40}[\w*])?"
    r"(?:[ ](?:\d[\d\-]{0,20}|(?=[a-z]{0,4}\d)[a-z\d]{2,6})"
    r"(?![\w/]|[.,]\d|\s?(?:mg|ml|am|pm|days?|weeks?|times|pills?|tabs?|x)\b)){0,6}"
    r"(?:[ ](?-i:[A-Z]{1,3})(?![\w']))?(?:[ ]\d{1,4}(?![\w/:%]|[.,]\d))?)"
)

_KEYS: tuple[tuple[str, Label, str, float], ...] = (
    (
        "ssn",
        Label.SSN,
        words(
            "ssn",
            "ss#",
            "ss no",
            "social security",
            "social sec",
            "soc sec",
            "social insurance",
            "sin number",
            "tin",
            "itin",
        ),
        0.99,
    ),
    (
        "mrn",
        Label.MRN,
        words(
            "mrn",
            "mr#",
            "med rec",
            "medical record",
            "medical records",
            "patient id",
            "patient number",
            "patient no",
            "patient #",
            "pt id",
            "chart",
            "chart number",
            "record number",
            "record id",
            "record no",
            "hospital number",
            "health record",
            "nhs number",
            "nhs no",
            "encounter",
            "visit number",
            "accession",
            "specimen",
            "unit number",
            "patient identifier",
            "patient identification",
            "emr",
            "ehr",
        ),
        0.98,
    ),
    (
        "plan",
        Label.HEALTH_PLAN_ID,
        words(
            "member",
            "member id",
            "membership",
            "memb id",
            "subscriber",
            "subscriber id",
            "policy",
            "policyholder",
            "insurance",
            "insurance id",
            "insurance card",
            "plan id",
            "plan number",
            "health plan",
            "group number",
            "group id",
            "group no",
            "group #",
            "beneficiary",
            "medicare",
            "medicaid",
            "mbi",
            "hicn",
            "rx ?bin",
            "rx ?pcn",
            "rx ?grp",
            "rxgroup",
            "payer id",
            "coverage id",
            "ins id",
            "insurer id",
            "plan",
            "enrollee",
        ),
        0.97,
    ),
    (
        "account",
        Label.ACCOUNT,
        words(
            "account",
            "acct",
            "a/c",
            "acc",
            "iban",
            "routing",
            "aba",
            "sort code",
            "swift",
            "bic",
            "bank account",
            "checking",
            "savings",
            "credit card",
            "debit card",
            "card",
            "visa",
            "mastercard",
            "amex",
            "discover",
            "loan",
            "statement",
            "billing number",
            "patient account",
            "guarantor",
            "wallet",
            "hsa card",
        ),
        0.95,
    ),
    (
        "license",
        Label.LICENSE,
        words(
            "license",
            "licence",
            "licenses",
            "driver'?s",
            "drivers license",
            "driver'?s licen[cs]e",
            "dl",
            "dea",
            "npi",
            "certificate",
            "certification",
            "permit",
            "medical license",
            "rn license",
        ),
        0.95,
    ),
    (
        "vehicle",
        Label.VEHICLE,
        words(
            "plate",
            "plates",
            "license plate",
            "number plate",
            "tag",
            "tag number",
            "parking permit",
            "vin",
            "vehicle",
            "vehicle id",
            "registration",
        ),
        0.95,
    ),
    (
        "device",
        Label.DEVICE,
        words(
            "serial",
            "serial number",
            "s/n",
            "sn",
            "device",
            "device id",
            "imei",
            "imsi",
            "udi",
            "pump",
            "pacemaker",
            "asset",
            "asset tag",
            "lot number",
            "lot",
            "model number",
            "implant",
            "host ?name",
            "workstation",
            "udid",
            "meid",
        ),
        0.9,
    ),
    (
        "unique",
        Label.UNIQUE_ID,
        words(
            "ticket",
            "claim",
            "case",
            "reference",
            "ref",
            "confirmation",
            "confirmation code",
            "order",
            "invoice",
            "tracking",
            "passport",
            "employee",
            "employee id",
            "emp id",
            "staff id",
            "badge",
            "student id",
            "tax id",
            "tax",
            "ein",
            "national id",
            "national insurance",
            "user id",
            "userid",
            "user",
            "incident",
            "request",
            "authorization",
            "prior auth",
            "pre-?auth",
            "auth",
            "referral",
            "transaction",
            "booking",
            "reservation",
            "customer",
            "customer id",
            "client id",
            "client number",
            "file no",
            "file #",
            "file number",
            "docket",
            "receipt",
            "prescription",
            "rx",
            "rx number",
            "rx#",
            "script number",
            "identification",
            "identity card",
            "id card",
            "id number",
            "id no",
            "id",
            "id#",
            "pid",
            "uid",
            "work order",
            "inc",
            "req",
            "sr",
            "contract",
            "folio",
            "subject",
            "bill no",
            "bill number",
            "bill #",
            "study id",
            "subject id",
            "trial id",
            "application",
            "appointment id",
            "event id",
            "voucher",
            "coupon",
            "conversation",
            "message id",
            "session",
            "vendor",
            "po number",
            "check number",
            "cheque number",
            "check no",
            "check #",
            "property tag",
            "claim tag",
            "oid",
            "inmate",
            "dod id",
            "case file",
            "serial",
            "locker",
        ),
        0.95,
    ),
    (
        "biometric",
        Label.BIOMETRIC,
        words("fingerprint", "fingerprint id", "retina scan", "face id", "voiceprint", "iris scan"),
        0.9,
    ),
)

_NOT_A_VALUE = re.compile(
    r"(?:\d{1,2}(?::\d{2})?\s?(?:am|pm)?|\d{1,3}(?:st|nd|rd|th)|(?:19|20)\d{2}|\d{1,4}(?:mg|mcg|ml|g|kg|lb|lbs|%|x)|"
    r"covid-?19|a1c|hba1c|b12|24/7|401k|1095-?[abc]|w-?2|w-?9|1099|[a-z]-?\d)(?![\w-])",
    re.IGNORECASE,
)
"""What follows a key word as an ordinary number: a time, an ordinal, a year, a dose, a form."""


def _value(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """The value, unless it is an ordinary number that follows the key word by chance ("claim 2023", "order 2")."""
    start, end = match.span(2)
    ordinary = _NOT_A_VALUE.match(text, start)
    if ordinary is None or ordinary.end() < end:
        return start, end
    # After a number sign or a colon even a short value is meant as an id.
    between = text[match.end(1) : start]
    return (start, end) if any(mark in between for mark in ":#=") and text[start:end].isdigit() else None


def _user_name(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """The name after the key word, unless it says how the log-in fares ("login is broken")."""
    start, end = match.span(1)
    value = text[start:end].rstrip(".!?").lower()
    said_with_is = text[:start].rstrip().lower().endswith(("is", "was"))
    # The list alone, not inflections of it: "janed" is no past tense.
    ordinary = value in lexicon().common or (
        value.endswith(("ed", "ing")) and len(value) > 6 and lexicon().is_word(value)
    )
    return None if said_with_is and ordinary else (start, end)


def _keyed(name: str, label: Label, keys: str, score: float) -> Pattern:
    regex = re.compile(rf"(?<![^\W_])({keys})(?![^\W_]){_BETWEEN}{_VALUE}", re.IGNORECASE)
    return Pattern(f"keyed/{name}", 1, label, Rank.KEYED, score, regex, trim=_value, needs_digit=True)


PATTERNS = (
    *(_keyed(*row) for row in _KEYS),
    Pattern(
        "keyed/user-name",
        1,
        Label.UNIQUE_ID,
        Rank.KEYED,
        0.9,
        re.compile(
            r"\b(?:user\s?-?name|user\s?id|login(?:\s(?:id|name))?|screen\s?name|handle|account\sname|"
            r"log-?in|usr|uid|user(?=\s?[=:]))\s?"
            r"(?:is\b|was\b|[:=#])\s{0,3}[\"'`]?([^\s\"'`,;&]{2,64})",
            re.IGNORECASE,
        ),
        group=1,
        trim=_user_name,
    ),
    Pattern(
        "keyed/user-name-shaped",
        1,
        Label.UNIQUE_ID,
        Rank.KEYED,
        0.85,
        # After the key word alone only what no word looks like: "login TheHallorans", "user svc_pacs".
        re.compile(
            r"\b(?i:user\s?-?name|user(?:\s?id)?|log-?in|usr(?:\sname)?|screen\s?name|handle|unlock|run\sas|"
            r"logged\sin\sas|"
            r"account)\s(?i:is\s|was\s|i\sthink\s(?:its?|it's|is)\s|for\s|as\s|name\s){0,3}"
            r"[\"'`(]?((?=[\w.\-]{0,30}[a-z\d](?:[A-Z_\d]|[.]\w))[A-Za-z][\w.\-]{2,40}\w)(?![\w@])"
        ),
        group=1,
    ),
    Pattern(
        "keyed/social-name",
        1,
        Label.UNIQUE_ID,
        Rank.KEYED,
        0.85,
        re.compile(
            r"\b(?:insta(?:gram)?|ig|snap(?:chat)?|tik\s?tok|twitter|venmo|cash\s?app|skype|telegram|discord|"
            r"wechat|fb|facebook|"
            r"messenger|zelle|reddit|linkedin)(?:\s(?:is|handle|name|user|id|account|me|at|as)){0,3}[\s:]{1,2}"
            r"((?:live:)?[@$]\w[\w.\-]{2,30}|(?:live:)?(?=[\w.]{0,30}[_\d]|"
            r"\w{2,20}[.]\w)[a-z][\w.\-]{2,30}\w)(?![\w@])",
            re.IGNORECASE,
        ),
        group=1,
    ),
    Pattern(
        "keyed/pharmacy-plan",
        1,
        Label.HEALTH_PLAN_ID,
        Rank.KEYED,
        0.9,
        re.compile(r"\b(?i:rx\s?)?(?i:pcn|bin|grp|rxgrp)(?i:\sis|\s#|:|#)?\s([A-Z\d]{4,14})\b"),
        group=1,
    ),
    Pattern(
        "keyed/user-and-password",
        1,
        Label.UNIQUE_ID,
        Rank.KEYED,
        0.85,
        re.compile(
            r"\b(?:log-?in|user(?:name)?|id)\s(?!(?:and|or|nor)\b)([a-z][\w.\-@]{2,40})(?=\s?[/|,]?\s?(?:and\s)?(?:pw|pass|"
            r"password|pwd|pin)\b)",
            re.IGNORECASE,
        ),
        group=1,
    ),
    Pattern(
        "keyed/machine",
        1,
        Label.DEVICE,
        Rank.KEYED,
        0.8,
        re.compile(
            r"\b(?i:printer|pc|computer|laptop|workstation|wow|server|machine|host(?:\s?name)?|cart|terminal|"
            r"scanner|kiosk|"
            r"tablet|desktop|monitor|modem|router|gateway|hub|dev(?:ice)?|pump|node|switch)\b"
            r"(?:\s(?i:name|is|called|named|tag|id|no\.?|number)|[:=#\s(\\]){1,4}"
            r"((?=[\w\-]{0,30}\d)[A-Za-z][A-Za-z\d]{0,15}(?:[\-_][A-Za-z\d]{1,12}){1,4}|[A-Z]{2,8}\d{2,6})(?![\w@])"
        ),
        group=1,
        needs_digit=True,
    ),
    Pattern(
        "keyed/domain-user",
        1,
        Label.UNIQUE_ID,
        Rank.SHAPE,
        0.85,
        re.compile(r"(?<![\w\\:/.\-])[A-Z][A-Za-z\d\-]{1,14}\\([a-z][\w.\-]{2,30})(?![\w\\])"),
        group=1,
    ),
    Pattern(
        "keyed/query",
        1,
        Label.UNIQUE_ID,
        Rank.KEYED,
        0.9,
        re.compile(
            r"(?<![^\W])(?:l?name|fname|lname|surname|patient|lastpatient|last_?name|first_?name|pt|member|dob|mrn|id|"
            r"pid|uid|ssn|user|email|phone|acct|sid|ref|order|"
            r"case)=(?![\"']?\w{1,40}[\"']\svalue)[\"']?([^\s&;\"'<>]{2,200})|"
            r"\bvalue=[\"']([^\"<>\n]{2,100})[\"'](?=\s?/?>)",
            re.IGNORECASE,
        ),
        trim=lambda _text, match: match.span(1) if match.group(1) else match.span(2),
    ),
    Pattern(
        "keyed/corrected",
        1,
        Label.UNIQUE_ID,
        Rank.BARE,
        0.6,
        # The other value beside one that was found: "xxx-xx-1187 not 1178", "the same but 1093".
        re.compile(
            r"(?:\d[)\]]?,?\s(?:not|instead\sof|and\snot|should\sbe)|\bsame\sbut(?:\s\w{2,6}){0,2}|\bnow\sends?(?:\sin)?)"
            r"\s(?:the\s)?(\d{3,6})(?![\w%/]|[.,]\d)",
            re.IGNORECASE,
        ),
        group=1,
        needs_digit=True,
    ),
    Pattern(
        "keyed/plate-near-car",
        1,
        Label.VEHICLE,
        Rank.KEYED,
        0.8,
        re.compile(
            r"\b(?i:cars?|reg|registration|placard|trucks?|vans?|plates?|tags?|rigs?|vehicles?|towed|tow|"
            r"parked|suv|sedan|minivan|pickup|"
            r"motorcycle|honda|toyota|ford|chevy|nissan|subaru|buick|jeep|kia|hyundai|tesla|camry|civic|corolla)\b"
            r"[^.\n]{0,30}?(?<![\w.$])([A-Z]{1,3}[ \-]\d{1,4}(?:[ \-][A-Za-z\d]{1,4}(?!\w))?|[A-Z]{2}\d{2}[ ]?[A-Z]{3}|"
            r"\d{1,4}[ \-]?[A-Z]{2,3}(?:[ \-]?\d{1,4})?|"
            r"[A-Z]{2,3}\d{2,4}[A-Z]{0,2}|\d[A-Z]{3}\d{3})(?![\w%])"
        ),
        group=1,
        needs_digit=True,
    ),
    Pattern(
        "keyed/record-letters",
        1,
        Label.MRN,
        Rank.KEYED,
        0.9,
        re.compile(
            r"\b(?:mrn|member\s?id|subscriber\s?id|patient\s?id|policy\s?(?:number|no\.?|#))"
            r"\s{0,2}[:=#]\s{0,3}(\S{2,40})",
            re.IGNORECASE,
        ),
        group=1,
    ),
)
