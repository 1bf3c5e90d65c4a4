"""The demo: a real script with its bundle, then a pipeline of nine steps, twice, on real data; and what was made."""

import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parent / "penguins"
OUTPUT = Path("demo-output")


def main() -> int:
    command = ["run", "species.py", "penguins.csv", "--bundle", "bundle", "--output", str(OUTPUT.resolve())]
    print(f"In examples/penguins:\n$ transom {' '.join(command[:-1])} {OUTPUT}\n", flush=True)
    done = transom(command)
    for heading in ("A pipeline of nine steps:", "The same again, of which nothing has changed:"):
        if done.returncode == 0:
            print(f"\n{heading}\n$ transom pipeline run pipeline.yml\n", flush=True)
            done = transom(["pipeline", "run", "pipeline.yml"])
    if done.returncode == 0:
        print("\n$ transom runs why latest told", flush=True)
        done = transom(["runs", "why", "latest", "told"])
    if done.returncode == 0:
        print(f"\nMade in {OUTPUT}/:")
        for path in sorted(path for path in OUTPUT.rglob("*") if path.is_file()):
            print(f"  {path}  ({path.stat().st_size:,} bytes)")
        print("and examples/penguins/report.csv, by the pipeline.")
        print("\nLook at the pictures of the pipeline (in examples/penguins):")
        print("  ../../.venv/bin/transom runs open latest")
        print(f"Look at {OUTPUT}/files/graphics/bills.png, or run a script of your own:")
        print("  .venv/bin/transom new my_script.py")
        print("  .venv/bin/transom run my_script.py examples/penguins/penguins.csv")
    return done.returncode


def transom(words: list[str]) -> subprocess.CompletedProcess[bytes]:
    """Run one command in the folder of the example."""
    return subprocess.run([sys.executable, "-m", "transom", *words], cwd=EXAMPLE, check=False)


if __name__ == "__main__":
    sys.exit(main())
