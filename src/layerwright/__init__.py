"""AWS Lambda layers for Python that are known to import before they are deployed."""

from layerwright._version import __version__

__all__ = ["__version__"]
