import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seen } from "../../../webview/ui/invisible.ts";
import { ALLOWED_ATTRIBUTES, ALLOWED_TAGS, LONGEST_MARKDOWN, markdownHtml } from "../../../webview/ui/markdown.ts";
import { textBlocks } from "../../../webview/ui/textBlocks.ts";

/** What people and models have tried on renderers of Markdown. */
const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  '<a href="javascript:alert(1)">x</a>',
  "<svg/onload=alert(1)>",
  "<iframe src=https://evil.example></iframe>",
  "<style>*{display:none}</style>",
  "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
  "<details open ontoggle=alert(1)>",
  "<!-- --><b>x</b><![CDATA[<script>]]>",
  "[x](javascript:alert(1))",
  "[x](command:workbench.action.terminal.new)",
  "[x](vscode://file/etc/passwd)",
  "[x](data:text/html;base64,PHNjcmlwdD4=)",
  '[x](https://a.example "onmouseover=alert(1)")',
  '[x](https://a.example/"onclick="alert(1))',
  "[x](<https://a.example/><script>)",
  "[x][y]\n\n[y]: javascript:alert(1) '\"><script>'",
  "<javascript:alert(1)>",
  '<https://evil.example/?"onclick=alert(1)>',
  "<me@evil.example>",
  "![x](https://evil.example/pixel.png)",
  '![x" onerror="alert(1)](x)',
  "![<img src=x onerror=alert(1)>](javascript:alert(1))",
  "[![x](a)](b)",
  "```js onclick=alert(1)\n<script>\n```",
  '```"><script>alert(1)</script>\ncode\n```',
  "```html\n<script>alert(1)</script>\n```",
  "```constructor\nx\n```",
  "    <script>indented</script>",
  "`<script>`",
  "| a | b |\n|:-:|--:|\n| <b onclick=x> | [c](javascript:x) |",
  '1000000000. <li onclick="x">',
  "&lt;script&gt; &#60;script&#62; &#x202e; &Tab; &colon;",
  "# <h1 onclick=x>\n\n###### six\n\nset\n===",
  "a\u202eb\u2066c\u200bd\u0000e\u001b[31m",
  "<b\u200b onclick=x>",
  "\ud800 lone \udc00",
  "a  \nb\\\nc",
];

function tagsOf(html: string): Array<{ readonly name: string; readonly attributes: readonly string[] }> {
  return Array.from(html.matchAll(/<\/?([^\s>/]*)([^>]*)>/g), ([, name = "", rest = ""]) => ({
    name,
    attributes: Array.from(rest.matchAll(/([^\s="/]+)(?:="[^"]*")?/g), ([, attribute = ""]) => attribute),
  }));
}

describe("hostile text as Markdown", () => {
  for (const text of HOSTILE) {
    it(`becomes allowed tags and attributes alone: ${JSON.stringify(text).slice(0, 60)}`, () => {
      const html = markdownHtml(text) ?? "";
      assert.ok(html.length > 0);
      for (const { name, attributes } of tagsOf(html)) {
        assert.ok(ALLOWED_TAGS.includes(name), `<${name}> in ${html}`);
        for (const attribute of attributes) {
          assert.ok(ALLOWED_ATTRIBUTES.includes(attribute), `${attribute} in ${html}`);
        }
      }
      assert.doesNotMatch(html, /[<"][^>]*\b(href|src|style|on\w+)=["']?[^>]*>/);
      assert.ok(html.isWellFormed());
    });
  }

  it("shows a link's and a picture's address as text, once", () => {
    assert.equal(
      markdownHtml("[x](command:y)"),
      '<p><span class="anchor">x</span> <span class="address">(command:y)</span></p>\n',
    );
    assert.equal(markdownHtml("<https://a.example/>"), '<p><span class="anchor">https://a.example/</span></p>\n');
    assert.match(
      markdownHtml("![dog](https://a.example/d.png)") ?? "",
      /picture">dog<.*\(https:\/\/a\.example\/d\.png\)/,
    );
  });

  it("shows the address of each of two links", () => {
    const html = markdownHtml("[a](one) [b](two)") ?? "";
    assert.deepEqual(
      [...html.matchAll(/\((\w+)\)/g)].map(([, address]) => address),
      ["one", "two"],
    );
  });

  it("keeps headings below the page's own, lines where they are, and code in its language", () => {
    assert.match(
      markdownHtml("# One\n\n###### Six") ?? "",
      /<h3 class="heading-1">One<\/h3>\n<h6 class="heading-6">Six<\/h6>/,
    );
    assert.match(markdownHtml("Score 1: 9\nScore 2: 4") ?? "", /9<br>\nScore/);
    assert.match(markdownHtml("```python\ndef a(): pass\n```") ?? "", /<span class="hljs-keyword">def<\/span>/);
    assert.match(markdownHtml("```toString\nx\n```") ?? "", /<code>x\n<\/code>/);
  });

  it("leaves alone what is too long, too wide or made to keep a parser busy, and is quick with the rest", () => {
    assert.equal(markdownHtml("a".repeat(LONGEST_MARKDOWN + 1)), null);
    assert.equal(markdownHtml("[".repeat(20_000)), null);
    assert.equal(markdownHtml(`|a|b|\n|-|-|\n${"|x|y|\n".repeat(3000)}`), null);
    const pieces = [
      "_a",
      "> ",
      "- ",
      "*a ",
      "[a](",
      "a**b",
      "<",
      "&",
      "\\",
      "``a",
      "<!-",
      "1. ",
      "*a_ ",
      "\n\n#",
      "a\u202e",
    ];
    for (const piece of pieces) {
      const before = performance.now();
      markdownHtml(piece.repeat(20_000 / piece.length));
      const took = performance.now() - before;
      assert.ok(took < 1000, `${JSON.stringify(piece)} took ${took} ms`);
    }
  });
});

describe("invisible characters", () => {
  const codes = (text: string): Array<string | null> => seen(text).map(({ code }) => code);

  it("are shown by their code, runs of the same one together", () => {
    assert.deepEqual(codes("a\u202eb"), [null, "U+202E", null]);
    assert.deepEqual(codes("\u200b\u200b\u200b"), ["U+200B ×3"]);
    assert.deepEqual(codes("\u200b\u200c"), ["U+200B", "U+200C"]);
    assert.deepEqual(codes("\u{e0041}\u{e0041}"), ["U+E0041 ×2"]);
    assert.deepEqual(codes("\u001b[0m\u0007\u00ad\ufeff\u2028"), [
      "U+001B",
      null,
      "U+0007",
      "U+00AD",
      "U+FEFF",
      "U+2028",
    ]);
  });

  it("do not act any more, and keep every offset", () => {
    const text = "x\u202ey\u{e0041}z\u200b\u200b\n\tw";
    const together = seen(text)
      .map((one) => one.text)
      .join("");
    assert.equal(together.length, text.length);
    assert.equal(together, "x\ufffdy\ufffd\ufffdz\ufffd\ufffd\n\tw");
  });

  it("stay where writing needs them: emoji, Persian, Hindi", () => {
    for (const text of ["👩‍👩‍👧", "❤️", "می‌خواهم", "क्‍ष", "👍🏽‍"]) {
      const kept = text === "👍🏽‍" ? ["U+200D"] : [];
      assert.deepEqual(
        codes(text).filter((code) => code !== null),
        kept,
        text,
      );
    }
    assert.deepEqual(codes("pass\u200dword"), [null, "U+200D", null]);
  });

  it("are replaced without a tag beyond a thousand marks", () => {
    const all = seen("a\u202e".repeat(5000));
    assert.equal(all.filter(({ code }) => code !== null).length, 1000);
    assert.equal(all.map(({ text }) => text).join(""), "a\ufffd".repeat(5000));
  });
});

describe("a long text in blocks", () => {
  for (const [name, text] of [
    ["one line of a million characters", "x".repeat(1_000_000)],
    ["words", "word ".repeat(50_000)],
    ["ten thousand lines", "a line\n".repeat(10_000)],
    ["characters of two halves", "😀".repeat(30_000)],
    ["nothing", ""],
  ] as const) {
    it(`is the text when put together, in small blocks and without a cut character: ${name}`, () => {
      const blocks = textBlocks(text);
      assert.ok(blocks.join("") === text);
      assert.ok(
        blocks.every((block) => block.length <= 4000 && block.split("\n").length <= 81 && block.isWellFormed()),
      );
    });
  }

  it("ends with a line where it can, else after a space", () => {
    assert.deepEqual(textBlocks("short\ntext"), ["short\ntext"]);
    assert.ok(textBlocks(`${"a".repeat(3000)}\n${"b".repeat(3000)}`)[0]?.endsWith("\n"));
    assert.ok(textBlocks("word ".repeat(2000))[0]?.endsWith(" "));
  });
});
