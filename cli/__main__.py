"""`python -m cli`: the same as `campotech`, where the script is not on the path."""

from cli.main import app

if __name__ == "__main__":
    app(prog_name="campotech")
