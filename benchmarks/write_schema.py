"""Write the JSON schemas of tiers.yaml and scoring.yaml, for editors.

    PYTHONPATH=. python benchmarks/write_schema.py [--out docs/schema]

An editor that knows YAML schemas completes and checks keys with a first line such as
``# yaml-language-server: $schema=../docs/schema/tiers.schema.json``.
"""

import argparse
import json
from pathlib import Path

from warning.settings import FILES

NAMES = ("tiers", "scoring")


def main() -> None:
    """Write one file a name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/schema"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        text = json.dumps(FILES[name].model_json_schema(), indent=1, ensure_ascii=False)
        (options.out / f"{name}.schema.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
