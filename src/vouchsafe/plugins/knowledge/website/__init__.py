"""A website as a knowledge source: its sitemap or its links, within its robots.txt, its host and our limits."""

from vouchsafe.plugins.knowledge.website.crawl import Limits, PageState, Site, Visited, visit

__all__ = ["Limits", "PageState", "Site", "Visited", "visit"]
