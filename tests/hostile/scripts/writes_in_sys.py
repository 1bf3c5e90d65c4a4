"""Opens switches of devices and of the kernel in /sys for writing."""

from attack import attack, every, may_write


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    names = [
        "kernel/uevent_helper",
        "power/state",
        "kernel/mm/transparent_hugepage/enabled",
        "module/printk/parameters/time",
    ]
    names += ["kernel/profiling", "block/vda/queue/read_ahead_kb", "kernel/uevent_seqnum"]
    return every(may_write, [f"/sys/{name}" for name in names])
