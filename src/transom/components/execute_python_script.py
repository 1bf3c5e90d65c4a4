"""Execute Python Script: the contract of two tables in and two out, as a component; the engine executes it."""

from __future__ import annotations

from transom.model.components import REQUIRED, Component, Parameter, ParameterKind, Port, PortKind

COMPONENT = Component(
    name="execute_python_script",
    title="Execute Python Script",
    description="Calls the function azureml_main of a script with up to two tables; what it returns is handed on.",
    category="Python Language",
    inputs=(
        Port("dataset1", "Dataset1", "The first argument of azureml_main; None where nothing is given.", optional=True),
        Port("dataset2", "Dataset2", "The second argument of azureml_main.", optional=True),
        Port(
            "script_bundle",
            "Script bundle",
            "A zip file or a folder, unpacked beside the script, from which it can import and read.",
            PortKind.FILES,
            optional=True,
        ),
    ),
    outputs=(
        Port("result_dataset", "Result dataset", "The first table that was returned; empty where there is none."),
        Port("result_dataset2", "Result dataset2", "The second table that was returned; empty where there is none."),
    ),
    parameters=(
        Parameter(
            "script",
            "Python script",
            "The script, which defines azureml_main; in a pipeline file its path, or its text as a block.",
            ParameterKind.CODE,
            default=REQUIRED,
            language="python",
        ),
        Parameter(
            "entry_point",
            "Entry point",
            "The function that is called.",
            default="azureml_main",
        ),
        Parameter(
            "packages",
            "Packages",
            "Packages to add to the environment for this step alone: NAME, or NAME==VERSION.",
            ParameterKind.LIST,
            default=(),
        ),
        Parameter(
            "bundle_requirements",
            "Install the bundle's requirements",
            "Install what the bundle's requirements.txt names, and the wheels in it, before the script starts.",
            ParameterKind.BOOLEAN,
            default=False,
        ),
        Parameter(
            "sdk",
            "SDK",
            "Whose azureml.core the script imports: Transom's own, or Azure's real one where it is installed. "
            "Without it, as the environment says.",
            ParameterKind.CHOICE,
            choices=("transom", "azure"),
        ),
    ),
    native=False,
)
