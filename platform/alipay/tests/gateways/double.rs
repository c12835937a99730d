//! A gateway for tests: a listener on a port of its own that records what it was sent and answers as it is told.

use std::sync::{Arc, Mutex};

use alipay_global::charset::Charset;
use alipay_global::form::Form;
use alipay_global::sign::{PrivateKey, SigningKey, VerifyingKey, presign};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// What the gateway does with a request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// HTTP 200 with this content type and body.
    Body(&'static str, Vec<u8>),
    /// Another status, with an empty body.
    Status(u16),
    /// Keeps the connection open and says nothing.
    Silence,
    /// Closes the connection without a word.
    HangUp,
    /// Promises more than it sends, then closes.
    HalfBody,
}

/// Query and body of a request, merged as the real gateways merge them.
pub(crate) type Seen = Arc<Mutex<Vec<Form>>>;

pub(crate) struct GatewayDouble {
    pub(crate) url: Url,
    pub(crate) seen: Seen,
}

impl GatewayDouble {
    pub(crate) async fn answering(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/gateway.do", listener.local_addr().unwrap()).parse().unwrap();
        let seen = Seen::default();
        let requests = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, reply.clone(), requests.clone()));
            }
        });
        Self { url, seen }
    }

    /// The one request that was sent.
    pub(crate) fn request(&self) -> Form {
        let seen = self.seen.lock().unwrap();
        assert_eq!(seen.len(), 1, "one request");
        seen[0].clone()
    }
}

async fn answer(mut stream: TcpStream, reply: Reply, seen: Seen) {
    let request = read(&mut stream).await;
    seen.lock().unwrap().push(request);
    let head = |status: u16, content_type: &str, length: usize| {
        format!(
            "HTTP/1.1 {status} Status\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\
             location: /elsewhere\r\nconnection: close\r\n\r\n"
        )
        .into_bytes()
    };
    let bytes = match reply {
        Reply::Body(content_type, body) => [head(200, content_type, body.len()), body].concat(),
        Reply::Status(status) => head(status, "text/html", 0),
        Reply::HalfBody => [head(200, "text/xml;charset=UTF-8", 1000), b"<alipay>".to_vec()].concat(),
        Reply::HangUp => return,
        Reply::Silence => return std::future::pending().await,
    };
    // A client that has read enough hangs up; that is its right.
    let _sent = stream.write_all(&bytes).await;
}

async fn read(stream: &mut TcpStream) -> Form {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                let target = head.split(' ').nth(1).unwrap();
                let query = target.split_once('?').map_or("", |(_, query)| query);
                let query = Form::parse(query.as_bytes()).unwrap();
                return query.merge(Form::parse(body.as_bytes()).unwrap()).unwrap();
            }
        }
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.unwrap();
        assert_ne!(count, 0, "the request ends early");
        bytes.extend_from_slice(&chunk[..count]);
    }
}

/// The two key pairs of a conversation, RSA2 throughout.
pub(crate) struct Keys {
    pub(crate) merchant: PrivateKey,
    pub(crate) alipay: PrivateKey,
}

impl Keys {
    pub(crate) fn new() -> Self {
        Self { merchant: PrivateKey::generate().unwrap(), alipay: PrivateKey::generate().unwrap() }
    }

    pub(crate) fn signing(&self) -> SigningKey {
        SigningKey::Rsa2(self.merchant.clone())
    }

    pub(crate) fn verifying(&self) -> VerifyingKey {
        VerifyingKey::Rsa2(self.alipay.public_key().unwrap())
    }

    /// Verifies a request as strictly as Alipay does.
    pub(crate) fn assert_signed(&self, request: &Form, left_out: &[&str]) {
        let key = VerifyingKey::Rsa2(self.merchant.public_key().unwrap());
        let message = presign(request.params(), left_out);
        assert_eq!(key.verify(&message, request.get("sign").unwrap()), Ok(()));
    }

    /// Alipay's signature over `message`.
    pub(crate) fn alipay_sign(&self, message: &[u8]) -> String {
        SigningKey::Rsa2(self.alipay.clone()).sign(message).unwrap()
    }

    /// A signed answer of the order gateway, its prolog and bytes in `charset`.
    pub(crate) fn xml(&self, fields: &[(&str, &str)], charset: Charset) -> Vec<u8> {
        let encoded: Vec<_> = fields.iter().map(|(name, value)| (*name, charset.encode(value).unwrap())).collect();
        let sign = self.alipay_sign(&presign(&encoded, &[]));
        let inner: String = fields
            .iter()
            .map(|(name, value)| format!("<{name}>{}</{name}>", value.replace('&', "&amp;").replace('<', "&lt;")))
            .collect();
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"{charset}\"?>\n<alipay><is_success>T</is_success>\
             <request><param name=\"sign\">ours</param></request><response><alipay>{inner}</alipay></response>\
             <sign>{sign}</sign><sign_type>RSA2</sign_type></alipay>"
        );
        charset.encode(&text).unwrap()
    }
}
