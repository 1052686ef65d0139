"""Descriptors that rest, and numbers that come back as other files."""

import os
import socket

from pycurl import POLL_IN, POLL_REMOVE

from app.outbound.poller import Poller


def test_a_resting_descriptor_is_silent_until_it_is_set_again() -> None:
    poller = Poller()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        poller.on_socket(POLL_IN, ours.fileno())
        poller.on_socket(POLL_REMOVE, ours.fileno())
        theirs.send(b"!")
        assert poller.wait(0.05) == []
        assert poller.wait(0.05) == []
        poller.on_socket(POLL_IN, ours.fileno())
        assert [fd for fd, _ in poller.wait(1)] == [ours.fileno()]
    poller.close()


def test_a_number_that_comes_back_as_another_file_is_heard() -> None:
    poller = Poller()
    first, first_peer = socket.socketpair()
    second, second_peer = socket.socketpair()
    number = first.fileno()
    poller.on_socket(POLL_IN, number)
    poller.on_socket(POLL_REMOVE, number)
    first_peer.close()
    first.close()
    os.dup2(second.fileno(), number)
    poller.forget_resting()
    poller.on_socket(POLL_IN, number)
    second_peer.send(b"!")
    assert [fd for fd, _ in poller.wait(1)] == [number]
    os.close(number)
    poller.drop(number)
    poller.close()
    second.close()
    second_peer.close()
