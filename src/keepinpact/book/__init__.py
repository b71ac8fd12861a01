"""Executing the chapters and building the book; :mod:`build` is where it begins."""
