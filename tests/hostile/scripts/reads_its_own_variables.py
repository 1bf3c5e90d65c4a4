"""Looks for secrets among the environment variables that it got."""

import os

from attack import attack, every, is_secret


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(
        lambda each: f"has {each}" if is_secret(each.encode()) else "", [f"{n}={v}" for n, v in os.environ.items()]
    )
