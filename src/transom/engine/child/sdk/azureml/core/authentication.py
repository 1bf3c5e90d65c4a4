"""The authentication classes of the SDK: scripts make them for Azure, and here they are accepted and not used."""

from azureml._transom import absent, behind, saying


class AbstractAuthentication(absent.Telling):
    """Credentials that are not used: a script reaches the workspace of its run without any."""

    def __init__(self, cloud=None):
        saying.once(
            "credentials are accepted and not used (%s): a script reaches the workspace of its run without them."
            % type(self).__name__
        )


class InteractiveLoginAuthentication(AbstractAuthentication):
    """Nobody is asked to log in."""

    def __init__(self, force=False, tenant_id=None, cloud=None):
        super().__init__(cloud)


class AzureCliAuthentication(AbstractAuthentication):
    """What the command line of Azure has stored is not read."""

    def __init__(self, cloud=None):
        super().__init__(cloud)


class MsiAuthentication(AbstractAuthentication):
    """No identity of a machine is asked for."""

    def __init__(self, cloud=None, **kwargs):
        super().__init__(cloud)


class ServicePrincipalAuthentication(AbstractAuthentication):
    """The password is not kept."""

    def __init__(
        self, tenant_id, service_principal_id, service_principal_password, cloud="AzureCloud", _enable_caching=True
    ):
        super().__init__(cloud)


class TokenAuthentication(AbstractAuthentication):
    """No token is asked for."""

    def __init__(self, get_token_for_audience, cloud=None):
        super().__init__(cloud)


class ArmTokenAuthentication(AbstractAuthentication):
    """The token is not kept."""

    def __init__(self, arm_access_token, cloud="None"):
        super().__init__(cloud)

    def update_arm_access_token(self, new_arm_access_token):
        """The token is not kept."""


behind.stand_before(__name__)
