"""Compiles the parts of programs with torch.compile, each when it is first called."""

import time

# A part may be called with tensors of different strides, and is compiled for each.
WAYS = 64


class Lacking(Exception):
    """Something that PyTorch needs and this machine lacks; `what` names it for the parent."""

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
        """Returns the wrapper for the parts of a program; reports progress and seconds after each part that is compiled."""
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
        """After a run everything is compiled, unless strides differ another time."""
        state = self.programs[number]
        if state["parts"] > 0 and not state["ended"]:
            state["ended"] = True
            self._say(state)

    def _say(self, state):
        self.tell({**state, "folder": self.folder})

    def _graphs(self):
        return self.torch._dynamo.utils.counters["stats"]["unique_graphs"]
