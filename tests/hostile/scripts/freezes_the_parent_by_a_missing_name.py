"""Raises the errors for which near names are looked for, with names as long as can be and thousands that are near."""


def azureml_main(dataframe1=None, dataframe2=None):
    import pandas

    frame = pandas.DataFrame([[0] * 3000], columns=["ab" * 60 + str(number) for number in range(3000)])
    for number in range(3000):
        globals()["ab" * 60 + str(number)] = 1
    return frame["ba" * 60]
