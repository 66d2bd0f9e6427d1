"""What a user can put right: it is said in words, without the lines of Python that found it."""


class Mistake(Exception):
    def __init__(self, what, remedy):
        super().__init__(what)
        self.remedy = remedy
