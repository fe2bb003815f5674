"""AWS by boto3's own rules (profile, region, endpoint, SSO); the one module that imports it, and only when it is used.

Every failure of a call leaves as AwsError: the message names the call and the region, and what is missing.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from layerwright._version import __version__
from layerwright.errors import AwsError, UsageError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_TRIES: Final = 8
_PART_BYTES: Final = 8 << 20
_EXPIRED: Final = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
)
_UNKNOWN_KEY: Final = frozenset(
    {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch"}
    | {"AuthFailure", "InvalidSignatureException", "IncompleteSignature"}
)
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})
_THROTTLED: Final = frozenset(
    {"TooManyRequestsException", "ThrottlingException", "Throttling", "ThrottledException", "SlowDown"}
    | {"RequestLimitExceeded", "429"}
)
_NO_BUCKET: Final = frozenset({"NoSuchBucket", "404"})
_ACTIONS: Final[Mapping[str, str]] = {
    "lambda:GetLayerVersionByArn": "lambda:GetLayerVersion",
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
}


class Aws:
    """An account as boto3 finds it; threads may share it."""

    def __init__(self, *, profile: str | None = None, endpoint_url: str | None = None) -> None:
        """Keep how AWS is to be reached; nothing is imported or read yet."""
        self._profile = profile
        self._endpoint_url = endpoint_url
        self._clients: dict[tuple[str, str], Any] = {}
        self._session: Any = None
        self._turn = threading.Lock()

    def default_region(self) -> str:
        """Return the region that boto3's configuration names; raises UsageError where it names none."""
        with self._turn:
            region = self._opened().region_name
        if not region:
            raise UsageError(
                "in which region?",
                hint="--region us-east-1, AWS_DEFAULT_REGION, AWS_REGION, or `region` in the profile",
            )
        return str(region)

    def call(
        self,
        service: str,
        operation: str,
        region: str,
        *,
        absent: frozenset[str] = frozenset(),
        **request: Any,
    ) -> Mapping[str, Any] | None:
        """Return what AWS answers to one call, such as ``publish_layer_version``; None for an error code in ``absent``.

        Raises AwsError, and UsageError where boto3 is not installed or its configuration makes no sense.
        """
        client = self._client(service, region)
        with self._translated(f"{service}:{_camel(operation)}", region):
            from botocore.exceptions import ClientError

            try:
                answer: Mapping[str, Any] = getattr(client, operation)(**request)
            except ClientError as error:
                if _code(error) in absent:
                    return None
                raise
        return answer

    def pages(self, service: str, operation: str, region: str, key: str, **request: Any) -> Iterator[Any]:
        """Yield the items under ``key`` of all pages of a listing; nothing where the thing listed does not exist."""
        client = self._client(service, region)
        with self._translated(f"{service}:{_camel(operation)}", region):
            from botocore.exceptions import ClientError

            try:
                for page in client.get_paginator(operation).paginate(**request):
                    yield from page.get(key, ())
            except ClientError as error:
                if _code(error) != "ResourceNotFoundException":
                    raise

    def upload(
        self, path: Path, bucket: str, key: str, region: str, advance: Callable[[int], None] | None
    ) -> None:
        """Bring a file to S3 in parts of 8 MB, each with its checksum; what was begun and failed is taken away there."""
        client = self._client("s3", region)
        with self._translated("s3:PutObject", region, bucket=bucket):
            from boto3.s3.transfer import TransferConfig

            client.upload_file(
                str(path),
                bucket,
                key,
                ExtraArgs={"ChecksumAlgorithm": "SHA256"},
                Config=TransferConfig(
                    multipart_threshold=_PART_BYTES, multipart_chunksize=_PART_BYTES, max_concurrency=4
                ),
                Callback=advance,
            )

    def _client(self, service: str, region: str) -> Any:
        with self._turn:
            client = self._clients.get((service, region))
            if client is None:
                client = self._clients[service, region] = self._new_client(service, region)
            return client

    def _new_client(self, service: str, region: str) -> Any:
        session = self._opened()
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        settings: dict[str, Any] = {"user_agent_extra": f"layerwright/{__version__}"}
        try:
            if session._session.get_config_variable("max_attempts") is None:  # noqa: SLF001 - boto3 has no name for it
                settings["retries"] = {"mode": "standard", "total_max_attempts": _TRIES}
            return session.client(
                service, region_name=region, endpoint_url=self._endpoint_url, config=Config(**settings)
            )
        except (BotoCoreError, ValueError) as error:
            raise UsageError(f"{service} in {region} can't be asked: {error}") from error

    def _opened(self) -> Any:
        if self._session is None:
            try:
                import boto3
                from botocore.exceptions import BotoCoreError
            except ImportError as error:
                raise UsageError(
                    "boto3 is not installed, and AWS is reached through it",
                    hint="pip install boto3, which is the extra layerwright[aws]",
                ) from error
            try:
                self._session = boto3.Session(
                    profile_name=self._profile, region_name=_region_of_other_sdks(os.environ)
                )
            except BotoCoreError as error:
                raise UsageError(
                    str(error), hint="`aws configure list-profiles` shows the profiles there are"
                ) from error
        return self._session

    @contextmanager
    def _translated(self, action: str, region: str, *, bucket: str | None = None) -> Iterator[None]:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            raise _refused(error, action, region, bucket) from error
        except (BotoCoreError, Boto3Error) as error:
            raise _not_asked(error, action, region) from error


def _region_of_other_sdks(environment: Mapping[str, str]) -> str | None:
    """Return AWS_REGION, which boto3 does not read and AWS's CLI and other SDKs do, where boto3's own variable is not set."""
    return None if environment.get("AWS_DEFAULT_REGION") else environment.get("AWS_REGION") or None


def _camel(operation: str) -> str:
    return "".join(word.capitalize() for word in operation.split("_"))


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _refused(error: ClientError, call: str, region: str, bucket: str | None) -> AwsError:
    """Return what AWS's answer means, and what to do about it."""
    code = _code(error)
    said = _sentence(str(error.response.get("Error", {}).get("Message", ""))) or code
    action = _ACTIONS.get(call, call)
    where = f"{call} in {region}"
    if code in _EXPIRED:
        return AwsError(
            f"{where}: the credentials have expired ({code})",
            hint="sign in again (`aws sso login`), or renew AWS_SESSION_TOKEN with the other two",
        )
    if code in _UNKNOWN_KEY:
        return AwsError(
            f"{where}: AWS does not accept the credentials ({code}: {said})",
            hint="`aws sts get-caller-identity` tells whose they are; check AWS_PROFILE and AWS_ACCESS_KEY_ID",
        )
    if code in _THROTTLED:
        tries = error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0) + 1
        return AwsError(
            f"{where}: still throttled after {tries} tries ({code})",
            hint="run it again a little later; what was done stays done. AWS_MAX_ATTEMPTS allows more tries",
        )
    if code in _NO_BUCKET and call.startswith("s3:"):
        name = f" {bucket}" if bucket else ""
        return AwsError(
            f"{where}: the bucket{name} does not exist",
            hint="make it, or leave --bucket out and one is made",
        )
    if code in _DENIED:
        return AwsError(f"{where} is not allowed: {said}", hint=_permission(call, action, said))
    return AwsError(f"{where} failed: {said} ({code})", hint=_HINTS.get(code))


def _sentence(text: str) -> str:
    """Return a message of AWS on one line; a page of a proxy or a gateway, which is no message, by its title."""
    title = re.search(r"<title>(.*?)</title>", text, re.DOTALL | re.IGNORECASE)
    return " ".join((title[1] if title else text).split())


def _permission(call: str, action: str, said: str) -> str:
    """Return what is to be allowed; a layer of another account is its owner's to share."""
    owner = re.search(r"arn:[a-z-]+:lambda:[a-z0-9-]+:([0-9]{12}):layer:", said)
    if call == "lambda:GetLayerVersionByArn" and owner:
        return f"the user or role needs {action}, and account {owner[1]}, where it is another's, has to share the layer"
    return f"the user or role needs {action}"


_HINTS: Final[Mapping[str, str]] = {
    "CodeStorageExceededException": "`layerwright prune` deletes versions that no function uses",
    "RequestEntityTooLargeException": "a zip above 50 MB goes through S3: --bucket, or leave it to us",
}


def _not_asked(error: Exception, call: str, region: str) -> AwsError:
    """Return why a call got no answer."""
    from botocore import exceptions as known

    where = f"{call} in {region}"
    if isinstance(error, known.NoCredentialsError | known.PartialCredentialsError):
        return AwsError(
            f"{where}: no credentials were found ({error})",
            hint="set AWS_PROFILE (or --profile), sign in with `aws sso login`, or set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY",
        )
    if isinstance(error, known.SSOError | known.TokenRetrievalError):
        return AwsError(f"{where}: the SSO session is over ({error})", hint="aws sso login")
    if isinstance(error, known.CredentialRetrievalError):
        return AwsError(f"{where}: the credentials can't be had ({error})", hint="check the profile")
    if isinstance(error, known.HTTPClientError | known.ConnectionError):
        return AwsError(
            f"{where}: no answer from AWS ({error})",
            hint="check the network, the proxy, the region's name and AWS_ENDPOINT_URL",
        )
    return AwsError(f"{where} failed: {error}")
