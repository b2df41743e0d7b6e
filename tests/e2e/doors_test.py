# SPDX-License-Identifier: MIT
"""`dimwatch doors` with the world on the other side of a proxy that plays it: all well, no
network, a captive portal, TLS broken open. Where the network is in the way it says so and
blames no provider."""

import ctypes
import json
import os
import re

from between import CONTROLS, Between, certificate, dead, portal, redirect, world
from harness import check, equal, evidence, main

PATIENCE = ("--timeout", "50s")  # what is tested depends on no machine's speed
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def hosts(house):
    """Every public host of the catalogue, and the controls'."""
    listed = json.loads(house.run("providers", "--json").text)
    urls = [r["base_url"] for p in listed for r in p["regions"]]
    return sorted({u.split("/")[2] for u in urls
                   if "{" not in u and "127.0.0.1" not in u} | set(CONTROLS))


def trusted(house):
    cert = certificate(house.dir, "trusted", hosts(house))
    house.env["SSL_CERT_FILE"] = cert[0]
    return cert


def doors(house, between, *words):
    """The verdict as JSON."""
    p = house.run("doors", "--json", "--proxy", between.url, *PATIENCE, *words, timeout=120)
    check(p.text, p.errors)
    return p.returncode, json.loads(p.text)


def blames_nobody(got):
    blamed = [(d["target"], d["blame"]) for d in got["doors"] if d["blame"] == "provider"]
    equal(blamed, [], "blamed")
    check("nothing about any provider" in got["sentence"], got["sentence"])


def with_the_world_at_home_every_door_answers_and_all_is_fine(house):
    between = Between(world, trusted(house))
    code, got = doors(house, between)
    between.close()
    equal((code, got["verdict"]), (0, "fine"), got["sentence"])
    equal([d["target"] for d in got["doors"] if not d["answers"]], [], "without an answer")
    equal(got["asked"], got["answering"], "answering")
    check(got["asked"] >= 50, f"{got['asked']} doors")
    check(len({d["provider"] for d in got["doors"]}) >= 36, "providers")
    check({d["cert_days"] for d in got["doors"]} <= {29, 30}, "days of the certificates")
    for d in got["doors"]:
        p = d["phases_us"]
        check(0 <= p["connect"] <= p["tls"] <= p["first_byte"], d)
    lines = [line for host, line, _ in between.seen if host not in CONTROLS]
    equal(len(lines), got["asked"], "requests, one a door")
    evidence("doors", f"{got['asked']} doors of {len({d['provider'] for d in got['doors']})} "
             "providers asked at once through a proxy, all answer")


def no_key_of_the_environment_is_sent_to_a_door(house):
    house.env.update({"DEEPSEEK_API_KEY": "sk-canary-alpha-7f3b9c2d1e4a",
                      "OPENAI_API_KEY": "sk-canary-beta-a1b2c3d4e5f6"})
    between = Between(world, trusted(house))
    code, got = doors(house, between, "deepseek", "openai")
    between.close()
    equal(code, 0, got["sentence"])
    said = [(host, text) for host, _, text in between.seen]
    check(any(host == "api.deepseek.com" for host, _ in said), said)
    equal([host for host, text in said if "canary" in text or "uthorization" in text], [],
          "hosts that were sent a key")


def one_provider_that_is_silent_is_named_and_the_network_is_fine(house):
    between = Between(lambda host, line: None if host == "api.deepseek.com" else world(host, line),
                      trusted(house))
    p = house.run("doors", "deepseek", "mistral", "--proxy", between.url, *PATIENCE, timeout=120)
    between.close()
    equal(p.returncode, 1, p.text + p.errors)
    rows = {line.split()[0]: line for line in p.text.splitlines() if line}
    check("answers" in rows["mistral"] and "reset" in rows["deepseek"], p.text)
    check("The network is fine: 1 of 2 doors answer" in p.text, p.text)


def a_certificate_that_ends_soon_is_named(house):
    cert = certificate(house.dir, "short", hosts(house), days=9)
    house.env["SSL_CERT_FILE"] = cert[0]
    between = Between(world, cert)
    p = house.run("doors", "deepseek", "mistral", "--proxy", between.url, *PATIENCE, timeout=120)
    between.close()
    equal(p.returncode, 0, p.text + p.errors)
    check(re.search(r"Certificates that end soon: deepseek \([89] d\), mistral \([89] d\)\.",
                    p.text), p.text)


def without_a_network_it_says_so_and_blames_nobody(house):
    libc = ctypes.CDLL(None, use_errno=True)

    def leave():
        if libc.unshare(CLONE_NEWNET) and libc.unshare(CLONE_NEWUSER | CLONE_NEWNET):
            os._exit(99)
    p = house.run("doors", "--json", *PATIENCE, timeout=120, preexec_fn=leave)
    way = "an empty network namespace"
    if p.returncode == 99:  # not allowed here: nobody at the other end of a proxy instead
        way, p = "a proxy that is not there", house.run(
            "doors", "--json", "--proxy", "http://127.0.0.1:1", *PATIENCE, timeout=120)
    got = json.loads(p.text)
    equal(p.returncode, 3, got["sentence"])
    equal(got["verdict"], "no_network" if "namespace" in way else "proxy_fails", got["sentence"])
    equal(got["answering"], 0, "answering")
    blames_nobody(got)
    evidence("doors without a network", f"{way}: {got['verdict']}, nobody blamed")


def a_proxy_without_a_network_behind_it_is_named(house):
    between = Between(lambda host, line: (502, "text/plain", "no upstream", ""), connect=502)
    code, got = doors(house, between)
    between.close()
    equal((code, got["answering"]), (3, 0), got["sentence"])
    equal(got["verdict"], "proxy_fails", got["sentence"])
    blames_nobody(got)


def a_captive_portal_is_seen_through_its_page_for_everything(house):
    cert = trusted(house)
    for name, answer, tls in [("a page, TLS trusted", portal, cert),
                              ("a redirect, TLS trusted", redirect, cert),
                              ("a page, strange certificates", portal,
                               certificate(house.dir, "strange", ["portal.example"])),
                              ("a page, https cut off", portal, None)]:
        between = Between(answer, tls)
        code, got = doors(house, between)
        between.close()
        equal((code, got["verdict"]), (3, "captive_portal"), name + ": " + got["sentence"])
        equal(got["answering"], 0, name)
        blames_nobody(got)
    evidence("doors behind a portal", "4 kinds of portal named, nobody blamed")


def an_interceptor_of_tls_is_seen_through_strange_certificates_everywhere(house):
    cert = certificate(house.dir, "interceptor", hosts(house))
    between = Between(world, cert)
    code, got = doors(house, between)
    equal((code, got["verdict"]), (3, "tls_intercepted"), got["sentence"])
    equal({d["finding"] for d in got["doors"]}, {"certificate"}, "findings")
    blames_nobody(got)
    equal([line for _, line, _ in between.seen if line.startswith("POST")], [],
          "requests that went through")
    code, got = doors(house, between, "deepseek")
    between.close()
    equal((code, got["verdict"]), (3, "tls_intercepted"), "one door: " + got["sentence"])
    evidence("doors behind an interceptor", "no request passed a strange certificate")


def a_filter_that_lets_only_the_controls_through_is_no_provider_s_fault(house):
    cert = trusted(house)
    for answer in (portal, dead):
        between = Between(lambda host, line: world(host, line) if host in CONTROLS
                          else answer(host, line), cert)
        code, got = doors(house, between)
        between.close()
        equal((code, got["verdict"]), (3, "filtered"), got["sentence"])
        blames_nobody(got)


def a_wrong_word_is_told_with_its_cure(house):
    for words, cure in [(["deepsek"], "did you mean deepseek?"),
                        (["vllm"], "a server of yours"),
                        (["--timeout", "5"], "--timeout takes a duration"),
                        (["--proxy", "localhost:8080"], "--proxy takes http://HOST:PORT")]:
        p = house.run("doors", *words)
        equal(p.returncode, 2, words)
        check(cure in p.errors, p.errors)


if __name__ == "__main__":
    main([with_the_world_at_home_every_door_answers_and_all_is_fine,
          no_key_of_the_environment_is_sent_to_a_door,
          one_provider_that_is_silent_is_named_and_the_network_is_fine,
          a_certificate_that_ends_soon_is_named,
          without_a_network_it_says_so_and_blames_nobody,
          a_proxy_without_a_network_behind_it_is_named,
          a_captive_portal_is_seen_through_its_page_for_everything,
          an_interceptor_of_tls_is_seen_through_strange_certificates_everywhere,
          a_filter_that_lets_only_the_controls_through_is_no_provider_s_fault,
          a_wrong_word_is_told_with_its_cure])
