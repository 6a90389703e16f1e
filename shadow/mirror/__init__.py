"""The mirror's live side: the supervisor and the listener.

    cli.py         `shadow mirror`
    supervisor.py  owns the sockets; starts, watches, restarts and drains the processes
    child.py       one supervised process
    runtime.py     the run's folder, sockets and lane file
    cores.py       which processor cores a process may use
    systemd.py     sockets from systemd, and what it wants to hear
    stillness.py   how long a process has shown no sign of life (pure)
    pauses.py      who holds the mirroring still, and since when (pure)
    reload.py      what a running mirror can take over from a changed configuration
    listener.py    the listener process
    lag.py         when a listener stops mirroring by itself (pure)
    door.py        the clients' side of the listener
    exchange.py    one live request, from the client to the primary and back
    account.py     what a live request counts for
    live.py        what an exchange needs of its listener
    copies.py      what is handed to the sender when an exchange has ended
    framing.py     how an answer is framed for the client at hand (pure)
    forward.py     headers that the listener adds (pure)
    client.py      whose request it is (pure)
    policy.py      which requests reach which shadow legs (pure)
    capture.py     bounded copies of bodies
    tee.py         the hand-off to the sender
"""
