"""What the mail doors are held to, from the settings and the desks."""

import ssl

from vouchsafe.app import App
from vouchsafe.plugins.channels.email.parse import MailRules
from vouchsafe.settings import Settings, WrongSetting
from vouchsafe.store import desks


def mail_rules(opened: App) -> MailRules:
    """The rules for reading mail. Desks that are made later count from the next start on."""
    settings = opened.settings
    return MailRules(
        trusted_authserv=settings.trusted_authserv or None,
        own_addresses=settings.other_addresses | _desk_addresses(opened),
        own_lists=settings.list_ids,
    )


def mail_tls(settings: Settings) -> ssl.SSLContext | None:
    """Certificate and key of the listeners, TLS 1.2 or newer; None where none is set. Raises: WrongSetting."""
    if not settings.mail_tls_cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.mail_tls_cert, settings.mail_tls_key)
    except (OSError, ssl.SSLError):
        raise WrongSetting(
            "VOUCHSAFE_MAIL_TLS_CERT, VOUCHSAFE_MAIL_TLS_KEY: a PEM certificate chain and its own key, without a "
            "passphrase, are needed. Example: /etc/vouchsafe/mail.pem"
        ) from None
    return context


def _desk_addresses(opened: App) -> frozenset[str]:
    """Addresses that our own answers come from; mail from one of them is a loop."""
    found: set[str] = set()
    for workspace in opened.workspaces():
        with opened.store(workspace) as work:
            found |= {desk.facts.address.strip().lower() for desk in desks.every(work.context)}
    return frozenset(found - {""})
