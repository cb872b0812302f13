"""Versions of what decides a result, as the packages themselves tell them."""

import platform

import numpy as np
import torch

from cnnviz.system.versions import installed, versions


def test_versions_are_those_of_the_packages_that_are_imported() -> None:
    packages = versions()
    assert packages["python"] == platform.python_version()
    assert packages["numpy"] == np.__version__
    assert packages["torch"].partition("+")[0] == torch.__version__.partition("+")[0]


def test_a_package_that_is_not_there_is_left_out() -> None:
    assert installed("numpy", "no-such-package-of-anybody") == {"numpy": np.__version__}
