"""Two hundred processes, each with one request to a served platform, all let go at once. Run as a program:

`python rush.py PORT < requests.json` reads `[{"path": …, "cookie": …, "body": …}]` and prints `[[status, page], …]`.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import sys


def one(port: int, asked: dict[str, str], gate, answers) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=240)
    connection.connect()
    gate.wait(120)
    connection.request(
        "POST",
        asked["path"],
        body=asked["body"],
        headers={"Cookie": asked["cookie"], "Content-Type": "application/x-www-form-urlencoded"},
    )
    reply = connection.getresponse()
    answers.put((reply.status, reply.read().decode()))


def rush(port: int, requests: list[dict[str, str]]) -> list[tuple[int, str]]:
    fork = multiprocessing.get_context("fork")
    gate, answers = fork.Barrier(len(requests)), fork.Queue()
    people = [fork.Process(target=one, args=(port, asked, gate, answers)) for asked in requests]
    for person in people:
        person.start()
    replies = [answers.get(timeout=300) for _person in people]
    for person in people:
        person.join()
    return replies


if __name__ == "__main__":
    print(json.dumps(rush(int(sys.argv[1]), json.load(sys.stdin))))
