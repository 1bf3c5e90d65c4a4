"""Opens settings of the kernel for writing."""

from attack import attack, every, may_write


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    names = ["vm/overcommit_memory", "vm/drop_caches", "kernel/sysrq", "kernel/randomize_va_space", "fs/suid_dumpable"]
    names += [
        "kernel/hostname",
        "kernel/pid_max",
        "kernel/ns_last_pid",
        "net/ipv4/ip_forward",
        "kernel/perf_event_paranoid",
    ]
    return every(may_write, [f"/proc/sys/{name}" for name in names])
