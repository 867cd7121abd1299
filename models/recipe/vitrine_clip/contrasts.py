"""Colours and wearers: the sentence trunk puts "a red sofa" and "a blue sofa" almost in one place, so pictures whose colour
(or whose wearer) is known learn it against the same words with every other colour (or wearer)."""
from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from .words import article, with_a

COLOURS = ["black", "white", "grey", "brown", "beige", "red", "orange", "yellow", "green", "blue", "purple", "pink", "silver", "gold"]
PLAIN = {
    "navy blue": "blue", "turquoise": "blue", "dark blue": "blue", "light blue": "blue", "teal": "blue",
    "maroon": "red", "burgundy": "red", "magenta": "pink", "peach": "pink", "rose": "pink", "lavender": "purple", "mauve": "purple",
    "olive": "green", "sea green": "green", "lime green": "green", "mustard": "yellow", "rust": "orange",
    "tan": "brown", "light brown": "brown", "dark brown": "brown", "coffee brown": "brown", "mushroom brown": "brown",
    "bronze": "brown", "copper": "brown", "cream": "beige", "khaki": "beige", "off-white": "white",
    "steel": "grey", "charcoal": "grey", "dark grey": "grey", "grey melange": "grey",
}
WEARERS = ["men", "women"]
WITH_NOUN = {
    "colour": [lambda c, noun: f"{c} {noun}", lambda c, noun: f"a photo of {with_a(f'{c} {noun}')}", lambda c, noun: f"a {c} {noun}"],
    "who": [lambda w, noun: f"{noun} for {w}", lambda w, noun: f"a photo of {noun} for {w}", lambda w, noun: f"{w}'s {noun}"],
}
BARE = {
    "colour": [lambda c: c, lambda c: f"{c} colour", lambda c: f"something {c}"],
    "who": [lambda w: f"for {w}", lambda w: f"{w}'s clothing", lambda w: f"worn by {'a man' if w == 'men' else 'a woman'}"],
}
BARE_SHARE = {"colour": 0.3, "who": 0.2}
VALUES = {"colour": COLOURS, "who": WEARERS}


def plain_colour(record: dict) -> str | None:
    """One of ``COLOURS``, where the record tells it."""
    said = (record.get("colour") or "").lower()
    said = PLAIN.get(said, said)
    return said if said in COLOURS else None


def noun_of(name: str, record: dict) -> str:
    return article(record["article_type"]) if name.startswith("fashion") else record["concept"]


@dataclass
class Contrasts:
    """``known``: for ``colour`` and ``who``, which value each train picture ``(set, index)`` has. ``texts``: all phrasings;
    ids count on from ``first``."""

    first: int
    texts: list[str] = field(default_factory=list)
    known: dict[str, dict[tuple[str, int], int]] = field(default_factory=lambda: {"colour": {}, "who": {}})
    nouns: dict[tuple[str, int], str] = field(default_factory=dict)
    ids: dict[tuple[str, str | None, int], list[int]] = field(default_factory=dict)

    def learn(self, name: str, i: int, record: dict) -> None:
        """Takes in one train picture."""
        colour = plain_colour(record)
        if colour:
            self.known["colour"][(name, i)] = COLOURS.index(colour)
        wearer = re.search(r"\b(men|women)\b", record["title"].lower()) if name != "general" else None
        if wearer:
            self.known["who"][(name, i)] = WEARERS.index(wearer.group(1))
        if colour or wearer:
            self.nouns[(name, i)] = noun_of(name, record)

    def phrase(self) -> None:
        """Makes the phrasings of all nouns seen."""
        index: dict[str, int] = {}
        for contrast, words in VALUES.items():
            for noun in sorted({self.nouns[at] for at in self.known[contrast]}):
                for f, frame in enumerate(WITH_NOUN[contrast]):
                    self.ids[(contrast, noun, f)] = [index.setdefault(frame(w, noun), self.first + len(index)) for w in words]
            for f, bare in enumerate(BARE[contrast]):
                self.ids[(contrast, None, f)] = [index.setdefault(bare(w), self.first + len(index)) for w in words]
        self.texts = list(index)

    def draw(self, contrast: str, at: tuple[str, int] | None, chance: random.Random) -> list[int]:
        """Ids of one phrasing with every value, for one picture; ``at`` None: without a noun."""
        return self.ids[(contrast, None if at is None else self.nouns[at], chance.randrange(3))]
