//! TLS 1.3 towards the platform (confirmation.md §3, "Identity"): whom a unit trusts to be the platform's host. What the
//! platform says is believed for its own signature, not for this. Made from the settings, used by the link.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
    version::TLS13,
};

/// The settings of TLS with the authorities of a PEM file, or with the system's.
///
/// # Errors
/// A sentence: the file cannot be read or holds no certificate, or the system has none.
pub fn client(authority: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    match authority {
        Some(path) => {
            let certificates = CertificateDer::pem_file_iter(path)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|error| format!("`platform_ca` cannot be read from {}: {error}", path.display()))?;
            roots.add_parsable_certificates(certificates);
            if roots.is_empty() {
                return Err(format!("`platform_ca`: {} holds no certificate", path.display()));
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err("`platform_url` is wss://, but this system trusts no certificate authority; install its \
                            ca-certificates, or name the platform's authority in `platform_ca`"
                    .into());
            }
        }
    }
    let versions = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .map_err(|error| format!("TLS cannot be set up: {error}"))?;
    Ok(Arc::new(versions.with_root_certificates(roots).with_no_client_auth()))
}
