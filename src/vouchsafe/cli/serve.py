"""`vouchsafe serve`: the web server and the mail listeners in one process."""

import threading
from contextlib import ExitStack

import cyclopts
import uvicorn

from vouchsafe.app import App, open_app
from vouchsafe.cli.logs import quiet_logs
from vouchsafe.cli.mail_door import mail_rules, mail_tls
from vouchsafe.cli.supervised import end_with_supervisor
from vouchsafe.cli.telemetry import start_telemetry
from vouchsafe.installing import refuse_demo_words
from vouchsafe.plugins.channels.email.listener import ListenerConfig, MailListener, Protocol
from vouchsafe.settings import Settings, load_settings
from vouchsafe.store import desks
from vouchsafe.web.server import make_web

app = cyclopts.App(name="serve", help="Run the web server and the mail listener.")


@app.default
def serve() -> int:
    """Serve until SIGTERM."""
    end_with_supervisor()
    settings = load_settings()
    quiet_logs(settings.log_level)
    start_telemetry()
    with open_app(settings, pool=12) as opened, ExitStack() as stack:
        refuse_demo_words(opened)
        for listener in listeners(opened, settings):
            stack.enter_context(listener)
        config = uvicorn.Config(
            make_web(opened),
            host=settings.http_host,
            port=settings.http_port,
            log_level="warning",
            access_log=False,
            server_header=False,
            # Who stands before us is said by our own setting of trusted proxies, not by what a library trusts unasked.
            proxy_headers=False,
            timeout_graceful_shutdown=5,
        )
        uvicorn.Server(config).run()
    return 0


def listeners(opened: App, settings: Settings) -> list[MailListener]:
    """The mail doors that the settings ask for."""
    rules, tls = mail_rules(opened), mail_tls(settings)
    lock = threading.Lock()

    def knows(recipient: str) -> bool:
        with lock, opened.store.database.begin(None) as connection:
            return desks.follow(connection, opened.store.vault, recipient) is not None

    doors = ((Protocol.LMTP, settings.lmtp_port), (Protocol.SMTP, settings.smtp_port))
    return [
        MailListener(
            ListenerConfig(
                protocol=protocol, host=settings.mail_host, port=port, name=settings.domain, tls=tls, rules=rules
            ),
            intake=opened.intake,
            quarantine=opened.quarantine,
            clock=opened.clock,
            knows=knows,
        )
        for protocol, port in doors
        if port
    ]
