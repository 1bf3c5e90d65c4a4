"""Opens the setting that names the program which the kernel starts for a crash."""

from attack import attack, every, may_write


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(may_write, ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hotplug"])
