# expects: script_error ModuleNotFoundError
# remedy: Write `import urllib.request as urllib2`.
import urllib2


def azureml_main(dataframe1=None, dataframe2=None):
    return dataframe1,
