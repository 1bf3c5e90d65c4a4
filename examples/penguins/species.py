from azureml.core import Run
from matplotlib import pyplot as plt

from measures import with_ratio


def azureml_main(dataframe1=None, dataframe2=None):
    run = Run.get_context(allow_offline=True)

    measured = with_ratio(dataframe1.dropna(subset=["bill_length_mm", "bill_depth_mm"]))
    print(f"{len(dataframe1) - len(measured)} of {len(dataframe1)} penguins were not measured")
    run.log("penguins", len(measured))

    with open("./Script Bundle/title.txt") as text_file:
        title = text_file.read().strip()

    figure, axes = plt.subplots(figsize=(7, 4.5))
    for species, group in measured.groupby("species"):
        axes.scatter(group["bill_length_mm"], group["bill_depth_mm"], s=14, label=species)
    axes.set(title=title, xlabel="bill length (mm)", ylabel="bill depth (mm)")
    axes.legend()
    figure.savefig("bills.png", dpi=120)
    run.upload_file("graphics/bills.png", "bills.png")

    by_species = measured.groupby("species").agg(
        penguins=("species", "size"),
        mass_kg=("body_mass_g", lambda grams: round(grams.mean() / 1000, 2)),
        bill_ratio=("bill_ratio", "mean"),
    )
    return measured, by_species.round(3)
