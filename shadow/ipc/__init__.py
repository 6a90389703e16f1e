"""What the processes of the mirror say to each other, and how.

    frames.py      length-prefixed frames on a unix socket
    messages.py    the records in those frames
    lanes.py       the listeners' counters in a shared file
    beats.py       signs of life in a shared file
    assignment.py  what a child process is told when it starts, on its standard input
    outbox.py      a link that keeps what was not acknowledged and sends it again
"""
