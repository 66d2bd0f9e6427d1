"""Mistakes that a user can fix: reported without a Python traceback."""


class Mistake(Exception):
    def __init__(self, what, remedy):
        super().__init__(what)
        self.remedy = remedy


def lost_others(ranks, error):
    """What an error tells about another process: that it has ended, or does not answer; None for other errors."""
    lost = {} if ranks is None else ranks.lost(error)
    if not lost:
        return None
    how = "is gone" if "gone" in lost else f"has not answered for {lost['silent']:.0f} seconds"
    help = "what it said is the cause, if it said anything; --resume continues from the last checkpoint"
    return Mistake(f"another of the {ranks.ranks} processes {how}", help)
