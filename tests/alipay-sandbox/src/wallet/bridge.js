// The bridge that the Alipay app puts into every page: AlipayJSBridge, asked through the wallet window.
// It appears only when the document is read, as in the app: pages have to wait for AlipayJSBridgeReady.
(() => {
  'use strict';
  const agent = '{{agent}}';
  const waiting = new Map();
  let asked = 0;

  Object.defineProperty(navigator, 'userAgent', { get: () => agent });

  function ask(what, details, done) {
    asked += 1;
    if (done) waiting.set(asked, done);
    window.parent.postMessage({ wallet: what, id: asked, ...details }, '*');
  }

  function call(name, options, done) {
    if (typeof options === 'function') [options, done] = [{}, options];
    const answer = typeof done === 'function' ? done : () => {};
    switch (name) {
      case 'tradePay':
        ask('tradePay', { tradeNO: String(options?.tradeNO ?? '') }, answer);
        break;
      case 'popWindow':
      case 'closeWebview':
      case 'exitApp':
        ask('close', {}, answer);
        break;
      case 'setTitle':
        ask('title', { title: String(options?.title ?? '') }, answer);
        break;
      default:
        answer({ error: 1, errorMessage: `not implemented: ${name}` });
    }
  }

  window.addEventListener('message', (event) => {
    if (event.source !== window.parent || !event.data?.walletAnswer) return;
    const done = waiting.get(event.data.walletAnswer);
    waiting.delete(event.data.walletAnswer);
    done?.(event.data.result);
  });

  document.addEventListener('DOMContentLoaded', () => {
    window.AlipayJSBridge = { call };
    document.dispatchEvent(new Event('AlipayJSBridgeReady'));
    ask('title', { title: document.title });
  });
})();
