"""A stream of events."""

import threading
import time


def load_event():
    return {"message": "load", "extra": {"n": "x" * 2000}}


class Load:
    """Sends events from a few threads until told to stop; keeps what was answered."""

    def __init__(self, relay, threads=4, pause=0.002, make_event=load_event):
        self.relay, self.pause, self.make_event = relay, pause, make_event
        self.answered, self.failures = [], []
        self.running = True
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def run(self):
        while self.running:
            try:
                answer = self.relay.send_event(self.make_event())
                if answer.status == 200:
                    self.answered.append(answer.event_id)
                else:
                    self.failures.append((answer.status, answer.body[:200]))
            except OSError as error:
                self.failures.append(repr(error))
            time.sleep(self.pause)

    def stop(self):
        self.running = False
        for thread in self.threads:
            thread.join(30)
