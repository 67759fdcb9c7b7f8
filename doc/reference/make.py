#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The reference of codes, categories, errors and rules, from what the program knows.

usage: make.py html PROGRAM DIR     DIR/index.html (English) and DIR/ru.html: pages that need nothing else
       make.py man PROGRAM en|ru    sendwell-codes(7) in scdoc, on standard output
"""
import html
import json
import pathlib
import re
import subprocess
import sys

SECTIONS = ("codes", "categories", "errors", "rules", "vendors")
PAGES = {"en": "index.html", "ru": "ru.html"}

WORDS = {
    "en": {
        "title": "What mail errors mean",
        "intro": "SMTP reply codes, enhanced status codes, errors of programs, and what providers say, with who must "
                 "act, whether to try again, and the remedies. Made from the data of sendwell; "
                 "<code>sendwell explain TEXT</code> says the same on your terminal.",
        "search": "Search: a code, a word, an error", "found": "%s of %s entries", "skip": "To the entries",
        "contents": "Sections", "language": "По-русски", "language_code": "ru",
        "codes": "Codes", "basic": "Basic reply codes", "enhanced": "Enhanced status codes",
        "categories": "Categories", "errors": "Errors of programs", "rules": "What servers say", "vendors": "Who speaks",
        "who": "Who acts", "retry": "Retry", "list": "Mailing list", "category": "Category", "replies": "Comes with",
        "source": "Defined in", "causes": "Likely causes", "remedies": "What to do", "note": "Note", "numbers": "Numbers",
        "names": "Names", "next": "Next", "vendor": "Said by", "page": "Their page", "stage": "Stage", "scope": "Touches",
        "counted": "after %d failures", "days": "within %d days",
        "man_name": "NAME", "man_title": "what SMTP reply codes, enhanced codes and errors mean",
        "man_description": "DESCRIPTION", "man_see": "SEE ALSO",
        "man_text": "The codes and errors that *sendwell explain* knows, with what they mean by themselves. What a server "
                    "writes beside a code outranks it: give the whole reply to *sendwell-explain*(1). In an enhanced code _x_ "
                    "stands for 2 (done), 4 (try again) and 5 (refused for good).",
    },
    "ru": {
        "title": "Что значат почтовые ошибки",
        "intro": "Коды ответов SMTP, расширенные коды, ошибки программ и ответы почтовых служб: кто должен действовать, "
                 "стоит ли повторять и что делать. Составлено из данных sendwell; "
                 "<code>sendwell explain --lang ru ТЕКСТ</code> скажет то же в терминале.",
        "search": "Поиск: код, слово, ошибка", "found": "записей: %s из %s", "skip": "К записям",
        "contents": "Разделы", "language": "In English", "language_code": "en",
        "codes": "Коды", "basic": "Основные коды ответов", "enhanced": "Расширенные коды",
        "categories": "Категории", "errors": "Ошибки программ", "rules": "Что отвечают серверы", "vendors": "Кто отвечает",
        "who": "Кто решает", "retry": "Повтор", "list": "Рассылка", "category": "Категория",
        "replies": "Бывает вместе с", "source": "Определён в", "causes": "Вероятные причины", "remedies": "Что делать",
        "note": "Заметка", "numbers": "Числа", "names": "Имена", "next": "Дальше", "vendor": "Чей ответ",
        "page": "Страница службы", "stage": "Этап", "scope": "Затрагивает",
        "counted": "после %d отказов", "days": "за %d дней",
        "man_name": "ИМЯ", "man_title": "что значат коды ответов SMTP, расширенные коды и ошибки",
        "man_description": "ОПИСАНИЕ", "man_see": "СМОТРИТЕ ТАКЖЕ",
        "man_text": "Коды и ошибки, известные *sendwell explain*, и что они значат сами по себе. Слова сервера рядом с кодом "
                    "важнее кода: дайте весь ответ программе *sendwell-explain*(1). В расширенном коде _x_ означает 2 "
                    "(сделано), 4 (повторить позже) и 5 (отказано окончательно).",
    },
}


def load(program, language):
    """{section: {id: entry}} in the program's order."""
    command = [program, "--lang", language, "--config", "none", "explain", "--rules", "none", "--json", "--list"]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode().splitlines()
    data = {}
    for entry in map(json.loads, lines):
        data.setdefault(entry["section"], {})[entry["id"]] = entry
    missing = [s for s in (*SECTIONS, "causes", "remedies") if not data.get(s)]
    if missing:
        sys.exit(f"make.py: {program} lists no {', '.join(missing)}")
    return data


def is_basic(entry):
    return entry["id"].isdigit()


def list_action(entry, words):
    text = entry["list_action_text"]
    if entry.get("count_limit") and entry["list_action"] != "keep":
        text += ", " + words["counted"] % entry["count_limit"]
        if entry.get("count_days"):
            text += " " + words["days"] % entry["count_days"]
    return text


# ---- HTML

STYLE = """
:root{color-scheme:light dark;--text:#1a1c1f;--back:#fff;--soft:#5b6169;--line:#d9dde3;--box:#f5f7f9;--mark:#0b57a4}
@media (prefers-color-scheme:dark){:root{--text:#e4e6ea;--back:#15171a;--soft:#9aa1ab;--line:#33383f;--box:#1d2024;
--mark:#8ab8f0}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:54rem;background:var(--back);color:var(--text);
font:1rem/1.55 system-ui,sans-serif;overflow-wrap:anywhere}
a{color:var(--mark)}a:focus-visible,input:focus-visible,summary:focus-visible{outline:3px solid var(--mark);
outline-offset:2px}
h1{font-size:1.7rem;line-height:1.2;margin:.5rem 0}h2{font-size:1.25rem;margin:2.5rem 0 .5rem;padding-top:1rem;
border-top:1px solid var(--line)}h3{font-size:1.05rem;margin:0}h3 a{text-decoration:none}h3 .id{font-family:
ui-monospace,monospace}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem}
nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1rem;padding:0;list-style:none}
.search{position:sticky;top:0;background:var(--back);padding:.5rem 0;z-index:1}
input{width:100%;font:inherit;padding:.5rem .7rem;color:inherit;background:var(--box);border:1px solid var(--soft);
border-radius:.4rem}
article{margin:.8rem 0;padding:.8rem 1rem;background:var(--box);border:1px solid var(--line);border-radius:.5rem;
content-visibility:auto;contain-intrinsic-size:auto 9rem}
article:target{border-color:var(--mark);box-shadow:0 0 0 1px var(--mark)}
article p{margin:.3rem 0}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.5rem 0}
dt{color:var(--soft)}dd{margin:0}details{margin:.3rem 0}summary{cursor:pointer}
ul,ol{margin:.3rem 0;padding-left:1.4rem}pre{margin:.2rem 0;padding:.4rem .6rem;overflow-x:auto;background:var(--back);
border:1px solid var(--line);border-radius:.3rem}code,pre{font-family:ui-monospace,monospace;font-size:.92em}
.soft{color:var(--soft)}[hidden]{display:none!important}
@media (max-width:30rem){dl{grid-template-columns:1fr}dd{margin:0 0 .3rem}}
@media print{.search,nav{display:none}}
"""

SCRIPT = """
(function(){
var box=document.getElementById('search'),field=document.getElementById('q'),
said=document.getElementById('found'),all=[].slice.call(document.querySelectorAll('article')),
parts=[].slice.call(document.querySelectorAll('section')),
texts=all.map(function(a){return a.textContent.toLowerCase()});
function look(){var words=field.value.toLowerCase().split(/\\s+/).filter(Boolean),shown=0;
all.forEach(function(a,i){var on=words.every(function(w){return texts[i].indexOf(w)>=0});a.hidden=!on;shown+=on});
parts.forEach(function(p){p.hidden=!p.querySelector('article:not([hidden])')});
said.textContent=words.length?said.dataset.text.replace('%s',shown).replace('%s',all.length):''}
box.hidden=false;var timer;field.addEventListener('input',function(){clearTimeout(timer);timer=setTimeout(look,120)});
if(field.value)look();
})();
"""


def esc(text):
    return html.escape(str(text), quote=True)


def anchor(section, name):
    return {"codes": "code", "categories": "category", "errors": "error", "rules": "rule",
            "vendors": "vendor"}[section] + "-" + name


class Page:
    def __init__(self, data, language):
        self.data, self.language, self.words = data, language, WORDS[language]
        self.out = []

    def put(self, line):
        self.out.append(line)

    def link(self, section, name):
        return f'<a href="#{esc(anchor(section, name))}"><code>{esc(name)}</code></a>'

    def row(self, rows, label, value, raw=False):
        if value:
            rows.append(f"<dt>{esc(self.words[label])}</dt><dd>{value if raw else esc(value)}</dd>")

    def facts(self, entry):
        rows = []
        category = self.data["categories"].get(entry["category"] or "")
        judged = entry if entry["section"] == "categories" else category
        if judged:
            self.row(rows, "who", judged["who_text"])
            self.row(rows, "retry", entry.get("retry_text") or judged["retry_text"])
            self.row(rows, "list", list_action(judged, self.words))
        if category and entry["section"] != "categories":
            self.row(rows, "category", f'{self.link("categories", category["id"])} {esc(category["title"])}', raw=True)
        if entry.get("vendor"):
            vendor = self.data["vendors"][entry["vendor"]]
            self.row(rows, "vendor", f'<a href="#{esc(anchor("vendors", vendor["id"]))}">{esc(vendor["title"])}</a>',
                     raw=True)
        for label in ("replies", "source", "numbers", "names"):
            self.row(rows, label, entry.get(label))
        self.row(rows, "note", entry.get("note"))
        if entry.get("next_command"):
            self.row(rows, "next", f'<code>{esc(entry["next_command"])}</code>', raw=True)
        for key in ("ref", "url"):
            url = entry.get(key)
            if url and re.match(r"https?://", url):
                self.row(rows, "page", f'<a rel="noreferrer" href="{esc(url)}">{esc(url)}</a>', raw=True)
        return f"<dl>{''.join(rows)}</dl>" if rows else ""

    def advice(self, entry):
        own = [self.data["causes"][c]["title"] for c in entry.get("causes", [])]
        todo = [self.data["remedies"][r] for r in entry.get("remedies", [])]
        if own:
            self.put(f'<details><summary>{esc(self.words["causes"])}</summary><ul>')
            self.out += [f"<li>{esc(text)}</li>" for text in own]
            self.put("</ul></details>")
        if todo:
            self.put(f'<details><summary>{esc(self.words["remedies"])}</summary><ol>')
            for remedy in todo:
                literal = remedy.get("literal")
                self.put(f'<li>{esc(remedy["title"])}' + (f"<pre>{esc(literal)}</pre>" if literal else "") + "</li>")
            self.put("</ol></details>")

    def entry(self, entry):
        name = anchor(entry["section"], entry["id"])
        self.put(f'<article id="{esc(name)}"><h3><a class="id" href="#{esc(name)}">{esc(entry["id"])}</a> '
                 f'{esc(entry["title"])}</h3>')
        if entry["meaning"]:
            self.put(f'<p>{esc(entry["meaning"])}</p>')
        self.put(self.facts(entry))
        self.advice(entry)
        self.put("</article>")

    def section(self, name, title, entries):
        self.put(f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{esc(title)} '
                 f'<span class="soft">({len(entries)})</span></h2>')
        for entry in entries:
            self.entry(entry)
        self.put("</section>")

    def html(self):
        w = self.words
        codes = list(self.data["codes"].values())
        parts = [("basic", w["basic"], [c for c in codes if is_basic(c)]),
                 ("enhanced", w["enhanced"], [c for c in codes if not is_basic(c)])]
        parts += [(s, w[s], list(self.data[s].values())) for s in SECTIONS[1:]]
        self.put(f'<!doctype html>\n<html lang="{self.language}">\n<head><meta charset="utf-8">\n'
                 '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
                 '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'; '
                 'script-src \'unsafe-inline\'; base-uri \'none\'; form-action \'none\'">\n'
                 f'<title>{esc(w["title"])} - sendwell</title>\n<style>{STYLE}</style></head>\n<body>')
        other = w["language_code"]
        self.put(f'<a class="skip" href="#basic">{esc(w["skip"])}</a>\n<header><p class="soft">sendwell · '
                 f'<a href="{PAGES[other]}" hreflang="{other}" lang="{other}">{esc(w["language"])}</a></p>'
                 f'<h1>{esc(w["title"])}</h1><p>{w["intro"]}</p></header>')
        self.put(f'<nav aria-label="{esc(w["contents"])}"><ul>')
        self.out += [f'<li><a href="#{name}">{esc(title)}</a></li>' for name, title, _ in parts]
        self.put(f'</ul></nav>\n<div class="search" id="search" role="search" hidden><label for="q">{esc(w["search"])}'
                 f'</label><input id="q" type="search" autocomplete="off"><div id="found" class="soft" role="status" '
                 f'data-text="{esc(w["found"])}"></div></div>\n<main>')
        for part in parts:
            self.section(*part)
        self.put(f"</main>\n<script>{SCRIPT}</script></body></html>")
        return "\n".join(line for line in self.out if line) + "\n"


# ---- manual page

def scd(text):
    """Nothing in a text of the data is markup."""
    return re.sub(r"([\\*_#\[\]|`+<>.@~-])", r"\\\1", " ".join(text.split()))


def man_entry(entry, data, words):
    category = data["categories"].get(entry["category"] or "")
    judged = entry if entry["section"] == "categories" else category
    lines = [f'*{scd(entry["id"])}* {scd(entry["title"])}', f'\t{scd(entry["meaning"] or "")}', ""]
    facts = []
    if judged:
        facts.append(f'{words["who"]}: {scd(judged["who_text"])}.')
        facts.append(f'{words["retry"]}: {scd(entry.get("retry_text") or judged["retry_text"])}.')
    if entry["section"] == "categories":
        facts.append(f'{words["list"]}: {scd(list_action(entry, words))}.')
    elif category:
        facts.append(f'{words["category"]}: {scd(category["id"])}.')
    for label in ("numbers", "names"):
        if entry.get(label):
            facts.append(f"{words[label]}: {scd(entry[label])}.")
    if facts:
        lines += [f'\t{" ".join(facts)}', ""]
    if entry.get("note"):
        lines += [f'\t{scd(entry["note"])}', ""]
    return lines


def man(data, language):
    w = WORDS[language]
    codes = list(data["codes"].values())
    out = ["sendwell-codes(7)", "", f'# {w["man_name"]}', "", f'sendwell-codes - {w["man_title"]}', "",
           f'# {w["man_description"]}', "", w["man_text"], ""]
    parts = [(w["basic"], [c for c in codes if is_basic(c)]), (w["enhanced"], [c for c in codes if not is_basic(c)]),
             (w["categories"], data["categories"].values()), (w["errors"], data["errors"].values())]
    for title, entries in parts:
        out += [f"# {title.upper()}", ""]
        for entry in entries:
            out += man_entry(entry, data, w)
    out += [f'# {w["man_see"]}', "", "*sendwell-explain*(1), *sendwell-rules*(5)"]
    return "\n".join(out) + "\n"


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("html", "man"):
        sys.exit(__doc__)
    what, program, where = sys.argv[1:]
    if what == "man":
        sys.stdout.buffer.write(man(load(program, where), where).encode())
        return
    for language, name in PAGES.items():
        (pathlib.Path(where) / name).write_text(Page(load(program, language), language).html(), encoding="utf-8")


if __name__ == "__main__":
    main()
