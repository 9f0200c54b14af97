"""A console beside a rig is as seldom at rest as one that the tests of tests/tui press the keys of."""

from tests.tui.conftest import soon_at_rest as soon_at_rest
