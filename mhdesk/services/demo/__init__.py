"""The demonstration: invented people in workbooks, imported the real way, and the main job done on them."""

from __future__ import annotations

from mhdesk.services.demo.build import DemoResult, build, invent

__all__ = ["DemoResult", "build", "invent"]
