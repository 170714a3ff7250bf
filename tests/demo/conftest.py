"""One small city for all tests of this folder; nobody changes it."""

import pytest


@pytest.fixture(scope="session")
def small():
    from minzheng.demo.build import world

    return world(0.01, 7)
