import json
import subprocess
import sys
from typing import Any

BEGIN = """
import logging, structlog
from adapters.log_output import configure_logs
configure_logs("info", process="server 1")
"""


def logged(program: str) -> list[dict[str, Any]]:
    """Return what a program logs, run apart because the set-up is the whole process's."""
    ended = subprocess.run(  # noqa: S603 -- a program of this file
        [sys.executable, "-c", BEGIN + program], capture_output=True, check=True, text=True
    )
    return [json.loads(line) for line in ended.stderr.splitlines()]


def test_an_event_is_one_line_of_json_with_its_fields() -> None:
    (line,) = logged('structlog.get_logger().info("job_assigned", job="7", nothing=None)')

    assert line["timestamp"].endswith("+00:00")
    del line["timestamp"]
    assert line == {
        "level": "info",
        "event": "job_assigned",
        "process": "server 1",
        "job": "7",
    }


def test_an_error_brings_its_traceback() -> None:
    (line,) = logged(
        """
try:
    raise ValueError("broken")
except ValueError as error:
    structlog.get_logger().error("call_finished", exc_info=error)
"""
    )

    assert "ValueError: broken" in line["exception"]


def test_what_is_less_important_than_asked_for_is_left_out() -> None:
    assert logged('structlog.get_logger().debug("noise")') == []


def test_libraries_log_in_the_same_form() -> None:
    (line,) = logged('logging.getLogger("psycopg.pool").warning("lost %s", "it")')

    assert (line["event"], line["level"], line["logger"]) == ("lost it", "warning", "psycopg.pool")
    assert line["process"] == "server 1"


def test_what_libraries_say_about_every_request_is_left_out() -> None:
    assert logged('logging.getLogger("httpx").info("GET /")') == []


def test_text_stays_as_people_wrote_it() -> None:
    (line,) = logged('structlog.get_logger().info("said", text="Pierde la cañería")')

    assert line["text"] == "Pierde la cañería"
