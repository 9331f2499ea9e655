"""Invented identifiers of all eighteen kinds of 45 CFR 164.514(b)(2) and credentials, a set of its own for each part."""

from dataclasses import dataclass, field

_PEOPLE = (
    ("Quillon", "Farrowby"),
    ("Perpetua", "Vandersloot"),
    ("Thaddeus", "Winterbourne"),
    ("Rosalind", "Achterberg"),
    ("Leopold", "Nightingale"),
    ("Cordelia", "Brackenbury"),
    ("Marigold", "Teasdale"),
    ("Augustus", "Penhallow"),
    ("Fergus", "Ravenscroft"),
    ("Idalina", "Brackenridge"),
    ("Benedict", "Hollingsworth"),
    ("Georgiana", "Featherstone"),
    ("Montgomery", "Wetherington"),
    ("Philippa", "Cholmondeley"),
    ("Bartholomew", "Huntingford"),
)
_STREETS = (
    *("Larkspur", "Wisteria", "Hawthorne", "Foxglove", "Meadowlark", "Cottonwood"),
    *("Snowberry", "Thornfield", "Kingfisher", "Bellflower", "Moonstone", "Copperleaf"),
    *("Silverbirch", "Elderberry", "Goldfinch"),
)


@dataclass
class Planted:
    """The identifiers of every part so far, by the name under which a find is told: "kind of part", never the value."""

    words: dict[str, str] = field(default_factory=dict)
    _parts: int = 0

    def person(self, part: str) -> "Person":
        """A person nobody else in the test is, to be written into one part of a message."""
        one = Person(part, self._parts)
        self._parts += 1
        fresh = {value: f"{kind} of {part}" for kind, values in one.kinds.items() for value in values}
        assert not self.words.keys() & fresh.keys(), "each part has values of its own"
        self.words |= fresh
        return one

    def of(self, *names: str) -> dict[str, str]:
        """Values by name, of these names alone."""
        return {value: name for value, name in self.words.items() if name in names}


class Person:
    """One set of identifiers; `says` is each of them in a sentence as a patient would write it."""

    def __init__(self, part: str, number: int) -> None:
        self.part = part
        self.first, self.last = _PEOPLE[number]
        n = f"{number:02}"
        street = f"{4810 + number} {_STREETS[number]}"
        self.address = f"{self.first[0].lower()}{self.last.lower()}{n}@home.example"
        self.birth = f"03/{n[1]}7/19{41 + number}" if number < 4 else f"11/1{n[1]}/19{41 + number}"
        self.phone, self.fax = f"415-867-53{n}", f"415-934-77{n}"
        self.record, self.password = f"7734-22{n}", f"Tr0ub4dor&{n}xQ"
        self.file = f"{self.last.lower()}_{n}_portrait.jpg"
        ssn, plan, account = f"512-68-90{n}", f"XQH8827364{n}", f"009182736455{n}"
        licence, car, device = f"D4471{n}938", f"1HGCM82633A0043{n}", f"SN-48213-77{n}"
        page, machine = f"www.{self.last.lower()}-{n}.example/family", f"198.51.100.1{n}"
        finger, unique = f"FP-99213-{n}", f"STU-5521-88{n}"
        key, card = f"sk_live_51HxQz7Lm2Np9Rt4Vw{n}", f"4929 1834 5678 90{n}"
        # 1 to 18 in the order of the rule, then credentials.
        self.kinds: dict[str, tuple[str, ...]] = {
            "name": (f"{self.first} {self.last}", self.last),
            "place": (street, _STREETS[number]),
            "date": (self.birth,),
            "telephone": (self.phone,),
            "fax": (self.fax,),
            "mail address": (self.address,),
            "social security number": (ssn, ssn.replace("-", "")),
            "record number": (self.record,),
            "health plan number": (plan,),
            "account number": (account,),
            "licence number": (licence,),
            "vehicle": (car,),
            "device": (device,),
            "web address": (page,),
            "network address": (machine,),
            "biometric": (finger,),
            "photograph": (self.file,),
            "other number": (unique,),
            "password": (self.password,),
            "API key": (key,),
            "card number": (card, card.replace(" ", "")),
        }
        self.says = (
            f"My name is {self.first} {self.last}.\n"
            f"I live at {street} Street.\n"
            f"I was born on {self.birth}.\n"
            f"Call me at {self.phone} or send a fax to {self.fax}.\n"
            f"My email is {self.address}.\n"
            f"My SSN is {ssn}.\n"
            f"My MRN is {self.record}.\n"
            f"My member ID is {plan}.\n"
            f"My account number is {account}.\n"
            f"My driver's license number is {licence}.\n"
            f"My car has the VIN {car}.\n"
            f"My pacemaker has the serial number {device}.\n"
            f"See https://{page} for us all.\n"
            f"I wrote from the IP address {machine}.\n"
            f"My fingerprint ID is {finger}.\n"
            f"My photo is {self.file}.\n"
            f"My study number is {unique}.\n"
            f"My password is {self.password}\n"
            f"My API key is {key}\n"
            f"My card number is {card}.\n"
        )
