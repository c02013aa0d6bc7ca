import { OpenAI } from "openai";

/**
 * Headers that may leave. The library adds what it finds in the environment (organization, project, headers of the
 * user's own): meant for one endpoint, and none of the business of the one that a project file names.
 */
const HEADERS_THAT_LEAVE = ["accept", "authorization", "content-type", "idempotency-key", "user-agent"];

/**
 * The library's client for one endpoint, which retries nothing, logs nothing and sends nothing that it finds in the environment.
 *
 * @param endpoint.key null for an endpoint that wants none.
 */
export function openaiAt({
  baseUrl,
  key,
  timeoutMs,
}: {
  readonly baseUrl: string;
  readonly key: string | null;
  readonly timeoutMs: number;
}): OpenAI {
  return new OpenAI({
    baseURL: baseUrl,
    // The library insists on a key; the header is what counts.
    apiKey: key ?? "none",
    defaultHeaders: key === null ? { Authorization: null } : {},
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: timeoutMs,
    logLevel: "off",
    fetch: (url, init) => fetchPlainly(url, init, timeoutMs),
  });
}

/**
 * `fetch` with the headers above only, without following redirects, and with one deadline that also holds while a body
 * is read (the library watches over successful bodies only).
 */
function fetchPlainly(
  url: string | URL | Request,
  init: RequestInit | undefined,
  timeoutMs: number,
): Promise<Response> {
  const given = new Headers(init?.headers);
  const headers = new Headers();
  for (const name of HEADERS_THAT_LEAVE) {
    const value = given.get(name);
    if (value !== null) {
      headers.set(name, value);
    }
  }
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = init?.signal ? AbortSignal.any([init.signal, deadline]) : deadline;
  return fetch(url, { ...init, headers, signal, redirect: "manual" });
}
