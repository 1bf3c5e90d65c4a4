# expects: script_syntax SyntaxError
# remedy: Write `def azureml_main(dataframe1=None):`.
def azureml_main(dataframe1=None)
    return dataframe1
