"""Numbers and codes that nothing beside them explains, and social security numbers by their shape."""

import re

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import EXTENSION, Rank
from vouchsafe.pipeline.redact.patterns.pattern import Pattern

_FILE_END = re.compile(rf"\.{EXTENSION}$", re.IGNORECASE)
"""The name of a file is looked at piece by piece, see `file_names`."""

PATTERNS = (
    # No area, group or serial is ruled out: 000, 666, 9xx and sample numbers are typing errors or ITINs as well.
    Pattern(
        "number/ssn",
        1,
        Label.SSN,
        Rank.SHAPE,
        0.97,
        re.compile(r"(?<![\w\-])\d{3}\s?[-. ]\s?\d{2}\s?[-. ]\s?\d{4}(?![\w\-])"),
        needs_digit=True,
    ),
    Pattern(
        "number/ssn-part-masked",
        1,
        Label.SSN,
        Rank.SHAPE,
        0.97,
        re.compile(r"(?<!\w)[xX*•#]{3}[-. ]?[xX*•#]{2}[-. ]?\d{4}(?!\w)"),
        needs_digit=True,
    ),
    Pattern(
        "number/long-run",
        1,
        Label.UNIQUE_ID,
        Rank.BARE,
        0.7,
        # Seven and more digits through any single or double separator.
        re.compile(r"(?<![\w$€£])\(?\+?\d(?:[ \t().\-/]{0,2}\d){6,30}(?![\w%])"),
        needs_digit=True,
    ),
    Pattern(
        "number/five-digits",
        1,
        Label.UNIQUE_ID,
        Rank.BARE,
        0.6,
        re.compile(r"(?<![\w$€£.,])\d{5,}(?![\w%]|[.,]\d)"),
        needs_digit=True,
    ),
    Pattern(
        "number/sign",
        1,
        Label.UNIQUE_ID,
        Rank.SHAPE,
        0.8,
        re.compile(r"(?:#|№|\bNo\.\s?|\bnumber\s)\s?([A-Za-z]{0,4}[\-_]?\d[\w\-/]{2,30})"),
        group=1,
        needs_digit=True,
    ),
    Pattern(
        "number/mixed-code",
        2,
        Label.UNIQUE_ID,
        Rank.BARE,
        0.7,
        # Letters and at least three digits in one token.
        re.compile(
            r"(?<![\w.@$])(?<!\d,)(?=[A-Za-z\-_/.*]{0,20}\d)(?=[\d\-_/.*]{0,20}[A-Za-z])(?=(?:[A-Za-z\-_/.*]{0,12}\d){3})"
            r"[A-Za-z0-9][A-Za-z0-9\-_/.*]{2,60}[A-Za-z0-9*](?![\w@])"
        ),
        trim=lambda _text, match: None if _FILE_END.search(match.group()) else match.span(),
        needs_digit=True,
    ),
    Pattern(
        "number/letters-digits-spaced",
        1,
        Label.UNIQUE_ID,
        Rank.BARE,
        0.6,
        re.compile(
            r"(?<![\w\-])(?!(?:ID|NO|MRN|DOB|PIN|ZIP|FAX|TEL|ACCT|REF|EXT|SSN|CPT|ICD|NPI|DEA|"
            r"VIN|BIN|PCN)\b)[A-Z]{1,4}[ \-]\d{5,12}(?![\w%])"
        ),
        needs_digit=True,
    ),
    Pattern(
        "number/machine-name",
        1,
        Label.DEVICE,
        Rank.BARE,
        0.7,
        re.compile(r"(?<![\w\-/.])[A-Z]{2,8}(?:-[A-Z\d]{1,8}){1,3}-\d{1,4}(?![\w\-])"),
        needs_digit=True,
    ),
    Pattern(
        "number/grouped-code",
        1,
        Label.UNIQUE_ID,
        Rank.BARE,
        0.7,
        # Letters and at least six digits in groups: "TRV 9920 118 B", "1Z 99A 4E7 03 4488".
        re.compile(
            r"(?<![\w.$\-])(?=(?:[A-Z \-]{0,6}\d){6})"
            r"(?:[A-Z]{1,4}\d{0,5}(?:[ \-][A-Z]{0,2}\d{1,6}[A-Z]{0,2}){2,6}|\d[A-Z](?:[ \-][A-Z\d]{2,4}){3,6})"
            r"(?:[ ][A-Z]{1,2})?(?![\w%])"
        ),
        needs_digit=True,
    ),
    Pattern(
        "number/answer",
        1,
        Label.UNIQUE_ID,
        Rank.BARE,
        0.6,
        re.compile(r"\bit\s?(?:'s|is|was)\s(\d{4,6})(?![\w%]|[.,]\d)", re.IGNORECASE),
        group=1,
        needs_digit=True,
    ),
    Pattern(
        "number/single-digits",
        1,
        Label.UNIQUE_ID,
        Rank.BARE,
        0.7,
        # Dictated digit by digit: "4 0 2 dash 5 5 5".
        re.compile(
            r"(?<![\w.])\d(?:(?:[ ,.\-]{1,3}|\s(?:dash|dot|space|hyphen|slash)\s)"
            r"\d){4,30}(?![\w%])",
            re.IGNORECASE,
        ),
        needs_digit=True,
    ),
)
