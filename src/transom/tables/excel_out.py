"""STUB."""
def write_excel(leaving, target):
    raise NotImplementedError
