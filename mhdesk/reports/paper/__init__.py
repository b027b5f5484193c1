"""Printed forms: layouts (``resources/paper``) and values become a page model. Pure; drawn by `mhdesk.files`."""
