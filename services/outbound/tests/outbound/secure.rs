//! TLS: certificates are verified, also against the operator's own roots.

use std::io::Write;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tally_outbound::{Outbound, OutboundError, OutboundOptions};
use tally_wordcount::CountFailure;
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use crate::support::{Script, Server, answer, failure, fetch, kind, ok};

/// A test root: its certificate as a file, and TLS acceptors with certificates that it signed.
struct Root {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: NamedTempFile,
}

impl Root {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(issuer.pem().as_bytes()).unwrap();
        Self { issuer, file }
    }

    fn acceptor(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    /// The way out over `net`, with this root trusted.
    fn outbound(&self, net: Script) -> Outbound {
        let extra_roots = Some(self.file.path().to_owned());
        Outbound::over(Arc::new(net), OutboundOptions { extra_roots, ..OutboundOptions::default() }).unwrap()
    }
}

/// A TLS server that answers every request of a connection the same way, then just drops the connection if `cut`.
async fn secure_server(acceptor: TlsAcceptor, reply: Vec<u8>, cut: bool) -> Server {
    Server::start(move |peer| {
        let (acceptor, reply) = (acceptor.clone(), reply.clone());
        async move {
            let Ok(mut stream) = acceptor.accept(peer.stream).await else { return };
            while matches!(stream.read(&mut [0; 4096]).await, Ok(n) if n > 0) {
                stream.write_all(&reply).await.unwrap();
                stream.flush().await.unwrap();
                if cut {
                    return;
                }
            }
        }
    })
    .await
}

fn named(server: &Server) -> Script {
    let address: &[&str] = &["93.184.216.34"];
    Script::to(server).name("good.example", &[address]).name("other.example", &[address])
}

#[tokio::test]
async fn trusts_roots_of_the_operator() {
    let root = Root::new();
    let server = secure_server(root.acceptor("good.example"), ok("secure words"), false).await;
    let outbound = root.outbound(named(&server));
    for _ in 0..3 {
        assert_eq!(fetch(&outbound, "https://good.example/").await.unwrap(), b"secure words");
    }
    assert_eq!(server.connections(), 1, "connections are kept with TLS too");
    let failure = failure(&outbound, "https://other.example/p?secret").await;
    assert_eq!(CountFailure::of(&failure).unwrap(), CountFailure::Unreachable);
    assert!(
        failure.detail.contains("no secure connection to https://other.example/p ("),
        "{}",
        failure.detail
    );
}

#[tokio::test]
async fn rejects_unknown_roots() {
    let server = secure_server(Root::new().acceptor("good.example"), ok("words"), false).await;
    let strict = Outbound::over(Arc::new(named(&server)), OutboundOptions::default()).unwrap();
    assert_eq!(kind(&strict, "https://good.example/").await, CountFailure::Unreachable);
    assert_eq!(
        kind(&Root::new().outbound(named(&server)), "https://good.example/").await,
        CountFailure::Unreachable
    );
}

#[tokio::test]
async fn rejects_redirects_from_https_to_http() {
    let root = Root::new();
    let reply = answer("302 Found", "Location: http://good.example/plain\r\n", "");
    let server = secure_server(root.acceptor("good.example"), reply, false).await;
    let failure = failure(&root.outbound(named(&server)), "https://good.example/").await;
    assert_eq!(CountFailure::of(&failure).unwrap(), CountFailure::TooManyRedirects);
    assert!(failure.detail.contains("gives up https"), "{}", failure.detail);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_body_without_length_must_end_with_close_notify() {
    let root = Root::new();
    let reply = b"HTTP/1.1 200 OK\r\n\r\nonly a part of the wor".to_vec();
    let server = secure_server(root.acceptor("good.example"), reply, true).await;
    assert_eq!(kind(&root.outbound(named(&server)), "https://good.example/").await, CountFailure::BrokenBody);
}

#[test]
fn rejects_a_file_without_roots() {
    let mut file = NamedTempFile::new().unwrap();
    let with = |path: &std::path::Path| {
        Outbound::new(OutboundOptions { extra_roots: Some(path.to_owned()), ..OutboundOptions::default() })
            .map(|_| ())
    };
    assert!(matches!(with(file.path()), Err(OutboundError::BadRoots { .. })));
    file.write_all(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    assert!(matches!(with(file.path()), Err(OutboundError::BadRoots { .. })));
    assert!(matches!(with(std::path::Path::new("/does/not/exist")), Err(OutboundError::Roots { .. })));
}
