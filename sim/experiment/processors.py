"""How many processors there are to share work among."""

import os


def processors() -> int:
    """Return how many processors this process may use; where the system does not tell, how many there are."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1
