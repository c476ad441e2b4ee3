"""Hostile texts, by class."""

from __future__ import annotations

NAUGHTY = {
    "nothing": ["", " ", "\t", "\n", "\u00a0", "\u200b", "\u2028", "\ufeff", "\u3000", "\u180e"],
    "words": [
        "null", "undefined", "None", "NaN", "Infinity", "-Infinity", "true", "nil", "(null)", "0", "-0", "1e400",
        "0x10", "1_000", "01", "1.", ".5", "+1", "9223372036854775808", "-9223372036854775809", "1/0", "١٢٣",
    ],
    "unicode": [
        "é", "e\u0301", "ﬀ", "ẞß", "İi", "Ω≈ç√∫", "田中さん", "표준", "🐦", "👩‍👩‍👧‍👦", "🇸🇪", "\U0001f3f4\U000e0067",
        "\U0010ffff", "\ufffd", "\ufffe", "\uffff", "a" + "\u0300" * 60, "Z̴͉͝ă̵l̶g̷o̵", "\u0378", "\ue000", "𝒜", "½",
    ],
    "direction": ["\u202etxt.exe", "\u2066a\u2069", "مرحبا", "שלום", "\u200fa", "a\u061cb"],
    "control": ["\u0000", "a\u0000b", "\u0001", "\u001b[31m", "\u007f", "\u0085", "a\r\nX-A: b", "\x08\x08", "\x1a"],
    "sql": [
        "'", "''", "\"", "1;drop table events", "' or '1'='1", "\\'; --", "$$;select pg_sleep(9)$$", "%", "_", "\\",
        "x' union select null--", "admin'/*", "{}", "{1,2}", "(1,2)", "\\x00", "E'\\000'", "a:b&c|d", "<->", "'a' <-> 'b'",
        ":*", "!a", "(((", "a & !", "*",
    ],
    "html": ["<script>alert(1)</script>", "\"><img src=x onerror=a>", "javascript:a()", "&lt;", "<!--", "]]>", "{{7*7}}"],
    "shell": ["$(touch /tmp/x)", "`id`", "; ls", "| cat", "%s%n", "%d", "${jndi:ldap://a}", "../../etc/passwd", "C:\\con", "~"],
    "formula": ["=1+1", "@sum(a)", "+1", "-1", "'=1", "\t=1"],
    "json": ["{", "[", "\"", "\\u0000", "\\ud800", "{\"a\":1}", "//", "/a~1b", "~", "__proto__", "constructor"],
    "times": [
        "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-12-31T23:59:60Z", "0000-01-01T00:00:00Z", "tomorrow",
        "9999-12-31T23:59:59.999999999Z", "+10000-01-01T00:00:00Z", "2026-01-01T00:00:00+23:59", "1969-12-31T23:59:59Z",
        "infinity", "now", "epoch", "-infinity", "2026-01-01 00:00:00", "2026-01-01T00:00:00.1234567Z", "20260101T000000Z",
    ],
    "ids": [
        "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "{0192f0c1-7e5a-7cc3-9d0e-5f8a4b2c1d6e}",
        "0192F0C1-7E5A-7CC3-9D0E-5F8A4B2C1D6E", "0192f0c17e5a7cc39d0e5f8a4b2c1d6e", "external:", "alias:", "external:alias:",
        "cust_ZZZZZZZZZZZZZZZZZZZZZZZZZZ", "cus_00000000000000000000000000", "cmp_0", "find", "..", ".", "urn:uuid:0",
    ],
    "numbers": ["9007199254740993", "1e309", "0.1e-400", "123456789012345678901234567890", "1000", "1000.0000001", "-1", "٣"],
    "mail": ["a@b", "@", "a@@b.c", "a b@c.d", "\"a\"@b.example", "a@[127.0.0.1]", "a" * 65 + "@b.example", "ü@ü.example"],
    "lengths": [
        "a" * 63, "a" * 64, "a" * 65, "a" * 255, "a" * 256, "a" * 257, "a" * 1000, "a" * 1001, "é" * 128, "🐦" * 64,
        "a" * 2704, "a" * 8192, "a" * 60000, "🐦" * 10000, " " * 1000, "a " * 500,
    ],
}  # fmt: skip

ALL = [text for texts in NAUGHTY.values() for text in texts]
