// The page's calls to the platform. Nothing here decides or draws; what cannot be answered comes back as a value.

import type { Message, PageState, Reply } from "./state";

/** What came back from a call. */
export type Answer<T> =
  | { readonly kind: "ok"; readonly value: T }
  // The session has ended: the page's own address leads through Alipay again.
  | { readonly kind: "authorise" }
  // Final for this page: say it, and stop asking.
  | { readonly kind: "over"; readonly message: Message }
  // For this call only: say it, and let the passenger try again.
  | { readonly kind: "refused"; readonly message: Message }
  // No network, or the platform is out of order: try again later.
  | { readonly kind: "silent" };

export type Fetch = (path: string, init?: RequestInit) => Promise<Response>;

interface Refusal {
  readonly message: Message;
  readonly remedy: "scan" | "authorise" | "reload";
}

const PATIENCE_MS = 15_000;

async function call<T>(fetch: Fetch, path: string, init: RequestInit): Promise<Answer<T>> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const response = await fetch(path, { ...init, credentials: "same-origin", cache: "no-store", signal: patience.signal });
    if (response.ok) return { kind: "ok", value: (await response.json()) as T };
    if (response.status >= 500 || response.status === 429) return { kind: "silent" };
    const { message, remedy } = (await response.json()) as Refusal;
    if (remedy === "authorise") return { kind: "authorise" };
    return remedy === "scan" ? { kind: "over", message } : { kind: "refused", message };
  } catch {
    return { kind: "silent" };
  } finally {
    clearTimeout(timer);
  }
}

/** Asks for the page's state. */
export function ask(fetch: Fetch, token: string): Promise<Answer<PageState>> {
  return call(fetch, `/p/api/state?token=${encodeURIComponent(token)}`, {});
}

/** Tells the platform what the passenger did. */
export function tell(fetch: Fetch, what: string, body: Readonly<Record<string, unknown>>): Promise<Answer<Reply>> {
  return call(fetch, `/p/api/${what}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}
