"""The demo: a real script, with its bundle, on real data; then what was made and how to look at it."""

import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parent / "penguins"
OUTPUT = Path("demo-output")


def main() -> int:
    command = ["run", "species.py", "penguins.csv", "--bundle", "bundle", "--output", str(OUTPUT.resolve())]
    print(f"In examples/penguins:\n$ transom {' '.join(command[:-1])} {OUTPUT}\n", flush=True)
    done = subprocess.run([sys.executable, "-m", "transom", *command], cwd=EXAMPLE, check=False)
    if done.returncode == 0:
        print(f"\nMade in {OUTPUT}/:")
        for path in sorted(path for path in OUTPUT.rglob("*") if path.is_file()):
            print(f"  {path}  ({path.stat().st_size:,} bytes)")
        print(f"\nLook at {OUTPUT}/files/graphics/bills.png, or run a script of your own:")
        print("  .venv/bin/transom new my_script.py")
        print("  .venv/bin/transom run my_script.py examples/penguins/penguins.csv")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
