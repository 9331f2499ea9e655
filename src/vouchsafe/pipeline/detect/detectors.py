"""All detectors of one desk, and their union.

Steps of `Detectors.detect`: 1. cut into units; 2. rules of every family on every fresh message; 3. one call of the
encoder for all units; 4. heads on message, thread and sentences; 5. nearest examples of routine intents; 6. union.
A detector that raises is named in `Findings.failed`; the others still speak.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from vouchsafe.domain.finding import (
    ClinicalClass,
    Findings,
    IntentMatch,
    Reason,
    Signal,
    Unit,
    Vulnerability,
)
from vouchsafe.domain.pack import Intent, Mode, Pack
from vouchsafe.domain.text import Span
from vouchsafe.pipeline.detect import rules
from vouchsafe.pipeline.detect.blend import NEEDS_PERSON, Blend, Limits, load_blend
from vouchsafe.pipeline.detect.heads import Head, Heads, load_heads
from vouchsafe.pipeline.detect.intents import CUT, CUT_PLAIN, STRONG, Intents
from vouchsafe.pipeline.detect.normalise import canonical, concealed, plain
from vouchsafe.pipeline.detect.reading import Reading, Sentence, meant, read, scored, without_greeting
from vouchsafe.pipeline.detect.rules import Rule
from vouchsafe.pipeline.language import UNKNOWN, language_of
from vouchsafe.ports.embedder import Embedder, Vectors

HEADS_LANGUAGE = "en"
"""The encoder and the development data are English: on other languages the heads do not count as having judged."""

_QUESTION_SLACK = 0.10
"""Each question of a message must be near a routine example too, by this much less than the message."""
PLAIN = 0.06
"""Under this score a message reads least like those that need a person, and an example need not be so near."""
_NO_MATCH = IntentMatch(None, 0.0, 0.0)
_NO_VECTORS = np.zeros((0, 384), dtype=np.float32)
_NO_SCORES: dict[str, NDArray[np.float64]] = {}
_THREADED = frozenset({"clinical", "crisis"})
"""What an earlier turn may have begun: these heads read the thread as well."""
_PAGED = frozenset({"emergent", "crisis", "threat", "outage", "safeguarding", NEEDS_PERSON})
"""Heads whose word always counts, recognised as routine or not."""
_NO_UNITS: dict[str, Vectors] = {}
_Kinds = tuple[tuple[Vulnerability, Signal], ...]
_Clinical = tuple[Signal, tuple[ClinicalClass, ...]]
_NO_KINDS: _Kinds = ()
_NOT_CLINICAL: _Clinical = (Signal(), ())
_Result = TypeVar("_Result")


class Detectors:
    """Built once per process and desk; safe to share between threads.

    `pack` None means no intents: nothing is ever recognised as routine. `extra` intents add to the pack's, one of the
    same name replaces it. Raises: HeadsUnfit where the shipped heads do not fit the embedder.
    """

    def __init__(self, embedder: Embedder, pack: Pack | None, extra: Sequence[Intent] = ()) -> None:
        self._embedder = embedder
        self._heads = load_heads(embedder.ref)
        self._blend = load_blend(embedder.ref)
        named = {intent.name: intent for intent in (*(pack.intents if pack else ()), *extra)}
        risky = np.vstack([self._heads.vectors[kind] for kind in ("clinical", "crisis")])
        self._intents = Intents(tuple(named.values()), embedder, risky)
        self._language = pack.languages[0] if pack else None
        self._ref = _ref(self._heads, self._blend, embedder, tuple(named.values()))

    @property
    def ref(self) -> str:
        """`detectors@digest` over encoder, heads, thresholds, rules and intents."""
        return self._ref

    def mode_of(self, intent: str | None) -> Mode:
        """How far an intent may go after the check against risky examples; OFF for an unknown one."""
        return self._intents.modes.get(intent, Mode.OFF) if intent else Mode.OFF

    @property
    def demoted(self) -> frozenset[str]:
        """Intents whose examples stand so near clinical or crisis words that they may not be answered alone."""
        return self._intents.demoted

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
        learned = (self._heads, self._blend)
        case = _Case(self._embedder, learned, fresh, earlier, hidden, sentiment_consent=sentiment_consent)
        intent = case.guarded("intent", _NO_MATCH, lambda: case.intent(self._intents))
        case.clearly_routine = intent.name is not None and intent.score >= STRONG
        language = case.guarded("language", UNKNOWN, lambda: self._language_of(fresh, earlier, language_hint))
        signals = {name: case.guarded(name, Signal(), find) for name, find in case.families()}
        kinds = case.guarded("vulnerability", _NO_KINDS, case.vulnerability)
        clinical, classes = case.guarded("clinical", _NOT_CLINICAL, case.clinical)
        clinical, classes = _with_doubt(clinical, classes, case.doubt, intent)
        clinical, classes = _with_crisis(clinical, classes, signals["crisis"])
        if language not in {HEADS_LANGUAGE, UNKNOWN}:
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
        before = language_of("\n".join(earlier), None) if earlier else UNKNOWN
        known = hint or (before if before != UNKNOWN else None) or self._language
        return language_of("\n".join(fresh), known)


class _Case:
    """One case under way: its units, their vectors, and the detectors that failed."""

    def __init__(
        self,
        embedder: Embedder,
        learned: tuple[Heads, Blend],
        fresh: Sequence[str],
        earlier: Sequence[str],
        hidden: Sequence[str],
        *,
        sentiment_consent: bool,
    ) -> None:
        self._heads, self._blend = learned
        self._consent = sentiment_consent
        self.failed: list[str] = []
        self.doubt: Reason | None = None
        """The highest clinical score from threshold to firm; it counts unless the message is clearly routine."""
        self.clearly_routine = False
        """Whether the message is strongly recognised as routine: then blended heads that page nobody need be firm."""
        self.reading: Reading = read(fresh, earlier, hidden)
        if self.reading.empty:
            self.failed.append("no_text")
        if self.reading.huge:
            self.failed.append("too_long")
        self._concealed = [concealed(text) for text in fresh]
        self._vectors = self.guarded("encoder", _NO_UNITS, lambda: self._embedded(embedder))
        self._blended = self.guarded("blend", _NO_SCORES, self._blend_scores)

    def guarded(self, name: str, otherwise: _Result, find: Callable[[], _Result]) -> _Result:
        """What a detector says; its name goes to `failed` where it raises, so that a person gets the case."""
        try:
            return find()
        except Exception:  # noqa: BLE001 - fail closed: one broken detector must not silence the others
            self.failed.append(name)
            return otherwise

    def families(self) -> Iterator[tuple[str, Callable[[], Signal]]]:
        """The detectors that give one signal each."""
        complaint = (*rules.COMPLAINT, *(rules.TONE if self._consent else ()))
        yield "crisis", lambda: self._union("crisis", rules.CRISIS, "crisis")
        yield "dispute", lambda: self._union("dispute", rules.DISPUTE, "dispute")
        yield "complaint", lambda: self._union("complaint", complaint, None)
        yield "legal_threat", lambda: self._union("legal_threat", rules.LEGAL, None)
        yield "human_request", lambda: self._union("human_request", rules.HUMAN, "human")
        yield "injection", self._injection
        yield "outage", lambda: self._union("outage", rules.OUTAGE, None)
        yield "threat", lambda: self._union("threat", rules.THREAT, None)

    def vulnerability(self) -> _Kinds:
        """A signal for each kind, in the order of the kinds."""
        by_rule = [(match, reason) for match, reason in self._fired(rules.VULNERABILITY)]
        found = []
        for kind in Vulnerability:
            blended, score = self._blended_reasons(kind.value)
            fired = [reason for rule, reason in by_rule if rule.kind == kind.value]
            found.append((kind, _signal([*fired, *blended], score)))
        return tuple(found)

    def clinical(self) -> _Clinical:
        """Rules on the fresh and the last earlier turns, heads on message, thread and sentences."""
        fired = [*self._fired(rules.CLINICAL), *self._fired_before(rules.CLINICAL)]
        reasons = [reason for _, reason in fired]
        kinds = [ClinicalClass(rule.kind) for rule, _ in fired]
        message, sentence = self._heads.by_name["clinical_message"], self._heads.by_name["clinical_sentence"]
        learned, score = self._learned(message, sentence, "clinical")
        blended, blended_score = self._blended_reasons("clinical")
        urgent, urgent_score = self._blended_reasons("emergent")
        if urgent:
            kinds.append(ClinicalClass.URGENT)
        if (learned or blended) and not kinds:
            kinds.append(ClinicalClass.DECISION)
        ordered = tuple(kind for kind in ClinicalClass if kind in kinds)
        said = [*reasons, *learned, *blended, *urgent]
        return _signal(said, max(score, blended_score, urgent_score)), ordered

    def intent(self, intents: Intents) -> IntentMatch:
        """The routine intent of the message, or None; every question in it must be routine as well."""
        if not self._vectors or self.reading.empty or self._reads_like_work_for_a_person():
            return _NO_MATCH
        sentences = meant(self.reading.sentences)
        vectors = np.stack([self._of(without_greeting(s.text)) for s in sentences]) if sentences else _NO_VECTORS
        plain_words = self._needs_person() < PLAIN
        match = intents.match(self._of(self.reading.core), vectors, plainly_routine=plain_words)
        least = (CUT_PLAIN if plain_words else CUT) - _QUESTION_SLACK
        for one in (s for s in sentences if s.asks):
            alone = intents.match(self._of(without_greeting(one.text)), _NO_VECTORS)
            if alone.score < least:
                return replace(match, name=None)
        return match

    def _injection(self) -> Signal:
        signal = self._union("injection", rules.INJECTION, "injection")
        reasons = list(signal.reasons)
        head = self._heads.by_name["injection"]
        score = signal.score
        for text in (*self.reading.hidden, *self._concealed):
            reasons.extend(
                Reason(match.rule.id, f"{match.rule.says} (in hidden or quoted text)", Unit.HIDDEN)
                for match in rules.matches(rules.INJECTION, canonical(text))
            )
        for text in self.reading.hidden:
            value = float(head.scores(self._of(plain(text))[None, :])[0])
            score = max(score, value)
            if value >= head.threshold - self._heads.dead_band:
                reasons.append(_by_head(head, value, Unit.HIDDEN, 0, None))
        if any(text.strip() for text in self._concealed):
            reasons.append(Reason("injection.concealed", "words that a reader cannot see", Unit.HIDDEN))
        if any(read.lookalikes for read in self.reading.messages):
            reasons.append(Reason("injection.lookalike", "letters of another alphabet inside words", Unit.MESSAGE))
        return _signal(reasons, score)

    def _union(self, label: str, family: Sequence[Rule], head: str | None) -> Signal:
        """Rules of a family, its blended head and, where there is one, its older head on the message."""
        reasons = [reason for _, reason in self._fired(family)]
        blended, score = self._blended_reasons(label)
        reasons += blended
        if head is not None:
            learned, of_head = self._learned(self._heads.by_name[head], None, head)
            reasons, score = [*reasons, *learned], max(score, of_head)
        return _signal(reasons, score)

    def _blended_reasons(self, label: str) -> tuple[list[Reason], float]:
        """Reasons of the blended head of a label over a threshold less the dead band, and its highest score.

        The best unit of each sort speaks: message or thread, and single sentence.
        """
        scores = self._blended.get(label)
        if scores is None:
            return [], 0.0
        limits: Limits = self._blend.limits[label]
        reasons: list[Reason] = []
        sentences = scored(self.reading.sentences)
        wholes = len(self.reading.windows) + (1 if self.reading.thread and label in _THREADED else 0)
        best = int(np.argmax(scores[:wholes]))
        highest = float(scores[best])
        if highest >= limits.threshold - self._heads.dead_band:
            unit = Unit.MESSAGE if best < len(self.reading.windows) else Unit.THREAD
            reasons.append(_by_blend(label, highest, unit, limits.threshold))
        alone = scores[len(scores) - len(sentences) :]
        if len(alone) and float(alone.max()) >= limits.sentence - self._heads.dead_band:
            at = int(np.argmax(alone))
            highest = max(highest, float(alone[at]))
            found = _by_blend(label, float(alone[at]), Unit.SENTENCE, limits.sentence)
            reasons.append(replace(found, message=sentences[at].message, span=sentences[at].span))
        if self.clearly_routine and label not in _PAGED and highest < limits.firm - self._heads.dead_band:
            reasons.clear()
        return reasons, highest

    def _reads_like_work_for_a_person(self) -> bool:
        return bool(self._blended_reasons(NEEDS_PERSON)[0])

    def _needs_person(self) -> float:
        """How much the message, or its worst sentence, reads like those that need a person; 1 where nothing judged."""
        scores = self._blended.get(NEEDS_PERSON)
        return float(scores.max()) if scores is not None and len(scores) else 1.0

    def _blend_scores(self) -> dict[str, NDArray[np.float64]]:
        """Scores of windows, then the thread where there is one, then the sentences that are judged alone."""
        if not self._vectors:
            return {}
        reading = self.reading
        texts = [*reading.windows, *([reading.thread] if reading.thread else [])]
        texts += [without_greeting(one.text) for one in scored(reading.sentences)]
        return dict(self._blend.scores(texts, np.stack([self._of(text) for text in texts])))

    def _fired(self, family: Sequence[Rule]) -> Iterator[tuple[Rule, Reason]]:
        for number, text in enumerate(self.reading.messages):
            for match in rules.matches(family, text):
                yield match.rule, Reason(match.rule.id, match.rule.says, Unit.MESSAGE, number, match.span)

    def _fired_before(self, family: Sequence[Rule]) -> Iterator[tuple[Rule, Reason]]:
        """Rules on the last earlier turns: a fragment such as "and twice a day?" says nothing alone."""
        for text in self.reading.earlier:
            for match in rules.matches(family, text):
                yield match.rule, Reason(match.rule.id, f"{match.rule.says} (earlier in the conversation)", Unit.THREAD)

    def _learned(self, whole: Head, single: Head | None, kind: str) -> tuple[list[Reason], float]:
        """Reasons of heads over their threshold less the dead band, and the message's score.

        `single` judges sentences alone. Only the clinical head does: error rates add up over sentences, and the other
        heads are too weak for that.
        """
        if not self._vectors:
            return [], 0.0
        band = self._heads.dead_band
        reasons: list[Reason] = []
        best, best_score = self._best_sentence(single or whole)
        units = [(Unit.MESSAGE, text) for text in self.reading.windows]
        if self.reading.thread and kind in {"clinical", "crisis"}:
            units.append((Unit.THREAD, self.reading.thread))
        score = 0.0
        for unit, text in units:
            vector = self._of(text)
            value = float(whole.scores(vector[None, :])[0])
            score = max(score, value)
            if value < whole.threshold - band:
                continue
            place = best if unit is Unit.MESSAGE else None
            found = replace(_by_head(whole, value, unit, *_place(place)), nearest=self._heads.nearest(kind, vector))
            if value >= whole.firm - band:
                reasons.append(found)
            elif self.doubt is None or value > (self.doubt.score or 0.0):
                self.doubt = found
        if single is not None and best is not None and best_score >= single.threshold - band:
            score = max(score, best_score)
            found = _by_head(single, best_score, Unit.SENTENCE, *_place(best))
            reasons.append(replace(found, nearest=self._heads.nearest(kind, self._of(without_greeting(best.text)))))
        return reasons, score

    def _best_sentence(self, head: Head) -> tuple[Sentence | None, float]:
        said = scored(self.reading.sentences)
        if not said:
            return None, 0.0
        scores = head.scores(np.stack([self._of(without_greeting(one.text)) for one in said]))
        at = int(np.argmax(scores))
        return said[at], float(scores[at])

    def _embedded(self, embedder: Embedder) -> dict[str, Vectors]:
        reading = self.reading
        texts = [*reading.windows, reading.thread, reading.core, *(plain(text) for text in reading.hidden)]
        texts += [without_greeting(one.text) for one in (*scored(reading.sentences), *meant(reading.sentences))]
        unique = [text for text in dict.fromkeys(texts) if text]
        return dict(zip(unique, embedder.embed(unique), strict=True)) if unique else {}

    def _of(self, text: str) -> Vectors:
        vector = self._vectors.get(text)
        return vector if vector is not None else np.zeros(384, dtype=np.float32)


def _by_head(head: Head, score: float, unit: Unit, message: int, span: Span | None) -> Reason:
    says = f"reads like {head.name.replace('_', ' ')} examples"
    return Reason(f"head.{head.name}", says, unit, message, span, score=score, threshold=head.threshold)


def _by_blend(label: str, score: float, unit: Unit, threshold: float) -> Reason:
    says = f"reads like {label.replace('_', ' ')} messages"
    return Reason(f"head.blend_{label}", says, unit, score=score, threshold=threshold)


def _place(sentence: Sentence | None) -> tuple[int, Span | None]:
    return (sentence.message, sentence.span) if sentence else (0, None)


def _signal(reasons: Sequence[Reason], score: float) -> Signal:
    """A rule that fired scores 1; a head over its threshold scores what it scored."""
    by_rule = any(reason.score is None for reason in reasons)
    return Signal(1.0 if by_rule else round(score, 4), bool(reasons), tuple(reasons))


def _with_doubt(
    clinical: Signal, classes: tuple[ClinicalClass, ...], doubt: Reason | None, intent: IntentMatch
) -> _Clinical:
    """Under its firm threshold the clinical head counts unless the message is strongly recognised as routine.

    What a rule, a sentence or a firm score said stays.
    """
    if doubt is None or (intent.name is not None and intent.score >= STRONG):
        return clinical, classes
    return (
        Signal(max(clinical.score, doubt.score or 0.0), flag=True, reasons=(*clinical.reasons, doubt)),
        classes or (ClinicalClass.DECISION,),
    )


def _with_crisis(clinical: Signal, classes: tuple[ClinicalClass, ...], crisis: Signal) -> _Clinical:
    """A crisis is clinical and urgent too: a clinician signs and clears it (R178)."""
    if not crisis.flag:
        return clinical, classes
    reason = Reason("crisis.is_clinical", "a crisis is clinical and urgent", Unit.MESSAGE)
    urgent = tuple(kind for kind in ClinicalClass if kind in classes or kind is ClinicalClass.URGENT)
    return Signal(1.0, flag=True, reasons=(*clinical.reasons, reason)), urgent


def _ref(heads: Heads, blend: Blend, embedder: Embedder, intents: Sequence[Intent]) -> str:
    digest = hashlib.sha256(f"{heads.digest}\n{blend.digest}\n{embedder.ref}\n{rules.digest()}\n".encode())
    for intent in intents:
        digest.update(f"{intent.name}\x1f{intent.mode}\x1f{intent.examples}\x1f{intent.counter_examples}\n".encode())
    return f"detectors@{digest.hexdigest()[:16]}"
