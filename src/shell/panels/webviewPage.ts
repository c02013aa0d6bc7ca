import { randomBytes } from "node:crypto";
import { Uri, type Webview, type WebviewOptions } from "vscode";

/** A page of ours: its bundle is `dist/webview/<name>.js` and `.css`, its root element `<lion-<name>>`. */
export interface Page {
  readonly name: string;
  readonly title: string;
  readonly language: string;
}

/** Scripts run, and only our bundles and pictures can be read. */
export function pageOptions(extension: Uri): WebviewOptions {
  return {
    enableScripts: true,
    localResourceRoots: [Uri.joinPath(extension, "dist", "webview"), Uri.joinPath(extension, "media")],
  };
}

/**
 * The page's document. Scripts run by nonce alone. Styles may be inline: the component toolkit and the plots write `style`
 * elements and attributes (microsoft/vscode-webview-ui-toolkit#545).
 */
export function pageHtml(webview: Webview, extension: Uri, { name, title, language }: Page): string {
  const nonce = randomBytes(16).toString("base64");
  const asset = (file: string): Uri => webview.asWebviewUri(Uri.joinPath(extension, "dist", "webview", file));
  const source = webview.cspSource;
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${source} 'unsafe-inline'`,
    `font-src ${source}`,
    `img-src ${source} data:`,
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${escapeText(language)}">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="stylesheet" href="${asset(`${name}.css`)}">
  <title>${escapeText(title)}</title>
</head>
<body>
  <lion-${name}></lion-${name}>
  <script type="module" nonce="${nonce}" src="${asset(`${name}.js`)}"></script>
</body>
</html>`;
}

function escapeText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
