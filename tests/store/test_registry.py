"""What is registered is found again, has versions that are never given twice, and is told of when it is not there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.store.databases import CREATED, SHAPE, Where, cars, digest, engine_model, writer

from transom.errors import Unknown, VersionUnknown, WrongUse
from transom.model.additions import ModelsWanted
from transom.model.assets import DatasetKind, Datastore, Reference
from transom.store.registry import Registry


def test_a_dataset_is_what_was_given(registry: Registry) -> None:
    added, is_new = registry.add_dataset(
        cars(description="Cars \x00 é", tags={"a": "1", "é\ud800": ""}, run="some run", port="result_dataset")
    )
    assert is_new
    found = registry.dataset(Reference("cars"))
    assert found == added == registry.dataset_by_id(added.id) == registry.dataset(Reference("cars", 1))
    assert (found.name, found.version, found.kind, found.digest) == ("cars", 1, DatasetKind.TABLE, digest("a"))
    assert (found.bytes, found.files, found.source, found.format) == (1000, 1, "cars.csv", "CSV")
    assert found.shape == SHAPE
    assert found.tags == {"a": "1", "é\ud800": ""}
    assert found.description == "Cars \\x00 é"
    assert (found.run, found.port) == ("some run", "result_dataset")
    assert found.created.tzinfo is UTC
    assert abs(datetime.now(UTC) - found.created) < timedelta(minutes=1)


def test_new_content_makes_a_version_and_the_latest_content_makes_none(registry: Registry) -> None:
    first, _ = registry.add_dataset(cars("a"))
    again, is_new = registry.add_dataset(cars("a", source="elsewhere.csv"))
    assert (again, is_new) == (first, False)
    second, is_new = registry.add_dataset(cars("b"))
    assert (second.version, is_new) == (2, True)
    back, is_new = registry.add_dataset(cars("a"))
    assert (back.version, is_new) == (3, True)
    assert [each.version for each in registry.versions("cars")] == [3, 2, 1]
    assert registry.dataset(Reference("cars", 1)) == first
    assert registry.datasets() == [back]


def test_adding_the_same_content_changes_only_the_description_and_tags_that_are_given(registry: Registry) -> None:
    registry.add_dataset(cars(description="Cars", tags={"a": "1", "b": "2"}))
    kept, _ = registry.add_dataset(cars())
    assert (kept.description, kept.tags) == ("Cars", {"a": "1", "b": "2"})
    changed, _ = registry.add_dataset(cars(tags={"c": "3"}))
    assert (changed.description, changed.tags) == ("Cars", {"c": "3"})
    emptied, is_new = registry.add_dataset(cars(description="", tags={}))
    assert (emptied.description, emptied.tags, is_new) == ("", {}, False)
    assert registry.dataset(Reference("cars")) == emptied


def test_a_version_is_never_given_again(registry: Registry) -> None:
    for content in "abc":
        registry.add_dataset(cars(content))
    assert [each.version for each in registry.remove_dataset(Reference("cars", 3))] == [3]
    assert registry.add_dataset(cars("c"))[0].version == 4
    assert [each.version for each in registry.remove_dataset(Reference("cars"))] == [1, 2, 4]
    assert registry.datasets() == []
    assert registry.add_dataset(cars("a"))[0].version == 5


def test_names_differ_by_case_and_have_versions_of_their_own(registry: Registry) -> None:
    for name in ("cars", "Cars", "Automobile price data (Raw)", "Ärger 車"):
        assert registry.add_dataset(cars("a", name=name))[0].version == 1
    assert registry.dataset(Reference("Cars")).name == "Cars"
    names = [each.name for each in registry.datasets()]
    assert names == ["Automobile price data (Raw)", "Cars", "cars", "Ärger 車"]
    registry.remove_dataset(Reference("cars"))
    assert registry.dataset(Reference("Cars")).version == 1
    registry.add_model(engine_model(name="Cars"))
    assert registry.model(Reference("Cars")).version == 1


def test_a_description_and_tags_can_be_changed(registry: Registry) -> None:
    registry.add_dataset(cars("a", description="first"))
    registry.add_dataset(cars("b"))
    registry.update_dataset(Reference("cars", 1), tags={"k": "v"})
    latest = registry.update_dataset(Reference("cars"), description="second")
    assert latest == registry.dataset(Reference("cars", 2))
    assert (latest.description, latest.tags) == ("second", {})
    older = registry.dataset(Reference("cars", 1))
    assert (older.description, older.tags) == ("first", {"k": "v"})
    assert registry.update_dataset(Reference("cars", 1)) == older


def test_an_unknown_name_is_told_with_near_ones(registry: Registry) -> None:
    registry.add_dataset(cars(name="Cars"))
    registry.add_dataset(cars(name="flights"))
    with pytest.raises(Unknown) as told:
        registry.dataset(Reference("carz"))
    assert str(told.value) == (
        "There is no dataset carz in the workspace /home/me/.transom. "
        "Did you mean Cars? `transom dataset list` shows those that are there."
    )
    for ask in (registry.versions, lambda name: registry.remove_dataset(Reference(name)), registry.dataset_by_id):
        with pytest.raises(Unknown, match="There is no dataset nothing like it in"):
            ask("nothing like it")
    with pytest.raises(Unknown, match="There is no dataset carz"):
        registry.update_dataset(Reference("carz", 3), description="x")


@pytest.mark.parametrize("name", ["", "\x00", "a\ud800b", "x" * 100_000, "%", "'; DROP TABLE datasets; --"])
def test_any_text_can_be_asked_for(registry: Registry, name: str) -> None:
    registry.add_dataset(cars())
    registry.add_model(engine_model())
    for ask in (
        lambda: registry.dataset(Reference(name)),
        lambda: registry.dataset_by_id(name),
        lambda: registry.model(Reference(name)),
        lambda: registry.model_by_id(name),
        lambda: registry.model_by_id(f"{name}:1"),
        lambda: registry.model_by_id("engine:" + name),
        lambda: registry.datastore(name),
    ):
        with pytest.raises(Unknown) as told:
            ask()
        assert len(str(told.value)) < 400
        str(told.value).encode()


@pytest.mark.parametrize("version", [0, -1, 7, 10**9, 2**31, 2**63, 10**30])
def test_an_unknown_version_is_told_with_those_that_are_there(registry: Registry, version: int) -> None:
    registry.add_dataset(cars("a"))
    with pytest.raises(VersionUnknown) as told:
        registry.dataset(Reference("cars", version))
    assert str(told.value) == f"The dataset cars has no version {version}. It has the version 1."
    for number in range(20):
        registry.add_dataset(cars(digest=f"{number:064}"))
    registry.remove_dataset(Reference("cars", 2))
    with pytest.raises(VersionUnknown, match=r"It has the versions 1, 3, 4, …, 18, 19, 20 and 21\.$"):
        registry.remove_dataset(Reference("cars", version if version != 7 else 2))


def test_files_and_large_numbers_are_recorded(registry: Registry) -> None:
    new = cars(kind=DatasetKind.FILES, shape=None, files=10**10, bytes=2**62)
    found, _ = registry.add_dataset(new)
    assert (found.kind, found.shape, found.files, found.bytes) == (DatasetKind.FILES, None, 10**10, 2**62)


def test_a_model_is_what_was_given(registry: Registry) -> None:
    added, is_new = registry.add_model(
        engine_model(
            files=3,
            is_folder=True,
            framework="ScikitLearn",
            framework_version="1.5.0",
            tags={"area": "cars"},
            properties={"accuracy": "0.9"},
            description="An engine",
            run="some run",
        )
    )
    assert is_new
    assert added.id == "engine:1"
    assert added == registry.model(Reference("engine")) == registry.model_by_id("engine:1")
    assert (added.files, added.is_folder, added.framework, added.framework_version) == (3, True, "ScikitLearn", "1.5.0")
    assert (added.tags, added.properties) == ({"area": "cars"}, {"accuracy": "0.9"})
    changed = registry.update_model(Reference("engine"), properties={"accuracy": "0.8"})
    assert (changed.tags, changed.properties, changed.description) == (
        {"area": "cars"},
        {"accuracy": "0.8"},
        "An engine",
    )
    with pytest.raises(VersionUnknown):
        registry.model_by_id("engine:2")
    assert registry.remove_model(Reference("engine", 1)) == [changed]
    assert registry.add_model(engine_model())[0].id == "engine:2"


def test_models_are_listed_by_what_is_wanted_of_them(registry: Registry) -> None:
    registry.add_model(engine_model("a", tags={"area": "cars", "old": ""}, run="r1"))
    registry.add_model(engine_model("b", tags={"area": "cars"}, properties={"k": "v"}, run="r2"))
    registry.add_model(engine_model("c", name="Brake", tags={"area": "trains"}, run="r1"))

    def ids(**wanted: object) -> list[str]:
        return [each.id for each in registry.models(ModelsWanted(**wanted))]  # type: ignore[arg-type]

    assert [each.id for each in registry.models()] == ["Brake:1", "engine:2"]
    assert ids(latest=False) == ["Brake:1", "engine:2", "engine:1"]
    assert ids(name="engine") == ["engine:2"]
    assert ids(name="engine", latest=False) == ["engine:2", "engine:1"]
    assert ids(run="r1", latest=False) == ["Brake:1", "engine:1"]
    assert ids(tags={"area": None}) == ["Brake:1", "engine:2"]
    assert ids(tags={"area": "cars"}, latest=False) == ["engine:2", "engine:1"]
    assert ids(tags={"area": "cars", "old": None}, latest=False) == ["engine:1"]
    assert ids(properties={"k": "v"}) == ["engine:2"]
    assert ids(properties={"k": "other"}) == []
    assert [each.version for each in registry.model_versions("engine")] == [2, 1]


def test_datastores_are_recorded_by_name(registry: Registry) -> None:
    lake = Datastore("lake", "abfs://files@lake", CREATED, has_secrets=True)
    registry.add_datastore(lake)
    registry.add_datastore(Datastore("Bucket", "s3://bucket", CREATED))
    assert registry.datastore("lake") == lake
    assert [each.name for each in registry.datastores()] == ["Bucket", "lake"]
    registry.add_datastore(Datastore("lake", "abfs://files@lake", CREATED))
    assert not registry.datastore("lake").has_secrets
    with pytest.raises(WrongUse, match=r"a datastore lake already, and its address is abfs://files@lake\."):
        registry.add_datastore(Datastore("lake", "s3://other", CREATED))
    registry.add_datastore(Datastore("lake", "s3://other", CREATED), replace=True)
    assert registry.datastore("lake").url == "s3://other"
    assert registry.remove_datastore("lake").url == "s3://other"
    with pytest.raises(Unknown, match=r"no datastore bucket .*Did you mean Bucket\? `transom datastore list`"):
        registry.remove_datastore("bucket")


def test_statistics_are_kept_by_content(registry: Registry) -> None:
    assert registry.profile(digest("a")) is None
    document = {"columns": [{"name": "price", "mean": float("inf"), "top": [["\ud800", 1]]}]}
    registry.keep_profile(digest("a"), document)
    assert registry.profile(digest("a")) == document
    registry.keep_profile(digest("a"), {"columns": []})
    registry.keep_profile(digest("b"), {})
    assert registry.profile(digest("a")) == {"columns": []}
    assert registry.forget_profiles({digest("b"), digest("z")}) == 1
    assert registry.profile(digest("a")) is None
    assert registry.profile(digest("b")) == {}


def test_what_registered_things_need_is_told(registry: Registry) -> None:
    registry.add_dataset(cars("a"))
    registry.add_dataset(cars("b", kind=DatasetKind.FILES))
    registry.add_model(engine_model("c"))
    registry.add_model(engine_model("d"))
    registry.remove_model(Reference("engine", 1))
    assert registry.needed_digests() == {digest("a"), digest("b"), digest("d")}
    assert registry.needed_file_sets() == {digest("b"), digest("d")}


def test_a_workspace_is_told_from_every_other_one(registry: Registry, where: Where) -> None:
    facts = registry.workspace_facts()
    assert len(facts.id) == 36
    assert Registry(where.open(), "w").workspace_facts() == facts


def test_processes_that_add_at_once_get_versions_of_their_own(registry: Registry, where: Where) -> None:
    writers = [writer(where, "add_versions", letter, "40") for letter in "xyz"]
    for each in writers:
        assert each.stdout.readline() == "begins\n"
    for each in writers:
        each.stdin.write("\n")
        each.stdin.flush()
    for each in writers:
        assert each.wait() == 0, each.stderr.read()
    versions = registry.versions("cars")
    assert [each.version for each in versions] == list(range(120, 0, -1))
    assert len({each.digest for each in versions}) == 120
    for each in writers:
        each.communicate()
