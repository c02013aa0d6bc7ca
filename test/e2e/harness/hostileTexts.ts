/** A text that was made to do harm, and a piece of it that a person must be able to read as it was written. */
export interface HostileText {
  readonly name: string;
  readonly text: string;
  readonly reads: string;
}

/** Nothing may ever be asked of it. */
export const EVIL = "evil.example";

const TAKE = "window.taken=1;document.title='taken'";

/** What people and models have tried on pages that show their texts, each family in a text of its own. */
export function hostileTexts(): HostileText[] {
  return [
    { name: "markup", text: MARKUP.join("\n\n"), reads: "<img src=" },
    { name: "inline markup", text: MARKUP.join(" "), reads: "<iframe src=" },
    { name: "links", text: LINKS.join("\n\n"), reads: "command:workbench.action.terminal.new" },
    { name: "wide table", text: table(150, 12), reads: "cell 3.7 <b onclick" },
    { name: "huge table", text: table(20, 2_000), reads: "cell 3.7 <b onclick" },
    { name: "directions", text: DIRECTIONS.join("\n\n"), reads: "an override" },
    { name: "controls", text: "\u0001\u001b[31m\u0000\u202e".repeat(40_000), reads: "[31m" },
    { name: "escapes", text: `quotes ${'\u0001"\\\n'.repeat(24_000)}`, reads: "quotes" },
    { name: "invalid", text: "\ud800 lone \udc00\udc00 \ufffe \uffff \ud83d", reads: "lone" },
    { name: "one line", text: "x<script>y".repeat(100_000), reads: "x<script>y" },
    { name: "many lines", text: lines(10_000), reads: "line 17 of many" },
    { name: "many quoted lines", text: `${lines(1_900)}\n\n\`\`\`\nnever closed`, reads: "line 17 of many" },
    { name: "fences", text: FENCES.join("\n\n"), reads: "printf" },
    { name: "nesting", text: NESTING.join("\n\n"), reads: "in the depth" },
    { name: "brackets", text: `${"[".repeat(5_000)} ${"*a ".repeat(3_000)} ${"_`~".repeat(2_000)}`, reads: "[[[[" },
  ];
}

/** A million characters of words, links and lines. */
export function million(seed: string): string {
  const line = `${seed} [click](command:a) <b onclick="${TAKE}">w</b> ![p](https://${EVIL}/p.png) "quoted" | words\n`;
  return line.repeat(Math.ceil(1_000_000 / line.length)).slice(0, 1_000_000);
}

const MARKUP = [
  `<script>${TAKE}</script>`,
  `<img src="https://${EVIL}/x.png" onerror="${TAKE}">`,
  `<img src=x onerror="${TAKE}">`,
  `<svg onload="${TAKE}"><script>${TAKE}</script></svg>`,
  `<iframe src="https://${EVIL}/frame" srcdoc="<script>parent.${TAKE}</script>"></iframe>`,
  `<a href="javascript:${TAKE}">click</a>`,
  `<details open ontoggle="${TAKE}"><summary>more</summary></details>`,
  `<form action="https://${EVIL}/"><input autofocus onfocus="${TAKE}"><button formaction="javascript:${TAKE}">go</button></form>`,
  `<style>*{display:none}body{background:url(https://${EVIL}/s.png)}</style>`,
  `<link rel="stylesheet" href="https://${EVIL}/s.css"><base href="https://${EVIL}/">`,
  `<meta http-equiv="refresh" content="0;url=https://${EVIL}/">`,
  `<video src="https://${EVIL}/v.mp4" onerror="${TAKE}"></video><object data="https://${EVIL}/o"></object>`,
  `<math><mtext><table><mglyph><style><img src=x onerror="${TAKE}"></style></mglyph></table></mtext></math>`,
  `</textarea></lion-text></article></main></body><script>${TAKE}</script>`,
  `<!--?lit$1$--><!-- --> \${alert(1)} {{7*7}} <template><script>${TAKE}</script></template>`,
  `<div style="position:fixed;inset:0;z-index:9999;background:url(https://${EVIL}/d.png)">over all</div>`,
  `&lt;script&gt;${TAKE}&lt;/script&gt; &#60;img src=x onerror=${TAKE}&#62;`,
];

const LINKS = [
  "[click](command:workbench.action.terminal.new)",
  `[click](javascript:${TAKE})`,
  "[click](JaVaScRiPt&colon;alert(1))",
  "[click](vscode://file/etc/passwd) [click](file:///etc/passwd) [click](data:text/html;base64,PHNjcmlwdD4=)",
  `[click](https://${EVIL}/a "title\\" onmouseover=\\"${TAKE}")`,
  `![picture](https://${EVIL}/pixel.png) ![picture](data:image/svg+xml,<svg/onload=${TAKE}>)`,
  `[![picture](https://${EVIL}/inner.png)](command:workbench.action.quit)`,
  `[by name][evil]\n\n[evil]: javascript:${TAKE} "title"`,
  `<https://${EVIL}/auto> <javascript:${TAKE}> <me@${EVIL}> https://${EVIL}/bare www.${EVIL}`,
  `$(trash) [x](https://${EVIL}/?"onclick="${TAKE}) [x](<https://${EVIL}/><script>${TAKE}</script>)`,
];

const DIRECTIONS = [
  "an override: \u202egnp.exe\u202c, an isolate without its end: \u2066\u2067\u2068abc, an embedding: \u202b\u202a\u202dxyz",
  "zero widths: pass\u200bword pass\u200cword pass\u200dword \ufeff \u2060 \u00ad \u180e",
  "a sentence in tags: \u{e0049}\u{e0067}\u{e006e}\u{e006f}\u{e0072}\u{e0065}",
  "separators:\u2028line\u2029paragraph\u0085next\u000bvertical",
  "שלום عالم: right to left by itself (ltr) 123 <b>",
  `marks upon marks: Z${"\u0300\u0301\u0334".repeat(300)}algo`,
  "👩‍👩‍👧 ❤️ می‌خواهم",
];

const FENCES = [
  `\`\`\`js onclick="${TAKE}"\nconst a = "</code></pre><script>${TAKE}</script>";\n\`\`\``,
  `\`\`\`"><script>${TAKE}</script>\nunknown\n\`\`\``,
  "```constructor\nprintf\n```",
  "```__proto__\nprintf\n```",
  `~~~html\n<script>${TAKE}</script>\n~~~`,
  `\`\`\`python\n${"x = ((((((((((1))))))))))\n".repeat(200)}\`\`\``,
  `\`\`\`xml\n${"<a>".repeat(2_000)}\n\`\`\``,
  "`<script>inline</script>`",
];

const NESTING = [
  `${"> ".repeat(2_000)}in the depth of quotes`,
  Array.from({ length: 300 }, (_, at) => `${"  ".repeat(at)}- in the depth ${at}`).join("\n"),
  `${"1. ".repeat(300)}of numbers`,
  `${"*".repeat(300)}a${"*".repeat(300)}`,
  `${"[".repeat(300)}a${"](b)".repeat(300)}`,
];

function lines(count: number): string {
  return Array.from({ length: count }, (_, at) => `line ${at} of many`).join("\n");
}

function table(columns: number, rows: number): string {
  const row = (cell: (column: number) => string): string =>
    `| ${Array.from({ length: columns }, (_, column) => cell(column)).join(" | ")} |`;
  const body = Array.from({ length: rows }, (_, at) =>
    row((column) => `cell ${at}.${column}${column % 7 === 0 ? ` <b onclick="${TAKE}">` : ""}`),
  );
  return [row((column) => `c${column}`), row(() => ":-:"), ...body].join("\n");
}
