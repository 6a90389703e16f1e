"""One `shadow.yaml`: read, expanded, typed and validated whole, or refused with one line that names the place."""

from shadow.config.load import load_config, parse_config
from shadow.config.mask import config_digest, masked
from shadow.config.model import Config
from shadow.config.schema import json_schema

__all__ = ["Config", "config_digest", "json_schema", "load_config", "masked", "parse_config"]
