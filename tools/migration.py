"""Write a migration from what the tables say: `python tools/migration.py 0002 "what changes"`.

The first one (0001) is written again from scratch with `python tools/migration.py 0001 "the first schema"`, while no
deployment exists. Read what it wrote before committing: a rename looks like a drop and an addition to it.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from service import migration

VERSIONS = migration.FOLDER / "versions"


def write(number: str, words: str) -> Path:
    """Write migration `number` against the schema that the earlier ones make; gives its file."""
    for old in VERSIONS.glob(f"{number}_*.py"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/before.db")
        with engine.begin() as db:
            if list(VERSIONS.glob("[0-9]*_*.py")):
                migration.upgrade(db)
            config = migration.config(db)
            config.attributes["batch"] = number != "0001"  # SQLite changes a table by copying it
            command.revision(config, words, autogenerate=True, rev_id=number)
        engine.dispose()
    (file,) = VERSIONS.glob(f"{number}_*.py")
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not line.strip().startswith("# ###")))
    for step in (["check", "--fix", "--quiet", "--select", "F401,I"], ["format", "--quiet"]):
        subprocess.run([Path(sys.executable).with_name("ruff"), *step, file], check=True)
    return file


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print(write(sys.argv[1], sys.argv[2]))
