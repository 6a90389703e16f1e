"""The sections of one `shadow.yaml` as typed values, and how its text is taken apart; `shadow.validation` loads it."""

from shadow.config.mask import config_digest, masked
from shadow.config.model import Config
from shadow.config.schema import json_schema

__all__ = ["Config", "config_digest", "json_schema", "masked"]
