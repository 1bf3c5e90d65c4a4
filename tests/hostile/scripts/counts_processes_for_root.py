"""Calls what only root may: accounts, quotas, watching all files."""

from attack import attack, every, reached


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    calls = [("acct", b"/hostile-none"), ("quotactl", 0x800007 << 8, b"/hostile-none", 0, None)]
    return every(lambda each: reached(*each), [*calls, ("fanotify_init", 0x2F, 0)])
