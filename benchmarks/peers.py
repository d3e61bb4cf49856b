"""
The tokens a row costs this judge and its peers: the same rows, rubric texts, random model and engine.

Peers, each in an environment of its own, talk to one vLLM server through a proxy that counts their requests, cuts
replies short, and puts one in their place that the peer can read, or leaves the model's own, which nobody can. Prompt
tokens are counted by the server: what it took from its prefix cache is not computed. A reply in words counts as
`RATIONALE` tokens, on both sides: a random model would go on to any limit. The judge runs as its users run it, in one
process with the engine, and its manifest counts the same way.
"""

import argparse
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import venv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import tokens
import yaml

ROOT = Path(__file__).resolve().parent.parent
RUBRICS = ("factual", "instruction", "tone", "format")
RATIONALE = 150  # tokens that a reply in words is taken to have
SAID = {True: 1, False: 4}  # tokens that the engine says: those of a readable reply are not its own
FEW = 2  # rows with unreadable replies
PROMETHEUS = "The response meets the criterion in the main. [RESULT] 4"
STEPS = [  # three or four are what deepeval asks for
    "Read the input and note what it asks for and what a correct response would have to contain.",
    "Read the actual output and compare every statement in it with what the input and common knowledge say.",
    "Note each fault that the criterion names, with the words that show it, and how much it would matter to a reader.",
    "Weigh the faults against the described levels and choose the score whose description fits best.",
]
PEERS: Mapping[str, tuple[Sequence[Sequence[str]], str]] = {  # what is installed, and a reply that can be read
    "prometheus": (
        (("--no-deps", "prometheus-eval==0.1.20"), ("fschat==0.2.36", "aiolimiter", "litellm")),
        PROMETHEUS,
    ),
    "inspect_ai": ((("inspect-ai==0.3.285", "openai"),), "It meets it in the main.\n\nGRADE: P"),
    "deepeval": ((("deepeval==4.3.1",),), json.dumps({"steps": STEPS, "reason": "It meets it.", "score": 4})),
    "distilabel": ((("distilabel[openai]==1.5.3", "requests"),), PROMETHEUS),
    "nemo_curator": (
        (("data-designer==0.9.1",),),
        f"```json\n{json.dumps({name: {'reasoning': 'It meets it.', 'score': '4'} for name in RUBRICS})}\n```",
    ),
}
OWN = {
    "score": ("protocol=score", "selftest=false", "pairs.budget=0"),
    "cascade": ("protocol=cascade", "selftest=false", "pairs.budget=0"),
    "cascade, self-test and pairs": ("protocol=cascade",),
}
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "OMP_NUM_THREADS": "1",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
}


def write_model(data: Path, folder: Path) -> Path:
    """Make the tests' random judge; its tokenizer has seen rows of the sets and no one's prompts."""
    if not (folder / "config.json").exists():
        sys.path.append(str(ROOT / "tests"))
        import tiny_model  # type: ignore[import-not-found]

        tiny_model.make(folder, [(data / name).read_text("utf-8") for name in tokens.FILES])
    return folder


def rubrics(*, guidance: bool) -> list[dict[str, Any]]:
    """Return the standard set: name, question (and guidance), the text of each level."""
    found = []
    for name in RUBRICS:
        rubric = yaml.safe_load((ROOT / "conf" / "rubric" / f"{name}.yaml").read_text("utf-8"))
        text = "\n".join([rubric["question"], *([rubric["guidance"]] if guidance else [])])
        found.append({"name": name, "text": text, "levels": rubric["levels"]})
    return found


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def served(model: Path, log: Path) -> Iterator[int]:
    """Run `vllm serve` on a port of loopback, its blocks of 32 tokens."""
    port = free_port()
    flags = ["--port", str(port), "--host", "127.0.0.1", "--served-model-name", "tiny", "--block-size", "32"]
    flags += ["--dtype", "float32", "--enforce-eager", "--max-model-len", "8192", "--enable-prompt-tokens-details"]
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(model), *flags]
    wanted = {**os.environ, **tokens.CPU, **QUIET, "VLLM_ENABLE_V1_MULTIPROCESSING": "1", "VLLM_SERVER_DEV_MODE": "1"}
    with log.open("w") as out, subprocess.Popen(command, env=wanted, stdout=out, stderr=out) as server:
        try:
            for _ in range(600):
                if server.poll() is not None:
                    sys.exit(f"vllm serve ended: see {log}")
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
                    break
                except OSError:
                    time.sleep(1)
            yield port
        finally:
            server.terminate()


def counters(port: int) -> dict[str, int]:
    """Read the server's own count: prompt tokens, those taken from the cache, those generated."""
    names = {
        "prompt_tokens_total": "prompt",
        "prefix_cache_hits_total": "cached",
        "generation_tokens_total": "generated",
    }
    found: Counter[str] = Counter()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as page:
        for line in page.read().decode().splitlines():
            name = line.split("{")[0].removeprefix("vllm:")
            if name in names and not line.startswith("#"):
                found[names[name]] += int(float(line.rsplit(" ", 1)[1]))
    return dict(found)


@contextmanager
def between(port: int, reply: str | None, limit: int) -> Iterator[tuple[str, list[Any]]]:
    """Stand between a peer and the server; yield an address, and the list of the limits that the peer asked for."""
    asked: list[Any] = []

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(body.pop("max_completion_tokens", None) or body.get("max_tokens"))
            body |= {"max_tokens": limit, "ignore_eos": True}
            server = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
            server.request("POST", self.path, json.dumps(body), {"Content-Type": "application/json"})
            answer = server.getresponse()
            text = answer.read()
            if reply is not None and answer.status == http.HTTPStatus.OK:
                said = json.loads(text)
                for choice in said["choices"]:
                    choice["message"]["content"], choice["finish_reason"] = reply, "stop"
                text = json.dumps(said).encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 512
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Say nothing of a peer that hangs up."""

    with Server(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_address[1]}/v1", asked
        proxy.shutdown()


def environment(name: str, work: Path) -> Path:
    """Make a peer's environment where there is none; return its interpreter."""
    python = work / "env" / name / "bin" / "python"
    if not python.exists():
        venv.create(python.parent.parent, with_pip=True)
        for packages in PEERS[name][0]:
            subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
    return python


def peer(name: str, port: int, work: Path, task: Mapping[str, Any], *, readable: bool) -> dict[str, Any]:
    """Run one peer over the rows; return what it cost by the server's count, and what it made of the replies."""
    python = environment(name, work)
    out = work / f"{name}-{'readable' if readable else 'unreadable'}.json"
    out.unlink(missing_ok=True)
    reply = PEERS[name][1] if readable else None
    reset = urllib.request.Request(f"http://127.0.0.1:{port}/reset_prefix_cache", method="POST")
    urllib.request.urlopen(reset, timeout=60).close()  # noqa: S310
    before = counters(port)
    with between(port, reply, SAID[readable]) as (url, asked), out.with_suffix(".log").open("w") as log:
        given = out.with_suffix(".task")
        given.write_text(json.dumps({**task, "url": url, "model": "tiny", "readable": readable}), "utf-8")
        script = Path(__file__).parent / "peers" / f"run_{name}.py"
        wanted = {**os.environ, **QUIET, "OPENAI_API_KEY": "none"}
        code = subprocess.run(
            [python, script, given, out], env=wanted, cwd=work, stdout=log, stderr=log, timeout=1200, check=False
        ).returncode
    after = counters(port)
    cost = {key: after[key] - before[key] for key in after}
    made = json.loads(out.read_text("utf-8")) if out.exists() else {f"the process ended with {code}": 1}
    return {
        "rows": len(task["rows"]),
        "requests": len(asked),
        "limits": sorted({str(n) for n in asked}),
        **cost,
        "made": made,
    }


def own(name: str, rows: Path, model: Path, work: Path) -> dict[str, Any]:
    """Audit the rows with the judge on a cold cache; return what its manifest says it cost."""
    out = work / "own" / name.split(",", maxsplit=1)[0].replace(" ", "_") / str(len(OWN[name]))
    shutil.rmtree(out, ignore_errors=True)
    engine = {**tokens.ENGINE, "block_size": 32}
    flags = [f"+backend.engine.{key}={value}" for key, value in engine.items() if not isinstance(value, dict)]
    command = [sys.executable, "-m", "judge", "run", "+dataset=local", f"dataset.path={rows}", "backend=vllm"]
    command += [f"backend.model={model}", f"store={out / 'replies.sqlite'}", f"hydra.run.dir={out}", "report=false"]
    command += ["max_off_scale=1", f"rationale_tokens={RATIONALE}", *(flag.replace("+", "++") for flag in flags)]
    wanted = {**os.environ, **tokens.CPU, **QUIET, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([*command, *OWN[name]], env=wanted, cwd=work, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"{name}: {ran.stdout}{ran.stderr}")
    cost = json.loads((out / "manifest.json").read_text("utf-8"))["cost"]
    said = {key: sum(tally[f"{key}_tokens"] for tally in cost.values()) for key in ("prompt", "cached", "generated")}
    words = cost["rationales"]
    said["generated"] += RATIONALE * words["asked"] - words["generated_tokens"]
    asked, unread = (sum(tally[key] for tally in cost.values()) for key in ("asked", "unread"))
    return {"rows": len(rows.read_text("utf-8").splitlines()), "requests": asked, "unread": unread, **said}


def table(found: Mapping[str, Any]) -> list[str]:
    """One line a tool: what a row costs, beside the judge's `score`, and what becomes of replies nobody can read."""
    made = {name: one.get("readable", one) for name, one in found.items()}
    costs = {}
    for name, one in made.items():
        said = one["generated"] if name.startswith("judge") else RATIONALE * one["requests"]
        costs[name] = ((one["prompt"] - one["cached"]) / one["rows"], said / one["rows"])
    base = costs.get("judge, score")
    lines = [
        "| | requests a row | prompt tokens | computed | generated | times `score` | limit asked | cannot be read |",
        "|---|--:|--:|--:|--:|--:|---|---|",
    ]
    for name, one in made.items():
        computed, said = costs[name]
        times = f"{computed / base[0]:.2f}, {said / base[1]:.0f}" if base else ""
        other = found[name].get("unreadable", {})
        limits = ", ".join(sorted({*one.get("limits", ()), *other.get("limits", ())})).replace("None", "none")
        ended = "; ".join(f"{count} x {' '.join(what.split())[:120]}" for what, count in other.get("made", {}).items())
        ended = (
            f"{other['requests']} requests for {other['rows']} rows: {ended}" if other else f"{one['unread']} unread"
        )
        cells = [name, f"{one['requests'] / one['rows']:.2f}", f"{one['prompt'] / one['rows']:.0f}", f"{computed:.0f}"]
        lines.append(f"| {' | '.join([*cells, f'{said:.1f}', times, limits, ended.replace('|', '/')])} |")
    return lines


def main() -> None:
    """Run what was chosen, print the table, and write all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of alpaca_dev.jsonl and bitext_clean_dev.jsonl"
    )
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--work", type=Path, default=Path("peers_work"), help="environments, model, figures; kept")
    parser.add_argument("--only", nargs="*", default=["judge", *PEERS], help="the others' figures are those of before")
    parser.add_argument(
        "--port", type=int, help="of a server of the model that runs already, with VLLM_SERVER_DEV_MODE=1"
    )
    parser.add_argument("--guidance", action="store_true", help="show the peers each rubric's guidance, too")
    given = parser.parse_args()
    work = given.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    model = write_model(given.data, work / "tiny")
    path = tokens.write_rows(given.data, given.rows, work / "rows.jsonl")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    figures = work / ("figures_guidance.json" if given.guidance else "figures.json")
    found: dict[str, Any] = json.loads(figures.read_text("utf-8")) if figures.exists() else {}
    if chosen := [name for name in PEERS if name in given.only]:
        with nullcontext(given.port) if given.port else served(model, work / "server.log") as port:
            for name in chosen:
                for readable in (True, False):
                    task = {"rows": rows if readable else rows[:FEW], "rubrics": rubrics(guidance=given.guidance)}
                    kind = "readable" if readable else "unreadable"
                    found.setdefault(name, {})[kind] = peer(name, port, work, task, readable=readable)
                    figures.write_text(json.dumps(found, indent=1), "utf-8")
                    print(name, kind, found[name][kind], file=sys.stderr, flush=True)
    if "judge" in given.only:
        for name in OWN:
            found[f"judge, {name}"] = own(name, path, model, work)
            figures.write_text(json.dumps(found, indent=1), "utf-8")
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
