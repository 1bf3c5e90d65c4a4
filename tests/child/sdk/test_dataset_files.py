"""A set of files can be downloaded, mounted, looked through and registered, from wherever it comes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from tests.child.sdk import serving
from tests.child.sdk.datasets_given import desk

HERE = Path(sys.executable)
PICTURES = {"a.png": b"one", "deep/b.png": b"two", "deep/er/c.png": b"three"}
#: A driver's own files: `data/a.csv`, `data/b.csv`, `data/deep/c.csv`, `data/deep/.hidden`.
OWN = (
    "os.makedirs('data/deep')\n"
    "for name in ('a.csv', 'b.csv', 'deep/c.csv', 'deep/.hidden'):\n    open('data/' + name, 'w').write(name)\n"
    "def tree(folder):\n    return sorted(os.path.relpath(os.path.join(at, name), folder) for at, _, names in\n"
    "        os.walk(folder) for name in names)\n"
)


def test_registered_files_are_downloaded_with_their_folders(python: Path, tmp_path: Path) -> None:
    script = (
        OWN + "d = Dataset.get_by_name(ws, 'pictures')\npaths = d.download(target_path='out', overwrite=False)\n"
        "found = [d.to_path(), [os.path.relpath(each) for each in paths], tree('out'), open('out/deep/b.png').read()]\n"
        "new = d.download()\nfound.append([os.path.isabs(new[0]), len(new), os.access(new[0], os.W_OK)])\n"
        "print(json.dumps(found))\n"
    )
    with desk(tmp_path) as at:
        at.add_files("pictures", PICTURES)
        names, paths, tree, content, new = at.run(python, script).told
    assert names == ["/a.png", "/deep/b.png", "/deep/er/c.png"]
    assert paths == ["out/a.png", "out/deep/b.png", "out/deep/er/c.png"]
    assert tree == list(PICTURES)
    assert content == "two"
    assert new == [True, 3, True]


def test_a_download_writes_over_nothing_unless_it_is_told_to(tmp_path: Path) -> None:
    script = (
        "d = Dataset.get_by_name(ws, 'pictures')\nos.makedirs('out/deep')\nopen('out/deep/b.png', 'w').write('mine')\nfound = []\n"
        "for target in ('out', 'out/deep/b.png'):\n    try:\n        d.download(target)\n"
        "    except Exception as wrong:\n        found.append([type(wrong).__name__, str(wrong)])\n"
        "found += [os.listdir('out'), open('out/deep/b.png').read()]\nd.download('out', overwrite=True)\n"
        "found += [sorted(os.listdir('out')), open('out/deep/b.png').read()]\nprint(json.dumps(found))\n"
    )
    with desk(tmp_path) as at:
        at.add_files("pictures", PICTURES)
        found = at.run(HERE, script).told
    assert found[0] == [
        "UserErrorException",
        "'out/deep/b.png' is there already: give overwrite=True to write over it.",
    ]
    assert found[1] == ["UserErrorException", "'out/deep/b.png' is a file: give a folder to download into."]
    assert found[2:] == [["deep"], "mine", ["a.png", "deep"], "two"]


def test_a_download_onto_itself_loses_nothing(tmp_path: Path) -> None:
    script = (
        OWN + "Dataset.File.from_files('data').download('data', overwrite=True)\n"
        "print(json.dumps([open('data/' + name).read() for name in tree('data')]))\n"
    )
    with desk(tmp_path) as at:
        assert at.run(HERE, script).told == ["a.csv", "b.csv", "deep/.hidden", "deep/c.csv"]


def test_a_mount_is_a_folder_with_the_files_until_it_is_stopped(python: Path, tmp_path: Path) -> None:
    script = (
        OWN + "d = Dataset.get_by_name(ws, 'pictures')\nfound = []\nwith d.mount() as mount:\n"
        "    point = mount.mount_point\n    found.append([tree(point), open(point + d.to_path()[1]).read()])\n"
        "found.append(os.path.exists(os.path.join(point, 'a.png')))\n"
        "mount = d.mount('here/now')\nmount.start()\nmount.start()\nfound.append([mount.mount_point, tree('here/now')])\n"
        "mount.stop()\nmount.stop()\nfound.append(os.path.lexists('here/now'))\n"
        "os.mkdir('empty')\nwith d.skip(1).mount(mount_point='empty') as mount:\n    found.append(tree('empty'))\n"
        "found.append(os.listdir('empty'))\n"
        "with d.take(1).mount() as mount:\n    other = mount.mount_point\n    found.append(tree(other))\n"
        "found.append(os.path.lexists(other))\n"
        "try:\n    d.mount('data').start()\nexcept Exception as wrong:\n    found.append(str(wrong))\n"
        "found.append(len(tree('data')))\nprint(json.dumps(found))\n"
    )
    with desk(tmp_path) as at:
        at.add_files("pictures", PICTURES)
        assert at.run(python, script).told == [
            [list(PICTURES), "two"],
            True,
            ["here/now", list(PICTURES)],
            False,
            ["deep/b.png", "deep/er/c.png"],
            [],
            ["a.png"],
            False,
            "'data' is no empty folder: mount the files at another place.",
            4,
        ]


def test_some_of_the_files_are_a_dataset_too(python: Path, tmp_path: Path) -> None:
    script = (
        "d = Dataset.get_by_name(ws, 'pictures')\nfirst, rest = d.random_split(0.5, seed=3)\n"
        "print(json.dumps([d.take(2).to_path(), d.skip(2).to_path(), d.take_sample(1.0).to_path(), d.take_sample(0).to_path(),\n"
        "    sorted(first.to_path() + rest.to_path()), repr(d.take(1)), repr(d), d.take(1).register(ws, 'one').name]))\n"
    )
    with desk(tmp_path) as at:
        at.add_files("pictures", PICTURES)
        told = at.run(python, script).told
        (registered,) = at.facts("dataset/register")
        content = serving.taken(at.folder, registered["files"][0]["content"]["digest"])
    paths = ["/" + name for name in PICTURES]
    assert told == [
        paths[:2],
        paths[2:],
        paths,
        [],
        paths,
        "FileDataset(not registered)",
        "FileDataset(name='pictures', version=1)",
        "one",
    ]
    assert (registered["files"][0]["name"], content) == ("a.png", b"one")


def test_inputs_of_a_submitted_run_are_accepted(tmp_path: Path) -> None:
    script = (
        "d = Dataset.get_by_name(ws, 'pictures')\nuses = [d.as_mount(), d.as_download('/tmp/x'), d.as_named_input('p'),\n"
        "    d.as_named_input('p').as_mount(), d.as_named_input('p').as_download(path_on_compute='/x')]\n"
        "print(json.dumps([[use.name, use.mode, use.path_on_compute, use.dataset is d] for use in uses]))\n"
    )
    with desk(tmp_path) as at:
        at.add_files("pictures", PICTURES)
        assert at.run(HERE, script).told == [
            ["input", "mount", None, True],
            ["input", "download", "/tmp/x", True],
            ["p", "direct", None, True],
            ["p", "mount", None, True],
            ["p", "download", "/x", True],
        ]


# The script's own files


def test_own_files_are_found_by_path_folder_and_pattern(python: Path, tmp_path: Path) -> None:
    script = (
        OWN
        + "import pathlib\npaths = ['data/a.csv', 'data', 'data/', 'data/*.csv', 'data/**', 'data/**/*.csv', './data/d*/c.csv',\n"
        "    pathlib.Path('data/b.csv'), ['data/a.csv', 'data/deep/c.csv'], ('data/a.csv', 'data/b.csv'),\n"
        "    os.path.abspath('data/a.csv'), 'file://' + os.path.abspath('data/a.csv'), 'data\\\\a.csv', ['data/a.csv'] * 2,\n"
        "    b'data/a.csv']\n"
        "print(json.dumps([Dataset.File.from_files(path).to_path() for path in paths]))\n"
    )
    with desk(tmp_path) as at:
        found = at.run(python, script).told
    assert found == [
        ["/a.csv"],
        ["/a.csv", "/b.csv", "/deep/.hidden", "/deep/c.csv"],
        ["/a.csv", "/b.csv", "/deep/.hidden", "/deep/c.csv"],
        ["/a.csv", "/b.csv"],
        ["/a.csv", "/b.csv", "/deep/c.csv"],
        ["/a.csv", "/b.csv", "/deep/c.csv"],
        ["/deep/c.csv"],
        ["/b.csv"],
        ["/a.csv", "/c.csv"],
        ["/a.csv", "/b.csv"],
        ["/a.csv"],
        ["/a.csv"],
        ["/a.csv"],
        ["/a.csv"],
        ["/a.csv"],
    ]


def test_files_of_one_name_in_several_folders_keep_their_folders(tmp_path: Path) -> None:
    script = (
        OWN + "open('data/deep/a.csv', 'w').write('deep')\n"
        "d = Dataset.File.from_files(['data/a.csv', 'data/deep/a.csv'])\nd.register(ws, 'both')\n"
        "print(json.dumps(d.to_path()))\n"
    )
    with desk(tmp_path) as at:
        assert at.run(HERE, script).told == ["/data/a.csv", "/data/deep/a.csv"]
        (facts,) = at.facts("dataset/register")
        contents = {each["name"]: serving.taken(at.folder, each["content"]["digest"]) for each in facts["files"]}
    assert contents == {"data/a.csv": b"a.csv", "data/deep/a.csv": b"deep"}


def test_own_files_are_found_wherever_the_script_goes(tmp_path: Path) -> None:
    script = (
        OWN + "found = [Dataset.File.from_files(path) for path in ('data', 'data/*.csv', './data/a.csv')]\n"
        "os.chdir('data/deep')\nprint(json.dumps([len(each.download()) for each in found]))\n"
    )
    with desk(tmp_path) as at:
        assert at.run(HERE, script).told == [4, 2, 1]


def test_own_files_are_registered_as_they_are_then_and_stay_the_scripts_own(python: Path, tmp_path: Path) -> None:
    script = (
        OWN + "d = Dataset.File.from_files('data/*.csv')\nopen('data/a.csv', 'w').write('later')\n"
        "made = d.register(workspace=ws, name='mine', description='why', tags={'a': 'b'}, create_new_version=True)\n"
        "open('data/a.csv', 'a').write(' still')\n"
        "print(json.dumps([made.name, made.to_path(), open('data/a.csv').read()]))\n"
    )
    with desk(tmp_path) as at:
        assert at.run(python, script).told == ["mine", ["/a.csv", "/b.csv"], "later still"]
        (facts,) = at.facts("dataset/register")
    assert [each["name"] for each in facts["files"]] == ["a.csv", "b.csv"]
    assert {name: facts[name] for name in ("description", "tags", "create_new_version")} == {
        "description": "why",
        "tags": {"a": "b"},
        "create_new_version": True,
    }
    assert os.listdir(tmp_path / "run1" / "handed") == []


def test_files_elsewhere_are_gathered_by_the_workspace_when_they_are_wanted(python: Path, tmp_path: Path) -> None:
    script = (
        OWN + "store = Datastore.get(ws, 'store')\nfrom azureml.data.datapath import DataPath\n"
        "d = Dataset.File.from_files([(store, 'folder/*.png'), 'https://example.org/c.png', DataPath(store, '/x/y/'),\n"
        "    'data/a.csv', store.path('p'), 'azureml://datastores/other/paths/q/r.csv',\n"
        "    'azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/other/paths/t/', (store, ['u', 'v'])])\n"
        "asked = os.path.exists(os.path.join(os.environ['TRANSOM_JOB'], 'asked.jsonl'))\n"
        "asked = asked and 'gather' in open(os.path.join(os.environ['TRANSOM_JOB'], 'asked.jsonl')).read()\n"
        "found = [asked, d.to_path(), d.take(1).to_path(), open(d.download('out')[0]).read()]\nd.register(ws, 'all')\n"
        "print(json.dumps(found))\n"
    )
    with desk(
        tmp_path,
        dataset__gather=lambda facts: {
            "files": {
                "contents": [{"name": "a/b.png", "digest": facts["places"][3]["content"]["digest"]}],
                "name": "f",
            },
            "names": ["a/b.png"],
            "token": "t0ken",
        },
    ) as at:
        assert at.run(python, script).told == [False, ["/a/b.png"], ["/a/b.png"], "a.csv"]
        (facts,) = at.facts("dataset/gather")
        (registered,) = at.facts("dataset/register")
    own = facts["places"].pop(3)
    assert own["name"] == "a.csv"
    assert facts["places"] == [
        {"datastore": "store", "path": "folder/*.png"},
        {"url": "https://example.org/c.png"},
        {"datastore": "store", "path": "x/y"},
        {"datastore": "store", "path": "p"},
        {"datastore": "other", "path": "q/r.csv"},
        {"datastore": "other", "path": "t"},
        {"datastore": "store", "path": "u"},
        {"datastore": "store", "path": "v"},
    ]
    assert registered["same_as"] == "t0ken"


@pytest.mark.parametrize(
    ("path", "kind", "text"),
    [
        ("'data/c.csv'", "FileNotFoundError", "There is no 'data/c.csv' in the working directory"),
        ("'data/*.tsv'", "FileNotFoundError", "There is no 'data/*.tsv' in the working directory"),
        ("''", "UserErrorException", "'' (of type str) is no path. Give a path of the script's own files"),
        ("'a\\0b'", "UserErrorException", "is no path."),
        ("5", "UserErrorException", "5 (of type int) is no path."),
        ("None", "UserErrorException", "None (of type NoneType) is no path."),
        ("[]", "UserErrorException", "The list of paths is empty."),
        ("store", "UserErrorException", "is no path."),
        ("Dataset", "UserErrorException", "is no path."),
        ("(store, None)", "UserErrorException", "The path on datastore store is None (of type NoneType)"),
        (
            "('workspaceblobstore', 'a.csv')",
            "UserErrorException",
            "The datastore is given as text, 'workspaceblobstore'.",
        ),
        ("DataPath(path_on_datastore='a')", "UserErrorException", "A DataPath needs a datastore"),
        ("DataPath('store', 'a')", "UserErrorException", "The datastore is given as text, 'store'."),
        ("DataPath(5, 'a')", "UserErrorException", "5 (of type int) is no datastore."),
    ],
)
def test_what_is_no_path_is_told(path: str, kind: str, text: str, tmp_path: Path) -> None:
    script = (
        OWN + "from azureml.data.datapath import DataPath\nstore = Datastore.get(ws, 'store')\nfound = []\n"
        f"for make in (Dataset.File.from_files, Dataset.Tabular.from_delimited_files):\n    try:\n        make({path})\n"
        "    except Exception as wrong:\n        found.append([type(wrong).__name__, str(wrong)])\nprint(json.dumps(found))\n"
    )
    with desk(tmp_path) as at:
        found = at.run(HERE, script).told
    assert [each[0] for each in found] == [kind, kind]
    assert all(text in each[1] for each in found)


def test_a_file_that_cannot_be_read_is_told_and_nothing_is_left_behind(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        script = "os.unlink('data/b.csv'); os.symlink('/proc/self/mem', 'data/b.csv')\n"
    else:
        script = "os.chmod('data/b.csv', 0); os.link = None\n"
    script = OWN + (
        "d = Dataset.File.from_files('data/?.csv')\n" + script + "try:\n    d.register(ws, 'x')\n"
        "except Exception as wrong:\n    print(json.dumps([isinstance(wrong, OSError), os.listdir(os.path.join(\n"
        "        os.environ['TRANSOM_JOB'], 'handed'))]))\n"
    )
    with desk(tmp_path) as at:
        assert at.run(HERE, script).told == [True, []]
