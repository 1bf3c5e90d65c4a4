"""The registered models of the workspace: `Model`, as scripts know it."""

import os
import shutil

from azureml._transom import absent, asking, behind, paths
from azureml._transom.moments import moment
from azureml._transom.plain import texts

MODELS_DIR = "azureml-models"
_KIND = "WebserviceException"


class Model(absent.Telling):
    """One version of a registered model."""

    class Framework:
        """What models are made with, as Azure spells it."""

        CUSTOM = "Custom"
        MULTI = "Multi"
        ONNX = "Onnx"
        PYTORCH = "PyTorch"
        SCIKITLEARN = "ScikitLearn"
        TENSORFLOW = "TensorFlow"
        TFKERAS = "TfKeras"

    def __init__(  # noqa: PLR0913 (as Microsoft names them)
        self,
        workspace,
        name=None,
        id=None,
        tags=None,
        properties=None,
        version=None,
        run_id=None,
        model_framework=None,
        expand=True,
        **kwargs,
    ):
        self.workspace = workspace
        if id is not None:
            self._document = asking.ask("model/get", _KIND, id=str(id))
        elif tags is None and properties is None and run_id is None and name is not None:
            self._document = _by_name(name, version)
        else:
            self._document = _newest(name, tags, properties, run_id, version)

    @classmethod
    def _of(cls, document, workspace):
        model = cls.__new__(cls)
        model.workspace, model._document = workspace, document
        return model

    @staticmethod
    def list(  # noqa: PLR0913 (as Microsoft names them)
        workspace,
        name=None,
        tags=None,
        properties=None,
        run_id=None,
        latest=False,
        dataset_id=None,
        expand=True,
        page_count=255,
        model_framework=None,
    ):
        """The models of the workspace, each if it has these tags and properties: names, or lists [name, value]."""
        found = _documents(name, tags, properties, run_id, latest)
        return [Model._of(each, workspace) for each in found if model_framework in (None, each["framework"])]

    @staticmethod
    def get_model_path(model_name, version=None, _workspace=None):
        """The path of a model's file, or of its folder, which is only to be read. Raises ModelNotFoundException."""
        document = _by_name(model_name, version, "ModelNotFoundException")
        return _place_of(document)

    @staticmethod
    def register(  # noqa: PLR0913 (as Microsoft names them)
        workspace,
        model_path,
        model_name,
        tags=None,
        properties=None,
        description=None,
        datasets=None,
        model_framework=None,
        model_framework_version=None,
        child_paths=None,
        sample_input_dataset=None,
        sample_output_dataset=None,
        resource_configuration=None,
    ):
        """Register a file or a folder as a new version of a model; the same content again makes none.

        With `child_paths` only these of a folder are taken. Raises FileNotFoundError.
        """
        path = os.fsdecode(os.fspath(model_path))
        document = asking.ask(
            "model/register",
            _KIND,
            name=str(model_name),
            description=description,
            tags=texts(tags),
            properties=texts(properties),
            framework=model_framework,
            framework_version=model_framework_version,
            is_folder=os.path.isdir(path),
            files=_handed(path, child_paths),
        )
        return Model._of(document, workspace)

    def download(self, target_dir=".", exist_ok=False, exists_ok=None):
        """Copy the model's file or folder into a folder; its path there. Raises WebserviceException where it is."""
        source = _place_of(self._document)
        name = self.name if self._document.get("is_folder") else os.path.basename(source)
        target = os.path.join(os.fspath(target_dir), name)
        if os.path.exists(target) and not (exist_ok or exists_ok):
            raise asking.told_as(_KIND, "%s is there already: give exist_ok=True to write over it." % target)
        os.makedirs(os.fspath(target_dir), exist_ok=True)
        if os.path.isdir(source):
            for below in paths.files_below(source):
                shutil.copyfile(os.path.join(source, below), paths.place_below(target, below))
        else:
            shutil.copyfile(source, target)
        return target

    def __repr__(self):
        return "Model(workspace=%r, name=%s, id=%s, version=%s, tags=%s, properties=%s)" % (
            self.workspace,
            self.name,
            self.id,
            self.version,
            self.tags,
            self.properties,
        )

    def __eq__(self, other):
        return isinstance(other, Model) and self.id == other.id

    def __hash__(self):
        return hash(self.id)

    # What it is

    @property
    def name(self):
        """The model's name."""
        return self._document["name"]

    @property
    def version(self):
        """The version, counted from 1."""
        return self._document["version"]

    @property
    def id(self):
        """`NAME:VERSION`."""
        return self._document["id"]

    @property
    def tags(self):
        """The tags, texts by name."""
        return dict(self._document.get("tags") or {})

    @property
    def properties(self):
        """The properties, texts by name."""
        return dict(self._document.get("properties") or {})

    @property
    def description(self):
        """What was said of it."""
        return self._document.get("description")

    @property
    def model_framework(self):
        """What it was made with."""
        return self._document.get("framework")

    @property
    def model_framework_version(self):
        """The version of what it was made with."""
        return self._document.get("framework_version")

    @property
    def created_time(self):
        """When it was registered, a datetime."""
        return moment(self._document.get("created"))

    @property
    def created_by(self):
        """Nobody is named here."""
        return None

    @property
    def run_id(self):
        """The id of the run that registered it, or None."""
        return self._document.get("run")

    @property
    def run(self):
        """The run that registered it, or None."""
        from .run import Run

        return None if self.run_id is None else Run(None, self.run_id)

    @property
    def url(self):
        """An address that names it within the workspace."""
        return "transom://models/%s/%s" % (self.name, self.version)

    @property
    def mime_type(self):
        """What Azure says of a model's content."""
        return "application/x-python"

    @property
    def unpack(self):
        """Whether it is a folder."""
        return bool(self._document.get("is_folder"))

    @property
    def datasets(self):
        """Always empty."""
        return {}

    def serialize(self):
        """What is known of the model, as JSON has it."""
        return dict(self._document)

    # What is told of it

    def add_tags(self, tags):
        """Give it tags; those that it has under these names are replaced."""
        self._update(tags=dict(self.tags, **texts(tags)))

    def remove_tags(self, tags):
        """Take the tags of these names away."""
        names = [tags] if isinstance(tags, str) else list(tags)
        self._update(tags={name: value for name, value in self.tags.items() if name not in names})

    def add_properties(self, properties):
        """Give it properties."""
        self._update(properties=dict(self.properties, **texts(properties)))

    def update(
        self,
        tags=None,
        description=None,
        sample_input_dataset=None,
        sample_output_dataset=None,
        resource_configuration=None,
    ):
        """Replace the tags and the description, each if it is given."""
        self._update(tags=None if tags is None else texts(tags), description=description)

    def update_tags_properties(self, add_tags=None, remove_tags=None, add_properties=None):
        """Change tags and properties at once."""
        tags = dict(self.tags, **texts(add_tags))
        for name in remove_tags or ():
            tags.pop(name, None)
        self._update(tags=tags, properties=dict(self.properties, **texts(add_properties)))

    def _update(self, tags=None, description=None, properties=None):
        """What is None stays as it is; the others are whole: what they do not hold is taken away."""
        self._document = asking.ask(
            "model/update", _KIND, id=self.id, description=description, tags=tags, properties=properties
        )


def _by_name(name, version, raising=_KIND):
    return asking.ask("model/get", raising, name=str(name), version=version)


def _documents(name, tags, properties, run_id, latest):
    asked = asking.ask(
        "model/list",
        _KIND,
        name=name,
        tags=_wanted(tags),
        properties=_wanted(properties),
        run=run_id,
        latest=bool(latest),
    )
    return asked["models"]


def _newest(name, tags, properties, run_id, version):
    """The document of the newest model that has all of these. Raises WebserviceException."""
    found = _documents(name, tags, properties, run_id, False)
    found = [each for each in found if str(version) in ("None", "latest", str(each["version"]))]
    if not found:
        raise asking.told_as(_KIND, "No model%s has these tags and properties." % (" " + repr(name) if name else ""))
    return max(found, key=lambda each: each.get("created") or "")


def _wanted(marks):
    """Tags or properties to look for, by name: names, lists [name, value], or a dictionary; None is any value."""
    pairs = list(marks.items()) if isinstance(marks, dict) else [_pair(each) for each in marks or ()]
    return texts(dict(pairs)) if pairs else None


def _pair(mark):
    """A name, or a name and its value, as a pair."""
    pair = [mark] if isinstance(mark, str) else list(mark)
    return pair[0], pair[1] if len(pair) > 1 else None


def _place_of(document):
    """The path of a model's only file, or of the folder of its files."""
    opened = asking.ask("model/open", _KIND, id=document["id"])
    folder = opened["files"]["path"]
    return folder if document.get("is_folder") else os.path.join(folder, opened["names"][0])


def _handed(path, child_paths):
    """The files of a model, each with its name in it. Raises FileNotFoundError."""
    if not os.path.isdir(path):
        if not os.path.exists(path):
            raise paths.missing(path)
        return [{"name": os.path.basename(path), "content": asking.hand(path)}]
    names = [name for name in paths.files_below(path) if os.path.isfile(os.path.join(path, name))]
    if child_paths is not None:
        names = [name for name in names if _is_among(name, child_paths)]
    if not names:
        raise asking.told_as(_KIND, "The folder %r holds no files to register." % path)
    return [{"name": name, "content": asking.hand(os.path.join(path, name))} for name in names]


def _is_among(name, places):
    """Whether a file is one of these, or lies in one of them."""
    wanted = [str(each).replace("\\", "/").strip("/") for each in places]
    return any(name == each or name.startswith(each + "/") for each in wanted)


behind.stand_before(__name__)
