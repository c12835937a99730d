//! Reads the XML of the order gateway into the few parts that matter. Believes nothing; `answer` verifies.
//!
//! Strict where a looser reading could be fooled: document types, foreign entities, nested fields and anything that
//! comes twice are refused.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

use crate::charset::Charset;
use crate::outcome::UnknownReason;

/// Deepest nesting: `alipay/response/alipay/field`.
const DEPTH_MAX: usize = 4;
/// Most fields of one answer; real ones have about twenty.
const FIELDS_MAX: usize = 200;

/// An answer as it arrived.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) is_success: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) sign: Option<String>,
    pub(crate) sign_type: Option<String>,
    /// The children of `response/alipay`, entities decoded, untrimmed: what is signed.
    pub(crate) fields: Vec<(String, String)>,
    has_response: bool,
    has_payload: bool,
}

/// Decodes an answer: the prolog says the charset, else Content-Type, else UTF-8; GBK where that does not fit
/// (alipay.md §2.1, §3.3). Returns the charset that fitted, because the signature was made over its bytes.
pub(crate) fn decode(body: &[u8], content_type: Option<Charset>) -> Result<(String, Charset), UnknownReason> {
    let declared = prolog_charset(body)?.or(content_type).unwrap_or(Charset::Utf8);
    [declared, Charset::Gbk]
        .into_iter()
        .find_map(|charset| charset.decode(body).map(|text| (text, charset)))
        .ok_or(UnknownReason::Malformed("its bytes are neither of the declared charset nor GBK"))
}

fn prolog_charset(body: &[u8]) -> Result<Option<Charset>, UnknownReason> {
    const PROLOG_LEN_MAX: usize = 200;
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let head: Vec<u8> = body.iter().copied().take(PROLOG_LEN_MAX).take_while(|byte| *byte != b'>').collect();
    let head = String::from_utf8_lossy(&head);
    let Some((_, declared)) = head.strip_prefix("<?xml").and_then(|rest| rest.split_once("encoding")) else {
        return Ok(None);
    };
    let name = declared.split(['"', '\'']).nth(1).unwrap_or_default();
    name.parse().map(Some).map_err(|_| UnknownReason::Malformed("its prolog names a charset that Alipay does not use"))
}

/// Parses decoded text.
pub(crate) fn parse(text: &str) -> Result<Document, UnknownReason> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    // Makes <b/> arrive as <b></b>.
    reader.config_mut().expand_empty_elements = true;
    let mut document = Document::default();
    let mut path: Vec<String> = Vec::new();
    let mut value = String::new();
    let mut roots = 0;
    loop {
        match reader.read_event().map_err(|_| UnknownReason::Malformed("it is not well-formed XML"))? {
            Event::Start(element) => {
                roots += usize::from(path.is_empty());
                path.push(element.name().as_ref().to_owned());
                value.clear();
                document.open(&path)?;
            }
            Event::End(_) => {
                document.close(&path, std::mem::take(&mut value))?;
                path.pop();
            }
            Event::Text(text) => value.push_str(&text.xml10_content()),
            Event::CData(text) => value.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => push_entity(&reference, &mut value)?,
            Event::DocType(_) => return Err(UnknownReason::Malformed("it brings a document type")),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Empty(_) => {}
            Event::Eof => break,
        }
    }
    if roots == 1 && path.is_empty() { Ok(document) } else { Err(UnknownReason::Malformed("it is cut short")) }
}

impl Document {
    fn open(&mut self, path: &[String]) -> Result<(), UnknownReason> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let seen = match path.as_slice() {
            ["alipay", "response"] => std::mem::replace(&mut self.has_response, true),
            ["alipay", "response", "alipay"] => std::mem::replace(&mut self.has_payload, true),
            [] | ["alipay", ..] if path.len() <= DEPTH_MAX => false,
            ["alipay", ..] => return Err(UnknownReason::Malformed("its fields are nested")),
            _ => return Err(UnknownReason::Malformed("its root is not alipay")),
        };
        if seen { Err(UnknownReason::Malformed("it has two responses")) } else { Ok(()) }
    }

    fn close(&mut self, path: &[String], value: String) -> Result<(), UnknownReason> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let slot = match path.as_slice() {
            ["alipay", "is_success"] => &mut self.is_success,
            ["alipay", "error"] => &mut self.error,
            ["alipay", "sign"] => &mut self.sign,
            ["alipay", "sign_type"] => &mut self.sign_type,
            ["alipay", "response", "alipay", name] => {
                if self.fields.len() >= FIELDS_MAX || self.fields.iter().any(|(known, _)| known == name) {
                    return Err(UnknownReason::Malformed("a field comes twice, or there are too many"));
                }
                self.fields.push(((*name).to_owned(), value));
                return Ok(());
            }
            _ => return Ok(()),
        };
        match slot.replace(value) {
            Some(_) => Err(UnknownReason::Malformed("a part of it comes twice")),
            None => Ok(()),
        }
    }
}

fn push_entity(reference: &BytesRef<'_>, value: &mut String) -> Result<(), UnknownReason> {
    const FOREIGN: UnknownReason = UnknownReason::Malformed("it uses an entity that XML does not define");
    match reference.resolve_char_ref().map_err(|_| FOREIGN)? {
        Some(character) => value.push(character),
        None => value.push_str(resolve_predefined_entity(reference).ok_or(FOREIGN)?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(inner: &str) -> Result<Vec<(String, String)>, UnknownReason> {
        let text = format!("<alipay><is_success>T</is_success><response><alipay>{inner}</alipay></response></alipay>");
        parse(&text).map(|document| document.fields)
    }

    #[test]
    fn entities_are_decoded_and_nothing_is_trimmed() {
        let read = fields("<a> A&amp;B &lt;1&gt; &#20986;&#x79DF;</a>\n <b/><c><![CDATA[<x>&amp;]]></c>").unwrap();
        let expected = [("a", " A&B <1> 出租"), ("b", ""), ("c", "<x>&amp;")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_comes_twice_or_nested_is_refused() {
        for inner in ["<a>1</a><a>2</a>", "<a><b>1</b></a>", "<a>1</a></alipay><alipay><b>2</b>", "<a>&evil;</a>"] {
            assert!(fields(inner).is_err(), "{inner}");
        }
        assert!(parse("<alipay><sign>1</sign><sign>2</sign></alipay>").is_err());
        assert!(parse("<alipay><is_success>F</is_success><is_success>T</is_success></alipay>").is_err());
        assert!(parse("<alipay><response></response><response></response></alipay>").is_err());
    }

    #[test]
    fn only_the_payload_makes_fields() {
        let document = parse(
            "<alipay><request><param name=\"sign\">x</param></request><response><trade><a>1</a></trade></response>\
             <result_code>SUCCESS</result_code></alipay>",
        )
        .unwrap();
        assert_eq!(document, Document { has_response: true, ..Document::default() });
    }

    #[test]
    fn broken_documents_are_refused_and_never_panic() {
        for text in [
            "",
            "ok",
            "<alipay>",
            "<alipay></alipay",
            "<alipay/><alipay/>",
            "</alipay>",
            "<html><body>502</body></html>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><alipay/>",
            "<alipay>&",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"<a>".repeat(100_000)).is_err());
    }

    #[test]
    fn the_prolog_decides_the_charset() {
        let gbk = Charset::Gbk.encode("<?xml version=\"1.0\" encoding=\"GBK\"?><a>出租车</a>").unwrap();
        assert!(decode(&gbk, Some(Charset::Utf8)).unwrap().0.contains("出租车"));
        let silent = Charset::Gbk.encode("<a>出租车</a>").unwrap();
        assert_eq!(decode(&silent, Some(Charset::Gbk)).unwrap().1, Charset::Gbk);
        assert_eq!(decode(&silent, None).unwrap(), ("<a>出租车</a>".into(), Charset::Gbk));
        assert_eq!(decode("<a>车</a>".as_bytes(), None).unwrap().1, Charset::Utf8);
        assert!(decode(b"<?xml version='1.0' encoding='latin1'?><a/>", None).is_err());
        assert!(decode(b"<a>\xff\xff</a>", None).is_err());
    }
}
