//! What is changed in a merchant's page so that it runs in the phone's frame: the bridge is put in,
//! absolute addresses of the site itself become paths, and a policy against frames is lifted. Pure.

use url::Url;

use super::RESERVED;

/// Puts the bridge first into the head and turns the site's own absolute links into paths.
pub(super) fn with_bridge(html: &str, site: &Url) -> String {
    let origin = site.origin().ascii_serialization();
    let mut page = html.to_owned();
    for attribute in ["href", "src", "action"] {
        for quote in ['"', '\''] {
            page = page.replace(&format!("{attribute}={quote}{origin}/"), &format!("{attribute}={quote}/"));
        }
    }
    let script = format!("<script src=\"{RESERVED}/bridge.js\"></script>");
    let at = after_tag(&page, "<head").or_else(|| after_tag(&page, "<html")).unwrap_or_else(|| after_doctype(&page));
    page.insert_str(at, &script);
    page
}

/// The policy without what forbids frames or demands https, and with leave for the bridge.
pub(super) fn relaxed_policy(policy: &str, phone_origin: &str) -> String {
    let bridge = format!("{phone_origin}{RESERVED}/bridge.js");
    let mut directives: Vec<String> = Vec::new();
    let mut default_sources = None;
    let mut has_script_sources = false;
    for directive in policy.split(';').map(str::trim).filter(|directive| !directive.is_empty()) {
        let (name, sources) = directive.split_once(' ').unwrap_or((directive, ""));
        match name.to_ascii_lowercase().as_str() {
            "frame-ancestors" | "upgrade-insecure-requests" => {}
            "script-src" | "script-src-elem" => {
                has_script_sources = true;
                directives.push(format!("{name} {} {bridge}", sources.replace("'none'", "")));
            }
            "default-src" => {
                default_sources = Some(sources.replace("'none'", ""));
                directives.push(directive.to_owned());
            }
            _ => directives.push(directive.to_owned()),
        }
    }
    if let Some(sources) = default_sources.filter(|_| !has_script_sources) {
        directives.push(format!("script-src {sources} {bridge}"));
    }
    directives.join("; ")
}

fn after_tag(page: &str, tag: &str) -> Option<usize> {
    let lower = page.to_ascii_lowercase();
    let mut from = 0;
    while let Some(found) = lower.get(from..)?.find(tag) {
        let start = from.checked_add(found)?;
        let rest = lower.get(start.checked_add(tag.len())?..)?;
        if rest.starts_with(|c: char| c == '>' || c.is_ascii_whitespace()) {
            let end = rest.find('>')?;
            return start.checked_add(tag.len())?.checked_add(end)?.checked_add(1);
        }
        from = start.checked_add(tag.len())?;
    }
    None
}

fn after_doctype(page: &str) -> usize {
    let is_doctype = page.get(..9).is_some_and(|head| head.eq_ignore_ascii_case("<!doctype"));
    if is_doctype { page.find('>').map_or(0, |end| end.saturating_add(1)) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Url {
        Url::parse("http://127.0.0.1:8080/p/1").unwrap()
    }

    #[test]
    fn the_bridge_comes_before_every_script_of_the_page() {
        let script = "<script src=\"/~wallet/bridge.js\"></script>";
        let page = with_bridge("<!DOCTYPE html><html><header></header><HEAD lang=x><script>", &site());
        assert_eq!(page, format!("<!DOCTYPE html><html><header></header><HEAD lang=x>{script}<script>"));
        assert_eq!(with_bridge("<!doctype html><p>", &site()), format!("<!doctype html>{script}<p>"));
        assert_eq!(with_bridge("<p>分", &site()), format!("{script}<p>分"));
    }

    #[test]
    fn links_of_the_site_to_itself_become_paths_and_others_stay() {
        let page = with_bridge("<a href=\"http://127.0.0.1:8080/a\"><a href='http://127.0.0.1:80/b'>", &site());
        assert!(page.contains("<a href=\"/a\"><a href='http://127.0.0.1:80/b'>"), "{page}");
    }

    #[test]
    fn a_policy_lets_the_bridge_in_and_stays_strict_otherwise() {
        let relaxed = relaxed_policy("default-src 'none'; script-src 'self'; frame-ancestors 'none'", "http://h:1");
        assert_eq!(relaxed, "default-src 'none'; script-src 'self' http://h:1/~wallet/bridge.js");
        let relaxed = relaxed_policy("default-src 'self'; upgrade-insecure-requests", "http://h:1");
        assert_eq!(relaxed, "default-src 'self'; script-src 'self' http://h:1/~wallet/bridge.js");
    }
}
