"""Has the kernel put memory where it can be foreseen, and make it all executable."""

from attack import LIBC, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    before = LIBC.personality(0xFFFFFFFF)
    if LIBC.personality(before | 0x0400000 | 0x0040000) == -1:
        return ""
    after = LIBC.personality(0xFFFFFFFF)
    LIBC.personality(before)
    return f"changed from {before:#x} to {after:#x}" if after != before else ""
