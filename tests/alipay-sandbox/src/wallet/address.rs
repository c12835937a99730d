//! What the phone may open: loopback, and hosts that the settings name. It is a proxy, so it must not
//! become a way for strangers to reach other machines.

use std::net::IpAddr;

use url::{Host, Url};

use crate::sandbox::Sandbox;

/// An address that the phone may open, parsed; `None` for any other.
pub(super) fn allowed(text: &str, sandbox: &Sandbox) -> Option<Url> {
    let text = text.trim();
    let url = Url::parse(text).or_else(|_| Url::parse(&format!("http://{text}"))).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.username() != "" || url.password().is_some() {
        return None;
    }
    let is_loopback = is_loopback(&url);
    if is_loopback && url.port() == Some(sandbox.wallet_port) {
        return None;
    }
    let is_named = |name: &str| sandbox.settings.wallet_hosts.iter().any(|host| host.eq_ignore_ascii_case(name));
    (is_loopback || url.host_str().is_some_and(is_named)).then_some(url)
}

/// Whether this is our own main listener.
pub(super) fn is_own(url: &Url, sandbox: &Sandbox) -> bool {
    is_loopback(url) && url.port_or_known_default() == Some(sandbox.port)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}
