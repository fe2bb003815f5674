"""What is known of Lambda's runtimes, as data with its sources, and runtimes that a user describes."""

from layerwright.targets.target import Target, lambda_targets, parse_target, runtime_ids

__all__ = ["Target", "lambda_targets", "parse_target", "runtime_ids"]
