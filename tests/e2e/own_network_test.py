# SPDX-License-Identifier: MIT
"""Whose fault is silence, with the real binary: two far targets and a control behind one
proxy of the test's. When the proxy loses everything it is our own network, told as ours;
when it loses one host only it is that provider's outage."""

import socketserver
import threading

from harness import check, equal, evidence, main, wait_for

HOSTS = ("shop.example.net", "mill.example.net", "control.example.net")


class Proxy:
    """Plain HTTP by absolute URL; hosts in `lost` get a closed connection, no answer."""

    def __init__(self):
        self.lost, self.asked = set(), []
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                line = self.rfile.readline().decode()
                host = line.split("://")[1].split("/")[0] if "://" in line else ""
                while self.rfile.readline().strip():
                    pass
                proxy.asked.append(host)
                if host not in proxy.lost:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
                                     b"Connection: close\r\n\r\nok")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def config(proxy, hook, controls="[http://control.example.net/]"):
    return f"""\
vantage: test-1
defaults: {{interval: 1s, timeout: 5s, budget: none, max_asks: none, proxy: "http://127.0.0.1:{proxy}"}}
controls: {controls}
targets:
  - {{name: shop, dialect: http, url: "http://shop.example.net/", probe: http, key: none}}
  - {{name: mill, dialect: http, url: "http://mill.example.net/", probe: http, key: none}}
alerts:
  - webhook: "http://127.0.0.1:{hook}/hook/x"
    proxy: none
"""


def subjects(receiver):
    return [(g["body"]["type"], g["body"]["data"]["incident"]["class"])
            for g in receiver.accepted("hook")]


def good(house, n):
    return len(house.rows("select 1 from samples_v where outcome='ok'")) >= n


def own_network_is_ours_and_one_host_is_theirs(house):
    receiver, proxy = house.receiver(), Proxy()
    house.receivers.append(proxy)
    house.write("dimwatch.yaml", config(proxy.port, receiver.port))
    run = house.start("run")
    wait_for(lambda: good(house, 6), 30, "good samples")
    equal(proxy.asked.count(HOSTS[2]), 1, "a control is asked once at the start, then on occasion")
    proxy.lost = set(HOSTS)
    wait_for(lambda: len(subjects(receiver)) >= 1, 60, "trouble of our own to be told")
    equal(subjects(receiver), [("incident.opened", "self")], "what was told while all was lost")
    proxy.lost = set()
    wait_for(lambda: len(subjects(receiver)) >= 2, 60, "our own trouble to be over")
    proxy.lost = {HOSTS[0]}
    wait_for(lambda: len(subjects(receiver)) >= 3, 60, "one host's outage to be told")
    proxy.lost = set()
    wait_for(lambda: len(subjects(receiver)) >= 4, 60, "its end")
    equal(house.stop(run), 0, "exit code")
    equal(subjects(receiver), [("incident.opened", "self"), ("incident.resolved", "self"),
                               ("incident.opened", "outage"), ("incident.resolved", "outage")],
          "the whole story")
    incidents = house.rows("select subject, class from incidents_v order by started")
    equal([(i["subject"].split(" via ")[0], i["class"]) for i in incidents],
          [("self network", "self"), ("shop", "outage")], "incidents")
    judged = {j["judged"] for j in house.rows("select distinct judged from samples_v")}
    check({"counted", "path"} <= judged and "held" not in judged, f"all was decided: {judged}")
    evidence("own network, real binary",
             f"{len(proxy.asked)} requests, all lost: 0 outages, one host lost: 1 outage")


if __name__ == "__main__":
    main([own_network_is_ours_and_one_host_is_theirs])
