"""The files of the project: what git tracks, or what lies here when there is no git."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_SKIPPED = {".git", ".venv", ".venv-bench", "var", "build", "dist", "node_modules", "__pycache__"}


def project_files():
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if tracked.returncode == 0:
        names = [ROOT / name for name in tracked.stdout.decode().split("\0") if name]
    else:
        names = [path for path in ROOT.rglob("*") if not _SKIPPED & set(path.relative_to(ROOT).parts)]
    return [path for path in names if path.is_file()]


@pytest.fixture(scope="session")
def texts():
    """Every text file of the project by its path from the root."""
    found = {}
    for path in project_files():
        try:
            found[str(path.relative_to(ROOT))] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


@pytest.fixture(scope="session")
def sources(texts):
    """The Python modules of the package."""
    return {name: text for name, text in texts.items() if name.startswith("src/") and name.endswith(".py")}
