"""Names a content of another run, as handed over, and where a workspace says what it was told, to be given that."""

from attack import BAIT, attack, every
from link import ask

DIGEST = BAIT["blob_digest"]
CONTENTS = [
    {"content": DIGEST, "name": "stolen.txt"},
    {"contents": [{"name": "stolen.txt", "digest": DIGEST}], "name": "stolen"},
]
CLAIMS = [{"digest": DIGEST, "bytes": 1}, {"digest": DIGEST}, {"digest": DIGEST, "handed": "x"}]


def look(told):
    said = ask("dataset/get", **told)["said"]
    return "was given %s" % said if "'path'" in str(said) else ""


def claim(told):
    return "handed over what it has not: %s" % ask("dataset/register", files=[{"name": "x", "content": told}])["took"]


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    ways = [lambda told={where: {"x": what}}: look(told) for where in ("tags", "properties") for what in CONTENTS]
    ways += [lambda told=told: claim(told) for told in CLAIMS]
    return every(lambda way: way(), ways)
