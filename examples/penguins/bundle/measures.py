def with_ratio(penguins):
    """The penguins with the length of the bill in terms of its depth."""
    return penguins.assign(bill_ratio=penguins["bill_length_mm"] / penguins["bill_depth_mm"])


def standardised(penguins, like):
    """Each measure in deviations from the mean of `like`."""
    return (penguins - like.mean()) / like.std()
