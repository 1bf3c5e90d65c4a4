"""The registered datasets: how they are found, and what is known of one."""

from . import asking, files, lazily, places, tables
from .plain import texts

_LATEST = "latest"


def by_name(workspace, name, version=_LATEST):
    """A version of a registered dataset. Raises UserErrorException."""
    check_workspace(workspace, "Dataset.get_by_name(workspace, name)")
    if not isinstance(name, str):
        raise places.wrong(
            "The name of a dataset is a text, and not %s: Dataset.get_by_name(workspace, name)." % places.shown(name)
        )
    return of_document(asking.ask("dataset/get", name=name, version=_version(version)))


def by_id(workspace, dataset_id):
    """The dataset of that id. Raises UserErrorException."""
    check_workspace(workspace, "Dataset.get_by_id(workspace, id)")
    return of_document(asking.ask("dataset/by_id", id=str(dataset_id)))


def all_of(workspace):
    """The latest version of each dataset, by name: a mapping that asks when it is looked into."""
    check_workspace(workspace, "Dataset.get_all(workspace)")
    documents = {}

    def names():
        documents.update((each["name"], each) for each in asking.ask("dataset/list")["datasets"])
        return documents

    return lazily.Named("dataset", names, lambda name: of_document(documents[name]))


def of_document(document):
    """The dataset of which this is told."""
    if document["kind"] == "table":
        from azureml.data.tabular_dataset import TabularDataset

        return TabularDataset._of(tables.Table(tables.Registered(document["id"], document["name"])), document)
    from azureml.data.file_dataset import FileDataset

    source = files.Given("dataset/open", lambda: {"id": document["id"]}, document["id"])
    return FileDataset._of(files.Files(source), document)


def check_workspace(workspace, how):
    """Raise UserErrorException for what can be no workspace; None is the workspace of the run."""
    if isinstance(workspace, (str, bytes, int, float, dict, list, tuple)):
        raise places.wrong(
            "%s is no workspace: %s, where the workspace is Run.get_context().experiment.workspace."
            % (places.shown(workspace), how)
        )


def _version(version):
    """The number of a version; None for the latest."""
    if version is None or version == _LATEST:
        return None
    try:
        number = int(version)
    except (TypeError, ValueError):
        number = 0
    if number < 1 or isinstance(version, bool) or (isinstance(version, float) and version != number):
        raise places.wrong("A version is a number from 1 on, or 'latest', and not %s." % places.shown(version))
    return number


def register(content, name, description, tags, create_new_version):
    """Register what `content` names or hands over; the registered dataset. Raises UserErrorException."""
    document = asking.ask(
        "dataset/register",
        name=name,
        description=None if description is None else str(description),
        tags=texts(tags),
        create_new_version=create_new_version,
        **content,
    )
    return of_document(document)
