"""Indicators: who is counted, among whom, and why. Facts in, results with their members out."""
