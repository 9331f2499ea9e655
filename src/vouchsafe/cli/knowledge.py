"""`vouchsafe knowledge publish DIR --desk NAME`: make a folder of documents the desk's knowledge."""

from pathlib import Path

import cyclopts

from vouchsafe.app import open_app
from vouchsafe.installing import publish as publish_documents
from vouchsafe.installing import the_workspace
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.settings import load_settings

app = cyclopts.App(name="knowledge", help="Publish a folder of documents to a desk.")


@app.command
def publish(folder: Path, *, desk: str) -> int:
    """Make the documents of a folder the desk's knowledge; what is no longer in the folder is retired.

    Parameters
    ----------
    folder
        Markdown, HTML, text, PDF, DOCX or CSV files, with their metadata.
    desk
        Name of the desk, such as patient.
    """
    imported = read_folder(folder)
    with open_app(load_settings()) as opened:
        added, retired = publish_documents(opened, the_workspace(opened), desk, imported.documents)
    print(f"{desk}: {added} versions published, {retired} retired")
    for problem in imported.problems:
        print(f"not published: {problem.path}: {problem.says}")
    return 1 if imported.problems else 0
