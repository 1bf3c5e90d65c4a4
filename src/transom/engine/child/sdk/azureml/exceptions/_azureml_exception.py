"""The exceptions of the SDK. Their text is the message alone; the real package's own code can raise them too."""

from azureml._transom import behind


class AzureMLException(Exception):
    """What every exception of the SDK is. `message` is its text; other facts about it are attributes."""

    def __init__(self, exception_message="", inner_exception=None, target=None, details=None, **kwargs):
        super().__init__(exception_message)
        self.message = exception_message
        self.inner_exception = inner_exception
        self.target = target
        self.details = details
        for name, value in kwargs.items():
            setattr(self, name.lstrip("_") or name, value)

    def __str__(self):
        return str(self.message)

    @classmethod
    def _with_error(cls, azureml_error, inner_exception=None, **kwargs):
        """The exception for an error as newer versions of the real package describe it."""
        text = getattr(azureml_error, "error_message", None) or str(azureml_error)
        return cls(text, inner_exception=inner_exception, **kwargs)


class UserErrorException(AzureMLException):
    """What was asked for cannot be, by what the script gave."""


class AuthenticationException(UserErrorException):
    """Somebody could not be recognised."""


class WebserviceException(AzureMLException):
    """A model or a service is not there, or cannot be had."""

    def __init__(self, exception_message="", status_code=None, logger=None, **kwargs):
        super().__init__(exception_message, **kwargs)
        self.status_code = status_code


class ModelNotFoundException(AzureMLException):
    """There is no such model."""


class ModelPathNotFoundException(AzureMLException):
    """There is no file where a model should be."""


class WorkspaceException(AzureMLException):
    """There is no such workspace."""


class ActivityFailedException(AzureMLException):
    """A run has failed."""

    def __init__(self, error_details="", **kwargs):
        super().__init__(error_details, **kwargs)
        self.error_details = error_details


class ComputeTargetException(AzureMLException):
    """A compute target is not there."""


class DatasetTimestampMissingError(AzureMLException):
    """A dataset has no column of times."""


class DiscoveryUrlNotFoundException(AzureMLException):
    """A service has no address."""


class ExperimentExecutionException(AzureMLException):
    """A run could not be started."""


class ProjectSystemException(AzureMLException):
    """A folder of a project is not as it must be."""


class RunConfigurationException(AzureMLException):
    """A run was configured wrongly."""


class RunEnvironmentException(AzureMLException):
    """A process does not know its run."""


class SnapshotException(AzureMLException):
    """A snapshot could not be made."""


class TrainingException(AzureMLException):
    """A training has failed."""


behind.stand_before(__name__)
