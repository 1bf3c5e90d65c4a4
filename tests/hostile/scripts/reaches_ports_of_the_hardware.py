"""Asks for the ports of the hardware."""

from attack import attack, every, reached


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda each: reached(*each), [("iopl", 3), ("ioperm", 0x80, 1, 1)])
