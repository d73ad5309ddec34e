"""`python -m workers --tier realtime|background|batch`."""

import argparse

from adapters.settings import AdapterSettings
from domain.operations.task_type import Tier
from workers.bootstrap import open_handlers
from workers.main import run_worker
from workers.settings import WorkerSettings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    parser.add_argument("--tier", type=Tier, choices=list(Tier), required=True)
    tier = parser.parse_args().tier
    process = f"worker {tier.value}"
    run_worker(WorkerSettings(), tier, lambda: open_handlers(AdapterSettings(), process=process))


if __name__ == "__main__":
    main()
