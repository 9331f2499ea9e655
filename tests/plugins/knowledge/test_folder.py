"""A folder as a knowledge source: every format, and a clear line for each file that is left out."""

import io
from datetime import date
from pathlib import Path

import pytest
from docx import Document as Docx
from pypdf import PdfWriter

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.passage import Document
from vouchsafe.plugins.knowledge.folder import FolderSource, Imported, read_folder

PUBLIC = "---\naudience: public\n---\n"


def write(root: Path, name: str, content: str | bytes) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def only(imported: Imported) -> Document:
    assert imported.problems == ()
    (document,) = imported.documents
    return document


def test_markdown_with_front_matter_gives_text_and_metadata(tmp_path: Path) -> None:
    write(
        tmp_path,
        "billing/fees.md",
        "---\ntitle: Fees\naudience: [public, patient]\neffective_from: 2026-01-05\neffective_to: 2026-12-31\n"
        "approved_for_auto: true\nlanguage: en\nowner: billing\nintent: fees\n---\n"
        "# Fees\n\nA copy costs **$5** and is\nready in [2 days](https://example.org).\n\n- bring a card\n- bring cash\n",
    )

    document = only(read_folder(tmp_path))

    assert document.path == "billing/fees.md"
    assert document.text == "# Fees\n\nA copy costs $5 and is ready in 2 days.\n\n- bring a card\n- bring cash"
    assert document.audience == {"public", "patient"}
    assert (document.effective_from, document.effective_to) == (date(2026, 1, 5), date(2026, 12, 31))
    assert document.approved_for_auto
    assert document.intent == "fees"


def test_without_a_word_about_it_a_document_is_never_approved_for_auto(tmp_path: Path) -> None:
    write(tmp_path, "a.md", PUBLIC + "We open at 8.")

    assert not only(read_folder(tmp_path)).approved_for_auto


def test_a_table_row_can_be_quoted_alone(tmp_path: Path) -> None:
    table = "| Copy | Price | Time |\n|---|---|---|\n| paper | $4 | 2 days |\n| disc | $9 |  |\n"
    write(tmp_path, "a.md", PUBLIC + table + "\n| Day | Hours |\n|---|---|\n| Monday | 8-17 |\n")

    assert only(read_folder(tmp_path)).text == "- paper: Price $4; Time 2 days\n- disc: Price $9\n- Monday: 8-17"


def test_html_gives_what_a_reader_sees(tmp_path: Path) -> None:
    write(
        tmp_path,
        "a.html",
        "<html lang='es'><head><title>T</title><meta name='audience' content='public'>"
        "<meta name='approved_for_auto' content='true'><meta name='viewport' content='width'></head><body><nav>Menu</nav>"
        "<h1>Horario</h1><p>Abrimos a las <b>8</b>.</p><script>alert(1)</script><p style='display: none'>oculto</p>"
        "<ul><li>uno</li><li>dos</li></ul><table><tr><th>A</th><th>B</th></tr><tr><td>x</td><td>y</td></tr></table>",
    )

    document = only(read_folder(tmp_path))

    assert document.text == "# Horario\n\nAbrimos a las 8.\n\n- uno\n- dos\n- x: y"
    assert (document.language, document.title, document.approved_for_auto) == ("es", "Horario", True)


def test_plain_text_keeps_headings_items_and_joins_wrapped_lines(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", PUBLIC + "Hours\n=====\nWe open at 8\nand close at 5.\n\n* Monday\n* Tuesday\n  morning\n")

    assert only(read_folder(tmp_path)).text == "# Hours\n\nWe open at 8 and close at 5.\n\n- Monday\n- Tuesday morning"


def test_a_pdf_takes_its_metadata_from_the_file_beside_it(tmp_path: Path) -> None:
    write(tmp_path, "fees.pdf", a_pdf("Parking costs 4 dollars."))
    write(tmp_path, "fees.pdf.meta.yaml", "title: Parking\naudience: public\napproved_for_auto: true\n")

    document = only(read_folder(tmp_path))

    assert (document.text, document.title) == ("Parking costs 4 dollars.", "Parking")


def test_a_docx_gives_headings_items_and_tables(tmp_path: Path) -> None:
    docx, buffer = Docx(), io.BytesIO()
    docx.add_heading("Visits", level=1)
    docx.add_paragraph("Come early.")
    docx.add_paragraph("A card", style="List Bullet")
    table = docx.add_table(rows=2, cols=2)
    for cell, words in zip(
        (c for row in table.rows for c in row.cells), ("Day", "Hours", "Monday", "8-17"), strict=True
    ):
        cell.text = words
    docx.save(buffer)
    write(tmp_path, "a.docx", buffer.getvalue())
    write(tmp_path, "a.meta.yaml", "audience: staff\n")

    document = only(read_folder(tmp_path))

    assert document.text == "# Visits\n\nCome early.\n\n- A card\n- Monday: 8-17"
    assert document.audience == {"staff"}


def test_csv_rows_with_the_same_metadata_make_one_document(tmp_path: Path) -> None:
    write(
        tmp_path,
        "faq.csv",
        'question,answer,audience\nWhen?,At 8.,public\nWho?,Staff only.,staff\nWhere?,"Main St, 12",public\n',
    )  # fmt: skip

    imported = read_folder(tmp_path)

    assert [d.text for d in imported.documents] == [
        "## When?\n\nAt 8.\n\n## Where?\n\nMain St, 12",
        "## Who?\n\nStaff only.",
    ]
    assert [d.audience for d in imported.documents] == [{"public"}, {"staff"}]
    assert {d.path for d in imported.documents} == {"faq.csv"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.md", "We open at 8.", "no audience"),
        ("a.md", "---\naudience: []\n---\nx", "no audience"),
        ("a.md", "---\naudience: pubic\n---\nx", "unknown audience word `pubic`"),
        ("a.md", "---\naudience: [public, 'staff:']\n---\nx", "unknown audience word `staff:`"),
        ("a.md", "---\naudience: public\neffective_from: soon\n---\nx", "effective_from is not a date"),
        ("a.md", "---\naudience: public\neffective_to: 2026-02-30\n---\nx", "effective_to is not a date"),
        ("a.md", "---\naudience: public\neffective_from: 2026-02-02\neffective_to: 2026-02-01\n---\nx", "lies before"),
        ("a.md", "---\naudience: public\napproved_for_auto: maybe\n---\nx", "approved_for_auto must be true or false"),
        ("a.md", "---\naudience: [public\n---\nx", "not valid YAML"),
        ("a.md", "---\n- public\n---\nx", "`key: value` lines"),
        ("a.md", PUBLIC, "no text in it"),
        ("a.txt", b"\xff\x00\xfe", "NUL"),
        ("a.pdf", b"%PDF-1.4 cut", "a broken PDF"),
        ("a.docx", b"PK no zip", "a broken DOCX"),
        ("a.csv", "q1,reply\nx,y\n", "columns named"),
        ("a.csv", "question,answer\nx,y,z\n", "line 2 has more or fewer"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_hidden_and_named(
    tmp_path: Path, name: str, content: str | bytes, says: str
) -> None:
    write(tmp_path, name, content)
    write(tmp_path, "good.md", PUBLIC + "We open at 8.")

    imported = read_folder(tmp_path)

    assert [d.path for d in imported.documents] == ["good.md"]
    assert [p.path for p in imported.problems] == [name]
    assert says in imported.problems[0].says


def test_an_encrypted_pdf_is_named(tmp_path: Path) -> None:
    writer, buffer = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(buffer)
    write(tmp_path, "a.pdf", buffer.getvalue())

    assert "encrypted" in read_folder(tmp_path).problems[0].says


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path, "outside/secret.md", PUBLIC + "The code is 1234.")
    inside = tmp_path / "kb"
    inside.mkdir()
    (inside / "link.md").symlink_to(secret)
    (inside / "folder").symlink_to(secret.parent)

    imported = read_folder(inside)

    assert imported.documents == ()
    assert [p.path for p in imported.problems] == ["link.md"]


def test_a_sidecar_that_is_a_link_out_of_the_folder_grants_nothing(tmp_path: Path) -> None:
    grant = write(tmp_path, "outside/grant.yaml", "audience: public\n")
    write(tmp_path, "kb/a.txt", "Internal words.")
    (tmp_path / "kb" / "a.txt.meta.yaml").symlink_to(grant)

    assert read_folder(tmp_path / "kb").documents == ()


def test_the_version_changes_with_the_words_and_with_the_rights(tmp_path: Path) -> None:
    versions = set()
    for content in (PUBLIC + "One.", PUBLIC + "Two.", PUBLIC.replace("public", "staff") + "Two."):
        write(tmp_path, "a.md", content)
        versions.add(only(read_folder(tmp_path)).version)

    assert len(versions) == 3
    assert all(len(version) == 12 for version in versions)


def test_a_language_left_out_is_guessed_from_the_words(tmp_path: Path) -> None:
    write(tmp_path, "a.md", PUBLIC + "Puede cambiar su cita en el portal hasta un día antes de la visita.")

    assert only(read_folder(tmp_path)).language == "es"


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VouchsafeError, match="is not a folder"):
        list(FolderSource(tmp_path / "missing").documents())


def a_pdf(line: str) -> bytes:
    """The smallest PDF with one line of text."""
    stream = f"BT /F1 12 Tf 10 100 Td ({line}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj" % number + body + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + table
    return out + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start
