"""Numbers and codes with their key word beside them: the token after the key word, whatever it looks like."""

import re

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import Rank
from vouchsafe.pipeline.redact.lexicon import lexicon
from vouchsafe.pipeline.redact.patterns.pattern import Pattern, words

_BETWEEN = (
    r"(?:[\s:#=(.\-'\"]|\b(?:numbers?|no|num|nr|nbr|id|ids|code|is|was|are|ending|ends|"
    r"in|with|last|four|4|digits|starts|"
    r"starting|beginning|the|my|our|your|his|her|for|of|reads?|and|has|new|old|on|file|card)\b){1,14}"
)
_VALUE = (
    r"((?=[\w./:*\-#]{0,40}\d)#?[^\W_](?:[\w./:*\-]{0,40}[\w*])?"
    r"(?:[ ]\d[\d\-]{1,20}(?![\w/]|[.,]\d|\s?(?:mg|ml|am|pm)\b)){0,6}(?:[ ][A-Z]{1,2}(?![\w']))?)"
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
            "tag number",
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
            "file",
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
    return None if said_with_is and lexicon().is_word(value) else (start, end)


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
            r"\b(?:user\s?-?name|user\s?id|login(?:\s(?:id|name))?|screen\s?name|handle|account\sname)\s?"
            r"(?:is\b|was\b|[:=#])\s{0,3}[\"'`]?([^\s\"'`,;]{2,64})",
            re.IGNORECASE,
        ),
        group=1,
        trim=_user_name,
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
