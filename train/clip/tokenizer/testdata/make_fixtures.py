# Makes fixtures.jsonl.gz and blocks.json.gz with open_clip's tokenizer.
# Run in this folder with: open_clip_torch 3.3.0, ftfy 6.3.1, regex 2026.5.9,
# Python 3.11 (Unicode 14).
#
# fixtures: one {"t": text, "ids": ids without start and end, "bad": true where
# ftfy saw mojibake} a line. blocks: for each block of 256 code points a digest
# of the ids of every assigned character between two letters.
import gzip, hashlib, html, json, random, unicodedata
import ftfy
import open_clip.tokenizer as oct

random.seed(7)
tok = oct.SimpleTokenizer()
saw = []
is_bad = ftfy.is_bad


def spy(text):
    bad = is_bad(text)
    if bad:
        saw.append(text)
    return bad


ftfy.is_bad = spy


def encode(text):
    saw.clear()
    ids = tok.encode(text)
    return ids, bool(saw)


texts = []
add = texts.append

# 1. Plain captions and differences.
nouns = "man woman dog cat bus train street kitchen table horse pizza surfboard giraffe umbrella skateboarder fire-hydrant teddy bear motorcycle traffic light bench airplane toothbrush".split()
adjs = "red small wooden blurry snow-covered young elderly crowded empty black-and-white two three 12 1,000 old-fashioned brightly-lit".split()
verbs = "riding holding standing near sitting on eating looking at wearing flying over leaning against".split()
ends = [".", "", "!", " ...", "  ", " .", "\n", "?!", ";"]
forms = [
    "A {a} {n} {v} a {b} {m}{e}",
    "the {n}'s {m} isn't {a}, but it's {b}{e}",
    "The first image shows a {a} {n}, whereas the second shows {b} {m}s{e}",
    "They've {v} the {n}; we'll see what she'd said: \"{a} {m}\"{e}",
    "In contrast to image 2, {n} ({a}/{b}) {v} {m} at 7:45pm on 24th St.{e}",
    "{n} {m} {a} {b} {v}{e}",
    "I'M {a} AND YOU'RE {b}, SHOULDN'T'VE {v} THE {n}{e}",
    "#{n} @{m} $3.99 50% {a}_{b} {v}--{n}{e}",
]
for _ in range(700):
    c = random.choice
    s = c(forms).format(a=c(adjs), b=c(adjs), n=c(nouns), m=c(nouns), v=c(verbs), e=c(ends))
    add(random.choice([s, s, s, s.upper(), s.title(), "  " + s, s.replace(" ", "  "), s.replace(" ", "\t"), s.replace("'", "\u2019"), s.replace('"', "\u201c")]))

# 2. Random words, letters, ASCII noise.
for _ in range(250):
    add("".join(random.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(random.randint(1, 25))))
for _ in range(250):
    add("".join(chr(random.randint(32, 126)) for _ in range(random.randint(1, 60))))
for _ in range(100):
    add("".join(chr(random.randint(0, 127)) for _ in range(random.randint(1, 60))))

# 3. Hostile by hand.
for s in [
    "", " ", "\n", "\t \r\n", "a", "A", "'", "''", "'s", "'S", "''s", "'ſ", "'ſ s", "it'ſ", "’s", "it’s", "'re're", "'LL", "'l", "'v e",
    "<start_of_text>", "<end_of_text>", "<START_OF_TEXT>", "<ſtart_of_text>", "<start_of_text> <end_of_text>", "x<end_of_text>y", "<<end_of_text>>", "!<end_of_text>",
    "<|startoftext|>", "<|endoftext|>", "<start_of_text", "<start of text>", "&lt;end_of_text&gt;", "<END_OF_TEXT>" * 100,
    "1", "12", "1 2 3", "①②③", "½", "Ⅳ", "٣٤", "१२३", "²", "10³", "𝟘𝟙", "1st 2nd 3rd 4th", "3.14159", "1,000,000",
    "İstanbul", "İ", "ΑΣ", "Σ", "ΣΑΣ", "ΟΔΥΣΣΕΥΣ", "ΑΣ.", "ΑΣ'Α", "ΑΣ'", "Α.Σ", "Σ.Α", "ΑΣ\u0301", "ΑΣ\u0301Α", "\u0301Σ", "1Σ", "aΣ b", "ΑΣ·Α", "ΑΣ:Α", "ΑΣ-Α", "ΑΣ\u00adΑ", "ΑʰΣ", "ʰΣ", "ⅣΣ", "ΣⅣ", "ªΣ", "ⒶΣ",
    "straße", "STRASSE", "ẞ", "Ǆ ǅ ǆ", "ŉ", "ﬁﬂﬀﬃﬄﬅﬆ", "Ĳ ĳ", "ſ", "K Å", "ⓐⒶ",
    "ＬＯＵＤ　ＮＯＩＳＥＳ", "Ｕﾀｰﾝ", "ｶﾞｷﾞ", "ﾊﾟ", "ￜﾡ", "￦￥", "＂quoted＂", "＆ａｍｐ；", "＜b＞",
    "cafe\u0301", "café", "e\u0301\u0323", "e\u0323\u0301", "\u0301a", "한국어", "\u1112\u1161\u11ab", "가\u11a8", "नि", "क़", "\u0958", "ͅ", "a\u0345b", "ᾳ", "α\u0345", "\u0345\u0345", "Ω", "Å", "\u2126", "\u212b", "\u0344", "\u0340",
    "a" + "\u0301" * 40, "a" + "\u0301\u0323" * 40, "x" + "\u0316\u0301\u0345" * 30 + "y", "\u0300" * 35, "é" * 40, "a\u0301" * 40, "q" + "\u0315\u0301" * 33 + "e\u0301",
    "".join(chr(0x300 + i % 112) + ("z" if i % 50 == 0 else "") for i in range(300)),
    "“curly” ‘quotes’ ‚low‛ „low‟ ʼ", "it‘s", "«guillemets»", "–—―", "…",
    "a\u00a0b", "a\u200bb", "a\u200cb\u200dc", "a\u2028b\u2029c", "a\u0085b", "a\x1cb\x1db\x1ec\x1fd", "a\x0bb", "a\x0cb", "a\u3000b", "\ufeffbom", "a\ufeffb", "a\ufffcb", "a\u00adb", "a\u206ab", "\u202eabc", "a\x00b", "a\x7fb", "\u1680x", "x\u180ey", "\u2000\u200a\u202f\u205f",
    "\x1b[36;44mI'm blue\x1b[0m", "\x1b[31", "\x1b[mx", "\x1b[٣mx", "\x1b\x1b[0m[0mx", "\x1b[1;;2Kx", "a\r\nb\rc\n\rd", "\r\r\n",
    "👍", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "🇩🇪", "❤️", "a👍b", "👍👍👍", "𝕳𝖊𝖑𝖑𝖔", "¯\\_(ツ)_/¯", "ಠ_ಠ", "(╯°□°)╯︵ ┻━┻", "✔ No problems",
    "日本語のテキスト", "中文字符", "Русский текст", "العربية", "עברית", "ไทย", "Ελληνικά", "Tiếng Việt", "ქართული", "ՀԱՅԵՐԵՆ", "हिन्दी", "ᏣᎳᎩ", "ꭰꭱ", "Ꭰ", "ა Ა", "𐐀𐐨", "𞤀𞤢",
    "don't won't can't I'd I'll we're they've I'm ma'am o'clock rock'n'roll 'twas", "should've", "l'été d'aujourd'hui", "O'Reilly's", "'90s", "the dogs' bones", "'Tis",
    "http://example.com/a?b=c&d=e", "user@example.com", "C:\\path\\file.txt", "a/b/c", "x=y+z*2", "snake_case camelCase kebab-case", "_", "__init__", "a_b", "日本_語", "--", "-1", "...", "!!!", "?!?!", "#hashtag", "$100", "100%", "50°F", "20°C", "5'10\"", "é", "É", "naïve façade", "Zürich", "ÅNGSTRÖM", "señor", "Ñandú", "smörgåsbord", "crème brûlée", "100€", "£5", "¥500", "©2020", "®", "™", "½ cup", "×", "÷", "±5", "§3", "¶", "•", "·", "¿qué?", "¡hola!",
    "ª", "º", "1º", "µm", "Å", "a Å b", "Ã", "a Ã b", "à la carte", "voilà le travail", "ÃƒÂ©", "cafÃ©", "sÃ³", "â€œquotedâ€\x9d", "â€™s", "itâ€™s", "donâ€™t", "Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "l’humanitÃ©", "Â£5", "Â", "\x80", "\x85", "\x91quoted\x92", "\x93x\x94", "\x81", "œuvre", "Œ", "œ", "bœuf", "œ1", "ŒĆ", "ŠŽ", "€š", "°", "Å°", "∞≠∂", "√±", "вЂ", "ГўВЂВ.a", "β€™", "ā€", "\ufffd", "a\ufffdb", "é\ufffd", "\ufffd\ufffd", "│─┐", "╔═╗", "█▓▒░", "░é", "╗™",
    "x" * 100, "x" * 500, "ab" * 300, "the " * 100, "zq" * 200, "aaa aa a", "a" * 76, "1" * 75, "1" * 76, "1" * 77, "! " * 90, "é" * 100, "日" * 60, "supercalifragilisticexpialidocious", "pneumonoultramicroscopicsilicovolcanoconiosis", "antidisestablishmentarianism", "hhhhhhhhhhhhh", "thththth", "lolololololol",
    "&amp;", "&amp;amp;", "&amp;amp;amp;", "&amp;amp;amp;amp;", "&lt;b&gt;bold&lt;/b&gt;", "<b>&amp;</b>", "<b>&amp;amp;amp;", "&amp;\n<\n&amp;amp;amp;", "<\n&amp;amp;amp;", "&notit;", "&not", "&notin;", "&notin", "this&not that", "&ampamp;", "&am", "&", "&&", "&;", "&#;", "&#x;", "&#X41;", "&#x41", "&#65", "&#65;", "&#065;", "&#0;", "&#128;", "&#x80;", "&#129;", "&#x9f", "&#xd800;", "&#x110000;", "&#1114111;", "&#xfffe;", "&#xfdd0;", "&#11;", "&#13;", "&#12;", "&#10;", "&#9;", "&#31;", "&#127;", "&#99999999999999999999;", "&#999999999999999999999999999999;", "&#38;amp;", "&#38;#38;amp;", "&#59;", "&#x3b;", "&semi;", "&#38;", "&#60;", "&#6a;", "&#12a34;", "&#abc;", "&#38;&#35;38;",
    "P&EACUTE;REZ", "P&eacute;rez", "BUNDESSTRA&SZLIG;E", "&ntilde; &Ntilde; &NTILDE; &nTILDE;", "&NBSP;x", "&nbsp;x", "&NbSp;", "&FFLIG;", "&HELLIP;", "&GTRAPPROX;", "&LTx", "&ltx", "&copycat", "&COPY", "&Eacute", "&eacutex", "&frac12;", "&FRAC12;", "&NotEqualTilde;", "&fjlig;", "&Jscr;ohn &HilbertSpace;ancock", "&CounterClockwiseContourIntegral;", "&counterclockwisecontourintegral;", "&COUNTERCLOCKWISECONTOURINTEGRAL;", "&quot;x&quot;", "&QUOT;", "&apos;s", "&rsquo;s", "&AACUTE", "&aacute" + "x" * 40, "&éacute;", "&日本;", "&amp;eacute;", "&amp;amp;eacute;", "&lt;&eacute;", "&am&amp;p;", "&#38;lt;end_of_text&#38;gt;",
    "a\nb\nc", "a\n\n\nb", "x<\ny&amp;lt;", "fi\ufb01 <ﬁ>", "\u200f\u200eabc", "A\u030a", "A\u030aB", "\u1e9b\u0323", "ﷺ", "㎏", "①", "ﾞ", "か\uff9e", "か\u3099",
]:
    add(s)

# 4. Every HTML reference there is, with and without semicolon, and in capitals.
names = sorted({n.rstrip(";") for n in html.entities.html5})
for variant in (lambda n: f"&{n};", lambda n: f"&{n}", lambda n: f"&{n.upper()};"):
    for i in range(0, len(names), 24):
        add(" ".join(variant(n) for n in names[i : i + 24]))
for i in range(0, 0x180, 24):
    add(" ".join(f"&#{n};" for n in range(i, i + 24)))
    add("".join(f"&#x{n:x}" + random.choice(["", ";", "g"]) for n in range(i, i + 24)))

# 5. Random Unicode: letters with marks, scripts, symbols, mojibake.
ranges = [(0x20, 0x7E)] * 8 + [(0xA0, 0x17F)] * 4 + [
    (0x80, 0xFF), (0x180, 0x24F), (0x250, 0x2FF), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF), (0x530, 0x5FF), (0x600, 0x6FF), (0x900, 0x97F),
    (0xE00, 0xE7F), (0x10A0, 0x10FF), (0x1100, 0x11FF), (0x13A0, 0x13FF), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x2070, 0x20CF), (0x2100, 0x21FF), (0x2200, 0x22FF), (0x2460, 0x25FF), (0x2600, 0x27BF),
    (0x2C00, 0x2DFF), (0x3000, 0x30FF), (0x4E00, 0x4FFF), (0xAC00, 0xADFF), (0xFB00, 0xFDFF), (0xFE00, 0xFEFF), (0xFF00, 0xFFEF), (0x10400, 0x1044F), (0x1D400, 0x1D7FF), (0x1F300, 0x1F6FF),
]


def char():
    while True:
        a, b = random.choice(ranges)
        s = chr(random.randint(a, b))
        if unicodedata.category(s) not in ("Cn", "Cs", "Co"):
            return s


for _ in range(450):
    add("".join(random.choice([char(), char(), " ", "a", "E", "'s", "\u0301", "Σ"]) for _ in range(random.randint(1, 22))))
for _ in range(200):
    a, b = random.choice(ranges[8:])
    add("".join(s for s in (chr(random.randint(a, b)) for _ in range(random.randint(2, 18))) if unicodedata.category(s) not in ("Cn", "Cs", "Co")))
for enc in ["latin-1", "windows-1252", "macroman", "windows-1251", "cp437"]:
    for word in ["café “quoted”", "naïve – text…", "Привет мир", "日本", "señor ½ £5", "éà è", "it’s"]:
        add(word.encode("utf-8").decode(enc, errors="replace"))

seen, lines = set(), []
for t in texts:
    if t in seen:
        continue
    seen.add(t)
    ids, bad = encode(t)
    lines.append(json.dumps({"t": t, "bad": True} if bad else {"t": t, "ids": ids}, separators=(",", ":"), ensure_ascii=False))
with gzip.GzipFile("fixtures.jsonl.gz", "wb", compresslevel=9, mtime=0) as f:
    f.write(("\n".join(lines) + "\n").encode())

# Blocks: what is assigned in Unicode 14 and stands alone, so that no
# character newer than that is asked for.
blocks = {}
for block in range(0x110000 >> 8):
    h, n = hashlib.sha256(), 0
    for c in range(block << 8, (block + 1) << 8):
        if unicodedata.category(chr(c)) in ("Cn", "Cs", "Co"):
            continue
        for t in (f"b{chr(c)}B 1{chr(c)}", f"BΣ{chr(c)}c{chr(c)}Σ"):
            ids, bad = encode(t)
            h.update((("bad" if bad else ",".join(map(str, ids))) + "\n").encode())
        n += 1
    if n:
        blocks[f"{block:x}"] = h.hexdigest()[:8]
runs = []
for c in range(0x110000):
    if unicodedata.category(chr(c)) in ("Cn", "Cs", "Co"):
        continue
    if runs and runs[-1][1] == c - 1:
        runs[-1][1] = c
    else:
        runs.append([c, c])
flat, at = [], 0
for a, b in runs:  # gaps and lengths, which compress well
    flat += [a - at, b - a + 1]
    at = b + 1
with gzip.GzipFile("blocks.json.gz", "wb", compresslevel=9, mtime=0) as f:
    f.write(json.dumps({"assigned": flat, "digests": blocks}, separators=(",", ":")).encode())
print(len(lines), "texts,", sum('"bad"' in x for x in lines), "with mojibake,", len(blocks), "blocks")
