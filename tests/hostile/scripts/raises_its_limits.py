"""Raises the limits of its own process."""

import resource

from attack import attack, every


def raised(name):
    number = getattr(resource, name)
    soft, hard = resource.getrlimit(number)
    higher = resource.RLIM_INFINITY if hard != resource.RLIM_INFINITY else None
    if higher is None:
        return ""
    resource.setrlimit(number, (higher, higher))
    resource.setrlimit(number, (soft, hard))
    return f"raised {name}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    names = [
        "RLIMIT_NPROC",
        "RLIMIT_FSIZE",
        "RLIMIT_CPU",
        "RLIMIT_CORE",
        "RLIMIT_NICE",
        "RLIMIT_RTPRIO",
        "RLIMIT_MEMLOCK",
    ]
    return every(raised, [*names, "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE"])
