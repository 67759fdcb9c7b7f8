#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""data/findings: every cause of the catalogue is there once and keeps to the format of data/README.md, in both
languages; what it refers to exists; its title tells a fact and no remedy."""

import collections
import glob
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap  # noqa: E402

try:
    import yaml
except ImportError:
    yaml = None

DATA = os.path.join(tap.ROOT, "data")
# file: the letter of its codes, and how many rows of the catalogue it holds; more may come.
FAMILIES = {
    "config": ("C", 17), "dns": ("D", 20), "route": ("R", 17), "middlebox": ("M", 14), "tls": ("T", 25),
    "greeting": ("G", 15), "auth": ("A", 20), "sender-recipient": ("S", 20), "data": ("B", 20), "rate": ("L", 13),
    "policy": ("P", 38), "accepted": ("W", 12), "queue": ("N", 13),
}
KEYS = ["code", "title", "title_plain", "story", "level", "stage", "who", "remedies", "recheck", "test", "lookalikes",
        "explains", "categories", "lab", "lab_why", "source"]
WORDS = {
    "level": "blocking risk note",
    "stage": "config local dns tcp greeting ehlo tls auth envelope data final relay inbox",
    "who": "sender-admin sender-user recipient receiving-admin network nobody",
    "applicability": "exact template advice",
    "lab": "yes case",
}
PLACEHOLDERS = set("host port address ip reverse domain name value limit recipient sender user code reply selector id "
                   "date".split())
COMMANDS = set("send verify diagnose explain check analyze queue suppress sandbox dkim version".split())
# Free words of strangers have no place in a command that is to be pasted.
FREE = set("value limit code reply date".split())
LONGEST_TITLE = 100
LEAST_WITH_LITERAL = 0.9
MOST_CASES = 0.06

CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
PLACEHOLDER = re.compile(r"\{([^}]*)\}")
SENTENCE = re.compile(r'[.!?](?="?(?:\s|$))')
REFERENCE = re.compile(r"SW-([A-Z]\d\d)")
# Advice, wherever it stands in a title; a request, where it begins one.
ADVICE = {
    "en": re.compile(r"\b(should|must|please|try to|needs? to be|has to be|have to be|in order to)\b"
                     r"|^(use|set|add|install|enable|disable|change|check|make|turn|switch|publish|wait|ask|remove|"
                     r"send|open|allow|replace|correct|configure|log in|upgrade|update|renew)\b", re.IGNORECASE),
    "ru": re.compile(r"\b(следует|нужно|надо|необходимо|попробуйте|пожалуйста)\b|^\w+(йте|ите|ьте)(сь)?\b",
                     re.IGNORECASE),
}
# Words that judge and do not say what was expected.
JUDGING = {
    "en": re.compile(r"\b(invalid|illegal|stupid|your fault)\b", re.IGNORECASE),
    "ru": re.compile(r"некорректн|недопустим|невалидн|по вашей глупости", re.IGNORECASE),
}
QUOTED = re.compile(r'"[^"]*"')
RFC = re.compile(r"RFC \d{3,4}( ([1-9]\d*|[A-Z])(\.\d+)*)?")


def strict_loader():
    """As yaml.SafeLoader, and a key that comes twice in a mapping is an error."""

    class Loader(yaml.SafeLoader):
        pass

    def mapping(loader, node):
        keys = [loader.construct_object(key) for key, _ in node.value]
        twice = [k for k, n in collections.Counter(keys).items() if n > 1]
        assert not twice, f"{node.start_mark}: {twice} more than once"
        return dict(zip(keys, (loader.construct_object(value, deep=True) for _, value in node.value)))

    Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    return Loader


def read():
    found = {}
    for path in sorted(glob.glob(os.path.join(DATA, "findings", "*.yaml"))):
        with open(path, encoding="utf-8") as file:
            document = yaml.load(file, strict_loader())
        assert list(document) == ["findings"], f"{path}: one mapping with the key findings"
        found[os.path.basename(path)[:-len(".yaml")]] = document["findings"]
    return found


FILES = read() if yaml else {}
ALL = [finding for findings in FILES.values() for finding in findings]
BY_CODE = {finding.get("code"): finding for finding in ALL}


def texts(finding):
    """(where, {en, ru}) of everything that people read."""
    for key in ("title", "title_plain", "story", "test", "lab_why"):
        if key in finding:
            yield key, finding[key]
    for i, remedy in enumerate(finding["remedies"]):
        yield f"remedies[{i}].text", remedy["text"]


def with_placeholders(finding):
    yield "title", finding["title"]["en"]
    yield "title", finding["title"]["ru"]
    yield "recheck", finding["recheck"]
    for remedy in finding["remedies"]:
        yield "literal", remedy.get("literal", "")


def none(flaws):
    """Fails with all flaws in its text; the first would hide the others."""
    flaws = list(flaws)
    assert not flaws, "\n".join(str(flaw) for flaw in flaws)


@tap.case("every cause of the catalogue is there once, in the file of its family")
def _():
    assert sorted(FILES) == sorted(FAMILIES), sorted(FILES)
    for family, (letter, rows) in FAMILIES.items():
        codes = [finding["code"] for finding in FILES[family]]
        assert codes == [f"{letter}{i:02d}" for i in range(1, len(codes) + 1)], f"{family}: {codes}"
        assert len(codes) >= rows, f"{family}: {len(codes)} of {rows}"
    assert len(BY_CODE) == len(ALL) >= 244, f"{len(BY_CODE)} codes, {len(ALL)} findings"


@tap.case("each has the keys of the format, in their order")
def _():
    for finding in ALL:
        keys = [key for key in KEYS if key != "lab_why" or finding.get("lab") == "case"]
        assert list(finding) == keys, f"{finding['code']}: {list(finding)}"
        for remedy in finding["remedies"]:
            want = ["who", "text", "literal", "applicability"]
            if remedy.get("applicability") == "advice":
                want.remove("literal")
            assert list(remedy) == want, f"{finding['code']}: {list(remedy)}"
        for key in ("remedies", "lookalikes", "source"):
            assert finding[key], f"{finding['code']}: {key} is empty"


@tap.case("words that the program knows are among those that it knows")
def _():
    def values(finding):
        for key in ("level", "stage", "who", "lab"):
            yield key, finding[key]
        for remedy in finding["remedies"]:
            yield "who", remedy["who"]
            yield "applicability", remedy["applicability"]

    none(f"{f['code']}: {key}: {value!r}" for f in ALL for key, value in values(f)
         if value not in WORDS[key].split())


@tap.case("every text is there in English and in Russian")
def _():
    flaws = []
    for finding in ALL:
        for where, text in texts(finding):
            name = f"{finding['code']} {where}"
            if list(text) != ["en", "ru"] or not all(isinstance(t, str) and t == t.strip() and t for t in text.values()):
                flaws.append(f"{name}: {text}")
                continue
            if CYRILLIC.search(text["en"]):
                flaws.append(f"{name}: Cyrillic in en")
            if len(CYRILLIC.findall(text["ru"])) < 4:
                flaws.append(f"{name}: hardly any Cyrillic in ru")
            # Both say the same, so one is not a stub of the other.
            if not 0.5 < len(text["ru"]) / len(text["en"]) < 2:
                flaws.append(f"{name}: {len(text['en'])} characters en, {len(text['ru'])} ru")
    none(flaws)


@tap.case("a title is one line, a fact, and holds no remedy")
def _():
    flaws = []
    for finding in ALL:
        for key in ("title", "title_plain"):
            for language, title in finding[key].items():
                name = f"{finding['code']} {key} {language}: {title}"
                if len(title) > LONGEST_TITLE or "\n" in title or title.endswith("."):
                    flaws.append(f"{name}: too long, several lines, or a full stop")
                bare = QUOTED.sub("", title)
                if ADVICE[language].search(bare):
                    flaws.append(f"{name}: advice: {ADVICE[language].search(bare).group()}")
        for remedy in finding["remedies"]:
            if remedy.get("literal", finding["code"]) in finding["title"]["en"]:
                flaws.append(f"{finding['code']}: the title holds the literal of a remedy")
    none(flaws)


@tap.case("the check for advice in titles finds some")
def _():
    for title in ("Use port 587", "The server should offer TLS", "Port 25 must be opened", "Please wait"):
        assert ADVICE["en"].search(title), title
    for title in ("Используйте порт 587", "Порт нужно открыть", "Проверьте имя", "Обновите сертификат"):
        assert ADVICE["ru"].search(title), title


@tap.case("no text judges without saying what was expected")
def _():
    none(f"{f['code']} {where}: {JUDGING[lang].search(QUOTED.sub('', t)).group()}" for f in ALL
         for where, text in texts(f) for lang, t in text.items() if JUDGING[lang].search(QUOTED.sub("", t)))


@tap.case("no two findings have the same title or story")
def _():
    for key in ("title", "title_plain", "story", "test"):
        for language in ("en", "ru"):
            counted = collections.Counter(finding[key][language] for finding in ALL)
            none(f"{key} {language}: {text}" for text, count in counted.items() if count > 1)


@tap.case("placeholders are those of the closed list, and stand where evidence is")
def _():
    flaws = []
    for finding in ALL:
        code = finding["code"]
        for where, text in with_placeholders(finding):
            flaws += [f"{code} {where}: {{{p}}}" for p in PLACEHOLDER.findall(text) if p not in PLACEHOLDERS]
            if where != "title" and FREE & set(PLACEHOLDER.findall(text)):
                flaws.append(f"{code} {where}: free words in a command: {text}")
            if re.search(r"[{}]", PLACEHOLDER.sub("", text)):
                flaws.append(f"{code} {where}: a lone brace: {text}")
        for where, text in texts(finding):
            if where != "title" and any("{" in t or "}" in t for t in text.values()):
                flaws.append(f"{code} {where}: a brace, where no evidence is")
        both = [sorted(PLACEHOLDER.findall(t)) for t in finding["title"].values()]
        if both[0] != both[1]:
            flaws.append(f"{code}: title has {both[0]} in en and {both[1]} in ru")
        if not both[0] and finding["title"] != finding["title_plain"]:
            flaws.append(f"{code}: two titles, and the first needs no evidence")
    none(flaws)


@tap.case("the README lists the placeholders that the test knows")
def _():
    with open(os.path.join(DATA, "README.md"), encoding="utf-8") as file:
        section = file.read().split("\n## findings", 1)[1]
    rows = [line for line in section.splitlines() if line.startswith("| `{")]
    assert set(re.findall(r"`\{(\w+)\}`", "".join(rows))) >= PLACEHOLDERS
    listed = {p for row in rows for cell in row.split("|")[1::2] for p in re.findall(r"^ `\{(\w+)\}`", cell)}
    assert listed <= PLACEHOLDERS, listed - PLACEHOLDERS


@tap.case("a story has 4 to 10 sentences and names the same findings in both languages")
def _():
    flaws = []
    for finding in ALL:
        named = [REFERENCE.findall(text) for text in finding["story"].values()]
        if set(named[0]) != set(named[1]):
            flaws.append(f"{finding['code']}: {named}")
        flaws += [f"{finding['code']}: SW-{code} does not exist" for code in named[0] if code not in BY_CODE]
        if finding["code"] in named[0]:
            flaws.append(f"{finding['code']}: names itself")
        for language, text in finding["story"].items():
            if not 4 <= len(SENTENCE.findall(text)) <= 10 or "\n" in text:
                flaws.append(f"{finding['code']} {language}: {len(SENTENCE.findall(text))} sentences, or paragraphs")
    none(flaws)


@tap.case("a story tells its finding from at least one of its look-alikes or relatives")
def _():
    def relatives(finding):
        explained = [code for code, other in BY_CODE.items() if finding["code"] in other["explains"]]
        return {*finding["lookalikes"], *finding["explains"], *explained}

    alone = {"P37"}     # what has no part in delivery is mistaken for nothing in particular
    none(finding["code"] for finding in ALL if finding["code"] not in alone
         and not relatives(finding) & set(REFERENCE.findall(finding["story"]["en"])))


@tap.case("look-alikes exist, and see each other")
def _():
    none(f"{f['code']}: {other}" for f in ALL for other in f["lookalikes"]
         if other == f["code"] or f["code"] not in BY_CODE.get(other, {"lookalikes": []})["lookalikes"])
    none(f["code"] for f in ALL if len(set(f["lookalikes"])) != len(f["lookalikes"]))


@tap.case("what a finding absorbs exists, and no two absorb each other")
def _():
    none(f"{f['code']}: {other}" for f in ALL for other in f["explains"] if other not in BY_CODE)

    def absorbed(code, seen):
        for other in BY_CODE[code]["explains"]:
            if other not in seen:
                absorbed(other, seen | {other})
                seen.add(other)
        return seen

    none(f"{code} absorbs itself" for code in BY_CODE if code in absorbed(code, set()))


@tap.case("one remedy at least is for the one who must act first")
def _():
    none(f"{f['code']}: {f['who']}" for f in ALL if f["who"] not in [remedy["who"] for remedy in f["remedies"]])


@tap.case("nine of ten findings have the very record, command or setting")
def _():
    having = [f["code"] for f in ALL if any("literal" in remedy for remedy in f["remedies"])]
    assert len(having) >= LEAST_WITH_LITERAL * len(ALL), f"{len(having)} of {len(ALL)}"


@tap.case("literal DNS records name their owner in full")
def _():
    record = re.compile(r"^(\S+) (?:\d+ )?(?:IN )?(A|AAAA|MX|PTR|TXT|TLSA|CNAME) \S")
    seen = 0
    for finding in ALL:
        for remedy in finding["remedies"]:
            for line in remedy.get("literal", "").splitlines():
                match = record.match(line)
                if match:
                    seen += 1
                    assert match.group(1).endswith("."), f"{finding['code']}: {line}"
                    if match.group(2) in ("MX", "PTR", "CNAME"):
                        assert line.endswith("."), f"{finding['code']}: {line}"
    assert seen > 20, seen


@tap.case("the cure is proved by a command of the program")
def _():
    none(f"{f['code']}: {f['recheck']}" for f in ALL
         if f["recheck"].split()[0] != "sendwell" or f["recheck"].split()[1] not in COMMANDS)


@tap.case("the reply categories exist, and each that means trouble leads to a finding")
def _():
    with open(os.path.join(DATA, "categories.yaml"), encoding="utf-8") as file:
        known = {category["id"] for category in yaml.load(file, strict_loader())["categories"]}
    used = {category for finding in ALL for category in finding["categories"]}
    none(f"no such category: {category}" for category in used - known)
    # These say nothing about a cause, or that all is well.
    fine = {"unknown", "info.delivered"}
    none(f"no finding for {category}" for category in known - used - fine)


@tap.case("every fault of the sandbox has its finding, which can be made on one machine")
def _():
    with open(os.path.join(tap.ROOT, "src", "sandbox", "fault.def"), encoding="utf-8") as file:
        causes = set(REFERENCE.findall(file.read()))
    assert len(causes) > 50, len(causes)
    none(f"SW-{code}" for code in causes if BY_CODE.get(code, {}).get("lab") != "yes")


@tap.case("few causes need a saved case, and each says why")
def _():
    cases = [f["code"] for f in ALL if f["lab"] == "case"]
    assert len(cases) <= MOST_CASES * len(ALL), cases


@tap.case("sources are the catalogue, standards by number and section, or documentation by title")
def _():
    flaws = []
    for finding in ALL:
        if "catalogue" not in finding["source"] and int(finding["code"][1:]) <= FAMILIES_BY_LETTER[finding["code"][0]]:
            flaws.append(f"{finding['code']}: a row of the catalogue does not say so")
        flaws += [f"{finding['code']}: {source}" for source in finding["source"]
                  if source.startswith("RFC") and not RFC.fullmatch(source)]
    none(flaws)


FAMILIES_BY_LETTER = dict(FAMILIES.values())

if __name__ == "__main__":
    sys.exit(tap.main(needs=None if yaml else "python3-yaml is missing"))
