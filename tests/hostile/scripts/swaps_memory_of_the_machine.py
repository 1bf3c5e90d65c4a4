"""Changes where the machine puts memory that it has no room for."""

from attack import attack, every, reached


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda name: reached(name, b"/hostile-none", 0), ["swapon", "swapoff"])
