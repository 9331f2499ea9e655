"""Addresses of the network and of machines: links, hosts, IP and MAC numbers, file names."""

import re

from vouchsafe.domain.identifier import Label
from vouchsafe.pipeline.redact.hit import Rank
from vouchsafe.pipeline.redact.lexicon import lexicon, word_set
from vouchsafe.pipeline.redact.patterns.pattern import Pattern

_LAST_LABEL = (
    r"(?:com|org|net|edu|gov|mil|io|co|us|uk|ca|de|fr|es|it|eu|info|biz|health|care|"
    r"clinic|app|dev|me|tv|ai|mx|in|au|nl|"
    r"hospital|doctor|online|site|cloud|link|blog|ly|gg)"
)
_CONTACT_SCHEME = re.compile(r"(?:mailto|tel|sms)\s?:(?://)?(?=.)")
_LINK_WORD = re.compile(r"[^\W\d_]+")


def _telling_link(_text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """A link, unless it is surely a page for everybody: a host of everyday words that are no names, a known page."""
    found = match.group().lower()
    contact = _CONTACT_SCHEME.match(found)
    if contact is not None:
        return match.start() + contact.end(), match.end()
    if any(one.isdigit() or one in "?@=%#&~" for one in found) or not found.startswith("http"):
        return match.span()
    host, _, page = found.split("://", 1)[-1].partition("/")
    hosts = [one for one in _LINK_WORD.findall(host) if one not in _LINK_WORDS]
    everybodys = all(map(_is_everyday, hosts)) and all(one in _LINK_WORDS for one in _LINK_WORD.findall(page))
    return None if everybodys else match.span()


def _is_everyday(word: str) -> bool:
    known = lexicon()
    return len(word) > 1 and (word in known.medical or known.is_word(word)) and not known.is_name(word)


_LINK_WORDS = word_set(
    "www com org net gov edu example html htm php aspx us uk mychart login index portal faq pdf "
    "pay payment payments bill bills billing form forms patient patients appointments schedule visit visits visiting "
    "results records help contact about locations directions parking support news careers privacy policy policies "
    "services insurance pharmacy refill refills signin register signup sign verify update secure online health"
)
"""Parts of addresses that stand for a page, not for a person."""
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")


def _not_a_clock(_text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """An IPv6 address; clock times have fewer colons, and six pairs are a machine's address."""
    found = match.group()
    return match.span() if ("::" in found or found.count(":") >= 4) and not _MAC.fullmatch(found) else None


PATTERNS = (
    Pattern(
        "network/url",
        2,
        Label.URL,
        Rank.SHAPE,
        0.98,
        re.compile(
            r"\b(?:https?|ftps?|sftp|file|tel|sms|mailto|skype|facetime|webcal)"
            r"\s?:(?://)?[^\s<>\"')\]]{2,2000}(?<![.,;:!?])",
            re.IGNORECASE,
        ),
        trim=_telling_link,
    ),
    Pattern(
        "network/www",
        1,
        Label.URL,
        Rank.SHAPE,
        0.98,
        re.compile(r"\bwww\.[^\s<>\"')\]]{2,2000}(?<![.,;:!?])", re.IGNORECASE),
    ),
    Pattern(
        "network/host",
        1,
        Label.URL,
        Rank.SHAPE,
        0.85,
        re.compile(
            rf"(?<![\w@.\-])(?:[A-Za-z0-9][A-Za-z0-9\-]{{0,62}}\.){{1,5}}{_LAST_LABEL}(?![\w\-@])"
            rf"(?:/[^\s<>\"')\]]{{0,2000}}(?<![.,;:!?]))?"
        ),
    ),
    Pattern(
        "network/said",
        1,
        Label.URL,
        Rank.SHAPE,
        0.85,
        # Dictated: "photobin dot example slash rivka slash knee".
        re.compile(
            rf"(?<![\w@.\-])[\w\-]{{2,40}}(?:(?:\sdot\s|\.)[\w\-]{{2,40}}){{0,3}}(?:\sdot\s|\.)(?:example|{_LAST_LABEL})"
            r"(?:\s(?:forward\s)?slash\s[\w\-]{1,40}){1,6}(?!\w)",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        "network/ipv4",
        1,
        Label.IP,
        Rank.SHAPE,
        0.97,
        re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d{1,5})?(?![\w]|\.\d)"),
        needs_digit=True,
    ),
    Pattern(
        "network/ip-keyed",
        1,
        Label.IP,
        Rank.KEYED,
        0.9,
        # With a key word a comma struck for a full stop does not hide it.
        re.compile(r"\bip\b[^\n]{0,25}?(?<![\d.,])(\d{1,3}(?:[.,]\d{1,3}){3})(?![\d])", re.IGNORECASE),
        group=1,
        needs_digit=True,
    ),
    Pattern(
        "network/ipv6",
        1,
        Label.IP,
        Rank.SHAPE,
        0.95,
        re.compile(
            r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?:%\w{1,16}|"
            r"/\d{1,3})?(?![\w:])(?<=[0-9a-fA-F])"
        ),
        trim=_not_a_clock,
    ),
    Pattern(
        "network/mac",
        2,
        Label.DEVICE,
        Rank.SHAPE,
        0.97,
        re.compile(
            r"\b[0-9A-FXa-fx]{2}(?:[:\-][0-9A-FXa-fx]{2}){5}\b|"
            r"\b(?:[0-9A-F]{2}[ ]){5}[0-9A-F]{2}\b|\b[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}\b"
        ),
    ),
    Pattern(
        "network/uuid",
        1,
        Label.UNIQUE_ID,
        Rank.SHAPE,
        0.97,
        re.compile(r"\b[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\b"),
        needs_digit=True,
    ),
)
