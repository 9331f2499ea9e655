"""A setting that cannot be used stops the start with its name, and never with its value."""

from pathlib import Path

import pytest

from vouchsafe.settings import WrongSetting, load_settings


def test_the_relays_password_comes_from_a_file_and_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("first secret\n")
    settings = load_settings(smtp_login="clinic", smtp_password_file=str(file))

    assert settings.smtp_password == "first secret"
    file.write_text("second secret")
    assert settings.smtp_password == "second secret"
    assert "secret" not in repr(settings)


@pytest.mark.parametrize("given", [{"smtp_login": "clinic"}, {"smtp_password_file": "FILE"}])
def test_half_a_log_in_stops_the_start(given: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    told = {name: value.replace("FILE", str(tmp_path / "password")) for name, value in given.items()}

    with pytest.raises(WrongSetting, match=r"VOUCHSAFE_SMTP_PASSWORD_FILE: .*set together"):
        load_settings(**told)


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
def test_a_password_file_without_a_password_stops_the_start(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(WrongSetting, match="hold a password"):
        load_settings(smtp_login="clinic", smtp_password_file=str(file))


def test_a_certificate_without_its_key_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "mail.pem").write_text("x")

    with pytest.raises(WrongSetting, match=r"VOUCHSAFE_MAIL_TLS_KEY: .*set together"):
        load_settings(mail_tls_cert=str(tmp_path / "mail.pem"))
    with pytest.raises(WrongSetting, match="files that can be read"):
        load_settings(mail_tls_cert=str(tmp_path / "mail.pem"), mail_tls_key=str(tmp_path / "none.key"))


def test_lists_are_read_with_commas_in_small_letters() -> None:
    settings = load_settings(
        own_addresses="NoReply@Clinic.example, ,desk@clinic.example", own_lists="Front.Clinic.example"
    )

    assert settings.other_addresses == {"noreply@clinic.example", "desk@clinic.example"}
    assert settings.list_ids == {"front.clinic.example"}


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("", ""),
        ("postgresql://a:b@localhost/vouchsafe", ""),
        ("postgresql://a:b@[::1]:5433/vouchsafe", ""),
        ("postgresql:///vouchsafe?host=/run/postgresql", ""),
        ("postgresql:///vouchsafe?host=%2Frun%2Fpostgresql&port=5433", ""),
        ("postgresql://a:b@DB.clinic.example/vouchsafe", "postgresql://db.clinic.example:5432"),
        ("postgresql://a:b@[2001:db8::5]:5433/vouchsafe", "postgresql://[2001:db8::5]:5433"),
        ("postgresql:///vouchsafe?host=db.clinic.example&port=5433", "postgresql://db.clinic.example:5433"),
        ("postgresql:///vouchsafe?host=localhost,db.clinic.example", "postgresql://db.clinic.example:5432"),
        ("postgresql:///vouchsafe?host=/run/x&host=db.clinic.example:6000", "postgresql://db.clinic.example:6000"),
        (
            "postgresql:///vouchsafe?host=127.0.0.1,db.clinic.example&port=5432,5433",
            "postgresql://db.clinic.example:5433",
        ),
        ("postgresql://a:b@localhost/vouchsafe?host=db.clinic.example", "postgresql://db.clinic.example:5432"),
    ],
)
def test_a_database_elsewhere_is_seen_wherever_its_url_names_it(url: str, endpoint: str) -> None:
    assert load_settings(database_url=url).database_endpoint == endpoint


def test_own_places_are_whole_names() -> None:
    assert load_settings(own_places="St. Mary's Hospice, Northgate").places == ("St. Mary's Hospice", "Northgate")
    for wrong in ("Al", "555-0144", "ada@clinic.example", "Elm Street 12", "12 Elm"):
        with pytest.raises(WrongSetting, match=r"VOUCHSAFE_OWN_PLACES: .*at least four letters"):
            load_settings(own_places=wrong)
