# expects: result_invalid dict
# remedy: Return a table made of it: `pd.DataFrame(result)` where values are lists, else `pd.DataFrame([result])`.


def azureml_main(dataframe1=None, dataframe2=None):
    return {"a": 1}
