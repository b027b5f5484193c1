"""Reports as cells: what an official table says, before anybody decides whether it becomes xlsx, pdf or a page."""
