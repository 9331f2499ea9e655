"""The form's three pages: empty, refused with what to mend, and sent with a reference."""

import base64
import re
from collections.abc import Mapping

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from vouchsafe.domain.ids import MessageId
from vouchsafe.domain.message import ChannelKind
from vouchsafe.plugins.channels.web_form.receive import FilledForm, form_inbound, is_address
from vouchsafe.ports.channel import Quarantined, UnknownRecipient
from vouchsafe.web.clients import REFUSED_POSTS, network_of
from vouchsafe.web.screens.form.page import Translate, choose_language, is_from_our_page, render, translator
from vouchsafe.web.screens.form.service import FormServices, PatientDesk
from vouchsafe.web.screens.form.upload import MOST_FILES, BadPost, Posted, read_post

log = structlog.get_logger(__name__)

LONGEST_MESSAGE = 20_000
LONGEST_SHORT_FIELD = 200
_COOKIE = "vouchsafe_form"
_TOKEN = re.compile(r"^[A-Za-z0-9_-]{20,100}$")
_REFERENCE = re.compile(r"^[A-Z2-7]{4}-[A-Z2-7]{4}$")
_RETRY_AFTER_S = 60


def router(services: FormServices) -> APIRouter:
    """`GET` and `POST /form/{desk}`, and `GET /form/{desk}/sent`."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/form/{name}")
    def empty(request: Request, name: str) -> Response:
        desk = services.desk(name)
        if desk is None:
            return _no_desk(request)
        return _page(request, services, desk, {}, {})

    @routes.post("/form/{name}")
    async def send(request: Request, name: str) -> Response:
        desk = await run_in_threadpool(services.desk, name)
        if desk is None:
            return _no_desk(request)
        try:
            posted = await read_post(request)
        except BadPost as refused:
            _ = translator(choose_language(request, desk.languages))
            errors = {"files" if refused.status == 413 else "message": _post_error(refused.status, _)}
            return _page(request, services, desk, {}, errors, status=refused.status)
        return await run_in_threadpool(_take, request, services, desk, posted)

    @routes.get("/form/{name}/sent")
    def sent(request: Request, name: str) -> Response:
        desk = services.desk(name)
        if desk is None:
            return _no_desk(request)
        told = request.query_params.get("ref", "")
        language = choose_language(request, desk.languages)
        reference_shown = told if _REFERENCE.match(told) else ""
        return render("form", "sent.html", language=language, desk=desk, name=name, reference=reference_shown)

    return routes


def reference(message: MessageId) -> str:
    """Eight letters and digits by which a person can name their message on the telephone; they open nothing."""
    # The last 40 bits of a version 7 UUID are random; the first ones would tell the time.
    letters = base64.b32encode(message.bytes[-5:]).decode()
    return f"{letters[:4]}-{letters[4:]}"


def _take(request: Request, services: FormServices, desk: PatientDesk, posted: Posted) -> Response:
    """1. from our page? 2. complete? 3. not too often? 4. stored? Only then it says sent."""
    language = posted.get("lang") if posted.get("lang") in desk.languages else choose_language(request, desk.languages)
    _ = translator(language)
    if not _is_ours(request, posted):  # 1
        return _page(request, services, desk, posted.fields, {"message": _("Please send the form again.")}, status=403)
    errors = _errors(posted, _)  # 2
    if errors:
        return _page(request, services, desk, posted.fields, errors, status=422)
    if not services.allow(network_of(request)):  # 3
        REFUSED_POSTS.labels("form", desk.recipient).inc()
        services.refused(desk.recipient, ChannelKind.WEB_FORM)
        errors = {"message": _("You sent several messages in a short time. Please wait a minute and send it again.")}
        response = _page(request, services, desk, posted.fields, errors, status=429)
        response.headers["Retry-After"] = str(_RETRY_AFTER_S)
        return response
    inbound = form_inbound(_filled(posted, language, _), recipient=desk.recipient, received_at=services.now())
    try:  # 4
        outcome = services.take(inbound)
    except UnknownRecipient:
        return _no_desk(request)
    except Exception as error:  # noqa: BLE001 - outer edge: the person keeps their words and hears that it failed
        log.warning("form not stored", failure=type(error).__name__)
        errors = {"message": _("We could not save your message. Please send it again, or call us.")}
        return _page(request, services, desk, posted.fields, errors, status=503)
    told = "" if isinstance(outcome, Quarantined) else reference(outcome.message)
    return RedirectResponse(f"{request.url.path}/sent?lang={language}&ref={told}", status_code=303)


def _is_ours(request: Request, posted: Posted) -> bool:
    """Whether a page of ours sent it: the browser says so, or, where it says nothing, cookie and field are the same."""
    said = is_from_our_page(request)
    if said is not None:
        return said
    token = request.cookies.get(_COOKIE, "")
    return bool(_TOKEN.match(token)) and token == posted.get("token")


def _errors(posted: Posted, _: Translate) -> dict[str, str]:
    """What a person has to mend, by field, in the order of the page."""
    errors: dict[str, str] = {}
    if not is_address(posted.get("email")):
        errors["email"] = _("Enter an email address, such as name@example.com. We send the answer there.")
    if not posted.get("message"):
        errors["message"] = _("Write your message.")
    elif len(posted.get("message")) > LONGEST_MESSAGE:
        errors["message"] = _(
            "Your message is too long. Please keep it under {number} characters.", number=LONGEST_MESSAGE
        )
    for field in ("name", "subject"):
        if len(posted.get(field)) > LONGEST_SHORT_FIELD:
            errors[field] = _("Please keep this under {number} characters.", number=LONGEST_SHORT_FIELD)
    if len(posted.files) > MOST_FILES:
        errors["files"] = _("Choose at most {number} files.", number=MOST_FILES)
    return errors


def _filled(posted: Posted, language: str, _: Translate) -> FilledForm:
    text = posted.get("message")
    if posted.get("person"):
        # The ticked sentence is something the person said, so it stands in the message like the rest.
        text = f"{text}\n\n{_('I would like a person to answer me.')}"
    token = posted.get("token")
    return FilledForm(
        token=token if _TOKEN.match(token) else "",
        name=posted.get("name"),
        address=posted.get("email"),
        subject=posted.get("subject"),
        text=text,
        language=language,
        files=posted.files,
        # A field that people do not see. Whatever fills it in is not thrown away: a browser may have done it.
        bait_taken=bool(posted.get("website")),
    )


def _post_error(status: int, _: Translate) -> str:
    if status == 413:
        return _("The files are too large. Together they may have 25 megabytes.")
    if status == 415:
        return _("We could not read what was sent. Please use this form.")
    return _("The message did not arrive whole. Please send it again.")


def _page(
    request: Request,
    services: FormServices,
    desk: PatientDesk,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    status: int = 200,
) -> Response:
    language = values.get("lang") if values.get("lang") in desk.languages else None
    language = language or choose_language(request, desk.languages)
    told = values.get("token", "")
    token = told if _TOKEN.match(told) else services.secret()
    response = render(
        "form",
        "form.html",
        language=language,
        status=status,
        desk=desk,
        values=values,
        errors=errors,
        token=token,
        path=request.url.path,
        longest=LONGEST_MESSAGE,
    )
    secure = request.url.scheme == "https"
    response.set_cookie(_COOKIE, token, httponly=True, samesite="strict", secure=secure, path="/form")
    return response


def _no_desk(request: Request) -> Response:
    return render("form", "no_desk.html", language=choose_language(request, ("en", "es")), status=404)
