"""The exceptions that reading a dataset raises."""

from azureml._transom import behind
from azureml.exceptions import UserErrorException


class DatasetValidationError(UserErrorException):
    """What was said of a dataset cannot be."""


class DatasetExecutionError(UserErrorException):
    """A dataset could not be read."""


behind.stand_before(__name__)
