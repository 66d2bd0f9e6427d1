// Names in a pickle that are not classes of data: calling them is how a file runs code in the program that loads it. Nothing in
// a file is ever called here; such a name is reported all the same, since the file may be loaded elsewhere.

/** Modules that start programs or access the machine. */
const modules = new Set(
  "os posix nt subprocess sys shutil socket pty commands popen2 ctypes runpy importlib imp code codeop pickle _pickle marshal webbrowser asyncio multiprocessing requests urllib http ftplib telnetlib smtplib tempfile pathlib".split(
    " ",
  ),
);

const builtins = new Set(
  "eval exec compile open __import__ input breakpoint execfile getattr setattr apply".split(" "),
);

/** Whether calling `module.name` may do more than create an object. */
export function runsCode(name: string): boolean {
  const [module = "", ...rest] = name.split(".");
  if (module === "builtins" || module === "__builtin__") return builtins.has(rest.join("."));
  return modules.has(module) || name === "torch.load" || name === "torch.hub.load";
}
