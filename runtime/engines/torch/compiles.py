"""The parts of programs compiled by torch.compile, one after the other as they are called for the first time."""

import time

# Layers may be called with tensors that lie differently in memory, for each of which there is a function.
WAYS = 64


class Lacking(Exception):
    """Something of this machine that PyTorch needs; `what` names it for whoever started us."""

    def __init__(self, what, text):
        super().__init__(text)
        self.what = what


class Compiles:
    def __init__(self, torch, device, tell):
        self.torch = torch
        self.tell = tell
        self.programs = {}
        self._expect_compiler(device)
        torch._dynamo.config.recompile_limit = WAYS
        torch._dynamo.config.accumulated_recompile_limit = WAYS * 1024
        from torch._inductor.runtime.cache_dir_utils import cache_dir

        self.folder = cache_dir()

    def _expect_compiler(self, device):
        version = f"PyTorch {self.torch.__version__}"
        if device == "cuda":
            from torch.utils._triton import has_triton

            if not has_triton():
                raise Lacking("triton", f"{version} does not find Triton, which --compile needs on CUDA devices")
            return
        try:
            from torch._inductor.cpp_builder import get_cpp_compiler

            get_cpp_compiler()
        except Exception as error:
            raise Lacking("compiler", f"{version} does not find a C++ compiler, which --compile needs") from error

    def program(self, number, name):
        """What the parts of a program are made with; says after each how many of them are compiled, and the seconds so far."""
        state = {"program": name, "parts": 0, "done": 0, "seconds": 0.0, "ended": False}
        self.programs[number] = state

        def compiled(part):
            state["parts"] += 1
            function = self.torch.compile(part, fullgraph=True, dynamic=False)
            known = False

            def call(*tensors):
                nonlocal known
                if state["done"] == 0:
                    self._say(state)
                before, start = self._graphs(), time.monotonic()
                results = function(*tensors)
                if self._graphs() > before:
                    state["done"] += not known
                    state["seconds"] += time.monotonic() - start
                    state["ended"] = False
                    known = True
                    self._say(state)
                return results

            return call

        return compiled

    def ran(self, number):
        """After a run: whatever was compiled during it is all there is, unless tensors lie differently another time."""
        state = self.programs[number]
        if state["parts"] > 0 and not state["ended"]:
            state["ended"] = True
            self._say(state)

    def _say(self, state):
        self.tell({**state, "folder": self.folder})

    def _graphs(self):
        return self.torch._dynamo.utils.counters["stats"]["unique_graphs"]
