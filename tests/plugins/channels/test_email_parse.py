"""Mail of every kind is read, mended and named, or put aside with one word; none takes the reader down."""

import base64
import random
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from vouchsafe.domain.message import Inbound
from vouchsafe.plugins.channels.email.parse import MailRules, Unreadable, parse_mail

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def read(raw: bytes | str, rules: MailRules | None = None, envelope_from: str | None = None) -> Inbound:
    content = raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else raw
    return parse_mail(
        content, recipient="front@clinic.example", received_at=NOW, envelope_from=envelope_from, rules=rules
    )


def mail(
    body: str = "Hello there", *, headers: str = "", subject: str = "Hours", sender: str = "Ana Ruiz <ana@home.example>"
) -> str:
    return f"From: {sender}\nTo: front@clinic.example\nSubject: {subject}\nMessage-ID: <m1@home.example>\n{headers}\n{body}\n"


def html_mail(markup: str) -> str:
    return mail(markup, headers="MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n")


def multipart(*parts: str, kind: str = "mixed") -> str:
    joined = "".join(f"--b1\n{part}\n" for part in parts) + "--b1--"
    return mail(joined, headers=f'MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary="b1"\n')


def test_a_plain_mail_is_read_with_sender_subject_and_ids() -> None:
    got = read(mail("When do you open?", headers="Date: Thu, 19 Nov 2026 10:00:00 -0500\n"))

    assert got.sender.address.value == "ana@home.example"
    assert got.sender.display_name.value == "Ana Ruiz"
    assert got.subject.value == "Hours"
    assert got.new_text.value == "When do you open?"
    assert got.own_id == "m1@home.example"
    assert got.sent_at == datetime(2026, 11, 19, 15, 0, tzinfo=UTC)
    assert got.problems == ()
    assert not got.automatic
    assert not got.asserted


@pytest.mark.parametrize(
    ("headers", "body", "text", "problems"),
    [
        ("Content-Type: text/plain; charset=iso-8859-1\n", b"Sj\xf6gren", "Sjögren", ()),
        ("Content-Type: text/plain; charset=utf-8\n", b"Sj\xf6gren", "Sjögren", ("charset_replaced",)),
        ("Content-Type: text/plain; charset=iso-8859-1\n", "señal".encode(), "señal", ("charset_replaced",)),
        ("Content-Type: text/plain; charset=klingon-8\n", "señal".encode(), "señal", ("charset_replaced",)),
        ("Content-Type: text/plain; charset=zip\n", b"plain", "plain", ()),
        ("Content-Type: text/plain; charset=unicode_escape\n", rb"\u0041", r"\u0041", ()),
        ("Content-Type: text/plain; charset=koi8-r\n", "привет".encode("koi8-r"), "привет", ()),
        ("Content-Type: text/plain; charset=gb2312\n", "你好".encode("gb18030"), "你好", ()),
        ("Content-Type: text/plain; charset=iso-2022-jp\n", "痛い".encode("iso-2022-jp"), "痛い", ()),
        ("", "naïve".encode(), "naïve", ("charset_replaced",)),
        ("", b"chest\x00 pain", "chest pain", ("nul_removed",)),
        ("Content-Type: text/plain; charset=utf-8\n", "a\u202eb".encode(), "a\u202eb", ("bidi_marks",)),
    ],
)
def test_bodies_in_any_alphabet_are_read(headers: str, body: bytes, text: str, problems: tuple[str, ...]) -> None:
    got = read(mail("@@", headers="MIME-Version: 1.0\n" + headers).encode().replace(b"@@", body))

    assert got.new_text.value == text
    assert got.problems == problems


def test_transfer_encodings_are_undone() -> None:
    quoted = mail(
        "caf=C3=A9 is op=\nen",
        headers="MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n",
    )
    packed = mail(
        base64.b64encode("mañana".encode()).decode(),
        headers="MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n",
    )

    assert read(quoted).new_text.value == "café is open"
    assert read(packed).new_text.value == "mañana"


def test_broken_base64_keeps_what_can_be_read_and_says_so() -> None:
    broken = mail(
        "SGVsbG8gd29ybGQ", headers="MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n"
    )

    got = read(broken)

    assert got.new_text.value == "Hello world"
    assert "broken_encoding" in got.problems


def test_hidden_words_of_a_page_are_kept_apart_from_what_a_reader_sees() -> None:
    got = read(
        html_mail(
            "<style>.off{display:none} @media print{.seen{display:none}}</style><p class=seen>Can I <b>move</b> my visit?</p>"
            "<p class=off>one secret</p><p style='color:#fefefe'>two secret</p><span style='font-size:1px'>three secret</span>"
            "<!-- four secret --><img alt='five secret'><a href='https://x.example/p' title='six secret'>link</a>"
            "<table bgcolor=black><tr><td><font color=white>light on dark</font></td></tr></table>"
            "<div style='position:absolute;left:-9999px'>seven secret</div><div style='opacity:0'>eight secret</div>"
        )
    )

    assert "Can I move my visit?" in got.new_text.value
    assert "light on dark" in got.new_text.value
    assert "link <https://x.example/p>" in got.new_text.value
    assert "secret" not in got.new_text.value
    for number in ("one", "two", "three", "four", "five", "six", "seven", "eight"):
        assert f"{number} secret" in got.hidden_text.value


@pytest.mark.parametrize("markup", ["<div>" * 100_000 + "pain", "<p>" + "x" * 3_100_000 + " pain"])
def test_a_page_too_deep_or_long_to_judge_counts_as_seen_whole(markup: str) -> None:
    got = read(html_mail(markup))

    assert "html_not_judged" in got.problems
    assert "text_cut" in got.problems or "pain" in got.new_text.value


def test_two_versions_that_say_different_things_are_both_read() -> None:
    got = read(
        multipart(
            "Content-Type: text/plain\n\nI have crushing chest pain",
            "Content-Type: text/html\n\n<p>What are your opening hours on public holidays please?</p>",
            kind="alternative",
        )
    )

    assert "opening hours" in got.new_text.value
    assert "crushing chest pain" in got.new_text.value
    assert "alternatives_differ" in got.problems


def test_two_versions_that_say_the_same_are_read_once() -> None:
    got = read(
        multipart(
            "Content-Type: text/plain\n\nWhat are your hours?",
            "Content-Type: text/html\n\n<p>What are <b>your</b> hours?</p>",
            kind="alternative",
        )
    )

    assert got.new_text.value == "What are your hours?"
    assert got.problems == ()


REPLY = "In-Reply-To: <r1@clinic.example>\nReferences: <r0@clinic.example> <r1@clinic.example>\n"


@pytest.mark.parametrize(
    ("body", "fresh", "quoted"),
    [
        ("Thanks!\n\nOn Mon, Nov 16, 2026 at 9:00 AM, Desk <d@clinic.example>\nwrote:\n\n> We open at 8.\n> Bye", "Thanks!", "We open at 8."),
        ("Gracias\n\nEl lun, 16 nov 2026 a las 9:00, Recepción (<d@clinic.example>) escribió:\n\n> Abrimos a las 8.", "Gracias", "Abrimos a las 8."),
        ("On Mon, Nov 16, 2026 at 9:00, Desk <d@clinic.example> wrote:\n> We open at 8.\n\nNow I have chest pain", "Now I have chest pain", "We open at 8."),
        ("Yes\n\n-----Original Message-----\nFrom: Desk\nSent: Monday 9:00\nTo: Ana\nSubject: Hours\n\nWe open at 8.", "Yes", "We open at 8."),
        ("Yes\n\nFrom: Desk <d@clinic.example>\nSent: Monday\nTo: Ana\nSubject: Hours\n\nWe open at 8.", "Yes", "We open at 8."),
        ("> first?\nyes\n> second?\nno", "yes\nno", "> first?\n> second?"),
    ],
)  # fmt: skip
def test_quoted_words_are_set_apart(body: str, fresh: str, quoted: str) -> None:
    got = read(mail(body, headers=REPLY))

    assert got.new_text.value.strip() == fresh
    assert quoted in got.quoted_text.value


@pytest.mark.parametrize(
    "body",
    [
        "I want a visit.\nDate: Monday\nSubject: chest pain",  # a person's own list, not a mail header
        "On Monday the nurse wrote:\nStop the tablets. Now I am dizzy.",  # a person's own sentence
        "---------- Forwarded message ----------\nFrom: x@y.example\nDate: 2026\nSubject: z\n\nPlease read this",
    ],
)
def test_words_are_never_set_apart_in_doubt(body: str) -> None:
    got = read(mail(body))

    assert got.new_text.value == body
    assert got.quoted_text.value == ""


def test_marks_at_line_starts_count_as_quotes_in_replies_only() -> None:
    assert read(mail("> 3 days of fever\nhelp")).new_text.value == "> 3 days of fever\nhelp"


def test_thread_ids_stand_oldest_first_with_the_answered_mail_last() -> None:
    got = read(mail(headers="References: <a@x> <b@x> <c@x>\nIn-Reply-To: <b@x>\n"))

    assert got.thread_ids == ("a@x", "c@x", "b@x")


def test_a_very_long_chain_of_references_keeps_the_newest() -> None:
    chain = " ".join(f"<{n}@x>" for n in range(5000))

    got = read(mail(headers=f"References: {chain}\n"))

    assert len(got.thread_ids) == 100
    assert got.thread_ids[-1] == "4999@x"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "empty"),
        (b"\r\n\r\n\x00\r\n", "empty"),
        (b"\n\njust words, no headers", "no_sender"),
        (mail(headers="Received: by x\n" * 101).encode(), "mail_loop"),
        (mail("x" * 2000).encode(), "too_large"),
        (multipart(*["Content-Type: text/plain\n\nx"] * 10_000).encode(), "too_many_parts"),
        (multipart(*["Content-Type: text/plain\n\nx"] * 60).encode(), "too_many_parts"),
    ],
)
def test_what_cannot_be_taken_in_is_put_aside_with_one_word(raw: bytes, problem: str) -> None:
    rules = MailRules(max_bytes=1500) if problem == "too_large" else MailRules(max_parts=50)

    with pytest.raises(Unreadable) as caught:
        read(raw, rules)

    assert caught.value.problem == problem
    assert "words" not in str(caught.value)


@pytest.mark.parametrize("depth", [30, 2_000])
def test_mails_inside_mails_are_refused_when_too_deep(depth: int) -> None:
    raw = b"From: a@b.example\nContent-Type: message/rfc822\n\n" * depth + b"From: a@b.example\n\ninner"

    with pytest.raises(Unreadable) as caught:
        read(raw)

    assert caught.value.problem == "nested_too_deep"


def test_deep_multiparts_are_refused() -> None:
    raw = "From: a@b.example\n" + "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(900)
    )

    with pytest.raises(Unreadable) as caught:
        read(raw)

    assert caught.value.problem in {"nested_too_deep", "too_many_parts"}


def test_a_mail_inside_a_mail_becomes_a_file() -> None:
    got = read(
        multipart(
            "Content-Type: text/plain\n\nsee below",
            "Content-Type: message/rfc822\n\nFrom: x@y.example\nSubject: inner\n\ninner words",
        )
    )

    assert got.new_text.value == "see below"
    assert [a.declared_type for a in got.attachments] == ["message/rfc822"]
    assert b"inner words" in got.attachments[0].content


def test_25_megabytes_are_taken_and_one_byte_more_is_not() -> None:
    rules = MailRules()
    head = multipart("Content-Type: text/plain\n\nhi", "Content-Type: application/octet-stream\n\n")
    fill = rules.max_bytes - len(head)
    whole = head.replace("octet-stream\n\n", "octet-stream\n\n" + "x" * fill)

    got = read(whole)

    assert got.new_text.value == "hi"
    assert len(got.attachments[0].content) >= fill
    with pytest.raises(Unreadable, match="too_large"):
        read(whole + "x")


def test_a_huge_text_is_cut_and_says_so() -> None:
    got = read(mail("word " * 300_000), MailRules(max_text=10_000))

    assert len(got.new_text.value) <= 10_000
    assert "text_cut" in got.problems


def test_a_truncated_mail_keeps_its_words_and_says_so() -> None:
    whole = multipart("Content-Type: text/plain\n\nI need my results", "Content-Type: text/plain\n\nmore")

    got = read(whole[: whole.index("--b1--")])

    assert "I need my results" in got.new_text.value
    assert "truncated" in got.problems


def test_a_mail_cut_inside_its_header_is_still_read() -> None:
    got = read("From: ana@home.example\nSubject: hel")

    assert got.sender.address.value == "ana@home.example"
    assert got.subject.value == "hel"


def test_a_wrongly_declared_multipart_is_read_as_text() -> None:
    got = read(
        mail("no parts here at all", headers='MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="zz"\n')
    )

    assert "truncated" in got.problems
    assert "no parts here at all" in got.new_text.value


def test_a_mail_without_message_id_is_kept() -> None:
    raw = mail("one").replace("Message-ID: <m1@home.example>\n", "")

    got = read(raw)

    assert got.own_id == ""
    assert "no_message_id" in got.problems
    assert got.provider_id != read(raw.replace("one", "two")).provider_id


def test_a_message_id_alone_never_makes_two_mails_one() -> None:
    assert read(mail("first")).provider_id != read(mail("second")).provider_id


def test_the_same_mail_by_two_ways_is_the_same_mail() -> None:
    direct = mail("hello")
    relayed = "Received: from x by y\n" + direct.replace("\n", "\r\n") + "\r\n"

    assert read(direct).provider_id == read(relayed).provider_id


def test_a_thousand_recipients_cost_nothing() -> None:
    to = ", ".join(f'"Person {n}" <p{n}@many.example>' for n in range(1000))

    assert read(mail(headers=f"Cc: {to}\n")).new_text.value == "Hello there"


def test_a_line_break_inside_an_encoded_subject_stays_one_line_and_is_named() -> None:
    got = read(mail(subject="=?utf-8?Q?Hours=0D=0ABcc:_all=40x.example?="))

    assert got.subject.value == "Hours Bcc: all@x.example"
    assert "header_injection" in got.problems


@pytest.mark.parametrize(
    ("sender", "address", "name"),
    [
        ('"Ruiz, Ana" <ana@home.example>', "ana@home.example", "Ruiz, Ana"),
        ("=?utf-8?B?Sm9zw6k=?= <jose@home.example>", "jose@home.example", "José"),
        ("José <jose@home.example>", "jose@home.example", "José"),
        ("Ana <<ana@home.example>", "ana@home.example", ""),
        ("ana@home.example (Ana)", "ana@home.example", "Ana"),
        ("Ana ana@home.example", "ana@home.example", "Ana"),
    ],
)
def test_senders_are_made_out_also_from_broken_headers(sender: str, address: str, name: str) -> None:
    got = read(mail(sender=sender))

    assert (got.sender.address.value, got.sender.display_name.value) == (address, name)


def test_a_broken_header_is_mended_and_named() -> None:
    got = read(b"From: ana@home.example\nthis line is no header\nSubject: Hours\n\nwords")

    assert got.sender.address.value == "ana@home.example"
    assert "broken_header" in got.problems
    assert "words" in got.new_text.value


def test_attachments_keep_name_type_and_bytes() -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "ana@home.example", "card"
    message.set_content("my card")
    message.add_attachment(b"\x89PNG data", maintype="image", subtype="png", filename="../../tarjeta ñ.png")

    got = read(message.as_bytes())

    assert got.new_text.value == "my card"
    assert [(a.file_name.value, a.declared_type, a.content) for a in got.attachments] == [
        ("tarjeta ñ.png", "image/png", b"\x89PNG data")
    ]


@pytest.mark.parametrize(
    ("headers", "automatic"),
    [
        ("", False),
        ("Auto-Submitted: no\n", False),
        ("Auto-Submitted: auto-replied (vacation)\n", True),
        ("Auto-Submitted: auto-generated\n", True),
        ("Precedence: bulk\n", True),
        ("Precedence: first-class\n", False),
        ("List-Id: News <news.shop.example>\n", True),
        ("List-Id: Front desk <front.clinic.example>\nPrecedence: list\n", False),
        ("Return-Path: <>\n", True),
        ("X-Autoreply: yes\n", True),
        ("X-Auto-Response-Suppress: All\n", True),
        ("X-Failed-Recipients: a@b.example\n", True),
        ('MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="q"\n', True),
    ],
)
def test_mail_of_programs_is_marked(headers: str, *, automatic: bool) -> None:
    got = read(mail(headers=headers), MailRules(own_lists=frozenset({"front.clinic.example"})))

    assert got.automatic is automatic


@pytest.mark.parametrize(
    ("sender", "subject", "automatic"),
    [
        ("MAILER-DAEMON@mx.example", "Undelivered Mail", True),
        ("Mail Delivery System <x@mx.example>", "x", True),
        ("no-reply@shop.example", "Sale", True),
        ("desk@clinic.example", "loop", True),
        ("ana@home.example", "Automatic reply: Hours", True),
        ("ana@home.example", "Respuesta automática: horario", True),
        ("ana@home.example", "Failed delivery of my tablets", False),
        ("ana@home.example", "Returned mail from the pharmacy", False),
        ("postmann@home.example", "Hours", False),
    ],
)
def test_senders_and_subjects_of_programs_are_known(sender: str, subject: str, *, automatic: bool) -> None:
    got = read(mail(sender=sender, subject=subject), MailRules(own_addresses=frozenset({"desk@clinic.example"})))

    assert got.automatic is automatic


def test_the_null_return_path_of_the_envelope_marks_a_program() -> None:
    assert read(mail(), envelope_from="<>").automatic
    assert not read(mail(), envelope_from="ana@home.example").automatic


PASS = "Authentication-Results: mx.clinic.example; dmarc=pass header.from=home.example\n"


@pytest.mark.parametrize(
    ("top", "asserted"),
    [
        (PASS, True),
        ("Received: by mx.clinic.example\n" + PASS, True),
        ("Received: by mx.clinic.example\nReceived: by evil.example\n" + PASS, False),  # came from outside
        (PASS.replace("mx.clinic.example", "mx.evil.example"), False),
        (PASS.replace("dmarc=pass", "dmarc=fail"), False),
        (PASS.replace("dmarc=pass", "spf=pass"), False),
        (PASS.replace("home.example", "other.example"), False),
        ("Authentication-Results: mx.clinic.example; dmarc=fail\n" + PASS, False),  # the topmost of ours counts
        ("Authentication-Results: mx.clinic.example (x; dmarc=pass header.from=home.example); none\n", False),
        (PASS + "From: boss@clinic.example\n", False),
    ],
)
def test_only_our_own_border_server_can_vouch_for_an_address(top: str, *, asserted: bool) -> None:
    got = read(top + mail(), MailRules(trusted_authserv="mx.clinic.example"))

    assert got.asserted is asserted


def test_without_a_trusted_server_nobody_vouches() -> None:
    assert not read(PASS + mail()).asserted


def test_damaged_mails_are_read_or_put_aside_but_never_break_the_reader() -> None:
    source = multipart(
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nhol=C3=A1",
        "Content-Type: text/html; charset=x\n\n<p style='color:#fff'>x<table><td>",
        "Content-Type: application/pdf; name*0*=utf-8''a%; name*1=\"b\"\nContent-Transfer-Encoding: base64\n\nJVBERi0=",
        "Content-Type: message/rfc822\n\nSubject: =?x?Q?=?=\n\ninner",
    ).encode()
    rng = random.Random(7)
    for _ in range(400):
        damaged = bytearray(source)
        for _ in range(rng.randint(1, 12)):
            where = rng.randrange(len(damaged))
            if rng.random() < 0.3:
                del damaged[where : where + rng.randint(1, 30)]
            else:
                damaged[where] = rng.randrange(256)
        try:
            got = read(bytes(damaged))
        except Unreadable:
            continue
        assert got.original == bytes(damaged)


def test_style_rules_are_read_without_at_rules_and_an_unclosed_comment_hides_the_rest() -> None:
    from vouchsafe.plugins.channels.email.html import _rules, _without_at_rules

    css = "@import url(x); .a{color:red}@media print{.b{display:none} .c{d:e}}.f, .g{display:none}@open{.h{i:j}"

    assert _without_at_rules(css) == " .a{color:red}.f, .g{display:none}@open{.h{i:j}"
    assert list(_rules(_without_at_rules(css))) == [
        (" .a", "color:red"),
        (".f, .g", "display:none"),
        (".h", "i:j"),
    ]
    assert list(_rules("}a{}b{c}{d}" + "x" * 600 + "{e:f}")) == [("b", "c"), ("x" * 500, "e:f")]
