"""All detectors of one desk, and their union.

Steps of `Detectors.detect`: 1. cut into units; 2. the network reads every window once; 3. rules of every family on
every fresh message; 4. its heads on message and thread; 5. where nothing reads like work for a person, nearest examples
of routine intents; 6. union. A detector that raises is named in `Findings.failed`; the others still speak.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from vouchsafe.domain.finding import (
    ClinicalClass,
    Findings,
    IntentMatch,
    Neighbour,
    Reason,
    Signal,
    Unit,
    Vulnerability,
)
from vouchsafe.domain.pack import Intent, Mode, Pack
from vouchsafe.domain.text import Span
from vouchsafe.pipeline.deadline import in_time
from vouchsafe.pipeline.detect import rules
from vouchsafe.pipeline.detect.examples import Examples
from vouchsafe.pipeline.detect.heads import DEAD_BAND, NEEDS_PERSON, Heads, Judged, load_heads
from vouchsafe.pipeline.detect.intents import CUT, CUT_PLAIN, Intents
from vouchsafe.pipeline.detect.normalise import canonical, concealed, digits_for_letters, plain
from vouchsafe.pipeline.detect.reading import (
    Reading,
    Sentence,
    Window,
    meant,
    names_something,
    read,
    windows_of,
    without_greeting,
)
from vouchsafe.pipeline.detect.rules import Rule
from vouchsafe.pipeline.language import UNKNOWN, language_of
from vouchsafe.ports.embedder import Embedder

HEADS_LANGUAGE = "en"
"""The network and the development data are English: on other languages the heads do not count as having judged, and
speak only from their firm thresholds on."""
_IN_ANY_LANGUAGE = frozenset({"language", "injection"})
"""But that somebody needs another language is plain from the message itself, and orders to the machine come in all."""

_QUESTION_SLACK = 0.10
"""Each question of a message must be near a routine example too, by this much less than the message."""
PLAIN = 0.03
"""Under this score a message reads least like those that need a person, and an example need not be so near."""
_NO_MATCH = IntentMatch(None, 0.0, 0.0)
_NO_VECTORS = np.zeros((0, 384), dtype=np.float32)
_THREADED = frozenset({"clinical", "crisis"})
"""What an earlier turn may have begun: these heads read the thread as well."""
_REMEMBERED = frozenset({"crisis", "threat", Vulnerability.SAFEGUARDING.value})
"""What a rule found in an earlier turn holds what follows for a person; by itself it pages nobody again."""
_MOST_HIDDEN = 6
"""Windows of quoted and hidden text that the network reads; rules read all of it."""
_Kinds = tuple[tuple[Vulnerability, Signal], ...]
_Clinical = tuple[Signal, tuple[ClinicalClass, ...]]
_NO_KINDS: _Kinds = ()
_NOT_CLINICAL: _Clinical = (Signal(), ())
_NOT_READ: tuple["_Read", ...] = ()
_Result = TypeVar("_Result")


class Detectors:
    """Built once per process and desk; safe to share between threads.

    `pack` None means no intents: nothing is ever recognised as routine. `extra` intents add to the pack's, one of the
    same name replaces it. Raises: HeadsUnfit where the shipped heads were altered.
    """

    def __init__(self, embedder: Embedder, pack: Pack | None, extra: Sequence[Intent] = ()) -> None:
        self._embedder = embedder
        self._heads = load_heads()
        self._examples = Examples(embedder)
        named = {intent.name: intent for intent in (*(pack.intents if pack else ()), *extra)}
        self._intents = Intents(tuple(named.values()), embedder, self._examples.risky)
        self._language = pack.languages[0] if pack else None
        self._ref = _ref(self._heads, self._examples, embedder, tuple(named.values()))

    @property
    def ref(self) -> str:
        """`detectors@digest` over network, thresholds, encoder, examples, rules and intents."""
        return self._ref

    def mode_of(self, intent: str | None) -> Mode:
        """How far an intent may go after the check against risky examples; OFF for an unknown one."""
        return self._intents.modes.get(intent, Mode.OFF) if intent else Mode.OFF

    @property
    def demoted(self) -> Mapping[str, str]:
        """Intents that may not be answered alone, each with the shipped clinical or crisis example it lets through."""
        return _let_through(self._intents, self._examples)

    def detect(
        self,
        fresh: Sequence[str],
        earlier: Sequence[str] = (),
        hidden: Sequence[str] = (),
        language_hint: str | None = None,
        *,
        sentiment_consent: bool = False,
    ) -> Findings:
        """Findings on the unanswered messages `fresh`, oldest first, redacted.

        `earlier` are the contact's turns before, oldest first; `hidden` is what a reader does not see or what was
        quoted: it counts for injection only. Spans refer to the texts of `fresh`.
        """
        learned = (self._heads, self._examples, self._embedder)
        case = _Case(learned, fresh, earlier, hidden, sentiment_consent=sentiment_consent)
        language = case.guarded("language", UNKNOWN, lambda: self._language_of(fresh, earlier, language_hint))
        case.foreign = language not in {HEADS_LANGUAGE, UNKNOWN}
        signals = {name: case.guarded(name, Signal(), find) for name, find in case.families()}
        kinds = case.guarded("vulnerability", _NO_KINDS, case.vulnerability)
        clinical, classes = case.guarded("clinical", _NOT_CLINICAL, case.clinical)
        clinical, classes = _with_crisis(clinical, classes, signals["crisis"])
        intent = case.guarded("intent", _NO_MATCH, lambda: case.intent(self._intents))
        if case.foreign:
            case.failed.append(f"heads_in_{language}")
        return Findings(
            clinical=clinical,
            clinical_classes=classes,
            vulnerability=kinds,
            language=language,
            intent=intent,
            failed=tuple(dict.fromkeys(case.failed)),
            manifest=self._ref,
            **signals,
        )

    def _language_of(self, fresh: Sequence[str], earlier: Sequence[str], hint: str | None) -> str:
        text = "\n".join(fresh)
        before = language_of("\n".join(earlier), None) if earlier else UNKNOWN
        # The desk's own language is a guess for few words, and none at all for no words.
        of_desk = self._language if any(character.isalpha() for character in text) else None
        return language_of(text, hint or (before if before != UNKNOWN else None) or of_desk)


@dataclass(frozen=True, slots=True)
class _Read:
    """A window and what the network said of it."""

    window: Window
    judged: Judged
    unit: Unit


class _Case:
    """One case under way: its units, what the network said of them, and the detectors that failed."""

    def __init__(
        self,
        learned: tuple[Heads, Examples, Embedder],
        fresh: Sequence[str],
        earlier: Sequence[str],
        hidden: Sequence[str],
        *,
        sentiment_consent: bool,
    ) -> None:
        self._heads, self._examples, self._embedder = learned
        self._consent = sentiment_consent
        self.failed: list[str] = []
        self.foreign = False
        """Whether the message is surely in a language that the network has not learned."""
        self.reading: Reading = read(fresh, earlier, hidden)
        if self.reading.empty:
            self.failed.append("no_text")
        if self.reading.huge:
            self.failed.append("too_long")
        self._concealed = [concealed(text) for text in fresh]
        self._fresh = fresh
        self._said = self.guarded("heads", _NOT_READ, self._read_all)

    def guarded(self, name: str, otherwise: _Result, find: Callable[[], _Result]) -> _Result:
        """What a detector says; its name goes to `failed` where it raises, so that a person gets the case."""
        try:
            in_time()
            return find()
        except Exception:  # noqa: BLE001 - fail closed: one broken detector must not silence the others
            self.failed.append(name)
            return otherwise

    def families(self) -> Iterator[tuple[str, Callable[[], Signal]]]:
        """The detectors that give one signal each."""
        complaint = (*rules.COMPLAINT, *(rules.TONE if self._consent else ()))
        yield "crisis", lambda: self._union("crisis", rules.CRISIS)
        yield "dispute", lambda: self._union("dispute", rules.DISPUTE)
        yield "complaint", lambda: self._union("complaint", complaint)
        yield "legal_threat", lambda: self._union("legal_threat", rules.LEGAL)
        yield "human_request", lambda: self._union("human_request", rules.HUMAN)
        yield "injection", self._injection
        yield "outage", lambda: self._union("outage", rules.OUTAGE)
        yield "threat", lambda: self._union("threat", rules.THREAT)

    def vulnerability(self) -> _Kinds:
        """A signal for each kind, in the order of the kinds."""
        by_rule = list(self._fired(rules.VULNERABILITY))
        before = list(self._fired_before(rules.VULNERABILITY))
        found = []
        for kind in Vulnerability:
            learned, score = self._learned(kind.value)
            fired = [reason for rule, reason in by_rule if rule.kind == kind.value]
            signal = _signal([*fired, *learned], score, self._heads.firm[kind.value])
            earlier = [reason for rule, reason in before if rule.kind == kind.value and kind.value in _REMEMBERED]
            found.append((kind, _remembering(signal, earlier)))
        return tuple(found)

    def clinical(self) -> _Clinical:
        """Rules on the fresh and the last earlier turns, heads on message and thread.

        What may be an emergency but does not reach that head's firm threshold is clinical and no more.
        """
        fired = [*self._fired(rules.CLINICAL, "clinical"), *self._fired_before(rules.CLINICAL)]
        kinds = [ClinicalClass(rule.kind) for rule, _ in fired]
        learned, score = self._learned("clinical")
        urgent, urgent_score = self._learned("emergent")
        if urgent and urgent_score >= self._heads.firm["emergent"] - DEAD_BAND:
            kinds.append(ClinicalClass.URGENT)
        if (learned or urgent) and not kinds:
            kinds.append(ClinicalClass.DECISION)
        ordered = tuple(kind for kind in ClinicalClass if kind in kinds)
        reasons = [reason for _, reason in fired]
        firm = self._heads.firm["clinical"]
        return _signal([*reasons, *learned, *urgent], max(score, urgent_score), firm), ordered

    def intent(self, intents: Intents) -> IntentMatch:
        """The routine intent of the message, or None; every question in it that names something must be routine too."""
        if not self._said or self.reading.empty:
            return _NO_MATCH
        needs_person = self._score(NEEDS_PERSON)
        if needs_person >= self._heads.thresholds[NEEDS_PERSON] - DEAD_BAND:
            return _NO_MATCH
        sentences = meant(self.reading.sentences)
        texts = [self.reading.core, *(without_greeting(one.text) for one in sentences)]
        vectors = self._embedder.embed(texts)
        plain_words = needs_person < PLAIN
        match = intents.match(vectors[0], vectors[1:], plainly_routine=plain_words)
        least = (CUT_PLAIN if plain_words else CUT) - _QUESTION_SLACK
        for one, vector in zip(sentences, vectors[1:], strict=True):
            if one.asks and names_something(one.text) and intents.match(vector, _NO_VECTORS).score < least:
                return replace(match, name=None)
        return match

    def _injection(self) -> Signal:
        signal = self._union("injection", rules.INJECTION)
        reasons = list(signal.reasons)
        for text in (*self.reading.hidden, *self._concealed):
            reasons.extend(
                Reason(match.rule.id, f"{match.rule.says} (in hidden or quoted text)", Unit.HIDDEN)
                for match in rules.matches(rules.INJECTION, canonical(text))
            )
        if any(text.strip() for text in self._concealed):
            reasons.append(Reason("injection.concealed", "words that a reader cannot see", Unit.HIDDEN))
        if any(read.lookalikes for read in self.reading.messages):
            reasons.append(Reason("injection.lookalike", "letters of another alphabet inside words", Unit.MESSAGE))
        if any(digits_for_letters(text) for text in self._fresh):
            reasons.append(Reason("injection.digits", "digits in place of letters inside words", Unit.MESSAGE))
        return _signal(reasons, signal.score, self._heads.firm["injection"])

    def _union(self, label: str, family: Sequence[Rule]) -> Signal:
        """Rules of a family and the head of its label."""
        learned, score = self._learned(label)
        reasons = [*(reason for _, reason in self._fired(family, label)), *learned]
        before = [reason for _, reason in self._fired_before(family)] if label in _REMEMBERED else []
        return _remembering(_signal(reasons, score, self._heads.firm[label]), before)

    def _learned(self, label: str) -> tuple[list[Reason], float]:
        """Reasons of a head that reached its threshold less the dead band, and its highest score.

        The window that scores highest speaks for each sort of text.
        """
        column = self._heads.labels.index(label)
        strict = self.foreign and label not in _IN_ANY_LANGUAGE
        threshold = (self._heads.firm if strict else self._heads.thresholds)[label]
        reasons: list[Reason] = []
        for unit in _read_by(label):
            spoke = [one for one in self._said if one.unit is unit]
            best = max(spoke, key=lambda one: one.judged.scores[column], default=None)
            if best is not None and best.judged.scores[column] >= threshold - DEAD_BAND:
                reasons.append(self._reason(label, column, best, threshold))
        return reasons, self._score(label)

    def _score(self, label: str) -> float:
        """The highest of a label over the texts that its head reads; 0 where the network did not read."""
        column = self._heads.labels.index(label)
        units = _read_by(label)
        return max((float(one.judged.scores[column]) for one in self._said if one.unit in units), default=0.0)

    def _reason(self, label: str, column: int, one: _Read, threshold: float) -> Reason:
        """Which head spoke, the sentence whose words added most, and the known examples nearest to that."""
        loudest = one.judged.loudest(column, [(start, end) for _, start, end in one.window.parts])
        sentence = self.reading.sentences[one.window.parts[loudest][0]] if loudest is not None else None
        return Reason(
            f"head.{label}",
            f"reads like {label.replace('_', ' ')} messages",
            one.unit,
            *_place(sentence),
            score=float(one.judged.scores[column]),
            threshold=threshold,
            nearest=self._nearest(label, sentence),
        )

    def _nearest(self, label: str, sentence: Sentence | None) -> tuple[Neighbour, ...]:
        if sentence is None:
            return ()
        words = without_greeting(sentence.text)
        return self.guarded("encoder", (), lambda: self._examples.nearest(label, words))

    def _read_all(self) -> tuple[_Read, ...]:
        """Windows of the message, of the thread where there is one, and of quoted and hidden text."""
        hidden = [window for text in self.reading.hidden for window in windows_of(plain(text))]
        units = [
            *((window, Unit.MESSAGE) for window in self.reading.windows),
            *((window, Unit.THREAD) for window in windows_of(self.reading.thread)),
            *((window, Unit.HIDDEN) for window in hidden[:_MOST_HIDDEN]),
        ]
        return tuple(self._read(window, unit) for window, unit in units if window.text)

    def _read(self, window: Window, unit: Unit) -> _Read:
        in_time()
        return _Read(window, self._heads.judge(window.text), unit)

    def _fired(self, family: Sequence[Rule], label: str = "") -> Iterator[tuple[Rule, Reason]]:
        """Rules on the fresh messages, each with the known examples of its label nearest to the sentence it fired in.

        Where `label` is empty, a rule's kind is its label.
        """
        for number, text in enumerate(self.reading.messages):
            for match in rules.matches(family, text):
                sentence = self._sentence_at(number, match.span)
                nearest = self._nearest(label or match.rule.kind, sentence)
                yield (
                    match.rule,
                    Reason(match.rule.id, match.rule.says, Unit.MESSAGE, number, match.span, nearest=nearest),
                )

    def _sentence_at(self, message: int, span: Span) -> Sentence | None:
        """The sentence in which something begins; None between sentences."""
        for one in self.reading.sentences:
            if one.message == message and one.span.start <= span.start < one.span.end:
                return one
        return None

    def _fired_before(self, family: Sequence[Rule]) -> Iterator[tuple[Rule, Reason]]:
        """Rules on the last earlier turns: a fragment such as "and twice a day?" says nothing alone."""
        for text in self.reading.earlier:
            for match in rules.matches(family, text):
                yield match.rule, Reason(match.rule.id, f"{match.rule.says} (earlier in the conversation)", Unit.THREAD)


def near_risk(intents: Sequence[Intent], embedder: Embedder) -> Mapping[str, str]:
    """As `Detectors.demoted`, of these intents, without the network: for whoever only asks about a pack."""
    examples = Examples(embedder)
    return _let_through(Intents(intents, embedder, examples.risky), examples)


def _let_through(intents: Intents, examples: Examples) -> Mapping[str, str]:
    return {name: examples.risky_texts[row] for name, row in intents.demoted.items()}


def _read_by(label: str) -> tuple[Unit, ...]:
    """The texts that the head of a label reads."""
    if label == "injection":
        return (Unit.MESSAGE, Unit.HIDDEN)
    return (Unit.MESSAGE, Unit.THREAD) if label in _THREADED else (Unit.MESSAGE,)


def _place(sentence: Sentence | None) -> tuple[int, Span | None]:
    return (sentence.message, sentence.span) if sentence else (0, None)


def _signal(reasons: Sequence[Reason], score: float, firm: float) -> Signal:
    """A rule that fired scores 1; a head over its threshold scores what it scored, and is sure from `firm` on."""
    by_rule = any(reason.score is None for reason in reasons)
    sure = by_rule or (bool(reasons) and score >= firm - DEAD_BAND)
    return Signal(1.0 if by_rule else round(score, 4), bool(reasons), tuple(reasons), sure)


def _remembering(signal: Signal, before: Sequence[Reason]) -> Signal:
    """The signal with what rules found in earlier turns: found, and no surer than the fresh words make it."""
    if not before:
        return signal
    return Signal(1.0, flag=True, reasons=(*signal.reasons, *before), sure=signal.sure)


def _with_crisis(clinical: Signal, classes: tuple[ClinicalClass, ...], crisis: Signal) -> _Clinical:
    """A crisis is clinical, and urgent where it is sure: a clinician signs and clears it (R178)."""
    if not crisis.flag:
        return clinical, classes
    reason = Reason("crisis.is_clinical", "a crisis is clinical", Unit.MESSAGE)
    added = ClinicalClass.URGENT if crisis.sure else ClinicalClass.DECISION
    kinds = classes if classes and not crisis.sure else tuple(k for k in ClinicalClass if k in classes or k is added)
    return Signal(1.0, flag=True, reasons=(*clinical.reasons, reason), sure=True), kinds


def _ref(heads: Heads, examples: Examples, embedder: Embedder, intents: Sequence[Intent]) -> str:
    digest = hashlib.sha256(f"{heads.digest}\n{examples.digest}\n{embedder.ref}\n{rules.digest()}\n".encode())
    for intent in intents:
        digest.update(f"{intent.name}\x1f{intent.mode}\x1f{intent.examples}\x1f{intent.counter_examples}\n".encode())
    return f"detectors@{digest.hexdigest()[:16]}"
