import pandas as pd


def azureml_main(left, right, key, how="inner", names=None):
    joined = left.merge(right, on=key, how=how).reset_index(drop=True)
    dropped = left[~left[key].isin(right[key])]
    counts = pd.DataFrame({"rows": [len(joined), len(dropped)], "name": pd.Categorical(names or ["joined", "dropped"])})
    return {"dropped": dropped, "joined": joined, "counts": counts}
