"""CPU time and memory of processes and their children, as the kernel counts them in /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class _Stat:
    pid: int
    parent: int
    cpu_ticks: int
    """Of the process and of its children that have ended."""
    resident_pages: int


def cpu_seconds(root: int) -> float:
    """Return the CPU time that a process and all that descend from it have used."""
    return sum(stat.cpu_ticks for stat in _tree(root)) / _TICKS_PER_SECOND


def main_thread_cpu_seconds(pid: int) -> float:
    """Return the CPU time that the first thread of a process has used; Python code runs on it."""
    fields = _fields(Path(f"/proc/{pid}/task/{pid}/stat").read_text())
    return sum(map(int, fields[11:13])) / _TICKS_PER_SECOND


def resident_bytes(root: int) -> int:
    """Return the resident memory of a process and of all that descend from it."""
    return sum(stat.resident_pages for stat in _tree(root)) * _PAGE_BYTES


def tree(root: int) -> list[int]:
    """Return a process and all that descend from it, parents first."""
    return [stat.pid for stat in _tree(root)]


def _tree(root: int) -> list[_Stat]:
    by_parent: dict[int, list[_Stat]] = {}
    found: list[_Stat] = []
    for stat in _all():
        by_parent.setdefault(stat.parent, []).append(stat)
        if stat.pid == root:
            found.append(stat)
    for stat in found:
        found.extend(by_parent.get(stat.pid, ()))
    return found


def _all() -> list[_Stat]:
    stats = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text()
        except OSError:
            # It ended meanwhile.
            continue
        fields = _fields(text)
        stats.append(
            _Stat(
                pid=int(folder.name),
                parent=int(fields[1]),
                cpu_ticks=sum(map(int, fields[11:15])),
                resident_pages=int(fields[21]),
            )
        )
    return stats


def _fields(stat: str) -> list[str]:
    """Return what follows a program's name, which may hold anything, brackets included."""
    return stat.rpartition(")")[2].split()
