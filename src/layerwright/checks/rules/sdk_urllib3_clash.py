"""urllib3 is newer than the SDK or the runtime's OpenSSL can bear.

## What it checks

Where urllib3 2 or later is in the stack: whether the botocore that goes with it can be imported beside it (in the stack, 1.29.123 or
later), and whether the runtime's OpenSSL is the 1.1.1 that urllib3 2 asks for. python3.8 has OpenSSL 1.0.2k; of python3.9 reports
differ, and botocore itself keeps to urllib3 1.26 there.

## Why it fails on Lambda

`cannot import name 'DEFAULT_CIPHERS' from 'urllib3.util.ssl_'` from an older botocore, or
`urllib3 v2.0 only supports OpenSSL 1.1.1+, currently the 'ssl' module is compiled with OpenSSL 1.0.2k-fips`.

## Example

`requests` without an upper bound in a layer for python3.8.

## Fix

Hold urllib3 back: `urllib3<2`.

## References

- https://github.com/aws/aws-lambda-base-images/issues/118
- https://github.com/aws/aws-lambda-base-images/issues/98
- https://github.com/boto/botocore/pull/2922
- https://github.com/boto/botocore/pull/3034
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.distributions import Distribution
    from layerwright.checks.subject import Subject

_CIPHERS_OPTIONAL: Final = (1, 29, 123)  # boto/botocore#2922
_OPENSSL_102: Final = (3, 8)  # the newest runtime whose ssl is known to be 1.0.2k: aws-lambda-base-images#98
_OPENSSL_UNSURE: Final = (3, 9)  # urllib3#2168 says otherwise


def _run(subject: Subject) -> Iterator[Finding]:
    urllib3 = subject.by_name.get("urllib3")
    if urllib3 is None or _numbers(urllib3.version) < (2,):
        return
    botocore = subject.by_name.get("botocore")
    reason, severity = _reason(subject, botocore)
    if reason:
        yield CHECK.finding(
            subject,
            f"{urllib3.requirement}: {reason}",
            paths=[f"{urllib3.folder}/METADATA"],
            severity=severity,
            fix=f'layerwright build {_needing(subject)}"urllib3<2" --target {subject.target}',
        )


def _needing(subject: Subject) -> str:
    names = dict.fromkeys(one.by.title for one in subject.required if one.project == "urllib3")
    return "".join(f"{name} " for name in names)


def _reason(subject: Subject, botocore: Distribution | None) -> tuple[str, Severity]:
    is_lambda = subject.runtime.lifecycle is not None
    if is_lambda and subject.target.python <= _OPENSSL_102:
        return "it refuses to be imported with this runtime's OpenSSL 1.0.2k", Severity.ERROR
    if botocore is not None and _numbers(botocore.version) < _CIPHERS_OPTIONAL:
        return f"{botocore.requirement} imports DEFAULT_CIPHERS, which urllib3 2 hasn't got", Severity.ERROR
    if is_lambda and subject.target.python <= _OPENSSL_UNSURE:
        return "reports differ on whether this runtime's OpenSSL is new enough for it", Severity.WARNING
    return "", Severity.INFO


def _numbers(version: str | None) -> tuple[int, ...]:
    parts = (version or "").split(".")
    return tuple(
        int(part)
        for part in parts[: next((i for i, part in enumerate(parts) if not part.isdecimal()), len(parts))]
    )


CHECK = Check(
    id="sdk-urllib3-clash",
    summary="urllib3 is newer than the SDK or the runtime's OpenSSL can bear",
    severity=Severity.ERROR,
    needs=frozenset({Need.METADATA, Need.SDK}),
    run=_run,
    fix="Hold urllib3 back: `urllib3<2`.",
)
