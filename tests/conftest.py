"""Property tests judge what the code does, never how fast: the machine that runs them may be busy.

Each tries the same examples on every run, so that a change that breaks nothing never fails; `HYPOTHESIS_PROFILE=search`
looks for new ones.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("clapboard", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", settings.get_profile("clapboard"), derandomize=False, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "clapboard"))
