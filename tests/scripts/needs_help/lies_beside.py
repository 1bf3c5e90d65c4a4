# Lies beside the scripts that need it in their bundle.


def f(table):
    return table
