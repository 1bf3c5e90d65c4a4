"""Looks who is connected with this machine, and at which ports it listens."""

from attack import BAIT, attack, every


def look(path):
    with open(path) as stream:
        found = stream.read()
    ports = [f":{BAIT['port4']:04X}", f":{BAIT['port6']:04X}", BAIT["abstract"]]
    return f"saw a program of the person in {path}" if any(port in found for port in ports) else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    names = ["tcp", "tcp6", "udp", "unix"]
    ways = [f"/proc/{pid}/net/{name}" for pid in ("self", 1, BAIT["host_pid"]) for name in names]
    return every(look, ways)
