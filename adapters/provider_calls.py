"""How each outside service is called, as the settings say: deadlines, limits, breakers."""

from dataclasses import replace

from redis.asyncio import Redis

from adapters.blobs.bucket_settings import BucketSettings
from adapters.guarded_calls.breaker import BreakerRule
from adapters.guarded_calls.breaker_news import BreakerNews
from adapters.guarded_calls.calls import GuardedCalls
from adapters.guarded_calls.metrics import PrometheusCallCosts
from adapters.guarded_calls.retries import RetryRule
from adapters.guarded_calls.traced_costs import TracedCallCosts
from adapters.postgres.fiscal_request_history import FiscalRequestHistory
from adapters.postgres.pools import Pool
from adapters.redis.call_windows import CallWindow, RedisCallWindows
from adapters.redis.message_rates import MessageRate
from adapters.redis.shared_guard import SharedGuard
from adapters.settings import AdapterSettings
from adapters.traces.ports import Traces
from domain.clock import Clock
from domain.health.feature import JOB_PROOFS, WHATSAPP_MESSAGES
from domain.health.ports import FeatureReports
from domain.health.status import Status

ARCA = "arca"
S3 = "s3"
SMTP = "smtp"
WHATSAPP = "whatsapp"
ARCA_RETRIES = RetryRule(tries=2)
"""For questions, while an invoice is held for their answer; the task does the rest."""

S3_RETRIES = RetryRule(tries=2, first_backoff_seconds=0.2)
"""All that we ask of it may be asked twice; a person waits for the answer."""

WHATSAPP_QUESTION_SECONDS = 5.0
"""Half of what a call to us has by default: its caller hears why it was in vain."""


class ProviderCalls:
    """Makes the guarded calls of each service; all that they share goes through Redis."""

    def __init__(
        self,
        settings: AdapterSettings,
        redis: Redis,
        *,
        system_pool: Pool,
        clock: Clock,
        reports: FeatureReports,
        traces: Traces | None = None,
    ) -> None:
        self._settings = settings
        self._redis = redis
        self._history = FiscalRequestHistory(system_pool)
        self._clock = clock
        self._reports = reports
        books = PrometheusCallCosts()
        costs = TracedCallCosts(books, traces) if traces else books
        self._guard = SharedGuard(redis, clock=clock, costs=costs)

    def arca(self) -> GuardedCalls:
        settings = self._settings
        return self._guard.calls(
            ARCA,
            settings.breaker_rule,
            deadline_seconds=settings.afip_deadline_seconds,
            limiter=RedisCallWindows(
                self._redis,
                ARCA,
                [
                    CallWindow(settings.afip_calls_per_minute, 60),
                    CallWindow(settings.afip_calls_per_hour, 3600),
                    CallWindow(settings.afip_calls_per_day, 86400),
                ],
                history=self._history,
                clock=self._clock,
            ),
            retries=ARCA_RETRIES,
            # Never offline: what is invoiced meanwhile waits, and is authorised later.
            news=BreakerNews(
                ARCA,
                self._reports,
                feature_id="invoicing.afip",
                status_when_open=Status.DEGRADED,
            ),
        )

    def blob_store(self) -> GuardedCalls:
        return bucket_calls(self._guard, self._settings, self._reports)

    def whatsapp(self) -> GuardedCalls:
        return self._whatsapp(self._settings.breaker_rule)

    def whatsapp_questions(self) -> GuardedCalls:
        """Return the way for what a person asks and waits for; its key is their organisation."""
        settings = self._settings
        return replace(
            self._whatsapp(_awaited(settings.breaker_rule)),
            deadline_seconds=min(settings.whatsapp_deadline_seconds, WHATSAPP_QUESTION_SECONDS),
            limiter=self._guard.rates(
                f"{WHATSAPP}-questions",
                MessageRate(messages=settings.whatsapp_messages_per_second, seconds=1, scope=1),
            ),
        )

    def _whatsapp(self, rule: BreakerRule) -> GuardedCalls:
        settings = self._settings
        return self._guard.calls(
            WHATSAPP,
            rule,
            deadline_seconds=settings.whatsapp_deadline_seconds,
            limiter=self._guard.rates(
                WHATSAPP,
                MessageRate(messages=settings.whatsapp_messages_per_second, seconds=1, scope=1),
                MessageRate(messages=1, seconds=settings.whatsapp_pair_seconds, scope=2),
            ),
            # A message has no key by which WhatsApp would know a repeat.
            retries=RetryRule(),
            # Never offline: messages wait for a day, and go out when it is back.
            news=BreakerNews(
                WHATSAPP,
                self._reports,
                feature_id=WHATSAPP_MESSAGES,
                status_when_open=Status.DEGRADED,
            ),
        )

    def smtp(self) -> GuardedCalls:
        settings = self._settings
        return self._guard.calls(
            SMTP,
            settings.breaker_rule,
            deadline_seconds=settings.smtp_deadline_seconds,
            limiter=self._guard.rates(
                SMTP, MessageRate(messages=settings.smtp_messages_per_second, seconds=1, scope=0)
            ),
            # The task repeats it, under the name by which receivers know a repeat.
            retries=RetryRule(),
            # Never offline: e-mails wait, and go out later.
            news=BreakerNews(
                SMTP,
                self._reports,
                feature_id="notifications.email",
                status_when_open=Status.DEGRADED,
            ),
        )


def bucket_calls(
    guard: SharedGuard, settings: BucketSettings, reports: FeatureReports
) -> GuardedCalls:
    """Return the way to the bucket of blobs, for whoever has no other provider."""
    return guard.calls(
        S3,
        _awaited(settings.breaker_rule),
        deadline_seconds=settings.blob_s3_deadline_seconds,
        limiter=guard.rates(
            S3, MessageRate(messages=settings.blob_s3_calls_per_second, seconds=1, scope=0)
        ),
        retries=S3_RETRIES,
        # Never offline: links are signed here, and phones keep what they could not upload.
        news=BreakerNews(S3, reports, feature_id=JOB_PROOFS, status_when_open=Status.DEGRADED),
    )


def _awaited(rule: BreakerRule) -> BreakerRule:
    """Return the rule for calls that a caller waits for, who comes back when one may be tried."""
    return replace(rule, park_seconds=min(rule.park_seconds, rule.retry_seconds))
