"""The learning rate of a step (compiler/schema/schedules.ts): linear warm-up, then decay to `end`."""

import math

# The remaining share of the decay, 1 … 0, by the share of time after the warm-up.
LEFT = {
    "linear": lambda past, course: 1 - past,
    "cosine": lambda past, course: (1 + math.cos(math.pi * past)) / 2,
    "polynomial": lambda past, course: (1 - past) ** course["power"],
}


def learning_rate(course, step):
    height, total, warmup = course["lr"], course["total"], course["warmup"]
    if step < warmup:
        return height * step / warmup
    if course["kind"] == "constant":
        return height
    past = 1 if step >= total else (step - warmup) / max(1, total - warmup)
    end = course.get("end", 0)
    return end if past >= 1 else end + (height - end) * LEFT[course["kind"]](past, course)
