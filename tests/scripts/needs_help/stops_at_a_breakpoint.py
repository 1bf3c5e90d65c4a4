# expects: script_error BdbQuit
# remedy: A breakpoint needs a terminal: run the script with `transom run --pdb`, or take the breakpoint out.
def azureml_main(dataframe1=None, dataframe2=None):
    breakpoint()
    return (dataframe1,)
