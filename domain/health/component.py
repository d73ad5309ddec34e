"""What all of the system stands on."""

from enum import StrEnum


class Component(StrEnum):
    DATABASE = "database"
    CACHE = "cache"
