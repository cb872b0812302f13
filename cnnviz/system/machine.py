"""The name of this machine in measurements and reports, which strangers may read."""

import hashlib
import os
import platform


def machine_name() -> str:
    """Return a pseudonym of the host that never changes; `CNNVIZ_MACHINE` overrides it."""
    digest = hashlib.sha256(platform.node().encode()).hexdigest()
    return os.environ.get("CNNVIZ_MACHINE") or f"machine-{digest[:6]}"
