"""The text of a period of every frequency, back exactly, and the names of frequencies that pandas has changed."""

import re

import numpy as np
import pandas as pd

#: What pandas called a frequency up to 2.1, and what since.
_RENAMED = (("A", "Y"), ("H", "h"), ("T", "min"), ("S", "s"), ("L", "ms"), ("U", "us"), ("N", "ns"))


def texts_of(ordinals, freq):
    """Texts, as an object array, from which `ordinals_of` makes the same ordinals; None where it would not."""
    distinct, places = np.unique(ordinals, return_inverse=True)
    try:
        texts = [_padded(str(pd.Period(ordinal=int(ordinal), freq=freq))) for ordinal in distinct]
        if not np.array_equal(_parsed(texts, freq), distinct):
            return None
    except (ValueError, OverflowError):
        return None
    return np.array(texts + [None], dtype=object)[:-1][places]


def _padded(text):
    """The text with four digits of a year at least, as only some versions of pandas write it."""
    return re.sub(r"\b(?<![-:.])(\d{1,3})(?=-|Q|$)", lambda found: found.group(1).zfill(4), text, count=1)


def ordinals_of(texts, freq):
    """The ordinals of an array of texts, as int64."""
    distinct, places = np.unique(np.asarray(texts, dtype=object).astype(str), return_inverse=True)
    return _parsed(distinct.tolist(), freq)[places]


def _parsed(texts, freq):
    """A week is told by its last day, all else as pandas tells it."""
    return np.array([pd.Period(text.rpartition("/")[2], freq=freq).ordinal for text in texts], dtype=np.int64)


def known(freq):
    """The name that this pandas has for a frequency; None where it has none."""
    for name in _spellings(freq):
        try:
            pd.Period(ordinal=0, freq=name)
        except (ValueError, KeyError, AttributeError, TypeError):
            continue
        return name
    return None


def _spellings(freq):
    count = freq[: len(freq) - len(freq.lstrip("0123456789"))]
    base, dash, anchor = freq[len(count) :].partition("-")
    yield freq
    for old, new in _RENAMED:
        for one, other in ((old, new), (new, old)):
            if base == one:
                yield count + other + dash + anchor
