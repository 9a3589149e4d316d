# Writes ../badness.txt: ftfy's expression for mojibake in RE2's notation.
# Run in this folder with: ftfy 6.3.1.
from ftfy import badness



def re2(c):
    return c if c.isascii() and c.isalnum() else "\\x{%x}" % ord(c)


# The source is verbose: spaces outside of [] and comments do not count.
src = badness.BADNESS_RE.pattern
out, i, inside = [], 0, False
while i < len(src):
    c = src[i]
    if c == "\\":
        n = src[i + 1]
        if n == "s":
            space = "".join(
                "\\x{9}-\\x{d}\\x{1c}-\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"
            )
            out.append(space if inside else "[" + space + "]")
            i += 2
        elif n == "w":
            out.append("\\p{L}\\p{N}_" if inside else "[\\p{L}\\p{N}_]")
            i += 2
        elif n == "x":
            out.append(re2(chr(int(src[i + 2 : i + 4], 16))))
            i += 4
        else:
            raise SystemExit("unknown escape " + n)
        continue
    if inside:
        inside = c != "]"
        out.append(c if c in "]-^" else re2(c))
    elif c == "[":
        inside = True
        out.append(c)
    elif c == "#":
        i = src.index("\n", i)
        continue
    elif c.isspace() and c.isascii():
        pass
    elif c in "|^?.":
        out.append(c)
    else:
        out.append(re2(c))
    i += 1
text = "".join(out)
open("../badness.txt", "w").write(text)
