"""What an index has in the way of wheels for a package, for the message when its source can't be built."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from layerwright.resolve.candidates import Wanted, list_releases
from layerwright.resolve.command import Sources
from layerwright.resolve.index_settings import IndexSettings
from layerwright.resolve.lock import LockedPackage
from layerwright.resolve.platforms import platforms_around
from layerwright.resolve.question import Question
from layerwright.resolve.request import Request
from layerwright.resolve.solve import solve
from layerwright.resolve.tags import best_wheel
from layerwright.targets.target import Target, lambda_targets


class WheelCoverage(NamedTuple):
    """Lambda's targets that the wheels of a version fit, and the newest version with a wheel for one of them, or None."""

    targets: tuple[Target, ...]
    newest: str | None


def wheel_coverage(
    package: LockedPackage,
    target: Target,
    *,
    glibc: tuple[int, int],
    request: Request,
    settings: IndexSettings,
) -> WheelCoverage:
    """What there is instead of a package that has no wheel for the target; nothing where the index can't tell.

    ``request`` says where to look; what it requires is not regarded.
    """
    here = replace(
        request,
        requirements=(package.name,),
        files=(),
        constraints=(),
        overrides=(),
        extras=(),
        groups=(),
        no_binary=(),
        no_deps=True,
        resolution=None,
        environment={**request.environment, **settings.variables},
    )
    wanted = [Wanted(name=package.name, specifier=f"=={package.version}")] if package.version else []
    listed = list_releases(wanted, here, target, words=settings.words)
    wheels = [wheel.filename for release in listed for wheel in release.wheels]
    covered = tuple(one for one in lambda_targets() if best_wheel(wheels, one, one.glibc))
    question = Question(
        request=here,
        target=target,
        glibc=glibc,
        platforms=platforms_around(target, glibc),
        words=settings.words,
    )
    return WheelCoverage(covered, solve(question, Sources()).versions.get(package.name))
