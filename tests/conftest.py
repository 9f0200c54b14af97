"""Property tests judge what the code does, never how fast: the machine that runs them may be busy."""

from hypothesis import HealthCheck, settings

settings.register_profile("clapboard", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("clapboard")
