"""Which workspaces are opened: none that another user laid there, and none in which a link leads elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from transom import settings
from transom.errors import WorkspaceForeign, WorkspaceUnusable
from transom.workspace.datasets_adding import Addition, add_dataset
from transom.workspace.opening import init_workspace, open_workspace

#: Everything of a workspace that is written or removed by its name.
PLACES = [
    *("workspace.db", "workspace.db-wal", "workspace.db-shm", "workspace.db-journal", ".gitignore", "secrets.json"),
    *("blobs", "blobs/aside", "runs", "warm", "given", "backups"),
    *("datastores", "datastores/workspaceblobstore", "datastores/workspacefilestore"),
]


def open_at(project: Path, named: Path | None = None) -> None:
    """Open the workspace of a project, or the one that a setting names, and register something in it."""
    flags = {} if named is None else {"workspace": named}
    workspace = open_workspace(settings.load(flags), project)
    (project / "cars.csv").write_text("a\n1\n")
    add_dataset(workspace, Addition("cars", project / "cars.csv"))


def cloned(tmp_path: Path, place: str) -> tuple[Path, Path]:
    """A project that came with a link in its workspace, and the folder of the user to which that leads."""
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    link = project / ".transom" / place
    link.parent.mkdir(parents=True)
    elsewhere.mkdir()
    is_file = "." in place
    link.symlink_to(elsewhere / "file" if is_file else elsewhere)
    return project, elsewhere


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("way", ["found", "named", "init"])
def test_a_link_in_a_workspace_is_refused_before_anything_is_written_through_it(
    tmp_path: Path, place: str, way: str
) -> None:
    project, elsewhere = cloned(tmp_path, place)
    ways = {
        "found": lambda: open_at(project),
        "named": lambda: open_at(project, project / ".transom"),
        "init": lambda: init_workspace(project, settings.load()),
    }
    with pytest.raises(WorkspaceUnusable, match=rf"{place} in it is a link.*Remove the link"):
        ways[way]()
    assert list(elsewhere.iterdir()) == []
    assert [str(each.relative_to(project / ".transom")) for each in (project / ".transom").rglob("*")] == [
        *([] if "/" not in place else [place.partition("/")[0]]),
        place,
    ]


def test_a_link_whose_name_is_no_text_is_named_all_the_same(tmp_path: Path) -> None:
    project, elsewhere = cloned(tmp_path, "runs")
    (project / ".transom" / "runs").rename(project / ".transom" / os.fsdecode(b"caf\xe9"))
    with pytest.raises(WorkspaceUnusable, match=r"caf\\xe9 in it is a link"):
        open_at(project)
    assert list(elsewhere.iterdir()) == []


def test_the_folder_of_a_workspace_may_be_a_link_of_the_user_to_a_folder_of_the_user(tmp_path: Path) -> None:
    project, disk = tmp_path / "project", tmp_path / "large disk"
    project.mkdir()
    disk.mkdir()
    (project / ".transom").symlink_to(disk)
    open_at(project)
    assert (disk / "workspace.db").is_file()
    open_at(project)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can lay something for another user")
@pytest.mark.parametrize("laid", ["folder", "link"])
def test_a_workspace_or_a_link_to_one_that_another_user_laid_is_refused(tmp_path: Path, laid: str) -> None:
    mine, project = tmp_path / "mine", tmp_path / "project"
    mine.mkdir()
    project.mkdir()
    folder = project / ".transom"
    if laid == "link":
        folder.symlink_to(mine)
    else:
        folder.mkdir()
    os.chown(folder, 65534, 65534, follow_symlinks=False)
    with pytest.raises(WorkspaceForeign):
        open_at(project)
    with pytest.raises(WorkspaceForeign):
        init_workspace(project, settings.load())
    assert list(mine.iterdir()) == []
