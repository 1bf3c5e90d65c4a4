"""Loads code into the kernel."""

from attack import attack, every, reached


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    calls = [("init_module", None, 0, b""), ("finit_module", -1, b"", 0), ("delete_module", b"hostile_none", 0o4000)]
    return every(lambda each: reached(*each), calls)
