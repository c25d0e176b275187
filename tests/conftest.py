"""What every test runs under."""

from hypothesis import settings

# These machines are shared: no test may fail for being slow.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")
