"""The demonstration: invented people in workbooks, imported the real way, and the main job done on them."""
