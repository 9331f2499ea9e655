"""Whether sources support a sentence: a verbatim sentence always, other wording only where nothing speaks against it.

An embedding cannot see a changed number, a lost "not" or days that became weeks; words can. So every word of meaning
has to stand in one sentence of the sources, as it is or by a synonym of our own lists, and rules look for what may not
differ. A score over coverage and cosine says how much of the rest is there. It is a check of wording, not of truth: it
may hold a draft, it never makes one fit to leave by itself.
"""

from vouchsafe.pipeline.draft.support.check import Support, check, is_verbatim, objections
from vouchsafe.pipeline.draft.support.score import FEATURES, Model, features, shipped

__all__ = ["FEATURES", "Model", "Support", "check", "features", "is_verbatim", "objections", "shipped"]
