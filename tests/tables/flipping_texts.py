"""As `flipping.py`, for the formats that are texts: `flipping_texts.py KIND SEED COUNT FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import flipping
from sklearn.datasets import dump_svmlight_file

from transom.tables.formats import write

ARFF = """@relation r
@attribute n numeric
@attribute 'a b' {x,y,'z z'}
@attribute t string
@attribute d date "yyyy-MM-dd"
@data
"""


def _left(name: str) -> flipping.Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        flipping.frames.write_frame(flipping.honest_frame(), str(folder / "honest.arrow"))
        write(folder / "honest.arrow", folder / name)
        return folder / name

    return make


def _arff(folder: Path) -> Path:
    rows = [f"{number}.5, 'z z', 'it\\'s {number}', 2020-01-05" for number in range(30)]
    rows += [f"{{0 {number}, 1 y}}" for number in range(30)]
    (folder / "given.arff").write_text(ARFF + "\n".join(rows))
    return folder / "given.arff"


def _svmlight(folder: Path) -> Path:
    frame = flipping.honest_frame()[["whole", "decimal"]]
    dump_svmlight_file(frame.to_numpy(), frame["whole"].to_numpy(), str(folder / "given.svm"))
    return folder / "given.svm"


def _text(folder: Path) -> Path:
    (folder / "given.txt").write_text("".join(f"wörd {number}\n" for number in range(60)))
    return folder / "given.txt"


flipping.KINDS.clear()
flipping.KINDS.update(
    {
        "json lines": (_left("given.jsonl"), flipping.use_table),
        "json": (_left("given.json"), flipping.use_table),
        "arff": (_arff, flipping.use_table),
        "svmlight": (_svmlight, flipping.use_table),
        "text": (_text, flipping.use_table),
    }
)

if __name__ == "__main__":
    flipping.main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
