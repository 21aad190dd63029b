"""The build hook of hatchling: a wheel carries the widgets, an editable install gets them where npm can fetch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WidgetsHook(BuildHookInterface):  # type: ignore[misc]  # hatchling is there for the build alone
    """Builds the widgets in a process of their own."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build before files are collected. A wheel without widgets is refused, an editable install goes on."""
        script = Path(self.root) / "workers_portal" / "widgets" / "build.py"
        done = subprocess.run([sys.executable, str(script)], check=False)
        if done.returncode and version != "editable":
            raise RuntimeError("The widgets could not be built; the lines above say why.")
