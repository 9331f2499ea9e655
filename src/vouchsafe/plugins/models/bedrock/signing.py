"""AWS Signature Version 4 for one request with a body, from the standard library (decision 0030).

Source: AWS General Reference, "Signature Version 4 signing process". Checked against botocore in the tests.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """Who signs. `session`: the token of temporary credentials, empty where they are lasting."""

    access_key: str
    secret: str
    session: str = ""

    def __repr__(self) -> str:
        return "Credentials()"


def signed(  # noqa: PLR0917  # what is signed, by whom, for where and when
    url: str, headers: Mapping[str, str], body: bytes, credentials: Credentials, region: str, service: str, at: datetime
) -> dict[str, str]:
    """The headers with those that sign a POST of this body. Header names in small letters; `url` without a query."""
    stamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    parts = urlsplit(url)
    whole = {**headers, "host": parts.netloc, "x-amz-date": stamp}
    if credentials.session:
        whole["x-amz-security-token"] = credentials.session
    names = ";".join(sorted(whole))
    # Each part of the path is quoted once more than it was sent; only S3 differs.
    path = quote(parts.path, safe="/~") or "/"
    lines = "".join(f"{name}:{' '.join(whole[name].split())}\n" for name in sorted(whole))
    canonical = f"POST\n{path}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    to_sign = f"{_ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{credentials.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    credential = f"Credential={credentials.access_key}/{scope}"
    return {**whole, "authorization": f"{_ALGORITHM} {credential}, SignedHeaders={names}, Signature={signature}"}
