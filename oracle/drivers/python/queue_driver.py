#!/usr/bin/env python3
"""A driver in Python, for `iocp conform` and `iocp fuzz --driver "python3 queue_driver.py"`.

What it drives is no completion port but a queue that many take for one: who has waited longest
gets the packet, and nobody counts who runs. `iocp fuzz` says so.
"""
import json
import sys
import threading
import time
from queue import SimpleQueue

OPS = ["CreateIoCompletionPort", "PostQueuedCompletionStatus", "GetQueuedCompletionStatus",
       "NtQueryIoCompletion", "CloseHandle"]
lock = threading.RLock()        # one lock for everything
ports, threads, calls = {}, {}, {}      # calls: number of an open call -> whether it waits


class Port:
    def __init__(self):
        self.packets, self.closed, self.changed = [], False, threading.Condition(lock)
        self.waiters = []       # numbers of the calls that wait, in the order of notify()

    def wake(self, count):
        for number in self.waiters[:count]:
            calls[number] = False       # it is as good as awake
        del self.waiters[:count]
        self.changed.notify(count)

def say(**answer):
    print(json.dumps(answer), flush=True)

def call(number, op, args, bind):
    """Makes a call; the lock is held, and given up while it waits."""
    if op == "CreateIoCompletionPort":
        ports[bind[0]] = Port()
        return {"value": bind[0], "last_error": None}
    port = ports[args.get("port") or args.get("handle")]
    if op == "PostQueuedCompletionStatus":
        port.packets.append({name: args[name] for name in ("bytes", "key", "overlapped")})
        port.wake(1)
        return {"value": True, "last_error": None}
    if op == "NtQueryIoCompletion":
        return {"value": "0x00000000", "depth": len(port.packets)}
    if op == "CloseHandle":
        port.closed = True
        return port.wake(len(port.waiters)) or {"value": True, "last_error": None}
    until = None if args["timeout"] == "infinite" else time.monotonic() + args["timeout"] / 1000
    while not port.packets and not port.closed:
        left = None if until is None else until - time.monotonic()
        if left is not None and left <= 0:
            break
        calls[number] = True
        port.waiters.append(number)
        if not port.changed.wait(left) and number in port.waiters:
            port.waiters.remove(number)
        calls[number] = False
    if not port.packets:
        error = 735 if port.closed else 258
        return {"value": False, "last_error": error, "overlapped": "NULL"}
    packet = port.packets.pop(0)
    return {"value": True, "last_error": None, **packet, "key": hex(int(str(packet["key"]), 0))}


def serve(orders):
    for order in iter(orders.get, None):
        number = order["id"]
        with lock:
            res = call(number, order["op"], order["args"], order.get("bind", []))
            del calls[number]
            say(ans="ret", id=number, res=res)


for line in sys.stdin:
    command = json.loads(line)
    if command["cmd"] == "hello":
        say(ans="hello", protocol=1, name="queue_driver.py", system="a queue in Python", ops=OPS,
            settled="every open call is inside Condition.wait", blocking="reported")
    elif command["cmd"] == "call" and command["op"] not in OPS:
        say(ans="unsupported", id=command["id"], why="no such call")
    elif command["cmd"] == "call":
        name = command["thread"]
        if name not in threads:
            threads[name] = SimpleQueue()
            threading.Thread(target=serve, args=[threads[name]], daemon=True).start()
        with lock:
            calls[command["id"]] = False
        threads[name].put(command)
    elif command["cmd"] == "settle":
        limit = time.monotonic() + command["limit_ms"] / 1000
        while not (sure := all(calls.values())) and time.monotonic() < limit:
            time.sleep(0.0005)
        with lock:
            say(ans="settled", waiting=list(calls), sure=sure and all(calls.values()))
    elif command["cmd"] == "reset":
        say(ans="restart")      # only a new process is fresh: threads of this one may wait
