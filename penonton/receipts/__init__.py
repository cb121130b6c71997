"""Receipts: how a figure came about."""
