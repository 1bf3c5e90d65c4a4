"""The names of Microsoft's SDK that Transom does not have, each with what a script uses instead."""

_RUN_IT = "Start runs from outside of a script: `transom run SCRIPT`."
_COMPUTE = "A script runs where Transom runs: there is no compute to choose; take its calls out."
_SERVE = "A script cannot deploy: `transom model download NAME` gives the model to whatever serves it."
_ENVIRONMENT = (
    "Environments are made outside of a script: `transom env add NAME`, then `transom run --environment NAME`."
)
_WORKSPACE = (
    "A script has the workspace of its run: `Run.get_context().experiment.workspace`; `transom init` makes one."
)
_RECORDED = "Every run keeps its script, inputs and environment: `transom runs bundle RUN out.zip`."
_OTHER_SDK = "That is part of the real SDK: run with it installed (`--environment designer-2020`, or `sdk: azure`)."
_CREDENTIALS = "No credentials are used here: a script reaches the workspace of its run without them."
_MASKED_LOGS = "The log of this run is what it prints; of an earlier one `transom runs log RUN` shows it."

#: Modules and what is imported from them, by whole name.
NAMES = {
    "azureml.core.ScriptRunConfig": _RUN_IT,
    "azureml.core.ScriptRun": _RUN_IT,
    "azureml.core.RunConfiguration": _RUN_IT,
    "azureml.core.ComputeTarget": _COMPUTE,
    "azureml.core.ContainerRegistry": _COMPUTE,
    "azureml.core.Image": _SERVE,
    "azureml.core.Webservice": _SERVE,
    "azureml.core.LinkedService": _COMPUTE,
    "azureml.core.SynapseWorkspaceLinkedServiceConfiguration": _COMPUTE,
    "azureml.core.PrivateEndPoint": _WORKSPACE,
    "azureml.core.PrivateEndPointConfig": _WORKSPACE,
    "azureml.core.attach_legacy_compute_target": _COMPUTE,
    "azureml.core.remove_legacy_compute_target": _COMPUTE,
    "azureml.core.prepare_compute_target": _COMPUTE,
    "azureml.core.is_compute_target_prepared": _COMPUTE,
    "azureml.core.diagnostic_log": "What a script prints or logs is in the log of its run: use `logging`.",
    "azureml.core.compute": _COMPUTE,
    "azureml.core.compute_target": _COMPUTE,
    "azureml.core.container_registry": _COMPUTE,
    "azureml.core.databricks": _COMPUTE,
    "azureml.core.image": _SERVE,
    "azureml.core.linked_service": _COMPUTE,
    "azureml.core.private_endpoint": _WORKSPACE,
    "azureml.core.profile": _SERVE,
    "azureml.core.resource_configuration": _SERVE,
    "azureml.core.runconfig": _RUN_IT,
    "azureml.core.script_run": _RUN_IT,
    "azureml.core.script_run_config": _RUN_IT,
    "azureml.core.util": _OTHER_SDK,
    "azureml.core.webservice": _SERVE,
    "azureml.services": "A script cannot publish a web service: `transom model add` keeps what it made.",
    "azureml.pipeline": _RUN_IT,
}


#: What the classes lack, by class and name.
METHODS = {
    "Run": {
        "clean": "Nothing of a run is left behind on another machine: take the call out.",
        "get_details_with_logs": _MASKED_LOGS,
        "get_detailed_status": "Use `run.get_status()`.",
        "get_docs_url": "Microsoft's reference of azureml-core 1.x describes these names.",
        "get_environment": "`transom runs show RUN` tells it; in the script `sys.version` and `importlib.metadata` do.",
        "get_snapshot_id": _RECORDED,
        "list_by_compute": _COMPUTE,
        "restore_snapshot": _RECORDED,
        "submit_child": _RUN_IT + " A part of this script that is to be measured alone is a `run.child_run(name)`.",
        "take_snapshot": _RECORDED,
    },
    "Experiment": {
        "archive": "Remove runs with `transom runs remove RUN`.",
        "archived_time": "Experiments are not archived here.",
        "delete": "Remove runs with `transom runs remove RUN`.",
        "from_directory": "A script has the experiment of its run: `Run.get_context().experiment`.",
        "get_docs_url": "Microsoft's reference of azureml-core 1.x describes these names.",
        "reactivate": "Experiments are not archived here.",
        "remove_tags": "Experiments have no tags here; a run has: `run.remove_tags(...)`.",
        "set_tags": "Experiments have no tags here; a run has: `run.set_tags({...})`.",
        "submit": _RUN_IT,
        "tag": "Experiments have no tags here; a run has: `run.tag(key, value)`.",
    },
    "Workspace": {
        "add_private_endpoint": _WORKSPACE,
        "create": _WORKSPACE,
        "delete": "A workspace is a folder: it is removed outside of a script.",
        "delete_connection": "Credentials are kept outside of a script: `transom secret set NAME`.",
        "delete_private_endpoint_connection": _WORKSPACE,
        "diagnose_workspace": "Use `transom doctor` outside of a script.",
        "discovery_url": _WORKSPACE,
        "get_connection": "Credentials are kept outside of a script: `transom secret set NAME`.",
        "get_default_compute_target": _COMPUTE,
        "get_mlflow_tracking_uri": "Metrics are logged with `run.log(name, value)`.",
        "list_connections": "Credentials are kept outside of a script: `transom secret set NAME`.",
        "list_keys": _CREDENTIALS,
        "service_context": _CREDENTIALS,
        "set_connection": "Credentials are kept outside of a script: `transom secret set NAME`.",
        "set_default_datastore": "The default is `workspaceblobstore`; name another one: `Datastore.get(ws, NAME)`.",
        "setup": _WORKSPACE,
        "sync_keys": _CREDENTIALS,
        "update": _WORKSPACE,
        "update_dependencies": _WORKSPACE,
    },
    "Keyvault": {
        "delete_secret": "Secrets are removed outside of a script: `transom secret remove NAME`.",
        "delete_secrets": "Secrets are removed outside of a script: `transom secret remove NAME`.",
        "get_secret_content_type": "A secret here is a text.",
        "set_secret": "Secrets are stored outside of a script: `transom secret set NAME`.",
        "set_secrets": "Secrets are stored outside of a script: `transom secret set NAME`.",
    },
    "Model": {
        "add_dataset_references": "Name the dataset in the model's properties: `model.add_properties({...})`.",
        "delete": "Models are removed outside of a script: `transom model remove NAME@VERSION`.",
        "deploy": _SERVE,
        "deserialize": "Use `Model(workspace, name)`.",
        "get_sas_urls": "Use `model.download(folder)` or `Model.get_model_path(name)`.",
        "package": _SERVE,
        "print_configuration": _SERVE,
        "profile": _SERVE,
    },
    "Environment": {
        "add_private_pip_wheel": "Put the wheel into the script bundle: `transom run -b FOLDER --bundle-requirements`.",
        "build": _ENVIRONMENT,
        "build_local": _ENVIRONMENT,
        "from_conda_specification": _ENVIRONMENT + " It takes conda's `environment.yml` with `-r`.",
        "from_docker_build_context": _ENVIRONMENT,
        "from_docker_image": _ENVIRONMENT,
        "from_dockerfile": _ENVIRONMENT,
        "from_existing_conda_environment": _ENVIRONMENT,
        "from_pip_requirements": _ENVIRONMENT + " It takes `requirements.txt` with `-r`.",
        "get_image_details": _ENVIRONMENT,
        "label": _ENVIRONMENT,
        "load_from_directory": _ENVIRONMENT,
        "register": _ENVIRONMENT,
        "save_to_directory": "Use `transom env export NAME` outside of a script.",
    },
    "CondaDependencies": {
        "add_cntk_package": "Use `add_pip_package(name)`.",
        "add_tensorflow_conda_package": "Use `add_conda_package(name)`.",
        "add_tensorflow_pip_package": "Use `add_pip_package(name)`.",
        "as_dict": "Use `pip_packages` and `conda_packages`.",
        "get_default_number_of_packages": "Nothing is listed unless it was asked for: it would be 0.",
        "merge_requirements": "Use `add_pip_package(name)` for each.",
        "sdk_origin_url": "Transom brings the SDK to every environment.",
        "set_pip_requirements": "Use `add_pip_package(name)` for each.",
    },
    "AbstractAuthentication": {
        "get_authentication_header": _CREDENTIALS,
        "get_token": _CREDENTIALS,
        "signed_session": _CREDENTIALS,
    },
    "ClassicWorkspace": {
        "experiments": "The classic Studio's experiments do not run here; its scripts do: `transom run SCRIPT`.",
        "settings": "There are none here.",
        "services": "A script cannot publish a web service: `transom model add` keeps what it made.",
    },
}
