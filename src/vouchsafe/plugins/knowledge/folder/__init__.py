"""A folder of Markdown, HTML, text, PDF, DOCX and CSV files as a knowledge source."""

from vouchsafe.plugins.knowledge.folder.source import FolderSource, read_folder
from vouchsafe.plugins.knowledge.imported import Imported, Problem

__all__ = ["FolderSource", "Imported", "Problem", "read_folder"]
