// The page: holds the last state, draws it when something changed, and carries out what the passenger does.

import { type Answer, tell } from "./calls";
import { element } from "./element";
import { type Browser, type Following, follow } from "./live";
import type { Bill, Language, Message, PageState, Reply } from "./state";
import { type Drawn, draw } from "./views";
import { type Wallet, tradePay } from "./wallet";
import { WORDS } from "./words";

export class Page {
  #token: string;
  #state: PageState;
  #language: Language;
  #busy: Drawn["busy"] = null;
  #notice: Message | null = null;
  #over: Message | null = null;
  #behind = false;
  #aheadMs = 0;
  #drawn = "";
  #following: Following | null = null;
  readonly #root: HTMLElement;
  readonly #aloud = element("p", { class: "hidden", role: "status" });
  readonly #browser: Browser;
  readonly #wallet: Wallet;

  constructor(root: HTMLElement, token: string, state: PageState, language: Language, browser: Browser, wallet: Wallet) {
    this.#root = root;
    this.#token = token;
    this.#state = state;
    this.#language = language;
    this.#browser = browser;
    this.#wallet = wallet;
  }

  start(): void {
    this.#root.after(this.#aloud);
    this.#take(this.#state);
    this.#follow();
  }

  /** Asks at once, as when the wallet has closed or the phone wakes up. */
  look(): void {
    this.#following?.look();
  }

  #follow(): void {
    this.#following?.stop();
    this.#following = follow(this.#token, this.#browser, {
      state: (state) => this.#take(state),
      over: (answer) => this.#unless(answer),
      behind: (behind) => {
        this.#behind = behind;
        this.#draw();
      },
    });
  }

  #take(state: PageState): void {
    if (state.view !== this.#state.view) this.#notice = null;
    this.#state = state;
    this.#aheadMs = state.server_now_ms - performance.now();
    this.#draw();
  }

  /** Draws, unless what is drawn already says the same: a canvas keeps running and a half-typed code stays. */
  #draw(): void {
    const { server_now_ms: _, ...shown } = this.#state;
    const face = JSON.stringify([shown, this.#language, this.#busy, this.#notice, this.#over, this.#behind]);
    if (face === this.#drawn) return;
    this.#drawn = face;
    const words = WORDS[this.#language];
    document.documentElement.lang = this.#language === "zh" ? "zh-Hans" : "en";
    const drawing = this.#over === null ? this.#view() : this.#end(this.#over);
    const other = element("button", { type: "button", class: "switch", lang: this.#language === "zh" ? "en" : "zh-Hans" }, words.switchTo);
    other.addEventListener("click", () => {
      this.#language = this.#language === "zh" ? "en" : "zh";
      this.#draw();
    });
    const behind = this.#behind ? element("p", { class: "behind", role: "status" }, words.behind) : null;
    const typed = this.#digits()?.value ?? "";
    const nodes = [element("header", {}, element("span", { class: "fleet" }, this.#state.fleet), other), behind, ...drawing.nodes];
    this.#root.replaceChildren(...nodes.filter((node) => node !== null));
    if (this.#aloud.textContent !== drawing.headline) this.#aloud.textContent = drawing.headline;
    const digits = this.#digits();
    if (digits !== null) {
      // A wrong code is cleared for the next try; a half-typed one survives whatever else changed.
      digits.value = this.#notice === null ? typed : "";
      digits.focus();
    }
  }

  #digits(): HTMLInputElement | null {
    return this.#root.querySelector<HTMLInputElement>("#digits");
  }

  #view(): ReturnType<typeof draw> {
    const drawn: Drawn = {
      state: this.#state,
      language: this.#language,
      busy: this.#busy,
      notice: this.#notice,
      now: () => performance.now() + this.#aheadMs,
    };
    return draw(drawn, {
      pay: (bill) => void this.#pay("pay", bill),
      takeOver: (bill) => void this.#pay("take-over", bill),
      screenCode: (digits) => void this.#do("screen-code", { digits }),
      choose: (bill) => void this.#do("choose", { bill: bill.id }),
    });
  }

  #end(message: Message): ReturnType<typeof draw> {
    const title = WORDS[this.#language].overTitle;
    const section = element(
      "section",
      { class: "card calm", role: "alert" },
      element("h1", {}, title),
      element("p", { class: "why" }, message[this.#language]),
    );
    return { headline: title, nodes: [section] };
  }

  async #do(what: NonNullable<Drawn["busy"]>, body: Readonly<Record<string, unknown>>): Promise<Reply | null> {
    if (this.#busy !== null) return null;
    this.#busy = what;
    this.#notice = null;
    this.#draw();
    const answer = await tell(this.#browser.fetch, what, { token: this.#token, ...body });
    this.#busy = null;
    return this.#unless(answer);
  }

  async #pay(what: "pay" | "take-over", bill: Bill): Promise<void> {
    const reply = await this.#do(what, { bill: bill.id, version: bill.version });
    if (reply?.trade_no === undefined) return;
    this.#busy = what;
    this.#draw();
    const code = await tradePay(this.#wallet, reply.trade_no, this.#browser.after);
    this.#busy = null;
    if (code === null) {
      this.#notice = { zh: WORDS.zh.notAlipay, en: WORDS.en.notAlipay };
      this.#draw();
      return;
    }
    this.#unless(await tell(this.#browser.fetch, "result", { token: this.#token, result_code: code }));
  }

  /** Follows up on an answer; gives back a reply, which has been taken over into the page. */
  #unless(answer: Answer<Reply | PageState>): Reply | null {
    switch (answer.kind) {
      case "authorise":
        // A verdict stays where it is; anything else goes through Alipay again and comes back.
        if (this.#state.view !== "paid") window.location.replace(`/p/page/${this.#token}`);
        return null;
      case "over":
        this.#following?.stop();
        this.#over = answer.message;
        break;
      case "refused":
        this.#notice = answer.message;
        break;
      case "silent":
        this.#notice = { zh: WORDS.zh.silent, en: WORDS.en.silent };
        break;
      case "ok":
        return this.#accept(answer.value as Reply);
    }
    this.#draw();
    return null;
  }

  #accept(reply: Reply): Reply {
    if (reply.token !== undefined) {
      this.#token = reply.token;
      window.history.replaceState(null, "", `/p/page/${reply.token}`);
      this.#follow();
    }
    if (reply.state !== undefined) this.#take(reply.state);
    if (reply.message !== undefined) this.#notice = reply.message;
    this.#draw();
    return reply;
  }
}
