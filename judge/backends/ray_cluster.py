"""Joining a Ray, or starting one; room on it for workers; and Ray's errors in words."""

import os
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge.backends.snapshot import OFFLINE, offline
from judge.errors import BackendError, ConfigError

_SHARED = 512 << 20  # bytes of shared memory for a Ray of our own: what is sent is small
_INHERITED = ("VLLM_", "HF_", "NCCL_", "OMP_", "TORCH")  # what workers get of our environment, by how its names begin
_SECRET = ("TOKEN", "KEY", "SECRET", "PASSWORD", "CREDENTIAL")  # but not these: a cluster shows them to all its users
_KNOCK = 10  # seconds
_PACKAGE = Path(__file__).resolve().parents[1]
_joined: list[str | None] = []  # the address of what this process is connected to


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """
    Where the workers are, and how many.

    Attributes:
        address: of a cluster; None starts a Ray of our own on this machine, which ends with this process.
        workers: engines.
        resources: that one of them takes, by Ray's names.
        block: questions sent at a time.
        patience: seconds that a cluster may take to have room for all of them.
    """

    address: str | None
    workers: int
    resources: Mapping[str, float]
    block: int
    patience: float


def join(cluster: Cluster) -> None:
    """
    Connect, or start a Ray of our own: no dashboard, no telemetry, on the loopback alone.

    A cluster goes on when this process ends, and gets this package's code with the work.

    Raises:
        BackendError: it cannot be reached.
        ConfigError: this process is connected to another one.
    """
    offline()
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray
    from ray._private import ray_constants, services, worker

    if ray.is_initialized():
        if _joined and _joined != [cluster.address]:
            raise ConfigError(
                f"a second Ray in one process: backend.address={cluster.address or 'null'} after"
                f" {_joined[0] or 'null'}; sweep over backend.address in separate runs"
            )
        return
    worker.print_to_stdstream = _nothing  # what its daemons report, which no setting keeps from the console
    told: dict[str, Any] = {"address": "local"}
    environment: dict[str, Any] = {"env_vars": _environment()}
    if cluster.address is None:
        cores = cluster.workers * int(cluster.resources.get("CPU", 0))
        told |= {"num_cpus": max(os.cpu_count() or 1, cores), "include_dashboard": False}
        told |= {"object_store_memory": _SHARED, "_node_ip_address": "127.0.0.1"}
        # else it takes 127.0.0.1 for this machine's name in a network, and listens to that; vLLM may have imported Ray,
        # which reads the variable then
        os.environ[ray_constants.ENABLE_RAY_CLUSTERS_ENV_VAR] = "0"
        ray_constants.ENABLE_RAY_CLUSTER = False
        # with all telemetry off it still asks the metadata services of three clouds where this machine stands
        services.start_api_server = _no_dashboard
    else:
        told["address"] = cluster.address
        environment["py_modules"] = [str(_PACKAGE)]
    handler = signal.getsignal(signal.SIGTERM)
    try:
        _knock(cluster.address)
        ray.init(**told, runtime_env=environment, log_to_driver=False, logging_level="ERROR")
        _joined[:] = [cluster.address]
    except (ConnectionError, ValueError, RuntimeError, OSError) as error:
        where = f"the cluster at backend.address={cluster.address}" if cluster.address else "a Ray of our own"
        raise BackendError(f"{where} cannot be reached: {_line(error)}") from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)  # Ray takes it for itself


def room(cluster: Cluster) -> Any:  # noqa: ANN401 - Ray is not imported for its types
    """
    A place for all workers at once, as Ray's placement group; Ray itself would wait for one forever, and say nothing.

    Raises:
        BackendError: there is not enough of something, or it was not free in time.
    """
    import ray

    group = ray.util.placement_group([dict(cluster.resources)] * cluster.workers)
    there = ray.cluster_resources()
    short = any(there.get(name, 0) < amount * cluster.workers for name, amount in cluster.resources.items())
    # a cluster may grow, a Ray of our own does not
    if not group.wait(1 if short and cluster.address is None else cluster.patience):
        ray.util.remove_placement_group(group)
        each = ", ".join(f"{amount:g} {name}" for name, amount in cluster.resources.items())
        has = ", ".join(f"{there.get(name, 0):g} {name}" for name in cluster.resources)
        raise BackendError(
            f"no room for backend.workers={cluster.workers} that take {each} each: Ray has {has} in all;"
            " take fewer workers, wait for who else uses it, or set backend.resources"
        )
    return group


@contextmanager
def errors() -> Iterator[None]:
    """The one place where Ray's errors, and what workers raised, become ours."""
    import ray

    try:
        yield
    except ray.exceptions.RayError as error:
        raise BackendError(f"Ray: {_line(error)}; {logs()}") from error


def logs() -> str:
    """Where to read more."""
    import ray

    node = ray._private.worker.global_worker.node  # noqa: SLF001 - the only way to it
    return f"the logs of Ray are in {node.get_logs_dir_path()}" if node else "the logs of Ray are with the cluster"


def _knock(address: str | None) -> None:
    """Ray itself would try for three minutes."""
    host, _, port = (address or "").rpartition("/")[2].rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=_KNOCK).close()


def _nothing(*_: object, **__: object) -> None:
    return


def _no_dashboard(*_: object, **__: object) -> tuple[None, None]:
    return None, None


def _environment() -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name.startswith(_INHERITED) and not _secret(name)}
    return {"VLLM_LOGGING_LEVEL": "ERROR", **ours, **OFFLINE}


def _secret(name: str) -> bool:
    return any(word in name.upper() for word in _SECRET)


def _line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[-1][:300]
