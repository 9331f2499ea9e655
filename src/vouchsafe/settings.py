"""Every setting of an installation, read once at the start from the environment (`VOUCHSAFE_...`) or `.env`.

A wrong setting stops the start with its name, the shape of its value and an example, before any message is taken.
"""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from vouchsafe.domain.errors import VouchsafeError

_PLACE = re.compile(r"(?=(?:.*[^\W\d_]){4})[^\W\d_](?:[^\W\d_]|[ .&'’-]){0,98}")
_ORIGIN = re.compile(r"^https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$")


class WrongSetting(VouchsafeError):
    """A setting cannot be used. The message names it and never repeats its value, which may be a secret."""


class Settings(BaseSettings):
    """What an operator may set. Each description becomes a row of `docs/reference/settings.md`."""

    model_config = SettingsConfigDict(env_prefix="VOUCHSAFE_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(
        Path("var"), description="Folder for database, keys and sealed files. Example: /srv/vouchsafe"
    )
    database_url: str = Field(
        "",
        description="The operator's own PostgreSQL 16 or newer; empty means our own server in the data "
        "folder. On another machine it needs sslmode. "
        "Example: postgresql+psycopg://owner@db.internal/vouchsafe?sslmode=verify-full&sslrootcert=/etc/ssl/db.pem",
    )
    domain: str = Field(
        "vouchsafe.example",
        description="The operator's domain: part of the name under which the log is signed and of Message-IDs. "
        "Example: clinic.example",
    )
    http_host: str = Field("127.0.0.1", description="Address the web server listens on. Example: 127.0.0.1")
    http_port: int = Field(8765, ge=1, le=65535, description="Port of the web server. Example: 8765")
    public_url: str = Field(
        "",
        description="Address under which people reach the web server; empty means http://HOST:PORT. "
        "Example: https://desk.clinic.example",
    )
    chat_embed_origins: str = Field(
        "",
        description="Sites whose pages may show the chat window, as origins with commas between; empty means our own "
        "site only. With an https public URL the chat then sets its cookie in frames of other sites too; without it "
        "only pages of the same site work. Example: https://www.clinic.example,https://booking.example",
    )
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="Addresses or networks of the proxies in front of the web server, with commas between, whose "
        "X-Forwarded-For and X-Forwarded-Proto are believed; without it all behind a proxy count as one address. "
        "Example: 10.0.0.5,10.1.0.0/24",
    )
    mail_host: str = Field("127.0.0.1", description="Address the mail listener takes mail on. Example: 127.0.0.1")
    lmtp_port: int = Field(8024, ge=0, le=65535, description="Port of the LMTP listener, 0 for none. Example: 8024")
    smtp_port: int = Field(8025, ge=0, le=65535, description="Port of the SMTP listener, 0 for none. Example: 8025")
    mail_tls_cert: str = Field(
        "",
        description="Certificate chain of the mail listeners (PEM file); with it they take mail after STARTTLS only. "
        "Example: /etc/vouchsafe/mail.pem",
    )
    mail_tls_key: str = Field(
        "",
        validate_default=True,
        description="Key of that certificate (PEM file), without a passphrase. Example: /etc/vouchsafe/mail.key",
    )
    own_addresses: str = Field(
        "",
        description="Addresses of ours beside those of the desks, with commas between: mail from any of them is never "
        "answered, so that two of our own programs do not talk for ever. Example: noreply@clinic.example",
    )
    own_lists: str = Field(
        "",
        description="List ids of groups of ours through which people write, with commas between; mail through any "
        "other list is never answered. Example: front-desk.clinic.example",
    )
    own_places: str = Field(
        "",
        description="Names of your places and services, whole and with commas between: they identify no patient and "
        "stay readable, unless a record or a key word says that one is a person. No name that people bear too. "
        "Example: Northgate,Elmside",
    )
    trusted_authserv: str = Field(
        "",
        description="Name in Authentication-Results headers of the mail server in front of us, the only one believed. "
        "Example: mx.clinic.example",
    )
    smtp_relay: str = Field(
        "",
        description="Mail server that sends for us; empty means that mail stays in the local outbox folder. "
        "Example: mx.clinic.example:25",
    )
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="How the connection to the relay is protected; none is taken for this machine only. Example: tls",
    )
    smtp_login: str = Field("", description="Name to log in with at the relay; empty for none. Example: vouchsafe")
    smtp_password_file: str = Field(
        "",
        validate_default=True,
        description="File that holds the password of that name, and nothing else. Example: /run/secrets/smtp",
    )
    idle_log_off_min: int = Field(
        15, ge=1, le=480, description="Minutes without activity after which a session ends. Example: 15"
    )
    session_hours: int = Field(12, ge=1, le=24, description="Hours after which a session ends anyway. Example: 12")
    workers: int = Field(1, ge=1, le=64, description="Worker processes that `vouchsafe up` starts. Example: 2")
    messages_per_minute: int = Field(
        12,
        ge=1,
        le=10_000,
        description="Messages a minute that form and chat take from one network address; more are asked to wait. "
        "Example: 12",
    )
    case_deadline_s: int = Field(
        60,
        ge=5,
        le=600,
        description="Seconds that computing a case may take before a person gets it unjudged; a worker that stays in "
        "one for a minute more is ended by vouchsafe up. Example: 120",
    )
    log_level: Literal["info", "warning", "error"] = Field(
        "info", description="From which level on the processes log; no level logs words of anybody. Example: warning"
    )
    page_again_min: int = Field(
        5, ge=1, le=120, description="Minutes after which a page that nobody acknowledged is mailed again. Example: 5"
    )

    knowledge_read_days: int = Field(
        30,
        ge=0,
        le=3650,
        description="Days after which doctor and knowledge check are red where a source of pages was not read again; "
        "0 where nothing has to be kept in step. Example: 7",
    )

    worker_metrics_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Port on this machine where a worker shows its metrics (/metrics), 0 for none; further workers "
        "take the next free ports. The web server shows its own at its own address. Example: 9464",
    )

    model_provider: Literal["", "openai_compatible", "azure_openai", "anthropic", "bedrock", "vertex"] = Field(
        "",
        description="Whose language model may be asked; empty means that no model is, and nothing leaves. A call also "
        "needs its row in the agreement register, see vouchsafe agreements. Example: openai_compatible",
    )
    model_endpoint: str = Field(
        "",
        description="Address of the model, exactly as its row in the register has it. "
        "Example: http://127.0.0.1:8000/v1",
    )
    model_name: str = Field("", description="Exact name of the model, or of the deployment. Example: large-2")
    model_region: str = Field(
        "",
        validate_default=True,
        description="Region of the model, exactly as its row in the register has it. Example: on-premises",
    )
    model_key_file: str = Field(
        "",
        description="File that holds the key for the model, read anew at each call; empty for a model that asks for "
        "none. Example: /run/secrets/model",
    )
    model_ca_file: str = Field(
        "",
        description="Certificates (PEM file) to trust beside those of the system, for a model inside the organisation. "
        "Example: /etc/vouchsafe/ca.pem",
    )
    model_wait_s: int = Field(
        60,
        ge=5,
        le=600,
        description="Seconds that a draft of the model is waited for, all attempts together; one has half of them. "
        "The case stands with its local draft meanwhile. Example: 120",
    )
    model_streams: bool = Field(
        default=True,
        description="Whether the model is asked for its answer in parts, so that an open case shows each sentence once "
        "it is checked; false for a server that gives whole answers alone. Example: true",
    )
    model_calls_a_day: int = Field(
        1000, ge=0, description="Calls to the model a day and workspace, attempts counted each. Example: 500"
    )
    model_tokens_a_day: int = Field(
        1_000_000, ge=0, description="Tokens a day and workspace, in and out together. Example: 200000"
    )
    model_price_in: float = Field(
        0.0, ge=0, description="Price of a million tokens in, in your currency; 0 for a model of your own. Example: 3.0"
    )
    model_price_out: float = Field(
        0.0, ge=0, description="Price of a million tokens out, in the same currency. Example: 15.0"
    )
    model_cost_a_day: float = Field(
        0.0,
        ge=0,
        validate_default=True,
        description="Cost of the model a day and workspace, in the same currency; needed once a price is set. "
        "Example: 20.0",
    )

    drafter: Literal["extractive", "model"] = Field(
        "extractive",
        validate_default=True,
        description="Who writes drafts. extractive: sentences quoted from approved pages, on this machine. model: once "
        "a case waits for a person with such a draft, the language model above is asked for another, through its row "
        "in the agreement register; what it writes is never sent without a person. Example: model",
    )

    demo: bool = Field(
        default=False,
        description="Set by `vouchsafe demo` alone: desks may speak as the demo clinic, with its invented name and "
        "numbers. Example: false",
    )

    @field_validator("domain")
    @classmethod
    def _bare_domain(cls, value: str) -> str:
        if not value or any(c in value for c in " /@:"):
            raise ValueError("a bare domain name is needed")
        return value

    @field_validator("chat_embed_origins")
    @classmethod
    def _bare_origins(cls, value: str) -> str:
        # These stand in a header, so nothing but an origin may: no path, no blank, no star.
        if not all(_ORIGIN.match(one) for one in _listed(value)):
            raise ValueError("each must be a scheme and a host, such as https://www.clinic.example")
        return value

    @field_validator("own_places")
    @classmethod
    def _names_of_places(cls, value: str) -> str:
        # Words only, and not too short ones: a number or an address is never a name of a place that may stay.
        if not all(_PLACE.fullmatch(one) for one in _listed(value)):
            raise ValueError("each must be a name of at least four letters, without digits or signs of an address")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for one in _listed(value):
            ip_network(one, strict=False)
        return value

    @field_validator("mail_tls_key")
    @classmethod
    def _both_tls_files(cls, value: str, info: ValidationInfo) -> str:
        certificate = str(info.data.get("mail_tls_cert", ""))
        if bool(value) != bool(certificate):
            raise ValueError("certificate and key are set together, or neither")
        for name in (certificate, value):
            if name and not Path(name).is_file():
                raise ValueError("certificate and key must be files that can be read")
        return value

    @field_validator("smtp_relay")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        if value and not (urlsplit(f"smtp://{value}").hostname and _relay(value)[1]):
            raise ValueError("a host, with its port after a colon")
        return value

    @field_validator("smtp_password_file")
    @classmethod
    def _whole_log_in(cls, value: str, info: ValidationInfo) -> str:
        if bool(value) != bool(info.data.get("smtp_login")):
            raise ValueError("log-in name and password file are set together, or neither")
        if value and not _content(value):
            raise ValueError("the file must be there and hold a password")
        return value

    @field_validator("model_region")
    @classmethod
    def _whole_model(cls, value: str, info: ValidationInfo) -> str:
        told = {name: info.data.get(name, "") for name in ("model_endpoint", "model_name")} | {"model_region": value}
        if info.data.get("model_provider") and not all(told.values()):
            raise ValueError("a model needs endpoint, name and region together")
        return value

    @field_validator("model_cost_a_day")
    @classmethod
    def _priced_with_a_limit(cls, value: float, info: ValidationInfo) -> float:
        if not value and (info.data.get("model_price_in") or info.data.get("model_price_out")):
            raise ValueError("a model with a price needs a cost a day, else none of it may be asked")
        return value

    @field_validator("drafter")
    @classmethod
    def _with_a_model(cls, value: str, info: ValidationInfo) -> str:
        if value == "model" and not info.data.get("model_provider"):
            raise ValueError("a drafter by model needs a model provider")
        return value

    @property
    def relay(self) -> tuple[str, int]:
        """Host and port of the mail relay; an empty host where none is set."""
        return _relay(self.smtp_relay)

    @property
    def relay_endpoint(self) -> str:
        """The relay as the agreement register names it: smtp://mx.clinic.example:25. Empty where none is set."""
        host, port = self.relay
        scheme = "smtps" if self.smtp_security == "tls" else "smtp"
        return f"{scheme}://{_bracketed(host)}:{port}" if host else ""

    @property
    def database_endpoint(self) -> str:
        """The operator's own database server as the register names it; empty where it runs on this machine.

        Of several it is the first that is elsewhere.
        """
        parts = urlsplit(self.database_url)
        asked = parse_qs(parts.query)
        named = ",".join(asked.get("host") or [parts.netloc.rpartition("@")[2]]).split(",")
        ports = ",".join(asked.get("port", [])).split(",")
        for number, one in enumerate(named):
            host, port = _host_and_port(one)
            if host in {"", "localhost", "::1"} or host.startswith(("127.", "/")):
                continue
            return f"postgresql://{_bracketed(host)}:{port or ports[min(number, len(ports) - 1)] or 5432}"
        return ""

    @property
    def smtp_password(self) -> str:
        """The password for the relay, read anew so that it can be changed; empty where none is set."""
        return _content(self.smtp_password_file) if self.smtp_password_file else ""

    @property
    def other_addresses(self) -> frozenset[str]:
        """Our addresses beside those of the desks, in small letters."""
        return frozenset(one.lower() for one in _listed(self.own_addresses))

    @property
    def list_ids(self) -> frozenset[str]:
        """List ids of our own groups, in small letters."""
        return frozenset(one.lower() for one in _listed(self.own_lists))

    @property
    def places(self) -> tuple[str, ...]:
        """Names of the operator's own places and services."""
        return _listed(self.own_places)

    @property
    def embed_origins(self) -> tuple[str, ...]:
        """Sites whose pages may show the chat."""
        return _listed(self.chat_embed_origins)

    @property
    def proxies(self) -> tuple[str, ...]:
        """Proxies whose word on the client's address is taken."""
        return _listed(self.trusted_proxies)

    @property
    def base_url(self) -> str:
        """Where people reach the web server, without a slash at the end."""
        return (self.public_url or f"http://{self.http_host}:{self.http_port}").rstrip("/")

    @property
    def keys_dir(self) -> Path:
        """The key folder; back it up apart from the database."""
        return self.data_dir / "keys"

    @property
    def packs_dir(self) -> Path:
        """The organisation's own policy packs, a folder each."""
        return self.data_dir / "packs"

    @property
    def objects_dir(self) -> Path:
        """Sealed files."""
        return self.data_dir / "objects"

    @property
    def outbox_dir(self) -> Path:
        """Where mail goes when no relay is set: nothing leaves the machine."""
        return self.data_dir / "outbox"


def _relay(value: str) -> tuple[str, int]:
    """Host, in small letters, and port; 25 where none is named. Raises: ValueError for a port that is none."""
    parts = urlsplit(f"smtp://{value}")
    port = parts.port
    return parts.hostname or "", 25 if port is None else port


def _host_and_port(named: str) -> tuple[str, str]:
    """`db`, `db:5433`, `[::1]:5433` or a bare `::1`; an empty port where none is named."""
    if named.startswith("["):
        host, _, port = named[1:].partition("]")
        return host.lower(), port.removeprefix(":")
    if named.count(":") > 1:
        return named.lower(), ""
    host, _, port = named.partition(":")
    return host if host.startswith("/") else host.lower(), port


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _listed(value: str) -> tuple[str, ...]:
    """The parts between the commas, without blanks around them."""
    return tuple(one.strip() for one in value.split(",") if one.strip())


def load_settings(**overrides: object) -> Settings:
    """The settings of this process. Raises: WrongSetting naming each one that cannot be used."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # overrides are validated like the environment
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = str(problem["loc"][0])
            field = Settings.model_fields.get(name)
            says = field.description if field else "unknown setting"
            lines.append(f"VOUCHSAFE_{name.upper()}: {problem['msg']}. {says}")
        raise WrongSetting("\n".join(lines)) from None


def _content(path: str) -> str:
    """What a file of one secret holds, without the line end; empty where it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError):
        return ""
