"""How the hostile scripts ask the workspace: as a job's processes do, but with anything."""

import json
import os
import socket

from attack import job_folder

HANDED = os.path.join(job_folder(), "handed")


def ask(question, seconds=5.0, **facts):
    """The answer to a question. OSError with the sentence of a refusal, and where nobody answers in time."""
    with socket.socket(socket.AF_UNIX) as made:
        made.settimeout(seconds)
        made.connect(os.environ.get("TRANSOM_LINK") or os.path.join(job_folder(), "link"))
        made.sendall(json.dumps({"question": question, "facts": facts}).encode() + b"\n")
        told = json.loads(b"".join(iter(lambda: made.recv(65536), b"")).decode() or '{"error": "nobody answered"}')
    if "error" in told:
        raise OSError(told["error"])
    return told["answer"]


def given():
    """The path of a file that this job is given."""
    return ask("dataset/open")["files"]["path"]


def took(name):
    """Hand over the file of that name; says how many bytes were taken."""
    return ask("dataset/register", files=[{"handed": name}])["took"]["files"][0]["bytes"]
