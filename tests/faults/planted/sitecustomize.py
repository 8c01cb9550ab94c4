"""Imported by Python itself before a process of the service begins: plants what the environment names."""

import sys

from tests.faults.planted.planting import plant

plant(sys.orig_argv)
