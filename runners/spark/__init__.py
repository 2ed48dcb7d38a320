"""Runs ticks on Beam's Spark runner, inside one Spark application."""

from runners.spark.executor import SparkExecutor

__all__ = ["SparkExecutor"]
