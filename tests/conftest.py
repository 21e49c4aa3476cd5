"""All tests share one cache of their own, beside the tests' other leavings; it speeds them up and hides nothing."""

import os
from pathlib import Path

os.environ.setdefault("THROUGHFLOW_CACHE", str(Path(__file__).resolve().parent.parent / ".pytest_cache" / "throughflow"))
