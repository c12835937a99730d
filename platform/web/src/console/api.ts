// The console's calls to the platform. What cannot be answered comes back as a value with a sentence.

/** A sentence in both languages. */
export interface Sentence {
  readonly zh: string;
  readonly en: string;
}

/** What came back from a call. */
export type Answer<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "signed_out"; readonly sentence: Sentence }
  | { readonly kind: "refused"; readonly sentence: Sentence };

const SILENT: Sentence = {
  zh: "暂时连不上平台，没有任何改动。请稍候再试。",
  en: "The platform cannot be reached just now, and nothing was changed. Try again in a moment.",
};

async function call<T>(path: string, init: RequestInit): Promise<Answer<T>> {
  try {
    const response = await fetch(`/console/api/${path}`, { ...init, credentials: "same-origin" });
    if (response.ok) {
      const text = await response.text();
      return { kind: "ok", value: (text === "" ? null : JSON.parse(text)) as T };
    }
    const sentence = response.status < 500 ? await sentenceOf(response) : SILENT;
    return { kind: response.status === 401 ? "signed_out" : "refused", sentence };
  } catch {
    return { kind: "refused", sentence: SILENT };
  }
}

async function sentenceOf(response: Response): Promise<Sentence> {
  try {
    const { zh, en } = (await response.json()) as Partial<Sentence>;
    return { zh: zh ?? SILENT.zh, en: en ?? SILENT.en };
  } catch {
    return SILENT;
  }
}

export function ask<T>(path: string): Promise<Answer<T>> {
  return call(path, { cache: "no-store" });
}

export function command<T>(path: string, body: Readonly<Record<string, unknown>> = {}): Promise<Answer<T>> {
  return call(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}
