"""The faults, by class. Each does its harm, mends it and returns."""

from __future__ import annotations

from . import disks, network, postgres, services, views
from .registry import FAULTS

__all__ = ["FAULTS", "disks", "network", "postgres", "services", "views"]
