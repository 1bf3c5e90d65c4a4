"""Raises an error whose message, causes and warnings are as large as can be."""

import warnings


def azureml_main(dataframe1=None, dataframe2=None):
    wrong = None
    for number in range(200):
        following = ValueError("hostile " * 100000)
        following.__cause__ = wrong
        wrong = following
        warnings.warn(f"hostile {number}" * 1000, stacklevel=1)
    raise wrong
