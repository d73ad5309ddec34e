"""`python -m workers.keeper`."""

from workers.keeper.main import run_keeper
from workers.settings import KeeperSettings

if __name__ == "__main__":
    run_keeper(KeeperSettings())
