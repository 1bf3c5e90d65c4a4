"""What is wrong with a registered input is told of the dataset, not of the place where its content lies."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from tests.cli.transom import Desk


@pytest.fixture
def desk_with_a_workspace(desk: Desk) -> Desk:
    desk.transom("init")
    return desk


def blob_of(desk: Desk, name: str) -> Path:
    digest = desk.transom("dataset", "show", name, "--json").document["digest"]
    return desk.folder / ".transom" / "blobs" / digest[:2] / digest[2:]


def test_a_registered_zip_that_is_no_bundle_is_named_by_its_dataset(desk_with_a_workspace: Desk):
    desk = desk_with_a_workspace
    with zipfile.ZipFile(desk.folder / "lib.zip", "w") as archive:
        archive.writestr("../outside.py", "x = 1")
    assert desk.transom("dataset", "add", "lib", "lib.zip").code == 0
    said = desk.transom("run", "same.py", "cars.csv", "--bundle", "lib")
    assert said.code == 2
    assert "The script bundle lib@1 cannot be used: " in said.err
    assert "blobs" not in said.err


def test_a_registered_folder_that_is_no_bundle_is_named_by_its_dataset(desk_with_a_workspace: Desk):
    desk = desk_with_a_workspace
    for name in ("a.py", "b.py"):
        desk.write(f"lib/{name}", "x = 1")
    assert desk.transom("dataset", "add", "parts", "lib").code == 0
    said = desk.transom("run", "same.py", "cars.csv", "--bundle", "parts", TRANSOM_BUNDLE_FILES="1")
    assert said.code == 2
    assert "The script bundle parts@1 cannot be used: " in said.err
    assert "bundle/" not in said.err


def test_a_sample_of_a_damaged_dataset_is_told_of_the_dataset(desk_with_a_workspace: Desk):
    desk = desk_with_a_workspace
    assert desk.transom("dataset", "add", "cars", "cars.csv").code == 0
    blob = blob_of(desk, "cars")
    size = blob.stat().st_size
    blob.chmod(0o600)
    blob.write_bytes(b"ARROW1" + b"x" * (size - 6))
    said = desk.transom("run", "same.py", "cars", "--sample", "1")
    assert said.code == 2
    assert "cars@1 cannot be read as a table: " in said.err
    assert "blobs" not in said.err
