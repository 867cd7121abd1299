"""Gathers drawn and rendered things with their names: ``python models/recipe/things.py --out WORK/things``.

Three packages, each asked for by name from its own registry: npm ``@lobehub/fluent-emoji-3d`` (MIT), Debian
``openclipart-png`` (public domain) and Debian ``tuxpaint-stamps-default`` (GPL-2). 290 MB are fetched, about 20 MB of
pictures are kept, laid out like the other sets: ``pairs.ndjson`` beside the files. Faces, flags, signs and letters are
left out. None of the pictures goes into the product.
"""
from __future__ import annotations

import argparse
import json
import re
import subprocess
import tarfile
import unicodedata
from pathlib import Path

from PIL import Image

SIDE = 224
EMOJI = "@lobehub/fluent-emoji-3d@1.1.0"
DEBIAN = ("openclipart-png", "tuxpaint-stamps-default")
CLIPART = ("animals", "buildings/furniture", "computer/hardware", "computer/connectors", "computer/network", "containers",
           "education/books", "electronics", "food", "office", "people/clothing", "plants", "recreation/music",
           "recreation/sports", "recreation/toys", "tools", "transportation/boating", "transportation/vehicles")
STAMPS = ("animals", "clothes", "food", "hobbies", "household", "medical", "plants", "seasonal", "sports", "vehicles")
NO_THING = re.compile(
    r"\b(face|hand|symbol|sign|squared|button|arrow|arrows|clock face|circle|heart|hearts|moon|person|man|woman|men|women|"
    r"family|kiss|couple|boy|girl|letter|digit|regional|modifier|mark|emoji|fist|finger|fingers|finger|flag|selector|"
    r"dancer|angel|prince|princess|oclock|input|ideograph|variation|ok|up|anger|zzz)\b"
)


def lemmas(folder: Path = Path("/usr/share/wordnet")) -> set[str]:
    """Nouns and adjectives of WordNet, to tell a thing's name in a file's name from its author's."""
    known: set[str] = set()
    for part in ("noun", "adj"):
        for line in (folder / f"index.{part}").read_text(encoding="utf-8").splitlines():
            if not line.startswith(" "):
                known.add(line.split(" ", 1)[0])
    return known


def said_by_file(name: str, known: set[str]) -> str | None:
    """``usb_memory_stick_01`` to ``usb memory stick``; what WordNet does not know ends the name."""
    words = []
    for word in re.split(r"[_\-\s.]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()):
        word = re.sub(r"\d+$", "", word)
        if word in ("etiquette", "architetto", ""):
            continue
        if word not in known or len(word) < 3:
            break
        words.append(word)
    return " ".join(words) or None


def emoji(folder: Path) -> list[tuple[Path, str, str, str]]:
    out = []
    for path in sorted((folder / "package" / "assets").glob("*.webp")):
        points = [p for p in path.stem.split("-") if p != "fe0f"]
        if len(points) != 1:
            continue
        name = unicodedata.name(chr(int(points[0], 16)), "").lower()
        if name and not NO_THING.search(name):
            out.append((path, name, "emoji", "mit"))
    return out


def clipart(folder: Path) -> list[tuple[Path, str, str, str]]:
    known, out = lemmas(), []
    root = folder / "usr/share/openclipart/png"
    for part in CLIPART:
        for path in sorted((root / part).rglob("*.png")):
            name = said_by_file(path.stem, known)
            if name:
                out.append((path, name, f"clipart, {path.parent.name}", "public-domain"))
    return out


def stamps(folder: Path) -> list[tuple[Path, str, str, str]]:
    out = []
    root = folder / "usr/share/tuxpaint/stamps"
    for part in STAMPS:
        for path in sorted((root / part).rglob("*.png")):
            told = path.with_suffix(".txt")
            if told.exists() and not path.stem.endswith("_mirror"):
                name = told.read_text(encoding="utf-8").splitlines()[0].strip().rstrip(".!").lower()
                if 2 < len(name) < 80:
                    out.append((path, re.sub(r"^(a|an|the|some) ", "", name), f"stamp, {path.parent.name}", "gpl-2.0"))
    return out


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--out", type=Path, required=True)
    out = ask.parse_args().out
    fetched = out / "fetched"
    fetched.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(["npm", "pack", "--silent", EMOJI], cwd=fetched, check=True, capture_output=True, text=True)
    with tarfile.open(fetched / packed.stdout.strip()) as archive:
        archive.extractall(fetched, filter="data")
    for name in DEBIAN:
        subprocess.run(["apt-get", "download", "-qq", name], cwd=fetched, check=True)
        subprocess.run(["dpkg", "-x", next(fetched.glob(f"{name}_*.deb")).name, "."], cwd=fetched, check=True)
    records = []
    for path, name, category, licence in [*emoji(fetched), *clipart(fetched), *stamps(fetched)]:
        try:
            with Image.open(path) as picture:
                seen = picture.convert("RGBA")
        except OSError:
            continue
        seen.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        ground = Image.new("RGBA", (max(seen.size),) * 2, "white")
        ground.alpha_composite(seen, ((ground.width - seen.width) // 2, (ground.height - seen.height) // 2))
        file = f"{len(records):05d}.jpg"
        ground.convert("RGB").save(out / file, quality=90)
        records.append({"id": f"things-{len(records)}", "split": "train", "title": name, "category": category,
                        "licence": licence, "file": file})
    with open(out / "pairs.ndjson", "w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(r) + "\n" for r in records)
    print(f"{len(records)} things in {out}")


if __name__ == "__main__":
    main()
