"""Pictures and words: reads the training sets, decodes every picture once into a memory-mapped array."""
from __future__ import annotations

import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = {"fashion": 192, "general": 192, "clothing": 192, "grocery": 192, "things": 192, "fashion-thumbnails": 80}
PERMISSIVE = {"cc-by-4.0", "mit", "bsd-3", "caltech101", "public-domain"}


@dataclass
class PictureSet:
    """Records of one set, and its pictures squeezed to a square: ``pixels`` is uint8 ``[n, side, side, 3]``."""

    name: str
    records: list[dict]
    pixels: np.ndarray
    train: np.ndarray = field(init=False)
    val: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.train = np.array([i for i, r in enumerate(self.records) if r["split"] == "train"], dtype=np.int64)
        self.val = np.array([i for i, r in enumerate(self.records) if r["split"] == "val"], dtype=np.int64)


def read_records(folder: Path, name: str = "pairs.ndjson") -> list[dict]:
    with open(folder / name, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def picture_bytes(folder: Path, record: dict, shards: dict[str, zipfile.ZipFile]) -> bytes:
    """The JPEG of a record, from a loose file or from its uncompressed zip."""
    shard = record.get("shard")
    if shard is None:
        return (folder / record["file"]).read_bytes()
    if shard not in shards:
        shards[shard] = zipfile.ZipFile(folder / shard)
    return shards[shard].read(record["file"])


def decode(jpeg: bytes, side: int) -> np.ndarray:
    """RGB uint8 ``[side, side, 3]``: the whole picture, squeezed, as at inference."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        return np.asarray(picture.convert("RGB").resize((side, side), Image.Resampling.BICUBIC))


def set_folder(data: Path, name: str, cache: Path) -> Path:
    """Where a set lies: with the others, or beside the cache, where ``things.py`` leaves what it gathers."""
    return data / name if (data / name).exists() else cache.parent / name


def load_set(data: Path, name: str, cache: Path, permissive: bool = False) -> PictureSet:
    """One set with its pictures. ``permissive`` keeps only records whose licence allows any use."""
    folder, side = set_folder(data, name, cache), SIDE[name]
    records = read_records(folder)
    path = cache / f"{name}-{side}.npy"
    if not path.exists():
        shards: dict[str, zipfile.ZipFile] = {}
        jpegs = [picture_bytes(folder, r, shards) for r in records]
        with ThreadPoolExecutor(2) as pool:
            pixels = np.stack(list(pool.map(lambda b: decode(b, side), jpegs, chunksize=64)))
        cache.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp.npy")
        np.save(temporary, pixels)
        temporary.rename(path)
    pixels = np.load(path, mmap_mode="r")
    if permissive:
        keep = [i for i, r in enumerate(records) if is_permissive(name, r)]
        return PictureSet(name, [records[i] for i in keep], np.asarray(pixels[keep]))
    return PictureSet(name, records, pixels)


def is_permissive(name: str, record: dict) -> bool:
    """Whether a record may be used without the research-only clause (sets that state no licence may not)."""
    if name in ("clothing", "grocery"):
        return True
    return name in ("general", "things") and record.get("licence") in PERMISSIVE
