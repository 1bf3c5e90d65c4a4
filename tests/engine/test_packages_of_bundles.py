"""What a bundle asks to be installed is found at its top or in its one folder, and nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from tests.engine.installing import index, store, wheel

from transom.engine.bundles import BundleLimits, names
from transom.engine.packages import CannotInstall, JobPackages, Packages, asks_for, of_bundle

__all__ = ["index", "store"]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["requirements.txt", "a.py"], ["requirements.txt"]),
        (["x-1-py3-none-any.whl", "Requirements.txt"], ["Requirements.txt", "x-1-py3-none-any.whl"]),
        (["p/requirements.txt", "p/a.py", "__MACOSX/._a", ".git/config"], ["p/requirements.txt"]),
        (["p/requirements.txt", "a.py"], []),
        (["p/requirements.txt", "q/a.py"], []),
        (["p/q/requirements.txt"], []),
        (["requirements.txt/"], []),
        ([], []),
    ],
)
def test_only_the_top_and_the_one_folder_count(files: list[str], found: list[str]) -> None:
    assert list(asks_for(files)) == found


def bundle_at(folder: Path) -> Path:
    wheel(folder / "inner", "alpha", "1.0", "beta")
    (folder / "inner" / "requirements.txt").write_text("gamma<2\n-r more/others.txt\n")
    (folder / "inner" / "more").mkdir()
    (folder / "inner" / "more" / "others.txt").write_text("delta\n")
    return folder


def zipped(folder: Path) -> Path:
    place = folder.with_suffix(".zip")
    with ZipFile(place, "w") as archive:
        for each in folder.rglob("*"):
            archive.write(each, each.relative_to(folder))
    return place


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_wheels_and_requirements_of_a_bundle_are_installed_together(
    as_zip: bool, index: Path, store: Packages, tmp_path: Path
) -> None:
    for name in ("beta", "gamma", "delta"):
        wheel(index, name, "1.0")
    bundle = bundle_at(tmp_path / "bundle")
    if as_zip:
        bundle = zipped(bundle)
    packages = JobPackages(sys.executable, "d", tmp_path / "packages", store)
    packages.install(of_bundle(bundle, names(bundle, BundleLimits()), store))
    assert packages.installed == tuple((name, "1.0") for name in ("alpha", "beta", "delta", "gamma"))


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("line", ["-r ../outside.txt", "-r nowhere.txt", "../x-1-py3-none-any.whl"])
def test_a_requirements_file_cannot_lead_out_of_its_bundle(
    line: str, as_zip: bool, store: Packages, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (tmp_path / "outside.txt").write_text("six\n")
    wheel(tmp_path, "x", "1")
    (bundle / "requirements.txt").write_text(f"{line}\n")
    if as_zip:
        bundle = zipped(bundle)
    with pytest.raises(CannotInstall):
        of_bundle(bundle, ["requirements.txt"], store)


def test_wheels_of_a_folder_of_the_bundle_can_be_the_only_source(index: Path, store: Packages, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    wheel(bundle / "wheels", "alpha", "1.0")
    (bundle / "requirements.txt").write_text("--no-index\n--find-links wheels\nalpha\n")
    packages = JobPackages(sys.executable, "d", tmp_path / "packages", store)
    packages.install(of_bundle(zipped(bundle), ["requirements.txt", "wheels/alpha-1.0-py3-none-any.whl"], store))
    assert packages.installed == (("alpha", "1.0"),)


def test_a_bundle_that_asks_for_nothing_installs_nothing(store: Packages, tmp_path: Path) -> None:
    packages = JobPackages(sys.executable, "d", tmp_path / "packages", store)
    packages.install(of_bundle(tmp_path, ["a.py"], store))
    assert packages.installed == ()
