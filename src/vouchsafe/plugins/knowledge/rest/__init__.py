"""A help centre, CMS or wiki behind a small HTTP contract: pages of JSON documents, see docs/operator.md."""

from vouchsafe.plugins.knowledge.rest.listing import Listed, ListedPage, Service, ServiceLimits, read_service
from vouchsafe.plugins.knowledge.rest.record import Given

__all__ = ["Given", "Listed", "ListedPage", "Service", "ServiceLimits", "read_service"]
