"""Changes what the workspace remembers in its database."""

import sqlite3

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    database = sqlite3.connect(BAIT["database"], timeout=0.2)
    database.execute("INSERT INTO secrets VALUES ('hostile', 'hostile')")
    database.commit()
    return "wrote into the database"
