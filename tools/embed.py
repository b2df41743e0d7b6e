#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns files into one C file: a static const byte array each and a table of them.

usage: embed.py --header HEADER.h --table NAME --out OUT.c FILE...
       embed.py --header HEADER.h --table NAME --out OUT.c --folder DIR --ending .yaml

HEADER.h must declare
    struct THING { const char *name; const unsigned char *bytes; size_t n; };
    extern const struct THING NAME[];
    extern const size_t NAME_n;
where THING is NAME without its final "s". Sorted by file name and without dates or
paths, so the same files always give the same bytes; an output that would stay the same
is not touched, so that looking at a whole folder on every build costs no compilation.
"""
import argparse
import os
import sys

PER_LINE = 16


def array(symbol, data):
    lines = [f"static const unsigned char {symbol}[] = {{"]
    for i in range(0, len(data), PER_LINE):
        lines.append("\t" + " ".join(f"0x{b:02x}," for b in data[i:i + PER_LINE]))
    return "\n".join(lines + ["};", ""])


def generate(header, table, files):
    if not files:
        sys.exit("embed.py: no files")
    by_name = {os.path.basename(f): f for f in files}
    if len(by_name) != len(files):
        sys.exit("embed.py: two files have the same name")
    out = ["/* Made by tools/embed.py; do not edit. */", f'#include "{header}"', ""]
    rows = []
    for i, name in enumerate(sorted(by_name)):
        with open(by_name[name], "rb") as f:
            data = f.read()
        if not data:
            sys.exit(f"embed.py: {name} is empty")
        out += [f"/* {name} */", array(f"file_{i}", data)]
        rows.append(f'\t{{"{name}", file_{i}, sizeof(file_{i})}},')
    out += [f"const struct {table.removesuffix('s')} {table}[] = {{", *rows, "};",
            f"const size_t {table}_n = {len(rows)};", ""]
    return "\n".join(out)


def write(path, text):
    try:
        with open(path, encoding="ascii", newline="\n") as f:
            if f.read() == text:
                return
    except OSError:
        pass  # there is none yet
    with open(path, "w", encoding="ascii", newline="\n") as f:
        f.write(text)


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--header", required=True)
    args.add_argument("--table", required=True)
    args.add_argument("--out", required=True)
    args.add_argument("--folder", help="every file of it, besides those that are named")
    args.add_argument("--ending", default="")
    args.add_argument("files", nargs="*")
    a = args.parse_args()
    files = list(a.files)
    if a.folder:
        files += [os.path.join(a.folder, f) for f in os.listdir(a.folder)
                  if f.endswith(a.ending) and not f.startswith(".")]
    write(a.out, generate(a.header, a.table, files))


if __name__ == "__main__":
    main()
