"""Imports modules, each in a process of its own that is forked from a warm one, and tells how each went.

Started by the target's interpreter as ``prove_driver.py LAYERS FUNCTION PACKAGES TEMPORARY ISOLATED``; with ISOLATED "yes" all
processes that it can see are its own. It reads requests from
standard input, one JSON object a line: ``{"modules": [...], "timeout": seconds, "memory": MB or null, "fresh": false, "through": {}}``, and answers on
standard output with a line for each module, then ``{"end": true}``. At the start it says what it is, or that the runtime
itself did not start with these layers (a layer's module can shadow the standard library's).

Modules of one package are imported in processes forked from one that has imported the package, so that each costs only its
own import. What fails there is tried again from the clean process before it is told ("fresh" does only that), so
that no result depends on another module.
"""

import sys

_AT_START = set(sys.modules)

import errno  # noqa: E402
import faulthandler  # noqa: E402
import importlib  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import platform  # noqa: E402
import resource  # noqa: E402
import select  # noqa: E402
import shutil  # noqa: E402
import signal  # noqa: E402
import time  # noqa: E402

import search_path  # noqa: E402

LIKE_THE_RUNTIME = (
    "importlib",
    "json",
    "logging",
    "os",
    "time",
    "traceback",
    "http",
    "contextlib",
    "decimal",
    "math",
)
"""What Lambda's own client has imported when the handler's module is; a layer may have put itself in the place of each."""
TAIL = 2000
LOOK_EVERY = 0.02
"""Seconds between two looks at how much memory an import holds."""
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1048576.0


def main():
    """Serve requests until standard input ends."""
    layers, function, packages, temporary, isolated = sys.argv[1:6]
    answers = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = platform.libc_ver()[1]
    for name in set(sys.modules) - _AT_START:
        # A layer's own copy must be found where it has one; this script keeps what it has.
        if name not in ("sys", "builtins", "search_path"):
            del sys.modules[name]
    search_path.set_search_path(layers, function, packages)
    fault = start_like_runtime()
    hello = {
        "python": ".".join(map(str, sys.version_info[:3])),
        "glibc": libc,
        "path": sys.path,
        "fault": fault,
    }
    say(answers, hello)
    if fault is not None:
        return
    for line in requests:
        request = json.loads(line)
        surroundings = Surroundings(temporary, isolated == "yes", request.get("memory"))
        prover = Prover(answers, request["timeout"], surroundings, request.get("through", {}))
        if request.get("fresh"):
            prover.again(request["modules"])
        else:
            prover.prove(request["modules"])
        say(answers, {"end": True})


def start_like_runtime():
    """Import what the runtime imports first; returns the error if a layer breaks that, else None."""
    for name in LIKE_THE_RUNTIME:
        try:
            importlib.import_module(name)
        except BaseException as error:
            return "%s (importing %s, as Lambda's runtime does at its start)" % (
                describe(error)["error"],
                name,
            )
    return None


def say(descriptor, message):
    """Write one line, whole."""
    data = (json.dumps(message) + "\n").encode()
    while data:
        data = data[os.write(descriptor, data) :]


class Prover:
    """Imports the modules of one request."""

    def __init__(self, answers, timeout, surroundings, through):
        """Keep where answers go, how long an import may take, what to keep clean, and which way modules are to be imported."""
        self.answers, self.timeout, self.surroundings, self.through = answers, timeout, surroundings, through

    def prove(self, modules):
        """Answer for each module, by way of processes that have imported its package."""
        unproven = set(modules)
        for line in self.fork_branch("", sorted(modules)):
            if line.get("ok") and line["module"] in unproven:
                unproven.discard(line["module"])
                say(self.answers, line)
        self.again(sorted(unproven))

    def again(self, modules):
        """Answer for each module from a process forked from this clean one."""
        failed = {}
        for module in modules:
            parents = [name for name in ancestors(module) if name in failed]
            if parents:
                line = dict(
                    failed[parents[0]], module=module, kind="package", seconds=0.0, package=parents[0]
                )
            else:
                line = self.import_alone(module)
            if not line["ok"]:
                failed[module] = line
            say(self.answers, line)

    def import_alone(self, module):
        """Return how the import of one module went, in a process of its own."""
        through = self.through.get(module, ())
        child = Child(lambda: import_module(module, through), self.surroundings)
        return child.result(module, self.timeout)

    def fork_branch(self, package, modules):
        """Yield the results of a package's modules, from a process that has imported the package.

        ``modules`` are those below the package; with an empty package, all. Results may be missing where that process got
        stuck or died.
        """
        for name, below in children(package, modules):
            if not below:
                yield self.import_alone(name)
                continue
            branch = Child(lambda name=name, below=below: self.branch(name, below), self.surroundings)
            for line in branch.lines(self.timeout):
                yield line

    def branch(self, name, below):
        """In a process of its own: import a package, tell how it went, then prove what is below."""
        result = import_module(name)
        yield dict(result, module=name, seconds=result["seconds"])
        if result["ok"]:
            for line in self.fork_branch(name, below):
                yield line


def ancestors(module):
    """Return the packages that a module is in, outermost first."""
    words = module.split(".")
    return [".".join(words[: depth + 1]) for depth in range(len(words) - 1)]


def children(package, modules):
    """Return the names just below a package with what is below each; a name stands alone where nothing is below it."""
    found = {}
    depth = len(package.split(".")) if package else 0
    for module in modules:
        if module == package:
            continue
        words = module.split(".")
        name = ".".join(words[: depth + 1])
        below = found.setdefault(name, [])
        if module != name:
            below.append(module)
    return sorted(found.items())


def import_module(module, through=()):
    """Import a module, or the others that import it; returns how it went."""
    started = time.monotonic()
    try:
        for name in through or (module,):
            importlib.import_module(name)
        if module not in sys.modules:
            raise ImportError(  # noqa: TRY301  told like any other
                "no import of %s has imported %s" % (", ".join(through), module)
            )
    except BaseException as error:
        return dict(describe(error), ok=False, seconds=time.monotonic() - started)
    origin = getattr(sys.modules[module], "__file__", None)
    return {
        "ok": True,
        "kind": "imported",
        "error": None,
        "origin": origin,
        "seconds": time.monotonic() - started,
    }


def describe(error):
    """Return what an exception says, and which kind of failure it is, judged by the whole chain of causes."""
    chain = [error]
    while len(chain) < 20:
        last = chain[-1]
        earlier = last.__cause__ or (None if last.__suppress_context__ else last.__context__)
        if earlier is None or earlier in chain:
            break
        chain.append(earlier)
    text = "%s: %s" % (type(error).__name__, str(error).strip())
    root = chain[-1]
    if root is not error and str(root).strip() and str(root).strip() not in text:
        text += " (caused by %s: %s)" % (type(root).__name__, str(root).strip())
    answer = {"error": text, "kind": "raised"}
    missing = [e.name for e in chain if isinstance(e, ModuleNotFoundError) and e.name]
    refused = [e for e in chain if is_refusal(e)]
    if isinstance(error, SystemExit):
        answer["kind"] = "exited"
    elif refused:
        answer["kind"] = "refused"
        if str(refused[-1]) not in text:
            answer["error"] = "%s (caused by %s)" % (text, refused[-1])
    elif missing:
        answer.update(kind="missing", missing=missing[-1])
    return answer


LOADER_WORDS = (
    "cannot open shared object file", "undefined symbol", "' not found (required by", "invalid ELF header", "file too short",
    "wrong ELF class", "does not define module export function", "cannot enable executable stack", "ELF load command",
    "cannot allocate memory in static TLS block", "cannot apply additional memory protection", "failed to map segment",
    "cannot dynamically load", "cannot read file data", "unsupported version",
)  # fmt: skip


def is_refusal(error):
    """Whether an exception is the dynamic loader's, by way of an import or of ctypes."""
    return isinstance(error, (ImportError, OSError)) and any(words in str(error) for words in LOADER_WORDS)


class Child:
    """A forked process that does one thing, and its pipes."""

    def __init__(self, work, surroundings):
        """Fork; ``work`` returns a result or yields several, in the child."""
        self.surroundings, self.before = surroundings, surroundings.now()
        results, results_end = os.pipe()
        output, output_end = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(results)
            os.close(output)
            self.work(work, results_end, output_end)
        os.close(results_end)
        os.close(output_end)
        self.results, self.output, self.printed = results, output, b""
        self.next_look, self.exceeded = 0.0, False

    @staticmethod
    def work(work, results, output):
        """In the child: do it, tell it, and go without any clean-up."""
        os.setsid()
        os.dup2(output, 1)
        os.dup2(output, 2)
        faulthandler.enable(2)
        status = 70
        try:
            answer = work()
            for line in [answer] if isinstance(answer, dict) else answer:
                say(results, line)
            status = 0
        finally:
            os._exit(status)

    def lines(self, timeout):
        """Yield the results as they come; ends when the process does, or when it says nothing for too long."""
        buffer = b""
        while True:
            data = self.read(timeout * 2 + 5)
            if not data:
                break
            buffer += data
            while b"\n" in buffer:
                line, buffer = buffer.split(b"\n", 1)
                yield json.loads(line.decode())
        self.end()

    def result(self, module, timeout):
        """Return how the one import of this process went."""
        started, buffer, hung = time.monotonic(), b"", False
        while not buffer.endswith(b"\n"):
            left = started + timeout - time.monotonic()
            data = self.read(left) if left > 0 else None
            if not data:
                hung = data is None
                break
            buffer += data
        status = self.end()
        seconds = time.monotonic() - started
        if buffer.endswith(b"\n"):
            return dict(json.loads(buffer.decode()), module=module)
        answer = {"module": module, "ok": False, "seconds": seconds}
        said = without_own_frames(self.printed.decode("utf-8", "replace"))[-TAIL:].strip()
        tail = "; it printed: %s" % said if said else ""
        if hung:
            answer.update(kind="hung", error="not imported after %g seconds%s" % (timeout, tail))
        elif self.exceeded:
            answer.update(
                kind="crashed",
                error="killed at the memory limit of %d MB%s" % (self.surroundings.memory, tail),
            )
        elif os.WIFSIGNALED(status):
            name = signal.Signals(os.WTERMSIG(status)).name
            answer.update(kind="crashed", error="the process died of %s%s" % (name, tail))
        else:
            code = os.WEXITSTATUS(status)
            answer.update(
                kind="exited", error="the process ended with status %d during the import%s" % (code, tail)
            )
        return answer

    def read(self, timeout):
        """Return the next bytes of results, empty at their end, None when nothing came in time; keeps what is printed."""
        until = time.monotonic() + timeout
        while True:
            now = time.monotonic()
            left = until - now
            if now >= self.next_look:
                self.next_look = now + LOOK_EVERY
                self.look()
            watched = [self.results] if self.output is None else [self.results, self.output]
            ready = select.select(watched, [], [], max(min(left, LOOK_EVERY), 0))[0]
            if self.output in ready:
                data = os.read(self.output, 65536)
                self.printed = (self.printed + data)[-4 * TAIL :]
                if not data:
                    os.close(self.output)
                    self.output = None
            if self.results in ready:
                return os.read(self.results, 65536)
            if left <= 0:
                return None

    def look(self):
        """End the process if it holds more memory than it may."""
        limit = self.surroundings.memory
        if limit is None or self.exceeded:
            return
        try:
            with open("/proc/%d/statm" % self.pid) as file:
                held = int(file.read().split()[1]) * PAGE_MB
        except (OSError, IndexError):
            return
        if held > limit:
            self.exceeded = True
            os.kill(self.pid, signal.SIGKILL)

    def end(self):
        """End the process and all that it left behind; returns its wait status."""
        finished, status = os.waitpid(self.pid, os.WNOHANG)
        if not finished:
            # It told its result and is about to go, or it hangs: a moment for the one, a signal for the other.
            select.select([self.results], [], [], 0.2)
            finished, status = os.waitpid(self.pid, os.WNOHANG)
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except OSError:
            pass
        if not finished:
            status = os.waitpid(self.pid, 0)[1]
        if self.output is not None:
            self.drain()
        os.close(self.results)
        self.surroundings.restore(self.before)
        return status

    def drain(self):
        """Keep what is still in the pipe."""
        while select.select([self.output], [], [], 0)[0]:
            data = os.read(self.output, 65536)
            if not data:
                break
            self.printed = (self.printed + data)[-4 * TAIL :]
        os.close(self.output)


def without_own_frames(text):
    """Return what a dying process printed, without the frames of the import system and of this script."""
    own = ("<frozen importlib", "/importlib/__init__.py", "/prove_driver.py")
    return "\n".join(line for line in text.splitlines() if not any(word in line for word in own))


class Surroundings:
    """What an import can leave behind for the next: files in /tmp, and processes; and the memory that one may hold."""

    def __init__(self, temporary, isolated, memory):
        """Keep the folder's path, whether all processes in sight are ours, and the limit in MB or None."""
        self.temporary, self.isolated, self.memory = temporary, isolated, memory

    def now(self):
        """Return the files and the processes that there are."""
        return self.files(), self.processes()

    def restore(self, before):
        """Remove the files and end the processes that were not there before."""
        for pid in self.processes() - before[1]:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        for name in self.files() - before[0]:
            path = os.path.join(self.temporary, name)
            try:
                os.unlink(path)
            except OSError as error:
                if error.errno in (errno.EISDIR, errno.EPERM):
                    shutil.rmtree(path, ignore_errors=True)

    def files(self):
        """Return the names in the temporary folder."""
        try:
            return set(os.listdir(self.temporary))
        except OSError:
            return set()

    def processes(self):
        """Return the ids of the processes in sight; none where others than ours would be among them."""
        if not self.isolated:
            return set()
        return {int(name) for name in os.listdir("/proc") if name.isdigit()}


if __name__ == "__main__":
    main()
