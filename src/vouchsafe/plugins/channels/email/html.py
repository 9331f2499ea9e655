"""What a reader of an HTML mail sees, and what was hidden from the reader.

Hidden words never count as the person's words; they are kept for the injection detector. The check knows the usual
ways to hide (display, visibility, size, opacity, colour on its own colour, position off the page), in style attributes
and in the mail's own style sheet. Rules inside @media are passed over: mails hide one of two layouts there, and words
that a reader does see must not be lost.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

_BLOCKS = frozenset(
    re.findall(
        r"\S+",
        "address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6"
        " header hr"
        " html li main nav ol p pre section table tbody td tfoot th thead tr ul",
    )
)
_SKIPPED = frozenset({"script", "style", "noscript", "svg", "math", "iframe", "object"})
_UNSEEN_TAGS = frozenset({"head", "title", "template", "datalist", "audio", "video"})
_UNSEEN_ATTRIBUTES = ("title", "alt", "aria-label", "aria-description", "placeholder", "data-text", "summary")
_MOST_HIDDEN = 50_000
_MOST_RULES = 300
_MOST_MATCHES = 100_000
_SMALLEST_PX = 3.0
_NEAREST_COLOURS = 40
"""Sum of the differences of red, green and blue under which a reader sees nothing."""

_AT_WORD = re.compile(r"@[a-z-]+", re.IGNORECASE)
_AT_END = re.compile(r"[{;]")
_BRACE = re.compile(r"[{}]")
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
"""A comment that nobody closes goes on to the end, as browsers read it."""
_SELECTOR, _DECLARATIONS = 500, 4_000
"""Longest selector and longest list of declarations that are looked at."""
_TELLING = frozenset(
    re.findall(
        r"\S+",
        "display visibility opacity font-size color background background-color mso-hide overflow max-height height"
        " max-width width text-indent left top position clip transform font",
    )
)
_LONGEST = 3_000_000
_DEEPEST = 1_000
_TAG = re.compile(r"<[^<>]*>")
_OPEN_OR_CLOSE = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_CLOSE_THEMSELVES = frozenset(
    re.findall(
        r"\S+",
        "area base br col dd dt embed hr img input li link meta option p source td th tr wbr",
    )
)
_NUMBER = re.compile(r"-?\d*\.?\d+")
_COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|rgba?\([^()]*\)|\b[a-z]{3,20}\b", re.IGNORECASE)
_NAMED = {
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "navy": (0, 0, 128),
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "whitesmoke": (245, 245, 245),
    "ghostwhite": (248, 248, 255),
    "floralwhite": (255, 250, 240),
    "azure": (240, 255, 255),
    "mintcream": (245, 255, 250),
    "lightyellow": (255, 255, 224),
}
_UNITS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 37.8, "mm": 3.78, "rem": 16.0}

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, repr=False)
class HtmlText:
    """Words a reader sees, one line a block, quoted blocks marked with ">", and words a reader does not see."""

    visible: str
    hidden: str
    flattened: bool = False
    """Too long or too deep to be judged: every word counts as seen."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What an element inherits."""

    hidden: bool = False
    colour: Colour | None = (0, 0, 0)
    ground: Colour | None = (255, 255, 255)
    size_px: float = 16.0
    quotes: int = 0
    preserve: bool = False


def read_html(markup: str) -> HtmlText:
    """Both kinds of words. Never raises for broken markup: the HTML standard says how each of it is read."""
    if len(markup) > _LONGEST or _depth(markup) > _DEEPEST:
        return HtmlText(unescape(_TAG.sub(" ", markup)), "", flattened=True)
    tree = LexborHTMLParser(markup)
    root = tree.root
    if root is None:
        return HtmlText("", "")
    page = _Page(_sheet(tree))
    # A stack instead of recursion: mails nest tables thousands deep, by mistake or on purpose.
    stack: list[tuple[LexborNode, _Look, bool]] = [(root, _Look(), True)]
    while stack:
        node, look, entering = stack.pop()
        if not entering:
            page.leave(node, look)
            continue
        own = page.enter(node, look)
        if own is None:
            continue
        stack.append((node, own, False))
        children: list[LexborNode] = []
        child = node.child
        while child is not None:
            children.append(child)
            child = child.next
        stack.extend((one, own, True) for one in reversed(children))
    return page.text()


def _depth(markup: str) -> int:
    """How deep elements nest at most; those that close themselves are left out.

    The parser walks up the open elements for each new one: 100,000 nested ones took 23 s, 1,000 take milliseconds.
    """
    depth = deepest = 0
    for tag in _OPEN_OR_CLOSE.finditer(markup):
        if tag.group(2).lower() in _CLOSE_THEMSELVES:
            continue
        depth = max(0, depth - 1) if tag.group(1) else depth + 1
        deepest = max(deepest, depth)
    return deepest


class _Page:
    """Collects lines while the tree is walked."""

    def __init__(self, sheet: dict[int, dict[str, str]]) -> None:
        self._sheet = sheet
        self._lines: list[str] = []
        self._line = ""
        self._hidden: list[str] = []
        self._links: list[tuple[str, int]] = []

    def enter(self, node: LexborNode, look: _Look) -> _Look | None:
        """Take in one node; its look for the children, or None where it has none to visit."""
        if node.is_comment_node:
            self._hide(node.comment_content or "")
            return None
        if node.is_text_node:
            self._words(node.text_content or "", look)
            return None
        tag = node.tag or ""
        if tag in _SKIPPED:
            return None
        attributes = node.attributes
        for name in _UNSEEN_ATTRIBUTES:
            self._hide(attributes.get(name) or "")
        own = self._look(node, tag, attributes, look)
        if tag == "br":
            self._break(own)
        elif tag in _BLOCKS:
            self._end_line(look)
        if tag == "li":
            self._line = "- "
        if tag == "a":
            self._links.append((_target(attributes.get("href")), len(self._line)))
        return own

    def leave(self, node: LexborNode, look: _Look) -> None:
        """Close one element."""
        tag = node.tag or ""
        if tag == "a" and self._links:
            target, since = self._links.pop()
            if target and not look.hidden and target not in self._line[since:]:
                self._line += f" <{target}>"
        if tag in {"td", "th"} and self._line:
            self._end_line(look)
        elif tag in _BLOCKS:
            self._end_line(look)
            if tag in {"p", "table", "ul", "ol", "blockquote", "pre"} and self._lines and self._lines[-1]:
                self._lines.append("")

    def text(self) -> HtmlText:
        """All that was collected."""
        self._end_line(_Look())
        visible = re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")
        return HtmlText(visible, "\n".join(self._hidden)[:_MOST_HIDDEN])

    def _look(self, node: LexborNode, tag: str, attributes: dict[str, str | None], look: _Look) -> _Look:
        style = dict(self._sheet.get(node.mem_id, {}))
        style |= _declarations(attributes.get("style") or "")
        if attributes.get("bgcolor"):
            style.setdefault("background-color", attributes["bgcolor"] or "")
        if tag == "font" and attributes.get("color"):
            style.setdefault("color", attributes["color"] or "")
        own = replace(
            look,
            quotes=look.quotes + (tag == "blockquote"),
            preserve=look.preserve or tag in {"pre", "textarea"},
            hidden=look.hidden or tag in _UNSEEN_TAGS or "hidden" in attributes,
        )
        return _styled(own, style) if style else own

    def _words(self, words: str, look: _Look) -> None:
        if look.hidden or _is_unreadable(look):
            self._hide(words)
            return
        if look.preserve:
            first, *others = words.split("\n")
            self._line += first
            for line in others:
                self._break(look)
                self._line = line
            return
        joined = re.sub(r"[ \t\n\r\f]+", " ", words)
        self._line += joined.lstrip(" ") if not self._line or self._line.endswith(" ") else joined

    def _end_line(self, look: _Look) -> None:
        if self._line.strip():
            self._break(look)
        self._line = ""

    def _break(self, look: _Look) -> None:
        marks = ">" * look.quotes
        self._lines.append(f"{marks} {self._line.strip()}" if marks else self._line.rstrip())
        self._line = ""

    def _hide(self, words: str) -> None:
        words = words.strip()
        if words:
            self._hidden.append(words)


def _without_at_rules(css: str) -> str:
    """The sheet without `@media {...}`, `@import ...;` and the like, at most two deep.

    By hand, since a pattern would read to the end again for each sign that nobody closes.
    """
    kept, at = [], 0
    for word in _AT_WORD.finditer(css):
        if word.start() < at:
            continue
        end = _AT_END.search(css, word.end())
        if end is None:
            break
        after = end.end() if end.group() == ";" else _closed(css, end.start())
        if after:
            kept.append(css[at : word.start()])
            at = after
    return "".join([*kept, css[at:]])


def _closed(css: str, at: int) -> int:
    """Where the block that opens here is closed; 0 where it is not, or goes more than two deep."""
    deep = 0
    for brace in _BRACE.finditer(css, at):
        deep += 1 if brace.group() == "{" else -1
        if deep == 0:
            return brace.end()
        if deep > 2:
            return 0
    return 0


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """Selector and declarations of each rule without blocks inside."""
    before, opened = 0, -1
    for brace in _BRACE.finditer(css):
        if brace.group() == "{":
            before, opened = (opened + 1 if opened >= 0 else before), brace.start()
            continue
        selector = css[max(before, opened - _SELECTOR) : max(opened, 0)]
        said = css[opened + 1 : brace.start()]
        if opened >= 0 and selector and 1 <= len(said) <= _DECLARATIONS:
            yield selector, said
        before, opened = brace.end(), -1


def _sheet(tree: LexborHTMLParser) -> dict[int, dict[str, str]]:
    """Declarations of the mail's own style sheets that can hide something, by node."""
    found: dict[int, dict[str, str]] = {}
    css = "\n".join(node.text_content or node.text() for node in tree.css("style"))[:500_000]
    css = _without_at_rules(_CSS_COMMENT.sub("", css))
    matches = 0
    for number, rule in enumerate(_rules(css)):
        style = _declarations(rule[1])
        if not style:
            continue
        if number >= _MOST_RULES or matches >= _MOST_MATCHES:
            break
        try:
            nodes = tree.css(rule[0].strip())
        except (SelectolaxError, ValueError):  # pseudo classes and mistakes: such a rule hides nothing here
            continue
        matches += len(nodes)
        for node in nodes:
            found.setdefault(node.mem_id, {}).update(style)
    return found


def _declarations(style: str) -> dict[str, str]:
    """The declarations that say something about being seen, names and values in lower case."""
    pairs = (one.partition(":") for one in style[:4000].lower().split(";"))
    return {
        name.strip(): value.replace("!important", "").strip() for name, _, value in pairs if name.strip() in _TELLING
    }


def _styled(look: _Look, style: dict[str, str]) -> _Look:
    """The look with an element's own declarations applied."""
    colour = _colour(style["color"]) or look.colour if "color" in style else look.colour
    ground = look.ground
    background = style.get("background-color") or style.get("background", "")
    if "url(" in background or "gradient" in background:
        ground = None  # a picture: what colour lies under the words cannot be said
    elif background:
        ground = _colour(background) or ground
    size = _size(style.get("font-size", ""), look.size_px)
    return replace(look, colour=colour, ground=ground, size_px=size, hidden=look.hidden or _hides(style))


def _hides(style: dict[str, str]) -> bool:
    """Whether the declarations take the element out of sight."""
    if style.get("display") == "none" or style.get("visibility") in {"hidden", "collapse"}:
        return True
    if "opacity" in style and _first_number(style["opacity"], 1.0) < 0.1:
        return True
    if style.get("overflow") in {"hidden", "clip"} and any(
        name in style and _first_number(style[name], 99.0) <= 1.0
        for name in ("height", "max-height", "width", "max-width")
    ):
        return True
    if _first_number(style.get("text-indent", ""), 0.0) <= -500:
        return True
    if style.get("position") in {"absolute", "fixed"} and (
        any(_first_number(style.get(side, ""), 0.0) <= -500 for side in ("left", "top")) or "clip" in style
    ):
        return True
    return "scale(0" in style.get("transform", "").replace(" ", "") and "scale(0." not in style["transform"]


def _is_unreadable(look: _Look) -> bool:
    """Too small to read, or in the colour of its ground."""
    if look.size_px <= _SMALLEST_PX:
        return True
    if look.colour is None or look.ground is None:
        return False
    return sum(abs(a - b) for a, b in zip(look.colour, look.ground, strict=True)) < _NEAREST_COLOURS


def _size(value: str, inherited: float) -> float:
    number = _NUMBER.match(value)
    if not number:
        return inherited
    amount = float(number.group())
    unit = value[number.end() :].strip()
    if unit == "em":
        return amount * inherited
    if unit == "%":
        return amount * inherited / 100
    return amount * _UNITS.get(unit, 1.0)


def _first_number(value: str, otherwise: float) -> float:
    number = _NUMBER.match(value)
    return float(number.group()) if number else otherwise


def _colour(value: str) -> Colour | None:
    """Red, green and blue of the first colour named; None for one we do not know."""
    for match in _COLOUR.finditer(value):
        word = match.group().lower()
        if word in _NAMED:
            return _NAMED[word]
        if word.startswith("#"):
            return _hexadecimal(word[1:])
        if word.startswith("rgb"):
            numbers = [min(255, int(float(n))) for n in _NUMBER.findall(word)][:3]
            if len(numbers) == 3:
                return numbers[0], numbers[1], numbers[2]
    return None


def _hexadecimal(digits: str) -> Colour | None:
    if len(digits) in {3, 4}:
        digits = "".join(d * 2 for d in digits[:3])
    if len(digits) not in {6, 8}:
        return None
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _target(href: str | None) -> str:
    """Where a link leads, if it leads anywhere a person can follow."""
    target = (href or "").strip()
    return target[:2000] if target.lower().startswith(("http://", "https://", "mailto:", "tel:")) else ""
