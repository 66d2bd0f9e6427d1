"""The files of a data block: needs neither NumPy nor PyTorch, so that they are checked first."""

import os

from mistakes import Mistake


def expect_whole(folder, plan):
    """Raises unless every file in the plan exists with its size; readable programs may be edited (null)."""
    for name, size in plan["files"].items():
        path = os.path.join(folder, name)
        has = os.path.getsize(path) if os.path.isfile(path) else None
        if has is None or size not in (None, has):
            what = f"{path} is missing" if has is None else f"{path} has {has:,} bytes, and should have {size:,}"
            raise Mistake(what, "copy the whole folder that `vlmo build` wrote again")


def file_of(shards, entry):
    """The path of a data block's file, checked to be the one that the folder was built with."""
    tried = [os.path.join(root, entry["path"]) for root in (os.path.join(shards, entry["block"]), shards)]
    for path in tried:
        if os.path.isfile(path):
            size = os.path.getsize(path)
            if size == entry["bytes"]:
                return path
            has = f"{path} has {size:,} bytes, and had {entry['bytes']:,} when this folder was built"
            raise Mistake(has, "copy it again, or build the folder again with the shards as they are now")
    raise Mistake(
        f"the data `{entry['block']}` lack a file: there is neither {' nor '.join(tried)}",
        "give --data the folder that holds the shards, or one that holds a folder of them for each data block, by its name",
    )
