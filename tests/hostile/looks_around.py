"""An honest script that tells everything that an earlier job of the same warm process could have changed for it."""

import builtins
import json
import logging
import os
import resource
import signal
import socket
import sys
import threading
import warnings

import numpy
import pandas

with open(os.path.join("Script Bundle", "bait.json")) as stream:
    BAIT = json.load(stream)


def files_below(folder):
    found = []
    for place, _, names in os.walk(folder):
        found.extend(os.path.relpath(os.path.join(place, name), folder) for name in names)
    return sorted(name for name in found if not name.endswith(".pyc"))


def processes_left():
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/comm") as stream:
                found.append(stream.read().strip())
        except OSError:
            continue
    return found.count(BAIT["left_process"])


def left_in(folder):
    try:
        return sorted(name for name in os.listdir(folder) if BAIT["left_name"] in name)
    except OSError:
        return []


def azureml_main(dataframe1=None, dataframe2=None):
    found = {
        "variables": sorted(os.environ),
        "left variable": os.environ.get("HOSTILE_LEFT"),
        "files": files_below("."),
        "home": [name for name in left_in(os.path.expanduser("~")) if BAIT["left_name"] in name],
        "left": [left_in(place) for place in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock", "..")],
        "processes": processes_left(),
        "modules": "hostile_left" in sys.modules or "attack" in sys.modules,
        "marks": [hasattr(each, "hostile_left") for each in (builtins, pandas.DataFrame, numpy)],
        "works": pandas.DataFrame({"x": [1]}).to_dict() == {"x": {0: 1}},
        "signals": [str(signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)],
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "mask": os.umask(0o22),
        "threads": threading.active_count(),
        "interval": sys.getswitchinterval(),
        "limits": [
            resource.getrlimit(getattr(resource, name)) for name in sorted(dir(resource)) if name.startswith("RLIMIT")
        ],
        "cores": sorted(os.sched_getaffinity(0)),
        "niceness": [os.nice(0), os.sched_getscheduler(0)],
        "machine": socket.gethostname(),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "logging": [logging.getLogger().level, len(logging.getLogger().handlers)],
        "filters": len(warnings.filters),
    }
    print("found " + json.dumps(found, sort_keys=True))
    return pandas.DataFrame({"clean": [True]})
