"""The amount of free memory, so that data that cannot fit is refused before it is allocated."""

import os
from pathlib import Path

#: Memory limits of a container or a job: files with the limit and with the memory in use.
LIMITS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def available() -> int | None:
    """Bytes that the process may still allocate, including swap; None if the system does not report them."""
    found = [_of_machine(), *(_below(limit, used) for limit, used in LIMITS)]
    return min((each for each in found if each is not None), default=None)


def _of_machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return _physical()
    kilobytes = {line.partition(":")[0]: int(line.split()[1]) for line in lines}
    return 1024 * (kilobytes.get("MemAvailable", 0) + kilobytes.get("SwapFree", 0)) or None


def _physical() -> int | None:
    """Total memory, for a system that does not report free memory."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None


def _below(limit: str, used: str) -> int | None:
    try:
        return int(Path(limit).read_text()) - int(Path(used).read_text())
    except (OSError, ValueError):  # no such limit, or "max"
        return None


def gigabytes(count: float) -> str:
    """Format a number of bytes in gigabytes.

    >>> gigabytes(12.34e9), gigabytes(2e6)
    ('12.3 GB', '0.002 GB')
    """
    return f"{count / 1e9:.3g} GB"
