class BadRecording(Exception): ...


Row = dict


def read(): ...
