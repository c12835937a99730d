// The wallet page: scans (opens) a link in the phone, plays tradePay's cashier, tells the page what came of it.
(() => {
  'use strict';

  const words = {
    zh: {
      brand: '支付宝沙箱钱包', headline: '在浏览器里，扮演一部手机', lead: '打开商户的二维码链接，像乘客一样付款。这里不会动用真实资金。',
      scanLabel: '扫一扫：粘贴二维码中的链接', open: '打开', accountLabel: '用哪个账户付款', accountHint: '测试账户的支付密码都是 123456。换账户即换一部手机。',
      foot: '交易、通知与故障：', state: '沙箱状态', scan: '扫一扫', homeHint: '粘贴链接，然后打开', cashier: '确认付款', payer: '付款账户',
      pin: '支付密码（6 位）', pay: '立即付款', back: '返回商户', pinShort: '请输入 6 位数字密码', offline: '网络连接出错，请重试', app: '支付宝',
      faultLabel: '让支付宝出点差错', arm: '下一次', disarm: '取消全部', noneArmed: '目前一切正常', armed: '即将发生：', other: 'English',
    },
    en: {
      brand: 'Alipay sandbox wallet', headline: 'Play a phone, in your browser', lead: 'Open a merchant’s code and pay like a passenger. No real money moves here.',
      scanLabel: 'Scan: paste the link inside the code', open: 'Open', accountLabel: 'Pay from', accountHint: 'Every test account has the PIN 123456. Another account is another phone.',
      foot: 'Trades, notices and faults:', state: 'sandbox state', scan: 'Scan', homeHint: 'Paste a link and open it', cashier: 'Confirm payment', payer: 'Account',
      pin: 'Payment PIN (6 digits)', pay: 'Pay now', back: 'Back to the merchant', pinShort: 'Enter the 6-digit PIN', offline: 'The network failed. Please try again.', app: 'Alipay',
      faultLabel: 'Let Alipay misbehave', arm: 'Next time', disarm: 'Take all back', noneArmed: 'All is well for now', armed: 'About to happen: ', other: '中文',
    },
  };

  const $ = (id) => document.getElementById(id);
  const frame = $('phone');
  const parameters = new URLSearchParams(location.search);
  let lang = parameters.get('lang') ?? localStorage.getItem('wallet_lang') ?? (navigator.language.startsWith('zh') ? 'zh' : 'en');
  let session = { users: [], user_id: '', phone_port: 0 };
  let order = null;

  const t = (key) => (words[lang] ?? words.en)[key] ?? key;
  const phoneOrigin = () => `${location.protocol}//${location.hostname}:${session.phone_port}`;
  const nameOf = (user) => (lang === 'zh' ? user.name_zh : user.name_en);
  const signedIn = () => session.users.find((user) => user.id === session.user_id);

  async function post(path, body) {
    const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    return response.json();
  }

  function speak(language) {
    lang = words[language] ? language : 'en';
    localStorage.setItem('wallet_lang', lang);
    document.cookie = `wallet_lang=${lang}; path=/; samesite=lax`;
    document.documentElement.lang = lang === 'zh' ? 'zh-Hans' : 'en';
    for (const element of document.querySelectorAll('[data-t]')) element.textContent = t(element.dataset.t);
    $('lang').textContent = t('other');
    if (frame.hidden) $('title').textContent = t('app');
    showAccounts();
    showFaults();
  }

  function showAccounts() {
    $('accounts').replaceChildren(...session.users.map((user) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'account';
      button.id = `account-${user.id}`;
      button.setAttribute('role', 'radio');
      button.setAttribute('aria-checked', String(user.id === session.user_id));
      const [initial, text, login] = ['i', 'span', 'small'].map((tag) => document.createElement(tag));
      initial.textContent = nameOf(user).slice(0, 1);
      login.textContent = user.login;
      text.append(nameOf(user), login);
      button.append(initial, text);
      button.addEventListener('click', () => signIn(user.id));
      return button;
    }));
    const user = signedIn();
    $('payer').textContent = user ? `${nameOf(user)} ${user.login}` : '';
  }

  async function signIn(userId) {
    if (userId === session.user_id) return;
    await post('/wallet/api/account', { user_id: userId });
    session.user_id = userId;
    showAccounts();
    if (!frame.hidden) leave();
  }

  async function showFaults() {
    const { menu, armed } = await (await fetch('/sandbox/faults')).json();
    if (!$('fault').options.length) {
      $('fault').append(...menu.map(({ fault, points }) => new Option(`${fault} · ${points[0]}`, fault)));
    }
    $('armed').textContent = armed.length ? t('armed') + armed.map(({ fault }) => fault).join(', ') : t('noneArmed');
    $('disarm').hidden = armed.length === 0;
  }

  function openLink(link) {
    const url = link.trim();
    if (!url) return $('scan').focus();
    closeCashier();
    $('home').hidden = true;
    frame.hidden = false;
    $('close').hidden = false;
    $('title').textContent = '…';
    frame.scrollIntoView({ block: 'nearest' });
    frame.src = `${phoneOrigin()}/~wallet/open?url=${encodeURIComponent(url)}`;
  }

  function leave() {
    closeCashier();
    frame.src = 'about:blank';
    frame.hidden = true;
    $('close').hidden = true;
    $('home').hidden = false;
    $('title').textContent = t('app');
  }

  async function openCashier(id, tradeNo) {
    closeCashier();
    order = { id, tradeNo, result: '6001' };
    $('cashier').reset();
    say('');
    try {
      const bill = await post('/wallet/api/cashier', { trade_no: tradeNo, buyer_id: session.user_id });
      const payable = Boolean(bill.amount);
      $('merchant').textContent = payable ? bill.merchant : '';
      $('amount').replaceChildren(...(payable ? [small(bill.currency), bill.amount] : []));
      $('subject').textContent = payable ? bill.subject : '';
      $('pin-part').hidden = !payable;
      $('pay').hidden = !payable;
      $('pay').disabled = false;
      if (!payable) refuse(bill);
    } catch {
      order.result = '6002';
      say(t('offline'));
    }
    $('shade').hidden = false;
    $('cashier').hidden = false;
    $('pin').focus();
  }

  function small(text) {
    const element = document.createElement('small');
    element.textContent = text;
    return element;
  }

  function refuse(answer) {
    order.result = answer.resultCode;
    say(`${lang === 'zh' ? answer.memo_zh : answer.memo_en} [${answer.code}]`);
  }

  async function pay() {
    const pin = $('pin').value;
    if (!/^\d{6}$/.test(pin)) return say(t('pinShort'));
    $('pay').disabled = true;
    try {
      const answer = await post('/wallet/api/pay', { trade_no: order.tradeNo, buyer_id: session.user_id, pin });
      if (!answer.resultCode) {
        $('pin').value = '';
        $('pay').disabled = false;
        $('pin').focus();
        return say(lang === 'zh' ? answer.memo_zh : answer.memo_en);
      }
      order.result = answer.resultCode;
      if (answer.resultCode !== '9000') {
        $('pin-part').hidden = true;
        $('pay').hidden = true;
        return refuse(answer);
      }
      return rejoice(`✓ ${lang === 'zh' ? answer.memo_zh : answer.memo_en}`);
    } catch {
      $('pay').disabled = false;
      return say(t('offline'));
    }
  }

  function say(text, isGood = false) {
    $('message').textContent = text;
    $('message').classList.toggle('good', isGood);
  }

  async function cancel() {
    if (order?.result === '6001') {
      await post('/wallet/api/cancel', { trade_no: order.tradeNo, buyer_id: session.user_id }).catch(() => null);
    }
    closeCashier();
  }

  // The page is told at once; the payer sees the sheet for a moment longer.
  function rejoice(text) {
    tell();
    $('pin-part').hidden = true;
    $('pay').hidden = true;
    say(text, true);
    setTimeout(() => { if (!order) closeCashier(); }, 1_100);
  }

  function tell() {
    const { id, result } = order;
    order = null;
    reply(id, { resultCode: result, callbackUrl: '', memo: '', result: '' });
  }

  function closeCashier() {
    if (order) tell();
    if (!$('cashier').hidden) showFaults();
    $('cashier').hidden = true;
    $('shade').hidden = true;
  }

  function reply(id, result) {
    frame.contentWindow?.postMessage({ walletAnswer: id, result }, phoneOrigin());
  }

  window.addEventListener('message', (event) => {
    if (event.source !== frame.contentWindow || event.origin !== phoneOrigin()) return;
    const { wallet, id, tradeNO, title } = event.data ?? {};
    if (wallet === 'tradePay') openCashier(id, tradeNO);
    if (wallet === 'title') { $('title').textContent = title || t('app'); reply(id, {}); }
    if (wallet === 'close') leave();
  });

  $('scanner').addEventListener('submit', (event) => { event.preventDefault(); openLink($('scan').value); });
  $('cashier').addEventListener('submit', (event) => { event.preventDefault(); pay(); });
  $('mischief').addEventListener('submit', async (event) => {
    event.preventDefault();
    await post('/sandbox/faults', { fault: $('fault').value }).catch(() => null);
    showFaults();
  });
  $('disarm').addEventListener('click', async () => { await fetch('/sandbox/faults', { method: 'DELETE' }); showFaults(); });
  document.querySelector('details').addEventListener('toggle', showFaults);
  $('home-scan').addEventListener('click', () => $('scan').focus());
  $('cancel').addEventListener('click', cancel);
  $('close').addEventListener('click', leave);
  $('lang').addEventListener('click', () => speak(lang === 'zh' ? 'en' : 'zh'));

  function tick() {
    $('clock').textContent = new Date().toLocaleTimeString('en-GB', { hour: 'numeric', minute: '2-digit' });
  }

  async function begin() {
    tick();
    setInterval(tick, 10_000);
    session = await (await fetch('/wallet/api/session')).json();
    speak(lang);
    const link = parameters.get('open');
    if (link) { $('scan').value = link; openLink(link); }
  }

  begin();
})();
