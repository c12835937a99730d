//! TLS towards the platform: 1.3, with a certificate of an authority that the unit trusts, or not a word.

use std::{path::Path, process::Command, sync::Arc, time::Duration};

use fareway_driver_app::{
    app::{App, Handle},
    disk::Disk,
    link::{LinkSettings, tls},
    state::LinkView,
};
use fareway_shared::{
    protocol::car::{FromCar, ToCar},
    time::SystemClock,
};
use futures_util::{SinkExt, StreamExt};
use rustls::{
    ProtocolVersion, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::{net::TcpListener, time::timeout};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::{accept_async, tungstenite::Message};

use crate::bench::enrolled_memory;

const PATIENCE: Duration = Duration::from_secs(20);

/// A certificate for localhost and its key, made by openssl into `folder`.
fn make_certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", "key.pem", "-out", "certificate.pem"])
        .current_dir(folder)
        .output()
        .expect("openssl runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

fn acceptor(folder: &Path) -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_file(folder.join("certificate.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("they fit");
    TlsAcceptor::from(Arc::new(config))
}

/// An enrolled unit that calls this port and trusts the certificate in a folder.
fn unit(port: u16, trusted: &Path, memory: &Path) -> Handle {
    let disk = Disk::open(memory).expect("the disk opens");
    enrolled_memory(&disk);
    let link = LinkSettings {
        url: format!("wss://localhost:{port}/car").parse().expect("an address"),
        tls: Some(tls::client(Some(&trusted.join("certificate.pem"))).expect("an authority")),
        retry_first: Duration::from_millis(20),
        retry_max: Duration::from_millis(100),
        rest: Duration::from_millis(100),
    };
    let (app, sockets, handle) = App::build(disk, link, "127.0.0.1:1".into(), Arc::new(SystemClock)).expect("built");
    sockets.start();
    tokio::spawn(app.run());
    handle
}

#[tokio::test]
async fn a_car_greets_the_platform_over_tls_1_3() {
    let (certificate, memory) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    make_certificate(certificate.path());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let _unit = unit(listener.local_addr().expect("bound").port(), certificate.path(), memory.path());
    let (stream, _) = timeout(PATIENCE, listener.accept()).await.expect("a call").expect("accepted");
    let stream = acceptor(certificate.path()).accept(stream).await.expect("TLS");
    assert_eq!(stream.get_ref().1.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    let mut socket = accept_async(stream).await.expect("a WebSocket");
    let challenge = serde_json::to_string(&ToCar::Challenge { nonce: [9; 32] }).expect("JSON");
    socket.send(Message::text(challenge)).await.expect("sent");
    let greeting = timeout(PATIENCE, socket.next()).await.expect("a greeting").expect("open").expect("whole");
    let heard: FromCar = serde_json::from_str(greeting.to_text().expect("text")).expect("a frame");
    assert!(matches!(heard, FromCar::Hello(_)), "{heard:?}");
}

#[tokio::test]
async fn a_platform_whose_certificate_nobody_vouches_for_hears_nothing() {
    let (genuine, impostor, memory) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    make_certificate(genuine.path());
    make_certificate(impostor.path());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let unit = unit(listener.local_addr().expect("bound").port(), genuine.path(), memory.path());
    // It calls again and again, and never gets further than the certificate.
    for _ in 0..3 {
        let (stream, _) = timeout(PATIENCE, listener.accept()).await.expect("a call").expect("accepted");
        acceptor(impostor.path()).accept(stream).await.expect_err("the unit trusted a stranger");
    }
    assert_eq!(unit.screens.borrow().view.link, LinkView::Down);
}
