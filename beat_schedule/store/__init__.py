"""The record: what ran, when, where and how it ended, in SQL."""
