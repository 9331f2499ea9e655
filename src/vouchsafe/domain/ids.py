"""Identifiers that must not be swapped. All are version 7 UUIDs made by the `ids` port."""

from typing import NewType
from uuid import UUID

WorkspaceId = NewType("WorkspaceId", UUID)
DeskId = NewType("DeskId", UUID)
ContactId = NewType("ContactId", UUID)
SubjectId = NewType("SubjectId", UUID)
ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
AttachmentId = NewType("AttachmentId", UUID)
CaseId = NewType("CaseId", UUID)
EventId = NewType("EventId", UUID)
UserId = NewType("UserId", UUID)
OutboxId = NewType("OutboxId", UUID)
AlarmId = NewType("AlarmId", UUID)
SessionId = NewType("SessionId", UUID)
KeyId = NewType("KeyId", UUID)
QueueName = NewType("QueueName", str)
"""A queue of the pack, such as `front_desk` or `nursing_supervisor`."""
