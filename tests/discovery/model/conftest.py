"""How many steps the state machine makes: few in `make test`, `--steps 20000` in `make state-machine`."""


def pytest_addoption(parser):
    parser.addoption("--steps", type=int, default=150, help="how many steps the state machine makes")
