"""Names of medicines for rules: a list of common ones and the endings that generic names share."""

from functools import cache
from importlib import resources

# Stems that the naming of medicines prescribes (USAN and INN), written out where at least three letters come before.
_ENDINGS = (
    "cillin", "mycin", "cycline", "statin", "pril", "sartan", "olol", "prazole", "conazole", "oxetine", "azepam",
    "gliptin", "gliflozin", "glutide", "tidine", "triptan", "ximab", "zumab", "tinib", "ciclovir", "floxacin",
    "dipine", "semide", "thiazide", "oxaban", "parin", "setron", "barbital", "solone", "profen", "codone", "gabalin",
    "cilina", "micina", "ciclina", "prazol", "profeno",
)  # fmt: skip

KINDS = (
    "medications?", "medicines?", "meds?", "pills?", "tablets?", "capsules?", "drugs?", "antibiotics?", "painkillers?",
    "pain killers?", "inhalers?", "blood thinners?", "steroids?", "antidepressants?", "birth control", "statins?",
    "eye drops", "supplements?", "vitamins?", "doses?", "dosage", "shots?", "boosters?", "prescriptions?", "creams?",
)  # fmt: skip


@cache
def drugs() -> str:
    """A pattern of one medicine's name."""
    text = resources.files("vouchsafe").joinpath("data/detect/drugs.txt").read_text(encoding="utf-8")
    names = sorted({word for line in text.splitlines() if not line.startswith("#") for word in line.split()})
    return f"(?:{'|'.join(names)}|[a-z]{{3,16}}(?:{'|'.join(_ENDINGS)}))"


@cache
def medicine() -> str:
    """A pattern of one medicine's name or of a word for medicines."""
    return f"(?:{drugs()}|{'|'.join(KINDS)})"
