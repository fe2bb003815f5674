"""What is known of Lambda's runtimes, as data with its sources, and runtimes that a user describes."""

from layerwright.targets.target import ARCHITECTURES, RUNTIME_IDS, Target, lambda_targets, parse_target

__all__ = ["ARCHITECTURES", "RUNTIME_IDS", "Target", "lambda_targets", "parse_target"]
