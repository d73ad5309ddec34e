"""The repository as the rules see it: its tracked files and its Python modules."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import cast

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ROOT / "proto" / "gen"


def our_packages() -> frozenset[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return frozenset(project["tool"]["importlinter"]["root_packages"])


def tracked_files(*patterns: str) -> list[Path]:
    listed = subprocess.run(  # noqa: S603  # fixed arguments, and the patterns are ours
        ["git", "ls-files", "-z", "--cached", "--", *patterns],  # noqa: S607  # git is required
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    files = (ROOT / name for name in listed.split("\0") if name)
    return [file for file in files if file.is_file()]


def our_modules(*folders: str) -> list[Path]:
    patterns = [f"{folder}/**.py" for folder in folders] or ["*.py"]
    return [file for file in tracked_files(*patterns) if not file.is_relative_to(GENERATED)]


def parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text(), filename=str(module))


def imported_roots(module: Path) -> Iterator[str]:
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield cast("str", node.module).partition(".")[0]


def relative(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()
