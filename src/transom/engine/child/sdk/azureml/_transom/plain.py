"""What a value that a script measured becomes, so that JSON knows it."""


def plain(value):
    """Numbers of numpy become Python's, arrays and series lists, what JSON does not know its text."""
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)


def texts(values):
    """Tags or properties as they are kept: texts by text, a value that is None stays None."""
    return {str(key): None if value is None else str(value) for key, value in (values or {}).items()}
