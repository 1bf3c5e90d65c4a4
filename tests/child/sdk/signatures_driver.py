"""Prints what the SDK's classes have, as JSON: run with the real SDK, and with ours before it or alone."""

import importlib
import inspect
import json
import sys

CLASSES = {
    "Run": "azureml.core.run",
    "Experiment": "azureml.core.experiment",
    "Workspace": "azureml.core.workspace",
    "Keyvault": "azureml.core.keyvault",
    "Model": "azureml.core.model",
    "Environment": "azureml.core.environment",
    "CondaDependencies": "azureml.core.conda_dependencies",
    "AbstractAuthentication": "azureml.core.authentication",
    "InteractiveLoginAuthentication": "azureml.core.authentication",
    "ServicePrincipalAuthentication": "azureml.core.authentication",
    "MsiAuthentication": "azureml.core.authentication",
    "AzureCliAuthentication": "azureml.core.authentication",
    "ArmTokenAuthentication": "azureml.core.authentication",
    "UserErrorException": "azureml.exceptions",
    "WebserviceException": "azureml.exceptions",
}


def kind(static):
    if isinstance(static, property):
        return "property"
    if isinstance(static, (staticmethod, classmethod)):
        return "of the class"
    return "method" if inspect.isfunction(static) else "value"


def parameters(static):
    """(name, whether it can be left out) of each parameter but self, cls and what begins with an underscore."""
    plain = static.__func__ if isinstance(static, (staticmethod, classmethod)) else static
    found = list(inspect.signature(plain).parameters.values())
    if not isinstance(static, staticmethod):
        found = found[1:]
    return [
        (
            each.name,
            each.default is not each.empty or each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD),
            str(each.kind),
        )
        for each in found
        if not each.name.startswith("_")
    ]


def described(cls):
    members = {}
    for name in ["__init__"] + [each for each in dir(cls) if not each.startswith("_")]:
        static = inspect.getattr_static(cls, name)
        what = kind(static)
        members[name] = {"kind": what, "parameters": parameters(static) if what in ("method", "of the class") else None}
    return members


found = {}
for name, module in CLASSES.items():
    cls = getattr(importlib.import_module(module), name, None)
    if cls is not None:
        found[name] = described(cls)
json.dump(found, sys.stdout)
