"""Who wants to know that something changed: a service returns `Changes`, the page that called it publishes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from PySide6.QtCore import QObject
from shiboken6 import isValid

from mhdesk.domain.changes import Changes

OnChanges = Callable[[Changes], object]


class _Subscription(NamedTuple):
    topics: frozenset[str]
    callback: OnChanges
    owner: QObject


class ChangesHub:
    """Brings published `Changes` to those that subscribed to one of their topics. Window's thread only."""

    def __init__(self) -> None:
        self._subscriptions: list[_Subscription] = []

    def subscribe(self, topics: Iterable[str], callback: OnChanges, owner: QObject) -> None:
        """Call `callback(changes)` when one of `topics` (table names) changed, as long as `owner` lives."""
        self._subscriptions.append(_Subscription(frozenset(topics), callback, owner))

    def publish(self, changes: Changes, source: QObject | None = None) -> None:
        """Tell everyone concerned except `source`, which made the change and shows it already."""
        self._subscriptions = [one for one in self._subscriptions if isValid(one.owner)]
        for one in list(self._subscriptions):
            if one.owner is not source and any(changes.touches(topic) for topic in one.topics):
                one.callback(changes)
