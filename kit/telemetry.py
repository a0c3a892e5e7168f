"""Logs in JSON and figures for Prometheus. Nothing that a person could be recognised by goes in."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import msgspec
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second line for each figure, that nobody reads
registry = CollectorRegistry()
requests = Counter("http_requests", "Requests answered", ["method", "route", "status"], registry=registry)
seconds = Histogram(
    "http_request_seconds",
    "Time to answer, in seconds",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=registry,
)
decisions = Counter("decisions", "Answers to: may they?", ["answer", "because"], registry=registry)
events = Counter("events", "Things that happened, by name", ["name"], registry=registry)
deliveries_waiting = Gauge("deliveries_waiting", "Deliveries due and not done", registry=registry)
deliveries_dead = Gauge("deliveries_dead", "Deliveries given up, until someone tries them again", registry=registry)

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"}
_answered: dict[tuple[str, str, int], tuple[Any, Any]] = {}
_encode = msgspec.json.Encoder(enc_hook=repr).encode

log: structlog.stdlib.BoundLogger = structlog.get_logger("espace")

_SHORTEST = 13
"""Characters: nothing shorter is a secret or a NIR."""
_SECRETS = (
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), "[token]"),
    (re.compile(r"\b(?:rt|at|ac|sid|cs|sec|dc|req)_[\w-]{20,}"), "[secret]"),
    (re.compile(r"\b[1-478]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{6}(?:\d{2})?\b"), "[nir]"),
)


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last door before the log: what looks like a token, a secret or a NIR is struck out."""
    for name, value in event.items():
        if isinstance(value, str) and len(value) >= _SHORTEST:
            event[name] = redacted(value)
    return event


def redacted(text: str) -> str:
    """A text without what looks like a token, a secret or a NIR."""
    for shape, instead in _SECRETS:
        text = shape.sub(instead, text)
    return text


def answered(method: str, route: str, status: int, spent: float) -> None:
    """Count one request answered in `spent` seconds. `route` is one of ours, never what the caller wrote."""
    known = _answered.get((method, route, status))
    if known is None:
        if method not in _METHODS:  # a caller may invent some for ever
            answered("other", route, status, spent)
            return
        known = requests.labels(method, route, status), seconds.labels(route)
        _answered[method, route, status] = known
    known[0].inc()
    known[1].observe(spent)


def configure(level: str = "INFO", *, pretty: bool = False) -> None:
    """Send every log line of the process, ours and the libraries', to standard error, as JSON or for reading."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.format_exc_info,
        redact,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if pretty
        else structlog.processors.JSONRenderer(_json)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=last, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("authlib", "httpx2", "httpcore2", "aiosqlite", "sqlalchemy", "mail.log", "python_multipart"):
        # Some of these write whole tokens or messages at DEBUG: never below WARNING, whatever the level asked.
        logging.getLogger(name).setLevel(logging.WARNING)


def _json(event: Any, **_: Any) -> str:
    return _encode(event).decode()


def exposition() -> bytes:
    """The figures in Prometheus' text format."""
    return generate_latest(registry)
