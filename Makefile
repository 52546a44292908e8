# Everything a developer or a first-time user runs; `make help` lists it.
PYTHON ?= python3
VENV := .venv
AGENT_VENV := .venv-agent
DOCS_VENV := .venv-docs
ASSETS := vigie/console/static/vendor/uplot/VERSION.txt
COMPOSE ?= compose
DOCKER ?= docker

.DEFAULT_GOAL := help
# Steps of `make state-machine`.
STEPS ?= 20000
# Of each of the two random runs of `make chaos`.
MINUTES ?= 60
# Percent of lines and branches that `make coverage` wants.
COVERAGE ?= 80
# Where `make repository` writes, and the key that signs it and a release.
REPOSITORY ?= dist/repository
KEY ?=

.PHONY: types-of-tests locks wheels agent-packages repository packages-trial coverage audit licences release help up down compose-up compose-trial test packages check unit servers integration agent-test bench bench-exporter bench-discovery bench-console bench-alerts days pages mutations chaos consul-build soak soak-alerts state-machine bench-containers bench-scale agent-file agent-file-trial pictures docs lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

up: $(VENV)/ready $(ASSETS) ## run the whole stack on this machine until Ctrl-C
	@$(VENV)/bin/vigie up

down: $(VENV)/ready ## stop the stack that `vigie up --detach` started
	@$(VENV)/bin/vigie down

compose-up: $(VENV)/ready ## the trial with Docker Compose; makes its secrets and configurations once
	@mkdir -p $(COMPOSE)/site $(COMPOSE)/consul.d
	@test -f $(COMPOSE)/.env || { \
		sed "s/^VIGIE_RENDER_NODE_NAME=.*/&$$(uname -n)/" $(COMPOSE)/.env.example > $(COMPOSE)/.env; \
		stat -c DOCKER_GROUP_ID=%g /var/run/docker.sock >> $(COMPOSE)/.env 2>/dev/null || true; }
	@node=$$(sed -n 's/^VIGIE_RENDER_NODE_NAME=//p' $(COMPOSE)/.env); \
		$(VENV)/bin/vigie consul-acl init $(COMPOSE)/secrets --host "$$node"; \
		$(VENV)/bin/vigie render trial $(COMPOSE)/rendered --node-name "$$node"
	$(DOCKER) compose --file $(COMPOSE)/compose.yaml up --build --detach
	@echo "https://grafana.$$(sed -n 's/^DOMAIN=//p' $(COMPOSE)/.env), user admin, password in $(COMPOSE)/secrets"

test: packages ## all checks and tests, with real servers; sets up what it needs
	@$(MAKE) --jobs=2 --output-sync=target check docs
	@$(MAKE) unit integration agent-test

packages: ## install what some tests need, when root
	@$(PYTHON) tools/install_test_packages.py

check: $(VENV)/ready ## lint and types
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/mypy tools/*.py
	$(VENV)/bin/mypy -p tools.reference

unit: $(VENV)/ready $(ASSETS) ## tests that start no server
	$(VENV)/bin/pytest -m "not integration" --numprocesses 2

servers: $(VENV)/ready ## fetch the servers of the stack; where Debian has no Consul any more, build it (ten minutes)
	@$(VENV)/bin/python tools/fetch_servers.py

integration: servers $(ASSETS) ## tests against real Consul, Prometheus, Alertmanager
	$(VENV)/bin/pytest -m integration --numprocesses 4 --dist worksteal

agent-test: $(AGENT_VENV)/ready ## the exporter's tests but the long mutations, in an environment with plain `vigie` only
	$(AGENT_VENV)/bin/pytest -m "not integration" --numprocesses 2 --ignore tests/exporter/test_mutations.py tests/exporter tests/vigie/core/settings tests/vigie/core/test_deferred.py

days: $(VENV)/ready servers ## all days of tests/alerting/days, and all rules with lost scrapes (twenty minutes)
	$(VENV)/bin/pytest tests/alerting/every_day.py --numprocesses 2

pages: $(VENV)/ready servers ## the commands of all pages of the documents, as root (five minutes)
	$(VENV)/bin/pytest tests/docs/every_page.py

mutations: $(VENV)/ready ## every change of every file that a collector reads, one at a time (ten minutes)
	$(VENV)/bin/pytest tests/exporter/every_mutation.py --numprocesses 2

state-machine: $(VENV)/ready ## discovery beside a model of Consul in virtual time: whatever happens, what must always hold holds (minutes)
	$(VENV)/bin/pytest tests/discovery/model/test_state_machine.py --steps $(STEPS)

chaos: $(VENV)/ready ## leaders killed, servers frozen, answers cut, again and again; two hours of random fleets (MINUTES=60)
	$(VENV)/bin/pytest tests/chaos tests/chaos/shards.py --rounds 10
	$(VENV)/bin/pytest tests/chaos/random_fleet.py tests/integration/test_random_containers.py --minutes $(MINUTES) -rP
	$(VENV)/bin/pytest tests/chaos/alerts.py --rounds 20 -rP

compose-trial: $(VENV)/ready ## the trial's files with a real Docker daemon and images made here, as root (two minutes)
	$(VENV)/bin/pytest tests/compose/trial.py

consul-build: $(VENV)/ready ## `make up` from nothing where bullseye has left the mirror: Consul is built (twice ten minutes)
	$(VENV)/bin/pytest tests/vigie/stack/consul_build.py -rP

soak: $(VENV)/ready ## one idle hour of discovery, without a write; ten minutes without discovery, and without Consul
	$(VENV)/bin/pytest tests/chaos/soak.py tests/chaos/soak_ha.py --minutes 60

soak-alerts: $(VENV)/ready ## half an hour of the idle stack: which alerts fire, and on what evidence
	$(VENV)/bin/pytest tests/chaos/soak_alerts.py --minutes 30 -rP

bench: bench-exporter bench-containers bench-discovery bench-alerts ## all benchmarks, beside the real peers

bench-exporter: $(VENV)/ready $(AGENT_VENV)/ready ## the exporter beside the real node_exporter, at three sizes
	$(VENV)/bin/python tests/bench/bench_exporter.py --python $(AGENT_VENV)/bin/python

bench-containers: $(VENV)/ready $(AGENT_VENV)/ready ## the exporter beside the real cAdvisor, with 3 and 50 containers; as root
	$(VENV)/bin/python tests/bench/bench_containers.py --python $(AGENT_VENV)/bin/python
	$(VENV)/bin/pytest -q -s tests/bench/run_to_sample.py

bench-discovery: $(VENV)/ready ## discovery beside a file renamed by hand, at two sizes
	$(VENV)/bin/python tests/bench/bench_discovery.py

bench-console: $(VENV)/ready $(ASSETS) ## the console's pages with 300 and 2,000 hosts, in a real browser
	$(VENV)/bin/python tests/bench/bench_console.py

bench-alerts: $(VENV)/ready ## a host dies: how soon a mail says so; thousands of alerts: how many mails (25 minutes)
	$(VENV)/bin/python tests/bench/bench_alerts.py

bench-scale: $(VENV)/ready ## 300 simulated hosts before `vigie up --ha`: what the servers cost, and what they lose
	$(VENV)/bin/python tests/bench/bench_scale.py

wheels: $(VENV)/ready $(ASSETS) ## dist/: the wheels of vigie-agent and vigie-monitoring; the version is the git tag's
	$(VENV)/bin/python tools/distributions.py --output dist

types-of-tests: $(VENV)/ready ## mypy over the tests too: a file that tests/untyped.txt does not name must be clean
	$(VENV)/bin/python tools/typed_tests.py

coverage: $(VENV)/ready $(ASSETS) ## which lines the tests that start no server run; less than COVERAGE= percent fails
	$(VENV)/bin/pytest -m "not integration" --numprocesses 2 --cov --cov-report=term:skip-covered --cov-fail-under=$(COVERAGE)

audit: ## known weaknesses of what is shipped and of what builds it, by PyPI's pip-audit
	$(PYTHON) -m venv build/audit && build/audit/bin/pip install --quiet pip-audit
	for lock in tools/locks/*.txt; do build/audit/bin/pip-audit --strict --disable-pip --require-hashes --requirement $$lock || exit 1; done

licences: $(VENV)/ready ## the licences of what is shipped; one that nobody has looked at fails
	$(VENV)/bin/python tools/bill_of_materials.py

agent-packages: $(VENV)/ready ## dist/: .deb and .rpm of the agent, for x86_64 and ARM; no index is needed on the hosts
	$(VENV)/bin/python tools/agent_packages.py --output dist --architecture amd64 --architecture arm64

repository: $(VENV)/ready ## a signed apt and yum repository of dist/ in REPOSITORY=FOLDER; KEY= names a key of gpg's
	$(VENV)/bin/python tools/repository.py $(REPOSITORY) --key "$(KEY)" $(wildcard dist/*.deb dist/*.rpm)

packages-trial: $(VENV)/ready ## the .deb out of a signed repository on Debian 12 and 13 (debootstrap), as root (a quarter of an hour)
	$(VENV)/bin/pytest -rP tests/compose/packages_trial.py tests/compose/ansible_trial.py

release: $(VENV)/ready ## dist/release: all that is handed out of a tagged commit, signed by KEY=; DRY_RUN=1 takes any commit
	$(VENV)/bin/python tools/release.py --key "$(KEY)" $(if $(DRY_RUN),--dry-run)

agent-file: $(VENV)/ready ## dist/: the agent as one file with a Python of its own, for hosts without Python 3.11; as root
	$(VENV)/bin/python tools/one_file.py --output dist

agent-file-trial: $(VENV)/ready servers ## that file on the oldest Debian of the mirror, in a root without Python, as root (minutes)
	$(VENV)/bin/pytest -rP tests/compose/one_file_trial.py

pictures: $(VENV)/ready $(ASSETS) ## the console's pictures in docs/pictures anew, from 300 synthetic hosts
	$(VENV)/bin/python tests/bench/console_pictures.py

docs: $(VENV)/ready $(DOCS_VENV)/ready ## the documents as a site in build/docs/html, of each tag and of now; every warning is an error
	$(VENV)/bin/python -m tools.docs_site build/docs $(DOCS_VENV)/bin/sphinx-build

lock: ## write constraints.txt anew from the newest versions that Python 3.11.0 may run, and their digests into tools/locks
	$(PYTHON) -m venv build/uv && build/uv/bin/pip install --quiet uv
	build/uv/bin/uv pip compile pyproject.toml --extra server --extra dev --extra docs --extra one-file --python-version 3.11 --upgrade \
		--quiet --no-header --no-annotate --no-emit-index-url --no-emit-find-links --output-file constraints.txt
	$(MAKE) locks

locks: ## write tools/locks anew from constraints.txt
	$(PYTHON) -m venv build/uv && build/uv/bin/pip install --quiet uv
	$(PYTHON) tools/write_locks.py build/uv/bin/uv

clean: ## remove what `make` made, but not the state in .vigie
	rm -rf $(VENV) $(AGENT_VENV) $(DOCS_VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) tools/make_venv.py $(VENV) '.[server,dev]'
	@touch $@

$(AGENT_VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) tools/make_venv.py $(AGENT_VENV) '.' pytest pytest-xdist hypothesis
	@touch $@

$(DOCS_VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) tools/make_venv.py $(DOCS_VENV) '.[docs]'
	@touch $@

$(ASSETS): tools/vendor_assets.py
	$(PYTHON) tools/vendor_assets.py --tests
	@touch $@
