def with_ratio(penguins):
    """The penguins with the length of the bill in terms of its depth."""
    return penguins.assign(bill_ratio=penguins["bill_length_mm"] / penguins["bill_depth_mm"])
