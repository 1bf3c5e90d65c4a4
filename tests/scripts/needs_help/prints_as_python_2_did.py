# expects: script_syntax SyntaxError
# remedy: Write `print("rows: %d" % 3)`.


def azureml_main(dataframe1=None, dataframe2=None):
    print "rows: %d" % 3
    return dataframe1,
